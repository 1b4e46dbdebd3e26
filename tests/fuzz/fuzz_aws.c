/*
 * fuzz_aws.c - command lines of the AWS CLI, a word a line: what is taken gives
 * permissions that can be asked for, in buckets that the line names; what is not
 * gives none, and is offered again as a shell takes it.
 *
 * parser: client/aws_grammar.c client/aws_words.c client/aws_places.c
 */
#include "config.h"

#include "client/aws_grammar.h"
#include "fuzz.h"
#include "s3jit/permission.h"

#define WORDS 40

static void
check_permission(const char *text, int argc, char **argv)
{
	struct permission p;
	struct s3jit_err err;
	int i;

	MUST(permission_parse(&p, text, false, &err) == 0);
	MUST(!p.bucket_open);
	for (i = 1; i < argc && strstr(argv[i], p.bucket) == NULL; i++)
		;
	MUST(i < argc);
	permission_clear(&p);
}

/* Undo the quotes of a shell, and find each word again at the line's end. */
static void
check_instead(char *line, int argc, char **argv)
{
	char *from = line, *to = line;
	size_t len;
	int quoted = 0;

	for (; *from != '\0'; from++) {
		if (*from == '\'')
			quoted = !quoted;
		else if (*from == '\\' && !quoted)
			*to++ = *++from;
		else
			*to++ = *from;
	}
	*to = '\0';
	MUST(!quoted);
	while (--argc > 0) {
		len = strlen(argv[argc]);
		MUST((size_t)(to - line) > len);
		to -= len;
		MUST(memcmp(to, argv[argc], len) == 0 && *--to == ' ');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *rest = text, *word, *argv[WORDS + 1], *instead;
	char aws[] = "aws";
	struct strv permissions;
	struct s3jit_err err;
	int argc = 0;
	size_t i;

	argv[argc++] = aws;
	while (argc < WORDS && (word = strsep(&rest, "\n")) != NULL)
		argv[argc++] = word;
	argv[argc] = NULL;
	if (aws_grammar(&permissions, &instead, argc, argv, &err) == 0) {
		MUST(permissions.n > 0 && instead == NULL);
		for (i = 0; i < permissions.n; i++)
			check_permission(permissions.v[i], argc, argv);
	} else {
		MUST(permissions.n == 0 && err.code == S3JIT_EUSAGE);
		if (instead != NULL)
			check_instead(instead, argc, argv);
	}
	strv_clear(&permissions);
	free(instead);
	free(text);
	return 0;
}
