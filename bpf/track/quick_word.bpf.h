/* SPDX-License-Identifier: GPL-2.0 */
/* The word of a page of the quick range, by one look-up. */
#ifndef NETMEM_QUICK_WORD_BPF_H
#define NETMEM_QUICK_WORD_BPF_H

#include "bpf/core/shadow.bpf.h"

/* The place of a page in the shadow; false: no event of it is quick. */
static __always_inline bool quick_index(__u64 page, __u64 *index)
{
	const volatile struct quick_range *range = &quick;
	__u64 distance;

	/* One address of two constants. */
	barrier_var(range);
	distance = page - range->page;
	if (compat_has_net_iov() && compat_is_net_iov(page))
		return false;
	if (compat_page_size() == 64)
		*index = distance >> 6;
	else
		*index = distance / compat_page_size();
	return *index < range->count;
}

static __always_inline __u64 *quick_word(__u32 index)
{
	return bpf_map_lookup_elem(&shadow, &index);
}

static __always_inline bool swap_word(__u64 *word, __u64 old, __u64 new)
{
	__u64 found = __sync_val_compare_and_swap(word, old, new);

	/* Else it becomes a flag that is compared once more. */
	barrier_var(found);
	return found == old;
}

#endif
