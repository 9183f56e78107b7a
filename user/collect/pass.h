/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One walk, its sweep, and the pages that pools have: what walks.c and pass.c
 * share.
 */
#ifndef NETMEM_PASS_H
#define NETMEM_PASS_H

#include "user/collect/live.h"
#include "user/holders/holders.h"

#define UNACCOUNTED_LISTED 16

/* A page of one pool in one holder. */
struct match {
	uint32_t slot, holder, bytes;
	uint32_t age; /* tick of its word */
};

/* What one walk says of the pages that pools have. */
struct pass {
	struct walk walk;
	int number;
	struct tally_page *pages; /* behind the walk, ascending */
	size_t count;
	struct match *matches;
	size_t match_count;
	uint64_t *wanted; /* of pools that are asked for, not met by the walk */
	size_t wanted_count;
	uint32_t attributed[SLOT_COUNT], unaccounted[SLOT_COUNT];
	uint32_t referenced[SLOT_COUNT]; /* of the unaccounted */
	uint32_t returned[SLOT_COUNT]; /* not among the pages */
	/* Pools that are alive: before the walk, and whether nothing moved since. */
	struct pool_first before[SLOT_COUNT];
	bool rested[SLOT_COUNT];
	bool dropped[SLOT_COUNT]; /* what is in cache and ring: not among the pages */
	uint64_t ended_ns;
	struct search_page *searched; /* what memory was searched for */
	size_t searched_count;
	bool has_search;
	struct search_result search;
};

static inline uint64_t page_age_ms(uint32_t now, uint64_t word)
{
	return ticks_to_ms(now - word_age(word));
}

/* The pages that pools have now. Returns 0 or -ENOMEM; so with the next two. */
int pass_list_pages(const struct live *live, struct pass *pass);
/* Takes those out that came back to destroyed pools, and counts them. */
int pass_drop_returned(struct live *live, struct pass *pass);
/* Notes which are to be swept for. */
int pass_find_wanted(const struct live *live, struct pass *pass);

/* Of the pools that are alive and asked for: before the walk, ... */
void pass_note_pools(struct live *live, struct pass *pass);
/* ... with the list of pages, takes out what is in cache and ring, ... */
void pass_drop_pooled(struct live *live, struct pass *pass);
/* ... and behind the sweep: did anything move? */
void pass_check_pools(struct live *live, struct pass *pass);

/* ---- search.c ---- */

/*
 * Searches memory for the pages of destroyed pools that neither this walk nor the
 * one before met; none, without one before. Returns 0 or a negative errno.
 */
int pass_search(struct live *live, struct pass *pass,
		const struct pass *before);
/* What it found. */
void pass_emit_search(struct live *live, const struct pass *pass);
/* Does memory refer to the page, by the search? */
bool pass_is_referenced(const struct pass *pass, uint64_t netmem);

/* Neither this walk met it nor the one before, and its pool had it throughout. */
bool pass_is_unmet(const struct pass *pass, const struct pass *before,
		   const struct tally_page *page);

/*
 * Counts such pages of a pool that is alive. Who gave out and took back
 * meanwhile cannot say which pages were out. A look that is compared with those
 * of other times only has no other @before than @pass.
 */
void pass_count_unmet(struct live *live, struct pass *pass,
		      const struct pass *before, uint32_t slot);

/* ---- suspects.c ---- */

/* What the walk met is suspect no more. */
void live_note_met(struct live *live, uint32_t slot, const struct walk *walk);

#endif
