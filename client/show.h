/*
 * show.h - what people read before they ask or decide.  Each function renders
 * into a buffer and nothing else: what it is given decides every byte.
 *
 * All text that people or S3 supplied is escaped and quoted here; permissions
 * come first, the requester's words last and labelled (Q12, Q13).
 */
#ifndef CLIENT_SHOW_H
#define CLIENT_SHOW_H

#include "s3jit/proto.h"
#include "ui.h"

/*
 * A scope, one resource a line with its verbs: "put, delete  s3://b/x/
 * (everything below)".  The first line has `label` in its `indent` columns.
 */
void show_scope(FILE *, const struct ui *, const struct strv *scope, const char *label,
    int indent, int column);

/* Does it change nothing?  Most logins may do that much without asking. */
bool show_only_reads(const struct strv *scope);

/* "put, delete s3://b/x/, get s3://c/": a scope on one line.  Caller frees. */
char *show_scope_line(const struct strv *scope, size_t max);

/* "1 of group:leads and 1 of group:ops"; "nobody needs to sign off".  Caller frees. */
char *show_quorum(const struct strv *quorum);

/* Where the keys of this delivery live; `person` NULL speaks to the requester. */
void show_keys(char *buf, size_t size, const char *delivery, const char *person);

/* What s3-sudo prints before it asks why.  Caller frees; NULL without memory. */
char *show_ask(const struct ui *, const struct msg_checked *, const struct list *objects);

/*
 * What the approver decides on.  `detail` adds what a screen has no room for:
 * every object, the role, the whole digest.  Caller frees.
 */
char *show_request(const struct ui *, const struct msg_shown *, bool detail);

/*
 * What becomes of keys that were handed out before it ended: "No keys are
 * out." or "Keys already handed out: ...".  Caller frees; NULL without memory.
 */
char *show_keys_out(const struct msg_closed *);

/* "kmxqrtvz  open  put s3://b/x/  18m left": one line of status or list.  Caller frees. */
char *show_summary(const struct ui *, const struct summary *, bool with_person);

/* "1 of 2 · kmxqrtvz · waits 0:41".  place 0 leaves "1 of 2" out. */
void show_title(char *buf, size_t size, const struct ui *, const struct msg_shown *,
    size_t place, size_t total);

/* The list of `s3-sudo -l`.  Caller frees. */
char *show_rules(const struct ui *, const struct msg_rules_answer *);

#endif
