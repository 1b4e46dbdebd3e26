/*
 * request.h - what is asked, approved and hashed.
 *
 * The digest covers every field of struct request in the order of its table
 * (INTERFACES.md has test vectors); the id is the digest's first 128 bits,
 * each half byte spelled with a letter: 0 = k ... 15 = z.  A vote names the
 * digest, so it stands for exactly this text (Q1, Q2).
 */
#ifndef S3JIT_REQUEST_H
#define S3JIT_REQUEST_H

#include "codec.h"

#define REQUEST_DIGEST_TAG	"s3jit-request-1"
#define REQUEST_ID		33	/* 32 letters and NUL */
#define REQUEST_ID_SHOWN	8	/* letters people see */
#define REQUEST_ID_TYPED	6	/* letters people must type at least */
#define DIGEST_HEX		65	/* 64 hex digits and NUL */

/* Delivery: where the keys of a grant live (DESIGN 2). */
#define DELIVERY_SIGNED		"signed"	/* they never leave the signer */
#define DELIVERY_COMMAND	"command"	/* handed to one command's environment */
#define DELIVERY_SESSION	"session"	/* the login's profile s3-write (open) */
#define DELIVERY_SHELL	"shell"		/* printed once, for a shell's environment (env) */

struct object {			/* one S3 write whose bytes are known when asking */
	char *verb;		/* "put" or "delete" */
	char *bucket;
	char *key;
	char *name;		/* the local file as typed; evidence */
	int64_t size;
	int64_t part_size;	/* size of each part but the last; = size for a single PUT */
	struct strv parts;	/* SHA-256 of each part, hex; one for a single PUT */
	char *sha256;		/* of the whole; the part's when there is one */
};

struct request {
	int64_t version;	/* WIRE_VERSION */
	char *nonce;		/* 16 random bytes, hex; the broker's */
	char *host;		/* host-name of the rules file */
	char *boot_id;
	int64_t loginuid;	/* the person */
	char *person;		/* its name */
	int64_t ruid;		/* the asking process; differs for `sudo -u deploy` */
	char *ruser;		/* its name */
	int64_t sessionid;	/* the asking session (kernel audit session id) */
	char *origin;		/* "ssh from 10.2.0.9" */
	struct strv argv;	/* evidence */
	char *cwd;		/* evidence */
	char *reason;
	struct strv scope;	/* canonical permission strings, sorted */
	struct list objects;	/* of struct object; may be empty */
	char *role;		/* ARN */
	int64_t ttl;		/* seconds from the claim */
	char *delivery;		/* DELIVERY_* */
	struct strv quorum;	/* "1 of group:leads"; empty = auto-approved */
	char *rule;		/* title of the rule */
	char *rule_hash;	/* SHA-256 hex over the rule as parsed */
	char *parent;		/* id that this one narrows or extends, or "" */
	int64_t created;	/* wall time */
};

extern const struct table object_table;
extern const struct table request_table;

bool delivery_known(const char *);
/* Does a grant of this delivery last although the program that asked has ended? */
bool delivery_stays(const char *);
/* Do its keys come with the grant, once? */
bool delivery_handed(const char *);

void request_digest(unsigned char out[32], const struct request *);
void request_digest_hex(char out[DIGEST_HEX], const struct request *);
void request_id(char out[REQUEST_ID], const unsigned char digest[32]);
/* What it is known by: its id and, unless NULL, the digest in hex. */
void request_names(char id[REQUEST_ID], char hex[DIGEST_HEX], const struct request *);
/* 1 if the text is 6 to 32 letters k-z, the form of a typed id. */
int request_id_ok(const char *typed);

/*
 * Multipart plan for a file: 8 MiB parts as the AWS CLI, larger ones (whole
 * MiB) where there would be more than 1,000 (S3: at most 10,000 parts, each
 * 5 MiB to 5 GiB, object at most 5 TiB).  Files up to 16 MiB are one PUT.
 */
int64_t object_part_size(int64_t size);
int64_t object_parts(int64_t size, int64_t part_size);

#endif
