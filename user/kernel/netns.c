// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/namespaces.h"
#include "user/kernel/netns.h"

#define OWN_NETNS "/proc/self/ns/net"
#define NAMED_NETNS "/run/netns"

static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_inode(uint64_t inode)
{
	struct namespaces all = {};
	int fd = namespaces_find(&all);

	if (!fd)
		fd = namespaces_open(&all, inode);
	namespaces_clear(&all);
	return fd;
}

/* All digits: of a process, or of the namespace itself; 0: no number. */
static uint64_t number_of(const char *name)
{
	const char *digit;

	for (digit = name; isdigit((unsigned char)*digit); digit++)
		;
	return *digit ? 0 : strtoull(name, NULL, 10);
}

int netns_open(const char *name, size_t length)
{
	char text[256], path[PATH_MAX];
	uint64_t number;
	int fd;

	if (!length)
		return open_path(OWN_NETNS);
	if (length >= sizeof(text))
		return -ENOENT;
	snprintf(text, sizeof(text), "%.*s", (int)length, name);
	if (text[0] == '/')
		return open_path(text);
	snprintf(path, sizeof(path), NAMED_NETNS "/%s", text);
	fd = open_path(path);
	number = number_of(text);
	if (fd != -ENOENT || !number)
		return fd;
	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/ns/net", number);
	fd = open_path(path);
	return fd == -ENOENT ? open_inode(number) : fd;
}

uint32_t netns_ifindex(int fd, const char *device)
{
	uint32_t ifindex;
	int own, err;

	if (netns_inode(fd) == netns_own())
		return if_nametoindex(device);
	own = open_path(OWN_NETNS);
	if (own < 0)
		return 0;
	ifindex = setns(fd, CLONE_NEWNET) ? 0 : if_nametoindex(device);
	err = errno;
	/* Nothing that follows may happen in another namespace. */
	if (netns_return(own))
		abort();
	close(own);
	errno = err;
	return ifindex;
}
