/*
 * transfer_proto.c - the tables of the messages between s3-sudo-client and
 * transfer; include/s3jit/transfer_proto.h says what they mean.
 *
 * Linked into both.
 */
#include "config.h"

#include <stddef.h>

#include "s3jit/transfer_proto.h"
#include "lib/table.h"

#define MAX_HEADERS 16		/* that one object brings along */
#define MAX_SHOWN 8192		/* of a name or sentence with parts of S3's own */

static const struct field object_fields[] = {
	STR(struct transfer_object, bucket, MAX_ID),
	STR(struct transfer_object, key, MAX_KEY),
	INT(struct transfer_object, fd),
	INT(struct transfer_object, size),
	INT(struct transfer_object, part_size),
	STRV(struct transfer_object, parts, MAX_PARTS),
	LIST(struct transfer_object, headers, MAX_HEADERS, &name_value_table),
	END
};
const struct table transfer_object_table = {
	"transfer_object", sizeof(struct transfer_object), object_fields
};

static const struct field start_fields[] = {
	INT(struct transfer_start, version),
	STR(struct transfer_start, operation, MAX_ID),
	STR(struct transfer_start, ca_file, MAX_PATH),
	OPT_STR(struct transfer_start, https_proxy, MAX_PATH),
	INT(struct transfer_start, slots),
	STR(struct transfer_start, delimiter, 1),
	LIST(struct transfer_start, objects, MAX_OBJECTS, &transfer_object_table),
	END
};
const struct table transfer_start_table = {
	"start", sizeof(struct transfer_start), start_fields
};

static const struct field sign_error_fields[] = {
	INT(struct transfer_sign_error, slot),
	STR(struct transfer_sign_error, code, MAX_ID),
	STR(struct transfer_sign_error, text, MAX_TEXT),
	OPT_STR(struct transfer_sign_error, hint, MAX_TEXT),
	END
};
const struct table transfer_sign_error_table = {
	"sign_error", sizeof(struct transfer_sign_error), sign_error_fields
};

static const struct field stop_fields[] = {
	STR(struct transfer_stop, why, MAX_TEXT),
	STR(struct transfer_stop, code, MAX_ID),
	END
};
const struct table transfer_stop_table = {
	"stop", sizeof(struct transfer_stop), stop_fields
};

static const struct field progress_fields[] = {
	INT(struct transfer_progress, done),
	INT(struct transfer_progress, total),
	END
};
const struct table transfer_progress_table = {
	"progress", sizeof(struct transfer_progress), progress_fields
};

static const struct field object_done_fields[] = {
	INT(struct transfer_object_done, index),
	STR(struct transfer_object_done, etag, MAX_NAME),
	INT(struct transfer_object_done, status),
	INT(struct transfer_object_done, bytes),
	END
};
const struct table transfer_object_done_table = {
	"object_done", sizeof(struct transfer_object_done), object_done_fields
};

static const struct field entry_fields[] = {
	INT(struct transfer_entry, index),
	STR(struct transfer_entry, key, MAX_SHOWN),
	BOOL(struct transfer_entry, prefix),
	INT(struct transfer_entry, size),
	STR(struct transfer_entry, modified, MAX_ID),
	END
};
const struct table transfer_entry_table = {
	"entry", sizeof(struct transfer_entry), entry_fields
};

static const struct field finished_fields[] = {
	BOOL(struct transfer_finished, ok),
	STR(struct transfer_finished, code, MAX_ID),
	STR(struct transfer_finished, text, MAX_SHOWN),
	STR(struct transfer_finished, hint, MAX_TEXT),
	INT(struct transfer_finished, index),
	STR(struct transfer_finished, aws_code, MAX_ID),
	INT(struct transfer_finished, status),
	INT(struct transfer_finished, objects),
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
