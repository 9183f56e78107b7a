// SPDX-License-Identifier: GPL-2.0
/* The pools of a session: who they are, and what is said of each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/private.h"
#include "user/util/utf8.h"

/* Pools that are gone for good and still kept one by one. */
#define FINAL_POOLS_KEPT 32

/* ---- the list ---- */

static void pool_free(struct pool *pool)
{
	facts_clear(FACT_page, &pool->pages);
	pool_free_holders(pool);
	strings_clear(&pool->hold_stack);
	free(pool->counters_unread);
	free(pool->entries_unread);
	free(pool);
}

void session_free_pools(struct session *session)
{
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		pool_free(session->pools[i]);
	free(session->pools);
}

static struct pool *pool_add(struct session *session, uint32_t slot,
			     uint32_t seq)
{
	struct pool **pools, *pool;

	pools = realloc(session->pools,
			(session->pool_count + 1) * sizeof(*pools));
	if (!pools)
		return NULL;
	session->pools = pools;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->slot = slot;
	pool->seq = seq;
	pool->queue = -1;
	pool->cpu = -1;
	pool->destroyed_ms = -1;
	pool->oldest_ms = -1;
	pool->trusted = true;
	pools[session->pool_count++] = pool;
	if (slot < SLOT_COUNT)
		session->newest[slot] = pool;
	return pool;
}

/* Takes a pool out of the list. */
static void pool_remove(struct session *session, size_t index)
{
	struct pool *pool = session->pools[index];

	if (pool->slot < SLOT_COUNT && session->newest[pool->slot] == pool)
		session->newest[pool->slot] = NULL;
	pool_free(pool);
	session->pool_count--;
	memmove(&session->pools[index], &session->pools[index + 1],
		(session->pool_count - index) * sizeof(*session->pools));
}

/* ---- who it is, and what becomes of it ---- */

/*
 * Devices of one name in two namespaces are told apart by the reports, if both
 * are judged: what nobody asked for changes no text.
 */
static void find_twins(const struct session *session, struct pool *pool)
{
	struct pool *other;
	size_t i;

	for (i = 0; pool->device[0] && i < session->pool_count; i++) {
		other = session->pools[i];
		if (!pool->judged || !other->judged || !pool->netns ||
		    !other->netns || other->netns == pool->netns ||
		    strcmp(other->device, pool->device))
			continue;
		pool->has_twin = true;
		other->has_twin = true;
	}
}

/* May come again when more of it is known. */
int feed_pool(struct session *session, const struct pool_fact *fact)
{
	struct pool *pool = session_pool(session, fact->slot, fact->seq);

	if (!pool)
		pool = pool_add(session, fact->slot, fact->seq);
	if (!pool)
		return -ENOMEM;
	pool->address = fact->pool;
	snprintf(pool->device, sizeof(pool->device), "%s", fact->device);
	utf8_cut(pool->device);
	snprintf(pool->driver, sizeof(pool->driver), "%s",
		 fact->driver ? fact->driver : "");
	utf8_cut(pool->driver);
	pool->judged = fact->judged;
	pool->queue = fact->queue;
	pool->cpu = fact->cpu;
	pool->forgotten = fact->forgotten;
	pool->ifindex = fact->ifindex;
	pool->netns = fact->netns;
	pool->netlink_id = fact->netlink_id;
	pool->xdp_mem_id = fact->xdp_mem_id;
	pool->napi_id = fact->napi_id;
	pool->order = fact->order;
	pool->size = fact->size;
	pool->born_seen = fact->born_seen;
	pool->dma_map = fact->dma_map;
	pool->dma_tracked = fact->dma_tracked;
	find_twins(session, pool);
	return 0;
}

int feed_hold_stack(struct session *session, const struct hold_stack_fact *fact)
{
	struct pool *pool = session_pool(session, fact->slot, fact->seq);

	if (!pool)
		return -EINVAL;
	strings_clear(&pool->hold_stack);
	return strings_copy(&pool->hold_stack, &fact->stack);
}

/*
 * A watch of days sees pools come and go without end: of those that are gone
 * for good the newest are kept one by one, the others as a sum.
 */
static void fold_pools(struct session *session)
{
	struct usage usage;
	struct pool *pool;
	size_t i;

	for (i = 0;
	     i < session->pool_count && session->final_count > FINAL_POOLS_KEPT;
	     i++) {
		pool = session->pools[i];
		if (!pool->final || is_named(session, pool))
			continue;
		if (pool->judged) {
			session->gone.pools++;
			session->gone.events += pool->events;
			session->gone.conclusive += pool->conclusive;
			session->gone.gaps += pool->gaps > 0;
			session->gone.untracked += pool->untracked;
			session->gone.hand_outs +=
				pool->flow.handed_out + pool->flow.returned;
			session->gone.hand_outs_lost += pool->flow.lost;
			usage = pool_usage(session, pool);
			usage_add(&session->gone.usage, &usage);
			session->gone.outside += pool->outside_events;
			session->gone.lost += pool->lost;
			session->gone.bursts += pool->bursts;
		}
		session->final_count--;
		pool_remove(session, i--);
	}
}

/* A destroyed pool: is it going to be empty? */
static void note_draining(struct pool *pool, const struct state_fact *state)
{
	if (pool->state != POOL_STATE_STALLED) {
		pool->drain_first = state->inflight;
		pool->drain_first_ms = state->time_ms;
	}
	pool->drain_last = state->inflight;
	pool->drain_last_ms = state->time_ms;
}

/* A pool was destroyed and waits, or is gone. */
int feed_state(struct session *session, const struct state_fact *state)
{
	struct pool *pool = session_pool(session, state->slot, state->seq);

	if (!pool)
		return -EINVAL;
	if (state->state == POOL_STATE_STALLED &&
	    fact_has(state, state, time_ms))
		note_draining(pool, state);
	pool->inflight = state->inflight;
	pool->driver_bound = state->driver_bound;
	pool->destroyed_ms = state->destroyed_ms;
	pool->state = state->state;
	/* What an audit saw in cache and ring was given back since. */
	if (pool->state != POOL_STATE_ACTIVE)
		pool->audited = false;
	if (state->final && !pool->final) {
		pool->final = true;
		session->final_count++;
		fold_pools(session);
	}
	return 0;
}

int feed_outside(struct session *session, const struct outside_fact *outside)
{
	struct pool *pool = session_pool(session, outside->slot, outside->seq);

	if (!pool)
		return -EINVAL;
	session->outside_events += outside->events - pool->outside_events;
	pool->outside_events = outside->events;
	pool->outside_pages = outside->pages;
	pool->unstepped = outside->unstepped;
	return 0;
}

/* Pools that BPF itself summed up, with no reader (pinned mode). */
int feed_folded(struct session *session, const struct folded_fact *folded)
{
	session->gone.pools += folded->pools;
	session->gone.events += folded->events;
	session->gone.conclusive += folded->conclusive;
	session->gone.gaps += folded->events != folded->conclusive;
	return 0;
}

/*
 * A slot went to another pool before anybody closed the window; the numbers of
 * this incarnation, closed windows of it as well, come with the next `folded`.
 */
int feed_forget(struct session *session, const struct forget_fact *forget)
{
	struct pool *pool = session_pool(session, forget->slot, forget->seq);
	size_t i;

	if (!pool)
		return -EINVAL;
	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i] == pool)
			break;
	pool_remove(session, i);
	return 0;
}

/* ---- what was seen of it ---- */

/* @why NULL: it was read. */
static int set_unread(char **unread, const char *why)
{
	char *copy = why ? strdup(why) : NULL;

	if (why && !copy)
		return -ENOMEM;
	free(*unread);
	*unread = copy;
	return 0;
}

/* It is there, and could not be read. */
int feed_unread(struct session *session, const struct unread_fact *unread)
{
	struct pool *pool = session_pool(session, unread->slot, unread->seq);

	if (!pool)
		return -EINVAL;
	return set_unread(unread->entries ? &pool->entries_unread :
					    &pool->counters_unread,
			  unread->why);
}

/* Do both comparisons see the same difference? */
static bool differs_alike(const struct pool *pool,
			  const struct count_fact *count)
{
	int64_t before = (int32_t)(pool->hold - pool->release);
	int64_t now = (int32_t)(count->hold - count->release);

	return before - pool->shadow_held == now - count->shadow &&
	       (pool->scan_held < 0 || count->scan < 0 ?
			pool->scan_held == count->scan :
			before - pool->scan_held == now - count->scan);
}

/*
 * What a comparison at rest says. A mismatch is what two in a row see; one that
 * agrees ends it. Where the pool was not at rest, what was seen before stays.
 */
static void compare_counts(struct pool *pool, const struct count_fact *count)
{
	uint32_t inflight = count->hold - count->release;
	bool differs = counts_differ(inflight, count->shadow) ||
		       counts_differ(inflight, count->scan);

	pool->mismatch = differs && pool->differed &&
			 differs_alike(pool, count);
	pool->differed = differs;
	pool->compared |= !differs;
}

/*
 * A pool's own counters beside the shadow and its struct pages. Unfollowed: it
 * may count net_iovs that no witness of ours knows; recordings of before they
 * were followed have their number only.
 */
int feed_count(struct session *session, const struct count_fact *count)
{
	struct pool *pool = session_pool(session, count->slot, count->seq);

	if (!pool)
		return -EINVAL;
	set_unread(&pool->counters_unread, NULL);
	/* While the words are corrected a difference says nothing, nor a match. */
	if (count->during && !pool->trusted)
		return 0;
	if (count->stable)
		compare_counts(pool, count);
	pool->scanned = count->stable && count->scanned;
	pool->counted = true;
	pool->stable = count->stable && !count->during;
	pool->tries = count->tries;
	pool->look_us = count->took_us;
	/* An unfinished difference must be found again as it was. */
	if (!count->stable && pool->differed)
		return 0;
	pool->hold = count->hold;
	pool->release = count->release;
	pool->inflight = (int32_t)(count->hold - count->release);
	pool->shadow_held = count->shadow;
	pool->scan_held = count->scan;
	pool->oldest_ms = count->oldest_ms;
	pool->net_iov = count->net_iov;
	pool->untracked = fact_has(count, count, untracked) ?
				  count->untracked :
				  count->net_iov > 0;
	return 0;
}

/* The last one of each kind counts. */
int feed_reading(struct session *session, const struct reading_fact *reading)
{
	struct pool *pool = session_pool(session, reading->slot, reading->seq);

	if (!pool)
		return -EINVAL;
	if (reading->last) {
		pool->has_last = true;
		pool->last = *reading;
	} else {
		pool->has_first = true;
		pool->first = *reading;
	}
	return 0;
}

/* A page that a stalled pool still waits for. */
int feed_page(struct session *session, const struct page_fact *page)
{
	struct pool *pool = session_pool(session, page->slot, page->seq);

	return pool ? facts_append(FACT_page, &pool->pages, page) : -EINVAL;
}

static void raise_to(uint32_t *most, uint32_t count)
{
	if (count > *most)
		*most = count;
}

int feed_audit(struct session *session, const struct audit_fact *audit)
{
	struct pool *pool = session_pool(session, audit->slot, audit->seq);

	if (!pool)
		return -EINVAL;
	set_unread(&pool->entries_unread, NULL);
	pool->audited = true;
	pool->audit_stable = audit->stable;
	pool->in_cache = audit->cache;
	pool->in_ring = audit->ring;
	pool->audit_counted = fact_has(audit, audit, inflight);
	pool->audit_inflight = audit->inflight;
	raise_to(&pool->duplicates, audit->duplicates);
	raise_to(&pool->foreign, audit->foreign);
	raise_to(&pool->refcounts, audit->refcounts);
	raise_to(&pool->strays, audit->strays);
	return 0;
}

/* Where a pool's pages went, by the function tier. */
int feed_flow(struct session *session, const struct flow_fact *flow)
{
	struct pool *pool = session_pool(session, flow->slot, flow->seq);

	if (!pool)
		return -EINVAL;
	pool->has_flow = true;
	if (pool->judged) {
		session->misaligned += flow->flow.frags_misaligned -
				       pool->flow.frags_misaligned;
		session->released_in_use +=
			flow->flow.released_refcnt - pool->flow.released_refcnt;
	}
	return fact_replace(FACT_paths, &pool->flow, &flow->flow);
}

/* Frames of XDP on its pages; the last numbers count. */
int feed_inspected(struct session *session,
		   const struct inspected_fact *inspected)
{
	struct pool *pool =
		session_pool(session, inspected->slot, inspected->seq);

	if (!pool)
		return -EINVAL;
	if (pool->judged)
		session->misaligned +=
			inspected->misaligned - pool->frames_misaligned;
	pool->frames = inspected->frames;
	pool->frames_misaligned = inspected->misaligned;
	return 0;
}

/* Pages out by allocations and puts, beside the pool's own count. */
int feed_followed(struct session *session, const struct followed_fact *followed)
{
	struct pool *pool =
		session_pool(session, followed->slot, followed->seq);

	if (!pool)
		return -EINVAL;
	pool->followed = true;
	pool->followed_out = followed->out;
	pool->followed_unsure = followed->unsure;
	pool->followed_kernel = followed->kernel;
	return 0;
}

int feed_attached(struct session *session, const struct attached_fact *attached)
{
	struct pool *pool =
		session_pool(session, attached->slot, attached->seq);

	if (!pool)
		return -EINVAL;
	pool->was_attached = true;
	return fact_replace(FACT_attached, &pool->attached, attached);
}
