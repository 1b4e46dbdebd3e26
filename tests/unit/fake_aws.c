/*
 * fake_aws.c - see fake_aws.h.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "s3jit/clock.h"

#include "fake_aws.h"

#define ROLES "/latest/meta-data/iam/security-credentials/"
#define CONNS 64

struct fake_aws *fake_aws;
static int alive = -1;		/* closed, it ends */

/* --- what it says ----------------------------------------------------------------- */

static long
imds(char *body, size_t size, const char *path)
{
	char until[CLOCK_TEXT];

	if (strcmp(path, "/latest/api/token") == 0)
		snprintf(body, size, "a-token-for-the-service");
	else if (strcmp(path, ROLES) == 0)
		snprintf(body, size, "signer");
	else
		snprintf(body, size, "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAIMDS\","
		    "\"SecretAccessKey\":\"" FAKE_AWS_SECRET "\",\"Token\":\"" FAKE_AWS_TOKEN "\","
		    "\"Expiration\":\"%s\"}", clock_iso(until, fake_aws->expires));
	return 200;
}

static long
sts(char *body, size_t size, const char *form)
{
	const char *name = strstr(form, "RoleSessionName=");
	char until[CLOCK_TEXT];

	if (name == NULL)
		return 400;
	name += strlen("RoleSessionName=");
	snprintf(body, size, "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
	    "<AccessKeyId>ASIALENT</AccessKeyId><SecretAccessKey>" FAKE_AWS_SECRET "</SecretAccessKey>"
	    "<SessionToken>" FAKE_AWS_TOKEN "</SessionToken><Expiration>%s</Expiration></Credentials>"
	    "<AssumedRoleUser><AssumedRoleId>AROAFAKE:%.*s</AssumedRoleId></AssumedRoleUser>"
	    "</AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
	    "</AssumeRoleResponse>", clock_iso(until, fake_aws->expires), (int)strcspn(name, "&"),
	    name);
	return 200;
}

/* Of a whole request, by whom it is for. */
static long
answer(char *body, size_t size, const char *request, const char *form)
{
	const char *path = strchr(request, ' ') + 1;
	char copy[256];

	*body = '\0';
	if (*form != '\0')
		snprintf(fake_aws->form, sizeof(fake_aws->form), "%s", form);
	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(path, " "), path);
	if (strcasestr(request, "\r\nhost: 169.254.169.254\r\n") != NULL)
		return imds(body, size, copy);
	if (strcasestr(request, "\r\nhost: sts.") != NULL)
		return sts(body, size, form);
	if (strcasestr(request, "\r\nhost: iam.") != NULL)
		return 200;
	return fake_aws->probe_status;
}

/* --- a connection is a request ------------------------------------------------------ */

/* The body that follows the headers, once all of it is there. */
static const char *
whole(const char *request)
{
	const char *form = strstr(request, "\r\n\r\n"), *length;

	if (form == NULL)
		return NULL;
	form += 4;
	length = strcasestr(request, "\r\nContent-Length: ");
	if (length != NULL && strlen(form) < strtoul(length + 18, NULL, 10))
		return NULL;
	return form;
}

static void
reply(int fd, const char *request, const char *form)
{
	char body[4096], head[256];
	long status = answer(body, sizeof(body), request, form);

	snprintf(head, sizeof(head), "HTTP/1.1 %ld X\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\n"
	    "Connection: close\r\nContent-Length: %zu\r\n\r\n", status, strlen(body));
	if (send(fd, head, strlen(head), MSG_NOSIGNAL) > 0)
		(void)send(fd, body, strlen(body), MSG_NOSIGNAL);
}

static struct conn {
	char request[16384];
	size_t len;
} conns[CONNS];

/* Take what came; false: the connection is over. */
static bool
serve(int fd, struct conn *c)
{
	ssize_t n = recv(fd, c->request + c->len, sizeof(c->request) - 1 - c->len, 0);
	const char *form;

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	c->request[c->len] = '\0';
	if ((form = whole(c->request)) != NULL)
		reply(fd, c->request, form);
	return form == NULL;
}

/* Side by side: libcurl may hold one open and ask over another. */
static void __attribute__((noreturn))
serve_all(int listener, int stop)
{
	struct pollfd p[CONNS + 2];
	int i, fd;

	for (i = 0; i < CONNS + 2; i++)
		p[i] = (struct pollfd){ .fd = i < CONNS ? -1 : i == CONNS ? listener : stop,
		    .events = POLLIN };
	while (poll(p, CONNS + 2, -1) > 0 && p[CONNS + 1].revents == 0) {
		for (i = 0; i < CONNS; i++)
			if (p[i].fd != -1 && p[i].revents != 0 && !serve(p[i].fd, &conns[i])) {
				close(p[i].fd);
				p[i].fd = -1;
			}
		if (p[CONNS].revents == 0 || (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) == -1)
			continue;
		for (i = 0; i < CONNS - 1 && p[i].fd != -1; i++)
			;
		p[i].fd = fd;
		p[i].revents = 0;
		conns[i].len = 0;
	}
	_exit(0);
}

/* A child's child, so that a test's own children are those that it must not leave. */
void
fake_aws_start(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int listener, ends[2], status;
	pid_t pid;

	fake_aws = mmap(NULL, sizeof(*fake_aws), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	assert_ptr_not_equal(fake_aws, MAP_FAILED);
	assert_int_not_equal(listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), -1);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	snprintf(fake_aws->place, sizeof(fake_aws->place), "::127.0.0.1:%u", ntohs(a.sin_port));
	assert_int_equal(listen(listener, 64), 0);
	assert_int_equal(pipe(ends), 0);
	if ((pid = fork()) == 0) {
		close(ends[1]);
		if (fork() == 0)
			serve_all(listener, ends[0]);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(listener);
	close(ends[0]);
	alive = ends[1];
}

void
fake_aws_stop(void)
{
	close(alive);
}
