/*
 * hostile.h - texts that people might type to deceive a reader, or a terminal.
 *
 * They stand in tests/unit/golden/hostile/corpus, a line each: a name, a tab and
 * the text as printf's %b reads it.  "@" before it makes a megabyte of it.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>

struct hostile {
	char name[32], *text;
	bool plain;		/* printable ASCII: hostile for other reasons */
};

/* All of them, and *n how many; hostile_free() them. */
struct hostile *hostile_read(size_t *n);
void hostile_free(struct hostile *, size_t n);

/* Nothing but printable ASCII in lines. */
bool hostile_harmless(const char *text);
size_t hostile_lines(const char *text);

/*
 * Fails the test where `text` is not what the file golden/hostile/NAME has, or is
 * not harmless.  S3JIT_GOLDEN_WRITE=1 writes the file: read the difference.
 */
void hostile_golden(const char *name, const char *text);

/* The control of both: the checker sees each of them where nothing escaped it. */
void hostile_control(void);

#endif
