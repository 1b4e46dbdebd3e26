/*
 * fault.h - labelled places at which the tests kill a daemon (B11).
 *
 * Compiled to nothing unless configure was given --enable-fault-points; a
 * package never is.  FAULT_LABELS is the list: a test reads it from here,
 * kills the daemon at each label, and fails on a label that was never passed.
 */
#ifndef S3JIT_FAULT_H
#define S3JIT_FAULT_H

/*
 * Lines of this file are "LABEL" or "LABEL N"; the process that passes one of
 * them (for the Nth time while it stands there) gets SIGKILL.
 */
#define FAULT_FILE	"/run/s3jit/fault"
/* When it exists, each label passed is appended, a line each. */
#define FAULT_HITS	"/run/s3jit/fault-hits"

#define FAULT_LABELS(X) \
	X("store-before-commit") \
	X("store-after-commit") \
	X("ended-before-write") \
	X("ended-after-write") \
	X("audit-before-send") \
	X("audit-after-send") \
	X("session-begun") \
	X("session-opened") \
	X("session-ended") \
	X("reauthenticated") \
	X("asked-in-transaction") \
	X("asked") \
	X("vote-in-transaction") \
	X("voted") \
	X("claim-in-transaction") \
	X("claimed") \
	X("granted") \
	X("lease-intent") \
	X("lease-answered") \
	X("lease-outcome") \
	X("sign-recorded") \
	X("signed") \
	X("keys-noted") \
	X("keys-answered") \
	X("resumed") \
	X("end-begun") \
	X("ended") \
	X("started") \
	X("adopted") \
	X("ended-applied") \
	X("deny-requested") \
	X("deny-answered") \
	X("signer-asked") \
	X("signer-lent") \
	X("signer-signed") \
	X("signer-handed-out") \
	X("signer-dropped")

#ifdef S3JIT_FAULT_POINTS
/* A label that is not in the list aborts: the list would promise too much. */
void fault_point(const char *label);
#define FAULT_POINT(label) fault_point(label)
#else
#define FAULT_POINT(label) do { } while (0)
#endif

#endif
