// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own lists of page pools: the xarray page_pools has all of them,
 * netlink those of our network namespace whose driver names a net device. A
 * pool that is listed and that we did not find was not looked at.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/netlink.h"
#include "user/kernel/registry.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"
#include "user/util/util.h"

/* An event that is under way has come by then. */
#define LOOK_AGAIN_US 20000

/* ---- the xarray ---- */

/* Each pool of the list has a slot afterwards, idle ones as well. */
static int walk(struct live *live)
{
	struct pool_lists *lists = &live->lists;
	struct registry registry;
	int err = registry_find(&registry);

	lists->why[0] = 0;
	live->loader.bss->registry_cut = 0;
	if (!err)
		err = registry_walk(live->loader.demand_fds[DEMAND_REGISTRY],
				    &registry);
	lists->name = registry.name;
	lists->whole = !err && !registry.blind &&
		       !live->loader.bss->registry_cut;
	if (registry.blind)
		snprintf(lists->why, sizeof(lists->why), "%s", registry.blind);
	else if (err)
		snprintf(lists->why, sizeof(lists->why),
			 "the kernel's list cannot be walked: %s",
			 error_text(err));
	else if (live->loader.bss->registry_cut)
		snprintf(lists->why, sizeof(lists->why),
			 "the kernel's list was too deep to follow");
	return err;
}

void live_walk_registry(struct live *live)
{
	int err = walk(live);

	if (live->lists.why[0] && !live->loader.bss->registry_cut)
		live_emit_note(
			live, NOTE_IDLE_POOLS,
			"pools without a page, or with net_iovs only, cannot be seen: %s",
			live->lists.why);
	if (!err)
		live_emit_loss(
			live, LOSS_REGISTRY, live->loader.bss->registry_cut,
			"places of the kernel's list of pools that were too deep or too long to follow");
}

/* ---- pools that we did not find ---- */

static void miss(struct live *live, const struct pool_identity *id,
		 uint64_t inflight, const char *list)
{
	struct missed_pool_fact missed = {};
	struct fact pool = { .type = FACT_pool };
	char device[DEVICE_LEN + 1];

	snprintf(device, sizeof(device), "%.*s", DEVICE_LEN, id->device);
	fact_set(&missed, missed_pool, list, list);
	fact_set(&missed, missed_pool, id, id->netlink_id);
	fact_set(&missed, missed_pool, ifindex, id->ifindex);
	fact_set(&missed, missed_pool, device, device);
	fact_set(&missed, missed_pool, inflight, inflight);
	pool.pool.device = device;
	fact_set(&pool.pool, pool, netlink_id, id->netlink_id);
	fact_complete(FACT_pool, &pool.pool);
	/* One of an unknown device may be of any. */
	fact_set(&missed, missed_pool, judged,
		 live_pool_wanted(live, id, &pool.pool) ||
			 (!id->ifindex && testing_netns_wanted(0)));
	live_fail(live,
		  facts_append(FACT_missed_pool, &live->lists.missed, &missed));
}

/*
 * Has the pool had pages of which we saw none enter? Those of a pool older than
 * the watch do not count: it is found before.
 */
static bool is_unseen(struct live *live, uint32_t slot)
{
	struct pool_reading reading;

	if (loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
		return false;
	reading = live->loader.bss->pool_reading;
	return reading.readable && reading.hold && !reading.hold_seen;
}

static bool is_new(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	return pool->status >= POOL_ACTIVE && pool->status != POOL_CLOSING &&
	       live->watches[slot].seq != pool->seq;
}

void live_find_idle(struct live *live)
{
	uint32_t unseen[16], count = 0, slot, i;
	struct pool_record *pool;

	/* What is idle has lost nothing: no gap as for one that events name. */
	live->loader.bss->seeding = SEEDING_LISTS;
	walk(live);
	live->loader.bss->seeding = SEEDING_NOT;
	for (slot = 1; slot < SLOT_COUNT && count < ARRAY_LEN(unseen); slot++)
		if (is_new(live, slot) && is_unseen(live, slot))
			unseen[count++] = slot;
	if (count)
		usleep(LOOK_AGAIN_US);
	for (i = 0; i < count; i++) {
		pool = &live->loader.pools[unseen[i]];
		if (is_new(live, unseen[i]) && is_unseen(live, unseen[i]))
			miss(live, &pool->id,
			     live->loader.bss->pool_reading.hold -
				     live->loader.bss->pool_reading.release,
			     live->lists.name);
	}
	live_emit_pools(live);
}

/* ---- netlink ---- */

/* The kernel's numbers of all pools that have a slot; NULL without memory. */
static uint32_t *known_ids(const struct live *live, size_t *count)
{
	uint32_t *ids = calloc(SLOT_COUNT, sizeof(*ids));
	const struct pool_record *pool;
	uint32_t slot;

	*count = 0;
	for (slot = 1; ids && slot < SLOT_COUNT; slot++) {
		pool = &live->loader.pools[slot];
		if (pool->status >= POOL_ACTIVE)
			ids[(*count)++] = pool->id.netlink_id;
	}
	return ids;
}

/* What the kernel lists and we do not know, now. */
static int list_unknown(struct live *live, struct netlink_pool **pools,
			size_t *count)
{
	int err = netlink_pools(pools, count);
	uint32_t *ids;
	size_t known;

	if (err)
		return err;
	ids = known_ids(live, &known);
	if (ids)
		*count = netlink_drop_known(*pools, *count, ids, known);
	else
		live_fail(live, -ENOMEM);
	free(ids);
	return 0;
}

static void miss_listed(struct live *live, const struct netlink_pool *pools,
			size_t count)
{
	struct pool_identity id = { .netns = live->netdevs.own_netns };
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(id.device, sizeof(id.device), "%s",
			 live_netdev_name(live, id.netns, pools[i].ifindex));
		id.netlink_id = pools[i].id;
		id.ifindex = pools[i].ifindex;
		miss(live, &id, pools[i].inflight, "netlink");
	}
}

/* Looks twice: what came or went meanwhile was not missed. */
static void compare_netlink(struct live *live)
{
	struct netlink_pool *before, *after = NULL;
	size_t before_count, count = 0;

	if (list_unknown(live, &before, &before_count))
		return;
	if (before_count) {
		usleep(LOOK_AGAIN_US);
		if (!list_unknown(live, &after, &count))
			count = netlink_keep_common(after, count, before,
						    before_count);
		miss_listed(live, after, count);
	}
	free(after);
	free(before);
}

void live_emit_lists(struct live *live)
{
	struct pool_lists *lists = &live->lists;
	struct fact fact = { .type = FACT_pool_list };
	struct pool_list_fact *list = &fact.pool_list;

	compare_netlink(live);
	live_emit_pools(live);
	fact_set(list, pool_list, name, lists->name ? lists->name : "");
	list->whole = lists->whole;
	if (lists->why[0])
		fact_set(list, pool_list, why, lists->why);
	fact_set(list, pool_list, missed, lists->missed);
	live_emit(live, &fact);
	facts_clear(FACT_missed_pool, &lists->missed);
}
