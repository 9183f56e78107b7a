// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of pools that are alive which one look after the other met nowhere. Each
 * look is a walk with its sweep; suspects_tick.c makes those of the watch.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/pass.h"
#include "user/util/util.h"

/* A page, and how many looks in a row met it nowhere. */
struct suspect {
	uint64_t netmem, word;
	uint32_t looks;
};

/* One pool's. */
struct suspects {
	uint32_t seq; /* the incarnation that it is of; 0: none */
	uint64_t since_ns; /* of the last look, or when the pool was met first */
	struct suspect *pages; /* after the last look, by netmem */
	size_t count;
	bool looked; /* there was a look, and it proved something ... */
	struct pool_first reading; /* ... of the pool as it was */
	/* Of the look that goes on. */
	struct suspect *now;
	size_t now_count;
	struct pool_first now_reading;
};

static void forget(struct suspects *suspects)
{
	free(suspects->pages);
	suspects->pages = NULL;
	suspects->count = 0;
	suspects->looked = false;
}

static void drop_now(struct suspects *suspects)
{
	free(suspects->now);
	suspects->now = NULL;
	suspects->now_count = 0;
}

/* NULL: no memory, once. */
static struct suspects *of_pool(struct live *live, uint32_t slot, uint32_t seq)
{
	struct suspects *suspects;

	if (!live->suspects)
		live->suspects = calloc(SLOT_COUNT, sizeof(*live->suspects));
	if (!live->suspects) {
		live_fail(live, -ENOMEM);
		return NULL;
	}
	suspects = &live->suspects[slot];
	if (suspects->seq == seq)
		return suspects;
	forget(suspects);
	drop_now(suspects);
	suspects->seq = seq;
	suspects->since_ns = now_ns();
	return suspects;
}

void live_free_suspects(struct live *live)
{
	uint32_t slot;

	for (slot = 1; live->suspects && slot < SLOT_COUNT; slot++) {
		forget(&live->suspects[slot]);
		drop_now(&live->suspects[slot]);
	}
	free(live->suspects);
	live->suspects = NULL;
}

/* ---- what one look says ---- */

static bool is_seen(const struct suspects *suspects,
		    const struct pool_first *reading)
{
	return suspects->looked &&
	       !memcmp(&suspects->reading, reading, sizeof(*reading));
}

static int compare_suspect(const void *left, const void *right)
{
	const struct suspect *a = left, *b = right;

	return (a->netmem > b->netmem) - (a->netmem < b->netmem);
}

static uint32_t looks_before(const struct suspects *suspects,
			     const struct suspect *page)
{
	const struct suspect *found =
		suspects->count ?
			bsearch(page, suspects->pages, suspects->count,
				sizeof(*page), compare_suspect) :
			NULL;

	return found && found->word == page->word ? found->looks : 0;
}

void live_note_unmet(struct live *live, uint32_t slot,
		     const struct tally_page *pages, size_t count,
		     const struct pool_first *reading)
{
	struct suspects *suspects = of_pool(live, slot, reading->seq);
	size_t i;

	if (!suspects)
		return;
	drop_now(suspects);
	suspects->now_reading = *reading;
	suspects->now = calloc(count + 1, sizeof(*suspects->now));
	if (!suspects->now) {
		live_fail(live, -ENOMEM);
		return;
	}
	for (i = 0; i < count; i++)
		suspects->now[i] =
			(struct suspect){ pages[i].netmem, pages[i].word, 0 };
	suspects->now_count = count;
}

void live_note_met(struct live *live, uint32_t slot, const struct walk *walk)
{
	struct suspects *suspects;
	size_t i, kept = 0, count;

	if (!live->suspects)
		return;
	suspects = &live->suspects[slot];
	for (i = 0; i < suspects->count; i++)
		if (!walk_find(walk, suspects->pages[i].netmem, &count))
			suspects->pages[kept++] = suspects->pages[i];
	suspects->count = kept;
}

static uint64_t count_in_row(const struct suspects *suspects, uint32_t looks)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < suspects->count; i++)
		count += suspects->pages[i].looks >= looks;
	return count;
}

/* What this look met nowhere is what the next one is compared with. */
static void take_over(struct suspects *suspects)
{
	size_t i;

	for (i = 0; i < suspects->now_count; i++)
		suspects->now[i].looks =
			looks_before(suspects, &suspects->now[i]) + 1;
	free(suspects->pages);
	suspects->pages = suspects->now;
	suspects->count = suspects->now_count;
	suspects->now = NULL;
	suspects->now_count = 0;
}

void live_emit_suspects(struct live *live, uint32_t slot, enum blind_code code)
{
	struct suspects *suspects = live->suspects ? &live->suspects[slot] :
						     NULL;
	struct fact fact = { .type = FACT_suspects };
	struct suspects_fact *look = &fact.suspects;
	uint64_t now = now_ns();

	if (!suspects || !suspects->now ||
	    suspects->seq != live->watches[slot].seq)
		return;
	/* Nothing moved: it is the look before once more. */
	if (code == BLIND_OTHER && is_seen(suspects, &suspects->now_reading)) {
		drop_now(suspects);
		return;
	}
	suspects->reading = suspects->now_reading;
	if (suspects->looked)
		fact_set(look, suspects, apart_ms,
			 (now - suspects->since_ns) / 1000000);
	take_over(suspects);
	look->slot = slot;
	look->seq = suspects->seq;
	look->pages = live->watches[slot].posted.pages;
	look->unmet = suspects->count;
	look->again = count_in_row(suspects, 2);
	look->thrice = count_in_row(suspects, 3);
	look->hold = suspects->reading.hold;
	look->release = suspects->reading.release;
	fact_set(look, suspects, contents, suspects->reading.contents);
	if (code != BLIND_OTHER)
		fact_set(look, suspects, code, code);
	live_emit(live, &fact);
	if (code != BLIND_OTHER)
		forget(suspects);
	suspects->looked = code == BLIND_OTHER;
	suspects->since_ns = now;
}

bool live_suspects_due(struct live *live, uint32_t slot,
		       const struct pool_first *reading)
{
	const struct suspects *suspects = of_pool(live, slot, reading->seq);
	uint64_t wait_ns = live->options.suspect_after_ms * 1000000;

	return suspects && now_ns() - suspects->since_ns >= wait_ns &&
	       !is_seen(suspects, reading);
}

void live_clear_suspects(struct live *live, uint32_t slot,
			 const struct pool_first *reading)
{
	struct suspects *suspects = of_pool(live, slot, reading->seq);

	if (!suspects)
		return;
	if (suspects->looked) {
		live_note_unmet(live, slot, NULL, 0, reading);
		live_emit_suspects(live, slot, BLIND_OTHER);
	}
	suspects->since_ns = now_ns();
}
