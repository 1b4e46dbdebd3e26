/*
 * relay.h - run transfer for a grant: its wishes go to the broker, signatures
 * come back, the person sees how far it is.
 */
#ifndef CLIENT_RELAY_H
#define CLIENT_RELAY_H

#include "s3jit/transfer_proto.h"
#include "task.h"

/*
 * Do `start` under the task's grant; files[i] is what transfer knows as
 * descriptor TRANSFER_FIRST_FILE + i.  0 when everything was done; *done is how many objects were,
 * also on failure.
 */
int relay_run(struct task *, const struct transfer_start *start, const int *files, size_t n_files,
    int64_t *done);

/* "Approved by bob.   ##########  1.2 MB  0.3 s".  Pure. */
void progress_line(char *buf, size_t size, const struct ui *, const char *head, int64_t done,
    int64_t total, int64_t ms);

#endif
