/*
 * hints.h - what headers promise in words, said so that an analyser which sees one
 * file at a time understands it.  Included before each file that it looks at.
 */
#include "config.h"

#include "s3jit/err.h"

/* "Always returns -1" */
#define s3jit_fail(...) (s3jit_fail(__VA_ARGS__), -1)
#define s3jit_fail_errno(...) (s3jit_fail_errno(__VA_ARGS__), -1)
#define s3jit_fail_prefix(...) (s3jit_fail_prefix(__VA_ARGS__), -1)

/* An assertion that fails does not return, and nor does skip(). */
#ifdef ASSERTIONS
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#undef assert_true
#undef assert_false
#undef assert_non_null
#undef assert_null
#undef assert_int_equal
#undef assert_ptr_equal
#undef fail_msg
#undef skip
#define assert_true(c) do { if (!(c)) abort(); } while (0)
#define assert_false(c) assert_true(!(c))
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_null(p) assert_true((p) == NULL)
#define assert_int_equal(a, b) assert_true((intmax_t)(a) == (intmax_t)(b))
#define assert_ptr_equal(a, b) assert_true((const void *)(a) == (const void *)(b))
#define fail_msg(...) do { (void)snprintf(NULL, 0, __VA_ARGS__); abort(); } while (0)
#define skip() abort()
#endif
