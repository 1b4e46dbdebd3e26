/*
 * test_helper_tty.c - re-authentication on a real pseudo terminal (H15).
 *
 * Three processes: this one types and looks at the screen; a "shell" owns the
 * terminal, runs the helper in the foreground and then looks what was left of
 * the terminal; the helper (helper_world.h).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "helper_world.h"

#define STACK	"auth required " STUB_MODULE " ask\naccount required " STUB_MODULE "\n"
#define PROMPT	"Pass?word: "		/* the module's has an escape where the ? is */

/* Written by the shell. */
struct left {
	volatile pid_t helper;
	volatile int status;		/* as in struct outcome; 512 when it was stopped */
	volatile int same_modes;
	volatile int leftover;		/* bytes a shell would read next */
};

struct show {
	int master;
	pid_t shell;
	struct left *left;
	char screen[4096];
	size_t len;
};

static struct fake broker;
static struct world w;

static int
modes_equal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_lflag == b->c_lflag &&
	    memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

static int
leftover_count(int tty)
{
	struct termios raw;
	int n = -1;

	tcgetattr(tty, &raw);
	raw.c_lflag &= ~(tcflag_t)ICANON;	/* or a half line would not be counted */
	tcsetattr(tty, TCSANOW, &raw);
	ioctl(tty, FIONREAD, &n);
	return n;
}

static _Noreturn void
helper_in(int tty, int background)
{
	char name[] = "s3-sudo", *argv[] = { name, NULL };

	setpgid(0, 0);
	while (!background && tcgetpgrp(tty) != getpid())
		usleep(1000);
	world_helper(&w, 1, argv);
}

static _Noreturn void
shell(const char *slave, struct left *left, int background)
{
	struct termios before, after;
	int tty, status;
	pid_t helper;

	if (setsid() == -1 || (tty = open(slave, O_RDWR)) == -1 || ioctl(tty, TIOCSCTTY, 0) == -1)
		_exit(1);
	for (int fd = 0; fd <= 2; fd++)
		dup2(tty, fd);
	signal(SIGTTOU, SIG_IGN);
	tcgetattr(tty, &before);
	if ((helper = fork()) == 0) {
		signal(SIGTTOU, SIG_DFL);
		helper_in(tty, background);
	}
	left->helper = helper;
	setpgid(helper, helper);
	if (!background)
		tcsetpgrp(tty, helper);
	if (waitpid(helper, &status, WUNTRACED) == -1)
		_exit(1);
	left->status = WIFSTOPPED(status) ? 512 :
	    WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
	if (WIFSTOPPED(status))
		kill(helper, SIGKILL);
	if (WIFSIGNALED(status))
		usleep(300000);		/* its child hears of it, and tidies up */
	tcsetpgrp(tty, getpid());
	tcgetattr(tty, &after);
	left->same_modes = modes_equal(&before, &after);
	left->leftover = leftover_count(tty);
	_exit(0);
}

static void
look(struct show *s, int ms)
{
	struct pollfd p = { .fd = s->master, .events = POLLIN };
	ssize_t n;

	while (s->len < sizeof(s->screen) - 1 && poll(&p, 1, ms) == 1 && (p.revents & POLLIN) != 0) {
		n = read(s->master, s->screen + s->len, sizeof(s->screen) - 1 - s->len);
		if (n <= 0)
			return;
		s->len += (size_t)n;
		s->screen[s->len] = '\0';
		if (ms > 20)
			return;
	}
}

static void
await_prompt(struct show *s)
{
	for (int i = 0; i < 200 && strstr(s->screen, PROMPT) == NULL; i++)
		look(s, 50);
	assert_non_null(strstr(s->screen, PROMPT));
}

static void
type(struct show *s, const char *text)
{
	assert_int_equal(write(s->master, text, strlen(text)), (ssize_t)strlen(text));
}

static void
show_begin(struct show *s, int background, const char *typed_ahead)
{
	static char slave[64];

	*s = (struct show){ .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	assert_int_not_equal(s->master, -1);
	assert_int_equal(grantpt(s->master), 0);
	assert_int_equal(unlockpt(s->master), 0);
	assert_int_equal(ptsname_r(s->master, slave, sizeof(slave)), 0);
	s->left = mmap(NULL, sizeof(*s->left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	assert_true(s->left != MAP_FAILED);
	if (typed_ahead != NULL)
		type(s, typed_ahead);
	fflush(NULL);
	if ((s->shell = fork()) == 0) {
		close(s->master);	/* whoever dies, the terminal hangs up */
		shell(slave, s->left, background);
	}
}

/* Ends the show: exit status of the helper, terminal as before, nothing left in it. */
static void
show_end(struct show *s, int want)
{
	int status = -1;

	for (int i = 0; i < 400 && waitpid(s->shell, &status, WNOHANG) == 0; i++) {
		look(s, 20);
		usleep(5000);		/* a terminal hung up does not wait */
	}
	look(s, 20);
	if (status == -1) {
		kill(s->shell, SIGKILL);
		waitpid(s->shell, &status, 0);
		fail_msg("the helper did not end; screen: %s", s->screen);
	}
	assert_int_equal(s->left->status, want);
	assert_true(s->left->same_modes);
	assert_int_equal(s->left->leftover, 0);
	assert_null(strstr(s->screen, "corr"));		/* no byte of the password */
	assert_null(strchr(s->screen, '\033'));
	close(s->master);
	munmap(s->left, sizeof(*s->left));
}

static void
H15_right_password(void **state)
{
	struct show s;

	(void)state;
	show_begin(&s, 0, NULL);
	await_prompt(&s);
	type(&s, "correct horse\n");
	show_end(&s, WORLD_CLIENT_RAN);
	assert_int_equal(broker.seen->pam_code, PAM_SUCCESS);
	assert_non_null(strstr(s.screen, "Hello?\r\n"));	/* what a module says is escaped as well */
}

static void
H15_wrong_password(void **state)
{
	struct show s;

	(void)state;
	show_begin(&s, 0, NULL);
	await_prompt(&s);
	type(&s, "battery staple\n");
	show_end(&s, 113);
	assert_non_null(strstr(s.screen, "PAM said no"));
	assert_int_equal(broker.seen->pam_code, PAM_AUTH_ERR);
}

/* Half a password, then the keys that send signals. */
static void
H15_interrupted(void **state)
{
	static const char *const keys[] = { "corr\003", "corr\032", "corr\034", "corr\004\004" };
	struct show s;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		show_begin(&s, 0, NULL);
		await_prompt(&s);
		type(&s, keys[i]);
		show_end(&s, 113);
		assert_int_not_equal(broker.seen->pam_code, PAM_SUCCESS);
	}
}

static void
H15_timeout_with_half_a_password(void **state)
{
	struct show s;

	(void)state;
	w.fault = FAULT_TYPING_TIMEOUT;
	show_begin(&s, 0, NULL);
	await_prompt(&s);
	type(&s, "corr");
	show_end(&s, 113);
	w.fault = FAULT_NONE;
}

/* Prompts may follow one another; before the parent ends it all, the last is given up. */
static void
H15_all_time_is_up_with_half_a_password(void **state)
{
	struct show s;

	(void)state;
	w.fault = FAULT_PAM_TIME;
	show_begin(&s, 0, NULL);
	await_prompt(&s);
	type(&s, "corr");
	show_end(&s, 113);
	w.fault = FAULT_NONE;
}

static void
H15_typed_ahead_does_not_answer(void **state)
{
	struct show s;

	(void)state;
	show_begin(&s, 0, "Correct horse\n");
	await_prompt(&s);
	type(&s, "\003");
	show_end(&s, 113);
}

static void
H15_line_too_long(void **state)
{
	char line[1200];
	struct show s;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line + sizeof(line) - 2, "\n", 2);
	show_begin(&s, 0, NULL);
	await_prompt(&s);
	type(&s, line);
	show_end(&s, 113);
}

static void
H15_in_the_background_nobody_answers(void **state)
{
	struct show s;

	(void)state;
	show_begin(&s, 1, NULL);
	show_end(&s, 113);
	assert_null(strstr(s.screen, PROMPT));
}

static void
H12_signal_storm_at_the_prompt(void **state)
{
	static const int storm[] = { SIGINT, SIGQUIT, SIGTSTP, SIGPIPE, SIGXFSZ, SIGWINCH, SIGCHLD };
	struct show s;

	(void)state;
	show_begin(&s, 0, NULL);
	await_prompt(&s);
	for (int i = 0; i < 300; i++)
		kill(s.left->helper, storm[i % 7]);
	type(&s, "correct horse\n");
	show_end(&s, WORLD_CLIENT_RAN);
}

/* The caller may kill the helper; the terminal must not stay dark. */
static void
H15_helper_killed(void **state)
{
	struct show s;

	(void)state;
	show_begin(&s, 0, NULL);
	await_prompt(&s);
	type(&s, "corr");
	kill(s.left->helper, SIGTERM);
	show_end(&s, 256 + SIGTERM);
}

static int
group_begin(void **state)
{
	w = (struct world)WORLD_ALICE;
	w.broker = &broker;
	w.pam = STACK;
	return world_begin(state) == -1 || fake_start(&broker, FAKE_REAUTH) == -1 ? -1 : 0;
}

static int
group_end(void **state)
{
	fake_stop(&broker);
	return world_end(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H15_right_password),
		cmocka_unit_test(H15_wrong_password),
		cmocka_unit_test(H15_interrupted),
		cmocka_unit_test(H15_timeout_with_half_a_password),
		cmocka_unit_test(H15_all_time_is_up_with_half_a_password),
		cmocka_unit_test(H15_typed_ahead_does_not_answer),
		cmocka_unit_test(H15_line_too_long),
		cmocka_unit_test(H15_in_the_background_nobody_answers),
		cmocka_unit_test(H15_helper_killed),
		cmocka_unit_test(H12_signal_storm_at_the_prompt),
	};

	return cmocka_run_group_tests(tests, group_begin, group_end);
}
