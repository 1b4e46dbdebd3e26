/*
 * log.c - the signer's log.
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "s3jit/escape.h"

#include "log.h"

#define LINE 900

static bool on_stderr;

void
log_open(bool to_stderr)
{
	on_stderr = to_stderr;
	openlog("s3jit-signer", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

void
log_say(int priority, const char *fmt, ...)
{
	char text[2 * LINE], *line;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if ((line = escape_cut(text, LINE)) == NULL)
		return;
	syslog(priority, "%s", line);
	if (on_stderr)
		fprintf(stderr, "s3jit-signer: %s\n", line);
	free(line);
}
