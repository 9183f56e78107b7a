/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seq of our BPF objects: open, configure, load, attach, arm. What is read
 * from them is in kernel/maps.h and kernel/demand.h.
 */
#ifndef NETMEM_LOADER_H
#define NETMEM_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/records.h"
#include "model/xdp_records.h"
#include "user/kernel/hooks.h"
#include "user/kernel/vmemmap.h"

struct loader_options {
	bool recording; /* events go to the ring buffer */
	bool no_free_hook; /* cheap mode: leave mm_page_free alone */
	bool references; /* read those of pages that leave pools */
	bool function; /* function tier */
	bool snapshot; /* no frame is inspected, no pool watched for long */
};

/* Programs that run on demand, in the variant of this kernel. */
enum demand_program {
	DEMAND_SCAN, /* first frame, frames */
	DEMAND_LOOK, /* slot, batches of the list in bss->look_frames */
	DEMAND_RESEED, /* batches of the list */
	DEMAND_READ_POOL, /* slot */
	DEMAND_AUDIT, /* slot */
	DEMAND_AUDIT_PAGES, /* first entry */
	DEMAND_CONTROL, /* none: our task makes the control pool next */
	DEMAND_REGISTRY, /* its own arguments: registry.h */
	DEMAND_READ_STATS, /* slot, possible processors */
	DEMAND_NETDEV, /* address, 0; or descriptor of a namespace, ifindex */
	DEMAND_COUNT
};

/* The maps that user space reads; also what the pinned mode pins. */
enum loader_map {
	MAP_SHADOW,
	MAP_SHADOW_HASH,
	MAP_POOLS,
	MAP_EVIDENCE,
	MAP_VIOLATIONS,
	MAP_UNSTORED,
	MAP_COUNTERS,
	MAP_FOLDED,
	MAP_UNTRACKED,
	MAP_REDIRECTS,
	MAP_EVENTS,
	MAP_SCAN_COUNTS,
	MAP_AUDIT_PAGES,
	MAP_PAGE_NOTES,
	MAP_NET_IOV_NOTES,
	MAP_FLOWS,
	MAP_STACKS,
	MAP_RODATA,
	MAP_BSS,
	MAP_COUNT
};

struct loader {
	struct netmem_bpf *skel; /* NULL when opened from pins */
	struct vmemmap vmemmap;
	struct hook_state hooks[HOOK_MAX];
	struct bpf_link *links[HOOK_MAX];
	int hook_fds[HOOK_MAX]; /* programs; -1: none */
	int demand_fds[DEMAND_COUNT];
	int inspector_fds[XDP_ACTIONS]; /* by XDP action; -1: none */
	int frags_inspector_fds[XDP_ACTIONS];
	bool cmpxchg; /* programs with compare-and-swap */
	bool sparse; /* the shadow is a hash */
	bool function; /* the function tier runs */
	uint32_t flow_cpus; /* processors that flows have places for */
	uint64_t early_free_misses; /* of mm_page_free, until arming */
	bool sees_put_ends; /* the return of a put is hooked, where it can be */
	uint64_t frame_first, frame_count; /* of the shadow */
	uint64_t net_iov_count; /* that it has places for */
	uint64_t shadow_bytes; /* for pages */
	uint64_t net_iov_bytes; /* beside these */
	int map_fds[MAP_COUNT];

	/* Mapped into memory. */
	struct netmem_bpf__bss *bss;
	uint64_t *shadow; /* NULL when sparse */
	struct page_note *notes; /* NULL when sparse, or without functions */
	struct pool_flow *flows; /* NULL without functions */
	struct pool_record *pools;
	struct evidence_record *evidence;
	uint64_t *scan_counts;
	struct audit_page *audit_pages;
};

/*
 * Opens, calibrates, loads and attaches everything, disarmed. Complains about
 * what is wrong; returns 0, -EOPNOTSUPP when this kernel lacks what is
 * required, or another negative errno.
 */
int loader_open(struct loader *loader, const struct loader_options *options);

/* The bytes of the object with the hooks, once in the whole program. */
const void *loader_object(size_t *size);

/* "function" or "tracepoint": what a watch with it is of. */
const char *loader_tier(const struct loader *loader);

/* From now on events count. */
void loader_arm(struct loader *loader);

void loader_close(struct loader *loader);

/* Closes our descriptors only: what is pinned goes on, armed. */
void loader_leave(struct loader *loader);

#endif
