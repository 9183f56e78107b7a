/* SPDX-License-Identifier: GPL-2.0 */
/* BPF maps: arrays, and cpumaps with what waits in them. */
#ifndef NETMEM_COMPAT_MAPS_BPF_H
#define NETMEM_COMPAT_MAPS_BPF_H

#include "bpf/compat/processors.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct bpf_map {
	__u32 id;
};

struct bpf_array {
	struct bpf_map map;
	void *pptrs[1];
};

struct xdp_bulk_queue {
	void *q[8];
	unsigned int count;
};

struct bpf_cpu_map_entry {
	struct xdp_bulk_queue *bulkq;
	struct ptr_ring *queue;
	struct gro_node gro; /* 6.18, not 6.12: its thread merges packets. */
};

struct bpf_cpu_map {
	struct bpf_map map;
	struct bpf_cpu_map_entry **cpu_map;
};

#pragma clang attribute pop

COMPAT_HAS_TYPE(cpumap, bpf_cpu_map)

COMPAT_AT(cpumap_gro, bpf_cpu_map_entry, gro)

#endif
