/*
 * clock.c - the only reader of clocks.
 *
 * Runs everywhere, libc only.  Calendar arithmetic is our own: timegm() and
 * strptime() normalise what they should refuse (31 February, 25 o'clock).
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "s3jit/clock.h"

static int64_t (*wall_seam)(void);
static int64_t (*boot_seam)(void);

/* CLOCK_REALTIME and CLOCK_BOOTTIME can't fail on a kernel that runs us. */
int64_t
clock_wall(void)
{
	struct timespec now = { 0 };

	if (wall_seam != NULL)
		return wall_seam();
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec;
}

int64_t
clock_boot_ms(void)
{
	struct timespec now = { 0 };

	if (boot_seam != NULL)
		return boot_seam();
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_back_off(int64_t wait, int64_t least, int64_t most)
{
	if (wait == 0)
		return least;
	return wait * 2 > most ? most : wait * 2;
}

void
clock_replace(int64_t (*wall)(void), int64_t (*boot_ms)(void))
{
	wall_seam = wall;
	boot_seam = boot_ms;
}

static int
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in(int64_t year, int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first of January of a year from 1 on. */
static int64_t
days_before_year(int64_t year)
{
	int64_t y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

const char *
clock_iso(char buf[CLOCK_TEXT], int64_t wall)
{
	const int64_t last = 253402300799;	/* 9999-12-31T23:59:59Z */
	int64_t days, rest, year;
	int month = 1;

	/* what no calendar of four digits holds is shown as its nearest end */
	if (wall < 0)
		wall = 0;
	if (wall > last)
		wall = last;
	days = wall / 86400;
	rest = wall % 86400;
	year = 1970 + days / 366;
	while (days_before_year(year + 1) <= days)
		year++;
	days -= days_before_year(year);
	while (days >= days_in(year, month))
		days -= days_in(year, month++);
	snprintf(buf, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
	    (unsigned)month % 100, (unsigned)(days + 1) % 100, (unsigned)(rest / 3600) % 100,
	    (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
	return buf;
}

const char *
clock_hms(char buf[CLOCK_TEXT], int64_t wall)
{
	time_t t = (time_t)wall;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(buf, CLOCK_TEXT, "%H:%M:%S", &tm) == 0)
		snprintf(buf, CLOCK_TEXT, "--:--:--");
	return buf;
}

/* `n` digits at *text, then the character `end`; both are stepped over. */
static int
take(int *value, const char **text, int n, char end)
{
	*value = 0;
	for (; n > 0; n--, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return -1;
		*value = *value * 10 + (**text - '0');
	}
	if (end == '\0')
		return 0;
	return *(*text)++ == end ? 0 : -1;
}

int
clock_parse_iso(int64_t *wall, const char *text)
{
	int year, month, day, hour, minute, second, m;
	int64_t days;

	if (take(&year, &text, 4, '-') == -1 || take(&month, &text, 2, '-') == -1 ||
	    take(&day, &text, 2, 'T') == -1 || take(&hour, &text, 2, ':') == -1 ||
	    take(&minute, &text, 2, ':') == -1 || take(&second, &text, 2, '\0') == -1)
		return -1;
	if (*text == '.') {
		if (!isdigit((unsigned char)*++text))
			return -1;
		text += strspn(text, "0123456789");
	}
	if (strcmp(text, "Z") != 0)
		return -1;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return -1;
	days = days_before_year(year) + day - 1;
	for (m = 1; m < month; m++)
		days += days_in(year, m);
	*wall = days * 86400 + hour * 3600 + minute * 60 + second;
	return 0;
}
