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
	int64_t unaccounted; /* of these, stable, no holder in two walks */
	int64_t referenced; /* of the unaccounted, the search met them */
	int64_t returned; /* in the ring of a destroyed pool */
};

/* Looks in a row that prove together that a pool which is alive leaks. */
#define SUSPECT_LOOKS 3

struct pool {
	uint32_t slot, seq;
	uint64_t address; /* of its struct page_pool */
	char device[64]; /* "" when unknown */
	uint32_t ifindex;
	uint64_t netns;
	int queue; /* -1: unknown */
	int cpu; /* whose system pool it is; -1: none's */
	char driver[32]; /* "" when unknown */
	bool forgotten; /* destroyed; the kernel no longer knows its device */
	bool has_twin; /* a judged one of another namespace has its name */
	uint32_t netlink_id, xdp_mem_id, napi_id, order, size;
	bool born_seen, dma_map, dma_tracked;
	bool judged; /* false: filtered out by -i */
	enum pool_state state;
	int64_t destroyed_ms; /* since it was destroyed; -1: unknown */
	bool final; /* gone, and no fact will name it again */

	uint64_t events; /* holds and releases that the kernel counted */
	uint64_t conclusive; /* of these, in windows without a gap */
	uint32_t windows, gaps, complete; /* windows: all, of these ... */
	uint64_t lost; /* events that were not delivered, in gaps ... */
	uint32_t bursts; /* ... of so many windows */
	uint64_t lost_releases; /* of these, releases */
	bool unexplained; /* of some gap nobody knows what it missed */
	uint64_t unstored; /* those of an older recording, window still open */
	uint64_t net_iov; /* of those in the shadow */
	bool untracked; /* it may have net_iovs that are not there */
	bool reordered; /* a net_iov of it was met out of order */

	/*
	 * Readings of the kernel's own counters. The first one of a pool whose
	 * birth was seen is 0, so all is of this watch. Statistics only where
	 * has_stats says that this kernel keeps them.
	 */
	uint32_t readings;
	bool has_stats;
	bool first_stable, read_stable; /* first and last saw it at rest */
	bool read_flow; /* the function tier's paths, of both as well */
	uint32_t read_hold, read_release; /* of the last reading */
	uint64_t entered, left; /* pages, between the first and the last */
	struct statistics_fact stats_first, stats_last;
	struct paths_fact flow_first, flow_last;

	/* Of pages without a word: nobody follows them. */
	uint64_t outside_events, outside_pages;
	uint64_t unstepped; /* events without effect on their words */

	/* The last comparison with its pages; stable: at rest, after the drain. */
	bool counted, stable;
	bool compared; /* once, after its first event, all agreed */
	bool differed; /* when it was last at rest they did not */
	uint32_t tries, look_us; /* looks that this took, and one of them */
	uint32_t hold, release;
	int32_t inflight;
	int64_t shadow_held, scan_held; /* -1: this witness did not look */
	bool mismatch; /* two comparisons in a row disagree in the same way */
	bool scanned; /* all memory was read, and the pool at rest meanwhile */
	bool miscounted; /* so the kernel counts wrong, and nothing was lost */
	bool driver_bound;
	/* Destroyed: pages in flight when this was first seen, and last. */
	int64_t drain_first, drain_last;
	uint64_t drain_first_ms, drain_last_ms;
	bool trusted; /* no loss since the words were last corrected */

	bool audited, audit_stable;
	uint32_t in_cache, in_ring;
	bool audit_counted; /* with the pool's own count at that moment: */
	int64_t audit_inflight;
	/* Entries that the worst audit found wrong, whether evidence came or not. */
	uint32_t duplicates, foreign, refcounts, strays;
	char *counters_unread, *entries_unread; /* why not; NULL: they were */
	int64_t out; /* inflight - in_cache - in_ring */
	int64_t oldest_ms; /* -1: unknown */

	/* When the hooks were armed, and after the drain. */
	bool has_first, has_last;
	struct reading_fact first, last;

	/* At the traffic's end, before our XDP programs were taken off. */
	bool was_attached;
	struct attached_fact attached;

	/* XDP: frames that were inspected on its pages. */
	uint64_t frames, frames_misaligned;

	/* Function tier. */
	bool has_flow;
	struct paths_fact flow; /* where its pages went */
	bool followed; /* pages out were compared with the pool's count */
	int64_t followed_out, followed_unsure, followed_kernel;

	bool netlink_counted;
	uint64_t netlink_inflight;
	bool has_bytes; /* of its pages in flight */
	uint64_t bytes;

	/* Of the last holder walk that named the pool. */
	struct held held;
	uint32_t holders_walk; /* the walk that these are of */
	struct holder_facts holders; /* biggest first, once finished */
	struct page_facts unheld_pages;
	struct container_facts containers; /* of the search */
	bool attributed; /* stalled, and each page in flight has a holder */
	/* What keeps its unheld pages from being called leaked. */
	enum leak_reason leak_reason;

	/* Alive at the end: what its device may have, and what nobody has. */
	bool has_posted;
	struct posted_fact posted;
	/* Looks in a row that prove something, oldest first: the last ones, or ... */
	struct suspects_fact looks[SUSPECT_LOOKS];
	unsigned int look_count;
	/*
	 * ... those that prove together that it leaks: the same pages were met
	 * nowhere in all three, more than its device can have, they became more,
	 * and pages moved meanwhile.
	 */
	bool leaking;

	bool kicked; /* pages in flight before and after the kick */
	int64_t kicked_before, kicked_after;

	struct page_facts pages; /* of a stalled pool, still out */
	uint32_t pages_unlisted;
	struct strings hold_stack;
};

/*
 * What became of the pages of one pool, or of several: by the kernel's counters
 * and statistics, and where it keeps none by the function tier. Of the pages
 * that came back or left, the share that the pool kept is what was recycled: a
 * page leaves when its ring is full, when somebody else has a reference, and
 * when who has it does not give it back. A pool that fills for the first time
 * makes no difference.
 */
struct usage {
	bool of_kernel; /* numbers are there */
	bool has_allocations, has_kept;
	bool totals; /* since the pool was made: there was one reading only */
	uint64_t allocations; /* each is of one page */
	uint64_t kept; /* came back, into cache or ring */
	uint64_t entered, left;
	struct statistics_fact numbers;
};

/* Pools that came and went and are not kept one by one. */
struct gone_pools {
	uint64_t pools, events, conclusive;
	uint64_t gaps; /* pools of these with a gap */
	uint64_t untracked; /* pools that may have had unknown net_iovs */
	uint64_t hand_outs,
		hand_outs_lost; /* allocations and puts: seen, not */
	struct usage usage;
	uint64_t outside; /* events of pages without a word */
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
	uint64_t replayed; /* of these, found again in recorded events */
	bool at_least; /* some could not be counted */
	struct evidence_fact evidence; /* the first one */
	enum confidence confidence;
};

/* A broken transition that waits for its pools' windows to close. */
struct suspicion {
	enum model_check check;
	uint32_t slot[2], seq[2];
	bool waits[2];
	bool history; /* counts only when something direct proves it */
	uint64_t unstored; /* without evidence: so many of them; else 0 */
	struct evidence_fact evidence;
};

struct session {
	bool begun; /* meta was fed */
	struct meta_fact meta;
	struct hook_facts hooks;
	struct blind_facts blind;
	struct referenced_facts referenced; /* pools that pages left so */
	struct loss_facts losses;
	struct device_facts devices; /* the last of each netns and ifindex */
	struct xdp_facts xdp; /* the last of each id */
	struct gone_xdp xdp_gone;
	struct redirect_error_facts redirect_errors; /* the last of each */
	bool has_control;
	struct control_fact control; /* the last one */
	bool has_netlink, has_pool_list, has_counters, has_timing, has_probe;
	struct netlink_fact netlink; /* the last one; so with the next three */
	struct pool_list_fact pool_list;
	struct counters_fact counters;
	struct timing_fact timing;
	struct probe_fact probe; /* where it is there nothing was watched */
	struct note_facts notes;

	struct walk_fact walk; /* the last one, where walk_count is not 0 */
	uint32_t walk_count; /* holder walks in all */
	uint32_t walks_placed; /* of these, walks that emitted their places */
	bool walk_placed; /* the last one did */
	struct sweep_fact sweep; /* the last one; walk 0: there was none */
	uint32_t whole_sweeps;
	struct search_fact search; /* the last one; walk 0: there was none */
	struct searched_facts searched; /* of that one */
	/*
	 * Those of the last walk, and those that any walk could not look into
	 * (walked is false). One of each name.
	 */
	struct place_facts places;
	bool was_nudged;
	struct nudge_fact kick; /* the last one */

	struct pool *newest[SLOT_COUNT]; /* of each slot; NULL: none */
	struct pool **pools;
	size_t pool_count;
	size_t final_count; /* of these, gone for good */
	struct gone_pools gone;
	uint64_t outside_events; /* of all pools, gone and not judged ones as well */
	struct suspicion *suspicions;
	size_t suspicion_count;
	struct suspicion *lapsed; /* dropped ones, in case nothing was lost */
	size_t lapsed_count;
	struct set known; /* keys of all evidence so far */
	struct set proven; /* pools and pages of direct evidence */
	uint64_t dropped[CHECK_COUNT]; /* suspicions inside a gap */
	uint64_t unproven[CHECK_COUNT]; /* of history, at the end */
	/* Frames and fragments of judged pools, those of pools that are not kept too. */
	uint64_t misaligned;
	uint64_t released_in_use; /* pages; of those as well */
	/* Confirmed, but no evidence slot was free; at the end those of no finding. */
	uint64_t unstored[CHECK_COUNT];
	struct finding findings[CHECK_COUNT];
	bool workload_failed, workload_ended;
	int workload_status; /* of one that ended */
	bool was_cut; /* a second signal ended the watch early */
	struct cut_fact cut;
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

/* Adds to what the watch was asked to expect; 0 or -ENOMEM. */
int session_expect(struct session *session, const struct strings *expect);

/* Derives what follows from the facts at the end; call once. */
void session_finish(struct session *session);

struct pool *session_pool(const struct session *session, uint32_t slot,
			  uint32_t seq);

/* The net device of a pool, NULL: unknown. */
const struct device_fact *session_device(const struct session *session,
					 const struct pool *pool);

/* ---- stats.c ---- */

/*
 * The kernel's statistics of this watch: the last reading less the first. All 0
 * where it keeps none, or where there was one reading only.
 */
struct statistics_fact pool_stats(const struct pool *pool);

/* Of this watch; of a snapshot, and where there was one reading only, totals. */
struct usage pool_usage(const struct session *session, const struct pool *pool);
void usage_add(struct usage *sum, const struct usage *usage);
/* 0 to 1; below 0: not known, or no page came back or left. */
double usage_recycled(const struct usage *usage);

/* Which count of the kernel's statistics another count contradicts. */
enum stats_count {
	STATS_AGREE,
	STATS_NOT_COMPARED, /* no statistics, or the pool was not at rest */
	STATS_ENTERED, /* pages that entered, beside calls of the page allocator */
	STATS_LEFT, /* pages that left, beside those released on return */
	/* the function tier's */
	STATS_ALLOCATED,
	STATS_CACHED,
	STATS_RING,
	STATS_RING_FULL,
	STATS_REFCOUNT,
};

/* The first that differs, by the statistics and by the other count. */
struct stats_difference {
	enum stats_count of;
	uint64_t kernel, other;
};

struct stats_difference stats_compare(const struct session *session,
				      const struct pool *pool);

/*
 * Has a device that -i names no judged pool, and none of those below it? False
 * where nobody can say: pools that went are not kept one by one.
 */
bool session_lacks_pools(const struct session *session,
			 const struct device_fact *device);

/* The same of all devices together: no pool was judged. */
bool session_has_no_pool(const struct session *session);

/* Has it a pool that is judged? */
bool session_device_is_judged(const struct session *session,
			      const struct device_fact *device);

/* Why a device has no pool of its own. */
enum no_pool session_why_no_pool(const struct device_fact *device);

/*
 * Where the pools are, judged or not: the device of this name below @device, or
 * one further below; NULL: none has any.
 */
const struct device_fact *session_pools_below(const struct session *session,
					      const struct device_fact *device,
					      const char *name);

/* Is any pool judged? */
bool session_has_judged(const struct session *session);

/* One look at a system (audit, holders), without traffic to judge. */
bool session_is_snapshot(const struct session *session);

/* Did the watched command say so, as a kernel selftest says it (status 4)? */
bool session_command_skipped(const struct session *session);

/* Why a check is blind in this session, NULL when it is not. */
const struct blind_fact *session_blind(const struct session *session,
				       enum model_check check);

/* Is the mark of a pool's page one that nobody may rest on? */
bool session_mark_fails(const struct session *session);

/* A hook that is attached, and that nothing proved to be alive. */
bool session_is_silent(const struct session *session, const char *hook);

/*
 * Was it destroyed, and waits for pages? With all of them back it only waits for
 * the kernel's next check; one that counts fewer than none will wait for ever,
 * but for no page (negative_inflight).
 */
bool pool_waits(const struct pool *pool);

/* Pages that two walks met nowhere. */
int64_t pool_unheld(const struct pool *pool);

/* Pages that left the pool with more than one reference; NULL: none. */
const struct referenced_fact *pool_referenced(const struct session *session,
					      const struct pool *pool);

/* Has the pool pages that nobody follows? */
bool pool_is_outside(const struct pool *pool);

/* Does some finding name this pool? */
bool has_finding(const struct session *session, const struct pool *pool);

/* qsort()'s order of two struct holder_fact: most pages, then most bytes. */
int holder_compare(const void *a, const void *b);

/* The pool that a finding's evidence names, NULL when it is unknown. */
const struct pool *finding_pool(const struct session *session,
				const struct finding *finding);

/* How many places some holder walk could not look into. */
size_t session_blind_spots(const struct session *session);

/* Not walked, and not a place of packets alone that sweeps made up for. */
bool session_is_blind_spot(const struct session *session,
			   const struct place_fact *place);

/* After each walk a whole sweep: what it does not meet is in no packet. */
bool session_is_swept(const struct session *session);

#endif
