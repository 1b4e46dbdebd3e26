/*
 * faults_event.c - libevent's calls that fail on demand; see faults.h.
 *
 * event_add() is not here: where a test has a front of its own for it, that asks
 * faults_hit(), too.
 */
#include "config.h"

#include <event2/event.h>

#include "faults.h"

struct event *__real_event_new(struct event_base *, evutil_socket_t, short, event_callback_fn,
    void *);
struct event *__wrap_event_new(struct event_base *, evutil_socket_t, short, event_callback_fn,
    void *);
int __real_event_base_once(struct event_base *, evutil_socket_t, short, event_callback_fn, void *,
    const struct timeval *);
int __wrap_event_base_once(struct event_base *, evutil_socket_t, short, event_callback_fn, void *,
    const struct timeval *);

struct event *
__wrap_event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn run,
    void *arg)
{
	return faults_hit(FAULT_EVENT) ? NULL : __real_event_new(base, fd, what, run, arg);
}

int
__wrap_event_base_once(struct event_base *base, evutil_socket_t fd, short what,
    event_callback_fn run, void *arg, const struct timeval *tv)
{
	return faults_hit(FAULT_EVENT) ? -1 : __real_event_base_once(base, fd, what, run, arg, tv);
}
