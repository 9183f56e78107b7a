// SPDX-License-Identifier: GPL-2.0
/* From arming to the verdict: what is told when. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/netlink.h"
#include "user/kernel/probe.h"
#include "user/kernel/registry.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/* Corrections cost a walk over memory: not more often than this. */
#define SCAN_INTERVAL_NS 5000000000ULL
#define CLOSE_ROUNDS 40
#define CLOSE_ROUND_US 25000
/* The kernel tries a destroyed pool again once a second. */
#define STALL_LOOK_US 1500000

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

void live_emit(struct live *live, json_t *frame)
{
	int err = frame ? session_feed(live->session, frame) : -ENOMEM;

	if (err && !live->error) {
		live->error = err;
		complain("internal: frame refused: %s",
			 frame ? json_dumps(frame, 0) : "out of memory");
	}
	if (frame && live->recorder)
		recorder_frame(live->recorder, frame);
	json_decref(frame);
}

static json_t *string_array(char **strings, size_t count)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(array, json_string(strings[i]));
	return array;
}

/* What a snapshot was asked for, and what may be hidden from it. */
static void describe_snapshot(const struct live *live, json_t *meta)
{
	json_object_set_new(meta, "walk", json_boolean(live->options.walk));
	if (!live->loader.memory.has_signature)
		json_object_set_new(
			meta, "hidden",
			json_string(
				"this kernel's pages carry no signature: only pools in lists of the kernel that can be read were looked at"));
}

static void tell_meta(struct live *live)
{
	const struct live_options *options = &live->options;
	const struct loader *loader = &live->loader;
	char started[32];
	time_t now = time(NULL);
	struct utsname os;
	struct tm utc;
	json_t *meta;

	uname(&os);
	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	meta = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:f, s:I, s:o, s:O?, s:i, s:{s:s, s:I, s:I, s:I}}",
		"t", "meta", "schema", SESSION_SCHEMA, "version",
		NETMEM_VERSION, "kernel", os.release, "machine", os.machine,
		"started", started, "tier", options->tier, "drain_ms",
		(json_int_t)options->drain_ms, "coverage_threshold",
		options->coverage, "min_age_ms",
		(json_int_t)options->min_age_ms, "devices",
		string_array(options->devices, options->device_count),
		"command", options->command, "page_size",
		(int)sysconf(_SC_PAGESIZE), "shadow", "kind",
		loader->sparse ? "hash" : "array", "bytes",
		(json_int_t)loader->shadow_bytes, "frames",
		(json_int_t)loader->frame_count, "net_iov_bytes",
		(json_int_t)loader->net_iov_bytes);
	if (options->snapshot)
		describe_snapshot(live, meta);
	live_emit(live, meta);
}

/*
 * Of functions those that run, and those whose absence costs something: not
 * those of which kprobes need no program.
 */
static bool is_hook_told(const struct live *live, size_t i)
{
	const struct hook_state *state = &live->loader.hooks[i];

	if (hooks[i].when == WHEN_TRACED)
		return true;
	if (!live->loader.function)
		return false;
	return state->way != WAY_NONE ||
	       (hooks[i].without &&
		(!state->target || hooks[i].programs[WAY_KPROBE]));
}

static void tell_hooks(struct live *live)
{
	const struct hook_state *states = live->loader.hooks;
	size_t i;

	for (i = 0; i < hook_count; i++)
		if (is_hook_told(live, i))
			live_emit(live,
				  json_pack("{s:s, s:s, s:s, s:s, s:s}", "t",
					    "hook", "hook", hooks[i].name,
					    "how", hook_way_name(states[i].way),
					    "target",
					    states[i].target ?
						    states[i].target :
						    hooks[i].targets[0],
					    "without",
					    hooks[i].without ?
						    hooks[i].without :
						    ""));
}

static void tell_blind(struct live *live, enum model_check check,
		       const char *why)
{
	live_emit(live, json_pack("{s:s, s:s, s:s}", "t", "blind", "check",
				  check_infos[check].id, "why", why));
}

static bool is_hooked(const struct live *live, const char *name)
{
	size_t i;

	for (i = 0; i < hook_count; i++)
		if (!strcmp(hooks[i].name, name))
			return live->loader.hooks[i].way != WAY_NONE;
	return false;
}

/* The hooks that a check of the function tier cannot do without. */
static const struct {
	enum model_check check;
	const char *hooks[3];
} function_needs[] = {
	{ CHECK_put_while_pooled, { "put begins" } },
	{ CHECK_handed_out_twice, { "hand-out", "put begins" } },
	{ CHECK_put_after_destroy, { "put begins" } },
	{ CHECK_cache_race, { "hand-out begins", "hand-out" } },
	{ CHECK_frag_underflow, { "fragment" } },
	{ CHECK_frag_overflow, { "fragment" } },
	{ CHECK_frag_undrained, { "fragment", "put begins" } },
	{ CHECK_frag_bounds, { "fragment" } },
};

static void tell_blind_functions(struct live *live)
{
	const char *const *hook;
	char why[80];
	size_t i;

	for (i = 0; i < ARRAY_LEN(function_needs); i++) {
		for (hook = function_needs[i].hooks; *hook; hook++)
			if (!is_hooked(live, *hook))
				break;
		if (!*hook)
			continue;
		snprintf(why, sizeof(why), "this kernel has no hook for '%s'",
			 *hook);
		tell_blind(live, function_needs[i].check, why);
	}
}

/* Checks that need what this session has not; told at the start. */
static void tell_blind_checks(struct live *live)
{
	const struct memory *memory = &live->loader.memory;
	int check;

	if (live->loader.function)
		tell_blind_functions(live);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (check_infos[check].tier == TIER_FUNCTION &&
		    !live->loader.function)
			tell_blind(
				live, check,
				"needs the function tier, which does not run");
	if (!is_hooked(live, "mm_free") || !memory->has_signature)
		tell_blind(live, CHECK_freed_while_held,
			   memory->has_signature ?
				   "mm_page_free is not hooked" :
				   "this kernel's pages carry no signature");
	if (memory->dma_tracked)
		tell_blind(live, CHECK_dma_after_unbind,
			   "not applicable: this kernel unmaps at destroy");
}

void live_tell_abilities(struct live *live)
{
	tell_hooks(live);
	tell_blind_checks(live);
}

/* XDP checks are known to be blind only at the end: programs come and go. */
static void tell_blind_xdp(struct live *live,
			   const struct hook_counters *counters)
{
	const char *why = live->xdp_occupied ?
				  "another netmem-check inspects these frames" :
			  live->loader.inspector_fds[2] < 0 &&
					  !live->options.pinned ?
				  "XDP inspectors do not load on this kernel" :
			  !live->loader.memory.direct_base ?
				  "the direct map's base was not found" :
				  "no frame passed a netmem XDP program";

	if (!live->loader.memory.has_signature)
		tell_blind(live, CHECK_xdp_foreign_page,
			   "this kernel's pages carry no signature");
	else if (!counters->xdp_inspected)
		tell_blind(live, CHECK_xdp_foreign_page, why);
	if (!counters->xdp_frags_inspected)
		tell_blind(live, CHECK_xdp_frag_bounds,
			   counters->xdp_inspected ?
				   "no inspected frame had fragments" :
				   why);
}

/* An audit counts only when it met a pool at rest. */
static void tell_blind_audit(struct live *live)
{
	const char *why = live->audits_rested ?
				  NULL :
				  "no pool was met at rest for a second look";

	if (why)
		tell_blind(live, CHECK_pool_duplicate, why);
	if (why)
		tell_blind(live, CHECK_pool_refcount, why);
	if (!live->loader.memory.has_signature)
		why = "this kernel's pages carry no signature";
	if (why)
		tell_blind(live, CHECK_pool_foreign, why);
}

/* Without hooks only what stands in memory can be judged. */
static void tell_blind_snapshot(struct live *live)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (check_infos[check].tier != TIER_AUDIT &&
		    !(check == CHECK_leaked && live->options.walk) &&
		    check != CHECK_stalled_shutdown &&
		    check != CHECK_count_mismatch)
			tell_blind(live, check, "a snapshot sees no events");
	tell_blind_audit(live);
}

void live_tell_loss(struct live *live, const char *what, uint64_t count,
		    const char *why)
{
	if (count)
		live_emit(live, json_pack("{s:s, s:s, s:I, s:s}", "t", "loss",
					  "what", what, "count",
					  (json_int_t)count, "why", why));
}

/* What the kernel kept from a hook's first program, and who took it instead. */
struct nesting {
	const char *what;
	uint64_t missed; /* by the first program, while armed */
	uint64_t taken; /* of these, by the second */
};

/*
 * The second program takes an event only when the first missed it, so what is
 * lost is the difference. Misses are read before the counters: an event that
 * comes between is then taken and not missed, which is no loss.
 */
static void tell_nested_loss(struct live *live, const struct nesting *nesting)
{
	char why[160];

	if (nesting->missed <= nesting->taken)
		return;
	snprintf(why, sizeof(why),
		 "%s that interrupted this hook on the same processor: %" PRIu64
		 " came, the second program took %" PRIu64,
		 nesting->what, nesting->missed, nesting->taken);
	live_tell_loss(live, nesting->what, nesting->missed - nesting->taken,
		       why);
}

/* None when the count cannot be read. */
static uint64_t misses_since(const struct loader *loader, const char *hook,
			     uint64_t early)
{
	uint64_t misses = loader_misses(loader, hook);

	return misses > early ? misses - early : 0;
}

static void tell_counters(struct live *live)
{
	struct loader *loader = &live->loader;
	struct nesting holds = {
		.what = "holds",
		.missed = misses_since(loader, "hold",
				       loader->bss->early_hold_misses),
	};
	struct nesting releases = {
		.what = "releases",
		.missed = misses_since(loader, "release",
				       loader->bss->early_release_misses),
	};
	uint64_t frees = loader_misses(loader, "mm_free");
	struct hook_counters counters;

	if (loader_counters(loader, &counters))
		return;
	holds.taken = counters.nested_holds;
	releases.taken = counters.nested_releases;
	live_emit(
		live,
		json_pack(
			"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			"t", "counters", "frames_outside",
			(json_int_t)counters.frames_outside, "net_iovs_outside",
			(json_int_t)counters.net_iovs_outside, "steps_lost",
			(json_int_t)counters.steps_lost, "xdp_exceptions",
			(json_int_t)counters.xdp_exceptions, "redirect_errors",
			(json_int_t)counters.redirect_errors, "xdp_inspected",
			(json_int_t)counters.xdp_inspected,
			"xdp_frags_inspected",
			(json_int_t)counters.xdp_frags_inspected,
			"xdp_unpooled", (json_int_t)counters.xdp_unpooled,
			"mem_connects", (json_int_t)counters.mem_connects,
			"mem_disconnects", (json_int_t)counters.mem_disconnects,
			"frees_not_inspected", (json_int_t)frees, "hold_misses",
			(json_int_t)holds.missed, "nested_holds",
			(json_int_t)holds.taken, "release_misses",
			(json_int_t)releases.missed, "nested_releases",
			(json_int_t)releases.taken));
	tell_blind_xdp(live, &counters);
	tell_blind_audit(live);
	live_tell_function_losses(live);
	tell_nested_loss(live, &holds);
	tell_nested_loss(live, &releases);
	live_tell_loss(live, "frames", counters.frames_outside,
		       "page frames outside the shadow");
	live_tell_loss(live, "net_iovs", counters.net_iovs_outside,
		       "events of net_iovs for which the shadow had no place");
	live_tell_loss(live, "steps", counters.steps_lost,
		       "compare-and-swap retries exhausted");
	live_tell_loss(live, "pools", counters.pools_untracked,
		       "pools that found no slot");
	live_tell_loss(
		live, "evidence", counters.evidence_lost,
		"violations of no known pool that found no evidence slot");
	live_tell_loss(live, "recording", counters.recording_lost,
		       "events not in the recording: its reader was too slow");
	live_tell_loss(
		live, "frees", frees,
		"frees not inspected (recursion); the final scan covers them");
}

/*
 * Pools that BPF summed up by device. Where devices were asked for, those of
 * others do not matter, and nobody can say whether one of unknown device does.
 */
static void tell_folded(struct live *live)
{
	struct folded_pools *sums, all = {};
	uint64_t unknown = 0;
	int count, i;

	count = loader_folded(&live->loader, &sums);
	if (count < 0)
		live->error = live->error ? live->error : count;
	for (i = 0; i < count; i++) {
		struct pool_identity id = { .ifindex = sums[i].ifindex,
					    .netns = sums[i].netns };

		memcpy(id.device, sums[i].device, sizeof(id.device));
		if (live->options.device_count && !id.ifindex) {
			unknown += sums[i].pools;
			continue;
		}
		if (!live_device_wanted(live, &id))
			continue;
		all.pools += sums[i].pools;
		all.events += sums[i].events;
		all.conclusive += sums[i].conclusive;
	}
	free(sums);
	live_tell_loss(
		live, "short-lived", unknown,
		"pools that came and went too fast to tell their device");
	if (all.pools)
		live_emit(live,
			  json_pack("{s:s, s:I, s:I, s:I}", "t", "folded",
				    "pools", (json_int_t)all.pools, "events",
				    (json_int_t)all.events, "conclusive",
				    (json_int_t)all.conclusive));
}

static void tell_netlink(struct live *live)
{
	json_t *list = json_array(), *frame;
	struct netlink_pool *pools = NULL;
	size_t count = 0, i;
	int err;

	err = netlink_pools(&pools, &count);
	for (i = 0; i < count; i++)
		json_array_append_new(
			list,
			json_pack("{s:I, s:I, s:I}", "id",
				  (json_int_t)pools[i].id, "ifindex",
				  (json_int_t)pools[i].ifindex, "inflight",
				  (json_int_t)pools[i].inflight));
	free(pools);
	frame = json_pack("{s:s, s:o}", "t", "netlink", "pools", list);
	if (err && frame)
		json_object_set_new(frame, "why", json_string(error_text(err)));
	live_emit(live, frame);
}

static int record_event_line(void *data, void *record, size_t size)
{
	struct live *live = data;

	if (size >= sizeof(struct event_record))
		recorder_event(live->recorder, record);
	return 0;
}

/* Pools without any page, which no scan can see, where the kernel lists them. */
static void walk_registry(struct live *live)
{
	struct registry registry;
	int err = registry_find(&registry);

	live->loader.bss->registry_cut = 0;
	if (!err)
		err = registry_walk(live->loader.demand_fds[DEMAND_REGISTRY],
				    &registry);
	if (registry.blind)
		live_emit(live, json_pack("{s:s, s:s}", "t", "note", "text",
					  registry.blind));
	else if (err)
		live_emit(
			live,
			json_pack("{s:s, s:s+}", "t", "note", "text",
				  "idle pools: cannot walk the kernel's list: ",
				  error_text(err)));
	live_tell_loss(
		live, "registry", live->loader.bss->registry_cut,
		"places of the kernel's list of pools that were too deep or too long to follow");
}

int live_start(struct live *live)
{
	int err;

	if (live->recorder) {
		live->ring = ring_buffer__new(live->loader.map_fds[MAP_EVENTS],
					      record_event_line, live, NULL);
		if (!live->ring) {
			err = -errno;
			complain("cannot open the event ring buffer: %s",
				 error_text(err));
			return err;
		}
	}
	tell_meta(live);
	if (getenv("NETMEM_TEST"))
		live_emit(live,
			  json_pack("{s:s, s:s+}", "t", "note", "text",
				    "test knobs: ", getenv("NETMEM_TEST")));
	live_tell_abilities(live);
	live_find_xdp(live);
	loader_arm(&live->loader);
	ticks_calibrate(&live->loader);
	/* Now, with the hooks awake: pools and pages older than us. */
	live->loader.bss->seeding = true;
	live_scan(live, SCAN_CORRECT);
	walk_registry(live);
	live->loader.bss->seeding = false;
	live_tell_pools(live);
	live_close_windows(live, false);
	return live->error;
}

void live_resume(struct live *live)
{
	tell_meta(live);
	live_tell_abilities(live);
	ticks_calibrate(&live->loader);
	live_find_xdp(live);
}

/* Pools that ended before we came say so once a second. */
static void walk_snapshot(struct live *live)
{
	if (live_has_ended(live)) {
		usleep(STALL_LOOK_US);
		live_tell_pools(live);
	}
	live_walk_holders(live);
}

void live_snapshot(struct live *live)
{
	live->options.snapshot = true;
	tell_meta(live);
	ticks_calibrate(&live->loader);
	live->loader.bss->seeding = true;
	live_scan(live, SCAN_CORRECT);
	walk_registry(live);
	live->loader.bss->seeding = false;
	live_tell_pools(live);
	live_look(live);
	live_look(live);
	if (live->options.walk)
		walk_snapshot(live);
	live_audit(live);
	if (live_tell_gone(live)) {
		usleep(STALL_LOOK_US);
		live_tell_gone(live);
	}
	tell_netlink(live);
	tell_blind_snapshot(live);
}

void live_tick(struct live *live)
{
	live_tell_pools(live);
	live_tell_evidence(live);
	if (live->ring)
		ring_buffer__consume(live->ring);
	live_close_windows(live, false);
	live_audit_some(live);
	if (live->scan_due && now_ns() - live->scanned_ns > SCAN_INTERVAL_NS)
		live_scan(live, SCAN_CORRECT);
	live_find_xdp(live);
}

/* Does any pool still wait for events, or for a slot to be given back? */
bool live_windows_settled(const struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].life &&
		    (live->watches[slot].unsettled ||
		     (live->loader.pools[slot].status == POOL_RETIRED &&
		      !live->options.pinned)))
			return false;
	return true;
}

/* Late events get their time; what is missing after it is lost. */
static void close_all_windows(struct live *live)
{
	int round;

	for (round = 0; round < CLOSE_ROUNDS; round++) {
		live_tell_pools(live);
		live_tell_evidence(live);
		if (live->ring)
			ring_buffer__consume(live->ring);
		live_close_windows(live, round == CLOSE_ROUNDS - 1);
		if (live->options.pinned)
			live_keep_evidence(live);
		if (live_windows_settled(live))
			break;
		usleep(CLOSE_ROUND_US);
	}
}

void live_finish(struct live *live)
{
	close_all_windows(live);
	if (live->scan_due)
		live_scan(live, SCAN_CORRECT);
	/* Two looks; a mismatch counts when both see the same. */
	live_look(live);
	live_look(live);
	close_all_windows(live);
	live_walk_holders(live);
	live_tell_stalled_pages(live);
	live_audit(live);
	live_tell_evidence(live);
	live_tell_xdp(live);
	tell_netlink(live);
	tell_folded(live);
	tell_counters(live);
	live->session->duration_ms =
		(now_ns() - live->loader.bss->armed_ns) / 1000000;
}

void live_stop(struct live *live)
{
	live_release_xdp(live);
	live_close_holders(live);
	ring_buffer__free(live->ring);
	live->ring = NULL;
}
