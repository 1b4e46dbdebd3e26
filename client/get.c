/*
 * get.c - s3-sudo get and ls: reads that the login's baseline does not have.
 *
 * Runs in s3-sudo-client as the person.  The keys stay with the signer, as
 * with put; an object replaces a local file only when it came whole.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/escape.h"
#include "s3jit/s3uri.h"
#include "s3jit/wire.h"

#include "format.h"
#include "get.h"
#include "relay.h"

struct get {
	struct task *t;
	const char *operation;	/* TRANSFER_GET or TRANSFER_LIST */
	struct s3uri uri;
	char *to;		/* local file; NULL = standard output, or ls */
	char *partial;		/* what is written until it is whole, or NULL */
	int fd;
	size_t folder;		/* ls: so much of each key is the folder's name */
};

/* The file that a destination means: a folder takes the object's own name. */
static int
target(struct get *g, const char *typed)
{
	const char *name = basename(g->uri.key);
	struct s3jit_err *err = &g->t->app->err;
	size_t len = strlen(typed);
	struct stat st;
	bool folder;

	if (strcmp(typed, "-") == 0)
		return 0;
	folder = len == 0 || typed[len - 1] == '/' ||
	    (stat(typed, &st) == 0 && S_ISDIR(st.st_mode));
	if (asprintf(&g->to, "%s%s%s", typed, folder && len > 0 && typed[len - 1] != '/' ? "/" : "",
	    folder ? name : "") == -1) {
		g->to = NULL;
		return s3jit_fail_errno(err, "naming the file");
	}
	return 0;
}

/* A device or pipe.  Nobody who reads it: that is an error at once, not a wait. */
static int
open_other(const char *name)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int flags;

	if (fd != -1 && ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Replace `to` when it is a regular file or none; write into anything else (a device). */
static int
target_open(struct get *g)
{
	struct s3jit_err *err = &g->t->app->err;
	mode_t mask = umask(0);
	struct stat st;
	bool is_there;

	umask(mask);
	if (strcmp(g->operation, TRANSFER_LIST) == 0)
		return 0;
	is_there = g->to != NULL && stat(g->to, &st) == 0;
	if (g->to == NULL)
		g->fd = dup(STDOUT_FILENO);
	else if (is_there && !S_ISREG(st.st_mode))
		g->fd = open_other(g->to);
	else if (asprintf(&g->partial, "%s.s3jit-XXXXXX", g->to) == -1)
		g->partial = NULL;
	else if ((g->fd = mkostemp(g->partial, O_CLOEXEC)) == -1) {
		free(g->partial);
		g->partial = NULL;
	} else {
		/* what was kept from others stays so */
		(void)fchmod(g->fd, is_there ? st.st_mode & 0777 : 0666 & ~mask);
	}
	if (g->fd == -1)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s: %s", g->to == NULL ? "standard output" : g->to,
		    strerror(errno));
	return 0;
}

static int
target_finish(struct get *g, bool whole)
{
	int ret = 0;

	/* a quota, or a server behind NFS, may say only now that there is no room */
	if (g->partial != NULL && whole && (fsync(g->fd) == -1 || rename(g->partial, g->to) == -1))
		ret = s3jit_fail_errno(&g->t->app->err, "%s", g->to);
	if (g->partial != NULL && (!whole || ret == -1))
		(void)unlink(g->partial);
	free(g->partial);
	g->partial = NULL;
	if (g->fd != -1)
		close(g->fd);
	g->fd = -1;
	return ret;
}

/* Before anybody is asked: could a file be written there? */
static int
target_try(struct get *g)
{
	struct stat st;

	if (g->to == NULL || (stat(g->to, &st) == 0 && !S_ISREG(st.st_mode)))
		return 0;
	if (target_open(g) == -1)
		return -1;
	return target_finish(g, false);
}

/* How long the folder's name is, as transfer writes keys; 0 without memory: all is shown. */
static size_t
folder_length(const char *key)
{
	const char *slash = strrchr(key, '/');
	char *folder = slash == NULL ? NULL : strndup(key, (size_t)(slash + 1 - key));
	char *written = folder == NULL ? NULL : escape_to_utf8(folder);
	size_t len = written == NULL ? 0 : strlen(written);

	free(written);
	free(folder);
	return len;
}

/* One name of `ls`, as the folder's own: date, size, name. */
static void
entry_show(struct task *t, const struct transfer_entry *e)
{
	const struct get *g = t->reading;
	char *name, *when;

	name = escape_text(strlen(e->key) > g->folder ? e->key + g->folder : e->key);
	when = escape_cut(e->modified, 32);
	if (e->prefix)
		printf("%-24s  %14s  %s\n", "", "folder", name == NULL ? "?" : name);
	else
		printf("%-24s  %14" PRId64 "  %s\n", when == NULL ? "?" : when, e->size,
		    name == NULL ? "?" : name);
	free(when);
	free(name);
}

static int
transfer(struct get *g)
{
	struct transfer_object o = { .bucket = g->uri.bucket, .key = g->uri.key, .fd = -1 };
	struct transfer_start start;
	int64_t done;

	memset(&start, 0, sizeof(start));
	start.version = WIRE_VERSION;
	start.operation = conn_text(g->operation);
	start.ca_file = g->t->grant.ca_file;
	start.https_proxy = g->t->grant.https_proxy;
	start.slots = 1;
	start.delimiter = conn_text("/");
	start.objects = (struct list){ &o, 1 };
	if (g->fd != -1)
		o.fd = TRANSFER_FIRST_FILE;
	g->t->reading = g;
	g->t->on_entry = entry_show;
	return relay_run(g->t, &start, &g->fd, g->fd == -1 ? 0 : 1, &done);
}

/* From the approval to the end. */
static int
get_finish(struct get *g)
{
	struct app *app = g->t->app;
	int ret;

	if (target_open(g) == -1) {
		task_withdraw(g->t);
		return -1;
	}
	if ((ret = task_claim(g->t)) == 0) {
		ret = transfer(g);
		task_end(g->t, ret == 0, ret == 0 ? 0 : s3jit_code_exit(app->err.code));
	}
	if (target_finish(g, ret == 0) == -1)
		ret = -1;
	if (ret == 0) {
		app->outcome = "done";
		ui_say(&app->ui, TONE_GOOD, "Done. Access ended.");
	}
	return ret;
}

/* argv: the URI, and for get where to. */
static int
words_read(struct get *g, const char *verb, int argc, char **argv)
{
	struct s3jit_err *err = &g->t->app->err;
	bool get = strcmp(verb, "get") == 0;

	g->fd = -1;
	g->operation = get ? TRANSFER_GET : TRANSFER_LIST;
	if (s3uri_parse(&g->uri, argv[0], err) == -1)
		return -1;
	if (!get) {
		g->folder = folder_length(g->uri.key);
		g->t->app->stdout_taken = true;
		return 0;
	}
	if (g->uri.key[0] == '\0' || g->uri.key[strlen(g->uri.key) - 1] == '/')
		return s3jit_fail(err, S3JIT_EUSAGE, "%s is a folder: get wants one object", argv[0]);
	if (target(g, argc > 1 ? argv[1] : "") == -1)
		return -1;
	g->t->app->stdout_taken = g->to == NULL;
	return 0;
}

static void
get_clear(struct get *g)
{
	s3uri_clear(&g->uri);
	free(g->to);
}

static int
read_verb(struct app *app, const char *verb, const char *permission_verb, int argc, char **argv)
{
	char *permission = NULL;
	struct get g;
	struct task t;
	int asked, ret = -1;

	memset(&g, 0, sizeof(g));
	task_init(&t, app, DELIVERY_SIGNED);
	g.t = &t;
	if (words_read(&g, verb, argc, argv) == -1)
		goto out;
	if ((permission = s3uri_permission(permission_verb, g.uri.bucket, g.uri.key)) == NULL) {
		s3jit_fail_errno(&app->err, "asking");
		goto out;
	}
	if (target_try(&g) == -1 || task_want(&t, permission) == -1 ||
	    task_typed(&t, verb, argc, argv) == -1 ||
	    task_check(&t) == -1 || (asked = task_ask(&t)) == -1)
		goto out;
	if (asked == 1)
		ret = 0;
	else if (task_wait(&t) == 0)
		ret = get_finish(&g);
out:
	free(permission);
	get_clear(&g);
	task_clear(&t);
	return ret;
}

int
verb_get(void *app, int argc, char **argv)
{
	return read_verb(app, "get", "get", argc, argv);
}

int
verb_ls(void *app, int argc, char **argv)
{
	return read_verb(app, "ls", "list", argc, argv);
}

int
get_resume(struct task *t)
{
	const struct strv *typed = &t->state.argv;
	char *argv[2] = { NULL, NULL };
	struct get g;
	size_t i;
	int ret = -1;

	memset(&g, 0, sizeof(g));
	g.t = t;
	if (typed->n < 3 || typed->n > 4)
		return s3jit_fail(&t->app->err, S3JIT_EPROTO, "this request can't be taken up: what "
		    "it was to do is not known");
	for (i = 2; i < typed->n; i++)
		argv[i - 2] = format_from_wire(typed->v[i]);
	if (argv[0] == NULL || (typed->n == 4 && argv[1] == NULL))
		s3jit_fail_errno(&t->app->err, "taking it up");
	else if (words_read(&g, typed->v[1], (int)typed->n - 2, argv) == 0 && task_wait(t) == 0)
		ret = get_finish(&g);
	get_clear(&g);
	free(argv[0]);
	free(argv[1]);
	return ret;
}
