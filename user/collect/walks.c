// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk of a session: who has the pages that are out. A page counts
 * as held by nobody only when its word did not change from before the first of
 * two walks to behind the second, and neither met it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/collect/pass.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/* Between two walks: the kernel empties a destroyed pool's ring once a second. */
#define WALK_DISTANCE_US 1200000

/* ---- facts ---- */

static void emit_walk(struct live *live, const struct pass *pass)
{
	const struct walk *walk = &pass->walk;
	struct fact fact = { .type = FACT_walk };

	fact.walk.walk = pass->number;
	fact.walk.took_us = walk->took_us;
	fact.walk.kernel_us = walk->kernel_us;
	fact.walk.namespaces = walk->namespaces;
	fact.walk.sockets = walk->sockets;
	fact.walk.packets = walk->packets;
	live_emit(live, &fact);
}

/*
 * What a kick pushes need not be read: it was pushed, and the counts of
 * pools before and after say what it freed.
 */
static bool was_kicked(const struct live *live, const struct place *place)
{
	return live->kicked && place->deferred;
}

static void emit_places(struct live *live, const struct pass *pass)
{
	const struct place *place;
	size_t i;

	for (i = 0; i < pass->walk.place_count; i++) {
		struct fact fact = { .type = FACT_place };

		place = &pass->walk.places[i];
		fact.place.walk = pass->number;
		fact.place.place = place->name;
		fact.place.walked = place->walked || was_kicked(live, place);
		fact.place.objects = place->objects;
		if (place->packets)
			fact_set(&fact.place, place, packets, true);
		if (!fact.place.walked)
			fact_set(&fact.place, place, why, place->why);
		live_emit(live, &fact);
	}
}

static void emit_sweep(struct live *live, const struct pass *pass,
		       const struct sweep_result *result)
{
	struct fact fact = { .type = FACT_sweep };

	fact.sweep.walk = pass->number;
	fact.sweep.whole = result->whole;
	if (!result->whole)
		fact_set(&fact.sweep, sweep, why, result->why);
	fact.sweep.wanted = result->wanted;
	fact.sweep.met = result->met;
	if (result->unmarked)
		fact_set(&fact.sweep, sweep, unmarked, true);
	fact.sweep.passes = result->passes;
	fact.sweep.slabs = result->slabs;
	fact.sweep.packets = result->packets;
	fact.sweep.took_us = result->took_us;
	fact.sweep.cpu_us = result->cpu_us;
	fact.sweep.longest_us = result->longest_us;
	live_emit(live, &fact);
}

static void describe_owner(const struct holder *holder,
			   struct holder_fact *fact)
{
	if (!holder->pid)
		return;
	fact_set(fact, holder, pid, holder->pid);
	fact_set(fact, holder, fd, holder->fd);
	fact_set(fact, holder, processes, holder->processes);
	fact_set(fact, holder, comm, holder->comm);
}

static void describe_holder(const struct holder *holder,
			    struct holder_fact *fact)
{
	if (*holder->local)
		fact_set(fact, holder, local, holder->local);
	if (*holder->remote)
		fact_set(fact, holder, remote, holder->remote);
	if (*holder->state)
		fact_set(fact, holder, state, holder->state);
	if (*holder->device)
		fact_set(fact, holder, device, holder->device);
	if (holder->inode)
		fact_set(fact, holder, inode, holder->inode);
	if (holder->netns)
		fact_set(fact, holder, netns, holder->netns);
	if (holder->cpu >= 0)
		fact_set(fact, holder, cpu, holder->cpu);
	if (holder->queue >= 0)
		fact_set(fact, holder, queue, holder->queue);
	if (*holder->destructor)
		fact_set(fact, holder, destructor, holder->destructor);
	if (holder->no_recycle)
		fact_set(fact, holder, no_recycle, true);
}

/* What matches of one pool and holder sum up to. */
struct holding_sum {
	uint64_t pages, bytes;
	int64_t oldest_ms; /* -1: not known */
};

static void set_place(struct holder_fact *fact, enum holder_place place)
{
	fact->place = holder_place_text(place);
	fact_set(fact, holder, place_code, place);
}

static void emit_holder(struct live *live, const struct pass *pass,
			const struct match *first,
			const struct holding_sum *sum)
{
	const struct holder *holder = &pass->walk.holders[first->holder];
	struct fact fact = { .type = FACT_holder };

	fact.holder.walk = pass->number;
	fact.holder.slot = first->slot;
	fact.holder.seq = live->watches[first->slot].seq;
	fact.holder.kind = holder->kind;
	fact.holder.what = holder->what;
	set_place(&fact.holder, holder->place);
	fact.holder.pages = sum->pages;
	fact.holder.bytes = sum->bytes;
	fact.holder.oldest_ms = sum->oldest_ms;
	fact.holder.confidence = holder->whole ? SURENESS_CERTAIN :
						 SURENESS_LIKELY;
	describe_owner(holder, &fact.holder);
	describe_holder(holder, &fact.holder);
	live_emit(live, &fact);
}

/* Receive rings of drivers that we do not know: what is left, up to their size. */
static void emit_presumed(struct live *live, const struct pass *pass,
			  uint32_t slot, uint64_t pages)
{
	struct fact fact = { .type = FACT_holder };
	char device[DEVICE_LEN + 1];

	snprintf(device, sizeof(device), "%.*s", DEVICE_LEN,
		 live->loader.pools[slot].id.device);
	fact.holder.walk = pass->number;
	fact.holder.slot = slot;
	fact.holder.seq = live->watches[slot].seq;
	fact.holder.kind = HOLDER_DEVICE;
	fact.holder.what = device;
	set_place(&fact.holder, PLACE_RX_RING);
	fact.holder.pages = pages;
	fact.holder.oldest_ms = -1;
	fact.holder.confidence = SURENESS_PRESUMED;
	live_emit(live, &fact);
}

/* ---- matching ---- */

/* By pool and holder; the oldest first is not needed: a minimum is taken. */
static int compare_match(const void *left, const void *right)
{
	const struct match *a = left, *b = right;

	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	return (a->holder > b->holder) - (a->holder < b->holder);
}

static int match_pages(const struct live *live, struct pass *pass)
{
	const struct holding *holdings;
	size_t i, k, count, most = pass->walk.holding_count;
	uint32_t slot;

	pass->matches = calloc(most + 1, sizeof(*pass->matches));
	if (!pass->matches)
		return -ENOMEM;
	for (i = 0; i < pass->count; i++) {
		slot = word_slot(pass->pages[i].word);
		holdings =
			walk_find(&pass->walk, pass->pages[i].netmem, &count);
		pass->attributed[slot] += count > 0;
		for (k = 0; k < count && pass->match_count < most; k++)
			pass->matches[pass->match_count++] = (struct match){
				.slot = slot,
				.holder = holdings[k].holder,
				.bytes = holdings[k].bytes,
				.age = word_age(pass->pages[i].word),
			};
	}
	sort_list(pass->matches, pass->match_count, sizeof(*pass->matches),
		  compare_match);
	return 0;
}

/* Sums the matches from *@at that are of one pool and holder; *@at is behind. */
static struct holding_sum sum_matches(const struct live *live,
				      const struct pass *pass, uint32_t now,
				      size_t *at)
{
	const struct match *first = &pass->matches[*at], *match;
	struct holding_sum sum = { .oldest_ms = live_knows_ages(live) ? 0 :
									-1 };
	uint64_t age;

	for (; *at < pass->match_count &&
	       !compare_match(first, &pass->matches[*at]);
	     ++*at) {
		match = &pass->matches[*at];
		age = ticks_to_ms(now - match->age);
		sum.pages++;
		sum.bytes += match->bytes;
		if (live_knows_ages(live) && (int64_t)age > sum.oldest_ms)
			sum.oldest_ms = age;
	}
	return sum;
}

static void emit_holders(struct live *live, const struct pass *pass)
{
	uint32_t now = ticks_now(&live->loader);
	const struct match *first;
	struct holding_sum sum;
	size_t i = 0;

	while (i < pass->match_count) {
		first = &pass->matches[i];
		sum = sum_matches(live, pass, now, &i);
		if (live->watches[first->slot].seq)
			emit_holder(live, pass, first, &sum);
	}
}

/* Such pages of ended pools; @referenced: those that the search met, or not. */
static void count_unheld(struct live *live, struct pass *pass,
			 const struct pass *before, bool referenced)
{
	const struct tally_page *page;
	uint32_t slot;
	size_t i;

	for (i = 0; before && i < pass->count; i++) {
		page = &pass->pages[i];
		slot = word_slot(page->word);
		if (live->loader.pools[slot].status != POOL_DESTROYED ||
		    !pass_is_unmet(pass, before, page) ||
		    pass_is_referenced(pass, page->netmem) != referenced)
			continue;
		pass->referenced[slot] += referenced;
		if (pass->unaccounted[slot]++ >= UNACCOUNTED_LISTED)
			continue;
		live_emit_unheld(live, slot, page,
				 page_age_ms(ticks_now(&live->loader),
					     page->word),
				 referenced);
	}
}

/*
 * What a pool's cache and ring have is not out, nor is the page that it cuts
 * into fragments. The kernel empties those of a destroyed pool now and then.
 */
static uint64_t pages_pooled(struct live *live, uint32_t slot)
{
	struct audit_result result;
	uint64_t pooled;

	audit_pool(&live->loader, slot, &result);
	if (!result.readable)
		return 0;
	pooled = result.in_cache + result.in_ring;
	if (!loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
		pooled += live->loader.bss->pool_reading.has_frag_page;
	return pooled;
}

static void emit_held(struct live *live, const struct pass *pass, uint32_t slot,
		      uint64_t held)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	uint64_t pooled = pass->dropped[slot] ? 0 : pages_pooled(live, slot);
	uint64_t out, named, left;
	struct fact fact = { .type = FACT_held };

	out = held > pooled ? held - pooled : 0;
	named = pass->attributed[slot] < out ? pass->attributed[slot] : out;
	left = out - named;
	if (pool->status == POOL_ACTIVE && pool->id.flags & POOL_DMA_MAP &&
	    left && left <= pool->id.pool_size && !named) {
		emit_presumed(live, pass, slot, left);
		named = out;
	}
	fact.held.slot = slot;
	fact.held.seq = live->watches[slot].seq;
	fact.held.walk = pass->number;
	fact.held.out = out;
	fact.held.attributed = named;
	fact.held.unaccounted = pass->unaccounted[slot];
	if (pass->referenced[slot])
		fact_set(&fact.held, held, referenced, pass->referenced[slot]);
	if (pass->returned[slot])
		fact_set(&fact.held, held, returned, pass->returned[slot]);
	live_emit(live, &fact);
}

static void emit_pass(struct live *live, struct pass *pass,
		      const struct pass *before,
		      const struct sweep_result *sweep)
{
	static uint32_t held[SLOT_COUNT];
	uint32_t slot;
	size_t i;

	memset(held, 0, sizeof(held));
	for (i = 0; i < pass->count; i++)
		held[word_slot(pass->pages[i].word)]++;
	emit_walk(live, pass);
	emit_places(live, pass);
	if (sweep)
		emit_sweep(live, pass, sweep);
	if (pass->has_search)
		pass_emit_search(live, pass);
	emit_holders(live, pass);
	count_unheld(live, pass, before, false);
	count_unheld(live, pass, before, true);
	for (slot = 1; before && slot < SLOT_COUNT; slot++)
		if (live->watches[slot].posted.sought)
			pass_count_unmet(live, pass, before, slot);
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if ((held[slot] || pass->returned[slot]) &&
		    live_is_alive(live, slot))
			emit_held(live, pass, slot, held[slot]);
}

static void pass_clear(struct pass *pass)
{
	if (!pass)
		return;
	walk_clear(&pass->walk);
	free(pass->pages);
	free(pass->matches);
	free(pass->wanted);
	free(pass->searched);
	search_clear(&pass->search);
	free(pass);
}

/* ---- walking ---- */

/* Pages that come back meanwhile have other words behind it. */
static int sweep_pages(struct live *live, struct pass *pass,
		       struct sweep_result *result)
{
	int err = holders_sweep(live->holders, &pass->walk, pass->wanted,
				pass->wanted_count, result);

	if (err)
		return err;
	err = pass_list_pages(live, pass);
	if (!err)
		pass_drop_pooled(live, pass);
	return err;
}

/* What keeps a walk and its sweep from proving that nobody has a page. */
static enum blind_code doubt(const struct pass *pass,
			     const struct sweep_result *sweep)
{
	const struct place *place;
	size_t i;

	for (i = 0; i < pass->walk.place_count; i++) {
		place = &pass->walk.places[i];
		if (!place->walked && !place->packets)
			return BLIND_BLIND_SPOTS;
	}
	return pass->wanted_count && !sweep->whole ? BLIND_NO_SWEEP :
						     BLIND_OTHER;
}

/* The walk, its sweep, and which pages of pools they met. */
static int make_pass(struct live *live, struct pass *pass,
		     const struct pass *before, struct sweep_result *sweep)
{
	uint32_t slot;
	int err;

	pass_note_pools(live, pass);
	err = holders_walk(live->holders, &pass->walk);
	if (!err)
		err = pass_list_pages(live, pass);
	if (!err)
		err = pass_drop_returned(live, pass);
	if (!err)
		pass_drop_pooled(live, pass);
	if (!err)
		err = pass_find_wanted(live, pass);
	if (!err && pass->wanted_count)
		err = sweep_pages(live, pass, sweep);
	if (!err && live->options.search)
		err = pass_search(live, pass, before);
	pass_check_pools(live, pass);
	if (!err)
		err = match_pages(live, pass);
	if (err)
		return err;
	live->walk_doubt = doubt(pass, sweep);
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].posted.sought)
			live_note_met(live, slot, &pass->walk);
	return 0;
}

static int take_pass(struct live *live, struct pass **result,
		     const struct pass *before)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	struct sweep_result sweep;
	int err;

	if (!pass)
		return -ENOMEM;
	pass->number = ++live->walk_count;
	err = make_pass(live, pass, before, &sweep);
	if (err) {
		pass_clear(pass);
		return err;
	}
	emit_pass(live, pass, before, pass->wanted_count ? &sweep : NULL);
	*result = pass;
	return 0;
}

/* A pool that is to be judged waits for pages. */
static bool has_stalled(const struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live_is_alive(live, slot) &&
		    live->loader.pools[slot].status == POOL_DESTROYED &&
		    live->watches[slot].judged)
			return true;
	return false;
}

/* Another one, so long behind the first; none, and 0, when that is cut short. */
static int walk_again(struct live *live, const struct pass *first,
		      uint64_t distance_us)
{
	uint64_t since_us = (now_ns() - first->ended_ns) / 1000;
	struct pass *again = NULL;
	int err;

	if (since_us < distance_us && distance_us > WALK_DISTANCE_US)
		live_wait(live, distance_us - since_us);
	else if (since_us < distance_us)
		live_pause(live, distance_us - since_us);
	if (live_skips(live, CUT_HOLDERS))
		return 0;
	live_emit_pools(live);
	err = take_pass(live, &again, first);
	pass_clear(again);
	return err;
}

/*
 * Two walks, with nothing of the first forgotten. A third, where nobody is
 * known to have pages of a pool that is alive: packets on their way arrive.
 */
static int walk_twice(struct live *live)
{
	struct pass *first = NULL;
	int err = take_pass(live, &first, NULL);

	if (!err &&
	    (live->out_grew || has_stalled(live) || live_seeks_posted(live)))
		err = walk_again(live, first, WALK_DISTANCE_US);
	if (!err && live_awaits_suspects(live))
		err = walk_again(live, first,
				 live->options.suspect_after_ms * 1000);
	pass_clear(first);
	return err;
}

/* A walk that a second signal ended is no failure. */
static void emit_unwalked(struct live *live, int err, const char *why)
{
	enum blind_code code = BLIND_WALK_FAILED;

	if (err == -ECANCELED)
		live_skips(live, CUT_HOLDERS);
	if (err == -ETIME) {
		code = BLIND_WALK_TIMEOUT;
		why = "a walk took more than 20 s";
	}
	if (!why)
		why = err == -ECANCELED ? "a second signal ended the walk" :
					  error_text(err);
	live_emit_blind(live, CHECK_leaked, code, why);
}

static int open_holders(struct live *live, const char **why)
{
	int err = 0;

	if (!live->holders)
		err = holders_open(&live->holders, &live->loader.vmemmap, why);
	if (!err)
		holders_let_cut(live->holders, live->options.is_cut,
				live->options.cut_data);
	return err;
}

void live_walk_for_suspects(struct live *live)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	const struct posted *posted;
	struct sweep_result sweep;
	const char *why = NULL;
	uint32_t slot;
	int err = pass ? open_holders(live, &why) : -ENOMEM;

	if (!err)
		err = make_pass(live, pass, NULL, &sweep);
	for (slot = 1; !err && slot < SLOT_COUNT; slot++) {
		posted = &live->watches[slot].posted;
		if (!posted->sought)
			continue;
		pass_count_unmet(live, pass, pass, slot);
		if (posted->looked)
			live_emit_suspects(live, slot,
					   live_doubts_look(live, slot));
	}
	pass_clear(pass);
}

void live_walk_holders(struct live *live)
{
	const char *why = NULL;
	int err;

	if (live->options.kick && (live->options.walk || has_stalled(live)))
		live_kick(live);
	if (!live->options.walk && !live->out_grew && !has_stalled(live) &&
	    !live_seeks_posted(live))
		return;
	if (live_skips(live, CUT_HOLDERS))
		return;
	err = open_holders(live, &why);
	if (!err) {
		if (live->options.search || live->options.peek)
			holders_let_search(live->holders);
		err = walk_twice(live);
	}
	if (err)
		emit_unwalked(live, err, why);
	/* Counters once more: pages may have come back meanwhile. */
	if (live_skips(live, CUT_COUNTS))
		return;
	live_look(live);
}

void live_close_holders(struct live *live)
{
	holders_close(live->holders);
	live->holders = NULL;
}
