// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that left their pools with more than one reference, and that the page
 * allocator did not get since. Most are freed at once. What is told are those that
 * left long ago, before the drain: who has them is not asked.
 */
#include <errno.h>
#include <stdlib.h>

#include "user/collect/live.h"
#include "user/collect/scan.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

#define PAGES_LISTED 16

void live_begin_drain(struct live *live)
{
	live->drain_age = ticks_now(&live->loader);
}

struct incarnation live_incarnation(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	const struct pool_watch *watch = &live->watches[slot];

	return (struct incarnation){
		slot,
		pool->seq,
		pool->id.pool,
		watch->first_generation,
		pool->generation,
		pool->born_age,
		watch->judged,
	};
}

static bool is_of(uint64_t word, const struct incarnation *of)
{
	uint32_t mask = WORD_MASK(WORD_POOL_GEN_BITS);

	return ((word_pool_gen(word) - of->first_generation) & mask) <=
		       of->generation - of->first_generation &&
	       !tick_before(word_age(word), of->born_age);
}

/*
 * The judged incarnation that a page left; 0: none. Of its slot it is the newest
 * that had begun by then; *forgotten: none that is still known had.
 */
static uint32_t owner_of(const struct live *live, uint64_t word,
			 bool *forgotten)
{
	uint32_t slot = word_slot(word);
	struct incarnation now = live_incarnation(live, slot);
	const struct incarnation *ended;
	size_t i;

	if (now.seq && live->watches[slot].seq == now.seq && is_of(word, &now))
		return now.judged ? now.seq : 0;
	for (i = 0; i < live->ended_count && i < ENDED_KEPT; i++) {
		ended = &live->ended[(live->ended_count - 1 - i) % ENDED_KEPT];
		if (ended->slot == slot && is_of(word, ended))
			return ended->judged ? ended->seq : 0;
	}
	*forgotten = true;
	return 0;
}

/* Of one pool, to be emitted. */
struct left {
	uint32_t slot, seq;
	uint64_t pages;
	struct tally_page oldest[PAGES_LISTED]; /* oldest first */
};

struct left_list {
	struct left *items;
	size_t count;
};

static struct left *left_of(struct left_list *list, uint32_t slot, uint32_t seq)
{
	struct left *grown;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->items[i].slot == slot && list->items[i].seq == seq)
			return &list->items[i];
	grown = realloc(list->items, (i + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	list->items = grown;
	list->count++;
	grown[i] = (struct left){ .slot = slot, .seq = seq };
	return &grown[i];
}

static void insert_page(struct left *left, const struct tally_page *page)
{
	size_t at = left->pages < PAGES_LISTED ? left->pages : PAGES_LISTED;

	left->pages++;
	for (; at && tick_before(word_age(page->word),
				 word_age(left->oldest[at - 1].word));
	     at--)
		if (at < PAGES_LISTED)
			left->oldest[at] = left->oldest[at - 1];
	if (at < PAGES_LISTED)
		left->oldest[at] = *page;
}

static int add_page(const struct live *live, struct left_list *list,
		    const struct tally_page *page, bool *forgotten)
{
	uint32_t seq = owner_of(live, page->word, forgotten);
	struct left *left;

	if (!seq)
		return 0;
	left = left_of(list, word_slot(page->word), seq);
	if (!left)
		return -ENOMEM;
	insert_page(left, page);
	return 0;
}

static uint64_t age_of(const struct tally_page *page, uint32_t now)
{
	return ticks_to_ms(now - word_age(page->word));
}

/* The stack that put the oldest one last, where stacks are taken. */
static void describe_put(struct live *live, struct referenced_fact *referenced,
			 uint64_t netmem)
{
	struct page_note note;

	if (!loader_note(&live->loader, netmem, &note))
		return;
	referenced->returned = live_stack(live, note.taken);
	if (!referenced->returned.count)
		return;
	fact_mark(referenced, referenced, returned);
	fact_set(referenced, referenced, returns_since, note.taken_since);
}

static void emit_left(struct live *live, const struct left *left, uint32_t now)
{
	struct left_page_fact pages[PAGES_LISTED];
	struct fact fact = { .type = FACT_referenced };
	struct referenced_fact *referenced = &fact.referenced;
	size_t i;

	referenced->slot = left->slot;
	referenced->seq = left->seq;
	referenced->pages = left->pages;
	referenced->unseen = loader_misses_since(
		&live->loader, "mm_free", live->loader.early_free_misses);
	if (live->loader.skel->rodata->reference_every > 1)
		fact_set(referenced, referenced, sampled, true);
	for (i = 0; i < left->pages && i < PAGES_LISTED; i++) {
		fact_init(FACT_left_page, &pages[i]);
		pages[i].netmem = left->oldest[i].netmem;
		pages[i].age_ms = age_of(&left->oldest[i], now);
	}
	referenced->oldest = (struct left_page_facts){ pages, i };
	describe_put(live, referenced, left->oldest[0].netmem);
	live_emit(live, &fact);
	strings_clear(&referenced->returned);
}

static bool is_late(const struct live *live, const struct tally_page *page,
		    uint32_t now)
{
	return live->drain_age &&
	       tick_before(word_age(page->word), live->drain_age) &&
	       age_of(page, now) >= live->options.suspect_after_ms;
}

/* Why there may be more than was found; NULL: there are none. */
static const char *why_unsure(const struct live *live, uint32_t now,
			      bool forgotten)
{
	uint64_t watched_ms = (now_ns() - live->loader.bss->armed_ns) / 1000000;

	if (!now || !live->drain_age)
		return "the kernel's time could not be read";
	if (forgotten)
		return "pages that left pools which ended long ago were not freed";
	/* tick_before() cannot tell. */
	if (watched_ms > ticks_to_ms(1U << (WORD_AGE_BITS - 1)))
		return "the watch was longer than ages of pages reach";
	return NULL;
}

void live_emit_referenced(struct live *live)
{
	struct left_list list = {};
	struct tally_page *pages;
	bool forgotten = false;
	const char *why;
	size_t count, i;
	uint32_t now;
	int err;

	if (live->options.pinned || !live_is_hooked(live, "mm_free") ||
	    !live->loader.bss->referenced_pages)
		return;
	err = tally_referenced(&live->loader, &pages, &count);
	if (err) {
		live_fail(live, err);
		return;
	}
	/* Behind all the ages of the list, so that none is later. */
	now = ticks_now(&live->loader);
	for (i = 0; !err && now && i < count; i++)
		if (is_late(live, &pages[i], now))
			err = add_page(live, &list, &pages[i], &forgotten);
	for (i = 0; !err && i < list.count; i++)
		emit_left(live, &list.items[i], now);
	why = why_unsure(live, now, forgotten);
	if (why && !list.count)
		live_emit_blind(live, CHECK_never_freed, BLIND_NOT_LOOKED, why);
	free(list.items);
	free(pages);
	live_fail(live, err);
}
