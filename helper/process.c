/*
 * process.c - what a setuid program inherits from whoever started it: put
 * right at the start, given back before the client is executed.
 */
#include "config.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper.h"

static struct {
	struct rlimit core;
	sigset_t ignored;
} found;

/* Only "ignored" survives exec; it is remembered, for nohup's sake (H12). */
static int
signals_settle(void)
{
	struct sigaction act;
	sigset_t none;

	sigemptyset(&found.ignored);
	sigemptyset(&none);
	for (int sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &act) == -1)
			continue;		/* libc keeps two for itself */
		if (act.sa_handler == SIG_IGN)
			sigaddset(&found.ignored, sig);
		signal(sig, sig == SIGPIPE || sig == SIGXFSZ ? SIG_IGN : SIG_DFL);
	}
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

int
process_settle(struct s3jit_err *err)
{
	/* 0 to 2 open, so that nothing of ours takes their place; 3 up shut (H2). */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd)
			return s3jit_fail_errno(err, "cannot open /dev/null as descriptor %d", fd);
	if (syscall(SYS_close_range, 3U, ~0U, 0U) == -1)
		return s3jit_fail_errno(err, "cannot close inherited descriptors");
	/* No memory of the privileged part reaches a file or a process (H10). */
	if (getrlimit(RLIMIT_CORE, &found.core) == -1 ||
	    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, found.core.rlim_max }) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return s3jit_fail_errno(err, "cannot forbid core files");
	if (signals_settle() == -1)
		return s3jit_fail_errno(err, "cannot reset signals");
	return 0;
}

void
process_restore(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, sigismember(&found.ignored, sig) == 1 ? SIG_IGN : SIG_DFL);
	setrlimit(RLIMIT_CORE, &found.core);
}

/*
 * (uid_t)-1 means "leave as it is" to setresuid, so it must never get there.
 * The supplementary groups were the caller's all the time and stay so.
 */
int
process_drop(struct s3jit_err *err)
{
	uid_t uid = getuid(), ruid, euid, suid;
	gid_t gid = getgid(), rgid, egid, sgid;

	if (uid == (uid_t)-1 || gid == (gid_t)-1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the caller has no user id");
	if (setresgid(gid, gid, gid) == -1 || setresuid(uid, uid, uid) == -1)
		return s3jit_fail_errno(err, "cannot give up root");
	if (getresgid(&rgid, &egid, &sgid) == -1 || rgid != gid || egid != gid || sgid != gid ||
	    getresuid(&ruid, &euid, &suid) == -1 || ruid != uid || euid != uid || suid != uid ||
	    (uid != 0 && setuid(0) != -1))
		return s3jit_fail(err, S3JIT_ESYS, "root was given up and is still there");
	/* The change of ids may have set it anew; exec makes the client dumpable. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return s3jit_fail_errno(err, "cannot forbid core files");
	return 0;
}
