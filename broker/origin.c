/*
 * origin.c - where a login came from.
 *
 * Runs in s3jitd.  rhost is text from PAM: it is compared, never looked up.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <ifaddrs.h>
#include <string.h>

#include "origin.h"

/* An IPv4 address becomes ::ffff:a.b.c.d, so that one comparison does. */
static void
map_v4(struct in6_addr *to, const struct in_addr *from)
{
	memset(to, 0, sizeof(*to));
	to->s6_addr[10] = to->s6_addr[11] = 0xff;
	memcpy(&to->s6_addr[12], from, 4);
}

static int
parse(struct in6_addr *to, const char *text)
{
	char plain[INET6_ADDRSTRLEN];
	struct in_addr v4;
	size_t len = strcspn(text, "%");	/* fe80::1%eth0 */

	if (len >= sizeof(plain))
		return -1;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (inet_pton(AF_INET, plain, &v4) == 1) {
		map_v4(to, &v4);
		return 0;
	}
	return inet_pton(AF_INET6, plain, to) == 1 ? 0 : -1;
}

static bool
is_loopback(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) ||
	    (IN6_IS_ADDR_V4MAPPED(a) && (a->s6_addr[12] == 127 || a->s6_addr[12] == 0));
}

/* Does one of our interfaces have this address?  Not knowing is a yes. */
static bool
is_ours(const struct in6_addr *a)
{
	struct ifaddrs *all, *i;
	struct in6_addr one;
	bool ours = false;

	if (getifaddrs(&all) == -1)
		return true;
	for (i = all; i != NULL && !ours; i = i->ifa_next) {
		if (i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			map_v4(&one, &((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr);
		else if (i->ifa_addr->sa_family == AF_INET6)
			one = ((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
		else
			continue;
		ours = memcmp(&one, a, sizeof(one)) == 0;
	}
	freeifaddrs(all);
	return ours;
}

bool
origin_is_local(const char *service, const char *rhost)
{
	struct in6_addr a;

	if (rhost[0] == '\0')
		return strcmp(service, "login") != 0;	/* a console has no remote host */
	if (parse(&a, rhost) == -1)
		return true;
	return is_loopback(&a) || is_ours(&a);
}
