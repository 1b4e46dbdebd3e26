/*
 * broker.h - what s3jitd consists of; one of it exists, made in main.c.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include <event2/event.h>

#include "audit.h"
#include "conn.h"
#include "ended.h"
#include "resolver.h"
#include "s3jit/config.h"
#include "session.h"
#include "signer_link.h"
#include "store.h"

struct queue;			/* queue.h: the state machine */
struct baselines;		/* baseline.h: cached read-only credentials */
struct revocations;		/* revoke.h: what AWS is told to refuse */

struct broker {
	struct event_base *base;
	struct config *conf;
	struct store *store;
	struct audit *audit;
	struct ended *ended;
	struct sessions *sessions;
	struct resolver *resolver;
	struct signer_link *signer;
	struct queue *queue;
	struct baselines *baselines;
	struct revocations *revocations;	/* NULL: AWS is not told to refuse anything */
	struct server *server;	/* sockets and connections */
	char boot_id[GUEST_BOOT_ID];
	const char *run_dir;	/* /run/s3jit */
	bool stopping;		/* with --revoke: nothing is given any more */
};

#endif
