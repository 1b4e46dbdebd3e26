/*
 * harmless.h - what a daemon gives up before it does anything (B9).
 */
#ifndef S3JIT_HARMLESS_H
#define S3JIT_HARMLESS_H

#include "err.h"

/*
 * No capability, whatever it was started with, and no way to a new one; no
 * core file, no debugger, no reading of its memory by others; files that it
 * makes are its own.  The caller has made sure that it is not root.
 */
int harmless_become(struct s3jit_err *);

#endif
