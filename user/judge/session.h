/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session: all facts of one watch, and nothing else. It is built from
 * frames (JSON objects, one fact each, docs/recording.md), whether they come
 * from the running kernel or from a recording; so a replay gives the same
 * session, and the verdict is a pure function of it.
 */
#ifndef NETMEM_SESSION_H
#define NETMEM_SESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/records.h"

#define SESSION_SCHEMA "netmem-check/1"

enum check_severity { SEVERITY_FAIL, SEVERITY_WARN, SEVERITY_INCONCLUSIVE };
enum check_tier { TIER_TRACEPOINT, TIER_FUNCTION, TIER_AUDIT, TIER_XDP };

struct check_info {
	const char *id;
	enum check_severity severity;
	enum check_tier tier;
	const char *headline;
	const char *causes;
	const char *next;
};

/* Indexed by enum model_check; entry 0 (CHECK_NONE) is empty. */
extern const struct check_info check_infos[CHECK_COUNT];

const char *severity_name(enum check_severity severity);
const char *tier_name(enum check_tier tier);
/* The check with this id, CHECK_NONE when there is none. */
enum model_check check_by_id(const char *id);

/* Name of a model state ("HELD"), and back (STATE_COUNT: no such state). */
const char *state_name(enum model_state state);
enum model_state state_by_name(const char *name);
/* What the model says about a state: "in no pool". */
const char *state_text(enum model_state state);

/* The same for events; event_by_name() gives EVENT_COUNT for no such event. */
const char *event_name(enum model_event event);
enum model_event event_by_name(const char *name);
const char *event_text(enum model_event event);

enum pool_state { POOL_STATE_ACTIVE, POOL_STATE_STALLED, POOL_STATE_GONE };
const char *pool_state_name(enum pool_state state);

/* A page of a stalled pool that is still out. */
struct page_fact {
	uint64_t frame; /* or a net_iov's reference */
	enum model_state state;
	/* Since it was handed out; without functions, since it entered the pool. */
	uint64_t age_ms;
	json_t *known; /* its frame: recycled, handed_out, returned, xdp_verdict */
};

/* What a holder walk counted of a pool's pages. */
struct held_fact {
	uint32_t walks; /* that told of the pool; 0: it was not walked */
	uint32_t walk; /* number of the last of these */
	int64_t out; /* neither in the cache nor in the ring */
	int64_t attributed; /* of these, some holder has them */
	int64_t unheld; /* of these, unmoved, no holder in two walks */
};

struct pool_fact {
	uint32_t slot, life;
	uint64_t pool; /* kernel address */
	char device[64]; /* "" when unknown */
	uint32_t ifindex;
	uint64_t netns;
	int queue; /* -1: unknown */
	uint32_t netlink_id, xdp_mem_id, napi_id, order, size;
	bool born_seen, dma_map, dma_tracked;
	bool judged; /* false: filtered out by -i */
	enum pool_state state;
	bool final; /* gone, and no frame will name it again */

	uint64_t events; /* holds and releases that the kernel counted */
	uint64_t conclusive; /* of these, in windows without a gap */
	uint32_t windows, gaps;
	uint64_t unstored; /* violations without evidence, window still open */
	uint64_t net_iov; /* of those in the shadow */
	bool unfollowed; /* it may have net_iovs that are not there */
	bool reordered; /* a net_iov of it was met out of order */

	/* The last look after the drain. */
	bool counted, quiet;
	uint32_t hold, release;
	int32_t inflight;
	int64_t shadow_held, scan_held; /* -1: this witness did not look */
	bool mismatch; /* two looks in a row disagree in the same way */
	bool driver_bound;
	bool trusted; /* no loss since the words were last corrected */

	bool audited, audit_rested;
	uint32_t in_cache, in_ring;
	int64_t out; /* inflight - in_cache - in_ring */
	int64_t oldest_ms; /* -1: unknown */

	/* At the traffic's end, before our XDP programs were taken off. */
	json_t *attached; /* as the report has it, or NULL */

	/* Function tier. */
	json_t *flow; /* where its pages went, or NULL */
	bool followed; /* pages out were compared with the pool's count */
	int64_t followed_out, followed_unsure, followed_kernel;

	bool netlink_counted;
	uint64_t netlink_inflight;

	/* Of the last holder walk that told of the pool. */
	struct held_fact held;
	uint32_t holders_walk; /* the walk that these are of */
	json_t *holders; /* array of holder frames, biggest first, or NULL */
	struct page_fact *unheld_pages;
	size_t unheld_page_count;
	bool attributed; /* stalled, and each page in flight has a holder */
	/* What keeps its unheld pages from being called leaked, or NULL. */
	const char *unheld_doubt;

	bool nudged; /* pages in flight before and after the nudge */
	int64_t nudged_before, nudged_after;

	struct page_fact *pages;
	size_t page_count;
	uint32_t pages_unlisted;
	json_t *hold_stack; /* array of strings, or NULL */
};

/* Pools that came and went and are not kept one by one. */
struct gone_pools {
	uint64_t pools, events, conclusive;
	uint64_t gaps; /* pools of these with a gap */
};

struct finding {
	enum model_check check;
	enum check_severity severity;
	uint64_t count;
	json_t *evidence; /* the first one's frame */
	/* "direct", "complete window", "counters", "holder walks" */
	const char *confidence;
};

/* A broken transition that waits for its pools' windows to close. */
struct suspicion {
	enum model_check check;
	uint32_t slot[2], life[2];
	bool waits[2];
	bool history; /* counts only when something direct proves it */
	json_t *evidence;
};

struct session {
	json_t *meta; /* the meta frame */
	json_t *hooks; /* array: {hook, how, without} */
	json_t *blind; /* array: {check, why} */
	json_t *losses; /* array: {what, count, why} */
	json_t *xdp; /* array of xdp frames, the last of each instance */
	json_t *xdp_gone; /* sums of those that are not kept: programs, packets */
	json_t *netlink; /* the last netlink frame, or NULL */
	json_t *notes; /* array of strings */
	json_t *counters; /* the last counters frame, or NULL */
	json_t *timing; /* the timing frame, or NULL */
	json_t *probe; /* the probe frame, or NULL: then nothing was watched */

	json_t *walk; /* the last walk frame, or NULL */
	uint32_t walk_count; /* holder walks in all */
	uint32_t walk_number; /* of the last one */
	uint32_t walks_placed; /* of these, walks that told where they looked */
	bool walk_placed; /* the last one did */
	/*
	 * Array of {place, walked, objects, [why]}: those of the last walk, and
	 * those that any walk could not look into (walked is false).
	 */
	json_t *places;
	json_t *nudge; /* the last nudge frame, or NULL */

	struct pool_fact **pools;
	size_t pool_count;
	size_t final_count; /* of these, gone for good */
	struct gone_pools gone;
	struct suspicion *suspicions;
	size_t suspicion_count;
	json_t *known; /* object: keys of all evidence so far */
	json_t *proven; /* object: pools and pages of direct evidence */
	uint64_t dropped[CHECK_COUNT]; /* suspicions inside a gap */
	uint64_t unproven[CHECK_COUNT]; /* of history, at the end */
	uint64_t unstored; /* in whole windows, but no evidence slot was free */
	struct finding findings[CHECK_COUNT];
	bool workload_failed;
	/*
	 * What reports list: pages and holders of at least this age, as the
	 * meta frame says. Nothing that leads to the verdict may read it.
	 */
	uint64_t min_age_ms;
	bool finished;
	uint64_t duration_ms;
};

struct session *session_new(void);
void session_free(struct session *session);

/*
 * Takes one frame; keeps a reference of what it needs. Returns 0, or -EINVAL
 * for a frame of unknown type or with missing or mistyped members.
 */
int session_feed(struct session *session, json_t *frame);

/* Derives what follows from the facts at the end; call once. */
void session_finish(struct session *session);

struct pool_fact *session_pool(const struct session *session, uint32_t slot,
			       uint32_t life);

/* One look at a system (audit, holders), without traffic to judge. */
bool session_is_snapshot(const struct session *session);

/* Why pools may stay hidden from a snapshot; NULL where they do not. */
const char *session_hidden(const struct session *session);

/* Why a check is blind in this session, NULL when it is not. */
const char *blind_why(const struct session *session, enum model_check check);

/* Pool name for people: "veth0/3", "veth0", or "pool 0xffff...". */
const char *pool_name(const struct pool_fact *pool, char *buffer, size_t size);

/*
 * A holder for people: "tcp 10.0.0.1:5201 < 10.0.0.2:40312  iperf3[1234]",
 * "tbf on eth0, queue 2".
 */
const char *holder_name(json_t *holder, char *buffer, size_t size);

/* How many places some holder walk could not look into. */
size_t session_blind_spots(const struct session *session);

/* Their names, "qdiscs, receive ring of eth0 and 3 more", "" without any. */
const char *blind_spots_text(const struct session *session, char *buffer,
			     size_t size);

#endif
