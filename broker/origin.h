/*
 * origin.h - where a login came from: this host itself, or elsewhere (Q7).
 */
#ifndef BROKER_ORIGIN_H
#define BROKER_ORIGIN_H

#include <stdbool.h>

/*
 * Is `rhost`, of a login through `service`, this host?  What cannot be judged
 * (no address at all with ssh, a host name, no list of our addresses) counts
 * as this host: such a login may not vote.  Asks no name server.
 */
bool origin_is_local(const char *service, const char *rhost);

#endif
