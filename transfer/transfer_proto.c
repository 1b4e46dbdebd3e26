/*
 * transfer_proto.c - the tables of the messages between s3-sudo-client and
 * transfer; include/s3jit/transfer_proto.h says what they mean.
 *
 * Linked into both.
 */
#include <stddef.h>

#include "s3jit/transfer_proto.h"

#define END { NULL, F_STR, 0, 0, false, NULL }
#define TEXT 8192			/* of a sentence */
#define WORD 64
#define PARTS 10000			/* S3's limit for one upload */

#define F(struct_, name, type, max, optional, sub) \
	{ #name, type, offsetof(struct struct_, name), max, optional, sub }

static const struct field object_fields[] = {
	F(transfer_object, bucket, F_STR, 63, false, NULL),
	F(transfer_object, key, F_STR, 1024, false, NULL),
	F(transfer_object, fd, F_INT, 0, false, NULL),
	F(transfer_object, size, F_INT, 0, true, NULL),
	F(transfer_object, part_size, F_INT, 0, true, NULL),
	F(transfer_object, parts, F_STRV, PARTS, true, NULL),
	F(transfer_object, headers, F_LIST, 16, true, &name_value_table),
	END
};
const struct table transfer_object_table = {
	"transfer_object", sizeof(struct transfer_object), object_fields
};

static const struct field start_fields[] = {
	F(transfer_start, version, F_INT, 0, false, NULL),
	F(transfer_start, operation, F_STR, WORD, false, NULL),
	F(transfer_start, ca_file, F_STR, 4096, false, NULL),
	F(transfer_start, slots, F_INT, 0, false, NULL),
	F(transfer_start, delimiter, F_STR, 1, true, NULL),
	F(transfer_start, objects, F_LIST, TRANSFER_OBJECTS, false, &transfer_object_table),
	END
};
const struct table transfer_start_table = {
	"start", sizeof(struct transfer_start), start_fields
};

static const struct field sign_error_fields[] = {
	F(transfer_sign_error, slot, F_INT, 0, false, NULL),
	F(transfer_sign_error, code, F_STR, WORD, false, NULL),
	F(transfer_sign_error, text, F_STR, TEXT, false, NULL),
	F(transfer_sign_error, hint, F_STR, TEXT, true, NULL),
	END
};
const struct table transfer_sign_error_table = {
	"sign_error", sizeof(struct transfer_sign_error), sign_error_fields
};

static const struct field stop_fields[] = {
	F(transfer_stop, why, F_STR, TEXT, false, NULL),
	F(transfer_stop, code, F_STR, WORD, false, NULL),
	END
};
const struct table transfer_stop_table = {
	"stop", sizeof(struct transfer_stop), stop_fields
};

static const struct field progress_fields[] = {
	F(transfer_progress, done, F_INT, 0, false, NULL),
	F(transfer_progress, total, F_INT, 0, false, NULL),
	END
};
const struct table transfer_progress_table = {
	"progress", sizeof(struct transfer_progress), progress_fields
};

static const struct field object_done_fields[] = {
	F(transfer_object_done, index, F_INT, 0, false, NULL),
	F(transfer_object_done, etag, F_STR, 256, false, NULL),
	F(transfer_object_done, status, F_INT, 0, false, NULL),
	F(transfer_object_done, bytes, F_INT, 0, false, NULL),
	END
};
const struct table transfer_object_done_table = {
	"object_done", sizeof(struct transfer_object_done), object_done_fields
};

static const struct field entry_fields[] = {
	F(transfer_entry, index, F_INT, 0, false, NULL),
	F(transfer_entry, key, F_STR, 8192, false, NULL),
	F(transfer_entry, prefix, F_BOOL, 0, false, NULL),
	F(transfer_entry, size, F_INT, 0, false, NULL),
	F(transfer_entry, modified, F_STR, WORD, false, NULL),
	END
};
const struct table transfer_entry_table = {
	"entry", sizeof(struct transfer_entry), entry_fields
};

static const struct field finished_fields[] = {
	F(transfer_finished, ok, F_BOOL, 0, false, NULL),
	F(transfer_finished, code, F_STR, WORD, false, NULL),
	F(transfer_finished, text, F_STR, TEXT, false, NULL),
	F(transfer_finished, hint, F_STR, TEXT, false, NULL),
	F(transfer_finished, index, F_INT, 0, false, NULL),
	F(transfer_finished, aws_code, F_STR, WORD, false, NULL),
	F(transfer_finished, status, F_INT, 0, false, NULL),
	F(transfer_finished, objects, F_INT, 0, false, NULL),
	END
};
const struct table transfer_finished_table = {
	"finished", sizeof(struct transfer_finished), finished_fields
};

const struct table *const transfer_tables[] = {
	&transfer_object_table, &transfer_start_table, &transfer_sign_error_table,
	&transfer_stop_table, &transfer_progress_table, &transfer_object_done_table,
	&transfer_entry_table, &transfer_finished_table, NULL
};
