/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of the maps of bpf/xdp_netmem_stats.bpf.c, shared with user/kernel/xdp.c.
 * They are read by people as well, in `bpftool map dump`: docs/xdp.md.
 */
#ifndef NETMEM_XDP_RECORDS_H
#define NETMEM_XDP_RECORDS_H

#include "model/records.h"

/* enum xdp_action: aborted, drop, pass, tx, redirect; index of all tables. */
#define XDP_ACTIONS 5

/* Queues counted one by one; the last one stands for all above it, too. */
#define XDP_QUEUES 16

/* One frame in this many is looked at closely. */
#define XDP_SAMPLE 128

/* Sizes: 16 steps of 128 bytes, then steps of 4096 bytes (0..4095 is unused). */
#define XDP_SMALL_SHIFT 7
#define XDP_SMALL_BUCKETS 16
#define XDP_LARGE_SHIFT 12
#define XDP_SIZE_BUCKETS 33

/* Headroom in steps of 32 bytes; the last bucket takes all above. */
#define XDP_HEADROOM_SHIFT 5
#define XDP_HEADROOM_BUCKETS 17

/* Fragments per frame beside the head; the last bucket takes all above. */
#define XDP_FRAG_BUCKETS 19

/* enum xdp_mem_type; the last one takes types that are newer than we are. */
#define XDP_MEM_TYPES 6

/* Sightings per page, by power of two: bucket n is 2^n to 2^(n+1) - 1. */
#define XDP_REUSE_BUCKETS 32
#define XDP_REUSE_PAGES 1024

/* A page's virtual address in units of 4 KiB, whatever the page size. */
#define XDP_PAGE_SHIFT 12

/* What a loader may set before the load: all of the object's .rodata. */
struct xdp_config {
	__u32 sample_mask; /* a power of two less one; 0: every frame */
	__u32 queues; /* max_entries of netmem_stats and netmem_rxq */
	__u32 cpu; /* where netmem_redirect_cpu sends frames */
	__u32 reserved;
};
RECORD_SIZE(xdp_config, 16);

struct xdp_verdict_stats {
	__u64 packets;
	__u64 bytes;
};
RECORD_SIZE(xdp_verdict_stats, 16);

/* netmem_stats: per CPU and receive queue; every frame is in here. */
struct xdp_queue_stats {
	struct xdp_verdict_stats aborted; /* named, in the order of */
	struct xdp_verdict_stats drop; /* enum xdp_action: people read */
	struct xdp_verdict_stats pass; /* map dumps */
	struct xdp_verdict_stats tx;
	struct xdp_verdict_stats redirect;
	__u64 sizes[XDP_SIZE_BUCKETS];
};
RECORD_SIZE(xdp_queue_stats, 344);

/* The counters of an enum xdp_action; a constant one costs nothing. */
MODEL_INLINE struct xdp_verdict_stats *
xdp_verdict(struct xdp_queue_stats *stats, __u32 action)
{
	switch (action) {
	case 1:
		return &stats->drop;
	case 2:
		return &stats->pass;
	case 3:
		return &stats->tx;
	case 4:
		return &stats->redirect;
	default:
		return &stats->aborted;
	}
}

/* netmem_samples: per CPU; sampled frames only. */
struct xdp_sample_stats {
	__u64 frames;
	__u64 multi_buffer; /* of them, with fragments */
	__u64 headroom[XDP_HEADROOM_BUCKETS];
	__u64 fragments[XDP_FRAG_BUCKETS];
	__u64 memory_types[XDP_MEM_TYPES];
	__u64 unread; /* the kernel's xdp_buff could not be read */
	__u64 reuse_missed; /* the page's slot belongs to another page */
	__u64 reuse_ended[XDP_REUSE_BUCKETS]; /* pages that lost their slot */
	__u64 scratch; /* 0 at rest */
};
RECORD_SIZE(xdp_sample_stats, 632);

/*
 * netmem_rxq: who a receive queue is, as its last sampled frame said. The
 * memory type and id are a statistic: veth and generic XDP overwrite them.
 */
struct xdp_rxq_record {
	char device[NAME_LEN];
	__u32 ifindex; /* 0: no frame was sampled here yet */
	__u32 netns; /* inode of the net namespace */
	__u32 memory_type; /* enum xdp_mem_type */
	__u32 memory_id;
	__u64 changes; /* of any of the above */
};
RECORD_SIZE(xdp_rxq_record, 40);

/* netmem_reuse: sampled frames seen on one page. Racy on purpose. */
struct xdp_reuse_record {
	__u64 page; /* virtual address >> XDP_PAGE_SHIFT; 0: free slot */
	__u32 seen; /* jiffies >> XDP_REUSE_AGE_SHIFT at the last frame */
	__u32 count;
};
RECORD_SIZE(xdp_reuse_record, 16);

/* A page keeps its slot until it was not seen for 2 ticks of 1 to 10 s. */
#define XDP_REUSE_AGE_SHIFT 10
#define XDP_REUSE_AGE_MAX 2

#endif
