/*
 * put.c - s3-sudo put and rm: built-in verbs, whose keys never leave the
 * signer.
 *
 * Runs in s3-sudo-client as the person.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"
#include "s3jit/permission.h"
#include "s3jit/s3uri.h"
#include "s3jit/wire.h"

#include "files.h"
#include "format.h"
#include "put.h"
#include "relay.h"

struct put {
	struct task task;
	struct file *files;	/* one for each object; rm: none */
	size_t n;
	const char *operation;
};

/*
 * What is asked for one object: exactly its key; a key beyond printable ASCII
 * can only be asked for with the folder that it is in.
 */
static int
object_want(struct task *t, const char *verb, const char *bucket, const char *key)
{
	char *folder = NULL, *permission, *slash;
	int ret;

	if (!escape_is_plain(key)) {
		if ((folder = strdup(key)) == NULL)
			return s3jit_fail_errno(&t->app->err, "asking");
		if ((slash = strrchr(folder, '/')) == NULL) {
			free(folder);
			return s3jit_fail(&t->app->err, S3JIT_EUSAGE, "the key \"%s\" has characters "
			    "beyond printable ASCII; such a key must lie in a folder", key);
		}
		slash[1] = '\0';
	}
	permission = s3uri_permission(verb, bucket, folder == NULL ? key : folder);
	free(folder);
	if (permission == NULL)
		return s3jit_fail_errno(&t->app->err, "asking");
	ret = task_want(t, permission);
	free(permission);
	return ret;
}

static int
object_add(struct task *t, const char *verb, const char *bucket, const char *key,
    const struct file *f)
{
	struct s3jit_err *err = &t->app->err;
	const struct object *other = t->ask.objects.v;
	struct object *o;
	size_t i;

	for (i = 0; i < t->ask.objects.n; i++)
		if (strcmp(other[i].bucket, bucket) == 0 && strcmp(other[i].key, key) == 0)
			return s3jit_fail(err, S3JIT_EUSAGE, "s3://%s/%s is named twice", bucket, key);
	if (s3uri_key_ok(key, err) == -1 || object_want(t, verb, bucket, key) == -1)
		return -1;
	if ((o = list_push(&t->ask.objects, &object_table)) == NULL)
		return s3jit_fail_errno(err, "asking");
	o->verb = strdup(verb);
	o->bucket = strdup(bucket);
	o->key = strdup(key);
	o->name = f == NULL ? strdup("") : format_to_wire(f->name);
	o->sha256 = strdup(f == NULL ? "" : f->sha256);
	if (o->verb == NULL || o->bucket == NULL || o->key == NULL || o->name == NULL ||
	    o->sha256 == NULL)
		return s3jit_fail_errno(err, "asking");
	if (f != NULL && strv_copy(&o->parts, &f->parts) == -1)
		return s3jit_fail_errno(err, "asking");
	o->size = f == NULL ? 0 : f->st.st_size;
	o->part_size = f == NULL ? 0 : f->part_size;
	return 0;
}

static int
files_open(struct put *p, int n, char **names)
{
	struct s3jit_err *err = &p->task.app->err;
	int i;

	if ((p->files = calloc((size_t)n, sizeof(*p->files))) == NULL)
		return s3jit_fail_errno(err, "opening files");
	for (i = 0; i < n; i++) {
		if (file_open(&p->files[i], names[i], err) == -1)
			return -1;
		p->n++;
		if (file_hash(&p->files[i], err) == -1)
			return -1;
	}
	return 0;
}

/* The key of each file: as given, or the folder and the file's own name. */
static int
put_objects(struct put *p, const char *where)
{
	struct task *t = &p->task;
	struct s3uri to;
	size_t i, len;
	bool folder;
	char *key;
	int ret = 0;

	if (s3uri_parse(&to, where, &t->app->err) == -1)
		return -1;
	len = strlen(to.key);
	folder = len == 0 || to.key[len - 1] == '/';
	if (p->n > 1 && !folder)
		ret = s3jit_fail(&t->app->err, S3JIT_EUSAGE,
		    "several files need a folder to go to: %s/", where);
	for (i = 0; ret == 0 && i < p->n; i++) {
		if (asprintf(&key, "%s%s", to.key, folder ? basename(p->files[i].name) : "") == -1) {
			ret = s3jit_fail_errno(&t->app->err, "asking");
			break;
		}
		ret = object_add(t, "put", to.bucket, key, &p->files[i]);
		free(key);
	}
	s3uri_clear(&to);
	if (ret == 0 && t->ask.scope.n > SCOPE_MAX)
		ret = s3jit_fail(&t->app->err, S3JIT_EUSAGE, "at most %d objects can be asked for at "
		    "once; for more: s3-sudo run --allow \"put s3://BUCKET/FOLDER/\" -- aws s3 ...",
		    SCOPE_MAX);
	return ret;
}

/* What transfer is told: the objects as they were approved. */
static int
start_fill(struct put *p, struct transfer_start *s, const struct list *objects)
{
	const struct object *o = objects->v;
	struct transfer_object *to;
	size_t i;

	s->version = WIRE_VERSION;
	s->operation = conn_text(p->operation);
	s->ca_file = p->task.grant.ca_file;
	s->https_proxy = p->task.grant.https_proxy;
	s->slots = TRANSFER_SLOTS;
	s->delimiter = conn_text("");
	for (i = 0; i < objects->n; i++) {
		if ((to = list_push(&s->objects, &transfer_object_table)) == NULL)
			return s3jit_fail_errno(&p->task.app->err, "starting the transfer");
		to->bucket = o[i].bucket;
		to->key = o[i].key;
		to->fd = p->n == 0 ? -1 : TRANSFER_FIRST_FILE + (int64_t)i;
		to->size = o[i].size;
		to->part_size = o[i].part_size;
		to->parts = o[i].parts;
	}
	return 0;
}

static int
transfer_objects(struct put *p, const struct list *objects, int64_t *done)
{
	struct transfer_start start;
	int *fds = calloc(p->n + 1, sizeof(*fds));
	size_t i;
	int ret = -1;

	memset(&start, 0, sizeof(start));
	if (fds == NULL) {
		s3jit_fail_errno(&p->task.app->err, "starting the transfer");
		goto out;
	}
	for (i = 0; i < p->n; i++)
		fds[i] = p->files[i].fd;
	if (start_fill(p, &start, objects) == 0)
		ret = relay_run(&p->task, &start, fds, p->n, done);
out:
	free(start.objects.v);		/* its members are borrowed */
	free(fds);
	return ret;
}

/* From the approval to the end: the same for put, rm and their resume. */
static int
put_finish(struct put *p, const struct list *objects)
{
	struct app *app = p->task.app;
	int64_t done = 0;
	size_t i;
	int ret;

	for (i = 0; i < p->n; i++) {
		if (file_unchanged(&p->files[i], &app->err) == -1) {
			task_withdraw(&p->task);
			return -1;
		}
	}
	if (task_claim(&p->task) == -1)
		return -1;
	ret = transfer_objects(p, objects, &done);
	task_end(&p->task, ret == 0, ret == 0 ? 0 : s3jit_code_exit(app->err.code));
	if (ret == 0) {
		app->outcome = "done";
		ui_say(&app->ui, TONE_GOOD, "Done. Write access ended.");
	} else if (objects->n > 1 || done > 0) {
		/* what was under way may have been done all the same */
		ui_say(&app->ui, TONE_PLAIN, "Known to be %s before it ended: %lld of %zu objects.",
		    p->n == 0 ? "deleted" : "written", (long long)done, objects->n);
	}
	return ret;
}

static void
put_clear(struct put *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		file_clear(&p->files[i]);
	free(p->files);
	task_clear(&p->task);
}

static int
put_ask(struct put *p)
{
	int ret;

	if (task_check(&p->task) == -1 || (ret = task_ask(&p->task)) == -1)
		return -1;
	if (ret == 1)
		return 0;
	if (task_wait(&p->task) == -1)
		return -1;
	return put_finish(p, &p->task.ask.objects);
}

int
verb_put(void *arg, int argc, char **argv)
{
	struct put p = { .operation = TRANSFER_PUT };
	int ret = -1;

	task_init(&p.task, arg, DELIVERY_SIGNED);
	if (s3uri_looks_like(argv[argc - 1])) {
		if (files_open(&p, argc - 1, argv) == 0 && put_objects(&p, argv[argc - 1]) == 0 &&
		    task_typed(&p.task, "put", argc, argv) == 0)
			ret = put_ask(&p);
	} else {
		s3jit_fail(&p.task.app->err, S3JIT_EUSAGE,
		    "where to? The last word must be s3://BUCKET/KEY or s3://BUCKET/FOLDER/");
	}
	put_clear(&p);
	return ret;
}

static int
folder_refuse(struct app *app, const char *typed, const char *why)
{
	app_hint(app, "Name the objects, or for a folder:   s3-sudo run --allow "
	    "\"delete s3://BUCKET/FOLDER/\" --allow \"list s3://BUCKET/FOLDER/\" -- "
	    "aws s3 rm --recursive s3://BUCKET/FOLDER/");
	return s3jit_fail(&app->err, S3JIT_EUSAGE, "%s %s", typed, why);
}

/* Hands that know rm(1) type -r and -rf; here that gives a reason, and not a good one. */
static int
habit_refuse(struct app *app, int argc)
{
	const char *reason = app->opt.reason;

	if (reason != NULL && (s3uri_looks_like(reason) || strcmp(reason, "f") == 0))
		return folder_refuse(app, "-r", "says why, and rm has no way to delete folders");
	if (argc > 0)
		return 0;
	app_hint(app, "See:   s3-sudo rm --help");
	return s3jit_fail(&app->err, S3JIT_EUSAGE, "something is missing: rm s3://BUCKET/KEY...");
}

int
verb_rm(void *arg, int argc, char **argv)
{
	struct put p = { .operation = TRANSFER_DELETE };
	struct s3uri uri;
	int i, ret = 0;

	task_init(&p.task, arg, DELIVERY_SIGNED);
	ret = habit_refuse(p.task.app, argc);
	for (i = 0; ret == 0 && i < argc; i++) {
		if ((ret = s3uri_parse(&uri, argv[i], &p.task.app->err)) == -1)
			break;
		if (uri.key[0] == '\0' || uri.key[strlen(uri.key) - 1] == '/')
			ret = folder_refuse(p.task.app, argv[i],
			    "is a folder: rm wants the objects themselves");
		else
			ret = object_add(&p.task, "delete", uri.bucket, uri.key, NULL);
		s3uri_clear(&uri);
	}
	if (ret == 0)
		ret = task_typed(&p.task, "rm", argc, argv);
	if (ret == 0)
		ret = put_ask(&p);
	put_clear(&p);
	return ret;
}

/* Open the files of the approved objects again; they must hold the same bytes. */
static int
files_again(struct put *p, const struct list *objects)
{
	const struct object *o = objects->v;
	char **names = calloc(objects->n + 1, sizeof(*names));
	size_t i;
	int ret = -1;

	if (names == NULL)
		return s3jit_fail_errno(&p->task.app->err, "opening files");
	for (i = 0; i < objects->n; i++)
		if ((names[i] = format_from_wire(o[i].name)) == NULL)
			break;
	if (i == objects->n)
		ret = files_open(p, (int)objects->n, names);
	for (i = 0; ret == 0 && i < p->n; i++)
		if (strcmp(p->files[i].sha256, o[i].sha256) != 0)
			ret = s3jit_fail(&p->task.app->err, S3JIT_ECHANGED,
			    "%s has changed since it was shown.  Nothing was sent.  "
			    "Ask again with the file as it is now", names[i]);
	for (i = 0; i < objects->n; i++)
		free(names[i]);
	free(names);
	return ret;
}

int
put_resume(struct task *t)
{
	const struct object *o = t->state.objects.v;
	struct put p = { .task = *t };
	struct list objects;
	int ret = -1;

	/* reattaching replaces state, and with it the list */
	objects = t->state.objects;
	memset(&p.task.state.objects, 0, sizeof(p.task.state.objects));
	p.operation = objects.n > 0 && strcmp(o[0].verb, "delete") == 0 ? TRANSFER_DELETE :
	    TRANSFER_PUT;
	if (strcmp(p.operation, TRANSFER_PUT) == 0 && files_again(&p, &objects) == -1) {
		app_hint(t->app, "The request waits on.  Go to the folder that it was asked in, or "
		    "take it back:   s3-sudo withdraw %.*s", REQUEST_ID_SHOWN, p.task.state.id);
		goto out;
	}
	if (task_wait(&p.task) == 0)
		ret = put_finish(&p, &objects);
out:
	p.task.ask.objects = objects;	/* freed with the task */
	memset(t, 0, sizeof(*t));
	put_clear(&p);
	return ret;
}
