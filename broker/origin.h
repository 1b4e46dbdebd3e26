/*
 * origin.h - where a login came from: this host itself, or elsewhere (Q7),
 * and with which key.
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

#define ORIGIN_KEY 65		/* 64 hex digits and NUL */
/*
 * SHA-256 over the line "publickey TYPE BLOB" of SSH_AUTH_INFO_0; "" when the
 * login had no key: passwords make nobody the same person.
 */
void origin_key_hash(char hex[ORIGIN_KEY], const char *auth_info);

#endif
