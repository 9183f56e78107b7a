/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session: all facts of one watch, and nothing else. It is built from facts
 * (facts.h), whether they come from the running kernel or from a recording; so
 * a replay gives the same session, and the verdict is a pure function of it.
 */
#ifndef NETMEM_SESSION_H
#define NETMEM_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/facts/checks.h"
#include "user/facts/facts.h"
#include "user/util/set.h"

/* What a holder walk counted of a pool's pages. */
struct held {
	uint32_t walks; /* that named the pool; 0: it was not walked */
	uint32_t walk; /* number of the last of these */
	int64_t out; /* neither in the cache nor in the ring */
	int64_t attributed; /* of these, some holder has them */
	int64_t unheld; /* of these, stable, no holder in two walks */
};

struct pool {
	uint32_t slot, life;
	uint64_t address; /* of its struct page_pool */
	char device[64]; /* "" when unknown */
	uint32_t ifindex;
	uint64_t netns;
	int queue; /* -1: unknown */
	uint32_t netlink_id, xdp_mem_id, napi_id, order, size;
	bool born_seen, dma_map, dma_tracked;
	bool judged; /* false: filtered out by -i */
	enum pool_state state;
	bool final; /* gone, and no fact will name it again */

	uint64_t events; /* holds and releases that the kernel counted */
	uint64_t conclusive; /* of these, in windows without a gap */
	uint32_t windows, gaps;
	uint64_t lost; /* events that were not delivered, in gaps ... */
	uint32_t bursts; /* ... of so many windows */
	uint64_t unstored; /* violations without evidence, window still open */
	uint64_t net_iov; /* of those in the shadow */
	bool unfollowed; /* it may have net_iovs that are not there */
	bool reordered; /* a net_iov of it was met out of order */

	/* The last comparison with its pages; stable: at rest, after the drain. */
	bool counted, stable;
	bool compared; /* once, after its first event, all agreed */
	bool differed; /* when it was last at rest they did not */
	uint32_t tries, look_us; /* looks that this took, and one of them */
	uint32_t hold, release;
	int32_t inflight;
	int64_t shadow_held, scan_held; /* -1: this witness did not look */
	bool mismatch; /* two comparisons in a row disagree in the same way */
	bool driver_bound;
	/* Destroyed: pages in flight when this was first seen, and last. */
	int64_t drain_first, drain_last;
	uint64_t drain_first_ms, drain_last_ms;
	bool trusted; /* no loss since the words were last corrected */

	bool audited, audit_stable;
	uint32_t in_cache, in_ring;
	int64_t out; /* inflight - in_cache - in_ring */
	int64_t oldest_ms; /* -1: unknown */

	/* At the traffic's end, before our XDP programs were taken off. */
	bool was_attached;
	struct attached_fact attached;

	/* Function tier. */
	bool has_flow;
	struct paths_fact flow; /* where its pages went */
	bool followed; /* pages out were compared with the pool's count */
	int64_t followed_out, followed_unsure, followed_kernel;

	bool netlink_counted;
	uint64_t netlink_inflight;

	/* Of the last holder walk that named the pool. */
	struct held held;
	uint32_t holders_walk; /* the walk that these are of */
	struct holder_facts holders; /* biggest first, once finished */
	struct page_facts unheld_pages;
	bool attributed; /* stalled, and each page in flight has a holder */
	/* What keeps its unheld pages from being called leaked. */
	enum doubt unheld_doubt;

	bool nudged; /* pages in flight before and after the nudge */
	int64_t nudged_before, nudged_after;

	struct page_facts pages; /* of a stalled pool, still out */
	uint32_t pages_unlisted;
	struct strings hold_stack;
};

/* Pools that came and went and are not kept one by one. */
struct gone_pools {
	uint64_t pools, events, conclusive;
	uint64_t gaps; /* pools of these with a gap */
	uint64_t lost, bursts;
};

/* XDP programs that are not kept one by one. */
struct gone_xdp {
	uint64_t programs;
	struct actions_fact packets;
};

struct finding {
	enum model_check check;
	enum check_severity severity;
	uint64_t count; /* 0: none, and the rest is empty */
	struct evidence_fact evidence; /* the first one */
	enum confidence confidence;
};

/* A broken transition that waits for its pools' windows to close. */
struct suspicion {
	enum model_check check;
	uint32_t slot[2], life[2];
	bool waits[2];
	bool history; /* counts only when something direct proves it */
	struct evidence_fact evidence;
};

struct session {
	bool begun; /* meta was fed */
	struct meta_fact meta;
	struct hook_facts hooks;
	struct blind_facts blind;
	struct loss_facts losses;
	struct xdp_facts xdp; /* the last of each id */
	struct gone_xdp xdp_gone;
	bool has_netlink, has_counters, has_timing, has_probe;
	struct netlink_fact netlink; /* the last one; so with the next two */
	struct counters_fact counters;
	struct timing_fact timing;
	struct probe_fact probe; /* where it is there nothing was watched */
	struct note_facts notes;

	struct walk_fact walk; /* the last one, where walk_count is not 0 */
	uint32_t walk_count; /* holder walks in all */
	uint32_t walks_placed; /* of these, walks that emitted their places */
	bool walk_placed; /* the last one did */
	/*
	 * Those of the last walk, and those that any walk could not look into
	 * (walked is false). One of each name.
	 */
	struct place_facts places;
	bool was_nudged;
	struct nudge_fact nudge; /* the last one */

	struct pool **pools;
	size_t pool_count;
	size_t final_count; /* of these, gone for good */
	struct gone_pools gone;
	struct suspicion *suspicions;
	size_t suspicion_count;
	struct set known; /* keys of all evidence so far */
	struct set proven; /* pools and pages of direct evidence */
	uint64_t dropped[CHECK_COUNT]; /* suspicions inside a gap */
	uint64_t unproven[CHECK_COUNT]; /* of history, at the end */
	uint64_t unstored; /* in whole windows, but no evidence slot was free */
	struct finding findings[CHECK_COUNT];
	bool workload_failed;
	/*
	 * What reports list: pages and holders of at least this age, as meta
	 * says. Nothing that leads to the verdict may read it.
	 */
	uint64_t min_age_ms;
	bool finished;
	uint64_t duration_ms;
};

struct session *session_new(void);
void session_free(struct session *session);

/*
 * Takes one fact, and copies what it keeps. Returns 0, -ENOMEM, or -EINVAL for
 * a fact that contradicts what came before it: of a pool or a walk that no
 * fact named, a second meta.
 */
int session_feed(struct session *session, const struct fact *fact);

/* A sink that feeds this session. */
struct fact_sink session_sink(struct session *session);

/* Derives what follows from the facts at the end; call once. */
void session_finish(struct session *session);

struct pool *session_pool(const struct session *session, uint32_t slot,
			  uint32_t life);

/* One look at a system (audit, holders), without traffic to judge. */
bool session_is_snapshot(const struct session *session);

/* Why a check is blind in this session, NULL when it is not. */
const struct blind_fact *session_blind(const struct session *session,
				       enum model_check check);

/* Does some finding name this pool? */
bool has_finding(const struct session *session, const struct pool *pool);

/* qsort()'s order of two struct holder_fact: most pages, then most bytes. */
int holder_compare(const void *a, const void *b);

/* The pool that a finding's evidence names, NULL when it is unknown. */
const struct pool *finding_pool(const struct session *session,
				const struct finding *finding);

/* How many places some holder walk could not look into. */
size_t session_blind_spots(const struct session *session);

#endif
