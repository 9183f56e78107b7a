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
#include "user/kernel/xdp_places.h"

struct xdp_queue_reading {
	__u32 queue;
	__u64 packets[XDP_ACTIONS];
	__u64 bytes[XDP_ACTIONS];
	__u64 sizes[XDP_SIZE_BUCKETS];
	struct xdp_rxq_record rxq; /* ifindex 0: no sampled frame yet */
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

/* What of an instance is compared with the start of a watch. */
struct xdp_totals {
	__u64 packets[XDP_ACTIONS];
	__u64 bytes[XDP_ACTIONS];
	__u64 multi_buffer;
	__u64 reuse_max;
};

/**
 * xdp_read() - read an instance
 *
 * Free with xdp_reading_free(). Places are those that sampled frames named, and
 * those of @places that have one of the instance's programs.
 */
int xdp_read(const struct xdp_instance *instance,
	     const struct xdp_places *places, struct xdp_reading *reading);

/* Adds what was found in @places since: xdp_places_find_everywhere(). */
int xdp_reading_add_places(const struct xdp_instance *instance,
			   const struct xdp_places *places,
			   struct xdp_reading *reading);

/* Adds places as of an earlier reading; nothing is attached there now. */
int xdp_reading_add_past(const struct xdp_place *places, size_t count,
			 struct xdp_reading *reading);

void xdp_reading_free(struct xdp_reading *reading);

struct xdp_totals xdp_reading_totals(const struct xdp_reading *reading);

#endif
