// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of pools beside one walk and its sweep: which are out, which of
 * these are looked for, and which were met nowhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/pass.h"
#include "user/util/util.h"

/* Are those who have its pages looked for? */
static bool is_asked(const struct live *live, uint32_t slot)
{
	return live->loader.pools[slot].status == POOL_DESTROYED ||
	       live->watches[slot].posted.sought;
}

static int compare_page(const void *left, const void *right)
{
	const struct tally_page *a = left, *b = right;

	return (a->netmem > b->netmem) - (a->netmem < b->netmem);
}

int pass_list_pages(const struct live *live, struct pass *pass)
{
	int err;

	free(pass->pages);
	pass->pages = NULL;
	pass->count = 0;
	err = tally_list(&live->loader, &pass->pages, &pass->count);
	if (!err)
		sort_list(pass->pages, pass->count, sizeof(*pass->pages),
			  compare_page);
	return err;
}

/* The same page, and nothing happened to it. */
static bool is_stable(const struct tally_page *before, size_t count,
		      const struct tally_page *page)
{
	const struct tally_page *found = count ? bsearch(page, before, count,
							 sizeof(*before),
							 compare_page) :
						 NULL;

	return found && found->word == page->word;
}

/* ---- pages that came back ---- */

/* Takes a page that is in its pool from those of the walk; false: it was not. */
static bool drop_page(struct pass *pass, uint32_t slot,
		      const struct audit_page *returned)
{
	const struct tally_page key = { .netmem = returned->frame };
	struct tally_page *found =
		pass->count ? bsearch(&key, pass->pages, pass->count,
				      sizeof(key), compare_page) :
			      NULL;

	if (!found || word_slot(found->word) != slot)
		return false;
	found->word = 0;
	return true;
}

/* Those that drop_page() took are none any more. */
static void close_ranks(struct pass *pass)
{
	size_t i, kept = 0;

	for (i = 0; i < pass->count; i++)
		if (pass->pages[i].word)
			pass->pages[kept++] = pass->pages[i];
	pass->count = kept;
}

/*
 * What came back to a destroyed pool waits in its ring, for up to a second and
 * more, until the kernel empties it: nobody holds it, and it has not leaked.
 */
int pass_drop_returned(struct live *live, struct pass *pass)
{
	struct audit_page *pages;
	uint32_t slot, count, i;
	int err = 0;

	for (slot = 1; !err && slot < SLOT_COUNT; slot++) {
		if (live->loader.pools[slot].status != POOL_DESTROYED ||
		    !live_is_alive(live, slot))
			continue;
		err = audit_list(&live->loader, slot, false, &pages, &count);
		for (i = 0; !err && i < count; i++)
			pass->returned[slot] +=
				drop_page(pass, slot, &pages[i]);
		free(pages);
	}
	close_ranks(pass);
	return err == -E2BIG ? 0 : err;
}

/* Of the pools that are alive and asked for, what is in cache and ring. */
void pass_drop_pooled(struct live *live, struct pass *pass)
{
	struct audit_page *pages;
	uint32_t slot, count, i;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (!pass->rested[slot])
			continue;
		pass->dropped[slot] =
			!audit_list(&live->loader, slot, true, &pages, &count);
		pass->rested[slot] = pass->dropped[slot];
		for (i = 0; i < count; i++)
			drop_page(pass, slot, &pages[i]);
		free(pages);
	}
	close_ranks(pass);
}

void pass_note_pools(struct live *live, struct pass *pass)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		pass->rested[slot] =
			live->watches[slot].posted.sought &&
			live_read_instant(live, slot, &pass->before[slot]);
}

void pass_check_pools(struct live *live, struct pass *pass)
{
	struct pool_first now;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (pass->rested[slot] &&
		    (!live_read_instant(live, slot, &now) ||
		     memcmp(&now, &pass->before[slot], sizeof(now)) != 0))
			pass->rested[slot] = false;
	pass->ended_ns = now_ns();
}

static int compare_pfn(const void *key, const void *item)
{
	uint64_t a = *(const uint64_t *)key, b = *(const uint64_t *)item;

	return (a > b) - (a < b);
}

/* Whether the walk, or a sweep for it, could have met it. */
static bool was_wanted(const struct pass *pass, uint64_t netmem)
{
	return pass->wanted_count &&
	       bsearch(&netmem, pass->wanted, pass->wanted_count,
		       sizeof(netmem), compare_pfn);
}

bool pass_is_unmet(const struct pass *pass, const struct pass *before,
		   const struct tally_page *page)
{
	size_t count;

	return is_stable(before->pages, before->count, page) &&
	       was_wanted(before, page->netmem) &&
	       !walk_find(&pass->walk, page->netmem, &count) &&
	       !walk_find(&before->walk, page->netmem, &count);
}

static int compare_age(const void *left, const void *right)
{
	const struct tally_page *a = left, *b = right;

	return tick_before(word_age(b->word), word_age(a->word)) -
	       tick_before(word_age(a->word), word_age(b->word));
}

/* Oldest first. Where allocations are followed that is since when it is out. */
static void emit_unmet(struct live *live, uint32_t slot,
		       struct tally_page *pages, size_t count)
{
	uint32_t now = ticks_now(&live->loader);
	size_t i;

	sort_list(pages, count, sizeof(*pages), compare_age);
	for (i = 0; i < count && i < UNACCOUNTED_LISTED; i++)
		live_emit_unheld(live, slot, &pages[i],
				 page_age_ms(now, pages[i].word), false);
}

/*
 * Pages that were met in the device's receive ring: who knows the ring has met
 * all of its pages.
 */
static bool has_known_ring(const struct pass *pass, uint32_t slot)
{
	const struct holder *holder;
	size_t i;

	for (i = 0; i < pass->match_count; i++) {
		holder = &pass->walk.holders[pass->matches[i].holder];
		if (pass->matches[i].slot == slot && holder->whole &&
		    holder->kind == HOLDER_DEVICE &&
		    holder->place == PLACE_RX_RING)
			return true;
	}
	return false;
}

void pass_count_unmet(struct live *live, struct pass *pass,
		      const struct pass *before, uint32_t slot)
{
	struct posted *posted = &live->watches[slot].posted;
	struct tally_page *unmet;
	size_t i, count = 0;

	posted->looked = pass->rested[slot] && before->rested[slot];
	if (!posted->looked)
		return;
	unmet = calloc(pass->count + 1, sizeof(*unmet));
	if (!unmet) {
		live_fail(live, -ENOMEM);
		return;
	}
	for (i = 0; i < pass->count; i++)
		if (word_slot(pass->pages[i].word) == slot &&
		    pass_is_unmet(pass, before, &pass->pages[i]))
			unmet[count++] = pass->pages[i];
	posted->unmet = count;
	/* Then the device has no other page. */
	posted->pages = has_known_ring(pass, slot) ?
				live_read_pool(live, slot).has_frag_page :
				posted->most;
	posted->apart_ms = (pass->ended_ns - before->ended_ns) / 1000000;
	live_note_unmet(live, slot, unmet, count, &pass->before[slot]);
	if (before != pass && live_has_suspects(live, slot))
		emit_unmet(live, slot, unmet, count);
	free(unmet);
}

int pass_find_wanted(const struct live *live, struct pass *pass)
{
	size_t i, count;

	pass->wanted = calloc(pass->count + 1, sizeof(*pass->wanted));
	if (!pass->wanted)
		return -ENOMEM;
	for (i = 0; i < pass->count; i++)
		if (is_asked(live, word_slot(pass->pages[i].word)) &&
		    !walk_find(&pass->walk, pass->pages[i].netmem, &count))
			pass->wanted[pass->wanted_count++] =
				pass->pages[i].netmem;
	return 0;
}
