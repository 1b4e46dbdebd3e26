/*
 * signals.h - signals as something to poll for, never as a handler (H12).
 */
#ifndef CLIENT_SIGNALS_H
#define CLIENT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "s3jit/err.h"

/*
 * Block INT, TERM, QUIT, HUP, CHLD, PIPE, USR1, USR2, WINCH and return a
 * descriptor that tells about them (but PIPE).  Once; later calls return the
 * same.  -1 with err.
 */
int signals_fd(struct s3jit_err *);

/*
 * The next signal, 0 for none.  *ours (may be NULL) is false when the kernel sent it to
 * the whole foreground group (Ctrl-C, hang-up), so that a child has it, too.
 */
int signals_next(bool *ours);

/* Do INT, TERM, HUP or QUIT wait to be read?  Whoever reads them acts on them. */
bool signals_to_stop(void);

/* In a child before exec: the mask that we were started with. */
void signals_restore(void);

#endif
