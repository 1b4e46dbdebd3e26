/*
 * transfer_proto.h - what s3-sudo-client and transfer say to each other on
 * descriptor 3 of transfer, a Unix stream socketpair.
 *
 * One frame (wire.h) = one JSON object (codec.h), as everywhere.  transfer
 * does the HTTP and holds no key; the client alone talks to the broker and
 * relays.  The client starts transfer with an empty environment, the socket
 * as descriptor 3 and the local files, opened by the client (H20), as
 * descriptors 4, 5, ...; nothing else is left open but 0, 1, 2.
 *
 *	client -> transfer	start, once and first
 *	transfer -> client	sign, whenever a slot needs a signature
 *	client -> transfer	signed or sign_error: exactly one for each sign;
 *				those of one slot in the order they were asked
 *	client -> transfer	stop, at any time: no new objects; running ones
 *				are cut, begun multipart uploads are removed as
 *				far as signatures for that still come (10 s)
 *	transfer -> client	progress, object_done, entry
 *	transfer -> client	finished, once and last; then transfer exits
 *
 * `sign` is struct msg_sign of proto.h with an empty id: the client writes
 * the id of the grant and passes it on.  `signed` is struct msg_signed,
 * passed on as it came from the broker.
 *
 * The first failure ends the whole run: what was written before has its
 * object_done, a sign may stay unanswered.  transfer ignores SIGINT, SIGQUIT
 * and SIGHUP, so that Ctrl-C reaches it as `stop`.  When descriptor 3 closes
 * it exits at once.  Exit status: 0 when `finished` was sent (whatever it
 * says), otherwise 1.
 */
#ifndef S3JIT_TRANSFER_PROTO_H
#define S3JIT_TRANSFER_PROTO_H

#include "codec.h"
#include "proto.h"

#define TRANSFER_PROGRAM	LIBEXECDIR "/transfer"
#define TRANSFER_FD		3	/* the socket, in transfer */
#define TRANSFER_FIRST_FILE	4	/* the first local file, in transfer */
#define TRANSFER_SLOTS		8	/* requests side by side at most (W13) */
#define TRANSFER_OBJECTS	1000	/* of one start at most, as of an ask */

/* What transfer can do: the words of transfer_start.operation. */
#define TRANSFER_PUT		"put"	/* each object: fd -> bucket/key */
#define TRANSFER_GET		"get"	/* each object: bucket/key -> fd */
#define TRANSFER_DELETE		"delete" /* each object: DELETE bucket/key */
#define TRANSFER_LIST		"list"	/* each object: names below the prefix `key` */

/*
 * One object.  put: size, part_size and parts as in struct object (request.h),
 * i.e. as approved; size = part_size means a single PUT, otherwise multipart.
 * fd is a regular file, read with pread from offset 0, also when several
 * objects share it.  get: fd is written from where it stands (a file is set
 * back to there for a second try; a pipe gets none after its first byte); size
 * is what to expect, for the progress bar, or 0.  delete, list: fd is -1; a
 * list's key is the prefix and may be "".
 */
struct transfer_object {
	char *bucket;
	char *key;
	int64_t fd;
	int64_t size;
	int64_t part_size;
	struct strv parts;	/* SHA-256 of each part, hex, lower case */
	struct list headers;	/* of name_value, lower-case names: sent with the request
				   that creates the object (content-type); the broker
				   decides whether it signs them */
};

struct transfer_start {
	int64_t version;	/* WIRE_VERSION */
	char *operation;	/* TRANSFER_* */
	char *ca_file;		/* of the grant: the only CA trusted; "" = the system's */
	char *https_proxy;	/* of the grant: the only proxy asked; "" = none */
	int64_t slots;		/* 1-TRANSFER_SLOTS */
	char *delimiter;	/* list: "/" = one level; "" = everything below */
	struct list objects;	/* of transfer_object, 1-TRANSFER_OBJECTS */
};

/* Instead of signed: msg_error of the broker, with the slot it is for. */
struct transfer_sign_error {
	int64_t slot;
	char *code;		/* s3jit_code_word(); "busy" is asked again, all else is final */
	char *text;
	char *hint;
};

struct transfer_stop {
	char *why;		/* a sentence that comes back in finished.text */
	char *code;		/* s3jit_code_word() that comes back: "withdrawn", "ended", ... */
};

/* At most ten a second.  done may go back when a part is sent again. */
struct transfer_progress {
	int64_t done;		/* bytes */
	int64_t total;		/* bytes */
};

struct transfer_object_done {
	int64_t index;		/* in transfer_start.objects */
	char *etag;		/* as S3 said it, quotes included; may be "" */
	int64_t status;		/* HTTP */
	int64_t bytes;		/* written to S3 (put) or to the file (get) */
};

/* list: one name; from S3, so untrusted: escape it where it is shown. */
struct transfer_entry {
	int64_t index;		/* of the object that was asked for */
	char *key;		/* the whole, through escape_to_utf8() */
	bool prefix;		/* "below this there is more": key ends with the delimiter */
	int64_t size;
	char *modified;		/* ISO 8601 as S3 said it; "" for a prefix */
};

struct transfer_finished {
	bool ok;
	char *code;		/* s3jit_code_word(); that of S3JIT_OK when ok */
	char *text;		/* a sentence; may quote S3: escape it */
	char *hint;		/* what to do next, or "" */
	int64_t index;		/* the object it is about, or -1 */
	char *aws_code;		/* S3's <Code> ("AccessDenied"), or "" */
	int64_t status;		/* HTTP, or 0 */
	int64_t objects;	/* how many object_done were sent */
};

extern const struct table transfer_object_table, transfer_start_table,
    transfer_sign_error_table, transfer_stop_table, transfer_progress_table,
    transfer_object_done_table, transfer_entry_table, transfer_finished_table;

/* All of them, NULL-terminated: for the test that reads INTERFACES.md. */
extern const struct table *const transfer_tables[];

#endif
