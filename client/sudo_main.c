/*
 * sudo_main.c - s3-sudo-client: everything that s3-sudo does after its setuid
 * part has identified the caller and dropped all privilege.
 *
 * Runs as the person, with the helper's connection on descriptor 3 or none.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"

#include "app.h"
#include "prompt.h"
#include "descriptors.h"

#define PROGRAM "s3-sudo"
#define OPT(letter, name, kind, member, value, help) \
	{ letter, name, kind, offsetof(struct choices, member), value, help }
#define OPT_END { 0, NULL, OPTION_FLAG, 0, NULL, NULL }
#define JSON OPT(0, "json", OPTION_FLAG, json, NULL, "tell the outcome as one JSON object, too")
#define REASON OPT('r', "reason", OPTION_TEXT, reason, "WHY", "why, for the approver and the record")
#define TTL OPT('t', "ttl", OPTION_DURATION, ttl, "TIME", "how long from the start: 90s, 15m, 1h30m")
#define NO_WAIT OPT(0, "no-wait", OPTION_FLAG, no_wait, NULL, "ask, print the request's id and leave")
#define ALLOW OPT(0, "allow", OPTION_LIST, allow, "PERMISSION", \
	"\"put s3://BUCKET/FOLDER/\"; repeatable")

static const struct option ask_options[] = { REASON, TTL, NO_WAIT, JSON, OPT_END };
static const struct option run_options[] = { ALLOW, REASON, TTL, NO_WAIT, JSON, OPT_END };
static const struct option extend_options[] = { REASON, NO_WAIT, JSON, OPT_END };
static const struct option env_options[] = {
	ALLOW, REASON, TTL,
	OPT(0, "format", OPTION_TEXT, format, "FORMAT", "sh, fish or json; else as SHELL is"),
	OPT(0, "unset", OPTION_FLAG, unset, NULL, "print what takes the variables away again"),
	JSON, OPT_END
};
static const struct option status_options[] = {
	OPT(0, "prompt", OPTION_FLAG, prompt, NULL, "for PS1: \"s3:write 4m\" while it is open, else nothing"),
	JSON, OPT_END
};
static const struct option json_options[] = { JSON, OPT_END };

#define EXAMPLES(...) (const char *const[]){ __VA_ARGS__, NULL }

static const struct subcommand verbs[] = {
	{ "put", "FILE... s3://BUCKET/KEY-OR-FOLDER/",
	    "Upload files, exactly as they are now. The keys stay with s3jit.",
	    ask_options, 2, -1, false,
	    EXAMPLES("s3-sudo put report.csv s3://prod-reports/2026/report.csv",
		"s3-sudo put -r \"OPS-412 totals\" -t 10m a.csv b.csv s3://prod-reports/2026/",
		"s3-sudo put --no-wait --json report.csv s3://prod-reports/2026/report.csv"),
	    verb_put },
	{ "rm", "s3://BUCKET/KEY...", "Delete objects. The keys stay with s3jit.",
	    ask_options, 0, -1, false,
	    EXAMPLES("s3-sudo rm s3://prod-reports/2026/old.csv",
		"s3-sudo rm -r \"OPS-412 cleanup\" -t 5m s3://prod-reports/2026/old.csv",
		"s3-sudo rm --no-wait --json s3://prod-reports/2026/old.csv"),
	    verb_rm },
	{ "get", "s3://BUCKET/KEY [FILE|FOLDER/|-]",
	    "Download an object that your login may not read. The keys stay with s3jit.",
	    ask_options, 1, 2, false,
	    EXAMPLES("s3-sudo get s3://prod-billing/2026/q1.csv",
		"s3-sudo get -r \"OPS-412 audit\" -t 5m s3://prod-billing/2026/q1.csv -",
		"s3-sudo get --no-wait --json s3://prod-billing/2026/q1.csv q1.csv"),
	    verb_get },
	{ "ls", "s3://BUCKET/[FOLDER/]",
	    "List a folder that your login may not list. The keys stay with s3jit.",
	    ask_options, 1, 1, false,
	    EXAMPLES("s3-sudo ls s3://prod-billing/2026/",
		"s3-sudo ls -r \"OPS-412 audit\" -t 5m s3://prod-billing/",
		"s3-sudo ls --no-wait --json s3://prod-billing/2026/"),
	    verb_ls },
	{ "aws", "s3|s3api ...",
	    "Run the AWS CLI with the permissions that its words need: cp, mv, rm, sync, ...",
	    ask_options, 0, -1, true,
	    EXAMPLES("s3-sudo aws s3 cp report.csv s3://prod-reports/2026/",
		"s3-sudo aws -r \"OPS-412 sync\" -t 10m s3 sync ./out s3://prod-reports/2026/ --delete",
		"s3-sudo aws --no-wait --json s3 rm s3://prod-reports/2026/old.csv",
		"s3-sudo aws -- --region eu-central-1 s3api put-object --bucket prod-reports "
		"--key 2026/report.csv --body report.csv"), verb_aws },
	{ "run", "--allow PERMISSION... -- COMMAND...",
	    "Run a command that holds the keys until it ends or the time is over.",
	    run_options, 1, -1, true,
	    EXAMPLES("s3-sudo run --allow \"put s3://prod-reports/2026/\" -- "
		"aws s3 cp report.csv s3://prod-reports/2026/",
		"s3-sudo run -r \"OPS-412 sync\" -t 10m --allow \"put s3://prod-reports/2026/\" "
		"--allow \"list s3://prod-reports/2026/\" -- aws s3 sync out s3://prod-reports/2026/",
		"s3-sudo run --no-wait --json --allow \"put s3://prod-reports/2026/\" -- ./publish"),
	    verb_run },
	{ "shell", "--allow PERMISSION...",
	    "Work in a shell that holds the keys until you leave it or the time is over.",
	    run_options, 0, 0, false,
	    EXAMPLES("s3-sudo shell --allow \"put s3://prod-reports/2026/\" -t 20m "
		"-r \"OPS-412 backfill\"",
		"s3-sudo shell --no-wait --json --allow \"put s3://prod-reports/2026/\""),
	    verb_shell },
	{ "open", "--allow PERMISSION...",
	    "Give this login's profile s3-write keys until close, deadline or logout.",
	    run_options, 0, 0, false,
	    EXAMPLES("s3-sudo open --allow \"put s3://prod-reports/2026/\" -t 20m "
		"-r \"OPS-412 backfill\"",
		"s3-sudo open --no-wait --json --allow \"put s3://prod-reports/2026/\""),
	    verb_open },
	{ "env", "--allow PERMISSION...",
	    "Print keys for the environment of a shell, until close, deadline or logout.",
	    env_options, 0, 0, false,
	    EXAMPLES("eval \"$(s3-sudo env --allow 'put s3://prod-reports/2026/' -t 20m "
		"-r 'OPS-412 backfill')\"",
		"eval \"$(s3-sudo env --unset --format sh)\"",
		"s3-sudo env --format json --json --allow \"put s3://prod-reports/2026/\" | jq .Expiration"),
	    verb_env },
	{ "extend", "ID TIME", "Ask for more time for what open has opened, where the rules allow that.",
	    extend_options, 2, 2, false,
	    EXAMPLES("s3-sudo extend kmxqrtvz 15m",
		"s3-sudo extend -r \"OPS-412 takes longer\" kmxqrtvz 15m",
		"s3-sudo extend --no-wait --json kmxqrtvz 15m"),
	    verb_extend },
	{ "close", "[ID]", "End what open or env has opened.", json_options, 0, 1, false,
	    EXAMPLES("s3-sudo close", "s3-sudo close --json kmxqrtvz"), verb_close },
	{ "status", "", "Show your requests that wait and what is open.", status_options, 0, 0, false,
	    EXAMPLES("s3-sudo status", "s3-sudo status --json", "s3-sudo status --prompt"), verb_status },
	{ "show", "ID", "Show a request of yours as its approver sees it.", json_options, 1, 1, false,
	    EXAMPLES("s3-sudo show kmxqrtvz", "s3-sudo show --json kmxqrtvz"), verb_show },
	{ "resume", "[ID]", "Go on with a request after --no-wait or a lost line.", json_options, 0, 1,
	    false, EXAMPLES("s3-sudo resume", "s3-sudo resume --json kmxqrtvz"), verb_resume },
	{ "withdraw", "ID", "Take back a request that has not begun.", json_options, 1, 1, false,
	    EXAMPLES("s3-sudo withdraw kmxqrtvz", "s3-sudo withdraw --json kmxqrtvz"), verb_withdraw },
	{ "check", "VERB s3://BUCKET/KEY... | -- aws s3 ...", "Say who would have to sign that off. Asks nobody.",
	    json_options, 2, -1, false,
	    EXAMPLES("s3-sudo check put s3://prod-reports/2026/report.csv",
		"s3-sudo check --json rm s3://prod-reports/a.csv",
		"s3-sudo check -- aws s3 rm s3://prod-reports/2026/ --recursive"), verb_check },
	{ "reauth", "", "Give your password now, before something asks for it.", json_options, 0, 0,
	    false, EXAMPLES("s3-sudo reauth", "s3-sudo reauth --json"), verb_reauth },
	{ "-l", "", "List what you may read and what you may ask for.", json_options, 0, 0, false,
	    EXAMPLES("s3-sudo -l", "s3-sudo -l --json"), verb_rules },
	{ NULL, NULL, NULL, NULL, 0, 0, false, NULL, NULL },
};

#define RUN_AWS	"Use:   s3-sudo aws s3 "

static const char intro[] =
    "s3-sudo: write to S3 for a moment, after somebody else has said yes.\n"
    "\n"
    "usage: s3-sudo VERB [OPTIONS] ...\n";

static const char outro[] =
    "  s3-sudo VERB --help\n"
    "      Options and examples of a verb.\n"
    "  s3-sudo --version\n"
    "\n"
    "Exit status: 0 done, 2 usage, 110 denied, 111 lapsed, 112 withdrawn, 113 not\n"
    "allowed by the rules, 114 broker not reachable, 115 AWS refused, 116 ended early,\n"
    "117 deadline reached, 118 changed since approval; otherwise the command's own.\n"
    "See s3-sudo(1), s3jit(7).\n";

/* What people type who know sudo, aws or another tool, and what they can do here. */
static const struct {
	const char *word, *say;
} elsewhere[] = {
	{ "list", "Requests:   s3-sudo status   Objects:   s3-sudo ls s3://BUCKET/" },
	{ "rules", "Use:   s3-sudo -l" },
	{ "delete", "Use:   s3-sudo rm s3://BUCKET/KEY" },
	{ "upload", "Use:   s3-sudo put FILE s3://BUCKET/KEY" },
	{ "download", "Use:   s3-sudo get s3://BUCKET/KEY" },
	{ "cancel", "Use:   s3-sudo withdraw ID   or, once it is open:   s3-sudo close" },
	{ "revoke", "Use:   s3-sudo close   or, for what others ask:   s3-approve revoke ID WHY" },
	{ "approve", "Others do that:   s3-approve ID" },
	{ "cp", RUN_AWS "cp ..." }, { "mv", RUN_AWS "mv ..." }, { "sync", RUN_AWS "sync ..." },
	{ "s3", RUN_AWS "..." }, { "s3api", "Use:   s3-sudo aws s3api ..." },
};

static int
usage(struct ui *ui, const char *typed)
{
	const char *meant = verb_closest(verbs, typed), *say = NULL;
	char *word = escape_cut(typed, 64);
	size_t i;

	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (strcmp(elsewhere[i].word, typed) == 0)
			say = elsewhere[i].say;
	if (typed[0] == '-')
		ui_say(ui, TONE_BAD, PROGRAM ": options stand behind the verb: s3-sudo VERB %s.  "
		    "See:   s3-sudo --help", word == NULL ? "?" : word);
	else
		ui_say(ui, TONE_BAD, PROGRAM ": there is no verb \"%s\".  See:   s3-sudo --help",
		    word == NULL ? "?" : word);
	if (say != NULL)
		ui_say(ui, TONE_PLAIN, "%s", say);
	else if (meant != NULL && typed[0] != '-')
		ui_say(ui, TONE_PLAIN, "Was it this?   s3-sudo %s", meant);
	free(word);
	return s3jit_code_exit(S3JIT_EUSAGE);
}

static int
verb_run_by_table(struct app *app, const struct subcommand *v)
{
	bool help;
	char **words = NULL;
	int n, ret;

	if (options_read(v, &app->opt, &help, app->argc - 2, app->argv + 2, &n, &words,
	    &app->err) == -1) {
		if (v->run == verb_aws)
			app_hint(app, "Options of aws that stand before s3 go behind --:   "
			    "s3-sudo aws -- --region eu-central-1 s3 ...");
		else
			app_hint(app, "See:   s3-sudo %s --help", v->name);
		return app_report(app, -1);
	}
	if (help) {
		verb_help(stdout, PROGRAM, v);
		free(words);
		return 0;
	}
	if (app->opt.prompt) {		/* of `status`: no broker, no word */
		free(words);
		return status_prompt(app);
	}
	ret = conn_open(&app->conn, "s3-sudo", true, CONN_CONNECT_MS, &app->err);
	if (ret == 0)
		ret = v->run(app, n, words);
	free(words);
	return app_report(app, ret);
}

int
main(int argc, char **argv)
{
	struct app app = { .argc = argc, .argv = argv };
	const struct subcommand *v;
	int status;

	descriptors_settle();
	ui_init(&app.ui);
	if (argc < 2) {
		ui_say(&app.ui, TONE_BAD, PROGRAM ": what is to be done?  See:   s3-sudo --help");
		return s3jit_code_exit(S3JIT_EUSAGE);
	}
	if (options_common(PROGRAM, argc, argv, verbs, intro, outro, &status))
		return status;
	if ((v = verb_find(verbs, argv[1])) == NULL)
		return usage(&app.ui, argv[1]);
	status = verb_run_by_table(&app, v);
	conn_free(app.conn);
	strv_clear(&app.opt.allow);
	strv_clear(&app.yes);
	free(app.hint);
	return status;
}
