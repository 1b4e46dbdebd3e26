/*
 * meant.h - what a scope allows, said in other words than lib/permission.c and
 * lib/policy.c use: what every judge of a policy is held against.
 */
#ifndef TESTS_MEANT_H
#define TESTS_MEANT_H

#include <stdbool.h>
#include <stddef.h>

/* Is that action one of that verb's? */
bool meant_action(const char *verb, const char *action);

/*
 * Do these permissions allow it?  key NULL: the action is one on the bucket, and
 * prefix what a listing names (NULL: none).
 */
bool meant(const char *const *permissions, size_t n, const char *action, const char *bucket,
    const char *key, const char *prefix);

#endif
