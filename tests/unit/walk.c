/*
 * walk.c - one operation, each time with another of its calls failing.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "walk.h"

#define CALLS_MAX 5000		/* no operation makes so many */

char violation[200];

void
broken(const char *format, ...)
{
	va_list ap;

	if (violation[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(violation, sizeof(violation), format, ap);
	va_end(ap);
}

int
walk(const char *name, const void *op, walk_step *step, enum fault_kind kind, bool lasting, int thin)
{
	int n = 1;

	while (step(op, kind, n, lasting) && violation[0] == '\0') {
		n += 1 + (thin > 0 ? n / thin : 0);
		if (n > CALLS_MAX)
			broken("it makes more calls than that");
	}
	if (violation[0] != '\0')
		print_message("%s, %s call %d%s: %s\n", name, fault_names[kind], n,
		    lasting ? " and all later ones" : "", violation);
	return n - 1;
}
