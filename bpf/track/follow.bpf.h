/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an event of the function tier comes to its page's word, and what is
 * emitted when the word's state forbids it.
 *
 * Events can be lost here, and no number shows it: so no page is called
 * wrong for what we remember of it alone. Where a state forbids an event, the
 * kernel's own memory is asked (is the page in the ring now? whose does it say
 * it is?); when that does not bear it out, we lost an event: EVENT_LOST. What
 * memory cannot tell is published as history, and counts only when something
 * else proves it.
 *
 * The functions that are global are so for the verifier: it looks at each once,
 * and not again at each call.
 */
#ifndef NETMEM_FOLLOW_BPF_H
#define NETMEM_FOLLOW_BPF_H

#include "bpf/track/calls.bpf.h"
#include "bpf/track/flow.bpf.h"

/* A pool that its page's word does not name. */
__noinline int find_slot(__u64 address)
{
	__u32 slot = pool_find(address);

	if (slot == SLOT_NONE)
		slot = pool_claim(address, ORIGIN_MET);
	return slot;
}

/* The pool's slot; by the word where it names the pool, as it nearly always does. */
static __always_inline __u32 follow_slot(__u64 address, __u64 word)
{
	__u32 slot = word_slot(word);
	struct pool_record *pool = pool_record(slot);

	if (slot != SLOT_NONE && pool && pool->id.pool == address &&
	    pool_is_live(pool))
		return slot;
	return find_slot(address);
}

/* What the model makes of an event, from exactly this word. */
static __always_inline struct model_result
follow_result(__u64 word, const struct pool_record *pool,
	      struct shadow_event *event)
{
	struct model_input in = {
		.event = event->event,
		.slot = event->slot,
		.pool_gen = pool->generation,
		.age = age_now(),
		.whole = pool_is_whole(pool) && !frame_is_net_iov(event->pfn),
	};

	owner_generation(&in, word);
	event->before = word;
	event->owner_gen = in.owner_gen;
	return model_step(word, &in);
}

/* The step itself. False: the word is another by now. */
static __always_inline bool follow_cmpxchg(__u64 *word,
					   const struct pool_record *pool,
					   struct shadow_event *event,
					   struct model_result result)
{
	if (__sync_val_compare_and_swap(word, event->before, result.word) !=
	    event->before)
		return false;
	drop_referenced(event->before);
	event->after = result.word;
	event->check = result.check;
	if (recording)
		record_event(event, pool->seq);
	return true;
}

/* A step that nothing can forbid, from this word or not at all. */
static __always_inline bool follow_from(__u64 *word, __u64 old,
					const struct pool_record *pool,
					struct shadow_event *event)
{
	struct model_result result = follow_result(old, pool, event);

	return result.check == CHECK_NONE &&
	       follow_cmpxchg(word, pool, event, result);
}

/* Entries that are looked at in one piece, and pieces of a ring: 8192. */
#define CHUNK 256
#define CHUNKS 32

struct chunk {
	__u64 entries[CHUNK];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct chunk);
} chunks SEC(".maps");

/* 1 when its highest bit is set; not by a branch, whatever clang thinks. */
static __always_inline __u64 high_bit(__u64 value)
{
	barrier_var(value);
	value >>= 63;
	barrier_var(value);
	return value;
}

/*
 * Is @page among the @count entries from @address on? Without a branch in the
 * loop, for the verifier: what is left of an earlier look does not count.
 */
__noinline int is_among(__u64 address, __u32 count, __u64 page)
{
	__u64 differs, found = 0, i;
	struct chunk *chunk;
	__u32 zero = 0;

	chunk = bpf_map_lookup_elem(&chunks, &zero);
	if (!chunk || count > CHUNK ||
	    bpf_probe_read_kernel(chunk, count * sizeof(__u64),
				  (void *)address))
		return 0;
	for (i = 0; i < CHUNK; i++) {
		differs = chunk->entries[i] ^ page;
		found |= (high_bit(differs | -differs) ^ 1) &
			 high_bit(i - count);
	}
	return found;
}

/* The same of more entries than a chunk has. */
__noinline int is_among_many(__u64 address, __u32 count, __u64 page)
{
	__u32 i, some;

	for (i = 0; i < CHUNKS; i++) {
		if (i * CHUNK >= count)
			break;
		some = count - i * CHUNK;
		if (some > CHUNK)
			some = CHUNK;
		if (is_among(address + i * CHUNK * sizeof(__u64), some, page))
			return 1;
	}
	return 0;
}

/* The entries of the ring that are in use: from consumer_head to producer. */
__noinline int page_in_ring(__u64 address, __u64 page)
{
	struct page_pool *pool = (void *)address;
	__u64 queue = (__u64)BPF_CORE_READ(pool, ring.queue), first = 0;
	__u32 producer = BPF_CORE_READ(pool, ring.producer);
	__u32 size = BPF_CORE_READ(pool, ring.size);
	__u32 head = BPF_CORE_READ(pool, ring.consumer_head);

	if (head >= size || producer >= size)
		return 0;
	if (producer > head)
		return is_among_many(queue + head * sizeof(__u64),
				     producer - head, page);
	/* Equal: empty, or full. An empty ring has no entry there. */
	bpf_probe_read_kernel(&first, sizeof(first),
			      (void *)queue + head * sizeof(__u64));
	if (producer == head && !first)
		return 0;
	return is_among_many(queue + head * sizeof(__u64), size - head, page) ||
	       is_among_many(queue, producer, page);
}

/* Is the page in the pool's cache or ring at this moment? */
__noinline int page_is_pooled(__u64 address, __u64 page)
{
	struct page_pool *pool = (void *)address;
	__u32 count = BPF_CORE_READ(pool, alloc.count);

	if (page_in_ring(address, page))
		return 1;
	if (count > AUDIT_CACHE_MAX)
		return 0;
	return is_among(address + compat_cache_offset(), count, page);
}

/*
 * Is what the state forbids true? PROOF_DIRECT: the kernel's memory says so.
 * PROOF_HISTORY: it cannot say. PROOF_EVENTS: no, an event was lost.
 */
__noinline int prove(__u64 address, __u64 page, __u32 check)
{
	bool claims = page_claims(page, address);

	switch (check) {
	case CHECK_put_while_pooled:
		return page_is_pooled(address, page) ? PROOF_DIRECT :
						       PROOF_EVENTS;
	case CHECK_handed_out_twice:
		if (!claims || page_is_pooled(address, page))
			return PROOF_DIRECT;
		return PROOF_HISTORY;
	default:
		/* release_not_held, release_wrong_pool */
		return claims ? PROOF_EVENTS : PROOF_DIRECT;
	}
}

/*
 * What is to be emitted: global functions take numbers only, and the stack is
 * short.
 */
struct emitted {
	struct shadow_event event;
	__u64 detail[4]; /* the check's own numbers */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct emitted);
} told SEC(".maps");

/* Empty, for a check to fill; emitted by publish(). */
static __always_inline struct emitted *emitted_new(void)
{
	__u32 zero = 0;
	struct emitted *here;

	here = bpf_map_lookup_elem(&told, &zero);
	if (here)
		__builtin_memset(here, 0, sizeof(*here));
	return here;
}

/*
 * Stores it as evidence, all but the stack. Returns its place in the map
 * `evidence`, -1 when there is none.
 */
__noinline int store_evidence(__u32 proof)
{
	struct evidence_record *record;
	struct pool_record *pool;
	struct page_note *note;
	struct calls *here;
	struct emitted *it;
	__u32 zero = 0;

	it = bpf_map_lookup_elem(&told, &zero);
	if (!it)
		return -1;
	/*
	 * From now on we want to know who touches this pool's pages; not for a
	 * warning that traffic may make all the time.
	 */
	pool = pool_record(it->event.slot);
	if (pool && it->event.check != CHECK_frag_misaligned)
		pool->take_stacks = 1;
	record = evidence_fill(&it->event, proof);
	if (!record)
		return -1;
	__builtin_memcpy(record->detail, it->detail, sizeof(it->detail));
	here = calls_here();
	record->caller = here ? here->caller : 0;
	note = page_note(it->event.pfn);
	if (note) {
		record->given = note->given;
		record->taken = note->taken;
		record->recycled = note->recycled;
	}
	return record->place;
}

/* False: no evidence slot was free. */
static __noinline bool publish(void *ctx, __u32 proof)
{
	int place = store_evidence(proof);
	struct evidence_record *record;

	if (place < 0)
		return false;
	record = bpf_map_lookup_elem(&evidence, &place);
	if (record)
		evidence_stack(ctx, record);
	return true;
}

/* An event that says all. */
static __always_inline void
publish_event(void *ctx, const struct shadow_event *event, __u32 proof)
{
	struct emitted *it = emitted_new();

	if (!it)
		return;
	it->event = *event;
	publish(ctx, proof);
}

/* An event of this page was lost: its word is not to be trusted. */
__noinline int forget_word(__u64 pfn, __u32 slot)
{
	struct shadow_event lost = {
		.event = EVENT_LOST,
		.pfn = pfn,
		.slot = slot,
	};
	struct pool_record *pool = pool_record(slot);
	__u64 *word = shadow_word(pfn, false);

	if (!pool || !word)
		return 0;
	follow_from(word, *(volatile __u64 *)word, pool, &lost);
	FLOW(pool_flow(slot, pool->seq), lost);
	pool->function_lost++;
	return 0;
}

/* The step from whatever the word is by now, if nothing forbids it. */
static __always_inline bool follow_again(__u64 *word,
					 const struct pool_record *pool,
					 struct shadow_event *event)
{
	return follow_from(word, *(volatile __u64 *)word, pool, event);
}

/*
 * Takes one event to its page's word. Returns the event's pool, NULL when the
 * event had no effect. What is emitted was proved for the word that the step is
 * from; a word that changes meanwhile gets two more tries, and no proof.
 */
static __always_inline struct pool_record *follow(void *ctx,
						  struct shadow_event *event)
{
	struct model_result result;
	__u32 proof = PROOF_EVENTS, slot;
	struct pool_record *pool;
	__u64 *word;

	event->pfn = page_to_pfn(event->page);
	word = shadow_word(event->pfn, true);
	if (!word) {
		slot = pool_find(event->pool);
		count_outside(event->pfn,
			      slot == SLOT_NONE ? NULL : pool_record(slot));
		return NULL;
	}
	event->slot = follow_slot(event->pool, *word);
	pool = pool_record(event->slot);
	if (event->slot == SLOT_NONE || !pool)
		return NULL;
	result = follow_result(*(volatile __u64 *)word, pool, event);
	if (result.check != CHECK_NONE) {
		proof = prove(event->pool, event->page, result.check);
		if (proof == PROOF_EVENTS)
			forget_word(event->pfn, event->slot);
	}
	if (result.check != CHECK_NONE && proof != PROOF_EVENTS) {
		if (follow_cmpxchg(word, pool, event, result)) {
			publish_event(ctx, event, proof);
			return pool;
		}
	} else if ((result.check == CHECK_NONE &&
		    follow_cmpxchg(word, pool, event, result)) ||
		   follow_again(word, pool, event) ||
		   follow_again(word, pool, event)) {
		return pool;
	}
	count_unstepped(pool);
	return NULL;
}

/* A page's stack is taken again after so many allocations or puts of it. */
#define STACK_EVERY 255

/*
 * Stacks cost more than all else: a pool has STACK_BURST of each kind at once,
 * which is one for each page of most pools, and then STACKS_A_JIFFY. A race on
 * the number lets one more through.
 */
#define STACK_BURST 4096
#define STACKS_A_JIFFY 4

static __always_inline bool stack_is_due(__u64 *due_at)
{
	__u64 now = bpf_jiffies64() * STACKS_A_JIFFY, due = *due_at;

	if (due < now)
		due = now;
	if (due - now >= STACK_BURST)
		return false;
	*due_at = due + 1;
	return true;
}

/* @known: the stack that the page has; @since: its events since that one. */
static __always_inline bool may_need_stack(const struct pool_record *pool,
					   __u32 known, __u32 since)
{
	return !known || since >= STACK_EVERY || pool->take_stacks;
}

enum stack_kind { STACK_OF_ALLOC, STACK_OF_PUT };

/* The stack of this event, plus one; 0: none is taken. */
static __noinline __u32 sample_stack(void *ctx, struct pool_record *pool,
				     enum stack_kind kind)
{
	long id;

	if (!pool->take_stacks && !stack_is_due(&pool->stacks_due[kind & 1]))
		return 0;
	id = bpf_get_stackid(ctx, &stacks, 0);
	return id < 0 ? 0 : id + 1;
}

static __always_inline __u16 one_more(__u16 count)
{
	return count + (count != (__u16)~0);
}

static __always_inline void note_alloc(void *ctx, struct page_note *note,
				       struct pool_record *pool)
{
	__u32 stack = 0;

	if (may_need_stack(pool, note->given, note->given_since))
		stack = sample_stack(ctx, pool, STACK_OF_ALLOC);
	if (stack)
		note->given = stack;
	note->given_since = stack ? 0 : one_more(note->given_since);
}

static __always_inline void note_put(struct page_note *note, __u32 stack)
{
	if (stack)
		note->taken = stack;
	note->taken_since = stack ? 0 : one_more(note->taken_since);
}

static __always_inline void note_stacked_put(void *ctx, struct page_note *note,
					     struct pool_record *pool)
{
	__u32 stack = 0;

	if (may_need_stack(pool, note->taken, note->taken_since))
		stack = sample_stack(ctx, pool, STACK_OF_PUT);
	note_put(note, stack);
}

#endif
