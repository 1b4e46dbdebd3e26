/*
 * s3-sudo.c - the setuid helper: tells the broker who calls, lets PAM check
 * the person again if the broker wants that, gives up root for good and
 * becomes s3-sudo-client, which reads everything that was typed.
 *
 * Without root (no setuid bit, ptrace, NO_NEW_PRIVS, a user namespace) or
 * without a broker it goes on as the caller with descriptor 3 closed.  Only a
 * wrong server, odd descriptors, the broker's no or a failed drop end it (H19).
 */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/wire.h"
#include "helper.h"

#define ANSWER_MS 5000		/* the broker's, each time it is asked */
#define CLIENT LIBEXECDIR "/s3-sudo-client"
#define CLIENT_FD 3		/* where the client finds the connection, or nothing */

void
helper_say(int fd, const char *text)
{
	for (; *text != '\0'; text++)
		if (write(fd, *text == '\n' || (*text >= ' ' && *text <= '~') ? text : "?", 1) != 1)
			return;
}

/* Written as the caller: descriptor 2 is whatever the caller made it. */
static int
refuse(struct s3jit_err *err)
{
	(void)process_drop(NULL);
	helper_say(2, "s3-sudo: ");
	helper_say(2, err->text);
	helper_say(2, "\n");
	return s3jit_code_exit(err->code);
}

/* As the kernel says.  -1: nobody whom the broker could know (H5, H6). */
static int
caller_identify(struct guest_facts *who)
{
	who->ruid = getuid();
	if (guest_read_proc_u32(&who->loginuid, "/proc/self/loginuid", NULL) == -1 ||
	    guest_read_proc_u32(&who->sessionid, "/proc/self/sessionid", NULL) == -1)
		return -1;
	return who->ruid == GUEST_UNSET || who->loginuid == GUEST_UNSET ||
	    who->sessionid == GUEST_UNSET ? -1 : 0;
}

int
broker_exchange(int broker, const unsigned char *body, size_t len, struct guest_answer *answer,
    struct s3jit_err *err)
{
	int64_t until = clock_boot_ms() + ANSWER_MS;
	void *reply = NULL;
	size_t reply_len;
	int ret = -1;

	if (wire_write(broker, body, len, until, err) == 0 &&
	    wire_read(broker, &reply, &reply_len, WIRE_GUEST_MAX, until, err) == 0)
		ret = guest_answer_decode(answer, reply, reply_len, err);
	free(reply);
	return ret;
}

/*
 * *broker is the connection, or -1 with return 0 when the broker cannot be
 * reached or does not answer: the client will say so.  -1: refused.
 */
static int
broker_greet(int *broker, bool *reauth, const struct guest_facts *who, struct s3jit_err *err)
{
	struct guest_answer answer = { .text = NULL };
	unsigned char *body = NULL;
	size_t len;
	int sock = -1, ret = -1;

	if (wire_connect(&sock, S3JIT_ROOT_SOCK, clock_boot_ms() + ANSWER_MS, err) == -1)
		return err->code == S3JIT_ESYS ? -1 : 0;
	if (guest_server_ok(sock, S3JIT_ROOT_SOCK, err) == -1 ||
	    guest_facts_encode(&body, &len, who, err) == -1)
		goto out;
	ret = 0;
	if (broker_exchange(sock, body, len, &answer, err) == -1)
		goto out;
	if (answer.word == GUEST_GO || answer.word == GUEST_REAUTH) {
		*reauth = answer.word == GUEST_REAUTH;
		*broker = sock;
		sock = -1;
	} else
		ret = s3jit_fail(err, S3JIT_ENOTALLOWED, "%s", answer.text);
out:
	guest_answer_clear(&answer);
	free(body);
	if (sock != -1)
		close(sock);
	return ret;
}

/* Only returns when it failed; the status is what env(1) would give. */
static int
client_exec(int broker, char **argv)
{
	struct s3jit_err err;
	int status = 126;

	if (broker == CLIENT_FD ? fcntl(broker, F_SETFD, 0) == -1
	    : broker != -1 && dup2(broker, CLIENT_FD) == -1) {
		s3jit_fail_errno(&err, "cannot pass on the connection");
	} else {
		process_restore();
		execv(CLIENT, argv);
		status = errno == ENOENT ? 127 : 126;
		s3jit_fail_errno(&err, "cannot run %s", CLIENT);
	}
	(void)refuse(&err);
	return status;
}

int
main(int argc, char **argv)
{
	struct guest_facts who;
	struct s3jit_err err = { .code = S3JIT_OK };
	bool reauth = false;
	int broker = -1;

	if (argc < 1 || argv[0] == NULL)
		_exit(2);
	if (process_settle(&err) == -1 ||
	    (geteuid() == 0 && caller_identify(&who) == 0 &&
	    broker_greet(&broker, &reauth, &who, &err) == -1) ||
	    (reauth && reauth_prove(broker, who.ruid, &err) == -1) ||
	    process_drop(&err) == -1)
		return refuse(&err);
	return client_exec(broker, argv);
}
