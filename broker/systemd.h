/*
 * systemd.h - what systemd says to a service that it starts, without its
 * library: sockets in, readiness out.
 */
#ifndef BROKER_SYSTEMD_H
#define BROKER_SYSTEMD_H

/* Read LISTEN_* and NOTIFY_SOCKET; before the environment is cleared. */
void systemd_begin(void);
/* The listening socket of that FileDescriptorName, close-on-exec now; -1 if none was given. */
int systemd_socket(const char *name);
/* "READY=1", "STOPPING=1"; does nothing when nobody listens. */
void systemd_notify(const char *state);

#endif
