/*
 * prompt.h - s3-sudo status --prompt.
 */
#ifndef CLIENT_PROMPT_H
#define CLIENT_PROMPT_H

#include "app.h"

/* Connect, print a word where something is open in this login; always 0. */
int status_prompt(struct app *);

/* What is open in this login, of an answer's requests; or NULL.  Pure. */
const struct summary *prompt_open_here(const struct list *requests);
/* "s3:write 4m".  Pure. */
void prompt_word(char *buf, size_t size, const struct summary *);

#endif
