/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that leave their pool with more than one reference, until the page
 * allocator gets them. While the event of such a page is taken it can be neither
 * freed nor held again: the pool's own reference is dropped behind it.
 */
#ifndef NETMEM_REFERENCED_BPF_H
#define NETMEM_REFERENCED_BPF_H

#include "bpf/core/shadow.bpf.h"
#include "bpf/track/flow.bpf.h"

/* Of one release in so many the references are read, a power of 2; 0: of none. */
const volatile __u32 reference_every = 0;

/* One attempt each: whoever else changes the word leaves nothing to note. */
static __noinline int keep_references(__u64 pfn)
{
	__u64 *word = shadow_word(pfn, false), old, new;

	if (!word)
		return 0;
	old = *(volatile __u64 *)word;
	new = (old & WORD_MASK(WORD_AGE_SHIFT)) | WORD_REFERENCED |
	      (__u64)age_now() << WORD_AGE_SHIFT;
	if (word_state(old) != STATE_FREE || word_is_referenced(old) ||
	    __sync_val_compare_and_swap(word, old, new) != old)
		return 0;
	__sync_fetch_and_add(&referenced_pages, 1);
	return 0;
}

/* Of a page that is freed. */
static __noinline int forget_references(__u64 pfn)
{
	__u64 *word = shadow_word(pfn, false), old;

	if (!word)
		return 0;
	old = *(volatile __u64 *)word;
	if (word_is_referenced(old) &&
	    __sync_val_compare_and_swap(word, old, old & ~WORD_REFERENCED) ==
		    old)
		drop_referenced(old);
	return 0;
}

static __always_inline bool has_references(const volatile __u64 *ctx)
{
	return reference_every && !(ctx[2] & (reference_every - 1)) &&
	       page_refcount(ctx[1]) > 1;
}

/* release(pool, page, count) of a page of memory, no net_iov. */
static __always_inline void note_references(const volatile __u64 *ctx)
{
	if (__builtin_expect(has_references(ctx), 0))
		keep_references(page_to_pfn(ctx[1]));
}

#endif
