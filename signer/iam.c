/*
 * iam.c - make a role refuse sessions, and stop that again.
 *
 * Runs in s3jit-signer.  One try a question: the broker, which knows what must
 * be refused, asks again until AWS has taken it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/hex.h"

#include "aws_form.h"
#include "deny.h"
#include "iam.h"
#include "sigv4.h"
#include "sts_answer.h"
#include "sts_error.h"

#define BUDGET_MS 14000	/* the broker waits 15 s; STS may take 12 of them */
#define KEYS_LEFT 60		/* seconds; a session with less is not begun with */

struct iam_call {
	struct iam *iam;
	struct sts_call *sts;
	struct http_call *http;
	char *role, *body;
	int64_t until_ms;	/* clock_boot_ms() */
	bool removes;		/* DeleteRolePolicy: nothing there is fine, too */
	iam_done *done;
	void *arg;
	struct iam_call *next, **prev;
};

struct iam {
	struct http *http;
	struct sts *sts;
	const struct config *conf;
	struct keys *keys;	/* the revoker's, for `role` alone; NULL: none yet */
	char *role;
	struct iam_call *calls;
};

int
iam_new(struct iam **out, struct http *http, struct sts *sts, const struct config *conf,
    struct s3jit_err *err)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return s3jit_fail_errno(err, "iam");
	(*out)->http = http;
	(*out)->sts = sts;
	(*out)->conf = conf;
	return 0;
}

static void
call_free(struct iam_call *c)
{
	sts_cancel(c->sts);
	http_cancel(c->http);
	if (c->prev != NULL)
		*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	free(c->role);
	free(c->body);
	free(c);
}

static void
keys_forget(struct iam *iam)
{
	keys_free(iam->keys);
	free(iam->role);
	iam->keys = NULL;
	iam->role = NULL;
}

void
iam_free(struct iam *iam)
{
	struct iam_call *c, *next;

	if (iam == NULL)
		return;
	for (c = iam->calls; c != NULL; c = next) {
		next = c->next;
		call_free(c);
	}
	keys_forget(iam);
	free(iam);
}

void
iam_abandon(struct iam *iam, void *arg)
{
	struct iam_call *c, *next;

	for (c = iam->calls; c != NULL; c = next) {
		next = c->next;
		if (c->arg == arg)
			call_free(c);
	}
}

static void
finish(struct iam_call *c, const struct sts_refusal *refusal)
{
	c->done(c->arg, refusal);
	call_free(c);
}

static void
refuse(struct iam_call *c, const struct s3jit_err *err, const char *aws_code, bool retry)
{
	struct sts_refusal r = { .err = *err, .retry = retry };

	snprintf(r.aws_code, sizeof(r.aws_code), "%s", aws_code);
	finish(c, &r);
}

/* --- the call to IAM --------------------------------------------------------- */

/* AWS's own message may be shown only where STS's may: there it is known to hold no secret. */
static void
refused_by_aws(struct iam_call *c, const struct http_answer *http)
{
	struct sts_answer a = { 0 };
	struct s3jit_err err;
	enum sts_act act;

	(void)sts_answer_parse(&a, http->body, http->len, NULL);
	act = sts_error_act(a.code, http->status);
	if (act == STS_REREAD || strcmp(a.code, "InvalidClientTokenId") == 0)
		keys_forget(c->iam);
	s3jit_fail(&err, S3JIT_EAWS, "IAM did not change what %s refuses: %s (HTTP %ld)%s", c->role,
	    *a.code != '\0' ? a.code : "no reason", http->status,
	    strcmp(a.code, "AccessDenied") == 0 ? "; may revoker-role put and delete inline policies "
	    "of that role (aws/revoker.json)?" : "");
	refuse(c, &err, a.code, act != STS_FINAL);
	sts_answer_clear(&a);
}

static bool
is_gone(const struct http_answer *http)
{
	struct sts_answer a = { 0 };
	bool gone;

	(void)sts_answer_parse(&a, http->body, http->len, NULL);
	gone = strcmp(a.code, "NoSuchEntity") == 0;
	sts_answer_clear(&a);
	return gone;
}

static void
on_answer(void *arg, const struct http_answer *http, const struct s3jit_err *why)
{
	struct iam_call *c = arg;
	struct s3jit_err err;

	c->http = NULL;
	if (http == NULL) {
		err = *why;
		s3jit_fail_prefix(&err, "IAM did not change what %s refuses", c->role);
		err.code = S3JIT_EAWS;
		refuse(c, &err, "", true);
	} else if (http->status == 200 || (c->removes && is_gone(http))) {
		finish(c, NULL);
	} else {
		refused_by_aws(c, http);
	}
}

static void
send_signed(struct iam_call *c)
{
	const struct config *conf = c->iam->conf;
	const struct aws_service iam = { "iam", conf->aws.iam_region, conf->aws.iam_endpoint };
	struct s3jit_err err;

	if (aws_form_post(&c->http, c->iam->http, &iam, c->body, c->iam->keys, c->until_ms,
	    on_answer, c, &err) == -1)
		refuse(c, &err, "", true);
}

/* --- the revoker's own session -------------------------------------------------- */

static void
on_lent(void *arg, const struct sts_lent *lent, const struct sts_refusal *refusal)
{
	struct iam_call *c = arg;
	struct iam *iam = c->iam;

	c->sts = NULL;
	if (lent == NULL) {
		finish(c, refusal);
		return;
	}
	keys_forget(iam);
	iam->keys = lent->keys;
	iam->role = strdup(c->role);	/* without memory they are good for this once */
	send_signed(c);
}

static int
become_revoker(struct iam_call *c, struct s3jit_err *err)
{
	char session[] = "s3jit-r-0123456789abcdef", *policy = deny_revoker_policy(c->role);
	struct sts_ask ask = { .role = c->iam->conf->aws.revoker_role, .session_name = session,
	    .policy = policy, .source_identity = "s3jit-revoker", .request = "revoker",
	    .duration = STS_DURATION_MIN };
	int rc = -1;

	if (policy == NULL)
		s3jit_fail_errno(err, "IAM was not asked");
	else if (hex_random(session + strlen("s3jit-r-"), 8, err) == 0)
		rc = sts_assume(&c->sts, c->iam->sts, &ask, on_lent, c, err);
	free(policy);
	return rc;
}

static bool
have_keys(const struct iam *iam, const char *role)
{
	return iam->keys != NULL && iam->role != NULL && strcmp(iam->role, role) == 0 &&
	    iam->keys->expiration - clock_wall() > KEYS_LEFT;
}

/* --- the question ------------------------------------------------------------------ */

/* The form body; NULL only without memory. */
static char *
form_body(const char *role, const char *host, const char *document)
{
	struct list list = { NULL, 0 };
	char name[DENY_NAME], *body = NULL;

	deny_name(name, host);
	if (pairs_add(&list, "Action", document != NULL ? "PutRolePolicy" : "DeleteRolePolicy") == 0 &&
	    (document == NULL || pairs_add(&list, "PolicyDocument", document) == 0) &&
	    pairs_add(&list, "PolicyName", name) == 0 &&
	    pairs_add(&list, "RoleName", strrchr(role, '/') + 1) == 0 &&
	    pairs_add(&list, "Version", "2010-05-08") == 0)
		body = sigv4_query(&list);
	pairs_clear(&list);
	return body;
}

static int
may_revoke(const struct config *conf, const char *role, struct s3jit_err *err)
{
	if (*conf->aws.revoker_role == '\0')
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "s3jit.conf names no revoker-role, so AWS is "
		    "not told to refuse sessions");
	if (!config_has_role(conf, role) || strchr(role, '/') == NULL)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s does not stand in %s", role, conf->file);
	return 0;
}

int
iam_revoke(struct iam *iam, const struct sq_revoke *q, iam_done *done, void *arg,
    struct s3jit_err *err)
{
	char *document = NULL;
	struct iam_call *c;

	if (may_revoke(iam->conf, q->role, err) == -1 || deny_document(&document, q, err) == -1)
		return -1;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		free(document);
		return s3jit_fail_errno(err, "IAM was not asked");
	}
	c->iam = iam;
	c->done = done;
	c->arg = arg;
	c->until_ms = clock_boot_ms() + BUDGET_MS;
	c->removes = document == NULL;
	c->role = strdup(q->role);
	c->body = form_body(q->role, q->host, document);
	free(document);
	if (c->role == NULL || c->body == NULL) {
		s3jit_fail_errno(err, "IAM was not asked");
		goto fail;
	}
	if (!have_keys(iam, q->role) && become_revoker(c, err) == -1)
		goto fail;
	c->next = iam->calls;
	c->prev = &iam->calls;
	if (c->next != NULL)
		c->next->prev = &c->next;
	iam->calls = c;
	if (c->sts == NULL)
		send_signed(c);
	return 0;
fail:
	call_free(c);
	return -1;
}
