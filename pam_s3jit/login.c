/*
 * login.c - who logs in, and telling s3jitd about it.
 *
 * Runs inside sshd (or login), as root, before the user's shell.  Opens three
 * files of procfs and one socket, nothing that a user could have put there
 * (P4).  Text from the client (host, terminal, key) is passed on as it is;
 * the broker never decides by it, except by a hash of the key (P6).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "s3jit/clock.h"
#include "s3jit/wire.h"

#include "login.h"

/*
 * pam_loginuid starts a new audit session in this process, so its parent has
 * another one.  su and sudo inherit theirs from the shell above them.  When
 * the parent cannot be asked the answer is yes: the broker refuses a session
 * id that it knows already.
 */
static bool
session_is_fresh(uint32_t sessionid)
{
	char path[sizeof("/proc//sessionid") + 3 * sizeof(int)];
	uint32_t above;

	snprintf(path, sizeof(path), "/proc/%d/sessionid", (int)getppid());
	if (guest_read_proc_u32(&above, path, NULL) == -1)
		return true;
	return above != sessionid;
}

int
login_identify(struct login *who, pam_handle_t *pamh, struct s3jit_err *err)
{
	const char *user = NULL;
	const struct passwd *pw;

	memset(who, 0, sizeof(*who));
	if (pam_get_item(pamh, PAM_USER, (const void **)&user) != PAM_SUCCESS ||
	    user == NULL || *user == '\0')
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "PAM names no user");
	if ((pw = pam_modutil_getpwnam(pamh, user)) == NULL || pw->pw_uid == GUEST_UNSET)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the user of this login has no user id");
	who->uid = pw->pw_uid;
	if (guest_read_proc_u32(&who->loginuid, "/proc/self/loginuid", err) == -1 ||
	    guest_read_proc_u32(&who->sessionid, "/proc/self/sessionid", err) == -1 ||
	    guest_read_boot_id(who->boot_id, err) == -1)
		return -1;
	who->fresh = session_is_fresh(who->sessionid);
	return 0;
}

int
login_check(const struct login *who, struct s3jit_err *err)
{
	if (who->loginuid == GUEST_UNSET || who->sessionid == GUEST_UNSET)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "the login uid is not set: pam_loginuid must stand before pam_s3jit");
	if (!who->fresh)
		return s3jit_fail(err, S3JIT_ENOTFOUND,
		    "not a new login: runs inside audit session %" PRIu32 " of uid %" PRIu32,
		    who->sessionid, who->loginuid);
	if (who->loginuid != who->uid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "the login uid is %" PRIu32 ", the user's uid is %" PRIu32,
		    who->loginuid, who->uid);
	return 0;
}

/*
 * Set whether or not the broker answers: a login without it must find the
 * read-only profile, whose credential_process then says what is wrong, and
 * not keys left behind in a home directory.
 */
int
login_set_env(const struct login *who, pam_handle_t *pamh, struct s3jit_err *err)
{
	static const char *const fixed[] = {
		"AWS_CONFIG_FILE=" SYSCONFDIR "/aws-config",
		"AWS_SHARED_CREDENTIALS_FILE=" SYSCONFDIR "/aws-credentials-empty",
		"AWS_EC2_METADATA_DISABLED=true",
	};
	char label[sizeof("S3JIT_SESSION=") + 3 * sizeof(uint32_t)];
	int rc = PAM_SUCCESS;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]) && rc == PAM_SUCCESS; i++)
		rc = pam_putenv(pamh, fixed[i]);
	if (rc == PAM_SUCCESS) {
		snprintf(label, sizeof(label), "S3JIT_SESSION=%" PRIu32, who->sessionid);
		rc = pam_putenv(pamh, label);
	}
	if (rc != PAM_SUCCESS)
		return s3jit_fail(err, S3JIT_ESYS, "cannot set the login's environment: %s",
		    pam_strerror(pamh, rc));
	return 0;
}

/* A PAM item for REGISTER, never NULL.  Encoding reads it, nothing writes. */
static char *
item_text(pam_handle_t *pamh, int item)
{
	const void *text = NULL;

	if (pam_get_item(pamh, item, &text) != PAM_SUCCESS || text == NULL)
		text = "";
	return (char *)(uintptr_t)text;
}

static int
register_encode(unsigned char **body, size_t *len, const struct login *who, pam_handle_t *pamh,
    struct s3jit_err *err)
{
	const char *key = pam_getenv(pamh, "SSH_AUTH_INFO_0");
	struct guest_register reg = {
		.user = item_text(pamh, PAM_USER),
		.uid = who->uid,
		.loginuid = who->loginuid,
		.sessionid = who->sessionid,
		.boot_id = (char *)(uintptr_t)who->boot_id,
		.service = item_text(pamh, PAM_SERVICE),
		.rhost = item_text(pamh, PAM_RHOST),
		.tty = item_text(pamh, PAM_TTY),
		.auth_info = (char *)(uintptr_t)(key != NULL ? key : ""),
	};

	return guest_register_encode(body, len, &reg, err);
}

static int
answer_judge(const void *body, size_t len, struct s3jit_err *err)
{
	struct guest_answer answer;
	int ret = -1;

	if (guest_answer_decode(&answer, body, len, err) == -1)
		return -1;
	if (answer.word == GUEST_GO)
		ret = 0;
	else if (answer.word == GUEST_REFUSE)
		s3jit_fail(err, S3JIT_ENOTALLOWED, "s3jitd refused to register this login: %s",
		    answer.text);
	else
		s3jit_fail(err, S3JIT_EPROTO, "s3jitd gave an answer that is none to REGISTER");
	guest_answer_clear(&answer);
	return ret;
}

int
login_register(int *fd, const struct login *who, pam_handle_t *pamh, const char *path,
    struct s3jit_err *err)
{
	int64_t until = clock_boot_ms() + LOGIN_TIMEOUT_MS;
	unsigned char *body = NULL;
	void *reply = NULL;
	size_t len, reply_len;
	int sock = -1, ret = -1;

	*fd = -1;
	if (register_encode(&body, &len, who, pamh, err) == -1 ||
	    wire_connect(&sock, path, until, err) == -1 ||
	    guest_server_ok(sock, path, err) == -1 ||
	    wire_write(sock, body, len, until, err) == -1 ||
	    wire_read(sock, &reply, &reply_len, WIRE_GUEST_MAX, until, err) == -1 ||
	    answer_judge(reply, reply_len, err) == -1)
		goto out;
	*fd = sock;
	sock = -1;
	ret = 0;
out:
	if (sock != -1)
		close(sock);
	free(reply);
	free(body);
	return ret;
}
