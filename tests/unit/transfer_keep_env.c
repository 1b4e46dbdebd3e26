/*
 * transfer_keep_env.c - the control of B13: transfer that does not clear its
 * environment when S3JIT_TEST_KEEP_ENV stands in it.
 */
#include <stdlib.h>

int __real_clearenv(void);
int __wrap_clearenv(void);

int
__wrap_clearenv(void)
{
	return getenv("S3JIT_TEST_KEEP_ENV") != NULL ? 0 : __real_clearenv();
}
