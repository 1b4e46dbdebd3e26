/*
 * resolver_child.c - the process that asks the name service.
 *
 * Forked from s3jitd, same user.  May hang or crash with whatever nsswitch.conf
 * loads; nobody but resolver.c waits for it.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver_child.h"

#define PASSWD_MAX	(1024 * 1024)

/* The passwd entry's name and group; 0 when there is one, 1 when there is none, -1 not known. */
static int
look_up(uid_t uid, char name[RESOLVER_NAME], gid_t *gid)
{
	struct passwd pw, *found = NULL;
	size_t size = 16 * 1024;
	char *buf = NULL, *more;
	int e = ENOMEM, ret = -1;

	do {
		if ((more = realloc(buf, size)) == NULL)
			break;
		buf = more;
		e = getpwuid_r(uid, &pw, buf, size, &found);
		size *= 4;
	} while (e == ERANGE && size <= PASSWD_MAX);
	if (found != NULL && found->pw_uid == uid && strlen(found->pw_name) < RESOLVER_NAME) {
		memcpy(name, found->pw_name, strlen(found->pw_name) + 1);
		*gid = found->pw_gid;
		ret = 0;
	}
	free(buf);
	return e == 0 && found == NULL ? 1 : ret;
}

static int
groups_of(const char *name, gid_t gid, gid_t **gids, int *n)
{
	gid_t *more;
	int size = 64;

	*gids = NULL;
	for (; size <= RESOLVER_GROUPS; size *= 4) {
		if ((more = realloc(*gids, (size_t)size * sizeof(**gids))) == NULL)
			return -1;
		*gids = more;
		*n = size;
		if (getgrouplist(name, gid, *gids, n) != -1)
			return 0;
	}
	return -1;
}

static int
answer_one(int fd, uid_t uid)
{
	char name[RESOLVER_NAME] = "";
	struct resolver_answer a = { .uid = uid };
	struct iovec iov[3];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	gid_t gid = 0, *gids = NULL;
	int n = 0, ret = look_up(uid, name, &gid);

	if (ret == 1)
		a.known = RESOLVER_NOBODY;
	else if (ret == 0 && groups_of(name, gid, &gids, &n) == 0)
		a.known = RESOLVER_KNOWN;
	a.ngids = a.known == RESOLVER_KNOWN ? (uint32_t)n : 0;
	a.namelen = a.known == RESOLVER_KNOWN ? (uint32_t)strlen(name) : 0;
	iov[0] = (struct iovec){ &a, sizeof(a) };
	iov[1] = (struct iovec){ gids, a.ngids * sizeof(*gids) };
	iov[2] = (struct iovec){ name, a.namelen };
	ret = sendmsg(fd, &msg, MSG_NOSIGNAL) == -1 ? -1 : 0;
	free(gids);
	return ret;
}

void
resolver_child(int fd)
{
	uid_t uid;

	prctl(PR_SET_NAME, "s3jitd-names");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Sockets, database and pidfds of the broker are none of its business. */
	if (fd != 3 && dup3(fd, 3, 0) == -1)
		_exit(1);
	if (close_range(4, ~0U, 0) == -1)
		_exit(1);
	while (recv(3, &uid, sizeof(uid), 0) == sizeof(uid))
		if (answer_one(3, uid) == -1)
			break;
	_exit(0);
}
