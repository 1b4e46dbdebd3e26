/*
 * start_world.c - see start_world.h.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "start_world.h"

#define NOBODY 65534
#define CALLS_MAX 4000		/* no start makes so many of a kind */
#define PATIENCE 20		/* seconds for one start */
#define NOT_AS_IT_MUST_BE 90

char start_dir[] = "/dev/shm/s3jit-start-XXXXXX";

static const struct start_daemon *now;
static struct {			/* the child's, for us to see */
	bool came_up, faulted;
} *shared;

/* --- the event loop ---------------------------------------------------------------- */

static struct event *tick;

struct event *__real_event_new(struct event_base *, evutil_socket_t, short, event_callback_fn,
    void *);
struct event *__wrap_event_new(struct event_base *, evutil_socket_t, short, event_callback_fn,
    void *);
int __real_event_base_dispatch(struct event_base *);
int __wrap_event_base_dispatch(struct event_base *);

struct event *
__wrap_event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn run,
    void *arg)
{
	struct event *ev = faults_hit(FAULT_EVENT) ? NULL :
	    __real_event_new(base, fd, what, run, arg);

	if (fd == -1 && what == EV_PERSIST)
		tick = ev;
	return ev;
}

int
__wrap_event_base_dispatch(struct event_base *base)
{
	int i;

	if (faults_hit(FAULT_EVENT))
		return -1;
	for (i = 0; i < 2; i++) {
		event_active(tick, EV_TIMEOUT, 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	faults_hold();
	if (!now->up())
		_exit(NOT_AS_IT_MUST_BE);
	shared->came_up = true;
	faults_release();
	raise(SIGTERM);
	return __real_event_base_dispatch(base);
}

/* --- the folder ---------------------------------------------------------------------- */

uid_t
start_uid(void)
{
	return getuid() == 0 ? NOBODY : getuid();
}

const char *
start_user(void)
{
	const struct passwd *pw = getpwuid(start_uid());

	assert_non_null(pw);
	return pw->pw_name;
}

char *
start_path(const char *name)
{
	static char paths[8][200];
	static int turn;

	turn = (turn + 1) % 8;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", start_dir, name);
	return paths[turn];
}

static void
give_away(const char *path, mode_t mode)
{
	if (chmod(path, mode) == -1 || (getuid() == 0 && chown(path, NOBODY, NOBODY) == -1))
		fail_msg("%s: %s", path, strerror(errno));
}

void
start_file(const char *name, mode_t mode, const char *text)
{
	const char *path = start_path(name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	give_away(path, mode);
}

void
start_folder(const char *name, mode_t mode)
{
	const char *path = start_path(name);

	assert_int_equal(mkdir(path, mode), 0);
	give_away(path, mode);
}

void
start_empty(const char *name)
{
	DIR *dir = opendir(start_path(name));
	struct dirent *e;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
}

int
start_begin(void **state)
{
	(void)state;
	if (access("/dev/shm", W_OK) == -1)
		snprintf(start_dir, sizeof(start_dir), "/var/tmp/s3jit-start-XXXXXX");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || mkdtemp(start_dir) == NULL)
		return -1;
	give_away(start_dir, 0700);
	return 0;
}

int
start_end(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", start_dir);
	return system(command);
}

/* --- one start ------------------------------------------------------------------------- */

/* Its messages are the text on stderr; where it would send them, too, is nobody's matter. */
static _Noreturn void
child(enum fault_kind kind, int nth, bool lasting, int err)
{
	int argc = 0, status;

	while (now->argv[argc] != NULL)
		argc++;
	signal(SIGSEGV, SIG_DFL);		/* not cmocka's, which would go on with its tests */
	signal(SIGABRT, SIG_DFL);
	alarm(PATIENCE);
	if (dup2(err, 2) == -1 || (getuid() == 0 && (setgroups(0, NULL) == -1 ||
	    setresgid(NOBODY, NOBODY, NOBODY) == -1 || setresuid(NOBODY, NOBODY, NOBODY) == -1)))
		_exit(99);
	if (nth > 0)
		faults_arm(kind, nth, lasting);
	status = now->main(argc, now->argv);
	shared->faulted = faults_disarm();
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);	/* LeakSanitizer wants to look */
	exit(status);
}

void
start_run(struct start_end *end, const struct start_daemon *daemon, enum fault_kind kind, int nth,
    bool lasting)
{
	int status = -1, err[2];
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	memset(end, 0, sizeof(*end));
	memset(shared, 0, sizeof(*shared));
	end->name = daemon->name;
	now = daemon;
	fflush(NULL);
	assert_int_equal(pipe(err), 0);
	assert_true((pid = fork()) != -1);
	if (pid == 0)
		child(kind, nth, lasting, err[1]);
	close(err[1]);
	while ((n = read(err[0], end->said + len, sizeof(end->said) - 1 - len)) > 0)
		len += (size_t)n;
	close(err[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
	end->came_up = shared->came_up;
	end->faulted = shared->faulted;
}

/* --- all of them ------------------------------------------------------------------------ */

const char *
start_judge(const struct start_end *end, enum fault_kind kind, bool lasting)
{
	char begins[40];

	snprintf(begins, sizeof(begins), "%s: ", end->name);
	if (end->status > 255)
		return "it died of a signal, or hung";
	if (end->status == NOT_AS_IT_MUST_BE)
		return "it is up, and not as it must be";
	if (end->status > 1)
		return "an exit status that is none of its own";
	if (end->status == 0)
		return end->came_up ? NULL : "success, and it was never up";
	/* without any memory no sentence can be made */
	if (strstr(end->said, begins) == NULL && !(kind == FAULT_MEMORY && lasting))
		return "it did not say why";
	return NULL;
}

/* False: there are fewer calls than that. */
static bool
step(const struct start_daemon *daemon, enum fault_kind kind, int nth, bool lasting,
    void (*prepare)(void))
{
	struct start_end end;
	const char *wrong;

	if (prepare != NULL)
		prepare();
	start_run(&end, daemon, kind, nth, lasting);
	if ((wrong = start_judge(&end, kind, lasting)) != NULL)
		fail_msg("%s, %s call %d%s: %s (status %d): %s", daemon->name, fault_names[kind], nth,
		    lasting ? " and all later ones" : "", wrong, end.status, end.said);
	if (!end.faulted)
		return false;
	if (end.status != 0) {
		start_run(&end, daemon, kind, 0, false);
		if (end.status != 0 || !end.came_up)
			fail_msg("%s, after %s call %d%s it does not start: %s", daemon->name,
			    fault_names[kind], nth, lasting ? " and all later ones" : "", end.said);
	}
	return true;
}

void
start_walk(const struct start_daemon *daemon, enum fault_kind kind, void (*prepare)(void))
{
	int nth, calls;

	for (nth = 1; nth < CALLS_MAX && step(daemon, kind, nth, false, prepare); nth++)
		;
	assert_true(nth > 1);		/* or the fronts are not where they should be */
	assert_true(nth < CALLS_MAX);
	calls = nth - 1;
	for (nth = 1; nth <= calls; nth++)
		step(daemon, kind, nth, true, prepare);
	print_message("%s: %d calls (%s)\n", daemon->name, calls, fault_names[kind]);
}
