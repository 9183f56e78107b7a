// SPDX-License-Identifier: GPL-2.0
/* From arming to the end: what is emitted when. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/kernel_btf.h"
#include "user/kernel/netlink.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/* Corrections cost a walk over memory: at most a fifth of a processor. */
#define SCAN_SHARE 5
#define SCAN_INTERVAL_NS 500000000ULL
/* The kernel tries a destroyed pool again once a second. */
#define STALL_LOOK_US 1500000

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

static void describe_shadow(const struct loader *loader,
			    struct shadow_fact *shadow)
{
	fact_set(shadow, shadow, kind, loader->sparse ? "hash" : "array");
	fact_set(shadow, shadow, bytes, loader->shadow_bytes);
	fact_set(shadow, shadow, frames, loader->frame_count);
	fact_set(shadow, shadow, net_iov_bytes, loader->net_iov_bytes);
}

static void describe_options(const struct live_options *options,
			     struct meta_fact *meta)
{
	fact_set(meta, meta, drain_ms, options->drain_ms);
	fact_set(meta, meta, coverage_threshold, options->coverage);
	fact_set(meta, meta, min_age_ms, options->min_age_ms);
	if (options->devices)
		meta->devices = *options->devices;
	fact_mark(meta, meta, devices);
	if (options->expect && options->expect->count)
		fact_set(meta, meta, expect, *options->expect);
	if (options->lower)
		fact_set(meta, meta, lower, true);
	if (options->command)
		fact_set(meta, meta, command, *options->command);
}

/* What a snapshot was asked for, and what may be hidden from it. */
static void describe_snapshot(const struct live *live, struct meta_fact *meta)
{
	fact_set(meta, meta, walk, live->options.walk);
	if (!live->loader.vmemmap.has_mark)
		fact_set(
			meta, meta, hidden,
			"pages of pools carry no signature on this kernel: only pools in readable lists of the kernel were inspected");
}

static void emit_meta(struct live *live)
{
	struct fact fact = { .type = FACT_meta };
	struct meta_fact *meta = &fact.meta;
	time_t now = time(NULL);
	struct utsname os;
	char started[32], filter[128];
	struct tm utc;

	uname(&os);
	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	meta->schema = FACTS_SCHEMA;
	fact_set(meta, meta, tier,
		 live->options.snapshot ? "snapshot" :
					  loader_tier(&live->loader));
	fact_set(meta, meta, version, NETMEM_VERSION);
	fact_set(meta, meta, kernel, os.release);
	fact_set(meta, meta, machine, os.machine);
	fact_set(meta, meta, started, started);
	describe_options(&live->options, meta);
	if (filter_is_set(&live->options.filter))
		fact_set(meta, meta, filter,
			 filter_text(&live->options.filter, filter,
				     sizeof(filter)));
	fact_set(meta, meta, page_size, sysconf(_SC_PAGESIZE));
	fact_set(meta, meta, statistics, live_find_stats(live));
	describe_shadow(&live->loader, &meta->shadow);
	fact_mark(meta, meta, shadow);
	if (live->options.snapshot)
		describe_snapshot(live, meta);
	live_emit(live, &fact);
	live_emit_privileges(live);
	if (kernel_btf_is_unverified())
		live_emit_note(live, NOTE_TYPES,
			       "--btf: " KERNEL_BTF_UNVERIFIED);
}

/* The list is to be freed; returns its length, 0 without memory. */
static size_t describe_netlink(const struct netlink_pool *pools, size_t count,
			       struct netlink_pool_fact **list)
{
	struct netlink_pool_fact *to = calloc(count + 1, sizeof(*to));
	size_t i;

	for (i = 0; to && i < count; i++) {
		fact_set(&to[i], netlink_pool, id, pools[i].id);
		fact_set(&to[i], netlink_pool, ifindex, pools[i].ifindex);
		fact_set(&to[i], netlink_pool, inflight, pools[i].inflight);
		fact_set(&to[i], netlink_pool, inflight_mem,
			 pools[i].inflight_mem);
		if (pools[i].has_detach_time)
			fact_set(&to[i], netlink_pool, detach_time,
				 pools[i].detach_time);
	}
	*list = to;
	return to ? count : 0;
}

static void emit_netlink(struct live *live)
{
	struct fact fact = { .type = FACT_netlink };
	struct netlink_fact *netlink = &fact.netlink;
	struct netlink_pool *pools = NULL;
	size_t count = 0;
	int err;

	err = netlink_pools(&pools, &count);
	netlink->pools.count =
		describe_netlink(pools, count, &netlink->pools.items);
	free(pools);
	if (netlink->pools.count < count)
		live_fail(live, -ENOMEM);
	if (err)
		fact_set(netlink, netlink, why, error_text(err));
	live_emit(live, &fact);
	free(netlink->pools.items);
}

/* Where --queue was given: pools that it may have meant. */
static void emit_queues_unknown(struct live *live)
{
	unsigned int count = 0;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		count += live->watches[slot].seq &&
			 live->watches[slot].queue_unknown;
	if (count)
		live_emit_note(
			live, NOTE_QUEUES_UNKNOWN,
			"--queue: pools whose queue is not known, and so not judged: %u",
			count);
}

static int record_event_line(void *data, void *record, size_t size)
{
	struct live *live = data;

	if (size >= sizeof(struct event_record))
		recorder_event(live->recorder, record);
	return 0;
}

/* Pools and pages older than us: after the hooks are armed, where there are any. */
static void find_older(struct live *live)
{
	live_follow_devices(live);
	live->loader.bss->seeding = SEEDING_ALL;
	live_scan(live, SCAN_CORRECT);
	live_walk_registry(live);
	live->loader.bss->seeding = SEEDING_NOT;
	live_emit_pools(live);
}

int live_start(struct live *live)
{
	int err;

	if (live->recorder) {
		live->ring = ring_buffer__new(live->loader.map_fds[MAP_EVENTS],
					      record_event_line, live, NULL);
		if (!live->ring) {
			err = -errno;
			pr_error("cannot open the event ring buffer: %s",
				 error_text(err));
			return err;
		}
	}
	emit_meta(live);
	if (getenv("NETMEM_TEST"))
		live_emit_note(live, NOTE_TEST_OPTIONS, "test options: %s",
			       getenv("NETMEM_TEST"));
	live_emit_abilities(live);
	live_find_xdp(live);
	live->loader.bss->seeding = SEEDING_ALL;
	loader_arm(&live->loader);
	live_prove(live);
	ticks_calibrate(&live->loader);
	live_begin_netdevs(live);
	find_older(live);
	live_read_first(live);
	live_tick_netdevs(live);
	live_open_windows(live);
	live_regain_trust(live);
	return live->error;
}

/* A reader that was killed between two steps of a slot: it is to be closed again. */
static void take_back_slots(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		__sync_bool_compare_and_swap(&live->loader.pools[slot].status,
					     POOL_CLOSING, POOL_RETIRED);
}

void live_resume(struct live *live)
{
	take_back_slots(live);
	emit_meta(live);
	live_emit_abilities(live);
	live_prove(live);
	ticks_calibrate(&live->loader);
	live_find_xdp(live);
	live->netdevs.no_start = true;
	live_begin_netdevs(live);
}

/* Pools that ended before we came say so once a second. */
static void walk_snapshot(struct live *live)
{
	if (live_has_ended(live)) {
		usleep(STALL_LOOK_US);
		live_emit_pools(live);
	}
	live_walk_holders(live);
}

void live_snapshot(struct live *live)
{
	live->options.snapshot = true;
	emit_meta(live);
	live_prove(live);
	ticks_calibrate(&live->loader);
	live->netdevs.no_start = true;
	live_begin_netdevs(live);
	find_older(live);
	live_look(live);
	if (live->options.walk)
		walk_snapshot(live);
	live_audit(live);
	if (live_emit_gone(live)) {
		usleep(STALL_LOOK_US);
		live_emit_gone(live);
	}
	emit_netlink(live);
	live_emit_lists(live);
	live_emit_netdevs(live);
	live_emit_untracked(live);
	emit_queues_unknown(live);
	live_prove_by_events(live);
	live_emit_blind_snapshot(live);
}

/* What is else said at the end alone. */
static void emit_running(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].judged && live_is_alive(live, slot))
			live_emit_flow(live, slot, live->watches[slot].seq);
	live_emit_xdp(live);
}

/* Pools whose own pages are not all of them: the scan finds the others. */
static void correct_words(struct live *live)
{
	uint64_t since = now_ns() - live->scanned_ns;

	live_regain_trust(live);
	if (live->scan_due && since > SCAN_INTERVAL_NS &&
	    since > live->scan_took_ns * SCAN_SHARE)
		live_scan(live, SCAN_CORRECT);
}

void live_tick_moving(struct live *live)
{
	if (!live_is_moving(live))
		return;
	live_take_events(live);
	live_close_moving(live);
	live_keep_evidence(live);
	correct_words(live);
}

void live_tick(struct live *live)
{
	live_follow_devices(live);
	live_rest_hooks(live);
	live_take_events(live);
	live_close_windows(live, false);
	live_keep_evidence(live);
	correct_words(live);
	live_look_some(live);
	live_audit_some(live);
	live_look_for_suspects(live);
	live_emit_some_stats(live);
	live_find_xdp(live);
	live_tick_netdevs(live);
	if (live->options.running)
		emit_running(live);
}

static void emit_end(struct live *live)
{
	struct fact fact = { .type = FACT_end };

	fact_set(&fact.end, end, duration_ms,
		 (now_ns() - live->loader.bss->armed_ns) / 1000000);
	live_emit(live, &fact);
}

/* After the last windows: the words of all pools corrected, then all compared. */
static void compare_all(struct live *live)
{
	uint32_t slot;

	if (live_skips(live, CUT_COUNTS))
		return;
	live_regain_trust(live);
	for (slot = 1; slot < SLOT_COUNT; slot++)
		live->scan_due |= live_needs_trust(live, slot);
	if (live->scan_due) {
		live_scan(live, SCAN_CORRECT);
		live_regain_trust(live);
	}
	live_find_idle(live);
	if (!live_skips(live, CUT_COUNTS))
		live_look(live);
}

void live_finish(struct live *live)
{
	live->finishing = true;
	live_follow_devices(live);
	live_close_all_windows(live);
	compare_all(live);
	live_emit_strays(live);
	live_close_all_windows(live);
	live_read_last(live);
	live_walk_holders(live);
	live_emit_posted(live);
	live_emit_referenced(live);
	live_emit_stalled_pages(live);
	live_audit(live);
	live_emit_evidence(live);
	live_look_late(live);
	live_emit_xdp(live);
	emit_netlink(live);
	live_emit_lists(live);
	live_emit_netdevs(live);
	live_prove_by_events(live);
	live_emit_folded(live);
	live_emit_counters(live);
	live_emit_untracked(live);
	live_emit_cut(live);
	emit_queues_unknown(live);
	emit_end(live);
}

void live_stop(struct live *live)
{
	live_release_xdp(live);
	live_forget_devices(live);
	live_close_holders(live);
	live_free_suspects(live);
	live_free_netdevs(live);
	live_release_stats(live);
	ring_buffer__free(live->ring);
	live->ring = NULL;
	free(live->unstored);
	live->unstored = NULL;
	live_clear_lists(live);
}
