/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one run finds. Each program of this directory describes one object: the
 * further objects in it, or its queues that are not empty.
 */
#ifndef NETMEM_FOUND_BPF_H
#define NETMEM_FOUND_BPF_H

#include "bpf/holders/walk.bpf.h"

#define RINGS_MAX 256

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FOUND_OBJECTS);
	__type(key, __u32);
	__type(value, struct found_object);
} found_objects SEC(".maps");

/* User space zeroes the counts before a run. */
__u32 object_count = 0;
__u32 queue_count = 0;
__u32 found_lost = 0; /* what found no room, or was beyond a bound */
__u64 go_on = 0; /* where the next run goes on; 0: complete */

#define ADDRESS(pointer, type, member) \
	((__u64)(pointer) + bpf_core_field_offset(type, member))

static __always_inline void add_queue(__u32 shape, __u32 place, __u64 address,
				      __u64 packets, __u32 number)
{
	__u32 index = queue_count;
	struct found_queue *queue = bpf_map_lookup_elem(&found_queues, &index);

	if (!queue) {
		found_lost++;
		return;
	}
	__builtin_memset(queue, 0, sizeof(*queue));
	queue->address = address;
	queue->packets = packets;
	queue->shape = shape;
	queue->place = place;
	queue->index = number;
	queue_count = index + 1;
}

/* A list that ends at its head; none when it is empty. */
__noinline int add_list(__u32 place, __u64 head, __u64 packets, __u32 number)
{
	if (read_word(head) && read_word(head) != head)
		add_queue(SHAPE_QUEUE, place, head, packets, number);
	return 0;
}

static __always_inline void add_skb_queue(__u32 place, __u64 head, __u32 number)
{
	add_list(place, head,
		 read_half(head +
			   bpf_core_field_offset(struct sk_buff_head, qlen)),
		 number);
}

/* What a pointer leads to: a chain, a tree, one packet. */
__noinline int add_pointer(__u32 shape, __u32 place, __u64 at, __u32 number)
{
	if (read_word(at))
		add_queue(shape, place, at, PACKETS_UNKNOWN, number);
	return 0;
}

/* A ring, unless nothing is at its consumer. */
__noinline int add_ring(__u32 shape, __u32 place, __u64 address, __u32 number)
{
	struct ptr_ring *ring = (void *)address;
	__u64 queue = (__u64)BPF_CORE_READ(ring, queue);
	__u32 head = BPF_CORE_READ(ring, consumer_head);

	if (queue && read_word(queue + head * sizeof(queue)))
		add_queue(shape, place, address, PACKETS_UNKNOWN, number);
	return 0;
}

static __always_inline struct found_object *add_object(__u64 address)
{
	__u32 index = object_count;
	struct found_object *object;

	object = bpf_map_lookup_elem(&found_objects, &index);
	if (!object) {
		found_lost++;
		return NULL;
	}
	__builtin_memset(object, 0, sizeof(*object));
	object->address = address;
	object_count = index + 1;
	return object;
}

#endif
