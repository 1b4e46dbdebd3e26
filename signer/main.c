/*
 * main.c - s3jit-signer: the one process that holds AWS keys.
 *
 * Runs as user s3jit-signer, started by systemd or by hand.  It answers one
 * account, the broker's, on one socket.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "s3jit/harmless.h"
#include "s3jit/memory.h"
#include "s3jit/signer_proto.h"

#include "listen.h"
#include "log.h"
#include "serve.h"

#define BROKER_USER "s3jit"

struct options {
	const char *conf, *socket, *peer;
	bool check, trust_self;
};

struct signer {
	struct event_base *events;
	struct event *term, *intr, *tick;
	bool out_of_memory;
	struct parts parts;
	struct server *server;
};

static const char usage[] =
    "usage: s3jit-signer [-c FILE] [-s SOCKET] [-u USER] [-t]\n"
    "  -c FILE    configuration (" S3JIT_CONF_FILE ")\n"
    "  -s SOCKET  where to listen (" S3JIT_SIGNER_SOCK "), unless systemd passes a socket\n"
    "  -t         check configuration and key file, then exit\n"
    "  -u USER    for tests: the account of the broker (" BROKER_USER ");\n"
    "             files of our own uid are trusted then, too\n"
    "  -V         version\n"
    "  -h         this help\n"
    "\n"
    "Examples:\n"
    "  runuser -u s3jit-signer -- s3jit-signer -t -c /etc/s3jit/s3jit.conf.new\n"
    "  runuser -u s3jit-signer -- s3jit-signer -s /run/s3jit-signer/sock\n"
    "\n"
    "Manual: s3jit-signer(8), s3jit.conf(5)\n";

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

/* 0: go on; otherwise exit with this minus one. */
static int
options_read(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .conf = S3JIT_CONF_FILE, .socket = S3JIT_SIGNER_SOCK,
	    .peer = BROKER_USER };
	while ((c = getopt_long(argc, argv, "c:s:u:tVh", long_options, NULL)) != -1)
		switch (c) {
		case 'c': o->conf = optarg; break;
		case 's': o->socket = optarg; break;
		case 'u': o->peer = optarg; o->trust_self = true; break;
		case 't': o->check = true; break;
		case 'V': puts("s3jit-signer " PACKAGE_VERSION); return 1;
		case 'h': fputs(usage, stdout); return 1;
		default: fputs("Try: s3jit-signer -h\n", stderr); return 3;
		}
	if (optind < argc) {
		fputs("s3jit-signer takes no arguments, only options.  Try: s3jit-signer -h\n", stderr);
		return 3;
	}
	return 0;
}

/* Nothing of us ends in a core file, another process's debugger, or on a swap disk (C1, B9). */
static int
harden(struct s3jit_err *err)
{
	struct rlimit lock;

	if (geteuid() == 0 || getuid() == 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "must not run as root; it has a user of its own "
		    "(systemctl start s3jit-signer, or: runuser -u s3jit-signer -- s3jit-signer -t)");
	if (harmless_become(err) == -1)
		return -1;
	/* under a small limit later allocations would fail instead: keys lock themselves then */
	if (getrlimit(RLIMIT_MEMLOCK, &lock) == 0 && lock.rlim_cur == RLIM_INFINITY)
		(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return s3jit_fail_errno(err, "signal");
	return 0;
}

static int
peer_account(uid_t *uid, gid_t *gid, const char *name, struct s3jit_err *err)
{
	const struct passwd *pw;

	errno = 0;
	if ((pw = getpwnam(name)) == NULL || pw->pw_uid == (uid_t)-1 || pw->pw_uid == 0)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "there is no account \"%s\" for the broker (systemd-sysusers)", name);
	*uid = pw->pw_uid;
	/* a test's broker may be ourselves: then there is no group to give the socket to */
	*gid = pw->pw_uid == geteuid() ? (gid_t)-1 : pw->pw_gid;
	return 0;
}

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	log_say(LOG_INFO, "stopping (signal %d)", (int)sig);
	event_base_loopbreak(arg);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct signer *s = arg;

	(void)fd;
	(void)what;
	if (!memory_left()) {
		s->out_of_memory = true;
		event_base_loopbreak(s->events);
	}
}

/* Everything that lives as long as we do, in the order it depends on each other. */
static int
signer_start(struct signer *s, const struct options *o, struct launch *launch,
    struct s3jit_err *err)
{
	const struct base_place place = { launch->credentials, o->trust_self };
	const struct timeval second = { .tv_sec = 1 };
	struct parts *p = &s->parts;
	int fd = launch->fd;
	uid_t peer = (uid_t)-1;
	gid_t gid = (gid_t)-1;

	if (peer_account(&peer, &gid, o->peer, err) == -1)
		return -1;
	if ((s->events = event_base_new()) == NULL ||
	    (s->term = evsignal_new(s->events, SIGTERM, on_stop, s->events)) == NULL ||
	    (s->intr = evsignal_new(s->events, SIGINT, on_stop, s->events)) == NULL ||
	    (s->tick = event_new(s->events, -1, EV_PERSIST, on_tick, s)) == NULL ||
	    event_add(s->term, NULL) == -1 || event_add(s->intr, NULL) == -1 ||
	    event_add(s->tick, &second) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "libevent does not start");
	if (http_new(&p->http, s->events, p->conf->aws.ca_file,
	    p->conf->aws.https_proxy, err) == -1 ||
	    base_new(&p->base, s->events, p->http, &p->conf->aws, &place, err) == -1 ||
	    sts_new(&p->sts, s->events, p->http, p->base, p->conf, err) == -1 ||
	    leases_new(&p->leases, s->events, p->sts, p->conf, err) == -1 ||
	    iam_new(&p->iam, p->http, p->sts, p->conf, err) == -1)
		return -1;
	if (fd == -1 && listen_at(&fd, o->socket, gid, err) == -1)
		return -1;
	return server_new(&s->server, s->events, fd, peer, p, err);
}

static void
signer_stop(struct signer *s)
{
	server_free(s->server);
	iam_free(s->parts.iam);
	leases_free(s->parts.leases);
	sts_free(s->parts.sts);
	base_free(s->parts.base);
	http_free(s->parts.http);
	if (s->term != NULL)
		event_free(s->term);
	if (s->intr != NULL)
		event_free(s->intr);
	if (s->tick != NULL)
		event_free(s->tick);
	if (s->events != NULL)
		event_base_free(s->events);
	config_free(s->parts.conf);
}

/* -t: what can be seen without asking AWS. */
static int
check(const struct config *conf, const struct base_place *place, struct s3jit_err *err)
{
	const char *later;

	if (base_check(&conf->aws, place, &later, err) == -1)
		return -1;
	if (later != NULL)
		printf("not looked at: %s\n", later);
	if (*conf->aws.ca_file != '\0' && access(conf->aws.ca_file, R_OK) == -1)
		return s3jit_fail_errno(err, "aws: ca-file: %s", conf->aws.ca_file);
	printf("%s: fine\n", conf->file);
	return 0;
}

static int
run(struct signer *s, const struct options *o, struct launch *launch, struct s3jit_err *err)
{
	const struct base_place place = { launch->credentials, o->trust_self };
	int flags = CONFIG_NO_NSS | (o->trust_self ? CONFIG_TRUST_SELF : 0);

	if (harden(err) == -1 || keys_wipe_everywhere(err) == -1 ||
	    config_load(&s->parts.conf, o->conf, flags, err) == -1)
		return -1;
	if (o->check)
		return check(s->parts.conf, &place, err);
	if (signer_start(s, o, launch, err) == -1)
		return -1;
	log_say(LOG_INFO, "ready: region %s, own keys from %s", s->parts.conf->aws.region,
	    s->parts.conf->aws.credentials);
	launch_notify(launch, "READY=1");
	if (event_base_dispatch(s->events) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "libevent stopped");
	launch_notify(launch, "STOPPING=1");
	if (s->out_of_memory)
		return s3jit_fail(err, S3JIT_ESYS, "there is no memory left; ending, to be started again");
	return 0;
}

int
main(int argc, char **argv)
{
	struct s3jit_err err = { 0 };
	struct signer s = { 0 };
	struct launch launch;
	struct options o;
	int rc;

	if ((rc = options_read(&o, argc, argv)) != 0)
		return rc - 1;
	rc = launch_read(&launch, &err);
	clearenv();
	log_open(!launch.journal);
	if (rc == 0)
		rc = run(&s, &o, &launch, &err);
	signer_stop(&s);
	if (rc == -1 && o.check)
		fprintf(stderr, "s3jit-signer: %s\n", err.text);
	else if (rc == -1)
		log_say(LOG_ERR, "%s", err.text);
	return rc == 0 ? 0 : 1;
}
