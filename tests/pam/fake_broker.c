/*
 * fake_broker.c - see fake_broker.h.  A test tool, never installed.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/guest.h"
#include "s3jit/wire.h"

#include "fake_broker.h"

#define CONNECTIONS 32

static void
say(int fd, enum guest_word word, const char *text)
{
	struct guest_answer answer = { word, (char *)(uintptr_t)text };
	unsigned char *body = NULL;
	size_t len;

	if (guest_answer_encode(&body, &len, &answer, NULL) == 0)
		(void)wire_write(fd, body, len, clock_boot_ms() + 1000, NULL);
	free(body);
}

static void
drip(int fd)
{
	static const unsigned char head[4] = { 0, 0, 4, 0 };

	(void)send(fd, head, sizeof(head), MSG_NOSIGNAL);
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1)
		usleep(100000);
}

static void
note_register(struct fake_seen *seen, const void *body, size_t len)
{
	struct guest_register reg;

	if (guest_register_decode(&reg, body, len, NULL) == -1) {
		seen->strange++;
		return;
	}
	seen->uid = reg.uid;
	seen->loginuid = reg.loginuid;
	seen->sessionid = reg.sessionid;
	snprintf(seen->user, sizeof(seen->user), "%s", reg.user);
	snprintf(seen->service, sizeof(seen->service), "%s", reg.service);
	snprintf(seen->rhost, sizeof(seen->rhost), "%s", reg.rhost);
	snprintf(seen->tty, sizeof(seen->tty), "%s", reg.tty);
	snprintf(seen->boot_id, sizeof(seen->boot_id), "%s", reg.boot_id);
	snprintf(seen->auth_info, sizeof(seen->auth_info), "%s", reg.auth_info);
	guest_register_clear(&reg);
	seen->registers++;
}

static void
note_facts(struct fake_seen *seen, const void *body, size_t len)
{
	struct guest_facts facts;

	if (guest_facts_decode(&facts, body, len, NULL) == -1) {
		seen->strange++;
		return;
	}
	seen->uid = facts.ruid;
	seen->loginuid = facts.loginuid;
	seen->sessionid = facts.sessionid;
	seen->facts++;
}

static void
note_verdict(struct fake_seen *seen, const void *body, size_t len)
{
	struct guest_verdict verdict;

	if (guest_verdict_decode(&verdict, body, len, NULL) == -1) {
		seen->strange++;
		return;
	}
	seen->pam_code = verdict.pam_code;
	seen->verdicts++;
}

static void
reply(int fd, enum fake_mode mode, int kind, const struct fake_seen *seen)
{
	switch (mode) {
	case FAKE_GO:
		say(fd, GUEST_GO, "");
		if (kind == 'F')
			(void)wire_write(fd, "hello", 5, clock_boot_ms() + 1000, NULL);
		break;
	case FAKE_REFUSE:
		say(fd, GUEST_REFUSE, FAKE_REFUSAL);
		break;
	case FAKE_REAUTH:
		if (kind == 'F')
			say(fd, GUEST_REAUTH, "");
		else if (seen->pam_code == 0)
			say(fd, GUEST_GO, "");
		else
			say(fd, GUEST_REFUSE, "PAM said no");
		break;
	case FAKE_WRONG_WORD:
		say(fd, kind == 'V' ? GUEST_GO : GUEST_REAUTH, "");
		break;
	case FAKE_GARBAGE:
		(void)wire_write(fd, "S3JA garbage", 12, clock_boot_ms() + 1000, NULL);
		break;
	case FAKE_DRIP:
		drip(fd);
		break;
	case FAKE_HANG:
	case FAKE_FROZEN:
	case FAKE_HANGUP:
		break;
	}
}

/* 0 when the connection is over. */
static int
serve_frame(int fd, enum fake_mode mode, struct fake_seen *seen)
{
	void *body = NULL;
	size_t len;
	int kind;

	if (wire_read(fd, &body, &len, WIRE_GUEST_MAX, clock_boot_ms() + 1000, NULL) == -1)
		return 0;
	kind = guest_kind(body, len);
	if (kind == 'R')
		note_register(seen, body, len);
	else if (kind == 'F')
		note_facts(seen, body, len);
	else if (kind == 'V')
		note_verdict(seen, body, len);
	else
		seen->strange++;
	free(body);
	if (mode == FAKE_HANGUP)
		return 0;
	reply(fd, mode, kind, seen);
	return 1;
}

static _Noreturn void
serve(int listener, enum fake_mode mode, struct fake_seen *seen)
{
	struct pollfd p[CONNECTIONS + 1] = { { .fd = listener, .events = POLLIN } };
	int n = 1;

	if (mode == FAKE_FROZEN)
		for (;;)
			pause();
	for (;;) {
		p[0].events = n <= CONNECTIONS ? POLLIN : 0;
		if (poll(p, (nfds_t)n, -1) == -1)
			_exit(1);
		for (int i = n - 1; i > 0; i--) {
			if (p[i].revents == 0 || serve_frame(p[i].fd, mode, seen))
				continue;
			close(p[i].fd);
			p[i] = p[--n];
			seen->ended++;
		}
		if ((p[0].revents & POLLIN) != 0) {
			p[n] = (struct pollfd){ .fd = accept(listener, NULL, NULL), .events = POLLIN };
			if (p[n].fd != -1) {
				n++;
				seen->connections++;
			}
		}
	}
}

/* The folder lies right below root's /tmp, as guest_server_ok() wants it. */
static int
listener_make(struct fake *f, enum fake_mode mode)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	snprintf(f->dir, sizeof(f->dir), "/tmp/s3jit-test-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/root.sock", f->dir);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", f->path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1 ||
	    listen(fd, mode == FAKE_FROZEN ? 0 : 128) == -1)
		return -1;
	if (mode == FAKE_FROZEN) {
		f->filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		(void)connect(f->filler, (const struct sockaddr *)&addr, sizeof(addr));
	}
	return fd;
}

int
fake_start(struct fake *f, enum fake_mode mode)
{
	pid_t parent = getpid();
	int fd;

	*f = (struct fake){ .pid = -1, .filler = -1 };
	f->seen = mmap(NULL, sizeof(*f->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	if (f->seen == MAP_FAILED || (fd = listener_make(f, mode)) == -1 ||
	    (f->pid = fork()) == -1) {
		perror("fake broker");
		return -1;
	}
	if (f->pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
			_exit(1);
		serve(fd, mode, f->seen);
	}
	close(fd);
	return 0;
}

void
fake_stop(struct fake *f)
{
	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	if (f->filler != -1)
		close(f->filler);
	snprintf(f->path, sizeof(f->path), "%s/root.sock", f->dir);	/* tests point it elsewhere */
	unlink(f->path);
	rmdir(f->dir);
	munmap(f->seen, sizeof(*f->seen));
	f->pid = -1;
}

int
fake_wait(const volatile int *counter, int want)
{
	for (int i = 0; i < 400 && *counter < want; i++)
		usleep(5000);
	return *counter >= want;
}
