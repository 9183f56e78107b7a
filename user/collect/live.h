/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel as a source of frames: what happens between arming and
 * the verdict. Each observation becomes a frame that goes to the session and,
 * with --record, into the recording.
 */
#ifndef NETMEM_LIVE_H
#define NETMEM_LIVE_H

#include "model/window.h"
#include "user/collect/audit.h"
#include "user/loader.h"
#include "user/facts/recording.h"
#include "user/collect/scan.h"
#include "user/judge/session.h"
#include "user/kernel/xdp.h"

/* What we told of a slot's present tenant, and how its last window ended. */
struct pool_watch {
	uint32_t life; /* 0: no tenant yet */
	struct pool_identity told; /* as the last pool frame said */
	uint32_t unsettled; /* ticks in a row with events missing */
	bool stack_told;
	bool closed; /* a window ended in this pass ... */
	bool complete; /* ... and it was whole */
};

struct live_options {
	char **devices; /* -i: judge the pools of these only */
	size_t device_count;
	uint64_t drain_ms;
	uint64_t min_age_ms; /* of what reports list; nothing here reads it */
	double coverage; /* threshold, 0 to 1 */
	const char *tier;
	json_t *command; /* the workload's argv, or NULL */
	bool snapshot; /* pools that are there now, and no windows */
	bool pinned; /* others will read on: keep slots and evidence */
	bool walk; /* walk holders though no pool is stalled */
	bool nudge; /* push deferred frees first */
	uint64_t pool; /* judge this one only: id or address; 0: all */
};

struct live {
	struct loader loader;
	struct session *session;
	struct recorder *recorder; /* NULL: no recording */
	struct live_options options;
	struct ring_buffer *ring; /* events, with a recorder */
	struct pool_watch watches[SLOT_COUNT];
	struct census census;
	bool scan_due; /* a gap wants its words corrected */
	uint64_t scanned_ns; /* last scan's start */
	struct xdp_instance *xdp;
	size_t xdp_count;
	uint64_t xdp_mark; /* of the programs when they were last looked at */
	uint32_t audit_next; /* slot that the last audit in turn looked at */
	uint64_t audits_rested; /* looks at a pool that did not move */
	bool xdp_occupied; /* another instance inspects some frames */
	struct holders *holders; /* opened by the first walk */
	int walk_count;
	bool nudged; /* deferred frees were pushed */
	int error; /* first error of a frame, negative errno */
};

/* Tells which hooks are in place, and which checks are blind from the start. */
void live_tell_abilities(struct live *live);

/* Makes a live source; loader and session must be open, nothing armed. */
int live_start(struct live *live);

/* Goes on with what another process armed (pinned mode). */
void live_resume(struct live *live);

/* One look at everything, without hooks: pools, counts, caches and rings. */
void live_snapshot(struct live *live);

/* Once a second or so: evidence, new pools, windows, corrections, XDP. */
void live_tick(struct live *live);

/*
 * After the drain: closes all windows, looks twice at counters, words, pages,
 * caches and rings, and ends the session.
 */
void live_finish(struct live *live);

void live_stop(struct live *live);

/* Feeds a frame (the reference is taken over). NULL is an error, too. */
void live_emit(struct live *live, json_t *frame);

/* A loss that no pool can be charged with; none for a count of 0. */
void live_tell_loss(struct live *live, const char *what, uint64_t count,
		    const char *why);

/* live_pools.c */
void live_tell_pools(struct live *live);
void live_close_windows(struct live *live, bool last);
/* Snapshot: tells which pools went since; returns how many still wait. */
unsigned int live_tell_gone(struct live *live);
bool live_windows_settled(const struct live *live);
bool live_device_wanted(const struct live *live,
			const struct pool_identity *id);

/* live_evidence.c */
void live_tell_evidence(struct live *live);
void live_keep_evidence(struct live *live);

/* live_function.c: what the function tier adds; nothing without it */
json_t *live_flow(const struct live *live, uint32_t slot, uint32_t life);
void live_tell_flow(struct live *live, uint32_t slot, uint32_t life);
/* Adds to @frame what is known of a page: recycled, given, taken, verdict. */
void live_describe_page(const struct live *live, uint64_t frame_number,
			json_t *frame);
/* A sampled stack as an array of names; NULL when there is none. */
json_t *live_stack(const struct live *live, uint32_t id);
/* Tells whether pages out agree with the pool's own count, after its audit. */
void live_tell_followed(struct live *live, uint32_t slot,
			const struct audit_result *audit);
void live_tell_function_losses(struct live *live);

/*
 * live_holders.c: walks the holders of pages twice and tells them, when some
 * pool is stalled or options.walk asks for it; then counts again.
 */
void live_walk_holders(struct live *live);
void live_close_holders(struct live *live);

/* live_xdp.c */
void live_find_xdp(struct live *live);
void live_tell_xdp(struct live *live);
void live_release_xdp(struct live *live);

/* live_judge.c */
void live_scan(struct live *live, enum scan_mode mode);
void live_look(struct live *live);
void live_tell_stalled_pages(struct live *live);
void live_audit(struct live *live);
/* Was any pool destroyed before we could see it? */
bool live_has_ended(struct live *live);
void live_audit_some(struct live *live);
/* Tell what each pool has while our XDP programs are on. */
void live_tell_attached(struct live *live);

#endif
