// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/audit.h"
#include "user/collect/audit.h"
#include "user/collect/audit_agree.h"
#include "user/collect/scan.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"

#define LOOK_DISTANCE_US 2000
#define LOOK_RETRIES 5

static void entries_free(struct audit_entries *entries)
{
	free(entries->pages);
	free(entries->index);
	free(entries->states);
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

static int add_entry(struct loader *loader, uint32_t slot,
		     struct audit_entries *entries, uint32_t index,
		     uint32_t *chunk)
{
	struct audit_page page;
	int err = fetch(loader, index, chunk, &page);

	if (err)
		return err;
	if (!page.entry)
		return 0;
	entries->pages[entries->count] = page;
	if (entries->states)
		entries->states[entries->count] =
			tally_state(loader, slot, page.frame);
	entries->index[entries->count++] = index;
	return 0;
}

/* Reads the entries that are the pool's own in the look just taken. */
static int read_entries(struct loader *loader, uint32_t slot,
			const struct audit_look *look,
			struct audit_entries *entries)
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
	if (loader->function)
		entries->states = calloc(AUDIT_CACHE_MAX + look->ring_size,
					 sizeof(*entries->states));
	if (!entries->pages || !entries->index ||
	    (loader->function && !entries->states))
		return -ENOMEM;
	for (i = 0; !err && i < cache; i++)
		err = add_entry(loader, slot, entries, i, &chunk);
	entries->in_cache = entries->count;
	span = audit_ring_span(look, look->head_used);
	for (i = 0; !err && i < span; i++)
		err = add_entry(loader, slot, entries,
				AUDIT_CACHE_MAX + (look->consumer_head + i) %
							  look->ring_size,
				&chunk);
	return err;
}

static int take_look(struct loader *loader, uint32_t slot,
		     struct audit_look *look, struct audit_entries *entries)
{
	int err = loader_run(loader, DEMAND_AUDIT, slot, 0);

	if (err)
		return err;
	*look = loader->bss->audit_look;
	if (!look->readable)
		return 0;
	return read_entries(loader, slot, look, entries);
}

/* A pool between its looks. */
struct auditing {
	struct audit_entries first;
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
	struct audit_entries second = {};

	pool->err = take_look(loader, slot, &result->look, &second);
	pool->done = pool->err || !result->look.readable;
	if (!pool->done) {
		result->readable = true;
		result->in_cache = second.in_cache;
		result->in_ring = second.count - second.in_cache;
		result->stable = audit_unmoved(&pool->look, &result->look);
		pool->done = result->stable;
		if (result->stable)
			pool->err = audit_agree(&pool->first, &second,
						loader->vmemmap.has_mark,
						result);
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
	struct audit_entries entries = {};
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
