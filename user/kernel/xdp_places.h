/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which XDP program is attached to which device: one dump of a namespace's
 * links, and one pass over the system's bpf_links, for all programs at once.
 */
#ifndef NETMEM_XDP_PLACES_H
#define NETMEM_XDP_PLACES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/kernel/namespaces.h"
#include "user/kernel/xdp.h"

/* A device that an instance runs on. */
struct xdp_place {
	__u32 ifindex;
	__u32 netns; /* inode; 0: not known */
	char device[NAME_LEN]; /* "": not known */
	bool attached; /* seen attached now; else: a frame came from there */
	const char *mode; /* "native", "generic", "offloaded"; NULL: not known */
	__u32 link; /* id of the bpf_link that attaches it; 0: none */
};

struct xdp_attached {
	__u32 program;
	struct xdp_place place;
};

/* All zero is an empty one. */
struct xdp_places {
	struct xdp_attached *items;
	size_t count;
	uint64_t own; /* the net namespace of this process */
	bool everywhere; /* other namespaces were asked, too */
	bool named; /* namespaces were found */
	struct namespaces namespaces;
};

/*
 * Those of this net namespace, and of bpf_links wherever they are. Returns 0
 * or a negative errno, with an empty list.
 */
int xdp_places_find(struct xdp_places *places);

/* Those of all namespaces that can be entered; does nothing the second time. */
int xdp_places_find_everywhere(struct xdp_places *places);

/*
 * What people call another net namespace: its name below /run/netns, else its
 * inode. Returns "" for our own, and for 0.
 */
const char *xdp_places_netns(struct xdp_places *places, __u32 netns, char *text,
			     size_t size);

void xdp_places_clear(struct xdp_places *places);

/*
 * Where a program is pinned below /sys/fs/bpf. False: nowhere there, in the
 * first few thousand files.
 */
bool xdp_pin_path(__u32 program, char *path, size_t size);

#endif
