/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the search share. */
#ifndef NETMEM_SEARCH_H
#define NETMEM_SEARCH_H

#include "user/holders/private.h"

/* Memory that a pool has: what refers to pages from there is no holder. */
struct range {
	uint64_t first, bytes;
};

/* A word whose container is known. */
struct reference {
	size_t page; /* of the wanted ones */
	size_t container;
	uint64_t object;
};

struct search {
	struct sweep *sweep;
	const struct search_request *request;
	struct search_result *result;
	struct range *ranges; /* two a pool: itself, and its ring */
	struct reference *references;
	size_t reference_count;
	uint64_t done, all; /* pages of memory */
	uint64_t begun_ns;
	uint32_t steps;
};

/* ---- search_end.c ---- */

/* The search is to end: says so in its result. */
bool search_is_over(struct search *search);

/* ---- areas.c: vmalloc ---- */

/* Before memory is searched, whose hits lead to the areas. */
int search_areas_begin(struct search *search);
/* Searches the areas, if the hits of slabs lead to them. */
int search_areas(struct search *search);
/* The area that has @address, and the function that allocated it. */
const struct found_area *search_find_area(const struct search *search,
					  uint64_t address, char *name,
					  size_t size);

#endif
