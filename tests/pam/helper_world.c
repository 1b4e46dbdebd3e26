/*
 * helper_world.c - see helper_world.h.  The helper's calls land in __wrap_*
 * below; the user ids follow the kernel's rules in miniature.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "s3jit/guest.h"
#include "s3jit/wire.h"

#include "helper_world.h"

int helper_main(int argc, char **argv);

static struct {
	uid_t r, e, s;
	gid_t gr, ge, gs;
} ids;
static const struct world *now;
static char work[] = "/tmp/s3jit-helper-XXXXXX";

/* ---- what the helper calls ---- */

uid_t __wrap_getuid(void);
uid_t __wrap_geteuid(void);
gid_t __wrap_getgid(void);
int __wrap_setresuid(uid_t, uid_t, uid_t);
int __wrap_setresgid(gid_t, gid_t, gid_t);
int __wrap_getresuid(uid_t *, uid_t *, uid_t *);
int __wrap_getresgid(gid_t *, gid_t *, gid_t *);
int __wrap_setuid(uid_t);
int __wrap_setrlimit(__rlimit_resource_t, const struct rlimit *);
int __real_setrlimit(__rlimit_resource_t, const struct rlimit *);
unsigned int __wrap_alarm(unsigned int);
unsigned int __real_alarm(unsigned int);
int __wrap_sigprocmask(int, const sigset_t *, sigset_t *);
int __real_sigprocmask(int, const sigset_t *, sigset_t *);
int __wrap_setgroups(size_t, const gid_t *);
struct passwd *__wrap_getpwuid(uid_t);
int __wrap_ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
int __real_ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
int __wrap_getsockopt(int, int, int, void *, socklen_t *);
int __real_getsockopt(int, int, int, void *, socklen_t *);
int __wrap_execv(const char *, char *const *);
int __real_execv(const char *, char *const *);
int __wrap_pam_start(const char *, const char *, const struct pam_conv *, pam_handle_t **);
int __wrap_wire_connect(int *, const char *, int64_t, struct s3jit_err *);
int __real_wire_connect(int *, const char *, int64_t, struct s3jit_err *);
int __wrap_guest_server_ok(int, const char *, struct s3jit_err *);
int __real_guest_server_ok(int, const char *, struct s3jit_err *);
int __wrap_guest_read_proc_u32(uint32_t *, const char *, struct s3jit_err *);
_Noreturn void __wrap__exit(int);
_Noreturn void __real__exit(int);
void __gcov_dump(void) __attribute__((weak));

static int
fail(int error)
{
	errno = error;
	return -1;
}

uid_t
__wrap_getuid(void)
{
	return ids.r;
}

uid_t
__wrap_geteuid(void)
{
	return ids.e;
}

gid_t
__wrap_getgid(void)
{
	return ids.gr;
}

int
__wrap_setresuid(uid_t r, uid_t e, uid_t s)
{
	const uid_t want[] = { r, e, s };

	if (now->fault == FAULT_SETRESUID)
		return fail(EAGAIN);
	for (int i = 0; i < 3; i++)
		if (ids.e != 0 && want[i] != (uid_t)-1 && want[i] != ids.r && want[i] != ids.e &&
		    want[i] != ids.s)
			return fail(EPERM);
	ids.r = r == (uid_t)-1 ? ids.r : r;
	ids.e = e == (uid_t)-1 ? ids.e : e;
	ids.s = s == (uid_t)-1 ? ids.s : s;
	return 0;
}

int
__wrap_setresgid(gid_t r, gid_t e, gid_t s)
{
	if (now->fault == FAULT_SETRESGID)
		return fail(EAGAIN);
	if (ids.e != 0 && (r != ids.gr || e != ids.gr || s != ids.gr))
		return fail(EPERM);
	ids.gr = r;
	ids.ge = e;
	ids.gs = s;
	return 0;
}

int
__wrap_getresuid(uid_t *r, uid_t *e, uid_t *s)
{
	*r = ids.r;
	*e = ids.e;
	*s = now->fault == FAULT_STILL_SUID ? 0 : ids.s;
	return 0;
}

int
__wrap_getresgid(gid_t *r, gid_t *e, gid_t *s)
{
	*r = ids.gr;
	*e = ids.ge;
	*s = now->fault == FAULT_STILL_SGID ? 0 : ids.gs;
	return 0;
}

int
__wrap_setuid(uid_t uid)
{
	if (now->fault == FAULT_SETUID_WORKS)
		return 0;
	if (ids.e == 0)
		ids.r = ids.s = uid;
	else if (uid != ids.r && uid != ids.s)
		return fail(EPERM);
	ids.e = uid;
	return 0;
}

int
__wrap_setrlimit(__rlimit_resource_t what, const struct rlimit *limit)
{
	return now != NULL && now->fault == FAULT_SETRLIMIT ? fail(EPERM) :
	    __real_setrlimit(what, limit);
}

/* All its time is a second. */
unsigned int
__wrap_alarm(unsigned int seconds)
{
	return __real_alarm(now != NULL && now->fault == FAULT_PAM_TIME ? 1 : seconds);
}

int
__wrap_sigprocmask(int how, const sigset_t *set, sigset_t *was)
{
	return now != NULL && now->fault == FAULT_SIGPROCMASK ? fail(EINVAL) :
	    __real_sigprocmask(how, set, was);
}

int
__wrap_setgroups(size_t n, const gid_t *groups)
{
	(void)n;
	(void)groups;
	return ids.e == 0 ? 0 : fail(EPERM);
}

struct passwd *
__wrap_getpwuid(uid_t uid)
{
	static char name[] = "alice";
	static struct passwd alice = { .pw_name = name, .pw_uid = 1000 };

	return uid == alice.pw_uid && now->fault != FAULT_NO_USER ? &alice : NULL;
}

int
__wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *wait, const sigset_t *mask)
{
	if (now->fault != FAULT_TYPING_TIMEOUT)
		return __real_ppoll(p, n, wait, mask);
	usleep(300000);
	return 0;
}

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int rc = __real_getsockopt(fd, level, name, value, len);

	if (rc == 0 && now->fault == FAULT_SERVER_UID && name == SO_PEERCRED)
		((struct ucred *)value)->uid = 424242;
	return rc;
}

/* What must hold whenever the helper does something for root. */
static void
privileged_or_die(const char *path, const char *want)
{
	struct rlimit core;

	if (strcmp(path, want) != 0)
		_exit(WORLD_ODD_PATH);
	if (getrlimit(RLIMIT_CORE, &core) == -1 || core.rlim_cur != 0 ||
	    prctl(PR_GET_DUMPABLE) != 0)
		_exit(WORLD_CARELESS);
}

/* gcov, where it is, counts at exit() alone, which the helper's processes never reach. */
static void
leave(void)
{
	if (now != NULL && now->finish != NULL)
		now->finish();
	if (__gcov_dump != NULL)
		__gcov_dump();
}

int
__wrap_execv(const char *path, char *const *argv)
{
	if (strcmp(path, LIBEXECDIR "/s3-sudo-client") != 0)
		_exit(WORLD_ODD_PATH);
	if (prctl(PR_GET_DUMPABLE) != 0)
		_exit(WORLD_CARELESS);
	if (ids.r != now->ruid || ids.e != now->ruid || ids.s != now->ruid)
		_exit(WORLD_STILL_ROOT);
	leave();
	return __real_execv(FAKE_CLIENT, argv);
}

int
__wrap_pam_start(const char *service, const char *user, const struct pam_conv *conv,
    pam_handle_t **pamh)
{
	if (now->fault == FAULT_PAM_START || strcmp(service, "s3-sudo") != 0 || ids.r != 0 || ids.e != 0 || ids.s != 0)
		return PAM_ABORT;
	return pam_start_confdir(service, user, conv, work, pamh);
}

int
__wrap_wire_connect(int *fd, const char *path, int64_t until, struct s3jit_err *err)
{
	privileged_or_die(path, S3JIT_ROOT_SOCK);
	return __real_wire_connect(fd, now->broker == NULL ? "/tmp/s3jit-nobody.sock" :
	    now->broker->path, until, err);
}

int
__wrap_guest_server_ok(int fd, const char *path, struct s3jit_err *err)
{
	privileged_or_die(path, S3JIT_ROOT_SOCK);
	return __real_guest_server_ok(fd, now->broker->path, err);
}

int
__wrap_guest_read_proc_u32(uint32_t *out, const char *path, struct s3jit_err *err)
{
	(void)err;
	*out = strcmp(path, "/proc/self/loginuid") == 0 ? now->loginuid : now->sessionid;
	return 0;
}

_Noreturn void
__wrap__exit(int status)
{
	leave();
	__real__exit(status);
}

/* ---- what the tests call ---- */

static const char *
in_work(const char *name)
{
	static char path[3][128];
	static int turn;

	turn = (turn + 1) % 3;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", work, name);
	return path[turn];
}

int
world_begin(void **state)
{
	(void)state;
	return mkdtemp(work) == NULL || setenv("TEST_REPORT", in_work("report"), 1) == -1 ? -1 : 0;
}

int
world_end(void **state)
{
	(void)state;
	unlink(in_work("report"));
	unlink(in_work("s3-sudo"));
	return rmdir(work);
}

static void
slurp(char *buf, size_t size, FILE *f)
{
	size_t n = f == NULL ? 0 : fread(buf, 1, size - 1, f);

	buf[n] = '\0';
	if (f != NULL)
		fclose(f);
}

_Noreturn void
world_helper(const struct world *w, int argc, char **argv)
{
	FILE *f;

	now = w;
	ids.r = w->ruid;
	ids.e = ids.s = w->euid;
	ids.gr = ids.ge = ids.gs = 1000;
	unlink(in_work("report"));
	if ((f = fopen(in_work("s3-sudo"), "we")) == NULL)
		_exit(99);
	fputs(w->pam == NULL ? "" : w->pam, f);
	fclose(f);
	if (w->prepare != NULL)
		w->prepare();
	_exit(helper_main(argc, argv));
}

void
world_run(struct outcome *o, const struct world *w, int argc, char **argv)
{
	int status = -1, err[2];
	pid_t pid;

	memset(o, 0, sizeof(*o));
	fflush(NULL);
	if (pipe2(err, O_CLOEXEC) == -1)
		return;
	if ((pid = fork()) == 0) {
		if (dup2(err[1], 2) == -1 || setsid() == -1)
			_exit(99);
		world_helper(w, argc, argv);
	}
	close(err[1]);
	slurp(o->err, sizeof(o->err), fdopen(err[0], "r"));
	if (waitpid(pid, &status, 0) == pid)
		o->status = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
	slurp(o->report, sizeof(o->report), fopen(in_work("report"), "re"));
	o->ran = o->report[0] != '\0';
}
