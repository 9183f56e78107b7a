/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model: what a page may do, as one table. Plain C without I/O,
 * allocation or kernel types; compiled into the BPF objects (live), into
 * netmem-check (replay) and into the unit tests.
 *
 * A page's whole state is one 64-bit word (the shadow word). Hooks translate
 * kernel events into enum model_event; model_step() is the only function that
 * changes a word, but for model_plain_hold() and its like, which say the same of
 * the events that nearly always come.
 */
#ifndef NETMEM_MODEL_H
#define NETMEM_MODEL_H

#include <linux/types.h>

#define MODEL_INLINE static inline __attribute__((always_inline))

/*
 * UNKNOWN is a page that we never saw, or no longer trust after a loss. It
 * never causes a violation. With a slot in the word the scan saw it in that
 * pool ("seeded").
 */
#define MODEL_STATES(S)                                        \
	S(UNKNOWN, "not seen since we look")                   \
	S(FREE, "in no pool")                                  \
	S(CACHED, "in its pool's alloc cache")                 \
	S(RING, "in its pool's ptr_ring")                      \
	S(OUT, "with driver, device or stack")                 \
	S(HELD, "in a pool, place not visible to tracepoints") \
	S(RETURNING, "on its way back into its pool")          \
	S(ELSEWHERE, "held by another pool than the event's (row only)")

#define MODEL_EVENTS(E)                                          \
	E(HOLD, "enters a pool from the page allocator")         \
	E(RELEASE, "leaves a pool for the page allocator")       \
	E(MM_FREE, "freed with the pool signature still on it")  \
	E(ALLOC, "handed out by a pool")                         \
	E(PUT, "last reference given back to a pool")            \
	E(PUT_CACHE, "returned into a pool's alloc cache")       \
	E(PUT_RING, "returned into a pool's ptr_ring")           \
	E(XDP_FRAME, "seen under an XDP frame, claiming a pool") \
	E(XDP_FRAG, "seen as an XDP fragment, claiming a pool")  \
	E(SEEN_HELD, "scan: carries a pool's signature")         \
	E(SEEN_GONE, "scan: carries no signature")               \
	E(LOST, "an event of this page was lost before")

/* Lists and cells that macros make. */
/* clang-format off */
enum model_state {
#define STATE_ENUM(name, text) STATE_##name,
	MODEL_STATES(STATE_ENUM)
#undef STATE_ENUM
	STATE_COUNT
};

enum model_event {
#define EVENT_ENUM(name, text) EVENT_##name,
	MODEL_EVENTS(EVENT_ENUM)
#undef EVENT_ENUM
	EVENT_COUNT
};

enum model_check {
	CHECK_NONE, /* also: a cell that nobody filled in has next == 0 */
#define CHECK(id, severity, tier, headline, causes, next) CHECK_##id,
#include "model/checks.h"
#undef CHECK
	CHECK_COUNT
};

/* next is stored plus one, so that a cell left empty is told from UNKNOWN. */
struct model_cell {
	__u8 next_plus_one;
	__u8 check;
};

#define GO(next) { STATE_##next + 1, CHECK_NONE }
#define BAD(next, check) { STATE_##next + 1, CHECK_##check }
/* clang-format on */

/*
 * [state][event] -> {next, check}. The row ELSEWHERE stands for CACHED, RING,
 * OUT, HELD and RETURNING when the word names another pool than the event; no
 * word is ever in that state.
 *
 * SEEN_HELD and SEEN_GONE are the scan's: they race with events on the same
 * page, so they lead to states from which no event is a violation. LOST comes
 * before an event that the state forbids and the kernel's memory does not bear
 * out: then the state is wrong, and not the kernel.
 */
static const struct model_cell model_table[STATE_COUNT][EVENT_COUNT] = {
	[STATE_UNKNOWN] = {
		[EVENT_HOLD] = GO(HELD),
		[EVENT_RELEASE] = GO(FREE),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = GO(OUT),
		[EVENT_PUT] = GO(RETURNING),
		[EVENT_PUT_CACHE] = GO(CACHED),
		[EVENT_PUT_RING] = GO(RING),
		[EVENT_XDP_FRAME] = GO(UNKNOWN),
		[EVENT_XDP_FRAG] = GO(UNKNOWN),
		[EVENT_SEEN_HELD] = GO(UNKNOWN),
		[EVENT_SEEN_GONE] = GO(UNKNOWN),
		[EVENT_LOST] = GO(UNKNOWN),
	},
	[STATE_FREE] = {
		[EVENT_HOLD] = GO(HELD),
		[EVENT_RELEASE] = BAD(FREE, release_not_held),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = BAD(OUT, handed_out_twice),
		[EVENT_PUT] = BAD(RETURNING, release_not_held),
		[EVENT_PUT_CACHE] = BAD(CACHED, release_not_held),
		[EVENT_PUT_RING] = BAD(RING, release_not_held),
		[EVENT_XDP_FRAME] = BAD(FREE, xdp_foreign_page),
		[EVENT_XDP_FRAG] = BAD(FREE, xdp_frag_bounds),
		[EVENT_SEEN_HELD] = GO(UNKNOWN),
		[EVENT_SEEN_GONE] = GO(FREE),
		[EVENT_LOST] = GO(UNKNOWN),
	},
	[STATE_CACHED] = {
		[EVENT_HOLD] = BAD(HELD, hold_twice),
		[EVENT_RELEASE] = GO(FREE),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = GO(OUT),
		[EVENT_PUT] = BAD(RETURNING, put_while_pooled),
		[EVENT_PUT_CACHE] = BAD(CACHED, put_while_pooled),
		[EVENT_PUT_RING] = BAD(RING, put_while_pooled),
		[EVENT_XDP_FRAME] = BAD(CACHED, xdp_foreign_page),
		[EVENT_XDP_FRAG] = BAD(CACHED, xdp_frag_bounds),
		[EVENT_SEEN_HELD] = GO(CACHED),
		[EVENT_SEEN_GONE] = GO(UNKNOWN),
		[EVENT_LOST] = GO(UNKNOWN),
	},
	[STATE_RING] = {
		[EVENT_HOLD] = BAD(HELD, hold_twice),
		[EVENT_RELEASE] = GO(FREE),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = GO(OUT),
		[EVENT_PUT] = BAD(RETURNING, put_while_pooled),
		[EVENT_PUT_CACHE] = BAD(CACHED, put_while_pooled),
		[EVENT_PUT_RING] = BAD(RING, put_while_pooled),
		[EVENT_XDP_FRAME] = BAD(RING, xdp_foreign_page),
		[EVENT_XDP_FRAG] = BAD(RING, xdp_frag_bounds),
		[EVENT_SEEN_HELD] = GO(RING),
		[EVENT_SEEN_GONE] = GO(UNKNOWN),
		[EVENT_LOST] = GO(UNKNOWN),
	},
	[STATE_OUT] = {
		[EVENT_HOLD] = BAD(HELD, hold_twice),
		[EVENT_RELEASE] = GO(FREE),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = BAD(OUT, handed_out_twice),
		[EVENT_PUT] = GO(RETURNING),
		[EVENT_PUT_CACHE] = GO(CACHED),
		[EVENT_PUT_RING] = GO(RING),
		[EVENT_XDP_FRAME] = GO(OUT),
		[EVENT_XDP_FRAG] = GO(OUT),
		[EVENT_SEEN_HELD] = GO(OUT),
		[EVENT_SEEN_GONE] = GO(UNKNOWN),
		[EVENT_LOST] = GO(UNKNOWN),
	},
	[STATE_HELD] = {
		[EVENT_HOLD] = BAD(HELD, hold_twice),
		[EVENT_RELEASE] = GO(FREE),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = GO(OUT),
		[EVENT_PUT] = GO(RETURNING),
		[EVENT_PUT_CACHE] = GO(CACHED),
		[EVENT_PUT_RING] = GO(RING),
		[EVENT_XDP_FRAME] = GO(HELD),
		[EVENT_XDP_FRAG] = GO(HELD),
		[EVENT_SEEN_HELD] = GO(HELD),
		[EVENT_SEEN_GONE] = GO(UNKNOWN),
		[EVENT_LOST] = GO(UNKNOWN),
	},
	[STATE_RETURNING] = {
		[EVENT_HOLD] = BAD(HELD, hold_twice),
		[EVENT_RELEASE] = GO(FREE),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = GO(OUT),
		[EVENT_PUT] = BAD(RETURNING, put_while_pooled),
		[EVENT_PUT_CACHE] = GO(CACHED),
		[EVENT_PUT_RING] = GO(RING),
		[EVENT_XDP_FRAME] = BAD(RETURNING, xdp_foreign_page),
		[EVENT_XDP_FRAG] = BAD(RETURNING, xdp_frag_bounds),
		[EVENT_SEEN_HELD] = GO(RETURNING),
		[EVENT_SEEN_GONE] = GO(UNKNOWN),
		[EVENT_LOST] = GO(UNKNOWN),
	},
	[STATE_ELSEWHERE] = {
		[EVENT_HOLD] = BAD(HELD, hold_twice),
		[EVENT_RELEASE] = BAD(FREE, release_wrong_pool),
		[EVENT_MM_FREE] = BAD(FREE, freed_while_held),
		[EVENT_ALLOC] = BAD(OUT, handed_out_twice),
		[EVENT_PUT] = BAD(RETURNING, release_wrong_pool),
		[EVENT_PUT_CACHE] = BAD(CACHED, release_wrong_pool),
		[EVENT_PUT_RING] = BAD(RING, release_wrong_pool),
		[EVENT_XDP_FRAME] = BAD(UNKNOWN, xdp_foreign_page),
		[EVENT_XDP_FRAG] = BAD(UNKNOWN, xdp_frag_bounds),
		[EVENT_SEEN_HELD] = GO(UNKNOWN),
		[EVENT_SEEN_GONE] = GO(UNKNOWN),
		[EVENT_LOST] = GO(UNKNOWN),
	},
};

#undef GO
#undef BAD

/*
 * The shadow word. The page generation makes each step change the word, so
 * that a compare-and-swap by the scan fails when an event came between.
 * The pool generation ties a held state to one span of a pool's life without
 * a loss: the loader bumps a pool's generation at each gap, and all words of
 * older generations read as UNKNOWN.
 */
#define WORD_STATE_BITS 3
#define WORD_SLOT_BITS 12
#define WORD_POOL_GEN_BITS 6
#define WORD_PAGE_GEN_BITS 7
#define WORD_FLAG_BITS 12
#define WORD_AGE_BITS 24

#define WORD_SLOT_SHIFT WORD_STATE_BITS
#define WORD_POOL_GEN_SHIFT (WORD_SLOT_SHIFT + WORD_SLOT_BITS)
#define WORD_PAGE_GEN_SHIFT (WORD_POOL_GEN_SHIFT + WORD_POOL_GEN_BITS)
#define WORD_FLAG_SHIFT (WORD_PAGE_GEN_SHIFT + WORD_PAGE_GEN_BITS)
#define WORD_AGE_SHIFT (WORD_FLAG_SHIFT + WORD_FLAG_BITS)

#define WORD_MASK(bits) ((1ULL << (bits)) - 1)

/*
 * A flag of FREE words: the page left its pool with more than one reference, at
 * the tick that is the word's age then, and was not freed since. It is no part of
 * the state: each step makes a word without it.
 */
#define WORD_REFERENCED (1ULL << WORD_FLAG_SHIFT)

/* Slot 0 is no pool. */
#define SLOT_NONE 0
#define SLOT_COUNT (1U << WORD_SLOT_BITS)

/* Age ticks are jiffies >> AGE_SHIFT: 16 ms at 1000 Hz, 160 ms at 100 Hz. */
#define AGE_SHIFT 4

MODEL_INLINE __u32 word_state(__u64 word)
{
	return word & WORD_MASK(WORD_STATE_BITS);
}

MODEL_INLINE __u32 word_slot(__u64 word)
{
	return word >> WORD_SLOT_SHIFT & WORD_MASK(WORD_SLOT_BITS);
}

MODEL_INLINE __u32 word_pool_gen(__u64 word)
{
	return word >> WORD_POOL_GEN_SHIFT & WORD_MASK(WORD_POOL_GEN_BITS);
}

MODEL_INLINE __u32 word_page_gen(__u64 word)
{
	return word >> WORD_PAGE_GEN_SHIFT & WORD_MASK(WORD_PAGE_GEN_BITS);
}

MODEL_INLINE __u32 word_age(__u64 word)
{
	return word >> WORD_AGE_SHIFT;
}

MODEL_INLINE int word_is_referenced(__u64 word)
{
	return word_state(word) == STATE_FREE && word & WORD_REFERENCED;
}

/* As steps make and take it: of a FREE word neither flag nor age matter. */
MODEL_INLINE __u64 word_plain(__u64 word)
{
	if (word_state(word) != STATE_FREE)
		return word;
	return word & WORD_MASK(WORD_FLAG_SHIFT);
}

/* The earlier of two age ticks, which wrap. */
MODEL_INLINE int tick_before(__u32 a, __u32 b)
{
	return ((a - b) & WORD_MASK(WORD_AGE_BITS)) > 1U << (WORD_AGE_BITS - 1);
}

/* The word's owner still counts: the state names a pool. */
MODEL_INLINE int state_is_held(__u32 state)
{
	return state >= STATE_CACHED && state <= STATE_RETURNING;
}

/* Of these, the states in which nobody but the pool may use the page. */
MODEL_INLINE int state_is_pooled(__u32 state)
{
	return state == STATE_CACHED || state == STATE_RING ||
	       state == STATE_RETURNING;
}

MODEL_INLINE __u64 word_make(__u32 state, __u32 slot, __u32 pool_gen,
			     __u32 page_gen, __u32 age)
{
	return (__u64)state | (__u64)slot << WORD_SLOT_SHIFT |
	       (pool_gen & WORD_MASK(WORD_POOL_GEN_BITS))
		       << WORD_POOL_GEN_SHIFT |
	       (page_gen & WORD_MASK(WORD_PAGE_GEN_BITS))
		       << WORD_PAGE_GEN_SHIFT |
	       (__u64)age << WORD_AGE_SHIFT;
}

/*
 * By its word a page is of a pool that began before this tick, and was never
 * released by it. One that entered a pool later has an age of then.
 */
MODEL_INLINE int word_is_older(__u64 word, __u32 born_age)
{
	__u32 state = word_state(word);

	if (word_slot(word) == SLOT_NONE ||
	    (!state_is_held(state) && state != STATE_UNKNOWN))
		return 0;
	return tick_before(word_age(word), born_age);
}

/*
 * What an event says: which pool, that pool's generation now, the age tick
 * now, and the generation now of the pool that the *word* names. A pool is
 * whole when its first event was seen and none was lost since.
 */
struct model_input {
	__u32 event;
	__u32 slot;
	__u32 pool_gen;
	__u32 owner_gen;
	__u32 age;
	__u32 whole;
};

struct model_result {
	__u64 word;
	__u32 check;
};

/* The table's row for a word, as seen from the event's pool. */
MODEL_INLINE __u32 model_row(__u64 word, const struct model_input *in)
{
	__u32 state = word_state(word);

	if (!state_is_held(state))
		return state;
	if (word_pool_gen(word) !=
	    (in->owner_gen & WORD_MASK(WORD_POOL_GEN_BITS)))
		return STATE_UNKNOWN;
	if (word_slot(word) != in->slot)
		return STATE_ELSEWHERE;
	return state;
}

/*
 * Such a pool has met each of its pages. One whose word is as it was made, which
 * neither an event nor the scan has touched, cannot come back to it. A word
 * that was stepped has a page generation or an age.
 */
MODEL_INLINE int model_is_stranger(__u64 word, const struct model_input *in)
{
	return in->whole && !word &&
	       (in->event == EVENT_RELEASE || in->event == EVENT_PUT);
}

/*
 * The one function that changes a page's state. Returns the new word, and
 * the check that the transition breaks (CHECK_NONE for a legal one).
 * The age tells when the page came into its pool, or was last allocated: it
 * is kept while the same pool holds it.
 */
MODEL_INLINE struct model_result model_step(__u64 word,
					    const struct model_input *in)
{
	__u32 row = model_row(word, in);
	struct model_result result = {};
	struct model_cell cell = {};
	__u32 age = in->age, event = in->event;

	/* In a register: the verifier of 6.1 forgets the bound of a reload. */
	__asm__ volatile("" : "+r"(event));
	if (row < STATE_COUNT && event < EVENT_COUNT)
		cell = model_table[row][event];
	if (state_is_held(row) && cell.check == CHECK_NONE &&
	    event != EVENT_ALLOC)
		age = word_age(word);
	result.check = model_is_stranger(word, in) ? CHECK_release_not_held :
						     cell.check;
	result.word = word_make(cell.next_plus_one - 1U, in->slot, in->pool_gen,
				word_page_gen(word) + 1, age);
	return result;
}

/* The word of @in's pool in another state; all but that and the generation stays. */
MODEL_INLINE __u64 model_plain_go(__u64 word, const struct model_input *in,
				  enum model_state next)
{
	const __u64 one = 1ULL << WORD_PAGE_GEN_SHIFT;
	const __u64 gens = WORD_MASK(WORD_PAGE_GEN_BITS) << WORD_PAGE_GEN_SHIFT;

	if (word_slot(word) != in->slot ||
	    word_pool_gen(word) !=
		    (in->pool_gen & WORD_MASK(WORD_POOL_GEN_BITS)))
		return 0;
	return (word & ~(WORD_MASK(WORD_STATE_BITS) | gens)) |
	       ((word + one) & gens) | next;
}

/*
 * What model_step() makes of nearly every hold and release, without the table: a
 * page enters its pool, or leaves the pool that its word names, and nothing of
 * the word changes but state and page generation. 0: it is not so, and
 * model_step() has to be asked.
 */
MODEL_INLINE __u64 model_plain_hold(__u64 word, const struct model_input *in)
{
	/* Not that flag either: who takes it off counts. */
	if ((word & (WORD_MASK(WORD_STATE_BITS) | WORD_REFERENCED)) >
	    STATE_FREE)
		return 0;
	return word_make(STATE_HELD, in->slot, in->pool_gen,
			 word_page_gen(word) + 1, in->age);
}

MODEL_INLINE __u64 model_plain_release(__u64 word, const struct model_input *in)
{
	if (!state_is_held(word_state(word)))
		return 0;
	return model_plain_go(word, in, STATE_FREE);
}

/*
 * And of nearly every allocation, put, and end of a put whose begin was seen: a
 * page of the pool that its word names. A put of a page that is RETURNING is left
 * to the table, because only a caller that saw it begin knows that it ends.
 */
MODEL_INLINE __u64 model_plain_alloc(__u64 word, const struct model_input *in)
{
	__u32 state = word_state(word);
	__u64 next;

	if (!state_is_held(state) || state == STATE_OUT)
		return 0;
	next = model_plain_go(word, in, STATE_OUT);
	if (!next)
		return 0;
	return (next & WORD_MASK(WORD_AGE_SHIFT)) | (__u64)in->age
							    << WORD_AGE_SHIFT;
}

MODEL_INLINE __u64 model_plain_put(__u64 word, const struct model_input *in,
				   enum model_state next)
{
	__u32 state = word_state(word);

	if (state != STATE_OUT && state != STATE_HELD)
		return 0;
	return model_plain_go(word, in, next);
}

MODEL_INLINE __u64 model_plain_put_end(__u64 word, const struct model_input *in,
				       enum model_state next)
{
	if (word_state(word) != STATE_RETURNING)
		return 0;
	return model_plain_go(word, in, next);
}

/*
 * Fragment arithmetic. A pool charges a page with a bias, gives fragments out
 * of it one by one, and drains what it did not give out when it turns to the
 * next page. Each put takes one off the kernel's counter. So, in a fragment
 * cycle, which is from a page's first fragment to the put of its last one,
 *
 *	while the pool gives out of it	count = bias - returned
 *	after that			count = issued - returned
 *
 * and the last put finds 1, or leaves 0. A cycle is what the kernel's own
 * memory says: nothing here depends on an event that could be lost, but for
 * @seen.
 */
struct frag_cycle {
	__s64 count; /* the page's counter now */
	__s64 issued; /* fragments given out, as the pool counts them */
	__s64 seen; /* puts that we saw end: a lower bound */
};

#define FRAG_BIAS_MAX 0x7fffffffffffffffLL
#define FRAG_NEAR 0xffff /* more fragments than any page has */

/*
 * The bias that a counter near it was charged with: LONG_MAX in some kernels,
 * half of it in others.
 */
MODEL_INLINE __s64 frag_bias_of(__s64 count)
{
	__s64 half = FRAG_BIAS_MAX >> 1;

	return count >= half - FRAG_NEAR && count <= half + FRAG_NEAR ?
		       half :
		       FRAG_BIAS_MAX;
}

/*
 * Judges the counter right after a fragment was given out; the caller has that
 * one, so it cannot be back yet.
 */
MODEL_INLINE __u32 frag_check_issue(const struct frag_cycle *cycle)
{
	__s64 bias = frag_bias_of(cycle->count);

	if (cycle->count < 0 || cycle->count > bias)
		return CHECK_frag_overflow;
	if (bias - cycle->count > cycle->issued - 1)
		return CHECK_frag_underflow;
	return CHECK_NONE;
}

/* Judges the counter of the page that the pool has drained. */
MODEL_INLINE __u32 frag_check_drained(const struct frag_cycle *cycle)
{
	if (cycle->count < 0)
		return CHECK_frag_underflow;
	if (cycle->count > cycle->issued - cycle->seen)
		return CHECK_frag_undrained;
	return CHECK_NONE;
}

/* Judges the counter of a page that goes back into its pool. */
MODEL_INLINE __u32 frag_check_last(__s64 count)
{
	if (count < 0)
		return CHECK_frag_underflow;
	return count > 1 ? CHECK_frag_undrained : CHECK_NONE;
}

/* Judges where a fragment lies: @end is where the one before it ended. */
MODEL_INLINE __u32 frag_check_place(__u64 offset, __u64 size, __u64 end,
				    __u64 page_bytes)
{
	if (offset + size > page_bytes || offset < end)
		return CHECK_frag_bounds;
	return CHECK_NONE;
}

/*
 * Judges where a buffer lies: @head is its first byte, @end where it ends. At
 * its end is the skb_shared_info, whose size is rounded up to whole cache lines:
 * it is aligned where the end is. @end is 0 where it is not known.
 */
#define BUFFER_ALIGN 8 /* of what is atomic in skb_shared_info */

MODEL_INLINE __u32 buffer_check_align(__u64 head, __u64 end)
{
	return (head | end) & (BUFFER_ALIGN - 1) ? CHECK_frag_misaligned :
						   CHECK_NONE;
}

#endif
