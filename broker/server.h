/*
 * server.h - the broker's two sockets, and the list of all connections.
 */
#ifndef BROKER_SERVER_H
#define BROKER_SERVER_H

#include "broker.h"

struct server_options {
	bool old_kernel;	/* as before Linux 6.5: no SO_PEERPIDFD */
	int root_fd, user_fd;	/* listening already (socket activation), or -1 */
};

/*
 * Check broker->run_dir (B1), take its lock, so that one broker runs there,
 * and leave the descriptor in *lock.  Before anything in it is touched.
 */
int server_lock(const char *run_dir, int *lock, struct s3jit_err *);

/* Without connections yet: before sessions are adopted. */
int server_new(struct broker *, const struct server_options *, struct s3jit_err *);
/* Make the sockets and accept. */
int server_listen(struct broker *, struct s3jit_err *);
/* Closes all connections, without a word about their sessions: those live on. */
void server_free(struct broker *);

/* So many logins one person may have at once (B8): a quarter of all connections. */
size_t server_logins(const struct broker *);

/* One accepted connection, as if it came from root.sock or user.sock; fd is taken over. */
void server_accepted(struct broker *, int fd, bool root);

#endif
