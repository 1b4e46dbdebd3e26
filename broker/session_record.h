/*
 * session_record.h - the beginning and the end of a login, on record.
 */
#ifndef BROKER_SESSION_RECORD_H
#define BROKER_SESSION_RECORD_H

#include "session.h"

/*
 * Write what the record lacks of this session, each with its audit row;
 * s->owed says whether something is still missing.
 */
int session_record(struct session *, struct s3jit_err *);

#endif
