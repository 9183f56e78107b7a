/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an instance of xdp_netmem_stats.bpf.o has counted.
 */
#ifndef NETMEM_XDP_READ_H
#define NETMEM_XDP_READ_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "user/kernel/xdp_find.h"

struct xdp_queue_reading {
	__u32 queue;
	__u64 packets[XDP_ACTIONS];
	__u64 bytes[XDP_ACTIONS];
	__u64 sizes[XDP_SIZE_BUCKETS];
	struct xdp_rxq_record rxq; /* ifindex 0: no sampled frame yet */
};

/* A device that an instance runs on. */
struct xdp_place {
	__u32 ifindex;
	__u32 netns; /* inode; 0: not known */
	char device[NAME_LEN]; /* "": not known */
	bool attached; /* seen attached now; else: a frame came from there */
};

/* An instance, summed up over CPUs. Sampled numbers are not scaled. */
struct xdp_reading {
	__u32 sample; /* one frame in this many is sampled */
	struct xdp_place *places;
	size_t place_count;
	struct xdp_queue_reading *queues; /* those that saw a frame */
	size_t queue_count;

	__u64 packets[XDP_ACTIONS]; /* every frame */
	__u64 bytes[XDP_ACTIONS];
	__u64 sizes[XDP_SIZE_BUCKETS];

	struct xdp_sample_stats samples; /* sampled frames */
	__u64 reuse[XDP_REUSE_BUCKETS]; /* pages by sightings, ended ones too */
	__u64 reuse_max; /* sightings of one page */
};

/**
 * xdp_read() - read an instance
 *
 * Free with xdp_reading_free(). Places are those of bpf_links, of this net
 * namespace's devices, and those that sampled frames named.
 */
int xdp_read(const struct xdp_instance *instance, struct xdp_reading *reading);

void xdp_reading_free(struct xdp_reading *reading);

#endif
