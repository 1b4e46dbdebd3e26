/*
 * queue_live.c - what memory keeps of a request: who waits for it, who looks at
 * it, when it is due.  Runs in s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "answer.h"
#include "queue_private.h"

static struct live **
bucket(struct queue *q, const char *id)
{
	unsigned n = 0;
	int i;

	for (i = 0; i < 3 && id[i] != '\0'; i++)
		n = n * 16 + (unsigned char)(id[i] - 'k') % 16;
	return &q->by_id[n % LIVE_BUCKETS];
}

struct live *
queue_find_live(struct broker *b, const char *id)
{
	struct live *l;

	for (l = *bucket(b->queue, id); l != NULL; l = l->chain)
		if (strcmp(l->id, id) == 0)
			return l;
	return NULL;
}

static struct live *
live_new(struct broker *b, const struct request_row *row)
{
	struct queue *q = b->queue;
	struct live *l = calloc(1, sizeof(*l)), **head;

	if (l == NULL)
		return NULL;
	snprintf(l->id, sizeof(l->id), "%s", row->id);
	l->loginuid = (uint32_t)row->req->loginuid;
	l->rule = rule_of(b, row->req);
	l->prev = q->last;
	*q->last = l;
	q->last = &l->next;
	head = bucket(q, l->id);
	l->chain = *head;
	*head = l;
	return l;
}

struct live *
queue_attend(struct broker *b, const struct request_row *row)
{
	int64_t now = clock_wall(), due;
	struct live *l;

	if ((l = queue_find_live(b, row->id)) == NULL && (l = live_new(b, row)) == NULL)
		return NULL;
	due = row->state == REQ_ACTIVE ? row->deadline : row->lapses;
	if (l->state != row->state || l->due != due) {
		l->due = due;
		l->due_ms = clock_boot_ms() + (due > now ? due - now : 0) * 1000;
	}
	l->state = row->state;
	l->session = row->holder;
	snprintf(l->extends, sizeof(l->extends), "%s", row->req->parent);
	l->attended = !delivery_stays(row->req->delivery);
	return l;
}

bool
queue_open_in(const struct live *l, int64_t session)
{
	return l->state == REQ_ACTIVE && !l->attended && !l->dead && l->session == session;
}

bool
queue_is_due(const struct live *l)
{
	return l->due <= clock_wall() || l->due_ms <= clock_boot_ms();
}

void
queue_live_free(struct broker *b, struct live *l)
{
	struct live **p = bucket(b->queue, l->id);

	while (*p != l)
		p = &(*p)->chain;
	*p = l->chain;
	*l->prev = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	else
		b->queue->last = l->prev;
	lease_holder_end(b, &b->queue->holders, l->holder);
	free(l->dead_text);
	free(l);
}

static void
serial_add(uint64_t list[WATCHERS_MAX], uint64_t serial)
{
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++)
		if (list[i] == serial)
			return;
	for (i = 0; i < WATCHERS_MAX; i++)
		if (list[i] == 0) {
			list[i] = serial;
			return;
		}
	list[0] = serial;	/* the oldest sees no further news */
}

static bool
serial_drop(uint64_t list[WATCHERS_MAX], uint64_t serial)
{
	bool there = false;
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++)
		if (list[i] == serial) {
			list[i] = 0;
			there = true;
		}
	return there;
}

bool
queue_watched(const struct live *l)
{
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++)
		if (l->watchers[i] != 0)
			return true;
	return false;
}

void
queue_watch(struct live *l, struct conn *c)
{
	c->attends = true;
	serial_add(l->watchers, c->serial);
	l->lost_ms = 0;
}

void
queue_look(struct live *l, struct conn *c)
{
	c->attends = true;
	serial_add(l->lookers, c->serial);
}

bool
queue_unwatch(struct live *l, const struct conn *c)
{
	return serial_drop(l->watchers, c->serial);
}

bool
queue_unlook(struct live *l, const struct conn *c)
{
	return serial_drop(l->lookers, c->serial);
}

static void
tell(struct broker *b, uint64_t list[WATCHERS_MAX], const struct msg_event *ev,
    const struct conn *except)
{
	struct conn *c;
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++) {
		if (list[i] == 0 || (except != NULL && list[i] == except->serial))
			continue;
		if ((c = conn_by_serial(b, list[i])) == NULL)
			list[i] = 0;
		else
			conn_event(c, &event_table, ev);
	}
}

void
queue_tell(struct broker *b, const char *id, const char *what, const char *by, const char *text,
    int64_t needed, const struct conn *except)
{
	struct msg_event ev = { (char *)id, (char *)what, (char *)by, (char *)text, needed };
	struct live *l = queue_find_live(b, id);

	if (l != NULL)
		tell(b, l->watchers, &ev, except);
}

void
queue_tell_lookers(struct broker *b, const char *id, const char *what, const char *by,
    const char *text, int64_t needed, const struct conn *except)
{
	struct msg_event ev = { (char *)id, (char *)what, (char *)by, (char *)text, needed };
	struct live *l = queue_find_live(b, id);

	if (l != NULL)
		tell(b, l->lookers, &ev, except);
}
