/*
 * iam-judge.c - the judge of the unit tests as a program: iam-judge POLICY NOW
 * reads lines of s3-needs and prints each that the policy does not allow.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iam.h"

int
main(int argc, char **argv)
{
	static const char *const verdicts[] = { "not allowed", "allowed", "denied" };
	json_t *policy = argc == 3 ? json_load_file(argv[1], 0, NULL) : NULL;
	char line[4096], *action, *resource, *prefix;
	struct iam_request r;
	enum iam_verdict v;
	int bad = 0;

	if (policy == NULL) {
		fprintf(stderr, "usage: iam-judge POLICY NOW\n");
		return 2;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		action = strtok(line, "\t");
		resource = strtok(NULL, "\t");
		prefix = strtok(NULL, "\t");
		if (prefix == NULL)
			return 2;
		memset(&r, 0, sizeof(r));
		r.action = action;
		r.resource = resource;
		r.prefix = *prefix == '=' ? prefix + 1 : NULL;
		r.account = "111122223333";
		r.now = argv[2];
		if ((v = iam_judge(policy, &r)) != IAM_ALLOW) {
			printf("%s: %s %s %s\n", verdicts[v], action, resource, prefix);
			bad = 1;
		}
	}
	json_decref(policy);
	return bad;
}
