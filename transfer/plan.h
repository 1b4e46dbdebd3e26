/*
 * plan.h - which bytes of a file are which part, as it was approved.
 */
#ifndef TRANSFER_PLAN_H
#define TRANSFER_PLAN_H

#include <stdbool.h>

#include "s3jit/transfer_proto.h"

/*
 * Are size, part_size and parts of one mind, and each hash 64 hex digits?
 * EUSAGE when not.
 */
int plan_check(const struct transfer_object *, struct s3jit_err *);

/* More than a single PUT. */
bool plan_multipart(const struct transfer_object *);

/* Where part `i` (from 0) begins, and how long it is. */
void plan_part(const struct transfer_object *, size_t i, int64_t *off, int64_t *length);

#endif
