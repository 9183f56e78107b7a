/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second witness: pages per pool as struct pages say (scan), beside pages
 * per pool as the shadow says (tally).
 */
#ifndef NETMEM_SCAN_H
#define NETMEM_SCAN_H

#include "user/collect/pagelist.h"
#include "user/loader.h"

enum scan_mode {
	SCAN_CORRECT, /* all words that disagree: after a loss */
	SCAN_COUNT, /* words never seen only: events stand as they are */
};

/*
 * Walks all struct pages; loader->scan_counts then has the pages of each
 * slot. Returns 0, -EOPNOTSUPP where the kernel has no signature.
 */
int scan_run(struct loader *loader, enum scan_mode mode);

/* Per slot, from the shadow words. */
struct tally {
	uint32_t held[SLOT_COUNT]; /* by events or seen by the scan */
	uint32_t net_iov[SLOT_COUNT]; /* of these, net_iovs */
	uint32_t oldest[SLOT_COUNT]; /* age tick of the oldest such page */
	uint32_t out[SLOT_COUNT]; /* handed out, by events */
	uint32_t unsure[SLOT_COUNT]; /* in the pool or out: unknown */
};

void tally_take(const struct loader *loader, struct tally *tally);

/* What the word of a page says of it as one of @slot's; else STATE_UNKNOWN. */
uint32_t tally_state(const struct loader *loader, uint32_t slot,
		     uint64_t netmem);

struct tally_page {
	uint64_t netmem; /* page frame number, or reference of a net_iov */
	uint64_t word;
};

/*
 * All pages that pools have by their words, each of its slot's present incarnation.
 * The array is the caller's to free. Returns 0 or -ENOMEM.
 */
int tally_list(const struct loader *loader, struct tally_page **pages,
	       size_t *count);

/* The same of pages that left pools with more than one reference: WORD_REFERENCED. */
int tally_referenced(const struct loader *loader, struct tally_page **pages,
		     size_t *count);

/*
 * Adds all pages whose words name a pool that is there, also words that are
 * not believed after a loss.
 */
void tally_named(const struct loader *loader, struct pagelist *list);

/* The oldest pages of one slot, at most @max; returns how many. */
size_t tally_pages(const struct loader *loader, uint32_t slot,
		   struct tally_page *pages, size_t max);

/*
 * Age ticks: converts a difference of ticks into milliseconds. The kernel's
 * HZ is measured between two calls, so the first call only starts the clock.
 */
void ticks_calibrate(const struct loader *loader);
uint64_t ticks_to_ms(uint32_t ticks);
uint32_t ticks_now(const struct loader *loader);

#endif
