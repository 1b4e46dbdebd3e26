/*
 * pairs.c - lists of name_value: queries, headers, forms.
 *
 * Linked into s3jitd, s3jit-signer and transfer.  Pure.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/pairs.h"
#include "s3jit/proto.h"

int
pairs_add(struct list *list, const char *name, const char *value)
{
	struct name_value *nv = list_push(list, &name_value_table);

	if (nv == NULL)
		return -1;
	nv->name = strdup(name);
	nv->value = strdup(value);
	return nv->name == NULL || nv->value == NULL ? -1 : 0;
}

const char *
pairs_get(const struct list *list, const char *name)
{
	const struct name_value *nv = list->v;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(nv[i].name, name) == 0)
			return nv[i].value;
	return NULL;
}

void
pairs_clear(struct list *list)
{
	struct name_value *nv = list->v;
	size_t i;

	for (i = 0; i < list->n; i++)
		codec_clear(&name_value_table, &nv[i]);
	free(list->v);
	list->v = NULL;
	list->n = 0;
}
