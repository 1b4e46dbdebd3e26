/*
 * main.c - s3jitd, the broker: reads its options, becomes harmless, opens what
 * it needs in the order in which it must be there, and runs the loop.
 *
 * Runs as user s3jit, in the foreground, without any privilege (B9).  Stopping
 * it ends nothing: sessions, requests and grants stand in the store and are
 * taken up again at the next start (B15).
 */
#include "config.h"

#include <sys/resource.h>

#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"
#include "s3jit/harmless.h"
#include "s3jit/memory.h"

#include "baseline.h"
#include "broker.h"
#include "queue.h"
#include "revoke.h"
#include "server.h"
#include "systemd.h"

static struct settings {
	const char *conf, *state_dir, *run_dir, *signer_sock, *signer_user;
	bool test, old_kernel, trust_self, revoke;
} settings = {
	.conf = S3JIT_CONF_FILE,
	.state_dir = "/var/lib/s3jit",
	.run_dir = "/run/s3jit",
	.signer_sock = S3JIT_SIGNER_SOCK,
	.signer_user = "s3jit-signer"
};

/* With --revoke, AWS is given this long to take the refusals before we are gone. */
#define STOP_MS 5000

static bool config_recorded;
static bool out_of_memory;
static int64_t stop_by_ms;	/* boot clock; 0 = nobody wants us to stop */

/* --- words ---------------------------------------------------------------- */

static const char help[] =
    "Usage: s3jitd [OPTION]...\n"
    "The broker of s3jit: keeps requests, votes and grants, and their record.\n"
    "\n"
    "  -c FILE   the rules file (" S3JIT_CONF_FILE ")\n"
    "  -t        check the rules file, say what is wrong or doubtful, and exit\n"
    "  -d DIR    folder of the database (/var/lib/s3jit)\n"
    "  -r DIR    folder of the sockets (/run/s3jit)\n"
    "  -s SOCK   socket of s3jit-signer (" S3JIT_SIGNER_SOCK ")\n"
    "  --revoke  end all write access when it is stopped (else it goes on after a restart)\n"
    "  -V        version\n"
    "  -h        this text\n"
    "\n"
    "For tests:\n"
    "  --signer-user NAME   who may be s3jit-signer (s3jit-signer)\n"
    "  --old-kernel         find out who connects as before Linux 6.5\n"
    "  --trust-self         the rules file may belong to who runs s3jitd\n"
    "\n"
    "Examples:\n"
    "  s3jitd -t -c /etc/s3jit/s3jit.conf.new\n"
    "  runuser -u s3jit -- s3jitd -d /var/lib/s3jit -r /run/s3jit -s /run/s3jit-signer/sock\n"
    "\n"
    "Manual: s3jitd(8), s3jit.conf(5), s3jit(7)\n";

static void
report(const char *text)
{
	fprintf(stderr, "s3jitd: %s\n", text);
	syslog(LOG_ERR, "%s", text);
}

/* --- options ----------------------------------------------------------------- */

enum { OPT_SIGNER_USER = 256, OPT_OLD_KERNEL, OPT_TRUST_SELF, OPT_REVOKE };

static const struct option long_options[] = {
	{ "signer-user", required_argument, NULL, OPT_SIGNER_USER },
	{ "old-kernel", no_argument, NULL, OPT_OLD_KERNEL },
	{ "trust-self", no_argument, NULL, OPT_TRUST_SELF },
	{ "revoke", no_argument, NULL, OPT_REVOKE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

/* -1: go on; otherwise the exit status. */
static int
read_options(int argc, char **argv)
{
	int o;

	while ((o = getopt_long(argc, argv, "c:td:r:s:Vh", long_options, NULL)) != -1)
		switch (o) {
		case 'c':
			settings.conf = optarg;
			break;
		case 't':
			settings.test = true;
			break;
		case 'd':
			settings.state_dir = optarg;
			break;
		case 'r':
			settings.run_dir = optarg;
			break;
		case 's':
			settings.signer_sock = optarg;
			break;
		case OPT_SIGNER_USER:
			settings.signer_user = optarg;
			break;
		case OPT_OLD_KERNEL:
			settings.old_kernel = true;
			break;
		case OPT_TRUST_SELF:
			settings.trust_self = true;
			break;
		case OPT_REVOKE:
			settings.revoke = true;
			break;
		case 'V':
			puts("s3jitd " PACKAGE_VERSION);
			return 0;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			fputs("Try: s3jitd -h\n", stderr);
			return 2;
		}
	if (optind == argc)
		return -1;
	fprintf(stderr, "s3jitd takes no arguments, only options.  Try: s3jitd -h\n");
	return 2;
}

/* -t: what is wrong, or what is allowed and yet worth a word. */
static int
check_config(int flags)
{
	struct strv warnings = { 0 };
	struct s3jit_err err = { 0 };
	struct config *conf = NULL;
	size_t i;
	int ret = 1;

	if (config_load(&conf, settings.conf, flags, &err) == -1 ||
	    config_warnings(&warnings, conf, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		goto out;
	}
	for (i = 0; i < warnings.n; i++)
		printf("warning: %s\n", warnings.v[i]);
	printf("%s: no errors\n", settings.conf);
	ret = 0;
out:
	strv_clear(&warnings);
	config_free(conf);
	return ret;
}

/* --- harmless (B9) -------------------------------------------------------------- */

static int
become_harmless(struct s3jit_err *err)
{
	struct rlimit files;

	if (geteuid() == 0 || getuid() == 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "s3jitd does not run as root.  Start it as user "
		    "s3jit: systemctl start s3jitd, or without systemd: setpriv --reuid s3jit "
		    "--regid s3jit --init-groups s3jitd");
	if (harmless_become(err) == -1)
		return -1;
	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return s3jit_fail_errno(err, "cannot ask for the number of open files");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		return s3jit_fail_errno(err, "cannot raise the number of open files");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a limit on files is an error like a full disk (A1) */
	signal(SIGHUP, SIG_IGN);
	return 0;
}

static int
signer_uid(uid_t *uid, struct s3jit_err *err)
{
	const struct passwd *pw = getpwnam(settings.signer_user);

	if (pw == NULL)
		return s3jit_fail(err, S3JIT_ENOTFOUND, "there is no user %s; systemd-sysusers makes "
		    "it", settings.signer_user);
	*uid = pw->pw_uid;
	return 0;
}

/* --- the loop ------------------------------------------------------------------------ */

/* Under which text decisions are made from now on; again when the disk would not take it. */
static void
record_config(struct broker *b)
{
	struct s3jit_err err = { 0 };

	if (config_recorded || store_begin(b->store, &err) == -1)
		return;
	if (store_config_text(b->store, b->conf->text_hash, b->conf->text, clock_wall(),
	    &err) == -1 ||
	    audit_add(b->audit, &err, "started", "", "s3jitd started", "config",
	    b->conf->text_hash, "version", PACKAGE_VERSION, NULL) == -1)
		store_rollback(b->store);
	else if (store_commit(b->store, &err) == 0)
		config_recorded = true;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;

	(void)fd;
	(void)what;
	if (!memory_left()) {
		out_of_memory = true;
		event_base_loopbreak(b->base);
		return;
	}
	record_config(b);
	queue_tick(b);
	sessions_tick(b->sessions);
	baselines_tick(b);
	revocations_tick(b);
	audit_forward(b->audit);
	if (stop_by_ms != 0 && (revocations_settled(b) || stop_by_ms <= clock_boot_ms()))
		event_base_loopbreak(b->base);
}

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	struct broker *b = arg;

	(void)sig;
	(void)what;
	systemd_notify("STOPPING=1");
	b->stopping = settings.revoke;
	if (settings.revoke)
		queue_end_all(b, "s3jitd was stopped with --revoke");
	if (revocations_settled(b) || stop_by_ms != 0)
		event_base_loopbreak(b->base);
	stop_by_ms = clock_boot_ms() + STOP_MS;
}

static int
loop(struct broker *b, struct s3jit_err *err)
{
	struct event *tick = event_new(b->base, -1, EV_PERSIST, on_tick, b);
	struct event *term = evsignal_new(b->base, SIGTERM, on_stop, b);
	struct event *intr = evsignal_new(b->base, SIGINT, on_stop, b);
	struct timeval second = { .tv_sec = 1 };
	int ret = -1;

	if (tick == NULL || term == NULL || intr == NULL || event_add(tick, &second) == -1 ||
	    event_add(term, NULL) == -1 || event_add(intr, NULL) == -1) {
		s3jit_fail(err, S3JIT_ESYS, "no event");
		goto out;
	}
	systemd_notify("READY=1");
	if (event_base_dispatch(b->base) == -1)
		s3jit_fail(err, S3JIT_ESYS, "the event loop failed");
	else if (out_of_memory)
		s3jit_fail(err, S3JIT_ESYS, "there is no memory left; ending, to be started again");
	else
		ret = 0;
out:
	if (tick != NULL)
		event_free(tick);
	if (term != NULL)
		event_free(term);
	if (intr != NULL)
		event_free(intr);
	return ret;
}

/* --- start and stop -------------------------------------------------------------------- */

static int
open_record(struct broker *b, struct strv *ended, bool *all, struct s3jit_err *err)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/ended", b->run_dir) >= (int)sizeof(path))
		return s3jit_fail(err, S3JIT_EUSAGE, "%s: the path is too long", b->run_dir);
	if (store_open(&b->store, settings.state_dir, err) == -1 ||
	    audit_new(&b->audit, b->store, b->conf->host_name, b->boot_id, b->conf->text_hash,
	    err) == -1 ||
	    ended_open(&b->ended, path, ended, all, err) == -1)
		return -1;
	record_config(b);
	FAULT_POINT("started");
	return 0;
}

static void
on_signer(void *arg)
{
	baselines_forget(arg);
}

static int
start(struct broker *b, uid_t signer, struct s3jit_err *err)
{
	struct server_options options = { .old_kernel = settings.old_kernel,
	    .root_fd = systemd_socket("root.sock"), .user_fd = systemd_socket("user.sock") };
	struct strv ended = { 0 };
	bool all = false;
	int ret = -1;

	/* The resolver's child is forked before there is anything it must not have. */
	if ((b->base = event_base_new()) == NULL) {
		s3jit_fail(err, S3JIT_ESYS, "no event loop");
		goto out;
	}
	if (resolver_new(&b->resolver, b->base, err) == -1 ||
	    open_record(b, &ended, &all, err) == -1 ||
	    server_new(b, &options, err) == -1 ||
	    sessions_new(&b->sessions, b, err) == -1 ||
	    signer_link_new(&b->signer, b->base, settings.signer_sock, signer, err) == -1 ||
	    revocations_new(b, err) == -1 || queue_new(b, err) == -1 ||
	    baselines_new(b, err) == -1)
		goto out;
	FAULT_POINT("adopted");
	queue_apply_ended(b, &ended, all);
	signer_link_on_up(b->signer, on_signer, b);
	audit_forward(b->audit);
	ret = server_listen(b, err);
out:
	strv_clear(&ended);
	return ret;
}

static void
stop(struct broker *b)
{
	server_free(b);
	if (b->baselines != NULL)
		baselines_free(b);
	queue_free(b);
	revocations_free(b);
	signer_link_free(b->signer);
	sessions_free(b->sessions);
	if (b->audit != NULL)
		audit_forward(b->audit);
	if (b->ended != NULL)
		ended_close(b->ended);
	if (b->audit != NULL)
		audit_free(b->audit);
	if (b->store != NULL)
		store_close(b->store);
	resolver_free(b->resolver);
	if (b->base != NULL)
		event_base_free(b->base);
	config_free(b->conf);
}

int
main(int argc, char **argv)
{
	struct broker b = { 0 };
	struct s3jit_err err = { 0 };
	uid_t signer = (uid_t)-1;
	int flags, lock = -1, ret;

	systemd_begin();
	clearenv();
	if ((ret = read_options(argc, argv)) != -1)
		return ret;
	flags = settings.trust_self ? CONFIG_TRUST_SELF : 0;
	if (settings.test)
		return check_config(flags);
	ret = 1;
	openlog("s3jitd", LOG_PID, LOG_DAEMON);
	b.run_dir = settings.run_dir;
	if (become_harmless(&err) == -1 ||
	    config_load(&b.conf, settings.conf, flags, &err) == -1 ||
	    signer_uid(&signer, &err) == -1 ||
	    guest_read_boot_id(b.boot_id, &err) == -1 ||
	    server_lock(b.run_dir, &lock, &err) == -1 ||
	    start(&b, signer, &err) == -1 || loop(&b, &err) == -1)
		report(err.text);
	else
		ret = 0;
	stop(&b);
	if (lock != -1)
		close(lock);
	return ret;
}
