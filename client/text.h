/*
 * text.h - a stream into memory that tells when there was not enough of it.
 *
 * open_memstream(3) of glibc 2.36 does not: what found no room is left out, ferror(3)
 * and fclose(3) say that all is well, and an approver would be shown less than what is
 * asked.
 */
#ifndef CLIENT_TEXT_H
#define CLIENT_TEXT_H

#include <stdio.h>

/* Instead of what there was no memory to make: nothing is left out unseen. */
#define TEXT_LOST "(there is no memory to show this)"

/*
 * A stream to print to; NULL and errno.  fclose(3) sets *out to the whole text, the
 * caller's to free, or, when a part of it found no memory, returns EOF and sets it to
 * NULL.  It cannot be sought in.
 */
FILE *text_open(char **out);

#endif
