// SPDX-License-Identifier: GPL-2.0
/*
 * The scan, our second witness: walks struct pages in bounded steps, finds
 * those that carry the mark of a pool, and reads their pool pointer. It finds
 * pools and pages older than us, counts the pages of each pool, and corrects
 * words after a loss. It races with the hooks, so it only leads words to
 * states from which no event is a violation (model table, SEEN_*), and only
 * when the word did not change since before the page was read.
 *
 * A net_iov is not among the struct pages: of those that the hooks met, user
 * space asks for each.
 *
 * Run with BPF_PROG_TEST_RUN: ctx[0] first pfn, ctx[1] pages; or ctx[0] a
 * net_iov's reference. With
 * scan_only_unknown, words that events brought to where they are stay so: the
 * shadow is then a witness of its own beside the scan.
 */
#include "bpf/core/shadow.bpf.h"

#define PAGE_STRUCT_MAX 128

struct scan_scratch {
	char pages[SCAN_BATCH * PAGE_STRUCT_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scan_scratch);
} scan_scratch SEC(".maps");

/* Marked pages per slot in the running scan; the loader zeroes it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLOT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} scan_counts SEC(".maps");

/* Pages of pools whose words do not say so. The loader zeroes their number. */
struct logged_page scan_found[SCAN_FOUND] = {};
__u32 scan_found_count = 0;

/* Pages of pools that are gone. The loader zeroes their number. */
struct stray_page scan_strays[STRAYS_MAX] = {};
__u32 scan_stray_count = 0;

bool scan_only_unknown = false;

static __always_inline __u64 read_member(__u64 page, __u32 offset)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)page + offset);
	return value;
}

/*
 * One page's pool; 0 when it carries no mark. The page may be freed and used
 * otherwise at any moment: its pool pointer counts when the mark is there before
 * and after it was read.
 */
static __always_inline __u64 marked_pool(__u64 page)
{
	__u64 pool;

	if (compat_is_net_iov(page))
		return read_member(compat_net_iov_pp(page), 0);
	if (!compat_is_marked(read_member(page, compat_mark_offset())))
		return 0;
	pool = read_member(page, compat_pp_offset());
	if (!compat_is_marked(read_member(page, compat_mark_offset())))
		return 0;
	return pool;
}

static __always_inline void correct_word(__u64 *word, __u64 old,
					 struct shadow_event *event)
{
	struct pool_record *pool = pool_record(event->slot);
	struct model_input in = {
		.event = event->event,
		.slot = event->slot,
		.pool_gen = pool ? pool->generation : 0,
		.age = age_now(),
	};
	struct model_result result;

	owner_generation(&in, old);
	if (scan_only_unknown && model_row(old, &in) != STATE_UNKNOWN)
		return;
	result = model_step(old, &in);
	/* Nothing but the page generation would change: leave it alone. */
	if (word_state(result.word) == word_state(old) &&
	    word_slot(result.word) == word_slot(old) &&
	    word_pool_gen(result.word) == word_pool_gen(old))
		return;
	if (__sync_val_compare_and_swap(word, old, result.word) != old)
		return;
	drop_referenced(old);
	event->before = old;
	event->after = result.word;
	event->owner_gen = in.owner_gen;
	event->check = CHECK_NONE;
	if (recording)
		record_event(event, pool ? pool->seq : 0);
}

/* No word can be made for it: nobody follows the page. */
static __always_inline void count_page_outside(__u32 slot)
{
	struct pool_record *pool = pool_record(slot);

	if (pool)
		pool->pages_outside++;
}

/* Would a list that is made from the words have the page? */
static __always_inline bool is_listed(const __u64 *word, __u32 slot)
{
	return word && word_slot(*word) == slot &&
	       (state_is_held(word_state(*word)) ||
		word_state(*word) == STATE_UNKNOWN);
}

static __always_inline void note_found(__u64 pfn, __u32 slot)
{
	struct logged_page *found;

	found = &scan_found[scan_found_count++ & (SCAN_FOUND - 1)];
	found->frame = pfn;
	found->slot = slot;
}

static __always_inline void note_stray(__u64 pfn, __u64 pool, __u64 word)
{
	struct stray_page *stray;

	if (word_slot(word) == SLOT_NONE || frame_is_net_iov(pfn))
		return;
	stray = &scan_strays[scan_stray_count++ & (STRAYS_MAX - 1)];
	stray->frame = pfn;
	stray->pool = pool;
	stray->word = word & ~WORD_REFERENCED;
}

/* Nothing at this address is the pool that has the page. */
static __always_inline bool is_pool_gone(__u64 address)
{
	__u32 hold = 0, release = 0;

	if (!looks_like_pool(address) || pool_is_over((void *)address))
		return true;
	/* It never had a page. */
	return read_counts((void *)address, &hold, &release) && !hold &&
	       !release;
}

/* Judges one page that looked marked, or that its word says is held. */
static __always_inline void scan_page(__u64 pfn)
{
	struct shadow_event event = { .pfn = pfn };
	__u64 *word = shadow_word(pfn, true);
	__u64 old = word ? *(volatile __u64 *)word : 0;
	__u64 *count;

	event.page = pfn_to_page(pfn);
	event.pool = marked_pool(event.page);
	/* Its memory may be another's by now: only such a pool has net_iovs. */
	if (frame_is_net_iov(pfn) && !compat_is_provided((void *)event.pool))
		event.pool = 0;
	if (!event.pool) {
		event.event = EVENT_SEEN_GONE;
		if (word && old)
			correct_word(word, old, &event);
		return;
	}
	event.event = EVENT_SEEN_HELD;
	event.slot = pool_find(event.pool);
	if (event.slot == SLOT_NONE ? is_pool_gone(event.pool) :
				      is_of_older_pool(event.slot, old)) {
		note_stray(pfn, event.pool, old);
		return;
	}
	if (event.slot == SLOT_NONE)
		event.slot = pool_claim(event.pool, found_origin());
	if (event.slot == SLOT_NONE)
		return;
	count = bpf_map_lookup_elem(&scan_counts, &event.slot);
	if (count)
		__sync_fetch_and_add(count, 1);
	if (word)
		correct_word(word, old, &event);
	else
		count_page_outside(event.slot);
	if (!is_listed(word, event.slot))
		note_found(pfn, event.slot);
}

/* Worth a closer look: marked, or some pool's by its word, or asked for. */
static __always_inline bool is_candidate(__u64 pfn, __u64 mark)
{
	__u64 *word;

	if (compat_is_marked(mark) || frame_is_net_iov(pfn))
		return true;
	word = shadow_word(pfn, false);
	return word && (state_is_held(word_state(*word)) ||
			(word_state(*word) == STATE_UNKNOWN &&
			 word_slot(*word) != SLOT_NONE));
}

/*
 * A global function: the verifier checks it once, so that the loop over it
 * stays small for it.
 */
__noinline int scan_look(__u64 pfn, __u64 mark)
{
	if (is_candidate(pfn, mark))
		scan_page(pfn);
	return 0;
}

SEC("raw_tp")
int netmem_scan(__u64 *ctx)
{
	__u32 zero = 0, size = compat_page_size(), batch, i;
	__u64 pfn = ctx[0], count = ctx[1], mark;
	struct scan_scratch *scratch;

	if (frame_is_net_iov(pfn)) {
		scan_look(pfn, 0);
		return 0;
	}
	scratch = bpf_map_lookup_elem(&scan_scratch, &zero);
	if (!scratch || size > PAGE_STRUCT_MAX)
		return 0;
	for (batch = 0; batch < SCAN_BATCHES; batch++) {
		if (batch * SCAN_BATCH >= count)
			break;
		/* A hole: pfns without a struct page. */
		if (bpf_probe_read_kernel(scratch->pages, SCAN_BATCH * size,
					  (void *)pfn_to_page(pfn))) {
			pfn += SCAN_BATCH;
			continue;
		}
		for (i = 0; i < SCAN_BATCH; i++, pfn++) {
			mark = *(__u64 *)(scratch->pages + i * size +
					  compat_mark_offset());
			scan_look(pfn, mark);
		}
	}
	return 0;
}

/* ---- one pool's own pages ---- */

/*
 * The look: what takes the scan a walk over memory, for the pages of one pool.
 * User space gives their list, in whole batches: the rest is FRAME_NONE.
 */
__u64 look_frames[LOOK_CHUNK];
struct look_result look_result = {};
__u64 look_pool = 0;
__u32 look_slot = 0;
__u32 look_generation = 0;

/* The present incarnation of the slot has it. */
static __always_inline bool word_is_of_look(__u64 word)
{
	return is_listed(&word, look_slot) &&
	       word_pool_gen(word) ==
		       (look_generation & WORD_MASK(WORD_POOL_GEN_BITS));
}

/* Counts one page of the list. A global function: verified once. */
__noinline int look_page(__u32 index)
{
	__u64 pfn = look_frames[index & (LOOK_CHUNK - 1)];
	__u32 held, marked;
	__u64 *word;

	if (pfn == FRAME_NONE)
		return 0;
	word = shadow_word(pfn, false);
	held = word && word_is_of_look(*(volatile __u64 *)word);
	marked =
		marked_pool(pfn_to_page(pfn)) == look_pool &&
		!(word && is_of_older_pool(look_slot, *(volatile __u64 *)word));
	look_result.held += held;
	look_result.marked += marked;
	look_result.both += held & marked;
	look_result.net_iovs += held && frame_is_net_iov(pfn);
	return 0;
}

/* ctx[0]: slot, ctx[1]: batches of the list */
SEC("raw_tp")
int netmem_look(__u64 *ctx)
{
	__u64 begin = bpf_ktime_get_ns(), count = ctx[1];
	struct look_result none = {}, *look = &look_result;
	struct pool_record *record = pool_record(ctx[0]);
	struct page_pool *pool = (void *)live_pool(ctx[0]);
	__u32 batch, i;

	*look = none;
	if (!record || !pool)
		return 0;
	look_pool = (__u64)pool;
	look_slot = ctx[0];
	look_generation = record->generation;
	if (!read_counts(pool, &look->hold, &look->release))
		return 0;
	for (batch = 0; batch < LOOK_BATCHES; batch++) {
		if (batch >= count)
			break;
		for (i = 0; i < LOOK_BATCH; i++)
			look_page(batch * LOOK_BATCH + i);
	}
	look->hold_seen = *(volatile __u64 *)&record->hold_seen;
	look->release_seen = *(volatile __u64 *)&record->release_seen;
	look->readable =
		read_counts(pool, &look->hold_after, &look->release_after) &&
		pool_is_there(ctx[0]) && live_pool(ctx[0]) == look_pool;
	look->took_ns = bpf_ktime_get_ns() - begin;
	return 0;
}

/* Takes one page of the list to what it says itself, as the scan does. */
__noinline int reseed_page(__u32 index)
{
	__u64 pfn = look_frames[index & (LOOK_CHUNK - 1)], page;

	if (pfn == FRAME_NONE)
		return 0;
	page = pfn_to_page(pfn);
	scan_look(pfn, frame_is_net_iov(pfn) ?
			       0 :
			       read_member(page, compat_magic_offset()));
	return 0;
}

/* ctx[0]: batches of the list */
SEC("raw_tp")
int netmem_reseed(__u64 *ctx)
{
	__u64 count = ctx[0];
	__u32 batch, i;

	for (batch = 0; batch < LOOK_BATCHES; batch++) {
		if (batch >= count)
			break;
		for (i = 0; i < LOOK_BATCH; i++)
			reseed_page(batch * LOOK_BATCH + i);
	}
	return 0;
}
