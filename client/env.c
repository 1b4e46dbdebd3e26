/*
 * env.c - s3-sudo env: the keys of a grant, for the environment of the shell
 * that reads our output.
 *
 * Runs in s3-sudo-client as the person.  Promise: all of it on stdout and exit
 * 0, or nothing there (C4, C5); keys never go to a terminal.
 */
#include "config.h"

#include <sys/prctl.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"

#include "command.h"
#include "credentials.h"
#include "env.h"
#include "run.h"

static const struct form {
	const char *name;
	const char *unset;	/* before a name */
	const char *set, *is;	/* before it, and between it and a value */
} forms[] = {
	{ "sh", "unset ", "export ", "='" },
	{ "fish", "set -e ", "set -gx ", " '" },
	{ "json", NULL, NULL, NULL },
};

static const struct form *
form_find(const char *name, struct s3jit_err *err)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	s3jit_fail(err, S3JIT_EUSAGE, "--format is sh, fish or json");
	return NULL;
}

int
env_format(const char **format, const char *typed, const char *shell, struct s3jit_err *err)
{
	const char *name = shell == NULL ? NULL : strrchr(shell, '/');

	*format = typed;
	if (typed[0] == '\0')
		*format = name != NULL && strcmp(name, "/fish") == 0 ? "fish" : "sh";
	return form_find(*format, err) == NULL ? -1 : 0;
}

/* --- what is printed ---------------------------------------------------------- */

/* Nothing that a shell would look into, even outside quotes. */
static bool
bare(const char *value)
{
	return value != NULL && *value != '\0' && value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/=_-.")] == '\0';
}

static void
set_add(char *text, size_t size, const struct form *form, const char *name, const char *value)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s%s%s';\n", form->set, name, form->is, value);
}

static void
unset_add(char *text, size_t size, const struct form *form, const char *name)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s;\n", form->unset, name);
}

int
env_text(char **text, const char *format, const struct msg_credentials *keys,
    struct s3jit_err *err)
{
	const struct form *form = form_find(format, err);
	size_t i, size = 4096;

	*text = NULL;
	if (form == NULL)
		return -1;
	if (form->set == NULL)
		return credentials_json(text, keys, err);
	if (keys != NULL) {
		if (!bare(keys->access_key_id) || !bare(keys->secret_access_key) ||
		    !bare(keys->session_token))
			return s3jit_fail(err, S3JIT_EPROTO, "the broker sent keys of an unknown form");
		size += strlen(keys->access_key_id) + strlen(keys->secret_access_key) +
		    strlen(keys->session_token);
	}
	if ((*text = calloc(1, size)) == NULL)
		return s3jit_fail_errno(err, "the keys");
	for (i = 0; command_misleading[i] != NULL; i++)
		unset_add(*text, size, form, command_misleading[i]);
	if (keys != NULL) {
		set_add(*text, size, form, "AWS_ACCESS_KEY_ID", keys->access_key_id);
		set_add(*text, size, form, "AWS_SECRET_ACCESS_KEY", keys->secret_access_key);
		set_add(*text, size, form, "AWS_SESSION_TOKEN", keys->session_token);
	}
	return 0;
}

static int
print(struct app *app, const char *format, const struct msg_credentials *keys)
{
	char *text;
	int ret;

	if (env_text(&text, format, keys, &app->err) == -1)
		return -1;
	ret = credentials_write(STDOUT_FILENO, text, &app->err);
	codec_wipe_free(text);
	return ret;
}

/* --- the verb --------------------------------------------------------------------- */

/* The line that does it: for what was typed, with its words as they are. */
static int
not_to_a_terminal(struct app *app, const char *format, const char *what)
{
	if (!isatty(STDOUT_FILENO))
		return 0;
	if (strcmp(format, "fish") == 0)
		app_hint(app, "Use:   s3-sudo %s | source", what);
	else if (strcmp(format, "json") == 0)
		app_hint(app, "Use:   s3-sudo %s | PROGRAM", what);
	else
		app_hint(app, "Use:   eval \"$(s3-sudo %s)\"", what);
	return s3jit_fail(&app->err, S3JIT_EUSAGE, "Secret keys are not printed to a terminal");
}

static void
until_show(struct task *t, const char *format)
{
	char until[CLOCK_TEXT], *by = task_approved_by(t);
	struct ui *ui = &t->app->ui;

	ui_say(ui, TONE_PLAIN, "%s. Open until %s.   End it:   s3-sudo close", by == NULL ? "?" : by,
	    clock_hms(until, t->grant.deadline));
	if (strcmp(format, "json") != 0)
		ui_say(ui, TONE_PLAIN, "Then this shell reads again by:   %s", strcmp(format, "fish") == 0 ?
		    "s3-sudo env --unset | source" : "eval \"$(s3-sudo env --unset)\"");
	free(by);
}

static int
take_up(struct task *t, const char *format)
{
	struct app *app = t->app;
	int ret;

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	if (task_claim(t) == -1)
		return -1;
	if (t->grant.credentials == NULL)
		ret = s3jit_fail(&app->err, S3JIT_EPROTO, "the broker gave no keys");
	else
		ret = print(app, format, t->grant.credentials);
	if (ret == -1)		/* nobody has them */
		task_end(t, false, 1);
	else
		until_show(t, format);
	app->outcome = "open";
	codec_clear(&grant_table, &t->grant);
	return ret;
}

static int
env_unset(struct app *app, const char *format)
{
	if (strcmp(format, "json") == 0)
		return s3jit_fail(&app->err, S3JIT_EUSAGE, "--unset is for sh and fish");
	if (app->opt.allow.n > 0)
		return s3jit_fail(&app->err, S3JIT_EUSAGE, "--unset asks for nothing: leave --allow out");
	return print(app, format, NULL);
}

int
verb_env(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	const char *format;
	struct task t;
	int ret = -1;

	(void)argc;
	(void)argv;
	task_init(&t, app, DELIVERY_SHELL);
	app->stdout_taken = true;
	if (env_format(&format, app->opt.format == NULL ? "" : app->opt.format, getenv("SHELL"),
	    &app->err) == -1)
		goto out;
	if (app->opt.unset)
		ret = env_unset(app, format);
	else if (run_allow(&t) == 0 && not_to_a_terminal(app, format, "env --allow ...") == 0 &&
	    run_typed(&t) == 0 && task_check(&t) == 0 && task_ask(&t) == 0 && task_wait(&t) == 0)
		ret = take_up(&t, format);
out:
	task_clear(&t);
	return ret;
}

int
env_resume(struct task *t)
{
	struct app *app = t->app;
	const char *format;
	char what[64];

	app->stdout_taken = true;
	snprintf(what, sizeof(what), "resume %.*s", REQUEST_ID_SHOWN, t->state.id);
	if (env_format(&format, "", getenv("SHELL"), &app->err) == -1 ||
	    not_to_a_terminal(app, format, what) == -1 || task_wait(t) == -1)
		return -1;
	return take_up(t, format);
}
