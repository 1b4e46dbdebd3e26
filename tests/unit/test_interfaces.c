/*
 * test_interfaces.c - INTERFACES.md says of every message exactly the fields
 * that the code has.
 *
 * For each table the line "| `type` | fields |" must stand there word for
 * word.  Run with --print to get the lines as they should be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/proto.h"
#include "s3jit/signer_proto.h"

/* Not messages of their own; they stand inside others and in the digest. */
static const struct table *const inner_tables[] = { &request_table, &object_table, NULL };

static const char *
type_words(enum field_type type)
{
	switch (type) {
	case F_STR:
		return "text";
	case F_SECRET:
		return "secret text";
	case F_INT:
		return "integer";
	case F_BOOL:
		return "boolean";
	case F_STRV:
		return "list of text";
	case F_LIST:
		return "list of ";
	case F_OBJ:
		return "";
	}
	return "?";
}

static void
line_for(char *out, size_t size, const struct table *t)
{
	const struct field *f;
	size_t n;

	n = (size_t)snprintf(out, size, "| `%s` |", t->name);
	for (f = t->fields; f->name != NULL && n < size; f++) {
		n += (size_t)snprintf(out + n, size - n, "%s `%s`%s %s", f == t->fields ? "" : ",",
		    f->name, f->optional ? "?" : "", type_words(f->type));
		if (f->sub != NULL && n < size)
			n += (size_t)snprintf(out + n, size - n, "`%s`", f->sub->name);
	}
	if (n < size)
		snprintf(out + n, size - n, "%s |", f == t->fields ? " nothing" : "");
}

static char *
read_document(void)
{
	const char *dir = getenv("srcdir");
	char path[4096], *text;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/INTERFACES.md", dir != NULL ? dir : ".");
	if ((f = fopen(path, "r")) == NULL)
		return NULL;
	assert_non_null(text = calloc(1, 1 << 20));
	n = fread(text, 1, (1 << 20) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static int
missing_lines(const char *document, const struct table *const *tables)
{
	char line[4096];
	int missing = 0;

	for (; *tables != NULL; tables++) {
		line_for(line, sizeof(line), *tables);
		if (strstr(document, line) != NULL)
			continue;
		fprintf(stderr, "INTERFACES.md lacks: %s\n", line);
		missing++;
	}
	return missing;
}

static void
every_message_is_documented(void **state)
{
	char *document = read_document();

	(void)state;
	assert_non_null(document);
	assert_int_equal(missing_lines(document, proto_tables), 0);
	assert_int_equal(missing_lines(document, signer_tables), 0);
	assert_int_equal(missing_lines(document, inner_tables), 0);
	free(document);
}

/* The control: a field that the document does not have is seen. */
static void
a_missing_field_is_seen(void **state)
{
	static const struct field fields[] = {
		{ "id", F_STR, 0, 0, false, NULL }, { "planted", F_INT, 0, 0, false, NULL },
		{ NULL, F_STR, 0, 0, false, NULL }
	};
	static const struct table planted = { "withdraw", 8, fields };
	static const struct table *const tables[] = { &planted, NULL };
	char *document = read_document();

	(void)state;
	assert_non_null(document);
	assert_int_equal(missing_lines(document, tables), 1);
	free(document);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_is_documented),
		cmocka_unit_test(a_missing_field_is_seen),
	};
	const struct table *const *all[] = { proto_tables, signer_tables, inner_tables };
	char line[4096];
	size_t i, k;

	if (argc == 2 && strcmp(argv[1], "--print") == 0) {
		for (k = 0; k < 3; k++)
			for (i = 0; all[k][i] != NULL; i++) {
				line_for(line, sizeof(line), all[k][i]);
				puts(line);
			}
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
