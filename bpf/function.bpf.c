// SPDX-License-Identifier: GPL-2.0
/*
 * Function tier: what happens to a page between the tracepoints. Hooks on the
 * functions that hand out, take back and share pages, by fentry and fexit or by
 * kprobe and kretprobe: the loader picks for each hook what this kernel allows,
 * and which of a function's names it has (hooks.c).
 */
#include "cache.bpf.h"
#include "fragments.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- hand-out ---- */

static __always_inline void begin_alloc(void *ctx, __u64 address)
{
	struct pool_record *pool = pool_record(pool_find(address));

	if (armed && pool && pool->id.pool == address)
		cache_enter(pool, ctx);
}

static __always_inline void count_given(struct shadow_event *event,
					struct pool_record *pool, void *ctx)
{
	struct page_note *note = page_note(event->frame);
	__u32 before = word_state(event->before);
	struct pool_flow *flow = pool_flow(event->slot, pool->life);

	FLOW(flow, handed_out);
	if (!note)
		return;
	if (before == STATE_RETURNING || before == STATE_CACHED ||
	    before == STATE_RING)
		note->recycled++;
	end_round(note, flow);
	note->xdp = 0;
	note_given(ctx, note, pool);
}

/* @address: the pool, 0 where only the page can tell. */
static __always_inline void end_alloc(void *ctx, __u64 address, __u64 page)
{
	struct shadow_event event = {
		.event = EVENT_ALLOC,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool;

	if (!armed)
		return;
	if (!event.pool && page && !compat_is_net_iov(page))
		event.pool = page_member(page, compat_pp_offset());
	if (page && !compat_is_net_iov(page) && event.pool &&
	    follow(ctx, &event)) {
		pool = pool_record(event.slot);
		if (pool)
			count_given(&event, pool, ctx);
	} else {
		event.slot = pool_find(event.pool);
	}
	pool = pool_record(event.slot);
	if (pool && event.slot != SLOT_NONE)
		cache_leave(ctx, pool, &event, true);
}

/* A wrapper's end: news only where the compiler put the inner one inside it. */
static __always_inline void end_alloc_outer(void *ctx, __u64 address,
					    __u64 page)
{
	struct calls *here = calls_here();

	if (here && page && here->inner_alloc == page) {
		here->inner_alloc = 0;
		return;
	}
	end_alloc(ctx, address, page);
}

static __always_inline void end_alloc_inner(void *ctx, __u64 address,
					    __u64 page)
{
	struct calls *here = calls_here();

	if (here)
		here->inner_alloc = page;
	end_alloc(ctx, address, page);
}

/* ---- return ---- */

/* One final put begins. False: it had no effect. */
static __always_inline bool begin_put(void *ctx, struct shadow_event *event)
{
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;

	if (!armed || compat_is_net_iov(event->page) || !follow(ctx, event))
		return false;
	pool = pool_record(event->slot);
	if (!pool)
		return false;
	flow = pool_flow(event->slot, pool->life);
	FLOW(flow, returned);
	if (event->check == CHECK_release_wrong_pool)
		FLOW(flow, foreign);
	check_last_frag(ctx, event);
	note = page_note(event->frame);
	if (note)
		note_taken(ctx, note, pool);
	return true;
}

/* ---- where it went: fexit sees it ---- */

/* Is the page what the cache would hand out next? */
static __always_inline bool is_cache_top(__u64 address, __u64 page)
{
	struct page_pool *pool = (void *)address;
	__u32 count = BPF_CORE_READ(pool, alloc.count);
	__u64 top = 0;

	if (!count || count > AUDIT_CACHE_MAX)
		return false;
	bpf_probe_read_kernel(&top, sizeof(top),
			      (void *)address + compat_cache_offset() +
				      (count - 1) * sizeof(__u64));
	return top == page;
}

static __always_inline void check_destroyed(void *ctx,
					    struct shadow_event *event)
{
	struct page_pool *pool = (void *)event->pool;

	if (!BPF_CORE_READ(pool, destroy_cnt))
		return;
	event->check = CHECK_put_after_destroy;
	publish(ctx, event, PROOF_DIRECT, NULL);
}

/*
 * One put ends: the page is in cache or ring, or was released, or somebody has
 * got it out already. Only a word that still says RETURNING tells the place.
 */
static __always_inline void end_put(void *ctx, __u64 address, __u64 page,
				    bool direct)
{
	struct shadow_event event = {
		.event = EVENT_PUT_RING,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool;
	struct pool_flow *flow;
	bool cached = false;
	__u64 *word;

	if (!armed || compat_is_net_iov(page))
		return;
	event.frame = frame_of(page);
	word = shadow_word(event.frame, false);
	if (!word)
		return;
	event.slot = follow_slot(address, *word);
	pool = pool_record(event.slot);
	if (!pool || event.slot == SLOT_NONE)
		return;
	flow = pool_flow(event.slot, pool->life);
	if (direct && is_cache_top(address, page))
		cached = true;
	event.before = *(volatile __u64 *)word;
	if (cached) {
		event.event = EVENT_PUT_CACHE;
		FLOW(flow, cached);
		check_destroyed(ctx, &event);
	} else if (word_state(event.before) != STATE_FREE) {
		/* Where else: a release would have left the word FREE. */
		FLOW(flow, ring);
	}
	if (word_state(event.before) == STATE_RETURNING &&
	    word_slot(event.before) == event.slot)
		follow_from(word, event.before, pool, &event);
	if (direct)
		cache_leave(ctx, pool, &event, cached);
}

static __always_inline void begin_seen_put(void *ctx, __u64 address, __u64 page,
					   bool direct)
{
	struct shadow_event event = {
		.event = EVENT_PUT,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool;

	if (!begin_put(ctx, &event))
		return;
	pool = pool_record(event.slot);
	if (pool && direct && compat_in_softirq() > 0)
		cache_enter(pool, ctx);
}

static __always_inline void begin_put_inner(void *ctx, __u64 address,
					    __u64 page, bool direct)
{
	struct calls *here = calls_here();

	/* A wrapper told it already. */
	if (here && page && here->outer_put == page)
		return;
	begin_seen_put(ctx, address, page, direct);
}

static __always_inline void begin_put_outer(void *ctx, __u64 address,
					    __u64 page, bool direct)
{
	struct calls *here = calls_here();

	begin_seen_put(ctx, address, page, direct);
	if (here)
		here->outer_put = page;
}

static __always_inline void end_put_inner(void *ctx, __u64 address, __u64 page,
					  bool direct)
{
	struct calls *here = calls_here();

	if (here && page && here->outer_put == page)
		return;
	end_put(ctx, address, page, direct);
}

static __always_inline void end_put_outer(void *ctx, __u64 address, __u64 page,
					  bool direct)
{
	struct calls *here = calls_here();

	if (here)
		here->outer_put = 0;
	end_put(ctx, address, page, direct);
}

/*
 * ---- where it will go: a kprobe foresees it ----
 *
 * A kretprobe would see it, but runs with interrupts on, and the kernel skips
 * every kprobe program of a softirq that comes then, without counting.
 */

static __always_inline void putting_set(__u64 page)
{
	__u32 context = compat_in_softirq() > 0;
	struct putting *here;

	here = bpf_map_lookup_elem(&putting, &context);
	if (!here)
		return;
	here->page = page;
	here->jiffies = bpf_jiffies64();
}

/* As __page_pool_put_page() decides (net/core/page_pool.c, 5.10 to 6.6). */
static __always_inline bool goes_to_cache(__u64 address, __u64 page,
					  bool direct)
{
	struct page_pool *pool = (void *)address;

	return direct && compat_in_softirq() > 0 &&
	       BPF_CORE_READ(pool, alloc.count) < AUDIT_CACHE_MAX;
}

#define PFMEMALLOC 2 /* beside the signature: page_is_pfmemalloc() */

static __always_inline bool is_recycled(__u64 page)
{
	return page_refcount(page) == 1 &&
	       !(page_member(page, compat_magic_offset()) & PFMEMALLOC);
}

static __always_inline void foresee_put(void *ctx, __u64 address, __u64 page,
					bool direct)
{
	struct shadow_event event = {
		.event = EVENT_PUT,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool;
	struct pool_flow *flow;
	__u64 *word;

	putting_set(0);
	if (!begin_put(ctx, &event) || !is_recycled(page))
		return;
	pool = pool_record(event.slot);
	word = shadow_word(event.frame, false);
	if (!pool || !word)
		return;
	flow = pool_flow(event.slot, pool->life);
	if (goes_to_cache(address, page, direct)) {
		event.event = EVENT_PUT_CACHE;
		FLOW(flow, cached);
		check_destroyed(ctx, &event);
		cache_visit(pool, ctx);
	} else {
		event.event = EVENT_PUT_RING;
		FLOW(flow, ring);
		putting_set(page);
	}
	follow_from(word, event.after, pool, &event);
}

/* A wrapper and what it wraps: the second of them has nothing new. */
static __always_inline void foresee_put_inner(void *ctx, __u64 address,
					      __u64 page, bool direct)
{
	struct calls *here = calls_here();
	bool told = here && page && here->outer_put == page;

	if (here)
		here->outer_put = 0;
	if (!told)
		foresee_put(ctx, address, page, direct);
}

static __always_inline void foresee_put_outer(void *ctx, __u64 address,
					      __u64 page, bool direct)
{
	struct calls *here = calls_here();

	foresee_put(ctx, address, page, direct);
	if (here)
		here->outer_put = page;
}

/* ---- many returns at once ---- */

#define BULK_MAX 16 /* XDP_BULK_QUEUE_SIZE */

struct bulk {
	__u64 pool;
	__u32 count;
	__u64 pages[BULK_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bulk);
} bulks SEC(".maps");

/* The head page behind an entry; 0 when it is not the last fragment's. */
static __always_inline __u64 bulk_page(__u64 entry, bool is_address)
{
	struct page_note *note;
	__u64 page = entry;
	__s64 count;

	if (is_address)
		page = page_base + ((entry - direct_base) >> page_shift) *
					   compat_page_size();
	if (compat_is_net_iov(page))
		return 0;
	page = compat_head_page(page, page_member(page, compat_magic_offset()));
	note = page_note(frame_of(page));
	if (note && note->frags_issued && compat_frag_count(page, &count) &&
	    count > 1)
		return 0;
	return page;
}

/*
 * One page of a bulk, without the means to tell of a violation: returns 1 and
 * changes nothing where there is one. Global, so that it is verified once.
 */
__noinline int bulk_put(__u64 address, __u64 page, __u32 foresee)
{
	struct shadow_event event = {
		.event = EVENT_PUT,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool;
	struct pool_flow *flow;
	__u64 *word;

	event.frame = frame_of(page);
	word = shadow_word(event.frame, true);
	if (!word)
		return 0;
	event.slot = follow_slot(address, *word);
	pool = pool_record(event.slot);
	if (event.slot == SLOT_NONE || !pool)
		return 0;
	if (!follow_from(word, *(volatile __u64 *)word, pool, &event))
		return 1;
	flow = pool_flow(event.slot, pool->life);
	FLOW(flow, returned);
	if (!foresee || !is_recycled(page))
		return 0;
	FLOW(flow, ring);
	event.event = EVENT_PUT_RING;
	follow_from(word, event.after, pool, &event);
	return 0;
}

/* The other end of it. */
__noinline int bulk_put_end(__u64 address, __u64 page)
{
	end_put(NULL, address, page, false);
	return 0;
}

static __always_inline void begin_bulk(void *ctx, __u64 address, __u64 data,
				       __u32 count, bool is_address,
				       bool foresee)
{
	struct shadow_event event = { .event = EVENT_PUT };
	struct bulk *bulk;
	__u32 zero = 0, i;
	__u64 wrong = 0, entry, pool;

	bulk = bpf_map_lookup_elem(&bulks, &zero);
	if (!armed || !bulk)
		return;
	bulk->count = 0;
	bulk->pool = address;
	for (i = 0; i < BULK_MAX && i < count; i++) {
		bulk->pages[i] = 0;
		if (bpf_probe_read_kernel(&entry, sizeof(entry),
					  (void *)data + i * sizeof(entry)))
			continue;
		entry = bulk_page(entry, is_address);
		if (!entry)
			continue;
		pool = address ? address :
				 page_member(entry, compat_pp_offset());
		if (bulk_put(pool, entry, foresee)) {
			wrong = entry;
			continue;
		}
		bulk->pages[i] = entry;
	}
	bulk->count = foresee ? 0 : i;
	if (foresee)
		putting_set(PUTTING_BULK);
	if (!wrong)
		return;
	event.page = wrong;
	event.pool = address ? address : page_member(wrong, compat_pp_offset());
	begin_put(ctx, &event);
}

static __always_inline void end_bulk(void)
{
	struct bulk *bulk;
	__u32 zero = 0, i;

	bulk = bpf_map_lookup_elem(&bulks, &zero);
	if (!armed || !bulk)
		return;
	for (i = 0; i < BULK_MAX && i < bulk->count; i++)
		if (bulk->pages[i])
			bulk_put_end(bulk->pool ?
					     bulk->pool :
					     page_member(bulk->pages[i],
							 compat_pp_offset()),
				     bulk->pages[i]);
	bulk->count = 0;
}

/* ---- fragments ---- */

static __always_inline void end_frag(void *ctx, __u64 address, __u64 page,
				     const struct frag_place *place)
{
	struct shadow_event event = {
		.event = EVENT_ALLOC,
		.pool = address,
		.page = page,
	};
	struct calls *here = calls_here();
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;
	__s64 issued;
	__u64 *word;

	if (!armed || !page || compat_is_net_iov(page) || !here)
		return;
	here->inner_alloc = 0;
	event.frame = frame_of(page);
	word = shadow_word(event.frame, false);
	note = page_note(event.frame);
	if (!word || !note)
		return;
	/* The compiler may have put the hand-out inside this function. */
	if (word_state(*word) != STATE_OUT)
		end_alloc(ctx, address, page);
	event.before = *(volatile __u64 *)word;
	event.slot = follow_slot(address, event.before);
	pool = pool_record(event.slot);
	if (!pool || event.slot == SLOT_NONE)
		return;
	flow = pool_flow(event.slot, pool->life);
	issued = compat_frag_users(address);
	check_drained(ctx, pool, &event);
	if (pool->frag_page != page || !place->offset)
		end_round(note, flow);
	check_issue(ctx, pool, &event, place, issued);
	note->frags_issued++;
	FLOW(flow, frags_issued);
	pool->frag_page = page;
	pool->frag_issued = issued;
	pool->frag_end = place->offset + place->size;
}

static __always_inline void end_frag_inner(void *ctx, __u64 address, __u64 page,
					   const struct frag_place *place)
{
	struct calls *here = calls_here();

	if (here)
		here->inner_frag = page + place->offset;
	end_frag(ctx, address, page, place);
}

static __always_inline void end_frag_outer(void *ctx, __u64 address, __u64 page,
					   const struct frag_place *place)
{
	struct calls *here = calls_here();

	if (here && page && here->inner_frag == page + place->offset) {
		here->inner_frag = 0;
		return;
	}
	end_frag(ctx, address, page, place);
}

static __always_inline void read_offset(struct frag_place *place, __u64 at)
{
	bpf_probe_read_kernel(&place->offset, sizeof(place->offset),
			      (void *)at);
}

/* ---- returns from the stack and from XDP ---- */

/* A page that a skb gives back: counts, and says which round of it that is. */
static __always_inline bool take_skb(__u64 page, struct frag_return *given)
{
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;
	__u64 *word;

	if (!armed || compat_is_net_iov(page))
		return false;
	page = compat_head_page(page, page_member(page, compat_magic_offset()));
	given->frame = frame_of(page);
	word = shadow_word(given->frame, false);
	note = page_note(given->frame);
	if (!word || !note || word_slot(*word) == SLOT_NONE)
		return false;
	pool = pool_record(word_slot(*word));
	if (!pool)
		return false;
	flow = pool_flow(word_slot(*word), pool->life);
	FLOW(flow, skb_returns);
	if (!note->frags_issued)
		return false;
	FLOW(flow, frags_seen);
	given->round = note->round_seen >> 16;
	return true;
}

/* That return has ended, so the kernel's counter has it: see check_drained(). */
static __always_inline void count_return(__u64 frame, __u32 round)
{
	struct page_note *note = page_note(frame);
	__u32 old;

	if (!note)
		return;
	old = *(volatile __u32 *)&note->round_seen;
	if (old >> 16 == round)
		__sync_val_compare_and_swap(&note->round_seen, old, old + 1);
}

static __always_inline void begin_skb(__u64 page)
{
	struct frag_return given = {};
	bool counts = take_skb(page, &given);

	if (armed)
		call_begins(CALL_SKB, given.frame, given.round, counts, 0);
}

static __always_inline void end_skb(void)
{
	struct call *call;

	if (!armed)
		return;
	call = call_ends(CALL_SKB);
	if (call && call->args[2])
		count_return(call->args[0], call->args[1]);
}

/*
 * Without a hook on its end: the call before has ended when the same context
 * begins another, because it does not call itself.
 */
static __always_inline void foresee_skb(__u64 page)
{
	int softirq = compat_in_softirq();
	struct calls *here = calls_here();
	struct frag_return given = {}, *before;

	if (!take_skb(page, &given) || !here || softirq < 0)
		return;
	given.task = bpf_get_current_pid_tgid();
	given.pending = true;
	before = &here->returns[softirq & 1];
	if (before->pending && (softirq || before->task == given.task))
		count_return(before->frame, before->round);
	*before = given;
}

/*
 * A frame is given back. Memory of a type that ends in put_page(), and the last
 * reference: the page goes to the page allocator while its pool counts it.
 */
static __always_inline void begin_xdp_return(void *ctx, __u64 address)
{
	struct shadow_event event = {
		.event = EVENT_XDP_FRAME,
		.check = CHECK_xdp_foreign_page,
	};
	struct xdp_frame *frame = (void *)address;
	struct pool_record *pool;
	__u64 *word;

	if (!armed || !direct_base)
		return;
	event.page = page_base +
		     (((__u64)BPF_CORE_READ(frame, data) - direct_base) >>
		      page_shift) *
			     compat_page_size();
	event.page = compat_head_page(
		event.page, page_member(event.page, compat_magic_offset()));
	event.frame = frame_of(event.page);
	word = shadow_word(event.frame, false);
	if (!word)
		return;
	event.before = *(volatile __u64 *)word;
	event.slot = word_slot(event.before);
	pool = pool_record(event.slot);
	if (!pool || !state_is_held(word_state(event.before)))
		return;
	FLOW(pool_flow(event.slot, pool->life), xdp_returns);
	if (BPF_CORE_READ(frame, mem.type) == compat_mem_type_page_pool())
		return;
	event.pool = page_member(event.page, compat_pp_offset());
	if (pool->id.pool == event.pool && pool_is_live(pool) &&
	    page_claims(event.page, event.pool) &&
	    page_refcount(event.page) == 1)
		publish(ctx, &event, PROOF_DIRECT, NULL);
}

/* ---- the pool's end ---- */

static __always_inline void begin_destroy(void *ctx, __u64 address)
{
	struct pool_record *pool = pool_record(pool_find(address));

	/* What the pool's end releases is not what did not fit. */
	putting_set(0);
	/* Others still use it: this call only counts down. */
	if (armed && pool && pool->id.pool == address &&
	    compat_pool_users(address) <= 1)
		cache_enter(pool, ctx);
}

static __always_inline void end_destroy(void *ctx, __u64 address)
{
	struct shadow_event event = { .pool = address, .frame = ~0ULL };
	struct pool_record *pool;

	if (!armed)
		return;
	event.slot = pool_find(address);
	pool = pool_record(event.slot);
	if (pool && event.slot != SLOT_NONE)
		cache_leave(ctx, pool, &event, true);
}

/* ---- fentry and fexit: all arguments, and what is returned, behind them ---- */

#define ARGS_MAX 5

/* As numbers: typed pointers allow no arithmetic. */
struct args {
	__u64 at[ARGS_MAX];
};

static __always_inline void read_args(struct args *args, const __u64 *ctx)
{
	bpf_probe_read_kernel(args, sizeof(*args), ctx);
}

SEC("fentry")
int fe_alloc(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_alloc(ctx, args.at[0]);
	return 0;
}

SEC("fexit")
int fx_alloc(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	end_alloc_inner(ctx, args.at[0], args.at[2]);
	return 0;
}

SEC("fexit")
int fx_alloc_outer(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	end_alloc_outer(ctx, args.at[0], args.at[2]);
	return 0;
}

SEC("fexit")
int fx_frag(__u64 *ctx)
{
	struct frag_place place = {};
	struct args args;

	read_args(&args, ctx);
	place.size = args.at[2];
	read_offset(&place, args.at[1]);
	end_frag_inner(ctx, args.at[0], args.at[4], &place);
	return 0;
}

SEC("fexit")
int fx_frag_outer(__u64 *ctx)
{
	struct frag_place place = {};
	struct args args;

	read_args(&args, ctx);
	place.size = args.at[2];
	read_offset(&place, args.at[1]);
	end_frag_outer(ctx, args.at[0], args.at[4], &place);
	return 0;
}

SEC("fentry")
int fe_put(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_put_inner(ctx, args.at[0], args.at[1], (__u8)args.at[3]);
	return 0;
}

SEC("fexit")
int fx_put(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	end_put_inner(ctx, args.at[0], args.at[1], (__u8)args.at[3]);
	return 0;
}

SEC("fentry")
int fe_put_outer(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_put_outer(ctx, args.at[0], args.at[1], (__u8)args.at[3]);
	return 0;
}

SEC("fexit")
int fx_put_outer(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	end_put_outer(ctx, args.at[0], args.at[1], (__u8)args.at[3]);
	return 0;
}

SEC("fentry")
int fe_bulk(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_bulk(ctx, args.at[0], args.at[1], args.at[2], true, false);
	return 0;
}

/* Without a pool: each page says whose it is. */
SEC("fentry")
int fe_bulk_netmem(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_bulk(ctx, 0, args.at[0], args.at[1], false, false);
	return 0;
}

SEC("fexit")
int fx_bulk(__u64 *ctx)
{
	end_bulk();
	return 0;
}

SEC("fentry")
int fe_skb(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_skb(args.at[0]);
	return 0;
}

SEC("fexit")
int fx_skb(__u64 *ctx)
{
	end_skb();
	return 0;
}

SEC("fentry")
int fe_xdp_return(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_xdp_return(ctx, args.at[0]);
	return 0;
}

SEC("fentry")
int fe_xdp_napi(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_xdp_return(ctx, args.at[0]);
	return 0;
}

SEC("fentry")
int fe_xdp_bulk(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_xdp_return(ctx, args.at[0]);
	return 0;
}

SEC("fentry")
int fe_destroy(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	begin_destroy(ctx, args.at[0]);
	return 0;
}

SEC("fexit")
int fx_destroy(__u64 *ctx)
{
	struct args args;

	read_args(&args, ctx);
	end_destroy(ctx, args.at[0]);
	return 0;
}

/* ---- kprobe and kretprobe ---- */

SEC("kprobe")
int kp_alloc(struct pt_regs *ctx)
{
	if (!armed)
		return 0;
	call_begins(CALL_ALLOC, PT_REGS_PARM1(ctx), 0, 0, 0);
	begin_alloc(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kretprobe")
int kr_alloc(struct pt_regs *ctx)
{
	struct call *call;

	if (!armed)
		return 0;
	call = call_ends(CALL_ALLOC);
	end_alloc_inner(ctx, call ? call->args[0] : 0, PT_REGS_RC(ctx));
	return 0;
}

SEC("kretprobe")
int kr_alloc_outer(struct pt_regs *ctx)
{
	end_alloc_outer(ctx, 0, PT_REGS_RC(ctx));
	return 0;
}

SEC("kprobe")
int kp_frag(struct pt_regs *ctx)
{
	if (armed)
		call_begins(CALL_FRAG, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			    PT_REGS_PARM3(ctx), 0);
	return 0;
}

SEC("kretprobe")
int kr_frag(struct pt_regs *ctx)
{
	struct frag_place place = {};
	struct call *call;

	if (!armed)
		return 0;
	call = call_ends(CALL_FRAG);
	if (!call)
		return 0;
	place.size = call->args[2];
	read_offset(&place, call->args[1]);
	end_frag_inner(ctx, call->args[0], PT_REGS_RC(ctx), &place);
	return 0;
}

SEC("kprobe")
int kp_put(struct pt_regs *ctx)
{
	foresee_put_inner(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			  (__u8)PT_REGS_PARM4(ctx));
	return 0;
}

SEC("kprobe")
int kp_put_outer(struct pt_regs *ctx)
{
	foresee_put_outer(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			  (__u8)PT_REGS_PARM4(ctx));
	return 0;
}

SEC("kprobe")
int kp_bulk(struct pt_regs *ctx)
{
	begin_bulk(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
		   PT_REGS_PARM3(ctx), true, true);
	return 0;
}

SEC("kprobe")
int kp_bulk_netmem(struct pt_regs *ctx)
{
	begin_bulk(ctx, 0, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), false, true);
	return 0;
}

SEC("kprobe")
int kp_skb(struct pt_regs *ctx)
{
	foresee_skb(PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kprobe")
int kp_xdp_return(struct pt_regs *ctx)
{
	begin_xdp_return(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kprobe")
int kp_destroy(struct pt_regs *ctx)
{
	if (!armed)
		return 0;
	call_begins(CALL_DESTROY, PT_REGS_PARM1(ctx), 0, 0, 0);
	begin_destroy(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kretprobe")
int kr_destroy(struct pt_regs *ctx)
{
	struct call *call;

	if (!armed)
		return 0;
	call = call_ends(CALL_DESTROY);
	if (call)
		end_destroy(ctx, call->args[0]);
	return 0;
}
