/*
 * fault.c - die at a labelled place, for the tests of crash safety.
 *
 * Empty in every build but one with --enable-fault-points.
 */
#include "config.h"

#include "s3jit/fault.h"

#ifdef S3JIT_FAULT_POINTS
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABEL(text) text,
static const char *const labels[] = { FAULT_LABELS(LABEL) NULL };

static void
note_hit(const char *label)
{
	char line[128];
	int fd, len;

	if ((fd = open(FAULT_HITS, O_WRONLY | O_APPEND | O_CLOEXEC)) == -1)
		return;
	len = snprintf(line, sizeof(line), "%s\n", label);
	/* one write, so that two daemons' lines never mix; short is impossible on tmpfs */
	if (write(fd, line, (size_t)len) != len)
		abort();
	close(fd);
}

/* At which pass of the label to die: 0 = not at all. */
static int
wanted(const char *label)
{
	char name[64];
	int n, pass, at = 0;
	char line[128];
	FILE *f;

	if ((f = fopen(FAULT_FILE, "re")) == NULL)
		return 0;
	while (at == 0 && fgets(line, sizeof(line), f) != NULL) {
		pass = 1;
		n = sscanf(line, "%63s %d", name, &pass);
		if (n >= 1 && strcmp(name, label) == 0)
			at = pass;
	}
	fclose(f);
	return at;
}

void
fault_point(const char *label)
{
	static int passes[sizeof(labels) / sizeof(labels[0])];
	size_t i;
	int at;

	for (i = 0; labels[i] != NULL && strcmp(labels[i], label) != 0; i++)
		;
	if (labels[i] == NULL)
		abort();
	note_hit(label);
	if ((at = wanted(label)) == 0)
		passes[i] = 0;
	else if (++passes[i] == at)
		raise(SIGKILL);
}
#else
/* ISO C wants a translation unit to hold something. */
extern int fault_points_are_not_compiled_in;
#endif
