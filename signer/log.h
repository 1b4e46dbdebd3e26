/*
 * log.h - the signer's log: syslog (authpriv) and, unless systemd would show
 * it twice, stderr.  No secret ever comes here (C1): callers pass names,
 * codes and sentences, never what a peer or AWS sent as it came.
 */
#ifndef S3JIT_SIGNER_LOG_H
#define S3JIT_SIGNER_LOG_H

#include <stdbool.h>

void log_open(bool to_stderr);
/* LOG_INFO, LOG_WARNING, ...; one line, escaped, cut at 900 bytes. */
void log_say(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
