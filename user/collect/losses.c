// SPDX-License-Identifier: GPL-2.0
/* What was counted rather than seen: the hooks' counters, losses, sums of pools. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"

/* What the kernel kept from a hook's first program, and who took it instead. */
struct nesting {
	enum loss_kind what;
	uint64_t missed; /* by the first program, while armed */
	uint64_t taken; /* of these, by the second */
};

/*
 * The second program takes an event only when the first missed it, so what is
 * lost is the difference. Misses are read before the counters: an event that
 * comes between is then taken and not missed, which is no loss.
 */
static void emit_nested_loss(struct live *live, const struct nesting *nesting)
{
	char why[160];

	if (nesting->missed <= nesting->taken)
		return;
	snprintf(why, sizeof(why),
		 "%s that interrupted this hook on the same CPU: %" PRIu64
		 ", handled by the second program: %" PRIu64,
		 loss_name(nesting->what), nesting->missed, nesting->taken);
	live_emit_loss(live, nesting->what, nesting->missed - nesting->taken,
		       why);
}

static void emit_counts(struct live *live, const struct hook_counters *counters,
			const struct nesting *holds,
			const struct nesting *releases, uint64_t frees)
{
	struct fact fact = { .type = FACT_counters };
	struct counters_fact *to = &fact.counters;

	fact_set(to, counters, frames_outside, counters->frames_outside);
	fact_set(to, counters, net_iovs_outside, counters->net_iovs_outside);
	fact_set(to, counters, steps_lost, counters->steps_lost);
	fact_set(to, counters, xdp_exceptions, counters->xdp_exceptions);
	fact_set(to, counters, redirect_errors, counters->redirect_errors);
	fact_set(to, counters, xdp_inspected, counters->xdp_inspected);
	fact_set(to, counters, xdp_frags_inspected,
		 counters->xdp_frags_inspected);
	fact_set(to, counters, xdp_unpooled, counters->xdp_unpooled);
	fact_set(to, counters, mem_connects, counters->mem_connects);
	fact_set(to, counters, mem_disconnects, counters->mem_disconnects);
	fact_set(to, counters, frees_not_inspected, frees);
	if (live->loader.skel && live->loader.skel->rodata->reference_every)
		fact_set(to, counters, referenced,
			 live->loader.bss->referenced_pages);
	fact_set(to, counters, hold_misses, holds->missed);
	fact_set(to, counters, nested_holds, holds->taken);
	fact_set(to, counters, release_misses, releases->missed);
	fact_set(to, counters, nested_releases, releases->taken);
	fact_set(to, counters, ends_unseen, counters->ends_unseen);
	live_emit(live, &fact);
}

static void emit_losses(struct live *live, const struct hook_counters *counters,
			uint64_t frees)
{
	live_emit_loss(live, LOSS_FRAMES, counters->frames_outside,
		       "page frames outside the shadow");
	live_emit_loss(live, LOSS_NET_IOVS, counters->net_iovs_outside,
		       "events of net_iovs for which the shadow had no room");
	live_emit_loss(live, LOSS_STEPS, counters->steps_lost,
		       "compare-and-swap retries exhausted");
	live_emit_loss(
		live, LOSS_EVIDENCE, counters->evidence_lost,
		"violations without an evidence slot, of too many pools to count each");
	live_emit_loss(live, LOSS_RECORDING, counters->recording_lost,
		       "events not in the recording: its reader was too slow");
	live_emit_loss(
		live, LOSS_FREES, frees,
		"frees not inspected (recursion); the final scan covers them");
}

/*
 * Would a pool without a slot have been judged? One whose device nobody knows
 * may be of any.
 */
static bool may_be_judged(const struct live *live, struct pool_identity *id)
{
	struct pool_fact pool = {};
	struct pool_names names = {};

	live_identify_pool(id, &names, &pool);
	return live_pool_wanted(live, id, &pool) ||
	       live_lacks_queue(live, id, &pool) ||
	       (!id->ifindex && !id->bus_device && !(id->flags & POOL_OF_CPU) &&
		testing_netns_wanted(0));
}

void live_emit_untracked(struct live *live)
{
	struct hook_counters counters;
	struct pool_identity *pools;
	int count, i;
	uint64_t judged;

	count = loader_counters(&live->loader, &counters);
	if (!count)
		count = loader_untracked(&live->loader, &pools);
	if (count < 0) {
		live_fail(live, count);
		return;
	}
	/* Each event of a pool beyond the list counts there: one more at least. */
	judged = counters.pools_unlisted != 0;
	for (i = 0; i < count; i++)
		judged += may_be_judged(live, &pools[i]);
	free(pools);
	live_emit_loss(live, LOSS_POOLS, judged, "pools without a slot");
}

void live_emit_counters(struct live *live)
{
	struct loader *loader = &live->loader;
	struct nesting holds = {
		.what = LOSS_HOLDS,
		.missed = loader_misses_since(loader, "hold",
					      loader->bss->early_hold_misses),
	};
	struct nesting releases = {
		.what = LOSS_RELEASES,
		.missed = loader_misses_since(
			loader, "release", loader->bss->early_release_misses),
	};
	uint64_t frees = loader_misses(loader, "mm_free");
	struct hook_counters counters;
	int err;

	/* Without them nobody knows what was lost: no verdict stands on that. */
	err = loader_counters(loader, &counters);
	if (err) {
		live_fail(live, err);
		return;
	}
	holds.taken = counters.nested_holds;
	releases.taken = counters.nested_releases;
	emit_counts(live, &counters, &holds, &releases, frees);
	live_emit_blind_xdp(live, &counters);
	live_emit_blind_audit(live);
	live_emit_function_losses(live, &counters);
	emit_nested_loss(live, &holds);
	emit_nested_loss(live, &releases);
	live_emit_xdp_losses(live);
	emit_losses(live, &counters, frees);
}

/*
 * Pools that BPF summed up by device. Where devices were asked for, those of
 * others do not matter, and nobody can say whether one of unknown device does.
 */
void live_emit_folded(struct live *live)
{
	struct fact fact = { .type = FACT_folded };
	struct folded_fact *all = &fact.folded;
	struct folded_pools *sums;
	uint64_t unknown = 0;
	int count, i;

	count = loader_folded(&live->loader, &sums);
	if (count < 0)
		live_fail(live, count);
	for (i = 0; i < count; i++) {
		struct netdev_place place = { sums[i].ifindex, sums[i].netns };

		if (!testing_netns_wanted(place.netns))
			continue;
		if (filter_is_set(&live->options.filter) ||
		    (live_has_devices(live) && !place.ifindex)) {
			unknown += sums[i].pools;
			continue;
		}
		if (!live_place_wanted(live, place))
			continue;
		all->pools += sums[i].pools;
		all->events += sums[i].events;
		all->conclusive += sums[i].conclusive;
	}
	free(sums);
	live_emit_loss(
		live, LOSS_SHORT_LIVED, unknown,
		"pools that were destroyed before anybody read whose they were");
	if (all->pools)
		live_emit(live, &fact);
}
