/*
 * client_request.c - requests for the tests of what people are shown.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/client_request.h"

#define SUM "9f31c0de9f31c0de9f31c0de9f31c0de9f31c0de9f31c0de9f31c0de9f31c0de"

void
set_text(char **member, const char *text)
{
	free(*member);
	*member = strdup(text);
}

static void
object_push(struct list *l, const char *verb, const char *key, int64_t size)
{
	struct object *o = list_push(l, &object_table);

	o->verb = strdup(verb);
	o->bucket = strdup("prod-reports");
	o->key = strdup(key);
	o->name = strdup("report.csv");
	o->size = o->part_size = size;
	o->sha256 = strdup(SUM);
	strv_push(&o->parts, SUM);
}

static void
base(struct msg_shown *s)
{
	struct request *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	memset(s, 0, sizeof(*s));
	s->request = r;
	r->version = 1;
	r->nonce = strdup("000102030405060708090a0b0c0d0e0f");
	r->host = strdup("bastion-07.example.net");
	r->boot_id = strdup("0f7a9a4e-0000-4000-8000-000000000000");
	r->loginuid = r->ruid = 1001;
	r->person = strdup("alice");
	r->ruser = strdup("alice");
	r->sessionid = 7;
	r->origin = strdup("ssh from 10.2.0.9");
	r->cwd = strdup("/home/alice");
	r->reason = strdup("OPS-412 fix Q1 totals");
	r->role = strdup("arn:aws:iam::111122223333:role/s3jit-write");
	r->ttl = 900;
	r->delivery = strdup(DELIVERY_SIGNED);
	strv_push(&r->quorum, "1 of group:leads");
	r->rule = strdup("report uploads");
	r->rule_hash = strdup(SUM);
	r->parent = strdup("");
	r->created = 1777800000;
	s->state = strdup("pending");
	s->why = strdup("");
	s->by = strdup("");
	s->text = strdup("");
	s->may_not = strdup("");
	s->rule_text = strdup("\"report uploads\": 1 of group:leads, at most 30m");
	s->waits = 41;
	s->needed = 1;
	s->may_vote = true;
}

void
shown_put(struct msg_shown *s)
{
	struct request *r;

	base(s);
	r = s->request;
	strv_push(&r->argv, "s3-sudo");
	strv_push(&r->argv, "put");
	strv_push(&r->argv, "report.csv");
	strv_push(&r->argv, "s3://prod-reports/2026/report.csv");
	strv_push(&r->scope, "put s3://prod-reports/2026/report.csv");
	object_push(&r->objects, "put", "2026/report.csv", 1200000);
}

void
shown_hostile(struct msg_shown *s, const char *text)
{
	struct request *r;
	struct object *o;
	char *permission;

	base(s);
	r = s->request;
	set_text(&r->person, text);
	set_text(&r->ruser, text);
	r->ruid = 1002;
	set_text(&r->origin, text);
	set_text(&r->cwd, text);
	set_text(&r->reason, text);
	set_text(&r->role, text);
	set_text(&r->rule, text);
	set_text(&r->host, text);
	set_text(&r->parent, text);
	set_text(&s->rule_text, text);
	set_text(&s->by, text);
	strv_push(&r->argv, text);
	strv_push(&r->argv, text);
	if (asprintf(&permission, "put s3://prod-reports/%s", text) != -1)
		strv_push(&r->scope, permission);
	free(permission);
	strv_push(&s->votes, text);
	object_push(&r->objects, "put", text, 5);
	o = r->objects.v;
	set_text(&o->name, text);
	set_text(&o->sha256, text);
}

void
shown_run(struct msg_shown *s)
{
	struct request *r;

	base(s);
	r = s->request;
	set_text(&r->person, "dave");
	set_text(&r->ruser, "deploy");
	r->ruid = 900;
	r->ttl = 600;
	set_text(&r->delivery, DELIVERY_COMMAND);
	set_text(&r->reason, "OPS-420 backfill");
	strv_push(&r->argv, "aws");
	strv_push(&r->argv, "s3");
	strv_push(&r->argv, "sync");
	strv_push(&r->argv, "./my files");
	strv_push(&r->argv, "s3://prod-reports/2026/");
	strv_push(&r->argv, "--delete");
	strv_push(&r->scope, "delete s3://prod-reports/2026/");
	strv_push(&r->scope, "list s3://prod-reports/2026/");
	strv_push(&r->scope, "put s3://prod-archive/");
	strv_push(&r->scope, "put s3://prod-reports/2026/");
	strv_push(&s->votes, "bob");
	set_text(&s->rule_text, "\"deletes\": 2 of group:leads, at most 10m");
}

void
shown_many(struct msg_shown *s, int n)
{
	char key[64];
	int i;

	base(s);
	strv_push(&s->request->scope, "put s3://prod-reports/2026/");
	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "2026/part-%04d.csv", i);
		object_push(&s->request->objects, "put", key, 1000 + i);
	}
}
