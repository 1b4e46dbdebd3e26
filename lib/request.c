/*
 * request.c - the request as a table, its digest and id, the multipart plan.
 *
 * Linked into the broker, s3-approve and s3-sudo-client: all three must come
 * to the same digest, so nothing here depends on who asks.
 */
#include "config.h"

#include <string.h>

#include "s3jit/request.h"
#include "table.h"

#define MIB		(INT64_C(1024) * 1024)
#define SINGLE_MAX	(16 * MIB)
#define PART_MIN	(8 * MIB)
#define PART_MAX	(5 * 1024 * MIB)
#define PARTS_WANTED	1000

static const struct field object_fields[] = {
	STR(struct object, verb, 64),
	STR(struct object, bucket, 64),
	STR(struct object, key, MAX_KEY),
	STR(struct object, name, MAX_PATH),
	INT(struct object, size),
	INT(struct object, part_size),
	STRV(struct object, parts, MAX_PARTS),
	STR(struct object, sha256, 64),
	END
};
const struct table object_table = { "object", sizeof(struct object), object_fields };

static const struct field request_fields[] = {
	INT(struct request, version),
	STR(struct request, nonce, MAX_ID),
	STR(struct request, host, MAX_NAME),
	STR(struct request, boot_id, MAX_ID),
	INT(struct request, loginuid),
	STR(struct request, person, MAX_NAME),
	INT(struct request, ruid),
	STR(struct request, ruser, MAX_NAME),
	INT(struct request, sessionid),
	STR(struct request, origin, MAX_NAME),
	STRV(struct request, argv, MAX_ARGV),
	STR(struct request, cwd, MAX_PATH),
	STR(struct request, reason, MAX_TEXT),
	STRV(struct request, scope, SCOPE_MAX),
	LIST(struct request, objects, MAX_OBJECTS, &object_table),
	STR(struct request, role, MAX_ARN),
	INT(struct request, ttl),
	STR(struct request, delivery, MAX_ID),
	STRV(struct request, quorum, MAX_QUORUM),
	STR(struct request, rule, MAX_NAME),
	STR(struct request, rule_hash, 64),
	OPT_STR(struct request, parent, MAX_ID),
	INT(struct request, created),
	END
};
const struct table request_table = { "request", sizeof(struct request), request_fields };

static const struct {
	const char *name;
	bool stays, handed;
} deliveries[] = {
	{ DELIVERY_SIGNED, false, false },
	{ DELIVERY_COMMAND, false, true },
	{ DELIVERY_SESSION, true, false },
	{ DELIVERY_SHELL, true, true },
};
#define DELIVERIES (sizeof(deliveries) / sizeof(deliveries[0]))

static size_t
delivery_find(const char *name)
{
	size_t i;

	for (i = 0; i < DELIVERIES && strcmp(deliveries[i].name, name) != 0; i++)
		;
	return i;
}

bool
delivery_known(const char *name)
{
	return delivery_find(name) < DELIVERIES;
}

bool
delivery_stays(const char *name)
{
	size_t i = delivery_find(name);

	return i < DELIVERIES && deliveries[i].stays;
}

bool
delivery_handed(const char *name)
{
	size_t i = delivery_find(name);

	return i < DELIVERIES && deliveries[i].handed;
}

int
request_id_ok(const char *typed)
{
	size_t len = strlen(typed);

	return len >= REQUEST_ID_TYPED && len < REQUEST_ID &&
	    strspn(typed, "klmnopqrstuvwxyz") == len;
}

int64_t
object_part_size(int64_t size)
{
	int64_t part;

	if (size <= SINGLE_MAX)
		return size;
	part = size / PARTS_WANTED / MIB * MIB;
	if (part < PART_MIN)
		part = PART_MIN;
	if (part * PARTS_WANTED < size)
		part += MIB;
	return part > PART_MAX ? PART_MAX : part;
}

int64_t
object_parts(int64_t size, int64_t part_size)
{
	if (size <= part_size || part_size <= 0)
		return 1;
	return (size - 1) / part_size + 1;
}
