/* SPDX-License-Identifier: GPL-2.0 */
/* What files of this directory, and the loader, share. */
#ifndef NETMEM_KERNEL_PRIVATE_H
#define NETMEM_KERNEL_PRIVATE_H

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Names in xdp_netmem_stats.bpf.o. */
#define PROGRAM_PREFIX "netmem_"
#define RODATA_SUFFIX ".rodata"

/* Closes what is open; -1 is not. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline bool name_ends(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length >= tail && !strcmp(name + length - tail, end);
}

#endif
