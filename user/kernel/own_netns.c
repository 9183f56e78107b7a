// SPDX-License-Identifier: GPL-2.0
/* The network namespace that we are in, without what finds others. */
#include <errno.h>
#include <sched.h>
#include <sys/stat.h>

#include "user/kernel/netns.h"

#define OWN_NETNS "/proc/self/ns/net"

uint64_t netns_own(void)
{
	struct stat ns;

	return stat(OWN_NETNS, &ns) ? 0 : ns.st_ino;
}

uint64_t netns_inode(int fd)
{
	struct stat ns;

	return fstat(fd, &ns) ? 0 : ns.st_ino;
}

int netns_return(int own)
{
	if (netns_inode(own) == netns_own())
		return 0;
	return setns(own, CLONE_NEWNET) ? -errno : 0;
}
