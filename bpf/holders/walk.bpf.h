/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks one queue, packet by packet, and gives the pool pages of each. No lock
 * is held: a packet may be freed and used otherwise at any moment. So a page
 * counts only with the signature of a pool, links are checked in both
 * directions where there are two, and a queue that moved says so.
 */
#ifndef NETMEM_WALK_BPF_H
#define NETMEM_WALK_BPF_H

#include "model/holder_records.h"
#include "bpf/compat/devices.bpf.h"
#include "bpf/compat/packets.bpf.h"
#include "bpf/compat/xdp.bpf.h"
#include "bpf/holders/memory.bpf.h"

#define WALK_STEPS 512 /* packets a run: below a millisecond */
#define WALK_PAGES_KEPT 4096 /* room that one packet may need */
#define FRAGMENTS_MAX 45 /* CONFIG_MAX_SKB_FRAGS at most */
#define FRAG_LIST_MAX 256
#define TREE_DEPTH 48
#define RING_SLOTS_MAX (1 << 16)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FOUND_QUEUES);
	__type(key, __u32);
	__type(value, struct found_queue);
} found_queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FOUND_PAGES);
	__type(key, __u32);
	__type(value, struct found_page);
} found_pages SEC(".maps");

struct walk_scratch {
	struct compat_frag frags[FRAGMENTS_MAX];
};

/* Also tells each processor's distance in memory (self.bpf.h). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct walk_scratch);
} walk_scratch SEC(".maps");

/* Of the run: user space takes the pages and zeroes their count. */
__u32 page_count = 0;
__u32 walk_status = 0; /* enum walk_status */
__u64 walk_packets = 0; /* since the walk's beginning */
/* Where the walk is; kept from run to run. */
__u64 walk_at = 0;
__u64 walk_end = 0; /* lists: address of the head; rings: slots left */
__u64 walk_first = 0; /* chains and trees: the packet that it began with ... */
__u64 walk_last = 0; /* ... and the one that it met last */
struct found_queue walk_queue = {};

/* Notes the page at @page, if a pool's; of a compound page its head. */
__noinline int add_page(__u64 page, __u32 bytes)
{
	__u64 head = pool_page(page);
	struct found_page *found;
	__u32 index = page_count;

	if (!head)
		return 0;
	if (walk_queue.pool &&
	    read_word(head + compat_pp_offset()) != walk_queue.pool)
		return 0;
	found = bpf_map_lookup_elem(&found_pages, &index);
	if (!found) {
		walk_status = WALK_CUT;
		return 0;
	}
	found->frame = (head - vmemmap_base) / compat_page_size();
	found->bytes = bytes;
	page_count = index + 1;
	return 0;
}

static __always_inline void add_address(__u64 address, __u32 bytes)
{
	__u64 page = page_of_address(address);

	if (page)
		add_page(page, bytes);
}

/* The fragments of the packet or frame whose shared info is at @address. */
__noinline int add_fragments(__u64 address)
{
	struct skb_shared_info *info = (void *)address;
	__u32 count = 0, zero = 0, i;
	struct walk_scratch *scratch;

	bpf_core_read(&count, bpf_core_field_size(info->nr_frags),
		      &info->nr_frags);
	scratch = bpf_map_lookup_elem(&walk_scratch, &zero);
	if (!count || !scratch)
		return 0;
	if (count > FRAGMENTS_MAX) {
		walk_status = WALK_CHANGED;
		return 0;
	}
	if (bpf_probe_read_kernel(
		    scratch->frags, count * sizeof(struct compat_frag),
		    (void *)info + bpf_core_field_offset(struct skb_shared_info,
							 frags)))
		return 0;
	for (i = 0; i < FRAGMENTS_MAX && i < count; i++)
		add_page(scratch->frags[i].page, scratch->frags[i].size);
	return 0;
}

/* One packet without its list of further ones; returns its shared info. */
__noinline __u64 add_packet_alone(__u64 packet)
{
	struct sk_buff *skb = (void *)packet;
	__u64 head = (__u64)BPF_CORE_READ(skb, head);
	__u32 length = BPF_CORE_READ(skb, len);
	__u32 behind = BPF_CORE_READ(skb, data_len);
	__u64 info = head + BPF_CORE_READ(skb, end);

	if (!head)
		return 0;
	add_address(head, length - behind);
	if (!behind)
		return 0;
	add_fragments(info);
	return info;
}

__noinline int add_packet(__u64 packet)
{
	__u64 info = add_packet_alone(packet), next;
	__u32 i;

	walk_packets++;
	if (!info)
		return 0;
	next = read_word(info + bpf_core_field_offset(struct skb_shared_info,
						      frag_list));
	for (i = 0; i < FRAG_LIST_MAX && next; i++) {
		info = add_packet_alone(next);
		if (info && read_word(info + bpf_core_field_offset(
						     struct skb_shared_info,
						     frag_list)))
			walk_status = WALK_CUT;
		next = read_word(next);
	}
	if (next)
		walk_status = WALK_CUT;
	return 0;
}

__noinline int add_frame(__u64 address)
{
	struct xdp_frame *frame = (void *)address;
	__u32 info = (bpf_core_type_size(struct skb_shared_info) + 63) & ~63U;
	__u32 size = 0, headroom = 0, length = 0;
	__u64 start;

	bpf_core_read(&length, bpf_core_field_size(frame->len), &frame->len);
	walk_packets++;
	add_address(address, length);
	if (!compat_frame_has_frags(frame))
		return 0;
	bpf_core_read(&headroom, bpf_core_field_size(frame->headroom),
		      &frame->headroom);
	bpf_core_read(&size, bpf_core_field_size(frame->frame_sz),
		      &frame->frame_sz);
	/* xdp_get_shared_info_from_frame(), include/net/xdp.h */
	start = (__u64)BPF_CORE_READ(frame, data) - headroom -
		bpf_core_type_size(struct xdp_frame);
	add_fragments(start + size - info);
	return 0;
}

/* ---- trees: in order, by parent links (lib/rbtree.c) ---- */

static __always_inline __u64 tree_left(__u64 node)
{
	return read_word(node + bpf_core_field_offset(struct rb_node, rb_left));
}

static __always_inline __u64 tree_right(__u64 node)
{
	return read_word(node +
			 bpf_core_field_offset(struct rb_node, rb_right));
}

__noinline __u64 tree_first(__u64 node)
{
	__u64 left;
	__u32 i;

	for (i = 0; i < TREE_DEPTH && node; i++) {
		left = tree_left(node);
		if (!left)
			return node;
		node = left;
	}
	if (node)
		walk_status = WALK_CHANGED;
	return 0;
}

__noinline __u64 tree_next(__u64 node)
{
	__u64 right = tree_right(node), parent;
	__u32 i;

	if (right)
		return tree_first(right);
	for (i = 0; i < TREE_DEPTH; i++) {
		parent = read_word(node) & ~3ULL; /* the colour is in there */
		if (!parent || tree_right(parent) != node)
			return parent;
		node = parent;
	}
	walk_status = WALK_CHANGED;
	return 0;
}

__noinline __u64 tree_last(__u64 node)
{
	__u64 right;
	__u32 i;

	for (i = 0; i < TREE_DEPTH && node; i++) {
		right = tree_right(node);
		if (!right)
			return node;
		node = right;
	}
	return 0;
}

/* ---- rings and arrays ---- */

static __always_inline void begin_ring(void)
{
	struct ptr_ring *ring = (void *)walk_queue.address;

	walk_queue.first = BPF_CORE_READ(ring, producer);
	walk_queue.size = BPF_CORE_READ(ring, size);
	walk_at = BPF_CORE_READ(ring, consumer_head);
	walk_end = walk_queue.size;
	walk_queue.address = (__u64)BPF_CORE_READ(ring, queue);
	if (walk_queue.size > RING_SLOTS_MAX)
		walk_status = WALK_CHANGED;
}

/* Slot @index of the array of what an mvneta queue transmits. */
__noinline int add_tx_buffer(__u64 array, __u64 index)
{
	struct mvneta_tx_buf *buffer;
	__u64 entry;

	if (!compat_has_mvneta())
		return 0;
	buffer = (void *)(array +
			  index * bpf_core_type_size(struct mvneta_tx_buf));
	entry = (__u64)BPF_CORE_READ(buffer, skb);
	if (!entry)
		return 0;
	if (BPF_CORE_READ(buffer, type) >=
	    bpf_core_enum_value(enum mvneta_tx_buf_type, MVNETA_TYPE_XDP_TX))
		return add_frame(entry);
	return add_packet(entry);
}

__noinline int add_entry(__u64 entry)
{
	__u64 low = entry & 1, address = entry & ~1ULL;

	switch (walk_queue.shape) {
	case SHAPE_RING:
		return add_packet(entry);
	case SHAPE_RING_LOW_FRAME:
		return low ? add_frame(address) : add_packet(address);
	case SHAPE_RING_LOW_PACKET:
		return low ? add_packet(address) : add_frame(address);
	case SHAPE_FRAMES:
		return add_frame(entry);
	case SHAPE_PAGES:
		walk_packets++;
		return add_page(entry, 0);
	}
	return 0;
}

/*
 * One slot. A ring's ends at the producer: consumed slots behind it may still
 * have their pointers (include/linux/ptr_ring.h). An empty slot before that
 * was consumed under the walk, and what is behind it was not met.
 */
__noinline int step_slot(void)
{
	bool ring = walk_queue.shape <= SHAPE_RING_LOW_PACKET;
	__u64 entry;

	if (!walk_end || !walk_queue.size)
		return 1;
	if (ring && walk_end != walk_queue.size && walk_at == walk_queue.first)
		return 1;
	if (walk_queue.shape == SHAPE_TX_BUFFERS) {
		add_tx_buffer(walk_queue.address, walk_at);
	} else {
		entry = read_word(walk_queue.address + walk_at * sizeof(entry));
		if (ring && !entry) {
			if (walk_at != walk_queue.first)
				walk_status = WALK_CHANGED;
			return 1;
		}
		if (entry)
			add_entry(entry);
	}
	walk_end--;
	walk_at++;
	if (walk_at >= walk_queue.size)
		walk_at = 0;
	return 0;
}

/* ---- lists ---- */

/*
 * A packet that is taken out ends the walk too early: its links are cleared.
 * So a list has to end at its head, a chain has to begin as it did, and a tree
 * has to begin and end with the packets that the walk began and ended with.
 */
__noinline int check_end(void)
{
	__u64 first = read_word(walk_queue.address);
	bool whole = true;

	if (walk_queue.shape == SHAPE_QUEUE)
		whole = walk_at == walk_end;
	else if (walk_queue.shape == SHAPE_CHAIN)
		whole = first == walk_first;
	else if (walk_queue.shape == SHAPE_TREE)
		whole = tree_first(first) == walk_first &&
			tree_last(first) == walk_last;
	if (!whole)
		walk_status = WALK_CHANGED;
	return 0;
}

__noinline int step_link(void)
{
	__u64 at = walk_at, next;

	if (!at || at == walk_end) {
		check_end();
		return 1;
	}
	walk_last = at;
	next = walk_queue.shape == SHAPE_TREE ? tree_next(at) : read_word(at);
	add_packet(at);
	if (walk_queue.shape == SHAPE_ONE)
		next = 0;
	/* In a list of both directions the next one must point back. */
	if (walk_queue.shape == SHAPE_QUEUE &&
	    read_word(next + sizeof(next)) != at)
		walk_status = WALK_CHANGED;
	walk_at = next;
	return 0;
}

static __always_inline void begin_walk(__u32 index)
{
	struct found_queue *queue = bpf_map_lookup_elem(&found_queues, &index);

	walk_status = WALK_MORE;
	walk_packets = 0;
	if (!queue) {
		walk_status = WALK_CUT;
		return;
	}
	walk_queue = *queue;
	walk_end = 0;
	walk_at = read_word(walk_queue.address);
	walk_first = walk_at;
	walk_last = 0;
	switch (walk_queue.shape) {
	case SHAPE_QUEUE:
		walk_end = walk_queue.address;
		break;
	case SHAPE_CHAIN:
	case SHAPE_ONE:
		break;
	case SHAPE_TREE:
		walk_at = tree_first(walk_at);
		walk_first = walk_at;
		break;
	case SHAPE_RING:
	case SHAPE_RING_LOW_FRAME:
	case SHAPE_RING_LOW_PACKET:
		begin_ring();
		break;
	default: /* arrays */
		walk_at = walk_queue.first;
		walk_end = walk_queue.packets;
	}
}

__noinline int walk_step(void)
{
	if (walk_queue.shape >= SHAPE_RING)
		return step_slot();
	return step_link();
}

/* ctx[0]: which of found_queues; ctx[1]: go on with it. */
SEC("raw_tp")
int holders_queue(__u64 *ctx)
{
	__u32 i;

	if (!ctx[1])
		begin_walk(ctx[0]);
	for (i = 0; i < WALK_STEPS; i++) {
		if (walk_status != WALK_MORE ||
		    page_count > FOUND_PAGES - WALK_PAGES_KEPT)
			break;
		if (walk_step()) {
			if (walk_status == WALK_MORE)
				walk_status = WALK_DONE;
			break;
		}
	}
	return 0;
}

#endif
