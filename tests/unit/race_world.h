/*
 * race_world.h - the people and logins of the tests of races and interleavings,
 * over fake_broker.h: alice twice, bob, carol, dave twice.
 */
#ifndef TESTS_RACE_WORLD_H
#define TESTS_RACE_WORLD_H

#include "fake_broker.h"

#define RACERS 6

extern const uint32_t racer_uid[RACERS];
extern struct session *racer_login[RACERS];
extern struct fake_conn *racer[RACERS];

/* Everybody logs in over an empty store; judge: called when STS would be asked. */
void race_begin(void (*judge)(const char *request));
int race_end(void **state);	/* 0: it can be a teardown of cmocka's */
/* That one logs out and in again. */
void race_relogin(int i);
/* s3jitd is killed and started; everybody connects anew. */
void race_restart(void);

/* How many records of that request have one of these events (NULL-terminated). */
int race_records(const char *id, const char *const *events);
int race_record(const char *id, const char *event);

#endif
