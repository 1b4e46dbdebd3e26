/*
 * peer.h - who is at the other end of a socket, from the kernel alone.
 *
 * What stands in /proc is believed only when the process's pidfd shows it
 * alive after the reading (B3); what cannot be read is a refusal (B4).
 */
#ifndef BROKER_PEER_H
#define BROKER_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conn.h"

/* Is the process behind this pidfd alive?  Any doubt is a no. */
bool peer_alive(int pidfd);
/* pidfd_open(2), close-on-exec; -1 and errno. */
int peer_pidfd_open(pid_t pid);

/*
 * SO_PEERCRED and a pidfd: SO_PEERPIDFD, or with `old_kernel` or before Linux
 * 6.5 pidfd_open(), which only a frame sent afterwards by that pid makes good
 * (peer_speaks).  On failure nothing is left open.
 */
int peer_of_socket(struct peer *, int fd, bool old_kernel, struct s3jit_err *);

/* The first frame came from process `pid`: is that the peer, and is it alive? */
int peer_speaks(const struct peer *, pid_t pid, struct s3jit_err *);

/* Fill in ids and terminal from /proc: the identity of a peer on user.sock. */
int peer_identify(struct peer *, struct s3jit_err *);

/* The device of a tty_nr. */
dev_t peer_tty_dev(uint32_t tty_nr);
/* "/dev/pts/3" for a tty_nr; -1 for a kind of terminal we do not know. */
int peer_tty_path(char *buf, size_t size, uint32_t tty_nr);

#endif
