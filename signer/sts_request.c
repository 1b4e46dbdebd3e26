/*
 * sts_request.c - the bytes of one AssumeRole request.
 *
 * Runs in s3jit-signer.  Pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sigv4.h"
#include "sts_request.h"

char *
sts_body(const struct sts_ask *ask)
{
	struct list list = { NULL, 0 };
	char duration[24], *body = NULL;

	snprintf(duration, sizeof(duration), "%lld", (long long)ask->duration);
	if (pairs_add(&list, "Action", "AssumeRole") == 0 &&
	    pairs_add(&list, "DurationSeconds", duration) == 0 &&
	    (ask->external_id == NULL || *ask->external_id == '\0' ||
	    pairs_add(&list, "ExternalId", ask->external_id) == 0) &&
	    pairs_add(&list, "Policy", ask->policy) == 0 &&
	    pairs_add(&list, "RoleArn", ask->role) == 0 &&
	    pairs_add(&list, "RoleSessionName", ask->session_name) == 0 &&
	    pairs_add(&list, "SourceIdentity", ask->source_identity) == 0 &&
	    pairs_add(&list, "Tags.member.1.Key", "s3jit-request") == 0 &&
	    pairs_add(&list, "Tags.member.1.Value", ask->request) == 0 &&
	    pairs_add(&list, "Version", "2011-06-15") == 0)
		body = sigv4_query(&list);	/* a form is encoded alike; blanks are %20 */
	pairs_clear(&list);
	return body;
}
