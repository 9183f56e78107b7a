/* SPDX-License-Identifier: GPL-2.0 */
/* The verdict: a pure function of a finished session. */
#ifndef NETMEM_VERDICT_H
#define NETMEM_VERDICT_H

#include "user/facts/reasons.h"
#include "user/judge/by_device.h"
#include "user/judge/expect.h"
#include "user/judge/session.h"

/* Exit codes of netmem-check. */
enum exit_code {
	EXIT_PASS = 0,
	EXIT_FAIL = 1,
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_CANNOT = 4, /* this system lacks what it takes (SKIP) */
	EXIT_RUNTIME = 5,
};

struct coverage {
	uint64_t events, conclusive;
	double share; /* conclusive / events; 0 without events */
	double threshold; /* 0 to 1 */
	uint64_t whole; /* events in complete windows, of all pools */
	uint64_t lost, bursts; /* not delivered, and in how many windows */
	size_t pools_judged, pools_compared;
	size_t checks_active, checks_blind;
};

/*
 * Why a verdict is what it is. Pointers are of the session. Members beside the
 * code, where it is not about a pool alone (NULL pointers and 0 elsewhere):
 *
 * FINDING              check, count: violations
 * NO_EVENTS            none
 * NO_POOL,             device that -i names; none: no pool at all
 * NO_POOL_FOUND
 * POOL_NOT_FOUND,      count: pools of the session's pool_list
 * POOL_IDLE_UNSEEN
 * POOL_NOT_FOUND       or loss: pools without a slot
 * COVERAGE_LOW         count: events, of: conclusive ones; the threshold is in
 *                      the session's meta
 * OUTSIDE_SHADOW       pool, count: events, of: pages that a scan found; or loss
 * STEPS_LOST, POOLS_UNTRACKED, FUNCTION_LOST, REGISTRY_CUT
 *                      loss
 * HOOKS_NOT_ALIVE, HOOKS_NOT_EXERCISED, MARK_NOT_PROVEN
 *                      none; the session's control says which and why
 * EVENTS_LOST          loss; or, without one, count: events not delivered, of:
 *                      all, times: bursts, share: in complete windows
 * POOL_GAPS            pool: the first one of its device, count: windows with
 *                      gaps, of: windows, times: pools
 * WALKED_ONCE          pool, count: pages that may have moved, of: pages out
 * MOVED_BETWEEN_WALKS  pool, count: pages that came and went, of: pages out
 * HAND_OUTS_LOST       pool (NULL: pools that are gone), count: lost, of: seen
 *                      and lost
 * UNPROVEN             check, count: suspicions
 * UNSTORED             count: suspicions; or loss: of no known pool
 * UNDECIDED            count: suspicions
 * REPLAY_DIFFERS       loss
 * NET_IOVS_LOST        loss
 * WALK_NOT_DONE        none; that `leaked` is blind says why
 * CUT_SHORT            none; the session's cut says it
 * REDIRECT_ERRORS      redirect
 * WORKLOAD_FAILED      none
 * NO_TRAFFIC           group
 * NOT_AUDITED          group, count: pools that were not, of: pools
 * OUT_GREW             pool, count: pages out at the end, of: at the start
 * NO_SIGNATURE         none; meta.hidden says it
 * STATS_DIFFER         pool; stats_compare() says which
 * EXPECTATION_...      expected
 */
struct reason {
	enum reason_code code;
	const struct pool *pool; /* NULL: not about one pool */
	enum model_check check; /* CHECK_NONE: not about a check */
	const struct loss_fact *loss; /* NULL: not about a loss */
	const struct judged_device *group; /* of the verdict; NULL: about none */
	const struct expected *expected; /* of the verdict; NULL: about none */
	const struct redirect_error_fact *redirect; /* NULL: not about one */
	const struct device_fact *device; /* NULL: not about one device */
	uint64_t count; /* of what the code is about: pages, events, ... */
	uint64_t of; /* out of so many */
	uint64_t times; /* in how many parts */
	double share; /* of what is whole */
};

struct reasons {
	struct reason *items;
	size_t count;
};

struct verdict {
	enum exit_code code; /* PASS, FAIL or INCONCLUSIVE */
	struct coverage coverage;
	struct judged_devices devices;
	struct reasons reasons; /* why it is not a plain PASS */
	struct reasons warnings; /* shown beside PASS */
	struct expected *expected; /* one for each of meta.expect */
	size_t expected_count;
};

/* 0 or -ENOMEM: then there is no verdict. @verdict is to be cleared. */
int verdict_reach(const struct session *session, struct verdict *verdict);
void verdict_clear(struct verdict *verdict);

/* "PASS", "FAIL", "INCONCLUSIVE" */
const char *verdict_name(const struct verdict *verdict);

/* Appends; -ENOMEM leaves the list as it was. */
int reasons_add(struct reasons *list, const struct reason *reason);

/* Does the list have this code? */
bool reasons_have(const struct reasons *list, enum reason_code code);

#endif
