/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network namespaces as people name them, and devices in them. A descriptor of
 * a namespace keeps it alive: it is for the moment only.
 */
#ifndef NETMEM_NETNS_H
#define NETMEM_NETNS_H

#include <stddef.h>
#include <stdint.h>

/* Inode number of the namespace that we are in; 0: unknown. */
uint64_t netns_own(void);

/*
 * Opens the namespace of this name: one of /run/netns, a path, the number of a
 * process, or the inode number of the namespace, if a process is in it or it
 * has a name. An empty name: ours. A descriptor, or -ENOENT, or another errno.
 */
int netns_open(const char *name, size_t length);

/* The inode number behind a descriptor; 0: unknown. */
uint64_t netns_inode(int fd);

/*
 * Goes back to our namespace, of which @own is open. Who may not go to another
 * one has left none. Returns 0 or negative errno.
 */
int netns_return(int own);

/* The number of a device in the namespace of a descriptor; 0: there is none,
 * and errno is ENODEV, or EPERM for a namespace that we may not enter.
 */
uint32_t netns_ifindex(int fd, const char *device);

#endif
