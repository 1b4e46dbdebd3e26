/*
 * cycles.c - how many requests a second the broker's own work allows: ask, vote,
 * claim, end, over the real store on a real disk, against append + fdatasync
 * in the same folder in the same run.
 *
 *	cycles [TIMES]
 *
 * Each cycle is four transactions and a lease's two; people, sockets and the
 * signer are the unit tests' (fake_broker.c).
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/fake_broker.h"

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

int
main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) : 300, i;
	struct fake_conn *alice, *bob;
	double began, cycles, appends;

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
