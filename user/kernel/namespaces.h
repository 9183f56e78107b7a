/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network namespaces by inode: one scan of /run/netns and of /proc finds all
 * that somebody can enter. A search for each would cost the product of
 * namespaces and processes.
 */
#ifndef NETMEM_NAMESPACES_H
#define NETMEM_NAMESPACES_H

#include <stddef.h>
#include <stdint.h>

struct namespace
{
	uint64_t inode;
	char *path; /* "/run/netns/NAME" or "/proc/PID/ns/net" */
};

/* All zero is an empty one. */
struct namespaces {
	struct namespace *items; /* by inode, ascending; each once */
	size_t count;
};

/* Scans anew. Returns 0, or -ENOMEM with the list empty. */
int namespaces_find(struct namespaces *list);

void namespaces_clear(struct namespaces *list);

/*
 * Opens a namespace. Where the process that the scan met is gone since, it scans
 * once more. A descriptor, -ENOENT when nobody is in it, or another errno.
 */
int namespaces_open(struct namespaces *list, uint64_t inode);

/* Has the calling thread enter it; 0, or what namespaces_open() returns. */
int namespaces_enter(struct namespaces *list, uint64_t inode);

/* Its name below /run/netns, NULL: it has none. */
const char *namespaces_name(const struct namespaces *list, uint64_t inode);

#endif
