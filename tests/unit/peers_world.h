/*
 * peers_world.h - the real record, server, connections, logins and resolver,
 * with a queue and handlers that a test makes up and a kernel that says about
 * the test's own process what the test wants.
 *
 * Needs no privilege: connections are socketpairs.  Link with
 * -Wl,--wrap=getsockopt,--wrap=proc_facts_read,--wrap=event_add.
 */
#ifndef TESTS_PEERS_WORLD_H
#define TESTS_PEERS_WORLD_H

#include "broker/broker.h"
#include "broker/dispatch.h"
#include "broker/peer.h"
#include "broker/proc.h"
#include "broker/server.h"
#include "s3jit/proto.h"
#include "s3jit/wire.h"

#define WORLD_BOOT "00000000-1111-2222-3333-444444444444"

struct world {
	struct broker b;
	char dir[64], run_dir[96];
	struct proc_facts facts;	/* what /proc says about any process */
	enum s3jit_code facts_fail;	/* that is why /proc says nothing */
	uid_t peer_uid;			/* what SO_PEERCRED says */
	pid_t peer_pid;			/* 0 = the truth */
	int getsockopt_errno;		/* SO_PEERCRED fails with it */
	int pidfd_errno;		/* SO_PEERPIDFD fails with it; -1: it gives none */
	int hurry;			/* timers run so many times faster */
	bool disk_full;			/* nothing can be committed */
	bool (*event_fails)(void);	/* is this event not added?  NULL = it is */
	int sessions_ended, logins_begun, conns_closed;
	const char *last_why;
	struct conn *last;		/* whose question the handler of `status` holds */
	int asked;
};
extern struct world world;

/* Fresh record in a new folder; old_kernel as in server_options. */
void world_begin(bool old_kernel);
/* The broker stops and starts over the same record. */
void world_restart(bool old_kernel);
void world_end(void);

/* Let the loop run until nothing happens for a moment. */
void world_settle(void);
void world_settle_ms(int ms);

/* Our end of a connection that the broker accepted; close() it. */
int world_connect(bool root);
/* Frames as the other programs write them; NULL = the connection was closed. */
void world_say(int fd, const void *body, size_t len);
char *world_hear(int fd, size_t *len);
/* The next JSON frame has this type; returns its text, free it. */
char *world_hear_type(int fd, const char *type);
/* The next frame is an answer to a guest; its text is compared as a part. */
void world_hear_guest(int fd, enum guest_word, const char *text);
void world_hear_end(int fd);

void world_say_register(int fd, uint32_t uid, uint32_t sessionid);
void world_say_facts(int fd, uint32_t ruid, uint32_t loginuid, uint32_t sessionid);
void world_say_verdict(int fd, uint32_t ruid, uint32_t pam_code);
/* Read hello, answer it. */
void world_greet(int fd);
/* {"type":TYPE} with more inside, if any: `, "id":"x"`. */
void world_ask(int fd, const char *type, const char *more);

/* A login of uid with that session id over a connection of its own. */
int world_login(uint32_t uid, uint32_t sessionid, const char *service, const char *rhost,
    const char *auth);
/* A greeted peer of it. */
int world_peer(uint32_t uid, uint32_t sessionid);
/* How many audit records have this event? */
int world_events(const char *event);

#endif
