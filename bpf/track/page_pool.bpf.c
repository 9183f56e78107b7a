// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoint tier: pages entering and leaving their pools, pools coming and
 * going, and pages freed behind a pool's back. Hooks translate; the model
 * judges.
 *
 * Hold and release have two programs each. From 6.1 on ("bpf: Prevent bpf
 * program recursion for raw tracepoint probes") the kernel skips a program that
 * is active on the processor already: when a softirq releases a page while the
 * task that it interrupts is in the hook, the hook never hears of it. But the
 * second program of that tracepoint does.
 *
 *  - The first notes each event that it is called for, per processor. The
 *    second runs after it in the same call of the tracepoint; when the note
 *    is its own event, it has nothing to do. So it is in nearly all cases.
 *  - Another note proves nothing: the first was skipped, or its note is
 *    overwritten by events that came between the two (an interrupt; where
 *    tracepoints can be preempted also a task, or a move to another
 *    processor). Then the page's word tells. Nobody else can give its page
 *    away before the tracepoint ends; so a word that the event did not reach
 *    shows that the first was skipped, and the second takes the event.
 *  - Where the word shows the event already, the second leaves it: what is
 *    lost so is a nested second release of a page. That is a gap of its
 *    pool's window, never an event counted twice.
 *  - Kernels that do not skip need no case of their own: there the first
 *    notes nested events, too.
 *
 * An event that the first missed is lost unless the second took it. A miss of
 * the second alone loses nothing: it was active, so it ran outside of the
 * first, which was free to take the event.
 */
#include "bpf/compat/xdp.bpf.h"
#include "bpf/core/control.bpf.h"
#include "bpf/core/log.bpf.h"
#include "bpf/track/flow.bpf.h"
#include "bpf/track/quick.bpf.h"
#include "bpf/track/redirect.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* The test-only filters: bulks of holds, or single events. */
static __always_inline bool is_chosen(__u32 every, __u32 bulk, __u32 count)
{
	return every && count % every < bulk;
}

/* The stack that allocates from a pool: once per pool, and now and then. */
static __always_inline void sample_hold_stack(void *ctx,
					      struct pool_record *pool)
{
	long bytes;

	bytes = bpf_get_stack(ctx, pool->hold_stack, sizeof(pool->hold_stack),
			      0);
	if (bytes > 0)
		pool->hold_stack_depth = bytes / sizeof(__u64);
}

/* A pool's first hold has number 1: then its slot has a new incarnation. */
static __always_inline __u32 hold_slot(__u64 address, __u32 count)
{
	__u32 slot = pool_find(address);
	struct pool_record *pool;

	if (slot == SLOT_NONE)
		return pool_claim(address,
				  count == 1 ? ORIGIN_BORN : ORIGIN_MET);
	if (count != 1)
		return slot;
	pool = pool_record(slot);
	if (!pool || !pool->hold_seen || pool->hold_last > 0xffff0000)
		return slot;
	pool_end_unseen(pool, pool->status);
	return pool_claim(address, ORIGIN_BORN);
}

/*
 * The event that the first program of each tracepoint was last called for. More
 * processors than entries share them: an overwritten note is none.
 */
struct hook_note {
	__u64 hold;
	__u64 release;
} __attribute__((aligned(64)));

#define HOOK_NOTES 512
static struct hook_note hook_notes[HOOK_NOTES];

static __always_inline volatile struct hook_note *hook_note(void)
{
	return &hook_notes[bpf_get_smp_processor_id() & (HOOK_NOTES - 1)];
}

/* Pool and running count: no other event of this time has this number. */
static __always_inline __u64 event_number(const __u64 *ctx)
{
	return ctx[0] ^ ctx[2] << 32;
}

/* Returns whether the event counts as seen. */
static __noinline bool take_hold(__u64 *ctx)
{
	struct shadow_event event = {
		.event = EVENT_HOLD,
		.pool = ctx[0],
		.page = ctx[1],
		.count = ctx[2],
	};
	struct pool_record *pool;

	if (is_chosen(swallow_hold_every, swallow_hold_bulk, event.count))
		return false;
	event.slot = hold_slot(event.pool, event.count);
	pool = pool_record(event.slot);
	if (event.slot == SLOT_NONE || !pool)
		return false;
	if (!shadow_event(ctx, pool, &event))
		return false;
	log_page(event.pfn, event.slot);
	flow_hold(event.pfn);
	if (compat_is_net_iov(event.page))
		pool->net_iov++;
	if (!(pool->hold_seen & (HOLD_STACK_EVERY - 1)))
		sample_hold_stack(ctx, pool);
	/*
	 * One context allocates from a pool: the kernel counts the same way. A
	 * hold that interrupts this one is of another pool.
	 */
	pool->hold_seen++;
	pool->hold_last = event.count;
	return true;
}

SEC("raw_tp/page_pool_state_hold")
int netmem_hold(__u64 *ctx)
{
	if (is_passed_over(ctx[0], ctx[1], CONTROL_HOLD))
		return 0;
	hook_note()->hold = event_number(ctx);
	if (quick_hold(ctx))
		return 0;
	/* Test only: as if this program had been skipped. */
	if (is_chosen(leave_hold_every, 1, ctx[2]))
		hook_note()->hold = 0;
	else
		take_hold(ctx);
	return 0;
}

/*
 * Did the event reach its word? A hold leaves its pool's page, a release leaves
 * it FREE. True also where no word can tell.
 */
static __always_inline bool event_is_taken(const __u64 *ctx,
					   enum model_event event)
{
	struct pool_record *pool;
	__u64 *word;

	word = shadow_word(page_to_pfn(ctx[1]), false);
	if (!word)
		return !is_hashed(page_to_pfn(ctx[1]));
	if (event == EVENT_RELEASE)
		return word_state(*word) == STATE_FREE;
	pool = pool_record(word_slot(*word));
	return state_is_held(word_state(*word)) && pool &&
	       pool->id.pool == ctx[0];
}

/* The control pool proves the first program: the second leaves it alone. */
static __noinline int is_not_for_nested(__u64 pool)
{
	return !armed || (armed == ARMED_CONTROL && is_control(pool));
}

/* The note is of another event, as while the hooks do nothing. */
static __noinline int take_nested_hold(__u64 *ctx)
{
	if (armed != ARMED && is_not_for_nested(ctx[0]))
		return 0;
	if (!event_is_taken(ctx, EVENT_HOLD) && take_hold(ctx))
		COUNT(nested_holds);
	return 0;
}

SEC("raw_tp/page_pool_state_hold")
int netmem_hold_nested(__u64 *ctx)
{
	if (hook_note()->hold == event_number(ctx))
		return 0;
	return take_nested_hold(ctx);
}

/*
 * A release may come after its pool reported 0 in flight, and the pool's
 * address may be in use again by then: so the page's own word is asked first.
 */
static __always_inline __u32 release_slot(__u64 address, __u64 page)
{
	__u64 *word = shadow_word(page_to_pfn(page), false);
	struct pool_record *pool;
	__u32 slot;

	if (word) {
		slot = word_slot(*word);
		pool = pool_record(slot);
		if (pool && pool->id.pool == address &&
		    (state_is_held(word_state(*word)) || pool_is_live(pool)))
			return slot;
	}
	slot = pool_find(address);
	/* The kernel may have freed the pool before it told of this release. */
	if (slot == SLOT_NONE && !pool_is_over((void *)address))
		slot = pool_claim(address, ORIGIN_MET);
	return slot;
}

/* Returns whether the event counts as seen. */
static __noinline bool take_release(__u64 *ctx)
{
	struct shadow_event event = {
		.event = EVENT_RELEASE,
		.pool = ctx[0],
		.page = ctx[1],
		.count = ctx[2],
	};
	struct pool_record *pool;

	if (is_chosen(swallow_release_every, 1, event.count))
		return false;
	event.slot = release_slot(event.pool, event.page);
	pool = pool_record(event.slot);
	if (event.slot == SLOT_NONE || !pool)
		return false;
	if (!shadow_event(ctx, pool, &event))
		return false;
	flow_release(event.page, event.pfn, event.before, event.slot, pool);
	if (!frame_is_net_iov(event.pfn))
		note_references(ctx);
	__sync_fetch_and_add(&pool->release_seen, 1);
	return true;
}

SEC("raw_tp/page_pool_state_release")
int netmem_release(__u64 *ctx)
{
	if (is_passed_over(ctx[0], ctx[1], CONTROL_RELEASE))
		return 0;
	hook_note()->release = event_number(ctx);
	if (quick_release(ctx))
		return 0;
	/* Test only: as if this program had been skipped. */
	if (is_chosen(leave_release_every, 1, ctx[2]))
		hook_note()->release = 0;
	else
		take_release(ctx);
	return 0;
}

/* The note is of another event, as while the hooks do nothing. */
static __noinline int take_nested_release(__u64 *ctx)
{
	if (armed != ARMED && is_not_for_nested(ctx[0]))
		return 0;
	if (!event_is_taken(ctx, EVENT_RELEASE) && take_release(ctx))
		COUNT(nested_releases);
	return 0;
}

SEC("raw_tp/page_pool_state_release")
int netmem_release_nested(__u64 *ctx)
{
	if (hook_note()->release == event_number(ctx))
		return 0;
	return take_nested_release(ctx);
}

/* page_pool_release(pool, inflight, hold, release): a destroy attempt. */
SEC("raw_tp/page_pool_release")
int netmem_destroy(__u64 *ctx)
{
	struct shadow_event event = {
		.pool = ctx[0],
		.pfn = FRAME_NONE,
		.check = CHECK_negative_inflight,
	};
	__s32 inflight = ctx[1];
	struct pool_record *pool;

	if (is_passed_over(ctx[0], 0, CONTROL_DESTROY))
		return 0;
	event.slot = pool_find(event.pool);
	if (event.slot == SLOT_NONE)
		event.slot = pool_claim(event.pool, ORIGIN_MET);
	pool = pool_record(event.slot);
	if (event.slot == SLOT_NONE || !pool)
		return 0;
	pool->final_inflight = inflight;
	pool->final_hold = ctx[2];
	pool->final_release = ctx[3];
	event.count = ctx[3];
	/* Of one that we found destroyed this is no news. */
	if (pool->status == POOL_ACTIVE)
		pool->destroyed_ns = bpf_ktime_get_ns();
	if (inflight < 0)
		evidence_trace(ctx, &event);
	if (inflight == 0) {
		pool->retired_ns = bpf_ktime_get_ns();
		pool->status = POOL_RETIRED;
	} else {
		pool->status = POOL_DESTROYED;
	}
	return 0;
}

/* The page carries the mark: who held the page is in the shadow. */
static __always_inline void on_marked_free(void *ctx, __u64 page)
{
	struct shadow_event event = {
		.event = EVENT_MM_FREE,
		.page = page,
		.pfn = page_to_pfn(page),
	};
	__u64 *word = shadow_word(event.pfn, false);
	struct pool_record *pool;

	bpf_probe_read_kernel(&event.pool, sizeof(event.pool),
			      (void *)page + compat_pp_offset());
	event.slot = pool_find(event.pool);
	if (event.slot == SLOT_NONE && !looks_like_pool(event.pool))
		return;
	event.before = word ? *word : 0;
	if (event.slot != SLOT_NONE &&
	    is_of_older_pool(event.slot, event.before))
		event.slot = SLOT_NONE;
	pool = pool_record(event.slot);
	event.check = CHECK_freed_while_held;
	if (pool && event.slot != SLOT_NONE && word)
		shadow_event(ctx, pool, &event);
	else
		evidence_trace(ctx, &event);
}

/*
 * Is a free nothing to the hook? What the control pool frees it gave up before:
 * then it is a page like any other.
 */
static __noinline int control_free(__u64 *ctx)
{
	__u64 page;

	if (!armed || bpf_probe_read_kernel(&page, sizeof(page), ctx))
		return 1;
	if (armed == ARMED_UNPROVEN ||
	    (page == control.page && bpf_get_current_task() == control.task))
		control.fired |= 1U << CONTROL_FREE;
	return 0;
}

/* A page that may carry the mark, or any while hooks are proven. */
static __noinline int look_at_free(__u64 *ctx)
{
	__u64 mark = 0, page;

	if (armed != ARMED && control_free(ctx))
		return 0;
	/* The argument as a number: typed pointers allow no arithmetic. */
	if (bpf_probe_read_kernel(&page, sizeof(page), ctx) ||
	    bpf_probe_read_kernel(&mark, sizeof(mark),
				  (void *)page + compat_mark_offset()))
		return 0;
	if (referenced_pages)
		forget_references(page_to_pfn(page));
	if (compat_is_marked(mark))
		on_marked_free(ctx, page);
	return 0;
}

/*
 * Runs on every free of the system, so it is a typed tracepoint where
 * struct page still has the member: one load and no helper for most pages.
 */
SEC("tp_btf/mm_page_free")
int netmem_mm_free(__u64 *ctx)
{
	struct page *page = (void *)ctx[0];

	if (armed != ARMED || referenced_pages || compat_maybe_marked(page))
		return look_at_free(ctx);
	return 0;
}

/*
 * mem_connect(xa, rxq): a pool is registered for a receive queue, usually
 * before its first page, and this tells which queue it serves.
 */
SEC("raw_tp/mem_connect")
int netmem_connect(__u64 *ctx)
{
	struct xdp_mem_allocator *allocator = (void *)ctx[0];
	struct xdp_rxq_info *rxq = (void *)ctx[1];
	__u32 type = BPF_CORE_READ(allocator, mem.type);
	struct pool_record *record;
	struct page_pool *pool;
	bool born;
	__u32 slot;

	if (!armed || type != COMPAT_MEM_TYPE_PAGE_POOL)
		return 0;
	COUNT(mem_connects);
	pool = BPF_CORE_READ(allocator, page_pool);
	born = BPF_CORE_READ(pool, pages_state_hold_cnt) == 0;
	slot = pool_find((__u64)pool);
	record = pool_record(slot);
	if (slot != SLOT_NONE && record && born && record->hold_seen) {
		pool_end_unseen(record, record->status);
		slot = SLOT_NONE;
	}
	if (slot == SLOT_NONE)
		slot = pool_claim((__u64)pool, born ? ORIGIN_BORN : ORIGIN_MET);
	record = pool_record(slot);
	if (slot == SLOT_NONE || !record)
		return 0;
	record->id.queue = BPF_CORE_READ(rxq, queue_index);
	record->id.flags |= POOL_HAS_QUEUE;
	if (!record->id.ifindex)
		describe_netdev(&record->id, BPF_CORE_READ(rxq, dev));
	return 0;
}

SEC("raw_tp/mem_disconnect")
int netmem_disconnect(__u64 *ctx)
{
	struct xdp_mem_allocator *allocator = (void *)ctx[0];

	if (armed && !(armed == ARMED_CONTROL &&
		       is_control((__u64)BPF_CORE_READ(allocator, page_pool))))
		COUNT(mem_disconnects);
	return 0;
}

SEC("raw_tp/xdp_exception")
int netmem_exception(__u64 *ctx)
{
	if (armed)
		COUNT(xdp_exceptions);
	return 0;
}
