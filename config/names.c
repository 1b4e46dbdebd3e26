/*
 * names.c - groups, users and quorums of the rules file, resolved to numbers
 * when it is loaded (F5).
 *
 * Runs in s3jitd and s3jit-signer, at start: the name service may block.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define NSS_BUF (1024 * 1024)	/* the largest group we can read */

/* A number, an option or another kind's prefix is a mistake, never a name. */
static int
name_ok(const char *name, const char *kind, struct s3jit_err *err)
{
	const unsigned char *p;

	if (strncmp(name, "group:", 6) == 0 || strncmp(name, "user:", 5) == 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": write the bare name of a %s here", name,
		    kind);
	if (*name == '\0' || strlen(name) > 255 || strchr("-+#@%.", *name) != NULL ||
	    strspn(name, "0123456789") == strlen(name))
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\" is not the name of a %s", name, kind);
	for (p = (const unsigned char *)name; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f || strchr(":,/\"", *p) != NULL)
			return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\" is not the name of a %s", name,
			    kind);
	return 0;
}

static int
group_id(gid_t *gid, const char *name, struct s3jit_err *err)
{
	struct group gr, *found = NULL;
	char *buf;
	int rc;

	if ((buf = malloc(NSS_BUF)) == NULL)
		return s3jit_fail_errno(err, "group \"%s\"", name);
	rc = getgrnam_r(name, &gr, buf, NSS_BUF, &found);
	if (found != NULL)
		*gid = found->gr_gid;
	free(buf);
	if (found != NULL && *gid != (gid_t)-1)
		return 0;
	if (rc != 0 && rc != ENOENT && rc != ESRCH) {
		errno = rc;
		return s3jit_fail_errno(err, "group \"%s\"", name);
	}
	return s3jit_fail(err, S3JIT_EUSAGE, "there is no group \"%s\" on this host (getent group %s)",
	    name, name);
}

static int
user_id(uid_t *uid, const char *name, struct s3jit_err *err)
{
	struct passwd pw, *found = NULL;
	char *buf;
	int rc;

	if ((buf = malloc(NSS_BUF)) == NULL)
		return s3jit_fail_errno(err, "user \"%s\"", name);
	rc = getpwnam_r(name, &pw, buf, NSS_BUF, &found);
	if (found != NULL)
		*uid = found->pw_uid;
	free(buf);
	if (found != NULL && *uid != (uid_t)-1)
		return 0;
	if (rc != 0 && rc != ENOENT && rc != ESRCH) {
		errno = rc;
		return s3jit_fail_errno(err, "user \"%s\"", name);
	}
	return s3jit_fail(err, S3JIT_EUSAGE, "there is no user \"%s\" on this host (getent passwd %s)",
	    name, name);
}

int
who_add_group(struct who *w, const char *name, int flags, struct s3jit_err *err)
{
	gid_t *grown, gid = (gid_t)-1;

	if (name_ok(name, "group", err) == -1)
		return -1;
	if (!(flags & CONFIG_NO_NSS)) {
		if (group_id(&gid, name, err) == -1)
			return -1;
		if ((grown = realloc(w->gids, (w->groups.n + 1) * sizeof(*grown))) == NULL)
			return s3jit_fail_errno(err, "group \"%s\"", name);
		w->gids = grown;
		w->gids[w->groups.n] = gid;
	}
	if (strv_push(&w->groups, name) == -1)
		return s3jit_fail_errno(err, "group \"%s\"", name);
	return 0;
}

int
who_add_user(struct who *w, const char *name, int flags, struct s3jit_err *err)
{
	uid_t *grown, uid = (uid_t)-1;

	if (name_ok(name, "user", err) == -1)
		return -1;
	if (!(flags & CONFIG_NO_NSS)) {
		if (user_id(&uid, name, err) == -1)
			return -1;
		if ((grown = realloc(w->uids, (w->users.n + 1) * sizeof(*grown))) == NULL)
			return s3jit_fail_errno(err, "user \"%s\"", name);
		w->uids = grown;
		w->uids[w->users.n] = uid;
	}
	if (strv_push(&w->users, name) == -1)
		return s3jit_fail_errno(err, "user \"%s\"", name);
	return 0;
}

int
who_add(struct who *w, const char *text, int flags, struct s3jit_err *err)
{
	if (strncmp(text, "group:", 6) == 0)
		return who_add_group(w, text + 6, flags, err);
	if (strncmp(text, "user:", 5) == 0)
		return who_add_user(w, text + 5, flags, err);
	return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected \"group:NAME\" or \"user:NAME\"", text);
}

void
who_clear(struct who *w)
{
	strv_clear(&w->groups);
	strv_clear(&w->users);
	free(w->gids);
	free(w->uids);
	memset(w, 0, sizeof(*w));
}

/* "2 of " -> 2 and what follows; NULL for anything else. */
static const char *
quorum_count(int64_t *count, const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 3 || strncmp(text + digits, " of ", 4) != 0 ||
	    (text[0] == '0' && digits > 1))
		return NULL;
	*count = strtoll(text, NULL, 10);
	return text + digits + 4;
}

int
quorum_parse(struct quorum *q, const char *text, int flags, struct s3jit_err *err)
{
	const char *rest;

	memset(q, 0, sizeof(*q));
	if ((rest = quorum_count(&q->count, text)) == NULL ||
	    (strncmp(rest, "group:", 6) != 0 && strncmp(rest, "user:", 5) != 0))
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\": expected \"N of group:NAME\" or \"1 of user:NAME\"", text);
	if (q->count == 0)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\": nobody would be asked; write auto = true if you mean that", text);
	if (who_add(&q->who, rest, flags, err) == -1)
		goto fail;
	if (q->who.users.n == 1 && q->count > 1) {
		s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": one person has one vote", text);
		goto fail;
	}
	if (q->who.users.n == 1 && !(flags & CONFIG_NO_NSS) && q->who.uids[0] == 0) {
		s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": root is nobody in particular and never votes", text);
		goto fail;
	}
	if ((q->text = strdup(text)) == NULL) {
		s3jit_fail_errno(err, "\"%s\"", text);
		goto fail;
	}
	return 0;
fail:
	quorum_clear(q);
	return -1;
}

void
quorum_clear(struct quorum *q)
{
	who_clear(&q->who);
	free(q->text);
	memset(q, 0, sizeof(*q));
}
