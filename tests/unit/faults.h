/*
 * faults.h - calls that fail on demand: memory, files, sockets, SQLite.
 *
 * The linker puts the functions of faults.c and faults_sql.c in front of those
 * of the C library and of SQLite for all of our own objects (faults_wraps and
 * faults_record_wraps in tests/local.am).  What a library does for itself is not
 * reached, but for jansson and, once keys_wipe_everywhere() was called, libevent and
 * libcrypto: their memory is ours.
 *
 * Only calls of the thread that armed them fail.
 */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>

enum fault_kind {
	FAULT_MEMORY,		/* ENOMEM */
	FAULT_JSON,		/* the same, for jansson after faults_json() */
	FAULT_FILE,		/* opening, reading, writing, fsync: ENOSPC */
	FAULT_SOCKET,		/* making, sending, receiving, pipes: ENOBUFS */
	FAULT_SQL,		/* SQLITE_FULL */
	FAULT_SYSTEM,		/* what a daemon asks for once, when it starts: EPERM */
	FAULT_EVENT,		/* libevent's objects: no memory for them */
	FAULT_CURL,		/* libcurl's */
	FAULT_SPAWN,		/* posix_spawn(3) and what goes before: EAGAIN */
	FAULT_KINDS
};
extern const char *const fault_names[FAULT_KINDS];

/* From the nth call of this kind (1 = the next) on: that one fails, or it and all later ones. */
void faults_arm(enum fault_kind, int nth, bool lasting);
/* Nothing fails any more.  False: there were fewer calls, so none has failed. */
bool faults_disarm(void);
/* What a test does for itself in between neither fails nor counts; these nest. */
void faults_hold(void);
void faults_release(void);

/* For the functions put in front: is this call to fail?  Sets errno. */
bool faults_hit(enum fault_kind);
/* A function put in front that fails by returning `failed`. */
#define FRONT(kind, type, failed, name, params, args)		\
	type __real_##name params;				\
	type __wrap_##name params;				\
	type							\
	__wrap_##name params					\
	{							\
		return faults_hit(kind) ? (failed) : __real_##name args; \
	}

/* And for one that asks others for memory: the next one gets none. */
void faults_no_memory(void);

/*
 * From here on jansson's memory is a kind of its own: it asks for a hundred times
 * as many pieces as we do.  Once our own codec has been used, for that sets it, too.
 */
void faults_json(void);

/* Does it end by abort(3)?  Runs in a child. */
bool faults_aborts(void (*run)(void));

/* How many descriptors this process has open. */
int faults_descriptors(void);

#endif
