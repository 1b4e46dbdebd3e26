/*
 * aws_world.h - all of the signer but its socket, before a fake AWS: made anew for
 * each fault that is tried.
 */
#ifndef TESTS_AWS_WORLD_H
#define TESTS_AWS_WORLD_H

#include <event2/event.h>

#include "signer/question.h"

#define WORLD_ROLE "arn:aws:iam::111122223333:role/s3jit-write"
#define WORLD_BUCKET "prod-reports"

struct aws_world {
	struct event_base *events;
	struct event *tick;		/* so that no wait is for ever */
	struct parts parts;
	int64_t passed;			/* seconds on both clocks */
	int64_t patience_ms;		/* world_wait(): real time */
	char dir[40];			/* has a key file and a program that prints one */
};
extern struct aws_world world;

/* Once: libraries wipe, AWS answers, the folder is there. */
void world_begin(void);
void world_end(void);

/* credentials: as in aws { }, "@" stands for the folder.  -1 when a part cannot be made. */
int world_make(const char *credentials, struct s3jit_err *);
void world_free(void);

/* Ask AWS for a lease of that name and kind, to put and to get below WORLD_BUCKET/in/. */
int world_lease(const char *name, const char *kind, lease_done *, void *arg, struct s3jit_err *);

/* Let the loop run until *told is not 0; false: nobody was told for world.patience_ms. */
bool world_wait(const int *told);
/* What is ready now, and no more. */
void world_settle(void);

/* Whatever a test must not find: what is left open, running, or unwiped; NULL: nothing. */
const char *world_leftovers(int descriptors);

#endif
