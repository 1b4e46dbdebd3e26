/*
 * race_world.c - see race_world.h.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "race_world.h"

const uint32_t racer_uid[RACERS] = { UID_ALICE, UID_ALICE, UID_BOB, UID_CAROL, UID_DAVE, UID_DAVE };
struct session *racer_login[RACERS];
struct fake_conn *racer[RACERS];

static uint32_t next_session;

static void
log_in(int i)
{
	char key[32];

	snprintf(key, sizeof(key), "key-%u", racer_uid[i]);
	racer_login[i] = fake_login(racer_uid[i], next_session++, key);
	racer[i] = fake_connect(racer_login[i]);
}

void
race_begin(void (*judge)(const char *request))
{
	int i;

	fake_start();
	next_session = 100;
	fake.signer.on_lease = judge;
	for (i = 0; i < RACERS; i++)
		log_in(i);
}

int
race_end(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

void
race_relogin(int i)
{
	fake_logout(racer_login[i]);
	fake_disconnect(racer[i]);
	fake_forget_login(racer_login[i]);
	log_in(i);
}

void
race_restart(void)
{
	int i;

	fake_restart();
	for (i = 0; i < RACERS; i++)
		racer[i] = fake_connect(racer_login[i]);
}

static bool
has_event(const char *record, const char *const *events)
{
	char wanted[64];

	for (; *events != NULL; events++) {
		snprintf(wanted, sizeof(wanted), "\"event\":\"%s\"", *events);
		if (strstr(record, wanted) != NULL)
			return true;
	}
	return false;
}

int
race_records(const char *id, const char *const *events)
{
	struct s3jit_err err = { 0 };
	struct list rows = { 0 };
	int n = 0;
	size_t i;

	if (store_audit_page(fake.b.store, &rows, 0, 500, id, 0, 0, &err) == -1)
		return -1;
	for (i = 0; i < rows.n; i++)
		n += has_event(((struct audit_row *)rows.v)[i].record, events);
	store_rows_clear(&rows, &audit_row_table);
	return n;
}

int
race_record(const char *id, const char *event)
{
	const char *const events[] = { event, NULL };

	return race_records(id, events);
}
