/*
 * fake_ids.c - linked into the tests' own build of pam_s3jit with
 * --wrap, so that the login uid and session id of a pretended login do not
 * depend on who runs `make check`, and where.  TEST_BOOT_ID spares valgrind
 * openat2(2), which it does not know.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/guest.h"

int __wrap_guest_read_proc_u32(uint32_t *, const char *, struct s3jit_err *);
int __wrap_guest_read_boot_id(char *, struct s3jit_err *);
int __real_guest_read_boot_id(char *, struct s3jit_err *);

int
__wrap_guest_read_proc_u32(uint32_t *out, const char *path, struct s3jit_err *err)
{
	const char *name, *value;

	if (strcmp(path, "/proc/self/loginuid") == 0)
		name = "TEST_LOGINUID";
	else if (strcmp(path, "/proc/self/sessionid") == 0)
		name = "TEST_SESSIONID";
	else
		name = "TEST_PARENT_SESSIONID";
	if ((value = getenv(name)) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "%s: not staged", path);
	*out = (uint32_t)strtoul(value, NULL, 10);
	return 0;
}

int
__wrap_guest_read_boot_id(char *buf, struct s3jit_err *err)
{
	const char *value = getenv("TEST_BOOT_ID");

	if (value == NULL || strlen(value) != GUEST_BOOT_ID - 1)
		return __real_guest_read_boot_id(buf, err);
	memcpy(buf, value, GUEST_BOOT_ID);
	return 0;
}
