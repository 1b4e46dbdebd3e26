/*
 * pairs.c - run two commands by turns and compare them.
 *
 *	pairs [-n TIMES] LABEL COMMAND... -- LABEL COMMAND...
 *
 * Their output goes to /dev/null.  Prints the medians and 99th percentiles in
 * milliseconds, the ratio of the medians and the median of the paired
 * differences; the order within a pair changes each time.  A command that
 * fails ends the measurement.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double
run(char **argv)
{
	double began = now_ms();
	int null, status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if ((null = open("/dev/null", O_RDWR)) == -1)
			_exit(126);
		dup2(null, 0);
		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "pairs: %s failed\n", argv[0]);
		exit(1);
	}
	return now_ms() - began;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
at(double *v, int n, double part)
{
	qsort(v, (size_t)n, sizeof(*v), compare);
	return v[(int)((n - 1) * part)];
}

int
main(int argc, char **argv)
{
	int times = 40, i, at_second = 0;
	double *a, *b, *delta, ma, mb;
	char **one, **two;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		times = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0 && at_second == 0) {
			argv[i] = NULL;
			at_second = i + 1;
		}
	if (times < 1 || at_second < 4 || argc < at_second + 2) {
		fprintf(stderr, "usage: pairs [-n TIMES] LABEL COMMAND... -- LABEL COMMAND...\n");
		return 2;
	}
	one = argv + 1;
	two = argv + at_second;
	a = calloc((size_t)times, sizeof(*a));
	b = calloc((size_t)times, sizeof(*b));
	delta = calloc((size_t)times, sizeof(*delta));
	if (a == NULL || b == NULL || delta == NULL)
		return 1;
	run(one + 1);		/* warm */
	run(two + 1);
	for (i = 0; i < times; i++) {
		if (i % 2 == 0)
			a[i] = run(one + 1);
		b[i] = run(two + 1);
		if (i % 2 == 1)
			a[i] = run(one + 1);
		delta[i] = b[i] - a[i];
	}
	ma = at(a, times, 0.5);
	mb = at(b, times, 0.5);
	printf("%-28s median %8.2f ms   p99 %8.2f ms\n", one[0], ma, at(a, times, 0.99));
	printf("%-28s median %8.2f ms   p99 %8.2f ms\n", two[0], mb, at(b, times, 0.99));
	printf("%-28s ratio %.2f   paired delta %+.2f ms   (n = %d)\n", "", mb / ma,
	    at(delta, times, 0.5), times);
	free(a);
	free(b);
	free(delta);
	return 0;
}
