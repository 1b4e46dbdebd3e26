/*
 * harmless.c - see harmless.h.  Runs in s3jitd and s3jit-signer, first of all.
 */
#include "config.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <string.h>
#include <unistd.h>

#include "s3jit/harmless.h"

static int
drop_capabilities(struct s3jit_err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2] = { { 0 }, { 0 } }, none[2] = { { 0 }, { 0 } };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 ||
	    syscall(SYS_capget, &head, now) == -1)
		return s3jit_fail_errno(err, "cannot give up capabilities");
	/* The units forbid capset(2), having left none. */
	if (memcmp(now, none, sizeof(now)) != 0 && syscall(SYS_capset, &head, none) == -1)
		return s3jit_fail_errno(err, "cannot give up capabilities");
	return 0;
}

int
harmless_become(struct s3jit_err *err)
{
	const struct rlimit none = { 0, 0 };

	umask(077);
	if (drop_capabilities(err) == -1)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 || setrlimit(RLIMIT_CORE, &none) == -1)
		return s3jit_fail_errno(err, "cannot protect this process");
	return 0;
}
