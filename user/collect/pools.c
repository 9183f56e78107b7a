// SPDX-License-Identifier: GPL-2.0
/* Pools coming and going, and the windows that prove their event streams. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/netdevs.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"
#include "user/util/testing.h"
#include "user/util/util.h"

/* Samples to find a stream's true offset: late events only raise it. */
#define OPEN_SAMPLES 16
#define OPEN_DISTANCE_US 50
/* Tries to find a pool at rest within one tick. */
#define CLOSE_TRIES 20
#define CLOSE_DISTANCE_US 100
/* Ticks in a row with events missing that make a gap. */
#define GAP_TICKS 2

static uint64_t own_netns(void)
{
	struct stat ns;

	return stat("/proc/self/ns/net", &ns) ? 0 : ns.st_ino;
}

/* As records have it: names in pools are cut to DEVICE_LEN - 1. */
static bool is_bus_device(const char *netdev, const char *name)
{
	return netdev_hangs_on(SYSFS_NET, netdev, name, DEVICE_LEN - 1);
}

/* As people know a pool: by the kernel's number for it, or by its address. */
static bool is_pool_asked_for(const struct live *live,
			      const struct pool_identity *id)
{
	uint64_t asked = live->options.pool;

	return !asked || id->pool == asked ||
	       (id->netlink_id ? id->netlink_id : id->xdp_mem_id) == asked;
}

bool live_device_wanted(const struct live *live, const struct pool_identity *id)
{
	size_t i;

	if (!is_pool_asked_for(live, id) || !testing_netns_wanted(id->netns))
		return false;
	if (!live->options.device_count)
		return true;
	if (id->netns && id->netns != own_netns())
		return false;
	for (i = 0; i < live->options.device_count; i++)
		if (!strcmp(live->options.devices[i], id->device) ||
		    (!id->ifindex && id->device[0] &&
		     is_bus_device(live->options.devices[i], id->device)))
			return true;
	return false;
}

/*
 * A pool that knows its bus device only is named after the net device there,
 * when that is one, and of this namespace: sysfs may show another's devices.
 */
static void resolve_device(struct pool_identity *id)
{
	struct netdev netdev;

	if (id->ifindex || !(id->flags & POOL_HAS_DEVICE) ||
	    !netdev_of_parent(SYSFS_NET, id->device, DEVICE_LEN - 1, &netdev) ||
	    if_nametoindex(netdev.name) != netdev.ifindex)
		return;
	id->ifindex = netdev.ifindex;
	id->netns = own_netns();
	snprintf(id->device, sizeof(id->device), "%s", netdev.name);
}

static void tell_pool(struct live *live, uint32_t slot,
		      const struct pool_record *pool)
{
	struct pool_identity named = pool->id, *id = &named;
	json_t *frame;

	resolve_device(id);
	frame = json_pack(
		"{s:s, s:i, s:i, s:I, s:s%, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b}",
		"t", "pool", "slot", slot, "life", pool->life, "pool",
		(json_int_t)id->pool, "device", id->device,
		strnlen(id->device, DEVICE_LEN), "judged",
		live_device_wanted(live, id), "ifindex",
		(json_int_t)id->ifindex, "netns", (json_int_t)id->netns,
		"netlink_id", (json_int_t)id->netlink_id, "xdp_mem_id",
		(json_int_t)id->xdp_mem_id, "napi_id", (json_int_t)id->napi_id,
		"order", (json_int_t)id->order, "size",
		(json_int_t)id->pool_size, "born_seen",
		!!(id->flags & POOL_BORN_SEEN), "dma_map",
		!!(id->flags & POOL_DMA_MAP), "dma_tracked",
		!!(id->flags & POOL_DMA_TRACKED));
	if (frame && id->flags & POOL_HAS_QUEUE)
		json_object_set_new(frame, "queue", json_integer(id->queue));
	live_emit(live, frame);
	live->watches[slot].told = pool->id;
}

static void tell_window(struct live *live, uint32_t slot, uint64_t events,
			const char *result)
{
	live_emit(live,
		  json_pack("{s:s, s:i, s:i, s:I, s:s}", "t", "window", "slot",
			    slot, "life", live->watches[slot].life, "events",
			    (json_int_t)events, "result", result));
}

/* A tenant that we did not know; earlier readers may have closed windows. */
static void watch_begin(struct live *live, uint32_t slot,
			const struct pool_record *pool)
{
	const struct pool_windows *windows = &pool->windows;
	struct pool_watch *watch = &live->watches[slot];

	/* The slot changed hands before we came back: BPF kept the numbers. */
	if (watch->life)
		live_emit(live, json_pack("{s:s, s:i, s:i}", "t", "forget",
					  "slot", slot, "life", watch->life));
	memset(watch, 0, sizeof(*watch));
	watch->life = pool->life;
	/* What is pinned goes on without a reader, and must not wait for one. */
	if (!live->options.pinned && !live->options.snapshot)
		live->loader.pools[slot].watched_life = pool->life;
	tell_pool(live, slot, pool);
	if (windows->other_events || windows->gaps)
		tell_window(live, slot, windows->other_events, "gap");
	if (windows->complete_events)
		tell_window(live, slot, windows->complete_events, "complete");
}

static void tell_hold_stack(struct live *live, uint32_t slot,
			    const struct pool_record *pool)
{
	uint32_t depth = pool->hold_stack_depth;

	if (!depth || depth > STACK_DEPTH || live->watches[slot].stack_told)
		return;
	live_emit(live, json_pack("{s:s, s:i, s:i, s:o}", "t", "hold_stack",
				  "slot", slot, "life", pool->life, "stack",
				  symbol_stack(pool->hold_stack, depth)));
	live->watches[slot].stack_told = true;
}

static void tell_state(struct live *live, uint32_t slot,
		       const struct pool_record *pool, const char *state,
		       bool driver_bound)
{
	bool final = pool->status == POOL_CLOSING && !live->options.pinned;

	live_emit(live,
		  json_pack("{s:s, s:i, s:i, s:s, s:I, s:b, s:b}", "t", "state",
			    "slot", slot, "life", pool->life, "state", state,
			    "inflight", (json_int_t)pool->final_inflight,
			    "driver_bound", driver_bound, "final", final));
}

/*
 * A consistent copy of a slot's tenant. BPF gives slots of pools that are gone
 * to new ones at any time: then the copy is worth nothing, and false returned.
 */
static bool copy_tenant(const struct live *live, uint32_t slot,
			struct pool_record *copy)
{
	const volatile struct pool_record *pool = &live->loader.pools[slot];
	uint32_t life = pool->life;

	if (pool->status < POOL_ACTIVE)
		return false;
	__sync_synchronize();
	memcpy(copy, (const void *)pool, sizeof(*copy));
	__sync_synchronize();
	return pool->status >= POOL_ACTIVE && pool->life == life &&
	       copy->life == life;
}

void live_tell_pools(struct live *live)
{
	const struct live_options *options = &live->options;
	struct pool_record pool;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (live->loader.pools[slot].status < POOL_ACTIVE ||
		    !copy_tenant(live, slot, &pool) ||
		    (options->snapshot && pool.status == POOL_RETIRED))
			continue;
		if (live->watches[slot].life != pool.life)
			watch_begin(live, slot, &pool);
		else if (memcmp(&live->watches[slot].told, &pool.id,
				sizeof(pool.id)))
			tell_pool(live, slot, &pool);
		tell_hold_stack(live, slot, &pool);
		if (options->snapshot && pool.status == POOL_DESTROYED)
			tell_state(live, slot, &pool, "stalled", false);
	}
}

unsigned int live_tell_gone(struct live *live)
{
	const struct pool_record *pool;
	unsigned int waiting = 0;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		pool = &live->loader.pools[slot];
		if (!live->watches[slot].life)
			continue;
		if (live->watches[slot].life != pool->life)
			live_emit(live,
				  json_pack("{s:s, s:i, s:i}", "t", "forget",
					    "slot", slot, "life",
					    live->watches[slot].life));
		else if (pool->status == POOL_RETIRED)
			tell_state(live, slot, pool, "gone", false);
		else
			waiting += pool->status == POOL_DESTROYED;
		if (live->watches[slot].life != pool->life)
			live->watches[slot].life = 0;
	}
	return waiting;
}

/* Both streams of a pool in one reading. */
struct pool_sample {
	struct stream_sample hold, release;
	bool valid; /* the pool was alive, or its last numbers are known */
	bool settled; /* the kernel's counters stood still meanwhile */
	bool driver_bound;
};

static struct pool_sample sample_pool(struct live *live, uint32_t slot,
				      const struct pool_record *pool)
{
	struct pool_sample sample = {};
	struct pool_reading reading;

	if (pool->status == POOL_CLOSING) {
		sample.hold.counted = pool->final_hold;
		sample.release.counted = pool->final_release;
		sample.hold.seen = pool->hold_seen;
		sample.release.seen = pool->release_seen;
		sample.valid = true;
		sample.settled = true;
		return sample;
	}
	if (loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
		return sample;
	reading = live->loader.bss->pool_reading;
	sample.hold.counted = reading.hold;
	sample.hold.seen = reading.hold_seen;
	sample.release.counted = reading.release;
	sample.release.seen = reading.release_seen;
	sample.valid = reading.readable;
	sample.settled = reading.settled;
	sample.driver_bound = reading.driver_bound;
	return sample;
}

static bool offset_below(struct stream_sample a, struct stream_sample b)
{
	return (int32_t)(stream_offset(a) - stream_offset(b)) < 0;
}

/* Opens both windows at the smallest offset of several samples. */
static void open_windows(struct live *live, uint32_t slot,
			 struct pool_record *pool)
{
	struct pool_sample sample, best = {};
	int i;

	for (i = 0; i < OPEN_SAMPLES; i++) {
		sample = sample_pool(live, slot, pool);
		if (!sample.valid || !sample.settled)
			continue;
		if (!best.valid || offset_below(sample.hold, best.hold))
			best.hold = sample.hold;
		if (!best.valid || offset_below(sample.release, best.release))
			best.release = sample.release;
		best.valid = true;
		usleep(OPEN_DISTANCE_US);
	}
	if (!best.valid)
		return;
	window_open(&pool->windows.hold, best.hold);
	window_open(&pool->windows.release, best.release);
}

static uint64_t sample_events(const struct pool_record *pool,
			      struct pool_sample sample)
{
	return (uint64_t)window_events(&pool->windows.hold, sample.hold) +
	       window_events(&pool->windows.release, sample.release);
}

/*
 * Something is missing, or the numbers cannot be: what was suspected falls,
 * the pool's words are not believed any more (their generation is old now),
 * and the scan has to correct them.
 */
static void close_with_gap(struct live *live, uint32_t slot,
			   struct pool_record *pool, struct pool_sample sample)
{
	struct pool_windows *windows = &pool->windows;
	uint64_t events = sample_events(pool, sample);

	pool->generation++;
	windows->trust = TRUST_LOST;
	windows->gaps++;
	windows->other_events += events;
	windows->hold.open = 0;
	windows->release.open = 0;
	live->scan_due = true;
	if (pool->status != POOL_CLOSING)
		open_windows(live, slot, pool);
	tell_window(live, slot, events, "gap");
}

/* Returns whether its events count. */
static bool close_whole(struct live *live, uint32_t slot,
			struct pool_record *pool, struct pool_sample sample)
{
	struct pool_windows *windows = &pool->windows;
	bool trusted = windows->trust == TRUST_FULL;
	uint64_t events = sample_events(pool, sample);

	if (trusted)
		windows->complete_events += events;
	else
		windows->other_events += events;
	if (windows->trust == TRUST_CORRECTED)
		windows->trust = TRUST_FULL;
	window_open(&windows->hold, sample.hold);
	window_open(&windows->release, sample.release);
	tell_window(live, slot, events, trusted ? "complete" : "untrusted");
	return trusted;
}

/* The worse of both streams' results. */
static enum window_result judge_sample(const struct pool_record *pool,
				       struct pool_sample sample)
{
	enum window_result hold =
		window_judge(&pool->windows.hold, sample.hold);
	enum window_result release =
		window_judge(&pool->windows.release, sample.release);

	return hold > release ? hold : release;
}

/* Samples until both streams are whole, or the tries are used up. */
static enum window_result sample_until_whole(struct live *live, uint32_t slot,
					     const struct pool_record *pool,
					     struct pool_sample *sample)
{
	enum window_result result, best = WINDOW_IMPOSSIBLE;
	struct pool_sample next;
	int tries;

	for (tries = 0; tries < CLOSE_TRIES; tries++) {
		next = sample_pool(live, slot, pool);
		if (next.valid && next.settled) {
			result = judge_sample(pool, next);
			if (result <= best) {
				best = result;
				*sample = next;
			}
			if (result <= WINDOW_COMPLETE)
				break;
		}
		usleep(CLOSE_DISTANCE_US);
	}
	return sample->valid ? best : WINDOW_UNSETTLED;
}

/* A pool that reported 0 in flight: once its stream is whole, it is done. */
static void end_tenant(struct live *live, uint32_t slot,
		       struct pool_record *pool)
{
	live_tell_flow(live, slot, pool->life);
	tell_state(live, slot, pool, "gone", false);
	if (live->options.pinned) {
		pool->status = POOL_RETIRED;
		return;
	}
	pool->generation++;
	pool->id.pool = 0;
	live->watches[slot].life = 0;
	__sync_synchronize();
	pool->status = POOL_FREE;
}

/* Of a pool that went before a window was opened: what was not yet told. */
static uint64_t unjudged_events(const struct pool_record *pool)
{
	uint64_t events = (uint64_t)pool->final_hold + pool->final_release;

	return events > pool->windows.other_events ?
		       events - pool->windows.other_events :
		       0;
}

static void close_window(struct live *live, uint32_t slot, bool last)
{
	struct pool_watch *watch = &live->watches[slot];
	struct pool_record *pool = &live->loader.pools[slot];
	bool retired = pool->status == POOL_RETIRED;
	struct pool_sample sample = {};
	enum window_result result;

	/* From now on BPF leaves the slot alone; unless it was quicker. */
	if (retired && !__sync_bool_compare_and_swap(
			       &pool->status, POOL_RETIRED, POOL_CLOSING))
		return;
	if (pool->windows.trust == TRUST_LOST)
		live->scan_due = true;
	if (!pool->windows.hold.open && !retired) {
		open_windows(live, slot, pool);
		tell_window(live, slot, 0, "unjudged");
		goto closed;
	}
	result = sample_until_whole(live, slot, pool, &sample);
	watch->complete = false;
	switch (result) {
	case WINDOW_COMPLETE:
		watch->complete = close_whole(live, slot, pool, sample);
		break;
	case WINDOW_OPENED:
		/* Retired before its first window: nothing to compare with. */
		tell_window(live, slot, unjudged_events(pool), "gap");
		break;
	case WINDOW_UNSETTLED:
		if (!sample.valid ||
		    (++watch->unsettled < GAP_TICKS && !last)) {
			if (retired)
				pool->status = POOL_RETIRED;
			return;
		}
		/* fall through */
	case WINDOW_IMPOSSIBLE:
		close_with_gap(live, slot, pool, sample);
		break;
	}
	watch->unsettled = 0;
	if (retired)
		end_tenant(live, slot, pool);
	else if (pool->status == POOL_DESTROYED)
		tell_state(live, slot, pool, "stalled", sample.driver_bound);
closed:
	watch->closed = true;
}

void live_close_windows(struct live *live, bool last)
{
	const struct pool_record *pool;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		pool = &live->loader.pools[slot];
		live->watches[slot].closed = false;
		if (live->watches[slot].life &&
		    live->watches[slot].life == pool->life &&
		    pool->status >= POOL_ACTIVE)
			close_window(live, slot, last);
	}
}
