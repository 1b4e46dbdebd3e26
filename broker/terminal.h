/*
 * terminal.h - a line on somebody's terminal, where no program of ours runs.
 */
#ifndef BROKER_TERMINAL_H
#define BROKER_TERMINAL_H

#include <stdint.h>
#include <sys/types.h>

/*
 * `text` (printable ASCII) as a line of its own on the pseudo-terminal of this
 * tty_nr, if it is `owner`'s and they let others write to it (mesg(1)).  Never
 * waits; what cannot be said at once is not said.  0 when it was.
 */
int terminal_say(uint32_t tty_nr, uid_t owner, const char *text);

#endif
