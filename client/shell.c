/*
 * shell.c - s3-sudo shell: the person's shell with the keys, and a prompt that
 * says so.
 *
 * Runs in s3-sudo-client as the person.  A mark in the prompt is courtesy: it
 * comes from root-owned files that read the person's own ones first, and no
 * file of theirs is changed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "run.h"
#include "running.h"
#include "shell.h"

#define SHELL_FILES	DATADIR "/s3jit/shell"
#define SHELL_USUAL	"/bin/sh"
#define WORDS_MAX	5

/* How each shell is made to read a file of ours, by the name of its program. */
static const struct shell {
	const char *name;
	const char *words[WORDS_MAX];	/* behind its name */
	const char *var, *value;	/* to be in its environment ... */
	const char *was;		/* ... where its own value is kept for our file */
} shells[] = {
	{ "bash", { "--rcfile", SHELL_FILES "/bashrc", "-i" }, NULL, NULL, NULL },
	{ "zsh", { "-i" }, "ZDOTDIR", SHELL_FILES "/zsh", "S3JIT_ZDOTDIR" },
	{ "fish", { "-i", "-C", "source " SHELL_FILES "/prompt.fish" }, NULL, NULL, NULL },
	{ "sh", { "-i" }, "ENV", SHELL_FILES "/shrc", "S3JIT_ENV" },
	{ "dash", { "-i" }, "ENV", SHELL_FILES "/shrc", "S3JIT_ENV" },
	{ "ash", { "-i" }, "ENV", SHELL_FILES "/shrc", "S3JIT_ENV" },
};

static const struct shell *
shell_known(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(shells[i].name, basename(path)) == 0)
			return &shells[i];
	return NULL;
}

static int
environment_set(const struct shell *s, struct s3jit_err *err)
{
	const char *was;

	if (s->var == NULL)
		return 0;
	was = getenv(s->var);
	if ((was != NULL ? setenv(s->was, was, 1) : unsetenv(s->was)) == -1 ||
	    setenv(s->var, s->value, 1) == -1)
		return s3jit_fail_errno(err, "the shell's environment");
	return 0;
}

/* Who will be asked must not be asked for nothing. */
static int
shell_ready(struct app *app, const char **path)
{
	const char *shell = getenv("SHELL");

	app->stdout_taken = true;
	if (!isatty(STDIN_FILENO) || !ui_can_ask()) {
		app_hint(app, "For a script:   s3-sudo run --allow PERMISSION -- SCRIPT");
		return s3jit_fail(&app->err, S3JIT_EUSAGE, "a shell needs a terminal");
	}
	*path = shell != NULL && shell[0] == '/' ? shell : SHELL_USUAL;
	return (app->status = command_check(*path, &app->err)) == 0 ? 0 : -1;
}

static int
shell_start(struct task *t, const char *path)
{
	const struct shell *s = shell_known(path);
	char *argv[WORDS_MAX + 2] = { conn_text(path) };
	size_t i;

	for (i = 0; s != NULL && i < WORDS_MAX && s->words[i] != NULL; i++)
		argv[i + 1] = conn_text(s->words[i]);
	if (s != NULL && environment_set(s, &t->app->err) == -1)
		return -1;
	if (s == NULL)
		ui_say(&t->app->ui, TONE_PLAIN, "Note: the prompt of this shell cannot be marked.");
	return running_child(t, argv, RUNNING_SHELL);
}

int
verb_shell(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	const char *path;
	struct task t;
	int ret = -1, asked;

	(void)argc;
	(void)argv;
	task_init(&t, app, DELIVERY_COMMAND);
	if (run_allow(&t) == -1 || shell_ready(app, &path) == -1 || run_typed(&t) == -1 ||
	    task_check(&t) == -1 || (asked = task_ask(&t)) == -1)
		goto out;
	if (asked == 1)
		ret = 0;
	else if (task_wait(&t) == 0)
		ret = shell_start(&t, path);
out:
	task_clear(&t);
	return ret;
}

bool
shell_asked(const struct task *t)
{
	const struct strv *argv = &t->state.argv;

	return argv->n >= 2 && strcmp(argv->v[0], "s3-sudo") == 0 &&
	    strcmp(argv->v[1], "shell") == 0;
}

int
shell_resume(struct task *t)
{
	const char *path;

	if (shell_ready(t->app, &path) == -1 || task_wait(t) == -1)
		return -1;
	return shell_start(t, path);
}
