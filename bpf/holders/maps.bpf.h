/* SPDX-License-Identifier: GPL-2.0 */
/* BPF maps that keep packets: cpumaps, with bulk queue, ring and GRO lists. */
#ifndef NETMEM_MAPS_BPF_H
#define NETMEM_MAPS_BPF_H

#include "bpf/compat/maps.bpf.h"
#include "bpf/holders/processors.bpf.h"
#include "bpf/holders/self.bpf.h"

__noinline int visit_cpumap_entry(__u64 address, __u32 cpu)
{
	struct bpf_cpu_map_entry *entry = (void *)address;
	struct found_queue *queue;
	__u32 index = queue_count;
	__u64 bulk, gro;

	if (!compat_has_cpumap())
		return 0;
	bulk = (__u64)BPF_CORE_READ(entry, bulkq);
	if (bulk) {
		add_queue(SHAPE_FRAMES, PLACE_BULK,
			  ADDRESS(bulk, struct xdp_bulk_queue, q), 0, cpu);
		queue = bpf_map_lookup_elem(&found_queues, &index);
		if (queue)
			queue->percpu =
				bpf_core_field_offset(struct xdp_bulk_queue,
						      count) -
				bpf_core_field_offset(struct xdp_bulk_queue, q);
	}
	add_ring(SHAPE_RING_LOW_PACKET, PLACE_RING,
		 (__u64)BPF_CORE_READ(entry, queue), cpu);
	gro = compat_cpumap_gro_at(address);
	if (!gro)
		return 0;
	return add_gro_lists(ADDRESS(gro, struct gro_node, hash),
			     ADDRESS(gro, struct gro_node, rx_list), cpu);
}

/* ctx[0]: our descriptor of a cpumap, ctx[1]: its entries */
SEC("raw_tp")
int holders_cpumap(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_cpu_map *map =
		BPF_CORE_READ(own_file(task, ctx[0]), private_data);
	__u64 entries, entry;
	__u32 i;

	if (!compat_has_cpumap())
		return 0;
	entries = (__u64)BPF_CORE_READ(map, cpu_map);
	if (ctx[1] > RINGS_MAX)
		found_lost++;
	for (i = 0; i < RINGS_MAX && i < ctx[1]; i++) {
		entry = read_word(entries + i * sizeof(entry));
		if (entry)
			visit_cpumap_entry(entry, i);
	}
	return 0;
}

#endif
