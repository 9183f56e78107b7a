// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are alive at the end: how many pages their devices may rightly
 * have. With more out than that, the holder walk looks for them.
 */
#include <string.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/*
 * Drivers take up to so many pages of one pool for a descriptor: split headers
 * (stmmac), several fragments for a large MTU (mlx5, ionic).
 */
#define PAGES_A_DESCRIPTOR 4

/* These take one, and each page is whole. */
static const char *const takes_one[] = { "mvneta" };

static unsigned int pages_a_descriptor(const struct pool_identity *id)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(takes_one); i++)
		if (!strncmp(id->driver, takes_one[i], sizeof(id->driver)))
			return 1;
	return PAGES_A_DESCRIPTOR;
}

/* Pools of these post no page to a device: what is out is in packets. */
static bool has_no_ring(const struct pool_identity *id)
{
	return id->flags & POOL_OF_CPU ||
	       !strncmp(id->driver, "veth", sizeof(id->driver));
}

/*
 * Pages that the device may have. One page more is cut into buffers; where there
 * is no ring only the pool can have it, which says so. False: unknown.
 */
static bool may_have(struct live *live, uint32_t slot, uint64_t *pages)
{
	const struct pool_identity *id = &live->loader.pools[slot].id;

	if (has_no_ring(id)) {
		*pages = live_read_pool(live, slot).has_frag_page;
		return true;
	}
	*pages = live_netdev_ring(live, id->netns, id->ifindex);
	if (!*pages)
		return false;
	if (*pages < id->pool_size)
		*pages = id->pool_size;
	*pages = *pages * pages_a_descriptor(id) + 1;
	return true;
}

void live_begin_posted(struct live *live, uint32_t slot, uint32_t seq,
		       int64_t out)
{
	struct posted *posted = &live->watches[slot].posted;

	memset(posted, 0, sizeof(*posted));
	posted->seq = seq;
	posted->has_pages = may_have(live, slot, &posted->most);
	posted->pages = posted->most;
	posted->out = out;
	posted->sought = posted->has_pages &&
			 posted->out > (int64_t)posted->most;
}

bool live_seeks_posted(const struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].posted.sought)
			return true;
	return false;
}

bool live_has_suspects(const struct live *live, uint32_t slot)
{
	const struct posted *posted = &live->watches[slot].posted;

	return posted->looked && posted->unmet > posted->pages;
}

/* A pinned report waits for nothing. */
enum blind_code live_doubts_look(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	if (live->options.pinned)
		return BLIND_NOT_LOOKED;
	if (pool->windows.trust != TRUST_FULL || pool->net_iov)
		return BLIND_NOT_TRUSTED;
	return live->walk_doubt;
}

bool live_awaits_suspects(const struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live_has_suspects(live, slot) &&
		    live_doubts_look(live, slot) == BLIND_OTHER)
			return true;
	return false;
}

/* Suspects, and the last look at them came too early. */
static enum blind_code why_early(const struct live *live, uint32_t slot)
{
	enum blind_code code = live_doubts_look(live, slot);

	if (code != BLIND_OTHER)
		return code;
	return live->cut & 1U << CUT_HOLDERS ? BLIND_CUT : BLIND_WALK_FAILED;
}

/* Why it is not known who has what is out; BLIND_OTHER: it is, or need not be. */
static enum blind_code why_not(const struct live *live, uint32_t slot)
{
	const struct posted *posted = &live->watches[slot].posted;

	if (!posted->has_pages)
		return BLIND_RING_UNKNOWN;
	if (posted->out < 0)
		return BLIND_NO_REST;
	if (!posted->sought)
		return BLIND_OTHER;
	if (live_has_suspects(live, slot) &&
	    posted->apart_ms < live->options.suspect_after_ms)
		return why_early(live, slot);
	if (live->cut & 1U << CUT_HOLDERS && !posted->looked)
		return BLIND_CUT;
	if (live->walk_count < 2)
		return BLIND_WALK_FAILED;
	return posted->looked ? BLIND_OTHER : BLIND_NO_REST;
}

static void emit_posted(struct live *live, uint32_t slot)
{
	const struct posted *posted = &live->watches[slot].posted;
	enum blind_code code = why_not(live, slot);
	struct fact fact = { .type = FACT_posted };

	fact.posted.slot = slot;
	fact.posted.seq = posted->seq;
	if (posted->has_pages)
		fact_set(&fact.posted, posted, pages, posted->pages);
	if (posted->out >= 0)
		fact_set(&fact.posted, posted, out, posted->out);
	if (posted->looked) {
		fact_set(&fact.posted, posted, unmet, posted->unmet);
		fact_set(&fact.posted, posted, apart_ms, posted->apart_ms);
	}
	if (code != BLIND_OTHER)
		fact_set(&fact.posted, posted, code, code);
	live_emit(live, &fact);
	if (posted->looked)
		live_emit_suspects(live, slot,
				   code != BLIND_OTHER ?
					   code :
					   live_doubts_look(live, slot));
}

void live_emit_posted(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].posted.seq &&
		    live->watches[slot].posted.seq == live->watches[slot].seq)
			emit_posted(live, slot);
}
