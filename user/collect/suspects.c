// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at pools that are alive while the watch goes on: pages that were met
 * nowhere in one look after the other. Each is a walk with its sweep, so it is
 * made only where more pages are out than the device may have, and the pool
 * rests for a moment.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/pass.h"
#include "user/util/util.h"

/* Looks take at most this share of the time. */
#define LOOK_SHARE 20
/* A pool that does not move for so long is worth a walk. */
#define REST_US 20000
/* So many pools share one. */
#define POOLS_A_LOOK 64

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

/* ---- during the watch ---- */

/* Until the end nothing is said of what the device may have. */
static void end_pool(struct live *live, uint32_t slot)
{
	memset(&live->watches[slot].posted, 0, sizeof(struct posted));
}

/*
 * It is time for the next look, something happened since the last one, and more
 * are out than its device may have.
 */
static bool begin_pool(struct live *live, uint32_t slot,
		       struct pool_first *reading)
{
	const struct pool_watch *watch = &live->watches[slot];
	struct suspects *suspects;
	uint64_t wait_ns = live->options.suspect_after_ms * 1000000;

	if (!watch->judged || !live_is_alive(live, slot) ||
	    live->loader.pools[slot].status != POOL_ACTIVE)
		return false;
	suspects = of_pool(live, slot, watch->seq);
	if (!suspects || now_ns() - suspects->since_ns < wait_ns ||
	    !live_read_instant(live, slot, reading) ||
	    is_seen(suspects, reading))
		return false;
	live_begin_posted(live, slot, reading->seq, live_reading_out(reading));
	if (live->watches[slot].posted.sought)
		return true;
	/* So many came back: the next look has none to be compared with. */
	if (live->watches[slot].posted.has_pages && suspects->looked) {
		live_note_unmet(live, slot, NULL, 0, reading);
		live_emit_suspects(live, slot, BLIND_OTHER);
	}
	suspects->since_ns = now_ns();
	end_pool(live, slot);
	return false;
}

/* Those that moved meanwhile have to wait. */
static void keep_resting(struct live *live, const struct pool_first *readings,
			 const uint32_t *slots, size_t count)
{
	struct pool_first reading;
	size_t i;

	for (i = 0; i < count; i++)
		live->watches[slots[i]].posted.sought =
			live_read_instant(live, slots[i], &reading) &&
			!memcmp(&reading, &readings[i], sizeof(reading));
}

void live_look_for_suspects(struct live *live)
{
	static struct pool_first readings[POOLS_A_LOOK];
	uint32_t slots[POOLS_A_LOOK], slot;
	uint64_t start = now_ns();
	bool opened = live->holders;
	size_t i, count = 0;

	if (live->options.pinned || live->options.proven_only ||
	    start < live->suspects_due_ns)
		return;
	for (slot = 1; slot < SLOT_COUNT && count < POOLS_A_LOOK; slot++) {
		slots[count] = slot;
		count += begin_pool(live, slot, &readings[count]);
	}
	if (count) {
		usleep(REST_US);
		keep_resting(live, readings, slots, count);
	}
	if (live_seeks_posted(live))
		live_walk_for_suspects(live);
	for (i = 0; i < count; i++)
		end_pool(live, slots[i]);
	/* The programs of walk and sweep are loaded once. */
	if (opened || !live->holders)
		live->suspects_due_ns =
			now_ns() + LOOK_SHARE * (now_ns() - start);
}
