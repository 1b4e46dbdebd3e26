/*
 * probe.h - does AWS still let a session do what it was lent for?
 *
 * Asked of S3 with that very session, in a way that changes nothing, so that a
 * revocation can be called confirmed.
 */
#ifndef S3JIT_SIGNER_PROBE_H
#define S3JIT_SIGNER_PROBE_H

#include "s3jit/config.h"
#include "s3jit/permission.h"

#include "http.h"
#include "keys.h"

struct probe;

/* Called once, from the loop.  err: S3 could not be asked, so nothing is known. */
typedef void probe_done(void *arg, bool refused, const struct s3jit_err *err);

/*
 * put: takes back an upload that never was (404, or 403 when refused); list:
 * one name; get: the object's headers.  ENOTALLOWED for a scope that has no
 * such verb: what deletes, tags or restores cannot be tried without doing it.
 */
int probe_start(struct probe **, struct http *, const struct config *, const struct scope *,
    const struct keys *, probe_done *, void *arg, struct s3jit_err *);
void probe_cancel(struct probe *);	/* NULL is fine; done is not called */

#endif
