/*
 * warn.c - what a configuration allows and is yet worth a word (F7).
 *
 * Runs in `s3jitd -t` and `s3jit-admin doctor` only: it walks the whole user
 * database.  What other files decide (sudoers, nftables) is not judged here.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct warner {
	struct strv *out;
	const struct config *conf;
	struct s3jit_err *err;
};

static int __attribute__((format(printf, 3, 4)))
warn(struct warner *w, int line, const char *fmt, ...)
{
	char *text = NULL, *full = NULL;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (rc != -1)
		rc = line == 0 ? asprintf(&full, "%s: %s", w->conf->file, text) :
		    asprintf(&full, "%s:%d: %s", w->conf->file, line, text);
	if (rc != -1)
		rc = strv_push(w->out, full);
	free(text);
	free(full);
	return rc == -1 ? s3jit_fail_errno(w->err, "%s", w->conf->file) : 0;
}

/* Is everybody of `less` in `more`, as far as the names tell? */
static bool
within(const struct who *less, const struct who *more)
{
	size_t i;

	for (i = 0; i < less->groups.n; i++)
		if (!strv_has(&more->groups, less->groups.v[i]))
			return false;
	for (i = 0; i < less->users.n; i++)
		if (!strv_has(&more->users, less->users.v[i]))
			return false;
	return true;
}

/* Members of a group by list and by primary group, root left out. */
static int64_t
members(gid_t gid)
{
	struct strv seen = { NULL, 0 };
	const struct passwd *pw;
	const struct group *gr;
	int64_t n;
	char **m;

	if ((gr = getgrgid(gid)) != NULL)
		for (m = gr->gr_mem; *m != NULL; m++)
			if (!strv_has(&seen, *m) && strcmp(*m, "root") != 0)
				(void)strv_push(&seen, *m);
	setpwent();
	while ((pw = getpwent()) != NULL)
		if (pw->pw_gid == gid && pw->pw_uid != 0 && !strv_has(&seen, pw->pw_name))
			(void)strv_push(&seen, pw->pw_name);
	endpwent();
	n = (int64_t)seen.n;
	strv_clear(&seen);
	return n;
}

static int
warn_quorum(struct warner *w, const struct rule *r, const struct quorum *q)
{
	int64_t n;

	if (q->who.groups.n == 0)
		return 0;
	if (q->who.gids != NULL && (n = members(q->who.gids[0])) < q->count &&
	    warn(w, r->line, "rule \"%s\": approvals: \"%s\" cannot be reached: the group has %lld "
	    "member%s here", r->title, q->text, (long long)n, n == 1 ? "" : "s") == -1)
		return -1;
	if (strv_has(&r->who.groups, q->who.groups.v[0]))
		return warn(w, r->line, "rule \"%s\": approvals: \"%s\": the people who ask are the "
		    "people who sign off", r->title, q->text);
	return 0;
}

static int
warn_shadowed(struct warner *w, size_t nth)
{
	const struct rule *r = &w->conf->rules[nth], *before;
	size_t i;

	for (i = 0; i < nth; i++) {
		before = &w->conf->rules[i];
		/* one that keeps keys with s3jit leaves the others to those behind it */
		if (before->delivery[0] != '\0' && strcmp(before->delivery, r->delivery) != 0)
			continue;
		if (within(&r->who, &before->who) && scope_covers(&before->allow, &r->allow, NULL))
			return warn(w, r->line, "rule \"%s\" never counts: rule \"%s\" in line %d covers "
			    "the same people and permissions and comes first", r->title, before->title,
			    before->line);
	}
	return 0;
}

/* Buckets of one account through a role of another: meant or forgotten? */
static int
warn_account(struct warner *w, int line, const char *kind, const char *title, const char *role,
    const char *account)
{
	const char *of = strstr(role, "::");

	if (of == NULL || *account == '\0' || strncmp(of + 2, account, strlen(account)) == 0)
		return 0;
	return warn(w, line, "%s \"%s\": its role is of account %.12s, and its buckets must be of "
	    "account %s (account)", kind, title, of + 2, account);
}

static int
warn_rule(struct warner *w, size_t nth)
{
	const struct rule *r = &w->conf->rules[nth];
	size_t i;

	if (r->who.groups.n == 0 && r->who.users.n == 0)
		return warn(w, r->line, "rule \"%s\": no groups and no users: nobody may use it", r->title);
	if (r->allow.n == 0)
		return warn(w, r->line, "rule \"%s\": allow is empty: it never counts", r->title);
	if (warn_shadowed(w, nth) == -1 ||
	    warn_account(w, r->line, "rule", r->title, r->role, r->account) == -1)
		return -1;
	if (r->automatic)
		return warn(w, r->line, "rule \"%s\": auto = true: nobody signs off", r->title);
	for (i = 0; i < r->nquorum; i++)
		if (warn_quorum(w, r, &r->quorum[i]) == -1)
			return -1;
	if (!r->reauth_approver)
		return warn(w, r->line, "rule \"%s\": reauth does not name \"approver\": it stops "
		    "mistakes, but nobody who can run commands as an approver", r->title);
	return 0;
}

/* s3jit-signer and everybody's uploads read it. */
static int
warn_ca(struct warner *w)
{
	const char *file = w->conf->aws.ca_file;
	struct stat st;

	if (*file == '\0')
		return 0;
	if (stat(file, &st) == -1)
		return warn(w, 0, "aws: ca-file: %s: %s", file, strerror(errno));
	if ((st.st_mode & S_IROTH) == 0)
		return warn(w, 0, "aws: ca-file: %s: not everybody can read it (chmod 644)", file);
	return 0;
}

int
config_warnings(struct strv *out, const struct config *c, struct s3jit_err *err)
{
	struct warner w = { out, c, err };
	size_t i;

	memset(out, 0, sizeof(*out));
	if (c->nbaselines == 0 && warn(&w, 0, "no baseline: nobody can read by default") == -1)
		goto fail;
	if (*c->aws.account == '\0' && warn(&w, 0, "aws: no account: a bucket of the same name in "
	    "another account is not told apart") == -1)
		goto fail;
	if (warn_ca(&w) == -1)
		goto fail;
	if (c->local_votes && warn(&w, 0, "local-votes = true: who can log in from this host itself "
	    "may sign off") == -1)
		goto fail;
	for (i = 0; i < c->nbaselines; i++)
		if (warn_account(&w, c->baselines[i].line, "baseline", c->baselines[i].title,
		    c->baselines[i].role, c->baselines[i].account) == -1)
			goto fail;
	for (i = 0; i < c->nrules; i++)
		if (warn_rule(&w, i) == -1)
			goto fail;
	return 0;
fail:
	strv_clear(out);
	return -1;
}
