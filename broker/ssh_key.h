/*
 * ssh_key.h - with which key was this login opened?
 */
#ifndef BROKER_SSH_KEY_H
#define BROKER_SSH_KEY_H

#define SSH_KEY_HASH 65		/* 64 hex digits and NUL */

/*
 * The first public key of SSH_AUTH_INFO_0 ("publickey TYPE BLOB" on a line of
 * its own) as SHA-256 over the key, which is OpenSSH's fingerprint in hex; of
 * a certificate, over the key that was certified, so that two certificates of
 * one key are one key.  "" when the login had none: passwords make nobody the
 * same person.
 */
void ssh_key_hash(char hex[SSH_KEY_HASH], const char *auth_info);

#endif
