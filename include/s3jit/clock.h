/*
 * clock.h - the only reader of clocks.
 *
 * Wall time is int64 UTC seconds since the epoch and is what policies,
 * deadlines and records use.  Waiting uses CLOCK_BOOTTIME in milliseconds,
 * which never leaves the process.  Tests replace both through the seam below.
 */
#ifndef S3JIT_CLOCK_H
#define S3JIT_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Now, UTC seconds (CLOCK_REALTIME). */
int64_t clock_wall(void);

/* Milliseconds since boot, suspend included (CLOCK_BOOTTIME). */
int64_t clock_boot_ms(void);

/* How long to wait for the next try after one waited `wait` (0: the first): twice as long. */
int64_t clock_back_off(int64_t wait, int64_t least, int64_t most);

/* Room for "2026-01-31T12:05:00Z" and its NUL. */
#define CLOCK_TEXT 24

/* ISO 8601 in UTC, as AWS writes it: "2026-01-31T12:05:00Z".  Returns buf. */
const char *clock_iso(char buf[CLOCK_TEXT], int64_t wall);

/* "14:22:10", local time of the host, for people.  Returns buf. */
const char *clock_hms(char buf[CLOCK_TEXT], int64_t wall);

/*
 * Read ISO 8601 "YYYY-MM-DDThh:mm:ss[.fraction]Z" (what STS and IMDS send).
 * Returns 0 and *wall, or -1 when the text is anything else.
 */
int clock_parse_iso(int64_t *wall, const char *text);

/*
 * The seam for tests: all later readings come from these.  NULL restores the
 * kernel's clocks.  Not thread safe; called before anything else runs.
 */
void clock_replace(int64_t (*wall)(void), int64_t (*boot_ms)(void));

#endif
