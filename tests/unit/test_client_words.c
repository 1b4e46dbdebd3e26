/*
 * test_client_words.c - options, small texts, the waiting and progress lines,
 * a command's environment, the credential_process document.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/approve.h"
#include "client/command.h"
#include "client/credentials.h"
#include "client/env.h"
#include "client/files.h"
#include "client/format.h"
#include "client/options.h"
#include "client/prompt.h"
#include "client/relay.h"
#include "client/task.h"

/* ---- options ---- */

struct values {
	bool flag;
	const char *text;
	struct strv list;
	int64_t ttl, time;
};

static const struct option options[] = {
	{ 'f', "flag", OPTION_FLAG, offsetof(struct values, flag), NULL, "" },
	{ 'r', "reason", OPTION_TEXT, offsetof(struct values, text), "WHY", "" },
	{ 0, "allow", OPTION_LIST, offsetof(struct values, list), "P", "" },
	{ 't', "ttl", OPTION_DURATION, offsetof(struct values, ttl), "TIME", "" },
	{ 0, "since", OPTION_TIME, offsetof(struct values, time), "TIME", "" },
	{ 0, NULL, OPTION_FLAG, 0, NULL, NULL }
};
static const struct subcommand plain = { "v", "WORD...", "", options, 1, 3, false, NULL, NULL };
static const struct subcommand command = { "v", "COMMAND", "", options, 1, -1, true, NULL, NULL };

#define ARGV(...) (char *[]){ __VA_ARGS__, NULL }
#define S(x) (char *)(uintptr_t)(x)

static int
parse(const struct subcommand *v, struct values *to, char **argv, int *n, char ***words)
{
	struct s3jit_err err;
	int argc = 0;
	bool help;

	memset(to, 0, sizeof(*to));
	while (argv[argc] != NULL)
		argc++;
	return options_read(v, to, &help, argc, argv, n, words, &err);
}

static void
options_good(void **state)
{
	struct values v;
	char **words;
	int n;

	(void)state;
	assert_int_equal(parse(&plain, &v, ARGV(S("-r"), S("why"), S("a"), S("--allow=p 1"),
	    S("--allow"), S("p 2"), S("-f"), S("b"), S("-t10m"),
	    S("--since=2026-05-03"), S("--"), S("-x")), &n, &words), 0);
	assert_string_equal(v.text, "why");
	assert_true(v.flag);
	assert_int_equal(v.ttl, 600);
	assert_int_equal(v.time, 1777766400);
	assert_int_equal(v.list.n, 2);
	assert_int_equal(n, 3);
	assert_string_equal(words[0], "a");
	assert_string_equal(words[2], "-x");
	assert_null(words[3]);
	free(words);
	strv_clear(&v.list);
}

/* The first word of a command ends our options: `-r` behind it is the command's. */
static void
options_of_a_command_are_its_own(void **state)
{
	struct values v;
	char **words;
	int n;

	(void)state;
	assert_int_equal(parse(&command, &v, ARGV(S("-f"), S("aws"), S("-r"), S("--unknown")), &n,
	    &words), 0);
	assert_int_equal(n, 3);
	assert_null(v.text);
	free(words);
	assert_int_equal(parse(&command, &v, ARGV(S("--"), S("-weird"), S("--"), S("x")), &n,
	    &words), 0);
	assert_int_equal(n, 3);
	assert_string_equal(words[0], "-weird");
	assert_string_equal(words[1], "--");
	free(words);
}

static void
options_bad(void **state)
{
	static char *const bad[][5] = {
		{ S("a"), S("--reas=x") },		/* no abbreviations */
		{ S("a"), S("--nothing") },
		{ S("a"), S("-x") },
		{ S("a"), S("-r") },
		{ S("a"), S("--reason") },
		{ S("a"), S("--flag=yes") },
		{ S("a"), S("-r"), S("1"), S("--reason=2") },
		{ S("a"), S("--ttl=010m") },
		{ S("a"), S("--ttl=5") },
		{ S("a"), S("--ttl=-5m") },
		{ S("a"), S("--since=yesterday") },
		{ S("a"), S("--since=2026-05-03T12:00:00ZZ") },
		{ S("--flag") },			/* a word is missing */
		{ S("a"), S("b"), S("c"), S("d") },	/* one too many */
	};
	struct values v;
	char **words;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *argv[6] = { bad[i][0], bad[i][1], bad[i][2], bad[i][3], bad[i][4], NULL };

		if (parse(&plain, &v, argv, &n, &words) != -1)
			fail_msg("case %zu was taken", i);
		strv_clear(&v.list);
	}
}

/* ---- lines ---- */

static const struct ui narrow = { .width = 44 };
static const struct ui usual = { .width = 80, .utf8 = true };
static const struct ui wide = { .width = 100, .utf8 = true };

static void
wait_lines(void **state)
{
	char buf[512];

	(void)state;
	wait_line(buf, sizeof(buf), &wide, 41, "bob is looking");
	assert_string_equal(buf, "  0:41  bob is looking                       "
	    "Ctrl-C withdraws \302\267 if the line drops: s3-sudo resume");
	wait_line(buf, sizeof(buf), &usual, 0, "");
	assert_string_equal(buf, "  0:00                   "
	    "Ctrl-C withdraws \302\267 if the line drops: s3-sudo resume");
	wait_line(buf, sizeof(buf), &usual, 41, "bob is looking");
	assert_true(strlen(buf) <= 78);
	wait_line(buf, sizeof(buf), &narrow, 41, "bob is looking");
	assert_string_equal(buf, "  0:41  bob is looking   Ctrl-C withdraws");
	wait_line(buf, sizeof(buf), &narrow, 3661,
	    "somebody with a name that is much longer than this screen is looking");
	assert_true(strlen(buf) < 42);
	wait_line(buf, sizeof(buf), &narrow, 0, "");
	assert_string_equal(buf, "  0:00     Ctrl-C withdraws");
}

static void
said(const char *text, int width, const char *want)
{
	char *got = NULL;
	size_t len;
	FILE *f = open_memstream(&got, &len);

	assert_non_null(f);
	format_said(f, text, width);
	fclose(f);
	assert_string_equal(got, want);
	free(got);
}

/* What is to be copied stays whole; the rest breaks between words. */
static void
sentences_on_narrow_screens(void **state)
{
	(void)state;
	said("Nothing waits for you.", 44, "Nothing waits for you.\n");
	said("", 44, "\n");
	said("Waiting for 1 yes.  Logged in now: carol, bob", 44,
	    "Waiting for 1 yes.  Logged in now: carol,\n  bob\n");
	said("Send them:   ssh -t b.example.net s3-approve kmxqrtvz", 80,
	    "Send them:   ssh -t b.example.net s3-approve kmxqrtvz\n");
	said("Send them:   ssh -t b.example.net s3-approve kmxqrtvz", 44,
	    "Send them:\n  ssh -t b.example.net s3-approve kmxqrtvz\n");
	said("Send them:   ssh -t bastion-07.example.net s3-approve kmxqrtvz", 44,
	    "Send them:\nssh -t bastion-07.example.net s3-approve kmxqrtvz\n");
	said("Open already.  Close it first: s3-sudo close", 80,
	    "Open already.  Close it first: s3-sudo close\n");
	said("Open already.  Close it first: s3-sudo close", 40,
	    "Open already.  Close it first:\n  s3-sudo close\n");
	said("Use:   one \342\200\246   or   the other", 12, "Use:   one \342\200\246\n  or\n  the other\n");
	said("a s3://much-longer-than-the-screen b", 12, "a\n  s3://much-longer-than-the-screen\n  b\n");
}

static void
progress_lines(void **state)
{
	char buf[256];

	(void)state;
	progress_line(buf, sizeof(buf), &narrow, "Approved by bob.", 600000, 1200000, 340);
	assert_string_equal(buf, "#####.....  600.0 kB  0.3 s");
	progress_line(buf, sizeof(buf), &wide, "Approved by bob.", 1200000, 1200000, 340);
	assert_non_null(strstr(buf, "Approved by bob.   \342\226\210"));
	assert_non_null(strstr(buf, "  1.2 MB  0.3 s"));
	progress_line(buf, sizeof(buf), &narrow, "", 0, 0, 0);
	assert_string_equal(buf, "##########  0 B  0.0 s");
}

static void
small_texts(void **state)
{
	char b[FORMAT_TEXT];

	(void)state;
	assert_string_equal(format_size(b, 0), "0 B");
	assert_string_equal(format_size(b, 999), "999 B");
	assert_string_equal(format_size(b, 1000), "1.0 kB");
	assert_string_equal(format_size(b, 999999), "1.0 MB");
	assert_string_equal(format_size(b, 1200000), "1.2 MB");
	assert_string_equal(format_size(b, INT64_C(5497558138880)), "5.5 TB");
	assert_string_equal(format_elapsed(b, 41), "0:41");
	assert_string_equal(format_elapsed(b, 3723), "1:02:03");
	assert_string_equal(format_elapsed(b, -1), "0:00");
	assert_string_equal(format_left(b, 18 * 60 + 59), "18m left");
	assert_string_equal(format_left(b, 119), "119s left");
	assert_string_equal(format_left(b, 0), "over");
	assert_string_equal(format_ttl(b, 900), "15 min");
	assert_string_equal(format_ttl(b, 7200), "2 h");
	assert_string_equal(format_ttl(b, 90), "90 s");
	assert_string_equal(format_ttl(b, 5401), "1h30m1s");
	assert_string_equal(format_count(b, 48113), "48,113");
	assert_string_equal(format_count(b, 999), "999");
}

static void
bytes_travel_and_come_back(void **state)
{
	static const char *const same[] = {
		"plain", "", "gr\303\274n", "a\\.b", "back\\", "a\nb", "\\x", "\\xzz"
	};
	static const char *const escaped[] = { "\377", "\\x41", "a\\\377", "\300\257" };
	char *wire, *back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		wire = format_to_wire(same[i]);
		back = format_from_wire(wire);
		assert_string_equal(wire, same[i]);
		assert_string_equal(back, same[i]);
		free(wire);
		free(back);
	}
	for (i = 0; i < sizeof(escaped) / sizeof(escaped[0]); i++) {
		wire = format_to_wire(escaped[i]);
		back = format_from_wire(wire);
		assert_string_not_equal(wire, escaped[i]);
		assert_string_equal(back, escaped[i]);
		free(wire);
		free(back);
	}
}

/* ---- answers ---- */

static void
Q16_only_the_whole_word_yes_is_yes(void **state)
{
	static const char *const not_yes[] = {
		"y", "Y", "YES", "Yes", "ye", "yess", "yes yes", "yes\033", "", " ", "ja", "1", "ok",
		"approve", "yes;", "no", "n", "skip", "s", "noyes"
	};
	size_t i;

	(void)state;
	assert_int_equal(approve_answer("yes"), ANSWER_YES);
	assert_int_equal(approve_answer(" yes "), ANSWER_YES);
	assert_int_equal(approve_answer("yes\r"), ANSWER_YES);
	assert_int_equal(approve_answer("no"), ANSWER_NO);
	assert_int_equal(approve_answer("skip"), ANSWER_SKIP);
	for (i = 0; i < sizeof(not_yes) / sizeof(not_yes[0]); i++)
		if (approve_answer(not_yes[i]) == ANSWER_YES)
			fail_msg("\"%s\" counts as yes", not_yes[i]);
}

/* ---- a command ---- */

static const char *
env_get(char **env, const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

static void
command_environment(void **state)
{
	static char *const ours[] = {
		S("PATH=/bin"), S("AWS_PROFILE=evil"), S("AWS_DEFAULT_PROFILE=evil"),
		S("AWS_ACCESS_KEY_ID=old"), S("AWS_SECURITY_TOKEN=old"), S("AWS_ROLE_ARN=x"),
		S("AWS_WEB_IDENTITY_TOKEN_FILE=/x"), S("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://x"),
		S("AWS_CONTAINER_AUTHORIZATION_TOKEN=x"), S("AWS_CREDENTIAL_EXPIRATION=x"),
		S("AWS_CONFIG_FILE=/etc/s3jit/aws-config"), S("AWS_SHARED_CREDENTIALS_FILE=/etc/e"),
		S("AWS_REGION=eu-central-1"), S("S3JIT_REAUTH=1"), NULL
	};
	const struct msg_credentials keys = { S("AKIA"), S("secret"), S("token"), 1 };
	char **env = command_env(ours, &keys, false);

	(void)state;
	assert_non_null(env);
	assert_string_equal(env_get(env, "AWS_ACCESS_KEY_ID"), "AKIA");
	assert_string_equal(env_get(env, "AWS_SECRET_ACCESS_KEY"), "secret");
	assert_string_equal(env_get(env, "AWS_SESSION_TOKEN"), "token");
	assert_null(env_get(env, "AWS_PROFILE"));
	assert_null(env_get(env, "AWS_DEFAULT_PROFILE"));
	assert_null(env_get(env, "AWS_SECURITY_TOKEN"));
	assert_null(env_get(env, "AWS_ROLE_ARN"));
	assert_null(env_get(env, "AWS_WEB_IDENTITY_TOKEN_FILE"));
	assert_null(env_get(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
	assert_null(env_get(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN"));
	assert_null(env_get(env, "AWS_CREDENTIAL_EXPIRATION"));
	assert_null(env_get(env, "S3JIT_REAUTH"));
	assert_string_equal(env_get(env, "AWS_CONFIG_FILE"), "/etc/s3jit/aws-config");
	assert_string_equal(env_get(env, "AWS_SHARED_CREDENTIALS_FILE"), "/etc/e");
	assert_string_equal(env_get(env, "AWS_REGION"), "eu-central-1");
	command_env_free(env);
}

static void
command_with_a_profile_is_refused(void **state)
{
	static char *const bad[][5] = {
		{ S("aws"), S("s3"), S("ls"), S("--profile"), S("x") },
		{ S("/usr/bin/aws"), S("--profile=x"), S("s3"), S("ls"), NULL },
		{ S("aws"), S("--prof"), S("x"), S("s3"), S("ls") },
	};
	static char *const good[][3] = {
		{ S("aws"), S("s3"), S("ls") },
		{ S("./publish"), S("--profile"), S("x") },	/* not the AWS CLI's option */
		{ S("aws"), S("--"), S("profile") },
	};
	struct s3jit_err err;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(command_profile_check(bad[i][4] == NULL ? 4 : 5, bad[i], &err), -1);
	for (i = 0; i < 3; i++)
		assert_int_equal(command_profile_check(3, good[i], &err), 0);
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(name, mode), 0);
}

static int
start(char *const *argv, int *exec_errno)
{
	struct s3jit_err err;
	pid_t pid;

	return command_start(&pid, argv, environ, exec_errno, &err);
}

static void
H16_commands_are_found_as_execvp_does_but_never_by_a_shell(void **state)
{
	char dir[] = "/tmp/s3jit-test-XXXXXX", *path, cwd[4096], *pair;
	const char *was = getenv("PATH");
	struct s3jit_err err;
	int e;

	(void)state;
	assert_non_null(was);
	assert_non_null(path = strdup(was));
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	write_file("tool", "echo a shell ran this >shell-ran\n", 0755);	/* no #! line */
	write_file("-dash", "#!/bin/true\n", 0755);
	write_file("plain", "x", 0644);

	setenv("PATH", "/nonexistent:/usr/bin:/bin", 1);
	assert_int_equal(command_check("tool", &err), 127);
	assert_int_equal(command_check("true", &err), 0);
	assert_int_equal(command_check("", &err), 127);
	assert_int_equal(command_check("./plain", &err), 126);
	assert_int_equal(command_check("/tmp", &err), 126);
	setenv("PATH", ".:/bin", 1);
	assert_int_equal(command_check("tool", &err), 0);
	setenv("PATH", "", 1);				/* an empty member is here */
	assert_int_equal(command_check("tool", &err), 0);
	assert_int_equal(command_check("-dash", &err), 0);
	assert_int_equal(command_check("true", &err), 127);
	assert_true(asprintf(&pair, "/nonexistent:%s", dir) != -1);
	setenv("PATH", pair, 1);
	assert_int_equal(command_check("plain", &err), 126);	/* EACCES wins over ENOENT */

	assert_int_equal(start(ARGV(S("tool")), &e), -1);
	assert_int_equal(e, ENOEXEC);
	assert_int_equal(access("shell-ran", F_OK), -1);
	assert_int_equal(start(ARGV(S("-dash"), S("-x")), &e), 0);

	setenv("PATH", path, 1);
	free(path);
	free(pair);
	unlink("tool");
	unlink("-dash");
	unlink("plain");
	assert_int_equal(chdir(cwd), 0);
	rmdir(dir);
}

/* ---- files ---- */

static void
H20_magic_links_and_odd_files_are_refused(void **state)
{
	static const char *const odd[] = {
		"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/proc/self/exe", "/proc/self/cwd",
		"/dev/null", "/tmp", "/dev/tty", "/nonexistent", ""
	};
	char name[] = "/tmp/s3jit-test-XXXXXX", link[64];
	struct s3jit_err err;
	struct file f;
	int fd = mkstemp(name);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		if (file_open(&f, odd[i], &err) != -1)
			fail_msg("%s was opened", odd[i]);
		assert_int_equal(err.code, S3JIT_EUSAGE);
	}
	snprintf(link, sizeof(link), "%s.link", name);
	assert_int_equal(symlink(name, link), 0);	/* ordinary links are followed, as cp does */
	assert_int_equal(file_open(&f, link, &err), 0);
	file_clear(&f);
	unlink(link);
	snprintf(link, sizeof(link), "%s.fifo", name);
	assert_int_equal(mkfifo(link, 0600), 0);
	assert_int_equal(file_open(&f, link, &err), -1);	/* and does not hang */
	unlink(link);
	unlink(name);
	close(fd);
}

static void
files_are_hashed_whole_and_in_parts(void **state)
{
	static char block[1 << 20];
	char name[] = "/tmp/s3jit-test-XXXXXX";
	int fd = mkstemp(name), i;
	struct s3jit_err err;
	struct file f;

	(void)state;
	assert_int_equal(file_open(&f, name, &err), 0);
	assert_int_equal(file_hash(&f, &err), 0);
	assert_int_equal(f.parts.n, 1);
	assert_string_equal(f.sha256,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	file_clear(&f);
	for (i = 0; i < 40; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(file_open(&f, name, &err), 0);
	assert_int_equal(file_hash(&f, &err), 0);
	assert_int_equal(f.part_size, 8 << 20);
	assert_int_equal(f.parts.n, 6);
	assert_string_equal(f.parts.v[0],
	    "2daeb1f36095b44b318410b3f4e8b5d989dcc7bb023d1426c492dab0a3053e74");
	assert_string_equal(f.parts.v[5],
	    "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
	assert_int_equal(file_unchanged(&f, &err), 0);
	assert_int_equal(futimens(fd, NULL), 0);		/* touched: the same bytes */
	assert_int_equal(file_unchanged(&f, &err), 0);
	assert_int_equal(pwrite(fd, "y", 1, 5), 1);
	assert_int_equal(file_unchanged(&f, &err), -1);
	assert_int_equal(err.code, S3JIT_ECHANGED);
	file_clear(&f);
	close(fd);
	unlink(name);
}

/* ---- credentials ---- */

static void
C5_C6_credential_process_document(void **state)
{
	struct msg_credentials c = { S("ASIAEXAMPLE"), S("se/cr+et"), S("to=ken"), 1769860800 };
	struct s3jit_err err;
	char *json;

	(void)state;
	assert_int_equal(credentials_json(&json, &c, &err), 0);
	assert_string_equal(json, "{\"Version\":1,\"AccessKeyId\":\"ASIAEXAMPLE\","
	    "\"SecretAccessKey\":\"se/cr+et\",\"SessionToken\":\"to=ken\","
	    "\"Expiration\":\"2026-01-31T12:00:00Z\"}\n");
	codec_wipe_free(json);
	c.expiration = 0;	/* without one an SDK would keep it for ever */
	assert_int_equal(credentials_json(&json, &c, &err), -1);
	c.expiration = 1;
	c.session_token = S("a\",\"x\":\"");
	assert_int_equal(credentials_json(&json, &c, &err), -1);
	assert_null(strstr(err.text, "se/cr+et"));
	c.session_token = S("");
	assert_int_equal(credentials_json(&json, &c, &err), -1);
}

static void
env_goes_by_the_shell(void **state)
{
	static const struct { const char *typed, *shell, *format; } v[] = {
		{ "", "/bin/bash", "sh" }, { "", "/usr/bin/fish", "fish" }, { "", NULL, "sh" },
		{ "", "/opt/starfish", "sh" }, { "", "fish", "sh" }, { "sh", "/usr/bin/fish", "sh" },
		{ "json", "/bin/sh", "json" }, { "csh", "/bin/csh", NULL },
	};
	const char *format;
	struct s3jit_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(env_format(&format, v[i].typed, v[i].shell, &err),
		    v[i].format == NULL ? -1 : 0);
		if (v[i].format != NULL)
			assert_string_equal(format, v[i].format);
	}
}

static void
env_is_what_a_shell_takes_and_no_more(void **state)
{
	struct msg_credentials c = { S("ASIAEXAMPLE"), S("se/cr+et"), S("to=ken"), 1769860800 };
	struct s3jit_err err;
	char *text;

	(void)state;
	assert_int_equal(env_text(&text, "sh", &c, &err), 0);
	assert_non_null(strstr(text, "unset AWS_PROFILE;\n"));
	assert_non_null(strstr(text, "unset AWS_SECURITY_TOKEN;\n"));
	assert_string_equal(strstr(text, "export"), "export AWS_ACCESS_KEY_ID='ASIAEXAMPLE';\n"
	    "export AWS_SECRET_ACCESS_KEY='se/cr+et';\nexport AWS_SESSION_TOKEN='to=ken';\n");
	codec_wipe_free(text);
	assert_int_equal(env_text(&text, "fish", &c, &err), 0);
	assert_string_equal(strstr(text, "set -gx"), "set -gx AWS_ACCESS_KEY_ID 'ASIAEXAMPLE';\n"
	    "set -gx AWS_SECRET_ACCESS_KEY 'se/cr+et';\nset -gx AWS_SESSION_TOKEN 'to=ken';\n");
	codec_wipe_free(text);
	assert_int_equal(env_text(&text, "fish", NULL, &err), 0);
	assert_null(strstr(text, "set -gx"));
	assert_non_null(strstr(text, "set -e AWS_SESSION_TOKEN;\n"));
	codec_wipe_free(text);
	assert_int_equal(env_text(&text, "csh", &c, &err), -1);
	assert_null(text);
	assert_string_equal(err.text, "--format is sh, fish or json");
	c.session_token = S("a'; rm -rf ~; '");	/* from a broker that is not ours */
	assert_int_equal(env_text(&text, "sh", &c, &err), -1);
	assert_null(strstr(err.text, "rm -rf"));
	c.session_token = S("");
	assert_int_equal(env_text(&text, "sh", &c, &err), -1);
}

static void
prompt_is_a_word_about_what_is_open_here(void **state)
{
	char *put[] = { S("get s3://b/x"), S("put s3://b/x") };
	struct summary s[] = {
		{ .state = S("active"), .delivery = S(DELIVERY_COMMAND), .here = true },
		{ .state = S("pending"), .delivery = S(DELIVERY_SESSION), .here = true },
		{ .state = S("active"), .delivery = S(DELIVERY_SESSION), .here = false },
		{ .state = S("active"), .delivery = S(DELIVERY_SHELL), .here = true,
		    .scope = { put, 2 }, .now = 1000, .deadline = 1000 + 299 },
	};
	struct list all = { s, 4 };
	char word[64];

	(void)state;
	assert_ptr_equal(prompt_open_here(&all), &s[3]);
	all.n = 3;
	assert_null(prompt_open_here(&all));
	prompt_word(word, sizeof(word), &s[3]);
	assert_string_equal(word, "s3:write 4m");
	s[3].scope.n = 1;
	s[3].deadline = 1045;
	prompt_word(word, sizeof(word), &s[3]);
	assert_string_equal(word, "s3:read 45s");
}

static void
C5_a_closed_pipe_is_an_error(void **state)
{
	struct s3jit_err err;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	signal(SIGPIPE, SIG_IGN);
	close(p[0]);
	assert_int_equal(credentials_write(p[1], "{}\n", &err), -1);
	close(p[1]);
	signal(SIGPIPE, SIG_DFL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_good),
		cmocka_unit_test(options_of_a_command_are_its_own),
		cmocka_unit_test(options_bad),
		cmocka_unit_test(wait_lines),
		cmocka_unit_test(sentences_on_narrow_screens),
		cmocka_unit_test(progress_lines),
		cmocka_unit_test(small_texts),
		cmocka_unit_test(bytes_travel_and_come_back),
		cmocka_unit_test(Q16_only_the_whole_word_yes_is_yes),
		cmocka_unit_test(command_environment),
		cmocka_unit_test(command_with_a_profile_is_refused),
		cmocka_unit_test(H16_commands_are_found_as_execvp_does_but_never_by_a_shell),
		cmocka_unit_test(H20_magic_links_and_odd_files_are_refused),
		cmocka_unit_test(files_are_hashed_whole_and_in_parts),
		cmocka_unit_test(C5_C6_credential_process_document),
		cmocka_unit_test(env_goes_by_the_shell),
		cmocka_unit_test(env_is_what_a_shell_takes_and_no_more),
		cmocka_unit_test(prompt_is_a_word_about_what_is_open_here),
		cmocka_unit_test(C5_a_closed_pipe_is_an_error),
	};

	return cmocka_run_group_tests_name("client words", tests, NULL, NULL);
}
