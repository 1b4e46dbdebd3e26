/*
 * store_table.h - shorthand for the tables of the record's rows.
 */
#ifndef BROKER_STORE_TABLE_H
#define BROKER_STORE_TABLE_H

#include <stddef.h>

#include "s3jit/codec.h"

/* No limits here: what comes from people was limited when it was read. */
#define COL_TEXT(s, m)	{ #m, F_STR, offsetof(s, m), CODEC_STR_MAX, false, NULL }
#define COL_INT(s, m)	{ #m, F_INT, offsetof(s, m), 0, false, NULL }
#define COL_OBJ(s, m, t) { #m, F_OBJ, offsetof(s, m), 0, true, t }
#define COL_END		{ NULL, F_STR, 0, 0, false, NULL }

#endif
