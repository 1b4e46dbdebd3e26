/*
 * foreground.h - the terminal, lent to a shell and taken back in the state it
 * was in: modes and foreground process group.
 */
#ifndef CLIENT_FOREGROUND_H
#define CLIENT_FOREGROUND_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct foreground {
	int fd;			/* /dev/tty, -1 = there is none */
	bool has_modes;
	struct termios modes;
	pid_t group;
};

/*
 * Before the shell is started (after signals_fd()): remember how it is.  From
 * then on writing to it does not stop us, although the shell is in front.
 */
void foreground_keep(struct foreground *);
/* When the shell is gone, however it went, or stopped. */
void foreground_back(struct foreground *);
/* To the shell's group again, where we are in front ourselves. */
void foreground_lend(const struct foreground *, pid_t shell);
void foreground_free(struct foreground *);

#endif
