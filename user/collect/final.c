// SPDX-License-Identifier: GPL-2.0
/*
 * The looks after the drain: the pools' own counters beside the shadow and
 * the scan, the audit of caches and rings, and the pages that stalled pools
 * still wait for.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/kernel/netlink.h"
#include "user/facts/netmem.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

#define PAGES_LISTED 16
#define AUDITS_PER_TICK 4

/* A pool whose counters can be read now. */
static bool is_alive(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	return live->watches[slot].life &&
	       live->watches[slot].life == pool->life &&
	       (pool->status == POOL_ACTIVE || pool->status == POOL_DESTROYED);
}

void live_scan(struct live *live, enum scan_mode mode)
{
	uint64_t start = now_ns(), untracked;
	uint32_t slot;
	int err;

	err = scan_run(&live->loader, mode, &untracked);
	if (err == -EOPNOTSUPP)
		return;
	if (err) {
		live->error = live->error ? live->error : err;
		return;
	}
	live->scanned_ns = start;
	live_tell_pools(live);
	if (mode == SCAN_CORRECT)
		live->scan_due = false;
	for (slot = 1; mode == SCAN_CORRECT && slot < SLOT_COUNT; slot++)
		if (live->loader.pools[slot].windows.trust == TRUST_LOST)
			live->loader.pools[slot].windows.trust =
				TRUST_CORRECTED;
	live_tell_loss(live, "scan", untracked,
		       "pages of pools that found no slot");
}

static struct pool_reading read_pool(struct live *live, uint32_t slot)
{
	struct pool_reading none = {};

	if (!is_alive(live, slot) ||
	    loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
		return none;
	return live->loader.bss->pool_reading;
}

/*
 * Has the pool net_iovs that we may not know? Nothing finds those whose hold we
 * did not see: there is no list of them, as the struct pages are one of pages.
 */
static bool has_unfollowed(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	return (pool->net_iov || pool->id.flags & POOL_PROVIDED) &&
	       (!(pool->id.flags & POOL_BORN_SEEN) || pool->windows.gaps);
}

static void tell_count(struct live *live, uint32_t slot,
		       const struct pool_reading *before)
{
	struct pool_reading after = read_pool(live, slot);
	bool scanned = live->loader.memory.has_signature;
	/* A snapshot without the pinned mode saw nothing enter its pool. */
	bool held = live->census.held[slot] &&
		    (!live->options.snapshot || live->options.pinned);
	bool quiet;

	if (!after.readable || !before->readable)
		return;
	quiet = before->settled && after.settled &&
		before->hold == after.hold && before->release == after.release;
	live_emit(
		live,
		json_pack(
			"{s:s, s:i, s:i, s:I, s:I, s:I, s:b, s:I, s:I, s:b, s:I}",
			"t", "count", "slot", slot, "life",
			live->watches[slot].life, "hold",
			(json_int_t)after.hold, "release",
			(json_int_t)after.release, "net_iov",
			(json_int_t)live->census.net_iov[slot], "unfollowed",
			has_unfollowed(live, slot), "shadow",
			(json_int_t)live->census.held[slot], "scan",
			scanned ? (json_int_t)live->loader.scan_counts[slot] :
				  (json_int_t)-1,
			"quiet", quiet, "oldest_ms",
			held ? (json_int_t)ticks_to_ms(
				       ticks_now(&live->loader) -
				       live->census.oldest[slot]) :
			       (json_int_t)-1));
}

/* One look: counters, scan, census, counters again. */
void live_look(struct live *live)
{
	static struct pool_reading before[SLOT_COUNT];
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		before[slot] = read_pool(live, slot);
	live_scan(live, SCAN_COUNT);
	ticks_calibrate(&live->loader);
	census_take(&live->loader, &live->census);
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (is_alive(live, slot))
			tell_count(live, slot, &before[slot]);
}

bool live_has_ended(struct live *live)
{
	struct pool_reading reading;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		reading = read_pool(live, slot);
		if (reading.readable && reading.destroy_count)
			return true;
	}
	return false;
}

void live_tell_stalled_pages(struct live *live)
{
	struct census_page pages[PAGES_LISTED];
	uint32_t slot, now = ticks_now(&live->loader);
	json_t *frame;
	size_t i, count;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (!is_alive(live, slot) ||
		    live->loader.pools[slot].status != POOL_DESTROYED)
			continue;
		count = census_pages(&live->loader, slot, pages, PAGES_LISTED);
		for (i = 0; i < count; i++) {
			frame = json_pack(
				"{s:s, s:i, s:i, s:o, s:s, s:I}", "t", "page",
				"slot", slot, "life", live->watches[slot].life,
				netmem_key(pages[i].frame),
				netmem_value(pages[i].frame), "state",
				state_name(word_state(pages[i].word)), "age_ms",
				(json_int_t)ticks_to_ms(
					now - word_age(pages[i].word)));
			live_describe_page(live, pages[i].frame, frame);
			live_emit(live, frame);
		}
	}
}

static void tell_audit_evidence(struct live *live, uint32_t slot,
				const struct audit_suspicion *suspicion)
{
	const struct audit_page *page = &suspicion->page;
	bool cache = suspicion->index < AUDIT_CACHE_MAX;
	json_t *frame;
	char key[128];

	snprintf(key, sizeof(key), "%s:%u:%u:%llu:%u",
		 check_infos[suspicion->check].id, slot,
		 live->watches[slot].life, page->frame, suspicion->index);
	frame = json_pack(
		"{s:s, s:s, s:s, s:i, s:i, s:o, s:s, s:i, s:I}", "t",
		"evidence", "check", check_infos[suspicion->check].id, "key",
		key, "slot", slot, "life", live->watches[slot].life,
		netmem_key(page->frame), netmem_value(page->frame), "place",
		cache ? "cache" : "ring", "index",
		cache ? suspicion->index : suspicion->index - AUDIT_CACHE_MAX,
		"page_pool", (json_int_t)page->pool);
	if (frame && !frame_is_net_iov(page->frame)) {
		json_object_set_new(frame, "refcount",
				    json_integer(page->refcount));
		json_object_set_new(frame, "magic", json_integer(page->magic));
	}
	live_emit(live, frame);
}

/* False when the pool went meanwhile, or cannot be read. */
static bool audit_slot(struct live *live, uint32_t slot,
		       struct audit_result *result)
{
	uint32_t life = live->watches[slot].life;
	size_t i;

	if (audit_pool(&live->loader, slot, result) || !result->readable ||
	    live->watches[slot].life != life ||
	    live->loader.pools[slot].life != life)
		return false;
	live->audits_rested += result->rested;
	live_emit(live, json_pack("{s:s, s:i, s:i, s:i, s:i, s:b}", "t",
				  "audit", "slot", slot, "life", life, "cache",
				  result->in_cache, "ring", result->in_ring,
				  "rested", result->rested));
	for (i = 0; i < result->suspicion_count; i++)
		tell_audit_evidence(live, slot, &result->suspicions[i]);
	return true;
}

static bool can_audit(const struct live *live, uint32_t slot)
{
	return is_alive(live, slot) &&
	       live->loader.pools[slot].status == POOL_ACTIVE;
}

void live_audit(struct live *live)
{
	struct audit_result result;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (can_audit(live, slot) && audit_slot(live, slot, &result))
			live_tell_followed(live, slot, &result);
		if (is_alive(live, slot))
			live_tell_flow(live, slot, live->watches[slot].life);
	}
}

/* Drivers end their pools when a program is taken off. */
void live_tell_attached(struct live *live)
{
	struct pool_reading before, reading;
	struct audit_result result;
	uint32_t slot;
	bool rested;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (!can_audit(live, slot))
			continue;
		before = read_pool(live, slot);
		if (!audit_slot(live, slot, &result))
			memset(&result, 0, sizeof(result));
		reading = read_pool(live, slot);
		if (!reading.readable)
			continue;
		rested = result.rested && before.readable &&
			 before.hold == reading.hold &&
			 before.release == reading.release;
		live_emit(
			live,
			json_pack(
				"{s:s, s:i, s:i, s:I, s:I, s:i, s:i, s:b, s:o*}",
				"t", "attached", "slot", slot, "life",
				live->watches[slot].life, "hold",
				(json_int_t)reading.hold, "release",
				(json_int_t)reading.release, "cache",
				result.in_cache, "ring", result.in_ring,
				"rested", rested, "flow",
				live_flow(live, slot,
					  live->watches[slot].life)));
	}
}

/* A few pools each time, in turn: many will be gone before the end. */
void live_audit_some(struct live *live)
{
	struct audit_result result;
	uint32_t tried, audited = 0;

	for (tried = 0; tried < SLOT_COUNT && audited < AUDITS_PER_TICK;
	     tried++) {
		live->audit_next = (live->audit_next + 1) % SLOT_COUNT;
		if (!can_audit(live, live->audit_next))
			continue;
		audit_slot(live, live->audit_next, &result);
		audited++;
	}
}
