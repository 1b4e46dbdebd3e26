/*
 * hostile.c - the corpus of hostile texts, and the judge of what became of them.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hostile.h"

#define MANY 64

static void
path_of(char *buf, size_t size, const char *name)
{
	const char *src = getenv("srcdir");

	snprintf(buf, size, "%s/tests/unit/golden/hostile/%s", src == NULL ? SRCDIR : src, name);
}

/* "\x1b" becomes one byte; nothing else is special. */
static char *
unescaped(const char *s)
{
	char *out = malloc(strlen(s) + 1), *to = out, two[3] = "";

	assert_non_null(out);
	while (*s != '\0') {
		if (s[0] == '\\' && s[1] == 'x') {
			memcpy(two, s + 2, 2);
			*to++ = (char)strtol(two, NULL, 16);
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
	return out;
}

static char *
megabyte_of(const char *text)
{
	size_t len = strlen(text), n = (1 << 20) / len, i;
	char *big = malloc(n * len + 1);

	assert_non_null(big);
	for (i = 0; i < n; i++)
		memcpy(big + i * len, text, len);
	big[n * len] = '\0';
	return big;
}

struct hostile *
hostile_read(size_t *n)
{
	struct hostile *all = calloc(MANY, sizeof(*all));
	char path[512], line[512], *tab, *text;
	FILE *f;

	assert_non_null(all);
	path_of(path, sizeof(path), "corpus");
	if ((f = fopen(path, "re")) == NULL)
		fail_msg("%s is missing", path);
	for (*n = 0; fgets(line, sizeof(line), f) != NULL; ++*n) {
		assert_true(*n < MANY);
		line[strcspn(line, "\n")] = '\0';
		assert_non_null(tab = strchr(line, '\t'));
		*tab++ = '\0';
		snprintf(all[*n].name, sizeof(all[*n].name), "%.31s", line);
		text = unescaped(*tab == '@' ? tab + 1 : tab);
		all[*n].text = *tab == '@' ? megabyte_of(text) : strdup(text);
		all[*n].plain = hostile_harmless(text) && strchr(text, '\n') == NULL;
		free(text);
	}
	fclose(f);
	assert_true(*n >= 20);
	return all;
}

void
hostile_free(struct hostile *all, size_t n)
{
	while (n > 0)
		free(all[--n].text);
	free(all);
}

bool
hostile_harmless(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			return false;
	return true;
}

size_t
hostile_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

void
hostile_golden(const char *name, const char *text)
{
	char path[512], *want;
	size_t len = strlen(text);
	FILE *f;

	if (!hostile_harmless(text))
		fail_msg("what was to be in %s has bytes of the corpus in it", name);
	path_of(path, sizeof(path), name);
	if (getenv("S3JIT_GOLDEN_WRITE") != NULL) {
		if ((f = fopen(path, "we")) == NULL)
			fail_msg("cannot write %s", path);
		fputs(text, f);
		fclose(f);
		return;
	}
	if ((f = fopen(path, "re")) == NULL)
		fail_msg("%s is missing", path);
	assert_non_null(want = calloc(1, len + 2));
	(void)!fread(want, 1, len + 1, f);
	fclose(f);
	assert_string_equal(text, want);
	free(want);
}

void
hostile_control(void)
{
	struct hostile *all;
	char *planted;
	size_t i, n, seen = 0;

	all = hostile_read(&n);
	for (i = 0; i < n; i++) {
		if (all[i].plain)
			continue;
		assert_true(asprintf(&planted, "kmxqrtvz  %s  ends\n", all[i].text) != -1);
		if (hostile_harmless(planted) && hostile_lines(planted) == 1)
			fail_msg("%s is not seen by the check", all[i].name);
		free(planted);
		seen++;
	}
	assert_true(seen >= 20);
	hostile_free(all, n);
}
