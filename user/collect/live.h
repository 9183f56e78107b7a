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
#include "user/facts/filter.h"
#include "user/facts/record.h"
#include "user/kernel/demand.h"
#include "user/kernel/hooks.h"
#include "user/kernel/links.h"
#include "user/kernel/namespaces.h"
#include "user/kernel/netlink.h"
#include "user/kernel/xdp_read.h"
#include "user/loader.h"

/* A judged pool that is alive at the end: who may have what is out? */
struct posted {
	uint32_t seq; /* the incarnation that this is of; 0: none */
	bool has_pages;
	uint64_t most; /* pages that its device may rightly have ... */
	uint64_t pages; /* ... beside those that were met in its ring */
	int64_t out; /* neither in cache nor ring; -1: it was not at rest */
	bool sought; /* more are out than that: they are looked for */
	bool looked; /* twice, at rest, with this result: */
	uint64_t unmet; /* pages that were met nowhere */
	uint64_t apart_ms; /* between the two looks */
};

/* What was emitted of a slot's incarnation, and how its last window ended. */
struct pool_watch {
	uint32_t seq; /* 0: none yet; else a pool fact named it */
	struct pool_identity emitted; /* as the last pool fact said */
	uint32_t unstable; /* ticks in a row with events missing */
	bool judged; /* that pool fact said so; it stays so */
	uint32_t first_generation; /* of its words */
	bool queue_unknown; /* which --queue asks for */
	struct outside_fact outside; /* the last one emitted */
	bool stack_emitted;
	bool first_emitted; /* its reading of when the hooks were armed */
	struct stats_reading stats; /* as the last stats fact said */
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
	struct posted posted;
};

/* The links of a network namespace, as they were first seen and at the end. */
struct netns_links {
	uint64_t netns;
	struct net_links first, last;
	bool unreadable; /* at the end */
};

struct watched_netdev {
	uint64_t netns;
	uint32_t ifindex;
	char name[IF_NAMESIZE]; /* as it was met first */
	char driver[32];
	uint64_t rx_ring; /* most entries that it was seen with; 0: unknown */
	bool asked; /* by -i */
	bool lower; /* below one of these */
	bool met; /* its namespace was read since */
};

struct netdevs {
	uint64_t own_netns;
	struct namespaces entered; /* those that can be */
	struct netns_links *namespaces;
	size_t namespace_count;
	struct watched_netdev *items;
	size_t count;
	bool no_start; /* another process began: nobody knows what came since */
	bool ended; /* the links at the traffic's end are read */
	bool lost_way; /* we are in another namespace than ours */
};

/* Where the kernel's statistics of pools are read, and when they were. */
struct stats_source {
	enum { STATS_NONE, STATS_MEMORY, STATS_NETLINK } from;
	int cpus; /* possible ones */
	uint64_t read_ns; /* of all pools */
	struct netlink_stats *list; /* netlink: the last answer, of listed_ns */
	size_t count;
	uint64_t listed_ns;
};

/* What the kernel's lists of pools said last. */
struct pool_lists {
	const char *name; /* of the list that was walked; NULL: none */
	bool whole; /* it has all pools, and all of it was walked */
	char why[160]; /* why not */
	struct missed_pool_facts missed; /* listed, and not found by us */
};

/* The search of memory for pages without a holder, on request. */
struct live_search {
	uint64_t longest_ms;
	bool (*is_cut)(void *data); /* it alone is to end */
	void (*progress)(void *data, uint64_t done, uint64_t all);
	void *data;
};

struct live_options {
	const struct strings *devices; /* -i: judge the pools of these only */
	const struct strings *expect; /* --expect; nothing here reads it */
	struct pool_filter filter; /* and of these those that it takes */
	uint64_t drain_ms;
	uint64_t min_age_ms; /* of what reports list; nothing here reads it */
	uint64_t suspect_after_ms; /* out for so long without a holder */
	double coverage; /* threshold, 0 to 1 */
	const struct strings *command; /* the workload's argv, or NULL */
	bool snapshot; /* pools that are there now, and no windows */
	bool lower; /* judge the pools of devices below these as well */
	bool pinned; /* others will read on: keep slots and evidence */
	/*
	 * Pinned, and watched by ticks while others close windows, too: only
	 * evidence that the pinned state says is proven, since no window of
	 * ours can decide about the rest.
	 */
	bool proven_only;
	bool walk; /* walk holders though no pool is stalled */
	bool kick; /* push deferred frees first */
	const struct live_search *search; /* NULL: memory is not searched */
	bool peek; /* tell which packets pages without a holder begin with */
	bool running; /* somebody looks on: paths and XDP frames each tick */
	/* Has somebody asked for the verdict now? NULL: nobody can. */
	bool (*is_cut)(void *data);
	void *cut_data;
};

/* A load of xdp_netmem_stats.bpf.o, from when we found it. */
struct xdp_watch {
	struct xdp_instance instance;
	struct xdp_totals start; /* all 0: it was loaded during the watch */
	struct xdp_place
		*places; /* at the last reading: where it ran, once gone */
	size_t place_count;
	bool alive; /* its programs were there at the last look */
	bool inspected; /* it has our inspectors */
	bool occupied; /* another netmem-check's inspectors are there */
	bool refused; /* the kernel does not take ours */
};

/* Something about XDP that failed: how often, and the first error. */
struct xdp_failure {
	uint64_t count;
	int error;
};

/* A pool in its slot. Of one that we saw end both may be another's now. */
struct incarnation {
	uint32_t slot, seq;
	uint64_t address;
	uint32_t first_generation, generation; /* of its words */
	uint32_t born_age; /* age tick */
	bool judged;
};
#define ENDED_KEPT 256 /* the newest */

struct live {
	struct loader loader;
	struct fact_sink sink;
	struct recorder *recorder; /* NULL: no recording */
	struct live_options options;
	struct ring_buffer *ring; /* events, with a recorder */
	struct pool_watch watches[SLOT_COUNT];
	struct devices *devices; /* that -i asks for; NULL: none found yet */
	struct tally tally;
	int control_error; /* why no control pool was made; 0: it was */
	bool mark_met; /* a scan found a page by it */
	bool scans; /* nothing says that a scan would find other than pages of pools */
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
	struct pool_reading before_scan[SLOT_COUNT];
	uint32_t look_next; /* slot that the next look in turn begins at */
	struct stats_source stats;
	struct xdp_watch *xdp;
	size_t xdp_count;
	uint64_t xdp_fingerprint; /* of the programs when they were last looked at */
	bool xdp_begun; /* programs found from now on are new */
	struct xdp_failure xdp_unlisted, xdp_unread, xdp_uninspected;
	struct incarnation ended[ENDED_KEPT];
	size_t ended_count; /* of all so far */
	struct unstored_count *unstored; /* as the last facts said */
	size_t unstored_count;
	uint32_t drain_age; /* age tick when the drain began */
	uint32_t audit_next; /* slot that the last audit in turn looked at */
	struct netdevs netdevs;
	struct pool_lists lists;
	uint64_t audits_stable; /* looks at a pool that did not move */
	struct holders *holders; /* opened by the first walk */
	int walk_count;
	enum blind_code walk_doubt; /* of the last walk; BLIND_OTHER: none */
	struct suspects *suspects; /* SLOT_COUNT of them; NULL: none yet */
	uint64_t suspects_due_ns; /* no look for them before */
	bool inspected; /* frames of a judged pool that is gone */
	bool out_grew; /* a judged pool has more pages out than at the start */
	bool finishing; /* no later window */
	bool kicked; /* deferred frees were pushed */
	uint32_t cut; /* steps that were not done, one bit each */
	uint32_t cut_pools; /* pools that were not audited */
	int error; /* the first one, negative errno */
};

/* Which hooks are in place, and which checks are blind from the start. */
void live_emit_abilities(struct live *live);

/* Capabilities without which there is a verdict, but less is looked at. */
void live_emit_privileges(struct live *live);

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

/* Keeps the first error, after a message; none for 0. No verdict is reached then. */
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

/* ---- cut.c ---- */

/* Is it cut? Then the step is noted as not done. */
bool live_skips(struct live *live, enum cut_step step);
/* Sleeps, until it is cut. */
void live_pause(struct live *live, uint64_t us);
/* What was not done; nothing where all was. */
void live_emit_cut(struct live *live);

/* ---- abilities.c ---- */

/* XDP checks are known to be blind only at the end: programs come and go. */
void live_emit_blind_xdp(struct live *live,
			 const struct hook_counters *counters);
/* An audit counts only when it met a pool at rest. */
void live_emit_blind_audit(struct live *live);
/* Without hooks only what stands in memory can be judged. */
void live_emit_blind_snapshot(struct live *live);

/* Is the hook of this name in place? */
bool live_is_hooked(const struct live *live, const char *name);

/*
 * ---- control.c ----
 * Proves hooks and mark with a page pool of our own; once they are armed, and
 * before anything rests on them.
 */
void live_prove(struct live *live);
/* The first events proved the hooks: they need not say so any more. */
void live_rest_hooks(struct live *live);
/* Without such a pool: what the events so far proved. */
void live_prove_by_events(struct live *live);

/* ---- losses.c ---- */

/* Counters of the hooks, what was lost by them, and what is blind so. */
void live_emit_counters(struct live *live);
/* Pools that found no slot, where they are, or may be, of those judged. */
void live_emit_untracked(struct live *live);
/* Pools that came and went before we saw them, as a sum. */
void live_emit_folded(struct live *live);

/* ---- pools.c ---- */

/* Strings of a pool fact. */
struct pool_names {
	char device[DEVICE_LEN + 1], driver[NAME_LEN + 1];
};

/*
 * What a pool fact says beside its slot and whether it is judged; @names holds its
 * strings. Who knows its bus device only gets the net device there.
 */
void live_identify_pool(struct pool_identity *id, struct pool_names *names,
			struct pool_fact *pool);
/* A pool whose counters can be read now. */
bool live_is_alive(const struct live *live, uint32_t slot);
void live_emit_pools(struct live *live);
/* At the start: the windows of all pools, many at a time. */
void live_open_windows(struct live *live);
/* What of the pool lies outside the shadow, if that is news. */
void live_emit_outside(struct live *live, uint32_t slot);
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

/* ---- devices.c: the devices that -i asks for ---- */

/* Were devices asked for? Else all are. */
bool live_has_devices(const struct live *live);
/* Finds them, and where they went; before pools are looked at. */
void live_follow_devices(struct live *live);
void live_forget_devices(struct live *live);
/* Was one of them ever there? */
bool live_place_wanted(const struct live *live, struct netdev_place place);
/* Is the pool to be judged, by its device and by the filter? */
bool live_pool_wanted(const struct live *live, const struct pool_identity *id,
		      const struct pool_fact *pool);
/* Is it not, because nobody knows its queue? */
bool live_lacks_queue(const struct live *live, const struct pool_identity *id,
		      const struct pool_fact *pool);
/*
 * Where no device has a name now that was asked for, what became of it, as a
 * note; NOTE_OTHER: nothing to tell.
 */
enum note_code live_device_news(struct live *live, const char *asked,
				char *text, size_t size);

/* ---- readings.c ---- */

/* Each pool that is there, once the hooks are armed. */
void live_read_first(struct live *live);
/* The same after the drain. */
void live_read_last(struct live *live);
/* The pool at an instant at which nothing moved; false: there was none. */
bool live_read_instant(struct live *live, uint32_t slot,
		       struct pool_first *reading);
/* Pages neither in cache nor ring. */
int64_t live_reading_out(const struct pool_first *reading);

/* ---- posted.c: pages that the devices of pools that are alive may have ---- */

/* After the drain: so many are out (-1: it was not at rest); more than that? */
void live_begin_posted(struct live *live, uint32_t slot, uint32_t seq,
		       int64_t out);
/* Of any pool. */
bool live_seeks_posted(const struct live *live);
/* Were more met nowhere than its device may have? */
bool live_has_suspects(const struct live *live, uint32_t slot);
/* Why a look at the pool proves nothing, however often; BLIND_OTHER: it does. */
enum blind_code live_doubts_look(const struct live *live, uint32_t slot);
/* Is it worth waiting for a look that is late enough to name them? */
bool live_awaits_suspects(const struct live *live);
/* What came of it. */
void live_emit_posted(struct live *live);

/* ---- suspects.c: the same pages, in one look after the other ---- */

/* The pages that the look that goes on met nowhere, ascending. */
void live_note_unmet(struct live *live, uint32_t slot,
		     const struct tally_page *pages, size_t count,
		     const struct pool_first *reading);
/* That look is done; @code: why it proves nothing, else BLIND_OTHER. */
void live_emit_suspects(struct live *live, uint32_t slot, enum blind_code code);
/* Is the next look due, and did anything happen in the pool since the last one? */
bool live_suspects_due(struct live *live, uint32_t slot,
		       const struct pool_first *reading);
/* No more are out than its device may have. */
void live_clear_suspects(struct live *live, uint32_t slot,
			 const struct pool_first *reading);
void live_free_suspects(struct live *live);

/* ---- suspects_tick.c ---- */

/* During the watch: looks at pools whose look is due, if they rest. */
void live_look_for_suspects(struct live *live);

/* ---- referenced.c: pages that left with more than one reference ---- */

/* What the slot has now, or had last; seq 0: no pool was there. */
struct incarnation live_incarnation(const struct live *live, uint32_t slot);
/* The traffic is over. */
void live_begin_drain(struct live *live);
/* After the drain, while mm_page_free is hooked: those that were not freed. */
void live_emit_referenced(struct live *live);

/* ---- kick.c ---- */

/*
 * Pushes freed packets that wait on idle processors: sends a datagram to
 * ourselves over loopback on each processor, in a network namespace of our own.
 */
void live_kick(struct live *live);

/* ---- netdevs.c: net devices as facts ---- */

/* Before pools are: what -i names, and what is below. */
void live_begin_netdevs(struct live *live);
/* -i asks for this one: it gets a fact, and so do all below it. */
void live_ask_netdev(struct live *live, uint64_t netns, uint32_t ifindex,
		     const char *name);
/* Whose pool is judged: its device gets a fact. */
void live_note_netdev(struct live *live, const struct pool_fact *pool);
/* Looks at devices that came up since. */
void live_tick_netdevs(struct live *live);
/* The traffic ended, and XDP programs of ours are still there. */
void live_end_netdevs(struct live *live);
void live_emit_netdevs(struct live *live);
/* --lower: is it a device below one that -i names? */
bool live_is_lower(const struct live *live, const struct pool_identity *id);
/* As it was met; "": never. */
const char *live_netdev_name(const struct live *live, uint64_t netns,
			     uint32_t ifindex);
/* Entries of each of its receive rings; 0: not known. */
uint64_t live_netdev_ring(const struct live *live, uint64_t netns,
			  uint32_t ifindex);
void live_free_netdevs(struct live *live);

/* ---- lists.c: the kernel's own lists of pools ---- */

/* Pools without any page, which no scan can see, where the kernel lists them. */
void live_walk_registry(struct live *live);
/* Those that came since; and which had pages that we did not see. */
void live_find_idle(struct live *live);
/* What the lists were, and which of their pools we did not find. */
void live_emit_lists(struct live *live);

/* ---- stats.c: the kernel's own statistics ---- */

/* Finds out where they are; then their name, as meta has it. */
const char *live_find_stats(struct live *live);
/* Of a pool that was just found. */
void live_emit_first_stats(struct live *live, uint32_t slot);
/* Of all pools that changed; not more often than once a second. */
void live_emit_some_stats(struct live *live);
/*
 * Of one pool, and what the function tier has of it (live_emit_flow()), so that
 * the two can be compared.
 */
void live_emit_last_stats(struct live *live, uint32_t slot);
void live_release_stats(struct live *live);

/* ---- evidence.c ---- */

void live_emit_evidence(struct live *live);
void live_keep_evidence(struct live *live);
/* Pinned mode, before the words of this pool are trusted again. */
void live_lapse_unstored(struct live *live, uint32_t slot);

/* ---- function.c: what the function tier adds; nothing without it ---- */

/* Where the pages of a pool went; false: nobody knows. */
bool live_flow(const struct live *live, uint32_t slot, uint32_t seq,
	       struct paths_fact *paths);
void live_emit_flow(struct live *live, uint32_t slot, uint32_t seq);
/* Frames of XDP on the pool's pages, if any was inspected. */
void live_emit_inspected(struct live *live, uint32_t slot);
/* A page that is out, with what is known of it. */
void live_emit_page(struct live *live, uint32_t slot,
		    const struct tally_page *page, uint64_t age_ms);
/* The same of one that no walk met; the search did: @referenced. */
void live_emit_unheld(struct live *live, uint32_t slot,
		      const struct tally_page *page, uint64_t age_ms,
		      bool referenced);
/* A sampled stack, the caller's to clear; empty: there is none. */
struct strings live_stack(struct live *live, uint32_t id);
/*
 * Whether pages out agree with the pool's own count, after its audit. @moves: it
 * may go on; then a difference says nothing if it did.
 */
void live_emit_followed(struct live *live, uint32_t slot,
			const struct audit_result *audit, bool moves);
void live_emit_function_losses(struct live *live,
			       const struct hook_counters *counters);

/*
 * ---- walks.c ----
 * Walks the holders of pages twice, when some pool is stalled or options.walk
 * asks for it; then counts again.
 */
void live_walk_holders(struct live *live);
/* One walk, of pools that are alive and asked for; it is no fact by itself. */
void live_walk_for_suspects(struct live *live);
void live_close_holders(struct live *live);

/* ---- xdp.c ---- */

/* New programs, those that went, and what is attached where. */
void live_find_xdp(struct live *live);
void live_emit_xdp(struct live *live);
/* What could not be read, or not be inspected. */
void live_emit_xdp_losses(struct live *live);
/* Does another netmem-check inspect frames of a judged device? */
bool live_xdp_occupied(const struct live *live);
void live_release_xdp(struct live *live);

/* ---- listed.c: which pages each pool may have ---- */

/* A scan has ended. */
void live_note_found(struct live *live);
/* Makes look_list; false: it cannot be told which pages the pool may have. */
bool live_list_pages(struct live *live, uint32_t slot);
void live_clear_lists(struct live *live);

/* ---- settle.c: events are taken, and windows closed ---- */

/* What the hooks left, before windows that decide about it are closed. */
void live_take_events(struct live *live);
/* Late events get their time; what is missing after it is lost. */
void live_close_all_windows(struct live *live);
/* Waits; both are done meanwhile and behind it. A second signal ends it. */
void live_wait(struct live *live, uint64_t us);

/* ---- strays.c: pages with the mark of a pool that is gone ---- */

/* Those that the last scan met, and that another one meets as well. */
void live_emit_strays(struct live *live);

/* ---- looks.c ---- */

/* Compares all pools that are alive; twice, where one differs. */
void live_look(struct live *live);
/* Pools that came since: without a scan. */
void live_look_late(struct live *live);
/* Some of those judged, in turn, until each was compared, and again later. */
void live_look_some(struct live *live);
/* Corrects the words of pools that lost events, and trusts what agrees. */
void live_regain_trust(struct live *live);

/* ---- final.c ---- */

/* A pool that is there, and whose counters, or cache and ring, are unreadable. */
void live_emit_unread(struct live *live, uint32_t slot, bool entries,
		      const char *why);

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
