// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of pages for looks: made by one walk over all words, completed by what
 * the scan found beside them and by what entered since.
 */
#include "user/collect/live.h"
#include "user/kernel/skeletons.h"

static uint64_t log_next(const struct live *live)
{
	return *(volatile __u64 *)&live->loader.bss->page_log_range.next;
}

/* Is each page that entered since the lists were made in the log? */
static bool log_is_whole(const struct live *live, uint64_t next)
{
	return next < *(volatile __u64 *)&live->loader.bss->page_log_range.end &&
	       !log_overrun(live->listed_at, next);
}

/* Before the words are walked: bpf/core/log.bpf.h. */
static void open_log(struct live *live)
{
	live->listed_at = log_next(live);
	live->loader.bss->page_log_range.end = live->listed_at + PAGE_LOG;
	__sync_synchronize();
}

void live_note_found(struct live *live)
{
	uint32_t count = live->loader.bss->scan_found_count;

	pagelist_reset(&live->found);
	live->found_cut = count > SCAN_FOUND;
	if (!live->found_cut)
		pagelist_add_log(&live->found, live->loader.bss->scan_found,
				 count);
	live->listed = false;
}

/* A walk over all words, one for the pools of many looks. */
static void make_lists(struct live *live)
{
	size_t i;

	open_log(live);
	pagelist_reset(&live->pages);
	for (i = 0; i < live->found.count; i++)
		pagelist_add(&live->pages, live->found.pages[i].slot,
			     live->found.pages[i].netmem);
	tally_named(&live->loader, &live->pages);
	pagelist_sort(&live->pages);
	live->listed = true;
}

bool live_list_pages(struct live *live, uint32_t slot)
{
	uint64_t next = log_next(live);

	if (!live->listed || !log_is_whole(live, next) ||
	    log_overrun(live->listed_at, next + PAGE_LOG / 2))
		make_lists(live);
	next = log_next(live);
	look_list_make(&live->look_list, &live->pages, slot,
		       live->loader.bss->page_log, live->listed_at, next);
	return !live->look_list.failed && !live->found_cut &&
	       !live->found.failed && log_is_whole(live, log_next(live));
}

void live_clear_lists(struct live *live)
{
	pagelist_clear(&live->pages);
	pagelist_clear(&live->found);
	look_list_clear(&live->look_list);
}
