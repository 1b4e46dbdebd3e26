/*
 * tree.c - all processes that descend from us, to end what a command started.
 *
 * Runs in s3-sudo-client as the person, which is the reaper of its
 * descendants (PR_SET_CHILD_SUBREAPER): also a daemon that left its parent
 * stays in our tree.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

struct process {
	pid_t pid, parent;
	bool ours;
};

/*
 * Parent and state from /proc/PID/stat: behind the last ')', names may hold anything.  A
 * zombie with more than one thread is none: only its first thread has ended (proc(5)).
 */
static int
stat_read(pid_t pid, struct process *p)
{
	char path[64], buf[1024], *after, state;
	int fd, parent, threads;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	buf[n] = '\0';
	if ((after = strrchr(buf, ')')) == NULL ||
	    sscanf(after + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d",
	    &state, &parent, &threads) != 3 || (state == 'Z' && threads <= 1))
		return -1;
	p->pid = pid;
	p->parent = (pid_t)parent;
	p->ours = false;
	return 0;
}

static struct process *
processes(size_t *n)
{
	struct process *v = NULL, *bigger, one;
	struct dirent *d;
	DIR *proc;

	*n = 0;
	if ((proc = opendir("/proc")) == NULL)
		return NULL;
	while ((d = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)d->d_name[0]) ||
		    stat_read((pid_t)atoi(d->d_name), &one) == -1)
			continue;
		if ((bigger = reallocarray(v, *n + 1, sizeof(*v))) == NULL)
			break;
		v = bigger;
		v[(*n)++] = one;
	}
	closedir(proc);
	return v;
}

/* Mark children of `root` and of what is marked, until nothing is added. */
static void
mark(struct process *v, size_t n, pid_t root)
{
	size_t i, j;
	bool more;

	do {
		more = false;
		for (i = 0; i < n; i++) {
			if (v[i].ours || v[i].pid == root)
				continue;
			for (j = 0; j < n && !(v[j].ours && v[j].pid == v[i].parent); j++)
				;
			if (v[i].parent == root || j < n)
				v[i].ours = more = true;
		}
	} while (more);
}

int
command_tree_signal(int sig)
{
	struct process *v;
	int found = 0;
	size_t i, n;

	v = processes(&n);
	if (v == NULL)
		return 0;
	mark(v, n, getpid());
	for (i = 0; i < n; i++) {
		if (!v[i].ours)
			continue;
		found++;
		if (sig != 0)
			(void)kill(v[i].pid, sig);
	}
	free(v);
	return found;
}
