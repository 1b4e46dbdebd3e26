/*
 * faults_event.c - libevent's calls that fail on demand; see faults.h.
 *
 * event_add() is not here: where a test has a front of its own for it, that asks
 * faults_hit(), too.
 */
#include "config.h"

#include <event2/event.h>

#include "faults.h"

FRONT(FAULT_EVENT, struct event *, NULL, event_new,
    (struct event_base *base, evutil_socket_t fd, short what, event_callback_fn run, void *arg),
    (base, fd, what, run, arg))
FRONT(FAULT_EVENT, int, -1, event_base_once,
    (struct event_base *base, evutil_socket_t fd, short what, event_callback_fn run, void *arg,
    const struct timeval *tv), (base, fd, what, run, arg, tv))
