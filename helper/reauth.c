/*
 * reauth.c - has the person at this terminal just proved who they are?
 *
 * PAM and the name service run in a child that is root in all its ids, so
 * that the caller cannot signal it between two steps; its environment and its
 * limits are not the caller's.  The verdict reaches the parent as two words through
 * a pipe: a module that exits the process has proved nothing (H18).
 * Who kills the parent has the shell back before the terminal is put right.
 */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <termios.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "s3jit/clock.h"
#include "helper.h"

#define TYPING_S	60		/* a person's, each prompt */
#define PAM_MS		120000		/* all of PAM; its prompts end before (H15) */
#define VERDICT_MARK	0x5a3c96e1u

static void			/* only there to end the wait in line_read() */
on_signal(int sig)
{
	(void)sig;
}

/* A whole line, or nothing: what is too long or half typed is no answer. */
static int
line_read(int tty, char *buf, size_t size)
{
	const struct timespec wait = { .tv_sec = TYPING_S };
	struct pollfd ready = { .fd = tty, .events = POLLIN };
	sigset_t none;
	ssize_t n;

	sigemptyset(&none);		/* elsewhere they are blocked, so none is missed */
	if (ppoll(&ready, 1, &wait, &none) != 1 || (n = read(tty, buf, size)) < 1 ||
	    buf[n - 1] != '\n')
		return -1;
	buf[n - 1] = '\0';
	return 0;
}

/* Leaves the terminal as it was, and no byte of a half typed answer in it (H15). */
static int
tty_ask(int tty, const char *prompt, int echo, char *buf, size_t size)
{
	struct termios was, now;
	int ret = -1;

	if (tcgetpgrp(tty) != getpgrp() || tcgetattr(tty, &was) == -1)
		return -1;		/* in the background nobody can answer */
	now = was;
	now.c_lflag |= ICANON | ISIG;
	if (!echo)
		now.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	if (tcsetattr(tty, TCSAFLUSH, &now) == 0) {
		helper_say(tty, prompt);
		ret = line_read(tty, buf, size);
	}
	tcsetattr(tty, TCSAFLUSH, &was);
	helper_say(tty, echo ? "" : "\n");
	return ret;
}

static int
converse(int count, const struct pam_message **msg, struct pam_response **resp, void *arg)
{
	char line[PAM_MAX_RESP_SIZE];
	struct pam_response *answer = NULL;
	int tty = *(int *)arg, style, rc = PAM_CONV_ERR;

	if (tty == -1 || count < 1 || count > PAM_MAX_NUM_MSG ||
	    (answer = calloc((size_t)count, sizeof(*answer))) == NULL)
		return PAM_CONV_ERR;
	for (int i = 0; i < count; i++) {
		style = msg[i]->msg_style;
		if (style == PAM_ERROR_MSG || style == PAM_TEXT_INFO) {
			helper_say(tty, msg[i]->msg);
			helper_say(tty, "\n");
		} else if ((style != PAM_PROMPT_ECHO_OFF && style != PAM_PROMPT_ECHO_ON) ||
		    tty_ask(tty, msg[i]->msg, style == PAM_PROMPT_ECHO_ON, line, sizeof(line)) == -1 ||
		    (answer[i].resp = strdup(line)) == NULL)
			goto out;
	}
	*resp = answer;
	rc = PAM_SUCCESS;
out:
	explicit_bzero(line, sizeof(line));
	for (int i = 0; rc != PAM_SUCCESS && i < count; i++)
		if (answer[i].resp != NULL)
			explicit_bzero(answer[i].resp, strlen(answer[i].resp));
	return rc;			/* the child ends soon: wiped, not freed */
}

/* The name comes from the number; a module that changes it has checked somebody else. */
static int
pam_check(uint32_t ruid)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC), rc;
	struct pam_conv conv = { converse, &tty };
	struct passwd *pw = getpwuid(ruid);
	char *name = pw == NULL ? NULL : strdup(pw->pw_name);
	pam_handle_t *pamh = NULL;
	const void *now = NULL;

	if (name == NULL)
		return PAM_USER_UNKNOWN;
	if ((rc = pam_start("s3-sudo", name, &conv, &pamh)) != PAM_SUCCESS)
		return rc;
	if ((rc = pam_set_item(pamh, PAM_RUSER, name)) == PAM_SUCCESS &&
	    (rc = pam_authenticate(pamh, PAM_DISALLOW_NULL_AUTHTOK)) == PAM_SUCCESS &&
	    (rc = pam_acct_mgmt(pamh, PAM_DISALLOW_NULL_AUTHTOK)) == PAM_SUCCESS &&
	    (rc = pam_get_item(pamh, PAM_USER, &now)) == PAM_SUCCESS &&
	    (now == NULL || strcmp(now, name) != 0))
		rc = PAM_USER_UNKNOWN;
	pam_end(pamh, rc);
	free(name);
	return rc != PAM_SUCCESS && tty == -1 ? PAM_CONV_ERR : rc;
}

static _Noreturn void
child_main(uint32_t ruid, int out, pid_t parent)
{
	static const int caught[] =
	    { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU, SIGXCPU, SIGALRM };
	/* Under the caller's no module could count failures (H13). */
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY }, files = { 1024, 1024 };
	uint32_t verdict[2] = { VERDICT_MARK, PAM_SYSTEM_ERR };
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaddset(&block, caught[i]);
		signal(caught[i], on_signal);
	}
	umask(077);
	openlog("s3-sudo", LOG_PID, LOG_AUTHPRIV);
	if (sigprocmask(SIG_BLOCK, &block, NULL) == 0 && clearenv() == 0 &&
	    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) == 0 && chdir("/") == 0 &&
	    setgroups(0, NULL) == 0 && setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0 &&
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 && getppid() == parent &&
	    setrlimit(RLIMIT_FSIZE, &all) == 0 && setrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    setrlimit(RLIMIT_AS, &all) == 0 && setrlimit(RLIMIT_CPU, &all) == 0 && alarm(110) == 0)
		verdict[1] = (uint32_t)pam_check(ruid);
	_exit(write(out, verdict, sizeof(verdict)) == sizeof(verdict) ? 0 : 1);
}

/* PAM_SUCCESS only if the child said exactly that and ended well, in time. */
static uint32_t
child_wait(pid_t child, int in)
{
	int64_t until = clock_boot_ms() + PAM_MS, left;
	struct pollfd ready = { .fd = in, .events = POLLIN };
	uint32_t verdict[2] = { 0, PAM_ABORT };
	int status = -1;

	while ((left = until - clock_boot_ms()) > 0 && poll(&ready, 1, (int)left) == -1)
		;
	if (ready.revents == 0 || read(in, verdict, sizeof(verdict)) != sizeof(verdict)) {
		verdict[0] = 0;
		kill(child, SIGKILL);
	}
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	return verdict[0] == VERDICT_MARK && status == 0 ? verdict[1] : PAM_ABORT;
}

static uint32_t
pam_verdict(int broker, uint32_t ruid)
{
	uint32_t code = PAM_ABORT;
	pid_t parent = getpid(), child;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return PAM_ABORT;
	/* ^C and ^Z are the child's to hear: it must put the terminal back. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	if ((child = fork()) == 0) {
		close(broker);
		close(ends[0]);
		child_main(ruid, ends[1], parent);
	}
	close(ends[1]);
	if (child != -1)
		code = child_wait(child, ends[0]);
	close(ends[0]);
	return code;
}

int
reauth_prove(int broker, uint32_t ruid, struct s3jit_err *err)
{
	struct guest_verdict verdict = { .ruid = ruid, .pam_code = pam_verdict(broker, ruid) };
	struct guest_answer answer = { .text = NULL };
	unsigned char *body = NULL;
	size_t len;
	int ret = -1;

	if (guest_verdict_encode(&body, &len, &verdict, err) == -1 ||
	    broker_exchange(broker, body, len, &answer, err) == -1)
		goto out;
	if (answer.word == GUEST_GO && verdict.pam_code == PAM_SUCCESS)
		ret = 0;
	else
		s3jit_fail(err, S3JIT_ENOTALLOWED, "%s%s", answer.word == GUEST_REFUSE ?
		    answer.text : "re-authentication failed", verdict.pam_code == PAM_CONV_ERR ?
		    " (it asks on the terminal; with ssh, use ssh -t)" : "");
out:
	guest_answer_clear(&answer);
	free(body);
	return ret;
}
