/*
 * text.c - see text.h.  Runs as the person.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct text {
	char **out, *buf;
	size_t used, room;
	bool broken;
};

static ssize_t
on_write(void *cookie, const char *data, size_t n)
{
	struct text *t = cookie;
	char *more;

	if (t->room - t->used <= n && !t->broken) {
		if ((more = realloc(t->buf, 2 * (t->used + n + 1))) != NULL) {
			t->buf = more;
			t->room = 2 * (t->used + n + 1);
		}
		t->broken = more == NULL;
	}
	if (t->broken) {
		errno = ENOMEM;
		return 0;		/* for good: what follows would stand where it does not belong */
	}
	memcpy(t->buf + t->used, data, n);
	t->used += n;
	return (ssize_t)n;
}

static int
on_close(void *cookie)
{
	struct text *t = cookie;
	int rc = t->broken || (t->buf == NULL && (t->buf = malloc(1)) == NULL) ? -1 : 0;

	if (rc == 0) {
		t->buf[t->used] = '\0';
		*t->out = t->buf;
	} else {
		free(t->buf);
		errno = ENOMEM;
	}
	free(t);
	return rc;
}

FILE *
text_open(char **out)
{
	const cookie_io_functions_t functions = { .write = on_write, .close = on_close };
	struct text *t = calloc(1, sizeof(*t));
	FILE *f;

	*out = NULL;
	if (t == NULL)
		return NULL;
	t->out = out;
	if ((f = fopencookie(t, "w", functions)) == NULL)
		free(t);
	return f;
}
