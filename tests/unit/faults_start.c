/*
 * faults_start.c - what a daemon asks the system for when it starts, failing on
 * demand; see faults.h.  event_new() and event_base_dispatch() are start_world.c's.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <event2/event.h>
#include <pwd.h>
#include <unistd.h>

#include "faults.h"

FRONT(FAULT_SYSTEM, int, -1, bind, (int fd, const struct sockaddr *a, socklen_t n),
    (fd, a, n))
FRONT(FAULT_SYSTEM, int, -1, listen, (int fd, int backlog), (fd, backlog))
FRONT(FAULT_SYSTEM, int, -1, setsockopt,
    (int fd, int level, int name, const void *value, socklen_t n), (fd, level, name, value, n))
FRONT(FAULT_SYSTEM, int, -1, chmod, (const char *path, mode_t mode), (path, mode))
FRONT(FAULT_SYSTEM, int, -1, lstat, (const char *path, struct stat *st), (path, st))
FRONT(FAULT_SYSTEM, int, -1, stat, (const char *path, struct stat *st), (path, st))
FRONT(FAULT_SYSTEM, int, -1, unlink, (const char *path), (path))
FRONT(FAULT_SYSTEM, int, -1, flock, (int fd, int how), (fd, how))
FRONT(FAULT_SYSTEM, int, -1, getrlimit, (__rlimit_resource_t what, struct rlimit *l),
    (what, l))
FRONT(FAULT_SYSTEM, int, -1, setrlimit, (__rlimit_resource_t what, const struct rlimit *l),
    (what, l))
FRONT(FAULT_SYSTEM, pid_t, -1, fork, (void), ())
FRONT(FAULT_SYSTEM, struct passwd *, NULL, getpwnam, (const char *name), (name))
FRONT(FAULT_EVENT, struct event_base *, NULL, event_base_new, (void), ())
FRONT(FAULT_EVENT, int, -1, event_add, (struct event *ev, const struct timeval *tv),
    (ev, tv))
FRONT(FAULT_EVENT, int, -1, evutil_make_socket_nonblocking, (evutil_socket_t fd), (fd))
