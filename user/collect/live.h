/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel as a source of facts: what happens between arming and
 * the verdict. Each observation becomes a fact that goes to a sink and, with
 * --record, into the recording.
 */
#ifndef NETMEM_LIVE_H
#define NETMEM_LIVE_H

#include "model/window.h"
#include "user/collect/audit.h"
#include "user/collect/scan.h"
#include "user/collect/tries.h"
#include "user/facts/facts.h"
#include "user/facts/record.h"
#include "user/kernel/hooks.h"
#include "user/kernel/xdp_find.h"
#include "user/loader.h"

/* What was emitted of a slot's incarnation, and how its last window ended. */
struct pool_watch {
	uint32_t life; /* 0: none yet; else a pool fact named it */
	struct pool_identity emitted; /* as the last pool fact said */
	uint32_t unstable; /* ticks in a row with events missing */
	bool stack_emitted;
	bool judged; /* as the last pool fact said */
	bool counted; /* compared at the end, with whatever result */
	bool compared; /* the last look that met it at rest found no difference */
	uint64_t looked_events; /* counted when a tick last looked at it */
	uint64_t lapse_ns; /* when its words were last not to be trusted */
	bool begun; /* its words were known once, or a window was closed */
	uint64_t opened_ns; /* when its offsets were last measured */
	uint64_t regain_ns; /* when to try next to trust its words again ... */
	uint64_t regain_wait_ns; /* ... and how long that was put off */
	uint64_t closed_ns; /* when its window was last closed ... */
	uint32_t seen_at_close; /* ... and how many events there were */
	bool closed; /* a window ended in this pass ... */
	bool complete; /* ... and it was whole */
};

struct live_options {
	const struct strings *devices; /* -i: judge the pools of these only */
	uint64_t drain_ms;
	uint64_t min_age_ms; /* of what reports list; nothing here reads it */
	double coverage; /* threshold, 0 to 1 */
	const char *tier;
	const struct strings *command; /* the workload's argv, or NULL */
	bool snapshot; /* pools that are there now, and no windows */
	bool pinned; /* others will read on: keep slots and evidence */
	bool walk; /* walk holders though no pool is stalled */
	bool nudge; /* push deferred frees first */
	uint64_t pool; /* judge this one only: id or address; 0: all */
};

struct live {
	struct loader loader;
	struct fact_sink sink;
	struct recorder *recorder; /* NULL: no recording */
	struct live_options options;
	struct ring_buffer *ring; /* events, with a recorder */
	struct pool_watch watches[SLOT_COUNT];
	struct tally tally;
	bool scan_due; /* a gap wants its words corrected */
	uint64_t scanned_ns; /* last scan's start */
	uint64_t scan_took_ns;
	/*
	 * Which pages each pool may have: by the words when the log of pages was
	 * at listed_at, with those that the last scan found beside the words.
	 */
	struct pagelist pages, found;
	bool listed;
	bool found_cut; /* too many were found: some are missing */
	uint64_t listed_at;
	struct look_list look_list; /* of the pool that is looked at */
	uint32_t hold_before_scan[SLOT_COUNT];
	uint32_t look_next; /* slot that the next look in turn begins at */
	struct xdp_instance *xdp;
	size_t xdp_count;
	uint64_t xdp_fingerprint; /* of the programs when they were last looked at */
	uint32_t audit_next; /* slot that the last audit in turn looked at */
	uint64_t audits_stable; /* looks at a pool that did not move */
	bool xdp_occupied; /* another instance inspects some frames */
	struct holders *holders; /* opened by the first walk */
	int walk_count;
	bool finishing; /* no later window */
	bool kicked; /* deferred frees were pushed */
	int error; /* the first one, negative errno */
};

/* Which hooks are in place, and which checks are blind from the start. */
void live_emit_abilities(struct live *live);

/* Makes a live source; the loader must be open, a sink set, nothing armed. */
int live_start(struct live *live);

/* Goes on with what another process armed (pinned mode). */
void live_resume(struct live *live);

/* One pass over everything, without hooks: pools, counts, caches and rings. */
void live_snapshot(struct live *live);

/*
 * Between ticks, every 50 ms or so: the windows of pools that lost events or may
 * have, and ten times a second of those with many events. What is lost then
 * costs little more than itself.
 */
void live_tick_moving(struct live *live);

/* Once a second or so: evidence, new pools, windows, corrections, XDP. */
void live_tick(struct live *live);

/*
 * After the drain: closes all windows, passes twice over counters, words, pages,
 * caches and rings, and ends the session.
 */
void live_finish(struct live *live);

void live_stop(struct live *live);

/* ---- emit.c ---- */

/*
 * Hands a fact to the sink and the recorder, which borrow it for the call. What
 * it has not reads as the fallback then.
 */
void live_emit(struct live *live, struct fact *fact);

/* Keeps the first error; none for 0. */
void live_fail(struct live *live, int err);

/* A remark for people; the code is for programs. */
void __attribute__((format(printf, 3, 4)))
live_emit_note(struct live *live, enum note_code code, const char *format, ...);

/* A check that does not run here. */
void live_emit_blind(struct live *live, enum model_check check,
		     enum blind_code code, const char *why);

/* A loss that no pool can be charged with; none for a count of 0. */
void live_emit_loss(struct live *live, enum loss_kind what, uint64_t count,
		    const char *why);

/* ---- abilities.c ---- */

/* XDP checks are known to be blind only at the end: programs come and go. */
void live_emit_blind_xdp(struct live *live,
			 const struct hook_counters *counters);
/* An audit counts only when it met a pool at rest. */
void live_emit_blind_audit(struct live *live);
/* Without hooks only what stands in memory can be judged. */
void live_emit_blind_snapshot(struct live *live);

/* ---- losses.c ---- */

/* Counters of the hooks, what was lost by them, and what is blind so. */
void live_emit_counters(struct live *live);
/* Pools that came and went before we saw them, as a sum. */
void live_emit_folded(struct live *live);

/* ---- pools.c ---- */

/* A pool whose counters can be read now. */
bool live_is_alive(const struct live *live, uint32_t slot);
void live_emit_pools(struct live *live);
/* A judged pool whose words may be wrong, until each of its pages is known. */
bool live_needs_trust(const struct live *live, uint32_t slot);
void live_close_windows(struct live *live, bool last);
/* Those that live_tick_moving() is about. */
void live_close_moving(struct live *live);
/* Has any pool such a window? */
bool live_is_moving(struct live *live);
/* Its words were corrected just now: from here on its events count. */
void live_restart_window(struct live *live, uint32_t slot);
/* Snapshot: which pools went since; returns how many still wait. */
unsigned int live_emit_gone(struct live *live);
/* No pool waits for events, or for its slot to be given back. */
bool live_windows_stable(const struct live *live);
/* Were devices asked for? Else all are. */
bool live_has_devices(const struct live *live);
bool live_device_wanted(const struct live *live,
			const struct pool_identity *id);

/* ---- evidence.c ---- */

void live_emit_evidence(struct live *live);
void live_keep_evidence(struct live *live);

/* ---- function.c: what the function tier adds; nothing without it ---- */

/* Where the pages of a pool went; false: nobody knows. */
bool live_flow(const struct live *live, uint32_t slot, uint32_t life,
	       struct paths_fact *paths);
void live_emit_flow(struct live *live, uint32_t slot, uint32_t life);
/* A page that is out, with what is known of it: a fact page or unheld. */
void live_emit_page(struct live *live, enum fact_type type, uint32_t slot,
		    const struct tally_page *page, uint64_t age_ms);
/* A sampled stack, the caller's to clear; empty: there is none. */
struct strings live_stack(struct live *live, uint32_t id);
/* Whether pages out agree with the pool's own count, after its audit. */
void live_emit_followed(struct live *live, uint32_t slot,
			const struct audit_result *audit);
void live_emit_function_losses(struct live *live,
			       const struct hook_counters *counters);

/*
 * ---- walks.c ----
 * Walks the holders of pages twice, when some pool is stalled or options.walk
 * asks for it; then counts again.
 */
void live_walk_holders(struct live *live);
void live_close_holders(struct live *live);

/* ---- xdp.c ---- */

void live_find_xdp(struct live *live);
void live_emit_xdp(struct live *live);
void live_release_xdp(struct live *live);

/* ---- lists.c: which pages each pool may have ---- */

/* A scan has ended. */
void live_note_found(struct live *live);
/* Makes look_list; false: it cannot be told which pages the pool may have. */
bool live_list_pages(struct live *live, uint32_t slot);
void live_clear_lists(struct live *live);

/* ---- looks.c ---- */

/* Compares all pools that are alive; twice, where one differs. */
void live_look(struct live *live);
/* Pools that came since: without a scan. */
void live_look_late(struct live *live);
/* Some of those judged, in turn, until each was compared, and again later. */
void live_look_some(struct live *live);
/* Corrects the words of a pool's pages by what these say. */
void live_reseed(struct live *live, uint32_t slot);
/* The same for all pools that need it, and trusts what agrees. */
void live_regain_trust(struct live *live);

/* ---- final.c ---- */

/* Its counters; not .readable when the pool is not alive. */
struct pool_reading live_read_pool(struct live *live, uint32_t slot);

/* Ages are known where we saw the page enter its pool. */
bool live_knows_ages(const struct live *live);

void live_scan(struct live *live, enum scan_mode mode);
void live_emit_stalled_pages(struct live *live);
void live_audit(struct live *live);
/* Was any pool destroyed before we could see it? */
bool live_has_ended(struct live *live);
void live_audit_some(struct live *live);
/* What each pool has while our XDP programs are on. */
void live_emit_attached(struct live *live);

#endif
