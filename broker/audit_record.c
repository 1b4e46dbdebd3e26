/*
 * audit_record.c - the text of an audit record: one line of ASCII JSON with
 * sorted keys, whatever people typed (A3).
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_private.h"
#include "s3jit/clock.h"
#include "s3jit/escape.h"

/*
 * A value is cut beyond VALUE_MAX bytes, with a mark; where all of them
 * together are too much for one record, beyond VALUE_TIGHT.  The whole text is
 * in the request, which the digest names.
 */
#define VALUE_MAX	2048
#define VALUE_TIGHT	256
/* And where that is not enough, only so many of a list; a page of the log holds any record. */
#define LIST_TIGHT	24
#define RECORD_MAX	(32 * 1024)

static json_t *
value(const char *text, size_t max)
{
	char *cut = NULL, *safe;
	json_t *j;

	if (strlen(text) > max) {
		if ((cut = escape_cut(text, max)) == NULL)
			return NULL;
		text = cut;
	}
	if ((j = json_string(text)) == NULL && (safe = escape_to_utf8(text)) != NULL) {
		j = json_string(safe);	/* it was not UTF-8 */
		free(safe);
	}
	free(cut);
	return j;
}

static json_t *
values(const struct strv *texts, size_t max, size_t most)
{
	size_t n = texts->n < most ? texts->n : most, i;
	json_t *array = json_array();
	char more[48];
	int ret = 0;

	for (i = 0; ret == 0 && i < n; i++)
		ret = json_array_append_new(array, value(texts->v[i], max));
	snprintf(more, sizeof(more), "[... %zu more ...]", texts->n - n);
	if (ret == 0 && n < texts->n)
		ret = json_array_append_new(array, json_string(more));
	if (ret == 0)
		return array;
	json_decref(array);
	return NULL;
}

static int
set_text(json_t *o, const char *name, const char *text, size_t max)
{
	return text == NULL || text[0] == '\0' ? 0 :
	    json_object_set_new(o, name, value(text, max));
}

static int
set_pairs(json_t *o, size_t max, size_t most, va_list ap)
{
	const struct strv *texts;
	const char *name;
	int ret = 0;

	while (ret == 0 && (name = va_arg(ap, const char *)) != NULL) {
		if (name[0] == '#')
			ret = json_object_set_new(o, name + 1, json_integer(va_arg(ap, int64_t)));
		else if (name[0] == '*') {
			if ((texts = va_arg(ap, const struct strv *)) != NULL)
				ret = json_object_set_new(o, name + 1, values(texts, max, most));
		} else
			ret = set_text(o, name, va_arg(ap, const char *), max);
	}
	return ret;
}

/* jansson leaves DEL as it is; a terminal does not. */
static char *
without_del(char *line)
{
	char *out = line == NULL ? NULL : escape_json(line);

	free(line);
	return out;
}

static char *
build(const struct audit *a, int64_t wall, const char *event, const char *id, const char *text,
    size_t max, size_t most, va_list ap)
{
	json_t *o = json_object();
	char time[CLOCK_TEXT], *line = NULL;

	if (o != NULL && json_object_set_new(o, "event", json_string(event)) == 0 &&
	    json_object_set_new(o, "time", json_string(clock_iso(time, wall))) == 0 &&
	    json_object_set_new(o, "boot_ms", json_integer(clock_boot_ms())) == 0 &&
	    set_text(o, "host", a->host, max) == 0 && set_text(o, "boot", a->boot_id, max) == 0 &&
	    set_text(o, "config", a->config_hash, max) == 0 && set_text(o, "id", id, max) == 0 &&
	    set_text(o, "text", text, max) == 0 && set_pairs(o, max, most, ap) == 0)
		line = without_del(json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENSURE_ASCII));
	json_decref(o);
	return line;
}

char *
audit_record(const struct audit *a, int64_t wall, const char *event, const char *id,
    const char *text, va_list ap)
{
	static const struct {
		size_t max, most;
	} limits[] = { { VALUE_MAX, SIZE_MAX }, { VALUE_TIGHT, SIZE_MAX }, { VALUE_TIGHT, LIST_TIGHT } };
	char *line = NULL;
	va_list again;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		free(line);
		va_copy(again, ap);
		line = build(a, wall, event, id, text, limits[i].max, limits[i].most, again);
		va_end(again);
		if (line == NULL || strlen(line) <= RECORD_MAX)
			break;
	}
	return line;
}
