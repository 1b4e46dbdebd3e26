/*
 * sts.c - AssumeRole.
 *
 * Runs in s3jit-signer.  A call reads the base keys, signs, sends, and is
 * tried again at most 3 times and within BUDGET_MS, jittered, so that the
 * broker (which waits 15 s) always hears the reason.
 */
#include "config.h"

#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "aws_form.h"
#include "sts.h"
#include "sts_answer.h"
#include "sts_error.h"
#include "sts_request.h"

#define BUDGET_MS 12000		/* for all tries together */
#define TRIES 4
#define BACKOFF_MS 200		/* doubles; half to all of it is waited */

struct sts {
	struct event_base *events;
	struct http *http;
	struct base *base;
	const struct config *conf;
	bool offset_known;
	int64_t offset;		/* AWS's clock minus seconds since boot */
	struct sts_call *calls;
};

struct sts_call {
	struct sts *sts;
	struct http_call *http;
	struct event *timer;
	char *role, *body;
	char *session_name;
	int tries;
	bool reread;		/* base keys were read anew because of this call */
	int64_t begun;		/* clock_boot_ms() */
	sts_done *done;
	void *arg;
	struct sts_call *next, **prev;
};

static void	try_once(struct sts_call *, bool again);

int
sts_new(struct sts **out, struct event_base *events, struct http *http, struct base *base,
    const struct config *conf, struct s3jit_err *err)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return s3jit_fail_errno(err, "sts");
	(*out)->events = events;
	(*out)->http = http;
	(*out)->base = base;
	(*out)->conf = conf;
	return 0;
}

void
sts_free(struct sts *sts)
{
	struct sts_call *c, *next;

	if (sts == NULL)
		return;
	for (c = sts->calls; c != NULL; c = next) {
		next = c->next;
		sts_cancel(c);
	}
	free(sts);
}

int64_t
sts_skew(const struct sts *sts)
{
	return sts->offset_known ? clock_boot_ms() / 1000 + sts->offset - clock_wall() : 0;
}

int
sts_clock_ok(const struct sts *sts, struct s3jit_err *err)
{
	int64_t skew = sts_skew(sts);

	if (skew >= -STS_SKEW_MAX && skew <= STS_SKEW_MAX)
		return 0;
	return s3jit_fail(err, S3JIT_EAWS, "the clock of this host is %lld seconds %s AWS's, so no "
	    "deadline can be promised; set it (chronyc tracking, timedatectl)",
	    (long long)(skew < 0 ? -skew : skew), skew < 0 ? "ahead of" : "behind");
}

/* --- one call -------------------------------------------------------------- */

static void
call_free(struct sts_call *c)
{
	if (c->prev != NULL)
		*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->timer != NULL)
		event_free(c->timer);
	free(c->role);
	free(c->body);
	free(c->session_name);
	free(c);
}

void
sts_cancel(struct sts_call *c)
{
	if (c == NULL)
		return;
	http_cancel(c->http);
	base_cancel(c->sts->base, c);
	call_free(c);
}

static void
refuse(struct sts_call *c, const struct s3jit_err *err, const char *aws_code, bool retry)
{
	struct sts_refusal r = { .err = *err, .retry = retry };

	snprintf(r.aws_code, sizeof(r.aws_code), "%s", aws_code);
	c->done(c->arg, NULL, &r);
	call_free(c);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	try_once(arg, false);
}

/* Half to all of 200, 400, 800 ms. */
static long
backoff_ms(int tries)
{
	long all = (long)BACKOFF_MS << (tries - 1);
	unsigned short r;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		r = 0;		/* no jitter, no harm */
	return all / 2 + r % (all / 2);
}

/* Try again later if there is time and a try left; else say why not. */
static void
later(struct sts_call *c, const struct s3jit_err *err, const char *aws_code)
{
	long ms = backoff_ms(c->tries);
	struct timeval tv = { .tv_usec = ms % 1000 * 1000, .tv_sec = ms / 1000 };

	if (c->tries >= TRIES || clock_boot_ms() + ms - c->begun >= BUDGET_MS - 1000 ||
	    event_add(c->timer, &tv) == -1)
		refuse(c, err, aws_code, true);
}

static void
on_refused(struct sts_call *c, const struct sts_answer *a, long status)
{
	enum sts_act act = sts_error_act(a->code, status);
	struct s3jit_err err;

	sts_error_text(&err, c->role, a->code, a->message, status);
	if (sts_skew(c->sts) > STS_SKEW_MAX || sts_skew(c->sts) < -STS_SKEW_MAX)
		(void)sts_clock_ok(c->sts, &err);	/* whatever it says, this is why */
	if (act == STS_REREAD && !c->reread) {
		c->reread = true;
		try_once(c, true);
	} else if (act == STS_RETRY) {
		later(c, &err, a->code);
	} else {
		refuse(c, &err, a->code, false);
	}
}

/* Is it what we asked for, and can it be trusted to end when we say? */
static int
lent_check(const struct sts_call *c, const struct sts_answer *a, struct s3jit_err *err)
{
	size_t id = strlen(a->role_id), name = strlen(c->session_name);

	if (sts_clock_ok(c->sts, err) == -1)
		return -1;
	if (a->keys->expiration <= clock_wall())
		return s3jit_fail(err, S3JIT_EAWS, "AWS lent %s with keys that have expired already",
		    c->role);
	if (id <= name + 1 || a->role_id[id - name - 1] != ':' ||
	    strcmp(a->role_id + id - name, c->session_name) != 0)
		return s3jit_fail(err, S3JIT_EAWS, "AWS lent %s under another session name", c->role);
	return 0;
}

static void
on_understood(struct sts_call *c, struct sts_answer *a, const struct http_answer *http)
{
	struct sts_lent lent = { .role_id = a->role_id, .skew = sts_skew(c->sts),
	    .request_id = *a->request_id != '\0' ? a->request_id : http->request_id };
	struct s3jit_err err;

	if (a->keys == NULL || http->status != 200) {
		on_refused(c, a, http->status);
		return;
	}
	if (lent_check(c, a, &err) == -1) {
		refuse(c, &err, "", false);
		return;
	}
	lent.keys = a->keys;
	a->keys = NULL;
	c->done(c->arg, &lent, NULL);
	call_free(c);
}

static void
on_answer(void *arg, const struct http_answer *http, const struct s3jit_err *why)
{
	struct sts_call *c = arg;
	struct sts_answer a = { 0 };
	struct s3jit_err err;

	c->http = NULL;
	if (http == NULL) {
		err = *why;
		s3jit_fail_prefix(&err, "AWS did not lend %s", c->role);
		err.code = S3JIT_EAWS;
		/* a wrong certificate or an endless answer does not get better */
		if (why->code == S3JIT_ENOTALLOWED || why->code == S3JIT_EPROTO)
			refuse(c, &err, "", false);
		else
			later(c, &err, "");
		return;
	}
	if (http->date != 0) {
		c->sts->offset = http->date - clock_boot_ms() / 1000;
		c->sts->offset_known = true;
	}
	if (sts_answer_parse(&a, http->body, http->len, &err) == 0) {
		on_understood(c, &a, http);
	} else if (sts_error_act("", http->status) == STS_RETRY) {
		/* a load balancer's page instead of STS */
		sts_error_text(&err, c->role, "", "", http->status);
		later(c, &err, "");
	} else {
		s3jit_fail(&err, S3JIT_EAWS, "AWS did not lend %s: HTTP %ld, and %s", c->role,
		    http->status, "the answer is not what STS answers (is sts-endpoint right?)");
		refuse(c, &err, "", false);
	}
	sts_answer_clear(&a);
}

static void
send_signed(struct sts_call *c, const struct keys *keys)
{
	const struct aws_service sts = { "sts", c->sts->conf->aws.region,
	    config_sts_endpoint(c->sts->conf) };
	struct s3jit_err err;

	if (aws_form_post(&c->http, c->sts->http, &sts, c->body, keys, c->begun + BUDGET_MS,
	    on_answer, c, &err) == -1)
		refuse(c, &err, "", true);
}

static void
on_base(void *arg, const struct keys *keys, const struct s3jit_err *why)
{
	struct sts_call *c = arg;
	struct s3jit_err err;

	if (keys != NULL) {
		send_signed(c, keys);
		return;
	}
	err = *why;
	s3jit_fail_prefix(&err, "the signer has no AWS keys of its own");
	err.code = S3JIT_EAWS;
	refuse(c, &err, "", true);
}

static void
try_once(struct sts_call *c, bool again)
{
	c->tries++;
	base_get(c->sts->base, again, on_base, c);
}

int
sts_assume(struct sts_call **out, struct sts *sts, const struct sts_ask *ask, sts_done *done,
    void *arg, struct s3jit_err *err)
{
	struct sts_call *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL)
		return s3jit_fail_errno(err, "AWS was not asked");
	if ((c->timer = evtimer_new(sts->events, on_timer, c)) == NULL ||
	    (c->role = strdup(ask->role)) == NULL || (c->body = sts_body(ask)) == NULL ||
	    (c->session_name = strdup(ask->session_name)) == NULL) {
		s3jit_fail_errno(err, "AWS was not asked");
		call_free(c);
		return -1;
	}
	c->sts = sts;
	c->done = done;
	c->arg = arg;
	c->begun = clock_boot_ms();
	c->next = sts->calls;
	c->prev = &sts->calls;
	if (c->next != NULL)
		c->next->prev = &c->next;
	sts->calls = c;
	event_active(c->timer, EV_TIMEOUT, 0);	/* the answer never comes before we return */
	*out = c;
	return 0;
}
