/*
 * notice.h - what a person reads on the terminal where something was opened,
 * when it is about to end and when it has: no client of theirs runs there.
 */
#ifndef BROKER_NOTICE_H
#define BROKER_NOTICE_H

#include "queue.h"

/* A grant that stays was claimed by this connection: remember where, and when to warn. */
void notice_begin(struct live *, const struct conn *, int64_t length);
/* Who closes it on that very terminal sees it happen. */
void notice_not_to(struct live *, const struct conn *);
void notice_soon(struct broker *, struct live *);
void notice_end(struct broker *, const struct live *, const char *why, const char *by,
    const char *text);

#endif
