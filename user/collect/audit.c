// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/audit.h"
#include "user/collect/audit.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"

#define LOOK_DISTANCE_US 2000
#define LOOK_RETRIES 5

struct entries {
	struct audit_page *pages;
	uint32_t *index; /* place of each: cache slot, or ring slot + offset */
	uint32_t count, in_cache;
};

static void entries_free(struct entries *entries)
{
	free(entries->pages);
	free(entries->index);
	memset(entries, 0, sizeof(*entries));
}

static int fetch(struct loader *loader, uint32_t index, uint32_t *chunk,
		 struct audit_page *page)
{
	int err;

	if (index / AUDIT_CHUNK != *chunk) {
		err = loader_run(loader, DEMAND_AUDIT_PAGES,
				 index / AUDIT_CHUNK * AUDIT_CHUNK, 0);
		if (err)
			return err;
		*chunk = index / AUDIT_CHUNK;
	}
	*page = loader->audit_pages[index % AUDIT_CHUNK];
	return 0;
}

static int add_entry(struct loader *loader, struct entries *entries,
		     uint32_t index, uint32_t *chunk)
{
	struct audit_page page;
	int err = fetch(loader, index, chunk, &page);

	if (err)
		return err;
	if (!page.entry)
		return 0;
	entries->pages[entries->count] = page;
	entries->index[entries->count++] = index;
	return 0;
}

/* Reads the entries that are the pool's own in the look just taken. */
static int read_entries(struct loader *loader, const struct audit_look *look,
			struct entries *entries)
{
	uint32_t cache = look->cache_count, chunk = UINT32_MAX, i, span;
	uint64_t ring_max = AUDIT_RING_MAX;
	int err = 0;

	if (cache > AUDIT_CACHE_MAX)
		cache = AUDIT_CACHE_MAX;
	testing_limit("audit-ring", &ring_max);
	if (look->ring_size > ring_max)
		return -E2BIG;
	entries->pages = calloc(AUDIT_CACHE_MAX + look->ring_size,
				sizeof(*entries->pages));
	entries->index = calloc(AUDIT_CACHE_MAX + look->ring_size,
				sizeof(*entries->index));
	if (!entries->pages || !entries->index)
		return -ENOMEM;
	for (i = 0; !err && i < cache; i++)
		err = add_entry(loader, entries, i, &chunk);
	entries->in_cache = entries->count;
	span = audit_ring_span(look, look->head_used);
	for (i = 0; !err && i < span; i++)
		err = add_entry(loader, entries,
				AUDIT_CACHE_MAX + (look->consumer_head + i) %
							  look->ring_size,
				&chunk);
	return err;
}

static int take_look(struct loader *loader, uint32_t slot,
		     struct audit_look *look, struct entries *entries)
{
	int err = loader_run(loader, DEMAND_AUDIT, slot, 0);

	if (err)
		return err;
	*look = loader->bss->audit_look;
	if (!look->readable)
		return 0;
	return read_entries(loader, look, entries);
}

static int compare_entry(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Does the same entry stand twice? */
static bool is_duplicate(const uint64_t *sorted, size_t count, uint64_t entry)
{
	const uint64_t *found =
		bsearch(&entry, sorted, count, sizeof(*sorted), compare_entry);

	return found && ((found > sorted && found[-1] == entry) ||
			 (found + 1 < sorted + count && found[1] == entry));
}

static uint64_t *sort_entries(const struct entries *entries)
{
	uint64_t *sorted = calloc(entries->count + 1, sizeof(*sorted));
	uint32_t i;

	if (!sorted)
		return NULL;
	for (i = 0; i < entries->count; i++)
		sorted[i] = entries->pages[i].entry;
	qsort(sorted, entries->count, sizeof(*sorted), compare_entry);
	return sorted;
}

static enum model_check judge(const struct loader *loader,
			      const struct entries *entries,
			      const uint64_t *sorted, uint32_t i, uint64_t pool)
{
	if (is_duplicate(sorted, entries->count, entries->pages[i].entry))
		return CHECK_pool_duplicate;
	return audit_entry(&entries->pages[i], pool, loader->vmemmap.has_mark);
}

/* Keeps what both looks agree on, entry by entry. */
static int confirm(const struct loader *loader, const struct entries *first,
		   const struct entries *second, struct audit_result *result)
{
	uint64_t *sorted_first = sort_entries(first);
	uint64_t *sorted_second = sort_entries(second);
	enum model_check check;
	uint32_t i;
	int err = 0;

	if (!sorted_first || !sorted_second) {
		err = -ENOMEM;
		goto free;
	}
	for (i = 0; i < first->count && i < second->count; i++) {
		if (first->pages[i].entry != second->pages[i].entry ||
		    first->index[i] != second->index[i])
			continue;
		check = judge(loader, first, sorted_first, i,
			      result->look.pool);
		if (check == CHECK_NONE ||
		    check != judge(loader, second, sorted_second, i,
				   result->look.pool))
			continue;
		result->confirmed[check]++;
		if (result->suspicion_count >= AUDIT_SUSPICIONS)
			continue;
		result->suspicions[result->suspicion_count++] =
			(struct audit_suspicion){ check, second->index[i],
						  second->pages[i] };
	}
free:
	free(sorted_first);
	free(sorted_second);
	return err;
}

/* A pool between its looks. */
struct auditing {
	struct entries first;
	struct audit_look look;
	bool done;
	int err;
};

static void begin(struct loader *loader, uint32_t slot, struct auditing *pool)
{
	pool->err = take_look(loader, slot, &pool->look, &pool->first);
	pool->done = pool->err || !pool->look.readable;
}

/* Another look: is it like the one before? */
static void look_again(struct loader *loader, uint32_t slot,
		       struct auditing *pool, struct audit_result *result)
{
	struct entries second = {};

	pool->err = take_look(loader, slot, &result->look, &second);
	pool->done = pool->err || !result->look.readable;
	if (!pool->done) {
		result->readable = true;
		result->in_cache = second.in_cache;
		result->in_ring = second.count - second.in_cache;
		result->stable = audit_unmoved(&pool->look, &result->look);
		pool->done = result->stable;
		if (result->stable)
			pool->err =
				confirm(loader, &pool->first, &second, result);
	}
	entries_free(&pool->first);
	pool->first = second;
	pool->look = result->look;
}

void audit_pools(struct loader *loader, const uint32_t *slots, size_t count,
		 struct audit_result *results)
{
	struct auditing *pools = calloc(count, sizeof(*pools));
	size_t i, waiting = count;
	int retry;

	for (i = 0; i < count; i++) {
		memset(&results[i], 0, sizeof(results[i]));
		results[i].error = pools ? 0 : -ENOMEM;
	}
	if (!pools)
		return;
	for (i = 0; i < count; i++)
		begin(loader, slots[i], &pools[i]);
	for (retry = 0; waiting && retry < LOOK_RETRIES; retry++) {
		usleep(LOOK_DISTANCE_US);
		for (i = 0, waiting = 0; i < count; i++) {
			if (!pools[i].done)
				look_again(loader, slots[i], &pools[i],
					   &results[i]);
			waiting += !pools[i].done;
		}
	}
	for (i = 0; i < count; i++) {
		entries_free(&pools[i].first);
		results[i].error = pools[i].err;
		if (pools[i].err)
			results[i].readable = false;
	}
	free(pools);
}

void audit_pool(struct loader *loader, uint32_t slot,
		struct audit_result *result)
{
	audit_pools(loader, &slot, 1, result);
}

int audit_list(struct loader *loader, uint32_t slot, bool cache,
	       struct audit_page **pages, uint32_t *count)
{
	struct entries entries = {};
	struct audit_look look;
	int err = take_look(loader, slot, &look, &entries);
	uint32_t first = cache ? 0 : entries.in_cache;

	*count = entries.count - first;
	*pages = NULL;
	if (!err && *count) {
		*pages = calloc(*count, sizeof(**pages));
		err = *pages ? 0 : -ENOMEM;
	}
	if (*pages)
		memcpy(*pages, entries.pages + first, *count * sizeof(**pages));
	else
		*count = 0;
	entries_free(&entries);
	return err;
}
