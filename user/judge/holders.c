// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk in a session: who has the pages that are out, where nobody
 * could look, and what follows for pools that wait. A page is called leaked
 * only when two walks through every place met it nowhere and nothing else
 * puts it in doubt; each doubt has its code, and leaves it INCONCLUSIVE.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/private.h"

void pool_free_holders(struct pool *pool)
{
	facts_clear(FACT_holder, &pool->holders);
	facts_clear(FACT_page, &pool->unheld_pages);
	facts_clear(FACT_container, &pool->containers);
}

void session_free_holders(struct session *session)
{
	fact_clear(FACT_walk, &session->walk);
	facts_clear(FACT_place, &session->places);
	fact_clear(FACT_sweep, &session->sweep);
	fact_clear(FACT_search, &session->search);
	facts_clear(FACT_searched, &session->searched);
	fact_clear(FACT_nudge, &session->kick);
}

/* ---- facts ---- */

/* A walk begins before any other fact names it. */
static bool has_begun(const struct session *session, uint32_t walk)
{
	return walk && walk <= session->walk.walk;
}

/* Blind spots stay, whatever a later walk can look into. */
static void drop_walked_places(struct session *session)
{
	size_t i;

	for (i = session->places.count; i-- > 0;) {
		if (session->places.items[i].walked)
			facts_remove(FACT_place, &session->places, i);
		else
			session->places.items[i].objects = 0;
	}
}

/* Another walk begins; numbers go up. */
int feed_walk(struct session *session, const struct walk_fact *walk)
{
	int err;

	if (!walk->walk || walk->walk <= session->walk.walk)
		return -EINVAL;
	err = fact_replace(FACT_walk, &session->walk, walk);
	if (err)
		return err;
	drop_walked_places(session);
	session->walk_placed = false;
	session->walk_count++;
	return 0;
}

static struct place_fact *find_place(const struct session *session,
				     const char *name)
{
	size_t i;

	for (i = 0; i < session->places.count; i++)
		if (!strcmp(session->places.items[i].place, name))
			return &session->places.items[i];
	return NULL;
}

/* One that no walk said anything about yet; NULL without memory. */
static struct place_fact *add_place(struct session *session, const char *name)
{
	struct place_fact place = {
		.walk = session->walk.walk,
		.place = name,
		.walked = true,
	};

	fact_complete(FACT_place, &place);
	if (facts_append(FACT_place, &session->places, &place))
		return NULL;
	return &session->places.items[session->places.count - 1];
}

/* What it may hold is the most that any walk says. */
static int set_blind(struct place_fact *place, const struct place_fact *fact)
{
	bool packets = fact->packets && (place->walked || place->packets);
	const char *why = fact->why ? fact->why : "no reason told";
	struct place_fact blind = *place;

	blind.walked = false;
	fact_set(&blind, place, why, why);
	if (packets || place->packets)
		fact_set(&blind, place, packets, packets);
	return fact_replace(FACT_place, place, &blind);
}

/* Walked, or a blind spot. Those of one name are one place. */
int feed_place(struct session *session, const struct place_fact *fact)
{
	struct place_fact *place;

	if (!has_begun(session, fact->walk))
		return -EINVAL;
	place = find_place(session, fact->place);
	if (!place)
		place = add_place(session, fact->place);
	if (!place)
		return -ENOMEM;
	if (!fact->walked && set_blind(place, fact))
		return -ENOMEM;
	if (fact->walk != session->walk.walk)
		return 0;
	place->objects += fact->objects;
	session->walks_placed += !session->walk_placed;
	session->walk_placed = true;
	return 0;
}

/* Of the last walk that began, at most one. */
int feed_sweep(struct session *session, const struct sweep_fact *sweep)
{
	int err;

	if (!has_begun(session, sweep->walk) ||
	    sweep->walk != session->walk.walk ||
	    sweep->walk == session->sweep.walk)
		return -EINVAL;
	err = fact_replace(FACT_sweep, &session->sweep, sweep);
	session->whole_sweeps += !err && sweep->whole;
	return err;
}

/* The same; what it says of pools follows. */
int feed_search(struct session *session, const struct search_fact *search)
{
	if (!has_begun(session, search->walk) ||
	    search->walk != session->walk.walk ||
	    search->walk == session->search.walk)
		return -EINVAL;
	facts_clear(FACT_searched, &session->searched);
	return fact_replace(FACT_search, &session->search, search);
}

int feed_searched(struct session *session, const struct searched_fact *searched)
{
	if (!searched->walk || searched->walk != session->search.walk)
		return -EINVAL;
	return facts_append(FACT_searched, &session->searched, searched);
}

/*
 * Facts of a later walk take the place of those of an earlier one, and those
 * of an earlier one that come late are not taken: false.
 */
static bool take_walk(struct pool *pool, uint32_t walk)
{
	if (walk > pool->holders_walk) {
		pool_free_holders(pool);
		pool->holders_walk = walk;
	}
	return walk == pool->holders_walk;
}

/* A queue that has pages of this pool. */
int feed_holder(struct session *session, const struct holder_fact *holder)
{
	struct pool *pool = session_pool(session, holder->slot, holder->seq);

	if (!pool || !has_begun(session, holder->walk))
		return -EINVAL;
	if (!take_walk(pool, holder->walk))
		return 0;
	return facts_append(FACT_holder, &pool->holders, holder);
}

/* Memory that refers to pages of this pool. */
int feed_container(struct session *session,
		   const struct container_fact *container)
{
	struct pool *pool =
		session_pool(session, container->slot, container->seq);

	if (!pool || !has_begun(session, container->walk))
		return -EINVAL;
	if (!take_walk(pool, container->walk))
		return 0;
	return facts_append(FACT_container, &pool->containers, container);
}

/* How many of a pool's pages have a holder. */
int feed_held(struct session *session, const struct held_fact *held)
{
	struct pool *pool = session_pool(session, held->slot, held->seq);

	if (!pool || !has_begun(session, held->walk))
		return -EINVAL;
	if (!take_walk(pool, held->walk))
		return 0;
	pool->held.walks += held->walk != pool->held.walk;
	pool->held.walk = held->walk;
	pool->held.out = held->out;
	pool->held.attributed = held->attributed;
	pool->held.unaccounted = held->unaccounted;
	pool->held.referenced = held->referenced < held->unaccounted ?
					held->referenced :
					held->unaccounted;
	pool->held.returned = held->returned;
	return 0;
}

/* A page that the last walk and the one before met nowhere. */
int feed_unheld(struct session *session, const struct page_fact *page)
{
	struct pool *pool = session_pool(session, page->slot, page->seq);

	if (!pool || !session->walk_count)
		return -EINVAL;
	take_walk(pool, session->walk.walk);
	return facts_append(FACT_unheld, &pool->unheld_pages, page);
}

/* Freed packets that wait on idle processors were pushed. */
int feed_nudge(struct session *session, const struct nudge_fact *nudge)
{
	int err = fact_replace(FACT_nudge, &session->kick, nudge);

	session->was_nudged |= !err;
	return err;
}

int feed_nudged(struct session *session, const struct nudged_fact *nudged)
{
	struct pool *pool = session_pool(session, nudged->slot, nudged->seq);

	if (!pool)
		return -EINVAL;
	pool->kicked = true;
	pool->kicked_before = nudged->before;
	pool->kicked_after = nudged->after;
	return 0;
}

/* ---- what follows ---- */

/*
 * Whether the numbers of the pass confirm it: the shadow is what says that
 * a page is out at all.
 */
enum leak_reason shadow_reason(const struct pool *pool)
{
	uint32_t inflight = pool->hold - pool->release;

	if (!pool->trusted)
		return LEAK_REASON_EVENTS_LOST;
	if (pool->net_iov || pool->untracked)
		return LEAK_REASON_NET_IOVS;
	if (!pool->counted || !pool->stable)
		return LEAK_REASON_NOT_AT_REST;
	if (pool->mismatch || counts_differ(inflight, pool->shadow_held) ||
	    counts_differ(inflight, pool->scan_held))
		return LEAK_REASON_COUNTS_DIFFER;
	return LEAK_REASON_NONE;
}

/*
 * What keeps the unheld pages of a stalled pool from being called leaked. The
 * order is that of what people can change.
 */
static enum leak_reason leak_reason(const struct session *session,
				    const struct pool *pool)
{
	const struct held *held = &pool->held;

	if (held->walks < 2)
		return LEAK_REASON_ONE_WALK;
	if (session_blind_spots(session))
		return LEAK_REASON_BLIND_SPOT;
	if (session_blind(session, CHECK_leaked))
		return LEAK_REASON_CHECK_BLIND;
	if (held->walk != session->walk.walk)
		return LEAK_REASON_NOT_IN_LAST_WALK;
	if (session->walks_placed != session->walk_count)
		return LEAK_REASON_WALK_NOT_PLACED;
	if (held->attributed + held->unaccounted > held->out ||
	    !pool->unheld_pages.count)
		return LEAK_REASON_NOT_WHOLE;
	/* Those that came back since may be just these. */
	if (pool->inflight < held->out + held->returned)
		return LEAK_REASON_CAME_BACK;
	/* Some memory refers to each of them. */
	if (held->referenced == held->unaccounted)
		return LEAK_REASON_REFERENCED;
	return shadow_reason(pool);
}

/*
 * Each page that the pool itself counts is in a place that was emitted, or came
 * back since: nothing enters a destroyed pool.
 */
static bool is_attributed(const struct pool *pool)
{
	const struct held *held = &pool->held;

	return held->walks && pool->inflight > 0 &&
	       held->out + held->returned >= pool->inflight &&
	       held->attributed == held->out && pool->holders.count > 0;
}

void add_page(struct evidence_fact *evidence, const struct page_fact *page)
{
	fact_set(evidence, evidence, netmem, page->netmem);
	fact_set(evidence, evidence, state, page->state);
	fact_set(evidence, evidence, age_ms, page->age_ms);
	if (fact_has(page, page, recycled))
		fact_set(evidence, evidence, recycled, page->recycled);
	if (fact_has(page, page, handed_out))
		fact_set(evidence, evidence, handed_out, page->handed_out);
	if (fact_has(page, page, hand_outs_since))
		fact_set(evidence, evidence, hand_outs_since,
			 page->hand_outs_since);
	if (fact_has(page, page, returned))
		fact_set(evidence, evidence, returned, page->returned);
	if (fact_has(page, page, returns_since))
		fact_set(evidence, evidence, returns_since,
			 page->returns_since);
	if (fact_has(page, page, xdp_verdict))
		fact_set(evidence, evidence, xdp_verdict, page->xdp_verdict);
}

/*
 * Those that no memory refers to. The evidence is the first one, beside the
 * numbers of its pool.
 */
static void add_leaked(struct session *session, const struct pool *pool)
{
	struct evidence_fact evidence = pool_evidence(pool);
	const struct page_facts *pages = &pool->unheld_pages;
	size_t i = 0;

	while (i < pages->count && pages->items[i].referenced)
		i++;
	if (i < pages->count)
		add_page(&evidence, &pages->items[i]);
	fact_set(&evidence, evidence, walks, pool->held.walks);
	finding_add_many(session, CHECK_leaked,
			 check_infos[CHECK_leaked].severity,
			 pool->held.unaccounted - pool->held.referenced,
			 &evidence, CONFIDENCE_WALKS);
}

/* The first of them is in the evidence, and all of them are in the pool's table. */
static void add_no_recycle(struct session *session, const struct pool *pool)
{
	struct evidence_fact evidence = pool_evidence(pool);
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < pool->holders.count; i++)
		if (pool->holders.items[i].no_recycle)
			pages += pool->holders.items[i].pages;
	if (!pages)
		return;
	fact_set(&evidence, evidence, walks, pool->held.walks);
	finding_add_many(session, CHECK_skb_no_recycle,
			 check_infos[CHECK_skb_no_recycle].severity, pages,
			 &evidence, CONFIDENCE_SWEEP);
}

void derive_stalled_findings(struct session *session, struct pool *pool)
{
	struct evidence_fact evidence = pool_evidence(pool);

	pool->attributed = is_attributed(pool);
	finding_add_many(session, CHECK_stalled_shutdown,
			 pool->attributed ?
				 SEVERITY_WARN :
				 check_infos[CHECK_stalled_shutdown].severity,
			 1, &evidence, CONFIDENCE_COUNTERS);
	add_no_recycle(session, pool);
	if (!pool->held.unaccounted)
		return;
	pool->leak_reason = leak_reason(session, pool);
	if (pool->leak_reason == LEAK_REASON_NONE)
		add_leaked(session, pool);
}

int holder_compare(const void *a, const void *b)
{
	const struct holder_fact *left = a, *right = b;

	if (left->pages != right->pages)
		return left->pages < right->pages ? 1 : -1;
	return (left->bytes < right->bytes) - (left->bytes > right->bytes);
}

/* Biggest first. */
void sort_holders(struct pool *pool)
{
	if (pool->holders.count)
		qsort(pool->holders.items, pool->holders.count,
		      sizeof(*pool->holders.items), holder_compare);
}

/* Some pool waits for pages of which nobody is known to have them. */
static bool is_leak_possible(const struct session *session)
{
	const struct pool *pool;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (pool->judged && pool_waits(pool) && !pool->attributed)
			return true;
	}
	return false;
}

/*
 * Where the walks could not have found a leak, the check was blind: nothing may
 * count as looked at that was not.
 */
void derive_leaked_blind(struct session *session)
{
	const struct sweep_fact *sweep = &session->sweep;
	enum blind_code code;

	if (sweep->walk &&
	    (!sweep->whole || (sweep->met < sweep->wanted && !sweep->unmarked)))
		session_add_blind(session, CHECK_skb_no_recycle,
				  BLIND_NO_SWEEP);
	if (session->findings[CHECK_leaked].count || !is_leak_possible(session))
		return;
	if (session->walk_count < 2)
		code = session->walk_count ? BLIND_ONE_WALK : BLIND_NO_WALK;
	else if (session_blind_spots(session))
		code = BLIND_BLIND_SPOTS;
	else if (session->walks_placed != session->walk_count)
		code = BLIND_WALK_NOT_PLACED;
	else
		return;
	session_add_blind(session, CHECK_leaked, code);
}
