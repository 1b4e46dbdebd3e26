/*
 * queue_private.h - what the files of the queue share and nobody else uses.
 */
#ifndef BROKER_QUEUE_PRIVATE_H
#define BROKER_QUEUE_PRIVATE_H

#include "queue.h"

/* queue_live.c: forget it; its lease holder, if there is one left, ends. */
void queue_live_free(struct broker *, struct live *);
/* Was this connection among them?  It is not any more. */
bool queue_unwatch(struct live *, const struct conn *);
bool queue_unlook(struct live *, const struct conn *);
bool queue_watched(const struct live *);

/* queue.c: end by id whatever its state; for ticks, logouts and start-up. */
void queue_end_id(struct broker *, const char *id, const char *why, const char *text);
/* Ends that the disk would not take: try again; `reset` empties the side file in any case. */
void queue_retry_dead(struct broker *, bool reset);

#endif
