// SPDX-License-Identifier: GPL-2.0
/*
 * Inspectors: tail-called by xdp_netmem_stats.bpf.o for sampled frames, one
 * program per XDP action, while a netmem-check is armed. They compare the
 * frame's pages with the shadow and return the action they stand for. They
 * observe: no word changes here.
 */
#include "bpf/compat/xdp.bpf.h"
#include "bpf/track/flow.bpf.h"

#define INSPECT_FRAGS 17 /* MAX_SKB_FRAGS as nearly everywhere */

/* Per processor: the context pointer as a number, and the frame's fragments. */
struct inspect_stash {
	__u64 xdp;
	struct compat_frag frags[INSPECT_FRAGS];
	struct shadow_event event; /* that publish() is about */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct inspect_stash);
} inspect_stash SEC(".maps");

/* Who received the frame that this processor inspects. */
static __always_inline void describe_receiver(struct evidence_record *record)
{
	struct inspect_stash *stash;
	struct xdp_rxq_info *rxq;
	struct net_device *dev;
	struct xdp_buff *xdp;
	__u32 zero = 0;

	stash = bpf_map_lookup_elem(&inspect_stash, &zero);
	if (!stash)
		return;
	xdp = (void *)stash->xdp;
	rxq = BPF_CORE_READ(xdp, rxq);
	dev = BPF_CORE_READ(rxq, dev);
	record->rx_ifindex = BPF_CORE_READ(dev, ifindex);
	record->rx_queue = BPF_CORE_READ(rxq, queue_index);
	BPF_CORE_READ_STR_INTO(&record->rx_device, dev, name);
}

/* What the function tier knows of the page, where that runs. */
static __always_inline void describe_history(struct evidence_record *record)
{
	struct page_note *note = following ? page_note(record->frame) : NULL;

	if (!note)
		return;
	record->given = note->given;
	record->taken = note->taken;
	record->recycled = note->recycled;
}

/*
 * Evidence of the event in this processor's stash. Global, so that the verifier
 * goes through it once. Returns 0 when no evidence slot was free.
 */
__noinline int publish_stashed(__u32 proof, __u64 first, __u64 second,
			       __u64 third)
{
	struct evidence_record *record;
	struct inspect_stash *stash;
	__u32 zero = 0;

	stash = bpf_map_lookup_elem(&inspect_stash, &zero);
	record = stash ? evidence_fill(&stash->event, proof) : NULL;
	if (!record)
		return 0;
	/* frames have no number: the next one on this page is a violation more */
	record->count = record->sequence;
	record->detail[0] = first;
	record->detail[1] = second;
	record->detail[2] = third;
	describe_receiver(record);
	describe_history(record);
	evidence_publish(record);
	return 1;
}

static __always_inline bool publish(const struct shadow_event *event,
				    __u32 proof, __u64 first, __u64 second,
				    __u64 third)
{
	struct inspect_stash *stash;
	__u32 zero = 0;

	stash = bpf_map_lookup_elem(&inspect_stash, &zero);
	if (!stash)
		return false;
	stash->event = *event;
	return publish_stashed(proof, first, second, third);
}

/*
 * The buffer of a frame, which begins @offset bytes after its page's head. The
 * shared info is where the kernel itself looks for it (xdp_data_hard_end()),
 * also in buffers that were skbs: generic XDP and veth make frame_sz from
 * skb_end_pointer(). Buffers of AF_XDP, which have none, are in no page of a pool.
 */
static __always_inline void inspect_alignment(struct pool_record *pool,
					      struct shadow_event *event,
					      __u64 size, __u64 offset)
{
	__sync_fetch_and_add(&pool->frames, 1);
	if (!size)
		return;
	event->check = buffer_check_align(offset, offset + size);
	if (event->check == CHECK_NONE)
		return;
	__sync_fetch_and_add(&pool->frames_misaligned, 1);
	if (!(pool->misaligned_stored & MISALIGNED_BY_XDP) &&
	    publish(event, PROOF_DIRECT, offset,
		    offset + size - compat_shared_info_size(), size))
		pool->misaligned_stored |= MISALIGNED_BY_XDP;
}

/*
 * Compares what a page claims with what its word says. Size and place in the
 * page are those of a fragment, or of a frame's whole buffer. Global, so that
 * the verifier checks it once and not for each fragment.
 */
__noinline int inspect_page(__u64 page, __u32 what, __u64 size, __u64 offset)
{
	struct shadow_event event = { .event = what };
	struct model_input in = { .event = what };
	__u64 *word;
	__u32 proof = PROOF_EVENTS;
	struct pool_record *pool;

	event.page = compound_head(page);
	if (!compat_is_marked(page_member(event.page, compat_mark_offset()))) {
		COUNT(xdp_unpooled);
		return 0;
	}
	bpf_probe_read_kernel(&event.pool, sizeof(event.pool),
			      (void *)event.page + compat_pp_offset());
	event.pfn = page_to_pfn(event.page);
	event.slot = pool_find(event.pool);
	word = shadow_word(event.pfn, false);
	pool = pool_record(event.slot);
	if (event.slot == SLOT_NONE || !pool || !word)
		return 0;
	event.before = *(volatile __u64 *)word;
	in.slot = event.slot;
	in.pool_gen = pool->generation;
	owner_generation(&in, event.before);
	event.check = model_step(event.before, &in).check;
	/* That a page is in its pool we know from allocations and puts only. */
	if (state_is_pooled(word_state(event.before)))
		proof = PROOF_HISTORY;
	if (what == EVENT_XDP_FRAG && offset + size > 1ULL << page_shift
							   << pool->id.order) {
		event.check = CHECK_xdp_frag_bounds;
		proof = PROOF_EVENTS;
	}
	if (event.check != CHECK_NONE)
		publish(&event, proof, what == EVENT_XDP_FRAG ? size : 0,
			what == EVENT_XDP_FRAG ? offset : 0, 0);
	if (what == EVENT_XDP_FRAME)
		inspect_alignment(pool, &event, size,
				  offset + ((page_to_pfn(page) - event.pfn)
					    << page_shift));
	return 0;
}

/* What XDP said of a frame: when its page is missing later, it tells the path. */
static __always_inline void note_verdict(__u64 page, int action)
{
	struct page_note *note;

	if (!following)
		return;
	note = page_note(page_to_pfn(compound_head(page)));
	if (note)
		note->xdp = action + 1;
}

/* 1 when two fragments of this processor's frame share bytes. */
__noinline int inspect_overlap(__u32 first, __u32 second)
{
	struct compat_frag *a, *b;
	struct inspect_stash *stash;
	__u32 zero = 0;

	stash = bpf_map_lookup_elem(&inspect_stash, &zero);
	if (!stash || first >= INSPECT_FRAGS || second >= INSPECT_FRAGS)
		return 0;
	a = &stash->frags[first];
	b = &stash->frags[second];
	return a->page == b->page && a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size;
}

static __always_inline void inspect_overlaps(struct inspect_stash *stash,
					     __u32 count)
{
	struct shadow_event event = {
		.event = EVENT_XDP_FRAG,
		.check = CHECK_xdp_frag_bounds,
	};
	__u32 i, j, shared = 0;

	for (i = 1; i < INSPECT_FRAGS && i < count; i++)
		for (j = 0; j < i; j++)
			shared += inspect_overlap(i, j);
	if (!shared)
		return;
	event.page = stash->frags[0].page;
	event.pfn = page_to_pfn(event.page);
	publish(&event, PROOF_EVENTS, shared, 0, 0);
}

static __always_inline void inspect_frags(struct inspect_stash *stash,
					  struct xdp_buff *xdp)
{
	struct skb_shared_info *info = (void *)compat_shared_info(xdp);
	__u32 count = BPF_CORE_READ(info, nr_frags), i;
	struct compat_frag *frag;

	COUNT(xdp_frags_inspected);
	if (bpf_probe_read_kernel(
		    stash->frags, sizeof(stash->frags),
		    (void *)info + bpf_core_field_offset(struct skb_shared_info,
							 frags)))
		return;
	for (i = 0; i < INSPECT_FRAGS && i < count; i++) {
		frag = &stash->frags[i];
		if (!compat_is_net_iov(frag->page))
			inspect_page(frag->page, EVENT_XDP_FRAG, frag->size,
				     frag->offset);
	}
	inspect_overlaps(stash, count);
}

static __always_inline int inspect(struct xdp_md *ctx, int action, bool frags)
{
	struct inspect_stash *stash;
	struct xdp_buff *xdp;
	__u64 address, page;
	__u32 zero = 0;

	stash = bpf_map_lookup_elem(&inspect_stash, &zero);
	if (!armed || !stash || !page_offset_base)
		return action;
	stash->xdp = (__u64)ctx;
	xdp = (void *)*(volatile __u64 *)&stash->xdp;
	address = (__u64)BPF_CORE_READ(xdp, data_hard_start);
	COUNT(xdp_inspected);
	page = vmemmap_base + ((address - page_offset_base) >> page_shift) *
				      compat_page_size();
	inspect_page(page, EVENT_XDP_FRAME, compat_frame_size(xdp),
		     address & ((1ULL << page_shift) - 1));
	note_verdict(page, action);
	if (frags && compat_has_frags(xdp))
		inspect_frags(stash, xdp);
	return action;
}

SEC("xdp")
int inspect_aborted(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_ABORTED, false);
}

SEC("xdp")
int inspect_drop(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_DROP, false);
}

SEC("xdp")
int inspect_pass(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_PASS, false);
}

SEC("xdp")
int inspect_tx(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_TX, false);
}

SEC("xdp")
int inspect_redir(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_REDIRECT, false);
}

SEC("xdp.frags")
int inspect_f_abort(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_ABORTED, true);
}

SEC("xdp.frags")
int inspect_f_drop(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_DROP, true);
}

SEC("xdp.frags")
int inspect_f_pass(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_PASS, true);
}

SEC("xdp.frags")
int inspect_f_tx(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_TX, true);
}

SEC("xdp.frags")
int inspect_f_redir(struct xdp_md *ctx)
{
	return inspect(ctx, XDP_REDIRECT, true);
}
