/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log of pages that entered a pool lately, with its slot. User space makes
 * lists of each pool's pages from the words, which takes a walk over all of
 * them; with the log a list stays whole while pages enter.
 *
 * A reader that makes lists opens the log for PAGE_LOG entries, and then walks
 * the words. A hold changes its word before it looks whether the log is open:
 * so the walk, or the log, has its page. A full log is closed, and its list has
 * to be made anew: most holds write nothing that processors share.
 *
 * A hold logs its page before it counts as seen: where a pool's streams are
 * complete, no page of it is missing. Before 5.12 (compat/plain.h) and on
 * processors that reorder stores an entry may be lost: the list is made anew
 * before a difference counts.
 */
#ifndef NETMEM_LOG_BPF_H
#define NETMEM_LOG_BPF_H

#include "bpf/core/config.bpf.h"

#ifndef take_number
#define take_number(place) __sync_fetch_and_add(place, 1)
#endif

struct page_log_range page_log_range __weak = {};
struct logged_page page_log[PAGE_LOG] __weak = {};

static __always_inline bool log_is_open(void)
{
	volatile struct page_log_range *range = &page_log_range;

	return range->next < range->end;
}

static __always_inline void log_page(__u64 frame, __u32 slot)
{
	struct logged_page *entry;
	__u64 number;

	if (!log_is_open())
		return;
	number = take_number(&page_log_range.next);
	entry = &page_log[number & (PAGE_LOG - 1)];
	entry->frame = frame;
	entry->slot = slot;
}

#endif
