/*
 * env.h - s3-sudo env: taking up again what was asked before, and what is
 * printed.
 */
#ifndef CLIENT_ENV_H
#define CLIENT_ENV_H

#include "task.h"

int env_resume(struct task *);

/* For "sh", "fish" or "json"; EUSAGE for another.  `shell` is $SHELL or NULL: "" goes by it. */
int env_format(const char **format, const char *typed, const char *shell, struct s3jit_err *);

/*
 * The lines for such a shell that set the three variables and take away what
 * would lead to other keys; keys NULL: that take all of them away.  For json
 * what SDKs read from a credential_process.  EPROTO for keys that no AWS has,
 * EUSAGE for another format.
 * Free with codec_wipe_free().
 */
int env_text(char **text, const char *format, const struct msg_credentials *keys,
    struct s3jit_err *);

#endif
