// SPDX-License-Identifier: GPL-2.0
/* Pools coming and going, and the windows that prove their event streams. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/collect/samples.h"
#include "user/kernel/demand.h"
#include "user/kernel/netdevs.h"
#include "user/kernel/netns.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"
#include "user/util/util.h"

/* Samples to find a stream's true offset: late events only raise it. */
#define OPEN_SAMPLES 16
#define OPEN_DISTANCE_US 50
/* Ticks in a row with events missing that make a gap. */
#define GAP_TICKS 2
/* Windows of pools that move, and how many events are worth one. */
#define MOVING_NS 90000000ULL
#define MOVING_EVENTS 64

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
	id->flags &= ~POOL_FORGOTTEN;
	id->ifindex = netdev.ifindex;
	id->netns = netns_own();
	snprintf(id->device, sizeof(id->device), "%s", netdev.name);
}

bool live_is_alive(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	return live->watches[slot].seq &&
	       live->watches[slot].seq == pool->seq &&
	       (pool->status == POOL_ACTIVE || pool->status == POOL_DESTROYED);
}

void live_identify_pool(struct pool_identity *id, struct pool_names *names,
			struct pool_fact *pool)
{
	resolve_device(id);
	snprintf(names->device, sizeof(names->device), "%.*s", DEVICE_LEN,
		 id->device);
	snprintf(names->driver, sizeof(names->driver), "%.*s", NAME_LEN,
		 id->driver);
	pool->pool = id->pool;
	pool->device = names->device;
	if (names->driver[0])
		fact_set(pool, pool, driver, names->driver);
	fact_set(pool, pool, ifindex, id->ifindex);
	fact_set(pool, pool, netns, id->netns);
	fact_set(pool, pool, netlink_id, id->netlink_id);
	fact_set(pool, pool, xdp_mem_id, id->xdp_mem_id);
	fact_set(pool, pool, napi_id, id->napi_id);
	fact_set(pool, pool, order, id->order);
	fact_set(pool, pool, size, id->pool_size);
	fact_set(pool, pool, born_seen, !!(id->flags & POOL_BORN_SEEN));
	fact_set(pool, pool, dma_map, !!(id->flags & POOL_DMA_MAP));
	fact_set(pool, pool, dma_tracked, !!(id->flags & POOL_DMA_TRACKED));
	if (id->flags & POOL_HAS_QUEUE)
		fact_set(pool, pool, queue, id->queue);
	if (id->flags & POOL_OF_CPU)
		fact_set(pool, pool, cpu, id->cpu);
	if (id->flags & POOL_FORGOTTEN)
		fact_set(pool, pool, forgotten, true);
	fact_complete(FACT_pool, pool);
}

static void emit_pool(struct live *live, uint32_t slot,
		      const struct pool_record *record)
{
	struct pool_identity named = record->id, *id = &named;
	struct pool_watch *watch = &live->watches[slot];
	struct fact fact = { .type = FACT_pool };
	struct pool_names names = {};

	fact.pool.slot = slot;
	fact.pool.seq = record->seq;
	live_identify_pool(id, &names, &fact.pool);
	watch->judged = watch->judged || live_pool_wanted(live, id, &fact.pool);
	watch->queue_unknown = live_lacks_queue(live, id, &fact.pool);
	fact.pool.judged = watch->judged;
	live_emit(live, &fact);
	live_note_netdev(live, &fact.pool);
	watch->emitted = record->id;
}

/* What of both streams is missing in a window. */
struct missing {
	uint64_t holds, releases;
};

static void emit_window_lost(struct live *live, uint32_t slot, uint64_t events,
			     struct missing missing, enum closed_result result)
{
	uint64_t lost = missing.holds + missing.releases;
	struct fact fact = { .type = FACT_window };

	fact.window.slot = slot;
	fact.window.seq = live->watches[slot].seq;
	fact.window.events = events;
	fact.window.result = result;
	if (lost) {
		fact_set(&fact.window, window, lost, lost);
		fact_set(&fact.window, window, lost_releases, missing.releases);
	}
	live_emit(live, &fact);
}

static void emit_window(struct live *live, uint32_t slot, uint64_t events,
			enum closed_result result)
{
	emit_window_lost(live, slot, events, (struct missing){}, result);
}

static void emit_forget(struct live *live, uint32_t slot)
{
	struct fact fact = { .type = FACT_forget };

	fact.forget.slot = slot;
	fact.forget.seq = live->watches[slot].seq;
	live_emit(live, &fact);
}

/* An incarnation that we did not know; earlier readers may have closed windows. */
static void watch_begin(struct live *live, uint32_t slot,
			const struct pool_record *pool)
{
	const struct pool_windows *windows = &pool->windows;
	struct pool_watch *watch = &live->watches[slot];

	/* The slot changed hands before we came back: BPF kept the numbers. */
	if (watch->seq)
		emit_forget(live, slot);
	memset(watch, 0, sizeof(*watch));
	watch->seq = pool->seq;
	watch->first_generation = pool->generation;
	watch->begun = windows->gaps || windows->complete_events ||
		       windows->other_events;
	/* What is pinned goes on without a reader, and must not wait for one. */
	if (!live->options.pinned && !live->options.snapshot)
		live->loader.pools[slot].watched_seq = pool->seq;
	emit_pool(live, slot, pool);
	live_emit_first_stats(live, slot);
	/* Without an event nothing is missing; its words are not known yet. */
	if (windows->other_events || windows->gaps)
		emit_window(live, slot, windows->other_events,
			    windows->other_events ? CLOSED_GAP :
						    CLOSED_UNTRUSTED);
	if (windows->complete_events)
		emit_window(live, slot, windows->complete_events,
			    CLOSED_COMPLETE);
}

static void emit_hold_stack(struct live *live, uint32_t slot,
			    const struct pool_record *pool)
{
	struct fact fact = { .type = FACT_hold_stack };
	uint32_t depth = pool->hold_stack_depth;

	if (!depth || depth > STACK_DEPTH || live->watches[slot].stack_emitted)
		return;
	fact.hold_stack.slot = slot;
	fact.hold_stack.seq = pool->seq;
	live_fail(live, symbol_stack(pool->hold_stack, depth,
				     &fact.hold_stack.stack));
	live_emit(live, &fact);
	strings_clear(&fact.hold_stack.stack);
	live->watches[slot].stack_emitted = true;
}

void live_emit_outside(struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	struct outside_fact *emitted = &live->watches[slot].outside;
	struct fact fact = { .type = FACT_outside };
	struct outside_fact *outside = &fact.outside;

	if (pool->outside == emitted->events &&
	    pool->pages_outside == emitted->pages &&
	    pool->unstepped == emitted->unstepped)
		return;
	outside->slot = slot;
	outside->seq = pool->seq;
	outside->events = pool->outside;
	fact_set(outside, outside, pages, pool->pages_outside);
	fact_set(outside, outside, unstepped, pool->unstepped);
	*emitted = *outside;
	live_emit(live, &fact);
}

static void emit_state(struct live *live, uint32_t slot,
		       const struct pool_record *pool, enum pool_state state,
		       int32_t inflight, bool driver_bound)
{
	struct fact fact = { .type = FACT_state };

	fact.state.slot = slot;
	fact.state.seq = pool->seq;
	fact.state.state = state;
	fact_set(&fact.state, state, inflight, inflight);
	fact_set(&fact.state, state, time_ms,
		 (now_ns() - live->loader.bss->armed_ns) / 1000000);
	fact_set(&fact.state, state, driver_bound, driver_bound);
	if (pool->destroyed_ns)
		fact_set(&fact.state, state, destroyed_ms,
			 (now_ns() - pool->destroyed_ns) / 1000000);
	fact_set(&fact.state, state, final,
		 pool->status == POOL_CLOSING && !live->options.pinned);
	live_emit(live, &fact);
}

/*
 * A consistent copy of a slot's incarnation. BPF gives slots of pools that are gone
 * to new ones at any time: then the copy is worth nothing, and false returned.
 */
static bool copy_record(const struct live *live, uint32_t slot,
			struct pool_record *copy)
{
	const volatile struct pool_record *pool = &live->loader.pools[slot];
	uint32_t seq = pool->seq;

	if (pool->status < POOL_ACTIVE)
		return false;
	__sync_synchronize();
	memcpy(copy, (const void *)pool, sizeof(*copy));
	__sync_synchronize();
	return pool->status >= POOL_ACTIVE && pool->seq == seq &&
	       copy->seq == seq;
}

void live_emit_pools(struct live *live)
{
	const struct live_options *options = &live->options;
	struct pool_record pool;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (live->loader.pools[slot].status < POOL_ACTIVE ||
		    !copy_record(live, slot, &pool) ||
		    (options->snapshot && pool.status == POOL_RETIRED))
			continue;
		if (live->watches[slot].seq != pool.seq)
			watch_begin(live, slot, &pool);
		else if (memcmp(&live->watches[slot].emitted, &pool.id,
				sizeof(pool.id)))
			emit_pool(live, slot, &pool);
		emit_hold_stack(live, slot, &pool);
		if (options->snapshot && pool.status == POOL_DESTROYED)
			emit_state(live, slot, &pool, POOL_STATE_STALLED,
				   pool.final_inflight, false);
	}
}

unsigned int live_emit_gone(struct live *live)
{
	const struct pool_record *pool;
	unsigned int waiting = 0;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		pool = &live->loader.pools[slot];
		if (!live->watches[slot].seq)
			continue;
		if (live->watches[slot].seq != pool->seq)
			emit_forget(live, slot);
		else if (pool->status == POOL_RETIRED)
			emit_state(live, slot, pool, POOL_STATE_GONE,
				   pool->final_inflight, false);
		else
			waiting += pool->status == POOL_DESTROYED;
		if (live->watches[slot].seq != pool->seq)
			live->watches[slot].seq = 0;
	}
	return waiting;
}

bool live_needs_trust(const struct live *live, uint32_t slot)
{
	return live->loader.vmemmap.has_mark && live->watches[slot].judged &&
	       live_is_alive(live, slot) &&
	       live->loader.pools[slot].windows.trust == TRUST_LOST;
}

/*
 * What was lost from arming until its first window was opened nobody knows, nor
 * while the scan read its pages: they are to be looked at from here on.
 */
static void mistrust_older(const struct live *live, uint32_t slot,
			   struct pool_record *pool)
{
	if (!live->loader.vmemmap.has_mark || !live->watches[slot].judged)
		return;
	pool->windows.trust = TRUST_LOST;
}

/* Opens both windows at the smallest offset of several samples. */
static void open_windows(struct live *live, uint32_t slot,
			 struct pool_record *pool)
{
	struct pool_sample best = {};
	int i;

	for (i = 0; i < OPEN_SAMPLES; i++) {
		add_sample(&best, sample_pool(live, slot, pool));
		usleep(OPEN_DISTANCE_US);
	}
	open_at(pool, &best);
	live->watches[slot].opened_ns = now_ns();
}

/*
 * What came since a gap's window was closed belongs to the gap, by whomever it was
 * closed: a reader may have been killed before it opened the next one.
 */
static uint64_t open_after_gap(struct live *live, uint32_t slot,
			       struct pool_record *pool)
{
	struct stream_window hold = pool->windows.hold;
	struct stream_window release = pool->windows.release;
	struct pool_sample opened = {};
	uint64_t events;

	open_windows(live, slot, pool);
	if (!pool->windows.hold.open || !pool->windows.gaps)
		return 0;
	opened.hold.counted = pool->windows.hold.counted;
	opened.release.counted = pool->windows.release.counted;
	hold.open = 1;
	release.open = 1;
	events = (uint64_t)window_events(&hold, opened.hold) +
		 window_events(&release, opened.release);
	pool->windows.other_events += events;
	return events;
}

static bool is_unopened(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	return live->watches[slot].seq &&
	       live->watches[slot].seq == pool->seq &&
	       (pool->status == POOL_ACTIVE ||
		pool->status == POOL_DESTROYED) &&
	       !pool->windows.hold.open;
}

void live_open_windows(struct live *live)
{
	struct pool_sample *best = calloc(SLOT_COUNT, sizeof(*best));
	uint32_t slot;
	int i;

	for (i = 0; best && i < OPEN_SAMPLES; i++) {
		for (slot = 1; slot < SLOT_COUNT; slot++)
			if (is_unopened(live, slot))
				add_sample(
					&best[slot],
					sample_pool(live, slot,
						    &live->loader.pools[slot]));
		usleep(OPEN_DISTANCE_US);
	}
	for (slot = 1; best && slot < SLOT_COUNT; slot++) {
		if (!is_unopened(live, slot))
			continue;
		open_at(&live->loader.pools[slot], &best[slot]);
		live->watches[slot].opened_ns = now_ns();
		mistrust_older(live, slot, &live->loader.pools[slot]);
		emit_window(live, slot, 0, CLOSED_UNJUDGED);
		live->watches[slot].closed = true;
	}
	live_fail(live, best ? 0 : -ENOMEM);
	free(best);
}

/* Both are closed; what was counted until here is not told again. */
static void close_at(struct pool_windows *windows, struct pool_sample sample)
{
	windows->hold.open = 0;
	windows->hold.counted = sample.hold.counted;
	windows->release.open = 0;
	windows->release.counted = sample.release.counted;
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
	struct missing missing = {
		.holds = stream_lost(&windows->hold, sample.hold),
		.releases = stream_lost(&windows->release, sample.release),
	};

	pool->generation++;
	live->watches[slot].lapse_ns = now_ns();
	live->watches[slot].regain_wait_ns = 0;
	live->watches[slot].begun = true;
	windows->trust = TRUST_LOST;
	windows->gaps++;
	windows->other_events += events;
	close_at(windows, sample);
	if (!live->loader.vmemmap.has_mark || !live->watches[slot].judged)
		live->scan_due = true;
	if (pool->status != POOL_CLOSING)
		events += open_after_gap(live, slot, pool);
	emit_window_lost(live, slot, events, missing, CLOSED_GAP);
}

/* A window begins: its events count where a scan corrected the words. */
static void trust_corrected(struct live *live, uint32_t slot,
			    struct pool_record *pool)
{
	if (pool->windows.trust != TRUST_CORRECTED)
		return;
	pool->windows.trust = TRUST_FULL;
	live->watches[slot].lapse_ns = now_ns();
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
	trust_corrected(live, slot, pool);
	window_open(&windows->hold, sample.hold);
	window_open(&windows->release, sample.release);
	emit_window(live, slot, events,
		    trusted ? CLOSED_COMPLETE : CLOSED_UNTRUSTED);
	return trusted;
}

void live_emit_inspected(struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	struct fact fact = { .type = FACT_inspected };

	if (!pool->frames)
		return;
	fact.inspected.slot = slot;
	fact.inspected.seq = live->watches[slot].seq;
	fact.inspected.frames = pool->frames;
	fact.inspected.misaligned = pool->frames_misaligned;
	live_emit(live, &fact);
}

/* A pool that reported 0 in flight: once its stream is whole, it is done. */
static void retire(struct live *live, uint32_t slot, struct pool_record *pool)
{
	live_emit_flow(live, slot, pool->seq);
	live_emit_inspected(live, slot);
	live->inspected |= live->watches[slot].judged && pool->frames;
	emit_state(live, slot, pool, POOL_STATE_GONE, pool->final_inflight,
		   false);
	if (live->options.pinned) {
		pool->status = POOL_RETIRED;
		return;
	}
	live->ended[live->ended_count++ % ENDED_KEPT] =
		live_incarnation(live, slot);
	pool->generation++;
	pool->id.pool = 0;
	live->watches[slot].seq = 0;
	__sync_synchronize();
	pool->status = POOL_FREE;
}

/*
 * Of a retired pool without an open window: what no window fact said yet. An
 * older pool has more than was watched, one that we met late had a window fact
 * of what it did before.
 */
static uint64_t unjudged_events(const struct pool_record *pool)
{
	const struct pool_windows *windows = &pool->windows;
	uint64_t all = (uint64_t)pool->final_hold + pool->final_release;
	uint64_t told = windows->complete_events + windows->other_events;
	uint64_t since =
		(uint64_t)(uint32_t)(pool->final_hold - windows->hold.counted) +
		(uint32_t)(pool->final_release - windows->release.counted);

	if (all <= told)
		return 0;
	return since < all - told ? since : all - told;
}

/* What was not seen of these is lost; without an event, nothing. */
static void emit_unjudged(struct live *live, uint32_t slot,
			  struct pool_record *pool, struct pool_sample sample)
{
	uint64_t events = unjudged_events(pool);
	struct missing missing = {};

	if (events && pool->final_hold > pool->hold_seen)
		missing.holds = pool->final_hold - pool->hold_seen;
	if (events && pool->final_release > pool->release_seen)
		missing.releases = pool->final_release - pool->release_seen;
	pool->windows.other_events += events;
	close_at(&pool->windows, sample);
	emit_window_lost(live, slot, events, missing,
			 events ? CLOSED_GAP : CLOSED_UNJUDGED);
}

static uint32_t seen_events(const struct pool_record *pool)
{
	return pool->hold_seen + pool->release_seen;
}

static void close_window(struct live *live, uint32_t slot, bool last)
{
	struct pool_watch *watch = &live->watches[slot];
	struct pool_record *pool = &live->loader.pools[slot];
	bool retired = pool->status == POOL_RETIRED;
	struct pool_sample sample = {};
	enum window_result result;
	uint64_t events;

	/* From now on BPF leaves the slot alone; unless it was quicker. */
	if (retired && !__sync_bool_compare_and_swap(
			       &pool->status, POOL_RETIRED, POOL_CLOSING))
		return;
	live_emit_outside(live, slot);
	if (pool->windows.trust == TRUST_LOST && !watch->judged)
		live->scan_due = true;
	watch->seen_at_close = seen_events(pool);
	watch->closed_ns = now_ns();
	if (!pool->windows.hold.open && !retired) {
		events = open_after_gap(live, slot, pool);
		mistrust_older(live, slot, pool);
		emit_window(live, slot, events,
			    events ? CLOSED_UNTRUSTED : CLOSED_UNJUDGED);
		goto closed;
	}
	result = sample_until_whole(live, slot, pool, &sample);
	watch->complete = false;
	/* Its watch begins when its words are known. */
	if (result == WINDOW_COMPLETE && !watch->begun && !live->finishing &&
	    live_needs_trust(live, slot))
		return;
	switch (result) {
	case WINDOW_COMPLETE:
		watch->begun = true;
		watch->complete = close_whole(live, slot, pool, sample);
		break;
	case WINDOW_OPENED:
		/* Retired before its first window: nothing to compare with. */
		emit_unjudged(live, slot, pool, sample);
		break;
	case WINDOW_UNSETTLED:
		if (!sample.valid || (++watch->unstable < GAP_TICKS && !last)) {
			if (retired)
				pool->status = POOL_RETIRED;
			return;
		}
		/* fall through */
	case WINDOW_IMPOSSIBLE:
		close_with_gap(live, slot, pool, sample);
		break;
	}
	watch->unstable = 0;
	if (retired)
		retire(live, slot, pool);
	else if (pool->status == POOL_DESTROYED)
		emit_state(live, slot, pool, POOL_STATE_STALLED,
			   sample.hold.counted - sample.release.counted,
			   sample.driver_bound);
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
		if (live->watches[slot].seq &&
		    live->watches[slot].seq == pool->seq &&
		    pool->status >= POOL_ACTIVE)
			close_window(live, slot, last);
	}
}

/*
 * Whose window is closed before the next tick: events of it may be lost; or
 * some were, and it goes on; or it has so many that a loss would cost a lot.
 */
static bool is_moving(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	const struct pool_watch *watch = &live->watches[slot];
	uint32_t events;

	if (!watch->judged || !live_is_alive(live, slot))
		return false;
	if (watch->unstable)
		return true;
	if (now_ns() - watch->closed_ns < MOVING_NS)
		return false;
	events = seen_events(pool) - watch->seen_at_close;
	return events >= MOVING_EVENTS ||
	       pool->windows.trust == TRUST_CORRECTED ||
	       (events &&
		(pool->windows.gaps || pool->windows.trust == TRUST_LOST));
}

bool live_is_moving(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (is_moving(live, slot) || live_needs_trust(live, slot))
			return true;
	return false;
}

void live_close_moving(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		live->watches[slot].closed = false;
		if (is_moving(live, slot))
			close_window(live, slot, false);
	}
}

void live_restart_window(struct live *live, uint32_t slot)
{
	struct pool_record *pool = &live->loader.pools[slot];
	struct pool_watch *watch = &live->watches[slot];
	struct pool_sample sample = {};
	uint64_t events;

	if (sample_until_whole(live, slot, pool, &sample) != WINDOW_COMPLETE)
		return;
	events = watch->begun ? sample_events(pool, sample) : 0;
	emit_window(live, slot, events,
		    watch->begun ? CLOSED_UNTRUSTED : CLOSED_UNJUDGED);
	watch->begun = true;
	watch->lapse_ns = now_ns();
	watch->regain_wait_ns = 0;
	pool->windows.other_events += events;
	pool->windows.trust = TRUST_FULL;
	window_open(&pool->windows.hold, sample.hold);
	window_open(&pool->windows.release, sample.release);
}

bool live_windows_stable(const struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].seq &&
		    (live->watches[slot].unstable ||
		     (live->loader.pools[slot].status == POOL_RETIRED &&
		      !live->options.pinned)))
			return false;
	return true;
}
