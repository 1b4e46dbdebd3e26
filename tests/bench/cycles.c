/*
 * cycles.c - how many requests a second the broker's own work allows: ask, vote,
 * claim, end, over the real store on a real disk, against append + fdatasync
 * in the same folder in the same run.
 *
 *	cycles [TIMES]
 *	cycles flat TIMES [leak]	exit status 9 when the heap grew in their second half
 *	cycles run TIMES [leak]		for valgrind; "leak" is a fault that must be seen
 *
 * Each cycle is four transactions and a lease's two; people, sockets and the
 * signer are the unit tests' (fake_broker.c).
 */
#include "config.h"

#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/fake_broker.h"

#define FLAT_SLACK 65536	/* bytes; SQLite's cache of pages is full long before half of 10,000 */

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
cycle(struct fake_conn *alice, struct fake_conn *bob)
{
	char id[REQUEST_ID], digest[DIGEST_HEX];
	struct msg_end end = { id, (char *)"done", 0 };

	assert_int_equal(fake_ask_put(alice, "bench", id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
	fake_pass(1);		/* nobody may ask more often than that for long */
}

static double
append_rate(int times)
{
	char path[128], record[256];
	double began;
	int fd, i;

	memset(record, 'x', sizeof(record));
	snprintf(path, sizeof(path), "%s/append", fake.dir);
	fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
	assert_true(fd != -1);
	began = now_s();
	for (i = 0; i < times; i++) {
		assert_int_equal(write(fd, record, sizeof(record)), (ssize_t)sizeof(record));
		assert_int_equal(fdatasync(fd), 0);
	}
	close(fd);
	return times / (now_s() - began);
}

/* Bytes of the heap in use. */
static size_t
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* The second half of so many cycles leaves no more on the heap than the first. */
static int
flat(int times, bool judged, bool leak)
{
	static void *volatile lost;	/* volatile: or the compiler leaves it out */
	struct fake_conn *alice, *bob;
	size_t half = 0, end;
	int i;

	fake_start();
	alice = fake_connect(fake_login(UID_ALICE, 11, "key-alice"));
	bob = fake_connect(fake_login(UID_BOB, 12, "key-bob"));
	for (i = 0; i < times; i++) {
		if (i == times / 2)
			half = heap();
		cycle(alice, bob);
		if (leak && (lost = malloc(64)) == NULL)
			return 1;
	}
	end = heap();
	fake_stop();
	printf("%d cycles, heap %zu bytes after half of them, %zu at the end\n", times, half, end);
	return judged && end > half + FLAT_SLACK ? 9 : 0;
}

int
main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) : 300, i;
	struct fake_conn *alice, *bob;
	double began, cycles, appends;

	if (argc > 2)
		return flat(atoi(argv[2]), strcmp(argv[1], "flat") == 0, argc > 3);
	setenv("S3JIT_TEST_DIR", "/var/tmp", 0);
	fake_start();
	alice = fake_connect(fake_login(UID_ALICE, 11, "key-alice"));
	bob = fake_connect(fake_login(UID_BOB, 12, "key-bob"));
	appends = append_rate(times * 3);
	began = now_s();
	for (i = 0; i < times; i++)
		cycle(alice, bob);
	cycles = times / (now_s() - began);
	appends = (appends + append_rate(times * 3)) / 2;
	printf("broker cycles %.0f/s   append+fdatasync %.0f/s   one cycle = %.1f appends\n",
	    cycles, appends, appends / cycles);
	fake_stop();
	return 0;
}
