/* SPDX-License-Identifier: GPL-2.0 */
/* Puts into a pool, one or many at once, where the pages go, and its destroy. */
#ifndef NETMEM_PUT_BPF_H
#define NETMEM_PUT_BPF_H

#include "bpf/compat/context.bpf.h"
#include "bpf/core/control.bpf.h"
#include "bpf/track/cache.bpf.h"
#include "bpf/track/fragments.bpf.h"
#include "bpf/track/quick_follow.bpf.h"

/* A pool has whole compound pages: no page of one but its head is its own. */
static __always_inline void check_tail(void *ctx, struct shadow_event *event)
{
	if (event->check != CHECK_NONE ||
	    compound_head(event->page) == event->page)
		return;
	event->check = CHECK_release_not_held;
	publish_event(ctx, event, PROOF_DIRECT);
}

/* One final put begins. Returns the pool, NULL: it had no effect. */
static __always_inline struct pool_record *begin_put(void *ctx,
						     struct shadow_event *event)
{
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;

	if (is_passed_over(event->pool, 0, CONTROL_PUT))
		return NULL;
	pool = follow(ctx, event);
	if (!pool)
		return NULL;
	flow = pool_flow(event->slot, pool->seq);
	FLOW(flow, returned);
	check_tail(ctx, event);
	if (event->check == CHECK_release_wrong_pool)
		FLOW(flow, foreign);
	check_last_frag(ctx, event);
	note = page_note(event->pfn);
	if (note)
		note_stacked_put(ctx, note, pool);
	return pool;
}

/* ---- where it went: fexit sees it ---- */

/* Is it the page that the next allocation from the cache gets? */
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
	publish_event(ctx, event, PROOF_DIRECT);
}

/*
 * One put ends: the page is in cache or ring, or was released, or somebody has
 * got it out already. Only a word that still says RETURNING tells the place.
 */
static __noinline void end_odd_put(void *ctx, __u64 address, __u64 page,
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

	if (!armed || (armed == ARMED_CONTROL && is_control(address)))
		return;
	event.pfn = page_to_pfn(page);
	word = shadow_word(event.pfn, false);
	if (!word)
		return;
	event.slot = follow_slot(address, *word);
	pool = pool_record(event.slot);
	if (!pool || event.slot == SLOT_NONE)
		return;
	flow = pool_flow(event.slot, pool->seq);
	if ((direct || compat_pool_napi((void *)address)) &&
	    is_cache_top(address, page))
		cached = true;
	event.before = *(volatile __u64 *)word;
	if (cached) {
		event.event = EVENT_PUT_CACHE;
		FLOW(flow, cached);
		/* A bulk has no context here, and no direct put. */
		if (ctx)
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

static __always_inline void end_put(void *ctx, __u64 address, __u64 page,
				    bool direct)
{
	bool cached = (direct || compat_pool_napi((void *)address)) &&
		      is_cache_top(address, page);

	if (!quick_put_ends(ctx, address, page, cached, direct))
		end_odd_put(ctx, address, page, direct);
}

static __noinline void begin_odd_put(void *ctx, __u64 address, __u64 page,
				     bool enters)
{
	struct shadow_event event = {
		.event = EVENT_PUT,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool = begin_put(ctx, &event);

	if (pool && enters)
		cache_enter(pool, ctx);
}

static __always_inline void begin_seen_put(void *ctx, __u64 address, __u64 page,
					   bool direct)
{
	bool enters = direct && compat_in_softirq() > 0;

	if (!quick_put_begins(ctx, address, page, enters))
		begin_odd_put(ctx, address, page, enters);
}

static __always_inline void begin_put_inner(void *ctx, __u64 address,
					    __u64 page, bool direct)
{
	struct calls *here = nested_here();

	/* A wrapper has reported it already. */
	if (here && page && here->outer_put == page)
		return;
	begin_seen_put(ctx, address, page, direct);
}

static __always_inline void begin_put_outer(void *ctx, __u64 address,
					    __u64 page, bool direct)
{
	struct calls *here = nested_here();

	begin_seen_put(ctx, address, page, direct);
	if (here)
		here->outer_put = page;
}

static __always_inline void end_put_inner(void *ctx, __u64 address, __u64 page,
					  bool direct)
{
	struct calls *here = nested_here();

	if (here && page && here->outer_put == page)
		return;
	end_put(ctx, address, page, direct);
}

static __always_inline void end_put_outer(void *ctx, __u64 address, __u64 page,
					  bool direct)
{
	struct calls *here = nested_here();

	if (here)
		here->outer_put = 0;
	end_put(ctx, address, page, direct);
}

/*
 * ---- where it will go, where the caller alone decides that: predicted ----
 *
 * A kretprobe would see it, but runs with interrupts on, and the kernel skips
 * every kprobe program of a softirq that comes then, without counting. By fentry
 * a program less is what it saves.
 */

/* As __page_pool_put_page() decides (net/core/page_pool.c, 5.10 to 6.7). */
static __always_inline bool goes_to_cache(__u64 address, bool direct)
{
	struct page_pool *pool = (void *)address;

	return direct && compat_in_softirq() > 0 &&
	       BPF_CORE_READ(pool, alloc.count) < AUDIT_CACHE_MAX;
}

static __noinline void predict_odd_put(void *ctx, __u64 address, __u64 page,
				       bool cached)
{
	struct shadow_event event = {
		.event = EVENT_PUT,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool;
	struct pool_flow *flow;
	__u64 *word;

	if (!armed)
		return;
	*put_note(page) = 0;
	pool = begin_put(ctx, &event);
	if (!pool || !is_recycled(page))
		return;
	word = shadow_word(event.pfn, false);
	if (!word)
		return;
	flow = pool_flow(event.slot, pool->seq);
	if (cached) {
		event.event = EVENT_PUT_CACHE;
		FLOW(flow, cached);
		check_destroyed(ctx, &event);
		cache_visit(pool, ctx);
	} else {
		event.event = EVENT_PUT_RING;
		FLOW(flow, ring);
		*put_note(page) = page;
	}
	follow_from(word, event.after, pool, &event);
}

static __always_inline void predict_put(void *ctx, __u64 address, __u64 page,
					bool cached)
{
	if (!quick_put_predicted(ctx, address, page, cached))
		predict_odd_put(ctx, address, page, cached);
}

/* A wrapper and what it wraps: the second of them has nothing new. */
static __always_inline void predict_put_inner(void *ctx, __u64 address,
					      __u64 page, bool direct)
{
	struct calls *here = nested_here();
	bool seen = here && page && here->outer_put == page;

	if (here)
		here->outer_put = 0;
	if (!seen)
		predict_put(ctx, address, page, goes_to_cache(address, direct));
}

static __always_inline void predict_put_outer(void *ctx, __u64 address,
					      __u64 page, bool direct)
{
	struct calls *here = nested_here();

	predict_put(ctx, address, page, goes_to_cache(address, direct));
	if (here)
		here->outer_put = page;
}

/* ---- bulk puts ---- */

#define BULK_MAX 16 /* XDP_BULK_QUEUE_SIZE */

/* A page may be the allocator's when its bulk ends: its pool is noted before. */
struct bulk {
	__u32 count;
	__u64 pages[BULK_MAX];
	__u64 pools[BULK_MAX];
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
		page = vmemmap_base +
		       ((entry - page_offset_base) >> page_shift) *
			       compat_page_size();
	page = compound_head(page);
	note = page_note(page_to_pfn(page));
	if (note && note->frags_issued && compat_frag_count(page, &count) &&
	    count > 1)
		return 0;
	return page;
}

/*
 * One page of a bulk, without the means to tell of a violation: returns 1 and
 * changes nothing where there is one. Global, so that it is verified once.
 */
__noinline int bulk_put(__u64 address, __u64 page, __u32 stack, __u32 predict)
{
	struct shadow_event event = {
		.event = EVENT_PUT,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;
	__u64 *word;

	event.pfn = page_to_pfn(page);
	word = shadow_word(event.pfn, true);
	if (!word)
		return 0;
	event.slot = follow_slot(address, *word);
	pool = pool_record(event.slot);
	if (event.slot == SLOT_NONE || !pool)
		return 0;
	if (!follow_from(word, *(volatile __u64 *)word, pool, &event))
		return 1;
	flow = pool_flow(event.slot, pool->seq);
	FLOW(flow, returned);
	note = page_note(event.pfn);
	if (note)
		note_put(note, stack);
	if (!predict || !is_recycled(page))
		return 0;
	FLOW(flow, ring);
	event.event = EVENT_PUT_RING;
	follow_from(word, event.after, pool, &event);
	return 0;
}

/* The other end of it. */
__noinline int bulk_put_end(__u64 address, __u64 page)
{
	end_odd_put(NULL, address, page, false);
	return 0;
}

/* One stack for all: without a pool every bulk is as good as any. */
static __always_inline __u32 bulk_stack(void *ctx, __u64 address)
{
	struct pool_record *pool = pool_record(pool_find(address));

	return pool ? sample_stack(ctx, pool, STACK_OF_PUT) : 0;
}

static __always_inline void begin_bulk(void *ctx, __u64 address, __u64 data,
				       __u32 count, bool is_address,
				       bool predict)
{
	struct shadow_event event = { .event = EVENT_PUT };
	struct bulk *bulk;
	__u32 zero = 0, stack, i;
	__u64 wrong = 0, entry, pool;

	bulk = bpf_map_lookup_elem(&bulks, &zero);
	if (!armed || !bulk)
		return;
	bulk->count = 0;
	stack = bulk_stack(ctx, address);
	for (i = 0; i < BULK_MAX && i < count; i++) {
		bulk->pages[i] = 0;
		if (bpf_probe_read_kernel(&entry, sizeof(entry),
					  (void *)data + i * sizeof(entry)))
			continue;
		entry = bulk_page(entry, is_address);
		if (!entry)
			continue;
		pool = address ? address : page_pool_of(entry);
		if (bulk_put(pool, entry, stack, predict)) {
			wrong = entry;
			continue;
		}
		bulk->pages[i] = entry;
		bulk->pools[i] = pool;
	}
	bulk->count = predict ? 0 : i;
	if (predict)
		put_notes_here()->bulk = bpf_jiffies64();
	if (!wrong)
		return;
	event.page = wrong;
	event.pool = address ? address : page_pool_of(wrong);
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
			bulk_put_end(bulk->pools[i], bulk->pages[i]);
	bulk->count = 0;
}

/* ---- destroy ---- */

static __always_inline void forget_puts(void)
{
	volatile struct put_notes *here = put_notes_here();
	__u32 i;

	for (i = 0; i < PUTS_NOTED; i++)
		here->pages[i] = 0;
	here->bulk = 0;
}

static __always_inline void begin_destroy(void *ctx, __u64 address)
{
	struct pool_record *pool = pool_record(pool_find(address));

	/* What the pool's end releases is not what did not fit. */
	forget_puts();
	/* Others still use it: this call only counts down. */
	if (!armed || !pool || pool->id.pool != address ||
	    compat_pool_users(address) > 1)
		return;
	pool->destroying = 1;
	cache_enter(pool, ctx);
}

static __always_inline void end_destroy(void *ctx, __u64 address)
{
	struct shadow_event event = { .pool = address, .pfn = FRAME_NONE };
	struct pool_record *pool;

	if (!armed)
		return;
	event.slot = pool_find(address);
	pool = pool_record(event.slot);
	if (pool && event.slot != SLOT_NONE)
		cache_leave(ctx, pool, &event, true);
}

#endif
