// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "user/collect/pagelist.h"

void pagelist_add(struct pagelist *list, uint32_t slot, uint64_t netmem)
{
	struct listed_page *grown;
	size_t room;

	if (list->failed)
		return;
	if (list->count == list->room) {
		room = list->room ? list->room * 2 : 1024;
		grown = realloc(list->pages, room * sizeof(*grown));
		list->failed = !grown;
		if (!grown)
			return;
		list->pages = grown;
		list->room = room;
	}
	list->pages[list->count++] = (struct listed_page){ slot, netmem };
}

static const struct logged_page *logged(const struct logged_page *log,
					uint64_t number)
{
	return &log[number % PAGE_LOG];
}

void pagelist_add_log(struct pagelist *list, const struct logged_page *pages,
		      size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		pagelist_add(list, pages[i].slot, pages[i].frame);
}

static int compare_listed(const void *left, const void *right)
{
	const struct listed_page *a = left, *b = right;

	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	return (a->netmem > b->netmem) - (a->netmem < b->netmem);
}

void pagelist_sort(struct pagelist *list)
{
	size_t i, kept = 0;

	if (!list->count)
		return;
	qsort(list->pages, list->count, sizeof(*list->pages), compare_listed);
	for (i = 1; i < list->count; i++)
		if (compare_listed(&list->pages[i], &list->pages[kept]))
			list->pages[++kept] = list->pages[i];
	list->count = kept + 1;
}

void pagelist_reset(struct pagelist *list)
{
	list->count = 0;
	list->failed = false;
}

void pagelist_clear(struct pagelist *list)
{
	free(list->pages);
	memset(list, 0, sizeof(*list));
}

bool log_overrun(uint64_t from, uint64_t next)
{
	return next - from > PAGE_LOG;
}

/* Where the pages from this one on begin. */
static size_t lower_bound(const struct pagelist *list, uint32_t slot,
			  uint64_t netmem)
{
	const struct listed_page wanted = { slot, netmem };
	size_t low = 0, high = list->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_listed(&list->pages[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_listed(const struct pagelist *list, uint32_t slot,
		      uint64_t netmem)
{
	size_t at = lower_bound(list, slot, netmem);

	return at < list->count && list->pages[at].slot == slot &&
	       list->pages[at].netmem == netmem;
}

static void look_list_add(struct look_list *list, uint64_t netmem)
{
	uint64_t *grown;
	size_t room;

	if (list->failed)
		return;
	if (list->count == list->room) {
		room = list->room ? list->room * 2 : LOOK_CHUNK;
		grown = realloc(list->netmems, room * sizeof(*grown));
		list->failed = !grown;
		if (!grown)
			return;
		list->netmems = grown;
		list->room = room;
	}
	list->netmems[list->count++] = netmem;
}

static int compare_netmem(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Sorts those from @first on, and keeps one of each. */
static void unite(struct look_list *list, size_t first)
{
	size_t i, kept = first;

	if (list->count == first)
		return;
	qsort(list->netmems + first, list->count - first,
	      sizeof(*list->netmems), compare_netmem);
	for (i = first + 1; i < list->count; i++)
		if (list->netmems[i] != list->netmems[kept])
			list->netmems[++kept] = list->netmems[i];
	list->count = kept + 1;
}

void look_list_make(struct look_list *list, const struct pagelist *pages,
		    uint32_t slot, const struct logged_page *log, uint64_t from,
		    uint64_t to)
{
	size_t i = lower_bound(pages, slot, 0), first;

	list->count = 0;
	list->failed = pages->failed;
	for (; i < pages->count && pages->pages[i].slot == slot; i++)
		look_list_add(list, pages->pages[i].netmem);
	first = list->count;
	for (; from < to; from++)
		if (logged(log, from)->slot == slot &&
		    !is_listed(pages, slot, logged(log, from)->frame))
			look_list_add(list, logged(log, from)->frame);
	unite(list, first);
	while (list->count % LOOK_BATCH && !list->failed)
		look_list_add(list, FRAME_NONE);
}

void look_list_clear(struct look_list *list)
{
	free(list->netmems);
	memset(list, 0, sizeof(*list));
}
