/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shadow: one word for each page. Tracepoint hooks translate their event and
 * call shadow_event(), where track/quick.bpf.h does not take it. Beside these only
 * the function tier (track/follow.bpf.h, track/quick_follow.bpf.h) and the scan
 * change a word.
 *
 * Rules of the hot path: no lock, no hash (unless the pfns are too sparse for an
 * array), no stack trace. A net_iov has no pfn: its word is in the hash, by its
 * reference, which stands where a page has its pfn.
 *
 * Kernels before 5.12 refuse compare-and-swap even in dead code: for them all
 * of bpf/ is compiled once more, with compat/plain.h. A race that is lost there
 * shows as a gap in its window.
 */
#ifndef NETMEM_SHADOW_BPF_H
#define NETMEM_SHADOW_BPF_H

#include "bpf/core/evidence.bpf.h"

#define CMPXCHG_RETRIES 4

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} shadow __weak SEC(".maps");

/*
 * Words of net_iovs, and of all pages where the pfns are too sparse for an
 * array. Preallocated: nothing but a full map keeps a word out, and none is
 * taken out again, so that a word stays the word of its key.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} shadow_hash __weak SEC(".maps");

/* Recordings only. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events __weak SEC(".maps");

static __always_inline __u64 page_to_pfn(__u64 page)
{
	__u64 distance = page - vmemmap_base;

	if (compat_is_net_iov(page))
		return page;
	/* 64 bytes nearly everywhere: then the division is a shift. */
	if (compat_page_size() == 64)
		return distance >> 6;
	return distance / compat_page_size();
}

static __always_inline __u64 pfn_to_page(__u64 pfn)
{
	if (frame_is_net_iov(pfn))
		return pfn;
	return vmemmap_base + pfn * compat_page_size();
}

/* Is the word made when it is first wanted? */
static __always_inline bool is_hashed(__u64 pfn)
{
	return shadow_sparse || frame_is_net_iov(pfn);
}

static __noinline __u64 *hashed_word(__u64 pfn, bool create)
{
	__u64 *word = bpf_map_lookup_elem(&shadow_hash, &pfn), zero = 0;

	if (word || !create)
		return word;
	bpf_map_update_elem(&shadow_hash, &pfn, &zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&shadow_hash, &pfn);
}

/* The page's word, or NULL outside the shadow (@create makes hashed ones). */
static __always_inline __u64 *shadow_word(__u64 pfn, bool create)
{
	__u32 index = pfn - frame_first;

	if (!shadow_sparse && pfn - frame_first < frame_count)
		return bpf_map_lookup_elem(&shadow, &index);
	return is_hashed(pfn) ? hashed_word(pfn, create) : NULL;
}

/* An event of a page without a word, in total and of its pool (NULL: unknown). */
static __always_inline void count_outside(__u64 pfn, struct pool_record *pool)
{
	if (frame_is_net_iov(pfn)) {
		COUNT(net_iovs_outside);
		return;
	}
	COUNT(frames_outside);
	if (pool)
		__sync_fetch_and_add(&pool->outside, 1);
}

/* And one whose word changed at each try. */
static __always_inline void count_unstepped(struct pool_record *pool)
{
	COUNT(steps_lost);
	__sync_fetch_and_add(&pool->unstepped, 1);
}

/*
 * Pages whose words have WORD_REFERENCED: while there are any, mm_page_free asks
 * for each page that is freed.
 */
__s64 referenced_pages __weak = 0;

/* A step took this word away. */
static __always_inline void drop_referenced(__u64 old)
{
	if (word_is_referenced(old))
		__sync_fetch_and_add(&referenced_pages, -1);
}

/* One attempt's input: the owner's generation is read for each old word. */
static __always_inline void owner_generation(struct model_input *in, __u64 word)
{
	struct pool_record *owner;

	in->owner_gen = in->pool_gen;
	if (!state_is_held(word_state(word)) || word_slot(word) == in->slot)
		return;
	owner = pool_record(word_slot(word));
	in->owner_gen = owner ? owner->generation : 0;
}

/* Steps a word; false when the retries ran out (then nothing changed). */
static __always_inline bool shadow_step(__u64 *word,
					const struct pool_record *pool,
					struct shadow_event *event)
{
	struct model_input in = {
		.event = event->event,
		.slot = event->slot,
		.pool_gen = pool->generation,
		.age = age_now(),
		/* Events of a net_iov may come in another order. */
		.whole = pool_is_whole(pool) && !frame_is_net_iov(event->pfn),
	};
	__u64 old = *(volatile __u64 *)word, found;
	struct model_result result;
	int retry;

	for (retry = 0; retry < CMPXCHG_RETRIES; retry++) {
		owner_generation(&in, old);
		result = model_step(old, &in);
		found = __sync_val_compare_and_swap(word, old, result.word);
		if (found == old) {
			drop_referenced(old);
			event->before = old;
			event->after = result.word;
			event->owner_gen = in.owner_gen;
			event->check = result.check;
			return true;
		}
		old = found;
	}
	return false;
}

static __always_inline void record_event(const struct shadow_event *event,
					 __u32 seq)
{
	struct event_record *record;

	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		COUNT(recording_lost);
		return;
	}
	record->frame = event->pfn;
	record->before = event->before;
	record->after = event->after;
	record->event = event->event;
	record->count = event->count;
	record->slot = event->slot;
	record->seq = seq;
	record->owner_gen = event->owner_gen;
	record->check = event->check;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

/*
 * Takes one event to its page's word. False: the event had no effect (page
 * outside the shadow, or retries exhausted) and must count as unseen.
 */
static __always_inline bool shadow_event(void *ctx, struct pool_record *pool,
					 struct shadow_event *event)
{
	__u64 *word;

	event->pfn = page_to_pfn(event->page);
	word = shadow_word(event->pfn, true);
	if (!word) {
		count_outside(event->pfn, pool);
		return false;
	}
	if (!shadow_step(word, pool, event)) {
		count_unstepped(pool);
		return false;
	}
	if (event->check != CHECK_NONE)
		evidence_trace(ctx, event);
	if (recording)
		record_event(event, pool->seq);
	return true;
}

#endif
