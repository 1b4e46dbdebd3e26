/*
 * person.c - is this person one of them?  Runs in s3jitd; pure.
 */
#include "config.h"

#include "resolver.h"

bool
person_is(const struct person *p, const struct who *who)
{
	size_t i, k;

	if (p == NULL || !p->known)
		return false;
	for (i = 0; i < who->users.n && who->uids != NULL; i++)
		if (who->uids[i] == p->uid)
			return true;
	for (i = 0; i < who->groups.n && who->gids != NULL; i++)
		for (k = 0; k < p->ngids; k++)
			if (who->gids[i] == p->gids[k])
				return true;
	return false;
}
