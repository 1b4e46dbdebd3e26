/*
 * transfer_world.c - see transfer_world.h.
 *
 * Nothing of transfer is linked here: the program is run as it is installed.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include "s3jit/clock.h"
#include "s3jit/wire.h"
#include "transfer_world.h"

#define RUN_MS 60000

static struct {
	char dir[64];
	pid_t server;
	int keep;			/* its standard input: it ends with us */
	json_t *ports;
	json_t *log;			/* array, since the mark */
	long mark;			/* offset in DIR/log */
} world = { .keep = -1 };

/* --- the server --- */

const char *
world_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", world.dir, name);
	return path;
}

static void
server_exec(int keep)
{
	char script[] = SRCDIR "/tests/unit/fake_s3.py";
	char python[] = "python3";
	char *argv[] = { python, script, world.dir, NULL };

	dup2(keep, 0);
	execvp("python3", argv);
	_exit(77);
}

int
world_open(void)
{
	int pipe_[2], status, tries;

	strcpy(world.dir, "/tmp/s3jit-transfer-XXXXXX");
	if (mkdtemp(world.dir) == NULL || chmod(world.dir, 0755) == -1 ||
	    pipe2(pipe_, O_CLOEXEC) == -1)
		return 1;
	if ((world.server = fork()) == 0)
		server_exec(pipe_[0]);
	close(pipe_[0]);
	world.keep = pipe_[1];
	for (tries = 0; tries < 300; tries++) {
		if (access(world_path("ports.json"), R_OK) == 0)
			break;
		if (waitpid(world.server, &status, WNOHANG) == world.server) {
			world.server = 0;
			world_close();
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		}
		usleep(50000);
	}
	world.ports = json_load_file(world_path("ports.json"), 0, NULL);
	return world.ports == NULL;
}

void
world_close(void)
{
	char *argv[] = { NULL, NULL, NULL, NULL };
	char rm[] = "rm", rf[] = "-rf";
	pid_t pid;

	close(world.keep);
	if (world.server > 0)
		waitpid(world.server, NULL, 0);
	json_decref(world.ports);
	json_decref(world.log);
	argv[0] = rm;
	argv[1] = rf;
	argv[2] = world.dir;
	if ((pid = fork()) == 0) {
		execvp("rm", argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

int
world_port(const char *server)
{
	return (int)json_integer_value(json_object_get(world.ports, server));
}

void
world_mark(void)
{
	struct stat st;

	assert_int_equal(stat(world_path("log"), &st), 0);
	world.mark = st.st_size;
}

static void
read_log(void)
{
	char line[65536];
	FILE *f = fopen(world_path("log"), "r");

	assert_non_null(f);
	assert_int_equal(fseek(f, world.mark, SEEK_SET), 0);
	json_decref(world.log);
	world.log = json_array();
	while (fgets(line, sizeof(line), f) != NULL)
		json_array_append_new(world.log, json_loads(line, 0, NULL));
	fclose(f);
}

json_t *
world_request(const char *method, const char *target, size_t nth)
{
	json_t *r;
	size_t i;

	read_log();
	json_array_foreach(world.log, i, r) {
		if (method != NULL &&
		    strcmp(json_string_value(json_object_get(r, "method")), method) != 0)
			continue;
		if (target != NULL &&
		    strstr(json_string_value(json_object_get(r, "target")), target) == NULL)
			continue;
		if (nth-- == 0)
			return r;
	}
	return NULL;
}

size_t
world_count(const char *method, const char *target)
{
	size_t n = 0;

	while (world_request(method, target, n) != NULL)
		n++;
	return n;
}

/* --- bytes --- */

/* All bytes that are not letters, digits, "-._~" (and "/" when told) as %XX. */
static void
url_encode(FILE *f, const char *text, bool slashes)
{
	for (; *text != '\0'; text++) {
		if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
		    (*text >= '0' && *text <= '9') || strchr("-._~", *text) != NULL ||
		    (slashes && *text == '/'))
			fputc(*text, f);
		else
			fprintf(f, "%%%02X", (unsigned char)*text);
	}
}

bool
world_has(const char *bucket, const char *key, const void *bytes, size_t len)
{
	char path[1024] = "";
	unsigned char *got = malloc(len + 1);
	FILE *f = fmemopen(path, sizeof(path), "w");
	bool same = false;

	fprintf(f, "%s/objects/%s%%2F", world.dir, bucket);
	url_encode(f, key, false);
	fclose(f);
	if ((f = fopen(path, "r")) != NULL) {
		same = fread(got, 1, len + 1, f) == len && memcmp(got, bytes, len) == 0;
		fclose(f);
	}
	free(got);
	return same;
}

unsigned char *
bytes_make(size_t size)
{
	unsigned char *bytes = malloc(size + 1);
	uint32_t x = 2463534242;
	size_t i;

	for (i = 0; i < size; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		bytes[i] = (unsigned char)x;
	}
	return bytes;
}

int
file_make(const void *bytes, size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	/* transfer must not depend on where the file stands */
	return fd;
}

void
sha256_hex(char out[65], const void *bytes, size_t size)
{
	unsigned char sum[32];
	int i;

	assert_int_equal(EVP_Digest(bytes, size, sum, NULL, EVP_sha256(), NULL), 1);
	for (i = 0; i < 32; i++)
		sprintf(out + 2 * i, "%02x", sum[i]);
}

void
set_string(char **to, const char *text)
{
	free(*to);
	assert_non_null(*to = strdup(text));
}

/* --- the client's side --- */

void
deal_init(struct deal *d, const char *operation)
{
	int i;

	memset(d, 0, sizeof(*d));
	d->program = PROGRAM;
	d->server = "good";
	d->start.version = WIRE_VERSION;
	d->start.slots = 4;
	set_string(&d->start.operation, operation);
	set_string(&d->start.ca_file, world_path("ca.pem"));
	set_string(&d->start.delimiter, "");
	for (i = 0; i < FILES; i++)
		d->done_bytes[i] = -1;
	world_mark();
}

void
deal_clear(struct deal *d)
{
	size_t i;

	for (i = 0; i < d->n_files; i++)
		close(d->files[i]);
	for (i = 0; i < d->n_entries; i++)
		codec_clear(&transfer_entry_table, &d->entries[i]);
	codec_clear(&transfer_start_table, &d->start);
	codec_clear(&transfer_finished_table, &d->finished);
}

struct transfer_object *
deal_object(struct deal *d, const char *key, int fd)
{
	struct transfer_object *o = list_push(&d->start.objects, &transfer_object_table);

	assert_non_null(o);
	set_string(&o->bucket, "b");
	set_string(&o->key, key);
	o->fd = -1;
	if (fd != -1) {
		assert_true(d->n_files < FILES);
		o->fd = TRANSFER_FIRST_FILE + (int64_t)d->n_files;
		d->files[d->n_files++] = fd;
	}
	return o;
}

struct transfer_object *
deal_put(struct deal *d, const char *key, const void *bytes, size_t size, size_t part_size)
{
	struct transfer_object *o = deal_object(d, key, file_make(bytes, size));
	size_t part = part_size == 0 ? size : part_size, off = 0;
	char hex[65];

	o->size = (int64_t)size;
	o->part_size = (int64_t)part;
	do {
		sha256_hex(hex, (const char *)bytes + off, size - off < part ? size - off : part);
		assert_int_equal(strv_push(&o->parts, hex), 0);
		off += part;
	} while (off < size);
	return o;
}

void
deal_say(struct deal *d, const struct table *table, const void *msg)
{
	struct s3jit_err err = { 0 };
	char *json;

	if (codec_encode(&json, table, msg, &err) == -1)
		fail_msg("%s", err.text);
	/* it may have finished meanwhile: then nobody listens */
	wire_write(d->fd, json, strlen(json), clock_boot_ms() + RUN_MS, &err);
	codec_wipe_free(json);
}

static void
push_pair(struct list *list, const char *name, const char *value)
{
	struct name_value *p = list_push(list, &name_value_table);

	assert_non_null(p);
	set_string(&p->name, name);
	set_string(&p->value, value);
}

static char *
signed_url(const struct deal *d, const struct msg_sign *m)
{
	const struct name_value *q = m->query.v;
	char *url = NULL;
	size_t size, i;
	FILE *f = open_memstream(&url, &size);

	assert_non_null(f);
	fprintf(f, "https://localhost:%d/%s/", world_port(d->server), m->bucket);
	url_encode(f, m->key, true);
	for (i = 0; i < m->query.n; i++) {
		fputc(i == 0 ? '?' : '&', f);
		url_encode(f, q[i].name, false);
		fputc('=', f);
		url_encode(f, q[i].value, false);
	}
	fclose(f);
	return url;
}

/* What broker and signer would answer; each signature is another one. */
void
deal_sign(struct deal *d, const struct msg_sign *m)
{
	struct msg_signed answer = { .slot = m->slot, .url = signed_url(d, m) };
	const struct name_value *h = m->headers.v;
	char text[128];
	size_t i;

	snprintf(text, sizeof(text), "localhost:%d", world_port(d->server));
	push_pair(&answer.headers, "host", text);
	push_pair(&answer.headers, "x-amz-content-sha256", m->payload_sha256);
	push_pair(&answer.headers, "x-amz-security-token", CANARY);
	for (i = 0; i < m->headers.n; i++)
		push_pair(&answer.headers, h[i].name, h[i].value);
	snprintf(text, sizeof(text), "AWS4-HMAC-SHA256 number-%d", d->signs);
	push_pair(&answer.headers, "authorization", text);
	if (d->tamper != NULL)
		d->tamper(d, &answer);
	deal_say(d, &signed_table, &answer);
	codec_clear(&signed_table, &answer);
}

void
deal_refuse(struct deal *d, const struct msg_sign *m, const char *code, const char *text)
{
	struct transfer_sign_error e = { .slot = m->slot, .code = (char *)(uintptr_t)code,
		.text = (char *)(uintptr_t)text };

	deal_say(d, &transfer_sign_error_table, &e);
}

int
deal_busy_once(struct deal *d, const struct msg_sign *m)
{
	if (d->signs != 1)
		return 0;
	deal_refuse(d, m, "busy", "too much at once");
	return 1;
}

void
deal_stop(struct deal *d, const char *code, const char *why)
{
	struct transfer_stop m = { .code = (char *)(uintptr_t)code, .why = (char *)(uintptr_t)why };

	deal_say(d, &transfer_stop_table, &m);
}

static void
decode(const struct table *table, void *msg, const void *body, size_t len)
{
	struct s3jit_err err = { 0 };

	if (codec_decode(msg, table, body, len, &err) == -1)
		fail_msg("%s: %s", table->name, err.text);
}

static void
on_sign(struct deal *d, const void *body, size_t len)
{
	struct msg_sign m;

	decode(&sign_table, &m, body, len);
	assert_in_range(m.slot, 0, d->start.slots - 1);	/* W13 */
	assert_string_equal(m.id, "");
	assert_int_equal(strlen(m.payload_sha256), 64);
	d->signs++;
	if (d->on_sign == NULL || d->on_sign(d, &m) == 0)
		deal_sign(d, &m);
	codec_clear(&sign_table, &m);
}

static void
on_progress(struct deal *d, const void *body, size_t len)
{
	decode(&transfer_progress_table, &d->progress, body, len);
	assert_in_range(d->progress.done, 0, d->progress.total);
	if (d->on_progress != NULL)
		d->on_progress(d, &d->progress);
}

static void
on_object_done(struct deal *d, const void *body, size_t len)
{
	struct transfer_object_done m;

	decode(&transfer_object_done_table, &m, body, len);
	assert_in_range(m.index, 0, FILES - 1);
	assert_int_equal(d->done_bytes[m.index], -1);	/* once each */
	d->done_bytes[m.index] = m.bytes;
	strcpy(d->done_etag[m.index], m.etag);
	codec_clear(&transfer_object_done_table, &m);
}

static void
on_entry(struct deal *d, const void *body, size_t len)
{
	assert_true(d->n_entries < FILES);
	decode(&transfer_entry_table, &d->entries[d->n_entries++], body, len);
}

static void
on_finished(struct deal *d, const void *body, size_t len)
{
	assert_false(d->over);
	d->over = true;
	decode(&transfer_finished_table, &d->finished, body, len);
}

static const struct {
	const struct table *table;
	void (*handle)(struct deal *, const void *body, size_t len);
} heard[] = {
	{ &sign_table, on_sign },
	{ &transfer_progress_table, on_progress },
	{ &transfer_object_done_table, on_object_done },
	{ &transfer_entry_table, on_entry },
	{ &transfer_finished_table, on_finished },
};

static void
take(struct deal *d, const void *body, size_t len)
{
	struct s3jit_err err = { 0 };
	char type[64];
	size_t i;

	assert_false(d->over);		/* finished is the last word */
	assert_int_equal(codec_type(type, sizeof(type), body, len, &err), 0);
	for (i = 0; i < sizeof(heard) / sizeof(heard[0]); i++) {
		if (strcmp(heard[i].table->name, type) == 0) {
			heard[i].handle(d, body, len);
			return;
		}
	}
	fail_msg("transfer says \"%s\"", type);
}

/* As the client does it: 3 is the socket, then the files, nothing else. */
static void
spawn(struct deal *d)
{
	char name[] = "transfer";
	char *argv[] = { name, NULL }, *none[] = { NULL };
	int pair[2], high[FILES], sock;
	size_t i;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	if ((d->pid = fork()) == 0) {
		sock = fcntl(pair[1], F_DUPFD_CLOEXEC, 40);
		for (i = 0; i < d->n_files; i++)
			high[i] = fcntl(d->files[i], F_DUPFD_CLOEXEC, 40);
		dup2(sock, TRANSFER_FD);
		for (i = 0; i < d->n_files; i++)
			dup2(high[i], TRANSFER_FIRST_FILE + (int)i);
		if (d->uid != 0 && (setgid(d->uid) == -1 || setuid(d->uid) == -1))
			_exit(126);
		execve(d->program, argv, d->envp == NULL ? none : d->envp);
		_exit(127);
	}
	close(pair[1]);
	d->fd = pair[0];
}

void
deal_run(struct deal *d)
{
	int64_t until = clock_boot_ms() + RUN_MS;
	struct s3jit_err err = { 0 };
	void *body;
	size_t len;

	spawn(d);
	deal_say(d, &transfer_start_table, &d->start);
	while (d->fd != -1 && wire_read(d->fd, &body, &len, WIRE_MAX, until, &err) == 0) {
		take(d, body, len);
		free(body);
	}
	if (err.code == S3JIT_ETIMEOUT) {
		kill(d->pid, SIGKILL);
		fail_msg("transfer does not come to an end");
	}
	assert_int_equal(waitpid(d->pid, &d->status, 0), d->pid);
	if (d->fd != -1)
		close(d->fd);
}

bool
deal_ok(const struct deal *d)
{
	if (d->over && d->finished.ok && d->status == 0 && strcmp(d->finished.code, "ok") == 0)
		return true;
	print_error("transfer: status %x, %s: %s (%s)\n", d->status,
	    d->over ? d->finished.code : "not finished", d->over ? d->finished.text : "",
	    d->over ? d->finished.hint : "");
	return false;
}

bool
deal_failed(const struct deal *d, const char *code, const char *text)
{
	if (d->over && !d->finished.ok && d->status == 0 && strcmp(d->finished.code, code) == 0 &&
	    strstr(d->finished.text, text) != NULL)
		return true;
	(void)deal_ok(d);
	return false;
}
