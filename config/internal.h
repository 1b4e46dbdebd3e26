/*
 * internal.h - what the files of config/ share; included nowhere else.
 */
#ifndef S3JIT_CONFIG_INTERNAL_H
#define S3JIT_CONFIG_INTERNAL_H

#include "s3jit/config.h"
#include "s3jit/duration.h"

/*
 * config.c: what stands in the file, apart from where it came from.  `err` is
 * zeroed by the caller; `text` has a NUL behind its `len` bytes and belongs to
 * *out, or is freed.
 */
int config_take_text(struct config **out, const char *file, char *text, size_t len, int flags,
    struct s3jit_err *);

/*
 * check.c: is one value what its key wants?  Each says why not, without the
 * place in the file (the caller puts it in front).
 */
int check_region(const char *, struct s3jit_err *);
int check_account(const char *, struct s3jit_err *);
int check_external_id(const char *, struct s3jit_err *);
int check_credentials(const char *, struct s3jit_err *);
int check_path(const char *, struct s3jit_err *);
int check_https(const char *, struct s3jit_err *);
int check_http(const char *, struct s3jit_err *);
int check_host(const char *, struct s3jit_err *);
int check_title(const char *, struct s3jit_err *);
int check_regex(const char *, struct s3jit_err *);
int check_role(const char *, struct s3jit_err *);
int check_kms(const char *, struct s3jit_err *);
int check_delivery(const char *, struct s3jit_err *);
int check_revocation(const char *, struct s3jit_err *);

/* "aws", "aws-cn", ... and "amazonaws.com", ... of a region; never NULL. */
const char *region_partition(const char *region);
const char *region_suffix(const char *region);
/* Where a partition's IAM is; NULL: not known.  *region, which its signatures name, where it is. */
const char *partition_iam(const char *partition, bool fips, const char **region);
/* Has AWS names of its own for FIPS 140 there?  *s3 and *sts: what stands before ".REGION". */
int region_fips(const char *region, const char **s3, const char **sts, struct s3jit_err *);
/* Does this ARN belong to the partition? */
int check_partition(const char *arn, const char *partition, struct s3jit_err *);

/* names.c: people.  NO_NSS leaves the numbers out. */
int who_add_group(struct who *, const char *name, int flags, struct s3jit_err *);
int who_add_user(struct who *, const char *name, int flags, struct s3jit_err *);
/* "group:NAME" or "user:NAME" */
int who_add(struct who *, const char *text, int flags, struct s3jit_err *);
void who_clear(struct who *);
/* "2 of group:leads" */
int quorum_parse(struct quorum *, const char *text, int flags, struct s3jit_err *);
void quorum_clear(struct quorum *);

/* rule.c: what a rule or baseline must be as a whole; 0 or -1 and the key to blame. */
int rule_check(struct rule *, const char **key, struct s3jit_err *);
int rule_hash(struct rule *, struct s3jit_err *);

#endif
