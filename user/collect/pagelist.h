/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which pages a pool may have: those whose words name its slot, those that the
 * scan found beside them, and those that entered since (the log of BPF). A list
 * may have pages that left; none that the pool has may be missing.
 */
#ifndef NETMEM_PAGELIST_H
#define NETMEM_PAGELIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/records.h"

struct listed_page {
	uint32_t slot;
	uint64_t netmem;
};

/* The pages of all slots; by slot and netmem once sorted. */
struct pagelist {
	struct listed_page *pages;
	size_t count, room;
	bool failed; /* out of memory: it is not whole */
};

/* The pages of one slot, in whole batches of a look. */
struct look_list {
	uint64_t *netmems;
	size_t count, room;
	bool failed;
};

void pagelist_add(struct pagelist *list, uint32_t slot, uint64_t netmem);

void pagelist_add_log(struct pagelist *list, const struct logged_page *pages,
		      size_t count);

/* In order, each page once. */
void pagelist_sort(struct pagelist *list);

/* Empties it, and keeps its memory. */
void pagelist_reset(struct pagelist *list);
void pagelist_clear(struct pagelist *list);

/* Were entries from @from on overwritten when the next one was @next? */
bool log_overrun(uint64_t from, uint64_t next);

/*
 * The pages of @slot: those of the sorted list, and those of the log's entries
 * from @from on to below @to, each once, filled up with FRAME_NONE.
 */
void look_list_make(struct look_list *list, const struct pagelist *pages,
		    uint32_t slot, const struct logged_page *log, uint64_t from,
		    uint64_t to);
void look_list_clear(struct look_list *list);

#endif
