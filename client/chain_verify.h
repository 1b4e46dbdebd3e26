/*
 * chain_verify.h - is this the record as it was written?  (A2)
 */
#ifndef CLIENT_CHAIN_VERIFY_H
#define CLIENT_CHAIN_VERIFY_H

#include <stdbool.h>
#include <stdio.h>

#include "s3jit/chain.h"
#include "s3jit/proto.h"

struct chain {
	int64_t first, last;	/* sequence numbers seen so far; 0 = none */
	char hash[CHAIN_HEX];	/* of the last one */
	bool part;		/* it may begin after record 1 */
	int64_t head_seq;	/* what must be in it, as known from elsewhere; 0 = nothing */
	char head_hash[CHAIN_HEX];
	bool head_seen;
};

/* `head` is "SEQ:HASH" from syslog or journald, or NULL.  EUSAGE. */
int chain_begin(struct chain *, const char *head, bool part, struct s3jit_err *);
/* The next record, in order.  ECHANGED and where it breaks. */
int chain_add(struct chain *, const struct log_record *, struct s3jit_err *);
/* Nothing follows. */
int chain_finish(const struct chain *, struct s3jit_err *);

/*
 * One line of an export, {"seq":...,"prev":...,"hash":...,"record":...}, with
 * its newline.  codec_clear() the record.  ECHANGED when it is damaged.
 */
int chain_line_read(struct log_record *, const char *line, size_t len, struct s3jit_err *);
/* The same the other way; caller frees. */
int chain_line_write(char **line, const struct log_record *, struct s3jit_err *);

#endif
