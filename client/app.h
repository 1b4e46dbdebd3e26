/*
 * app.h - one run of s3-sudo-client: what was typed, whom we talk to, how it
 * ended.
 */
#ifndef CLIENT_APP_H
#define CLIENT_APP_H

#include "s3jit/proto.h"
#include "conn.h"
#include "options.h"
#include "ui.h"

struct choices {		/* the options of all verbs */
	const char *reason;
	int64_t ttl;
	struct strv allow;
	bool no_wait;
	bool json;
	const char *format;	/* env: sh, fish, json */
	bool prompt;		/* status: a word for PS1 */
	bool unset;		/* env: take the variables away */
	const char *person;	/* s3-approve revoke --all-of */
	bool everything;
};

struct app {
	int argc;		/* the whole command line, to run it again after re-authentication */
	char **argv;
	struct choices opt;
	struct ui ui;
	struct conn *conn;
	struct s3jit_err err;	/* why a verb returned -1 */
	char *hint;		/* what to do next, or NULL */
	int status;		/* exit status where a verb returned 0 */
	const char *outcome;	/* one word for --json where a verb returned 0 */
	char id[REQUEST_ID];	/* of the request that it was about, or "" */
	struct strv yes;	/* who signed it off */
	int64_t deadline;
	bool said;		/* the words for err are on the screen already */
	bool stdout_taken;	/* stdout belongs to a command: --json goes to stderr */
};

/* Ask the broker; on failure app->err and app->hint say why. */
int app_ask(struct app *, const struct table *, const void *msg, const struct table *answer_table,
    void *answer);
/* "Next: ..." for the error that is about to be reported. */
void app_hint(struct app *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Where no rule allowed it: what does. */
void app_hint_rules(struct app *);
/* --json for verbs whose answer is a message: print it. */
int app_print_message(struct app *, const struct table *, const void *msg);
/* Those where it lists requests: each on a line, `none` if there are none; or with --json
 * the whole answer. */
int app_print_requests(struct app *, const struct table *, const void *msg,
    const struct list *requests, bool with_person, const char *none);
/* What app->err says, on the screen, where the run goes on nevertheless. */
void app_say_error(struct app *);
/* Tell how it ended (text to stderr, or one JSON object); the exit status. */
int app_report(struct app *, int ret);

/* The verbs.  Each returns 0 or -1 as app_report() expects. */
int verb_put(void *app, int argc, char **argv);
int verb_rm(void *app, int argc, char **argv);
int verb_get(void *app, int argc, char **argv);
int verb_ls(void *app, int argc, char **argv);
int verb_run(void *app, int argc, char **argv);
int verb_aws(void *app, int argc, char **argv);
int verb_shell(void *app, int argc, char **argv);
int verb_open(void *app, int argc, char **argv);
int verb_env(void *app, int argc, char **argv);
int verb_extend(void *app, int argc, char **argv);
int verb_close(void *app, int argc, char **argv);
int verb_status(void *app, int argc, char **argv);
int verb_show(void *app, int argc, char **argv);
int verb_resume(void *app, int argc, char **argv);
int verb_withdraw(void *app, int argc, char **argv);
int verb_check(void *app, int argc, char **argv);
int verb_reauth(void *app, int argc, char **argv);
int verb_rules(void *app, int argc, char **argv);

#endif
