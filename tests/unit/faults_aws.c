/*
 * faults_aws.c - see faults_aws.h.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <malloc.h>
#include <spawn.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "faults_aws.h"

struct curl_slist *faults_curl_to;
const char *const *faults_marks;

/* --- reading and mapping ------------------------------------------------------ */

ssize_t __read_chk(int, void *, size_t, size_t);

FRONT(FAULT_MEMORY, void *, MAP_FAILED, mmap,
    (void *p, size_t n, int prot, int how, int fd, off_t at), (p, n, prot, how, fd, at))
FRONT(FAULT_FILE, ssize_t, -1, read, (int fd, void *p, size_t n), (fd, p, n))
FRONT(FAULT_FILE, ssize_t, -1, __read_chk, (int fd, void *p, size_t n, size_t size),
    (fd, p, n, size))
FRONT(FAULT_FILE, int, -1, access, (const char *path, int mode), (path, mode))

/* --- sockets --------------------------------------------------------------------- */

FRONT(FAULT_SOCKET, int, -1, getsockopt, (int fd, int level, int name, void *p, socklen_t *n),
    (fd, level, name, p, n))

/* --- processes: these return what is wrong ------------------------------------- */

FRONT(FAULT_SPAWN, int, errno, posix_spawn_file_actions_init, (posix_spawn_file_actions_t *f), (f))
FRONT(FAULT_SPAWN, int, errno, posix_spawn_file_actions_addopen,
    (posix_spawn_file_actions_t *f, int fd, const char *path, int flags, mode_t mode),
    (f, fd, path, flags, mode))
FRONT(FAULT_SPAWN, int, errno, posix_spawn_file_actions_adddup2,
    (posix_spawn_file_actions_t *f, int from, int to), (f, from, to))
FRONT(FAULT_SPAWN, int, errno, posix_spawnattr_init, (posix_spawnattr_t *a), (a))
FRONT(FAULT_SPAWN, int, errno, posix_spawnattr_setflags, (posix_spawnattr_t *a, short flags),
    (a, flags))
FRONT(FAULT_SPAWN, int, errno, posix_spawn,
    (pid_t *pid, const char *path, const posix_spawn_file_actions_t *f, const posix_spawnattr_t *a,
    char *const argv[], char *const env[]), (pid, path, f, a, argv, env))

/* --- libevent -------------------------------------------------------------------- */

FRONT(FAULT_EVENT, struct bufferevent *, NULL, bufferevent_socket_new,
    (struct event_base *b, evutil_socket_t fd, int how), (b, fd, how))
FRONT(FAULT_EVENT, int, -1, bufferevent_enable, (struct bufferevent *b, short what), (b, what))
FRONT(FAULT_EVENT, int, -1, evbuffer_add, (struct evbuffer *b, const void *p, size_t n), (b, p, n))

int __real_event_add(struct event *, const struct timeval *);
int __wrap_event_add(struct event *, const struct timeval *);

/* Waits of less than a second are cut short: before another try, for a process's end. */
int
__wrap_event_add(struct event *ev, const struct timeval *tv)
{
	static const struct timeval soon = { .tv_usec = 1000 };

	if (faults_hit(FAULT_EVENT))
		return -1;
	return __real_event_add(ev, tv != NULL && tv->tv_sec == 0 && tv->tv_usec > 1000 ? &soon : tv);
}

/* --- libcurl --------------------------------------------------------------------- */

FRONT(FAULT_CURL, struct curl_slist *, NULL, curl_slist_append,
    (struct curl_slist *l, const char *s), (l, s))
FRONT(FAULT_CURL, CURLM *, NULL, curl_multi_init, (void), ())
FRONT(FAULT_CURL, CURLMcode, CURLM_OUT_OF_MEMORY, curl_multi_add_handle, (CURLM *m, CURL *c),
    (m, c))
FRONT(FAULT_CURL, CURLMcode, CURLM_OUT_OF_MEMORY, curl_multi_assign,
    (CURLM *m, curl_socket_t fd, void *p), (m, fd, p))
FRONT(FAULT_CURL, CURLMcode, CURLM_OUT_OF_MEMORY, curl_multi_socket_action,
    (CURLM *m, curl_socket_t fd, int mask, int *running), (m, fd, mask, running))

CURLcode __real_curl_global_init_mem(long, curl_malloc_callback, curl_free_callback,
    curl_realloc_callback, curl_strdup_callback, curl_calloc_callback);
CURLcode __wrap_curl_global_init_mem(long, curl_malloc_callback, curl_free_callback,
    curl_realloc_callback, curl_strdup_callback, curl_calloc_callback);
CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);
CURLcode __real_curl_easy_setopt(CURL *, CURLoption, ...);
CURLcode __wrap_curl_easy_setopt(CURL *, CURLoption, ...);
CURLMcode __real_curl_multi_setopt(CURLM *, CURLMoption, ...);
CURLMcode __wrap_curl_multi_setopt(CURLM *, CURLMoption, ...);

/*
 * libcurl's own memory does not fail: what its functions return does, and 7.88 divides by
 * zero when it lacks some in the middle of a transfer.
 */
static curl_malloc_callback curl_malloc;
static curl_realloc_callback curl_realloc;
static curl_strdup_callback curl_strdup;
static curl_calloc_callback curl_calloc;

#define HELD(name, params, args)	\
	static void *			\
	held_##name params		\
	{				\
		void *p;		\
					\
		faults_hold();		\
		p = curl_##name args;	\
		faults_release();	\
		return p;		\
	}

HELD(malloc, (size_t n), (n))
HELD(realloc, (void *old, size_t n), (old, n))
HELD(calloc, (size_t n, size_t size), (n, size))

static char *
held_strdup(const char *s)
{
	char *p;

	faults_hold();
	p = curl_strdup(s);
	faults_release();
	return p;
}

CURLcode
__wrap_curl_global_init_mem(long flags, curl_malloc_callback m, curl_free_callback f,
    curl_realloc_callback r, curl_strdup_callback s, curl_calloc_callback c)
{
	curl_malloc = m;
	curl_realloc = r;
	curl_strdup = s;
	curl_calloc = c;
	return faults_hit(FAULT_CURL) ? CURLE_OUT_OF_MEMORY :
	    __real_curl_global_init_mem(flags, held_malloc, f, held_realloc, held_strdup, held_calloc);
}

CURL *
__wrap_curl_easy_init(void)
{
	CURL *c = faults_hit(FAULT_CURL) ? NULL : __real_curl_easy_init();

	faults_hold();
	if (c != NULL && faults_curl_to != NULL)
		(void)__real_curl_easy_setopt(c, CURLOPT_CONNECT_TO, faults_curl_to);
	faults_release();
	return c;
}

/* An option's number says what it takes: a long, or a pointer of some kind. */
CURLcode
__wrap_curl_easy_setopt(CURL *c, CURLoption option, ...)
{
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	va_list ap;

	if (faults_hit(FAULT_CURL))
		return rc;
	va_start(ap, option);
	if (option < CURLOPTTYPE_OBJECTPOINT)
		rc = __real_curl_easy_setopt(c, option, va_arg(ap, long));
	else
		rc = __real_curl_easy_setopt(c, option, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

CURLMcode
__wrap_curl_multi_setopt(CURLM *m, CURLMoption option, ...)
{
	CURLMcode rc = CURLM_OUT_OF_MEMORY;
	va_list ap;

	if (faults_hit(FAULT_CURL))
		return rc;
	va_start(ap, option);
	if ((int)option < CURLOPTTYPE_OBJECTPOINT)
		rc = __real_curl_multi_setopt(m, option, va_arg(ap, long));
	else
		rc = __real_curl_multi_setopt(m, option, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

/* --- what is freed ------------------------------------------------------------------ */

static const char *unwiped;

static void
look_at(const void *p, size_t n)
{
	size_t i;

	for (i = 0; p != NULL && faults_marks != NULL && faults_marks[i] != NULL; i++)
		if (unwiped == NULL && memmem(p, n, faults_marks[i], strlen(faults_marks[i])) != NULL)
			unwiped = faults_marks[i];
}

const char *
faults_unwiped(void)
{
	const char *found = unwiped;

	unwiped = NULL;
	return found;
}

void __real_free(void *);
void __wrap_free(void *);
int __real_munmap(void *, size_t);
int __wrap_munmap(void *, size_t);

void
__wrap_free(void *p)
{
	look_at(p, malloc_usable_size(p));
	__real_free(p);
}

int
__wrap_munmap(void *p, size_t n)
{
	look_at(p, n);
	return __real_munmap(p, n);
}
