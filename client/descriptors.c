/*
 * descriptors.c - see descriptors.h.  (s3-sudo does the same before it is us.)
 */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "descriptors.h"

void
descriptors_settle(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != fd)
			_exit(1);
}
