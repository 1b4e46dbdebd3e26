/*
 * handlers.c - who may send which message.  The whole table is here; what a
 * column means is tested in dispatch.c.
 */
#include "config.h"

#include "handlers.h"

const struct handler handlers[] = {
	/* message		who may			also look up	   handler */
	{ &check_table,		PEER_SESSION,		needs_everyone,	   on_check },
	{ &rules_table,		PEER_SESSION,		needs_everyone,	   on_rules },
	{ &ask_table,		PEER_SESSION,		needs_ask,	   on_ask },
	{ &resume_table,	PEER_SESSION,		needs_everyone,	   on_resume },
	{ &withdraw_table,	PEER_SESSION,		NULL,		   on_withdraw },
	{ &status_table,	PEER_SESSION,		NULL,		   on_status },
	{ &claim_table,		PEER_SESSION,		needs_claim,	   on_claim },
	{ &sign_table,		PEER_SESSION,		NULL,		   on_sign },
	{ &end_table,		PEER_SESSION,		NULL,		   on_end },
	{ &close_table,		PEER_SESSION,		NULL,		   on_close },
	{ &get_credentials_table, PEER_PERSON,		NULL,		   on_get_credentials },
	{ &want_reauth_table,	PEER_PERSON,		NULL,		   on_want_reauth },
	{ &list_table,		PEER_PERSON,		NULL,		   on_list },
	{ &show_table,		PEER_PERSON,		needs_show,	   on_show },
	{ &vote_table,		PEER_PERSON_ON_TTY,	needs_vote,	   on_vote },
	{ &revoke_table,	PEER_PERSON,		NULL,		   on_revoke },
	{ &log_table,		PEER_AUDITOR,		NULL,		   on_log },
	{ NULL,			PEER_SESSION,		NULL,		   NULL }
};
