/*
 * fake_transfer.c - stands in for transfer in test_client_flow: asks for one
 * signature for each object and says what it was told.
 *
 * It checks how it was started: nothing in the environment, the socket on 3,
 * one regular file for each object from 4 on, and nothing else open.
 */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/transfer_proto.h"
#include "s3jit/wire.h"

static struct s3jit_err err;

static void
say(const struct table *t, const void *msg)
{
	char *json;

	if (codec_encode(&json, t, msg, &err) == 0) {
		(void)wire_write(TRANSFER_FD, json, strlen(json), clock_boot_ms() + 5000, &err);
		codec_wipe_free(json);
	}
}

static char *
hear(char type[64], size_t *len)
{
	void *json;

	if (wire_read(TRANSFER_FD, &json, len, WIRE_MAX, clock_boot_ms() + 15000, &err) == -1 ||
	    codec_type(type, 64, json, *len, &err) == -1)
		return NULL;
	return json;
}

static void
finish(int64_t objects, const char *code, const char *text)
{
	struct transfer_finished f = { 0 };

	f.ok = strcmp(code, s3jit_code_word(S3JIT_OK)) == 0;
	f.code = (char *)(uintptr_t)code;
	f.text = (char *)(uintptr_t)text;
	f.hint = f.aws_code = (char *)(uintptr_t)"";
	f.index = -1;
	f.objects = objects;
	say(&transfer_finished_table, &f);
	_exit(0);
}

static const char *
started_wrongly(const struct transfer_start *s)
{
	bool fds = strcmp(s->operation, TRANSFER_PUT) == 0 ||
	    strcmp(s->operation, TRANSFER_GET) == 0;
	size_t i, files = fds ? s->objects.n : 0;
	struct stat st;
	int fd;

	if (environ != NULL && environ[0] != NULL)
		return "the environment is not empty";
	for (i = 0; i < files; i++)
		if (fstat(TRANSFER_FIRST_FILE + (int)i, &st) == -1 || S_ISDIR(st.st_mode))
			return "a file is missing";
	for (fd = TRANSFER_FIRST_FILE + (int)files; fd < 64; fd++)
		if (fstat(fd, &st) == 0)
			return "more is open than should be";
	return NULL;
}

/* What the operation does beside asking for signatures. */
static void
work(const char *operation)
{
	struct transfer_entry e = { 0 };

	if (strcmp(operation, TRANSFER_GET) == 0)
		(void)!write(TRANSFER_FIRST_FILE, "hello", 5);
	if (strcmp(operation, TRANSFER_LIST) != 0)
		return;
	e.key = (char *)(uintptr_t)"2026/evil\033[2J";
	e.size = 5;
	e.modified = (char *)(uintptr_t)"2026-05-03T00:00:00Z";
	say(&transfer_entry_table, &e);
	e.prefix = true;
	e.key = (char *)(uintptr_t)"2026/q1/";
	say(&transfer_entry_table, &e);
}

/* One signature; `slow` in its URL means: go on until told to stop. */
static void
one(const struct transfer_object *o, int64_t done)
{
	struct transfer_sign_error refused;
	struct transfer_stop stop;
	struct msg_sign sign = { 0 };
	struct msg_signed answer;
	char type[64], *json;
	size_t len;

	sign.id = sign.payload_sha256 = (char *)(uintptr_t)"";
	sign.method = (char *)(uintptr_t)"PUT";
	sign.bucket = o->bucket;
	sign.key = o->key;
	sign.length = o->size;
	say(&sign_table, &sign);
	for (;;) {
		if ((json = hear(type, &len)) == NULL)
			_exit(1);
		if (strcmp(type, "stop") == 0 &&
		    codec_decode(&stop, &transfer_stop_table, json, len, &err) == 0)
			finish(done, stop.code, stop.why);
		if (strcmp(type, "sign_error") == 0 &&
		    codec_decode(&refused, &transfer_sign_error_table, json, len, &err) == 0)
			finish(done, refused.code, refused.text);
		if (strcmp(type, "signed") != 0 ||
		    codec_decode(&answer, &signed_table, json, len, &err) == -1)
			_exit(1);
		if (strstr(answer.url, "slow") == NULL)
			return;
	}
}

int
main(void)
{
	struct transfer_object_done done = { 0 };
	struct transfer_progress progress;
	const struct transfer_object *o;
	struct transfer_start start;
	char type[64], *json;
	const char *wrong;
	size_t i, len;

	if ((json = hear(type, &len)) == NULL ||
	    codec_decode(&start, &transfer_start_table, json, len, &err) == -1)
		return 1;
	if ((wrong = started_wrongly(&start)) != NULL)
		finish(0, "system", wrong);
	o = start.objects.v;
	for (i = 0; i < start.objects.n; i++) {
		one(&o[i], (int64_t)i);
		work(start.operation);
		progress.done = progress.total = o[i].size;
		say(&transfer_progress_table, &progress);
		done.index = (int64_t)i;
		done.etag = (char *)(uintptr_t)"\"etag\"";
		done.status = 200;
		done.bytes = o[i].size;
		say(&transfer_object_done_table, &done);
	}
	finish((int64_t)start.objects.n, s3jit_code_word(S3JIT_OK), "");
}
