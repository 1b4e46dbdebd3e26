/*
 * sanitizers.c - where a build with --enable-sanitizers=DIR reports: to files, for
 * many of our processes have no stderr that somebody reads, and no environment.
 *
 * Empty in every other build.  Leaks are for the unit tests to find: nobody may
 * trace our daemons, not even LeakSanitizer.
 */
#include "config.h"

#ifdef SANITIZER_REPORTS
/* weak: a test program may have its own */
const char *__asan_default_options(void) __attribute__((weak));
const char *__ubsan_default_options(void) __attribute__((weak));

const char *
__asan_default_options(void)
{
	return "detect_leaks=0:log_path=" SANITIZER_REPORTS "/report";
}

const char *
__ubsan_default_options(void)
{
	return "print_stacktrace=1:log_path=" SANITIZER_REPORTS "/report";
}
#else
extern int sanitizers_are_not_compiled_in;
#endif
