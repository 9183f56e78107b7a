// SPDX-License-Identifier: GPL-2.0
/*
 * Looks: one pool's counters beside its own pages, by our events and by what
 * the pages say. A look takes microseconds, so that a pool under traffic is met
 * at rest; a scan of all memory only finds pools and pages that nobody knows.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"
#include "user/util/util.h"

/* Between two tries, in which the other pools have theirs. */
#define LOOK_DISTANCE_US 500
/* Pools that a tick looks at: those not compared yet, and others in turn. */
#define LOOKS_NEW 64
#define LOOKS_IN_TURN 4
/*
 * From the opening of a window to the first try to trust the pool's words again. A hook that was
 * interrupted has then gone on: its event raises the offset no more, nor does it
 * change a word, and what it suspects is in the window that ends there.
 */
#define REGAIN_NS 80000000ULL
#define REGAIN_MIN_NS 50000000ULL
#define REGAIN_MAX_NS 10000000000ULL

enum look_for {
	LOOK_NOT,
	LOOK_COMPARE,
	LOOK_TRUST, /* corrects the words first, and trusts them if all agree */
};

/* What is looked at now; the loader is one, so there is one of these. */
static struct {
	enum look_for wanted[SLOT_COUNT];
	uint32_t seq[SLOT_COUNT];
	struct tries tries[SLOT_COUNT];
} round;

/* ---- one look ---- */

/* The next batches of the list, for a program to go through; how many. */
static size_t fill_chunk(struct live *live, size_t from)
{
	const struct look_list *list = &live->look_list;
	size_t count = list->count - from;

	if (count > LOOK_CHUNK)
		count = LOOK_CHUNK;
	memcpy(live->loader.bss->look_frames, list->netmems + from,
	       count * sizeof(*list->netmems));
	return count / LOOK_BATCH;
}

/*
 * Is no event of the pool late? And has no page entered since its list was
 * made? A snapshot has no hooks that would log it: there no page may have.
 */
static bool is_complete(const struct live *live, uint32_t slot,
			const struct look_result *last)
{
	const struct pool_windows *windows = &live->loader.pools[slot].windows;
	struct stream_sample hold = { last->hold_after, last->hold_seen };
	struct stream_sample release = { last->release_after,
					 last->release_seen };

	if (live->options.snapshot)
		return last->hold_after == live->before_scan[slot].hold;
	return window_judge(&windows->hold, hold) == WINDOW_COMPLETE &&
	       window_judge(&windows->release, release) == WINDOW_COMPLETE;
}

static void look_add(struct look *look, const struct look_result *result)
{
	look->held += result->held;
	look->both += result->both;
	look->net_iovs += result->net_iovs;
	look->took_ns += result->took_ns;
	look->marked += result->marked;
}

/* Its list in chunks: the counters before the first and after the last count. */
static bool run_look(struct live *live, uint32_t slot, struct look *look,
		     struct look_result *last)
{
	const struct look_list *list = &live->look_list;
	size_t at = 0;

	do {
		if (loader_run(&live->loader, DEMAND_LOOK, slot,
			       list->count ? fill_chunk(live, at) : 0))
			return false;
		*last = live->loader.bss->look_result;
		if (!last->readable)
			return false;
		if (!at) {
			look->hold = last->hold;
			look->release = last->release;
		}
		look_add(look, last);
		at += LOOK_CHUNK;
	} while (at < list->count);
	return true;
}

/* False: the pool is gone, or cannot be read. */
static bool take_look(struct live *live, uint32_t slot, struct look *look)
{
	struct pool_reading before = live_read_pool(live, slot);
	struct look_result last;
	bool listed;

	memset(look, 0, sizeof(*look));
	if (!before.readable)
		return false;
	listed = live_list_pages(live, slot);
	if (!run_look(live, slot, look, &last))
		return false;
	look->stable = listed && before.hold == look->hold &&
		       look->hold == last.hold_after &&
		       look->release == last.release_after &&
		       is_complete(live, slot, &last);
	if (!live->loader.vmemmap.has_mark)
		look->marked = -1;
	else if (look->marked && round.wanted[slot] == LOOK_COMPARE &&
		 testing_flag("unmarked-page"))
		look->marked--;
	return true;
}

/* ---- what comes of it ---- */

/*
 * Has the pool net_iovs that we may not know? Nothing finds those whose hold we
 * did not see: there is no list of them, as the struct pages are one of pages.
 */
static bool has_untracked(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	return (pool->net_iov || pool->id.flags & POOL_PROVIDED) &&
	       (!(pool->id.flags & POOL_BORN_SEEN) || pool->windows.gaps);
}

static bool is_born_seen(const struct live *live, uint32_t slot)
{
	return live->loader.pools[slot].id.flags & POOL_BORN_SEEN;
}

static void emit_count(struct live *live, uint32_t slot, bool during)
{
	bool aged = !during && live->tally.held[slot] && live_knows_ages(live);
	const struct tries *tries = &round.tries[slot];
	const struct look *look = &tries->last;
	struct fact fact = { .type = FACT_count };
	struct count_fact *count = &fact.count;

	count->slot = slot;
	count->seq = round.seq[slot];
	count->hold = look->hold;
	count->release = look->release;
	fact_set(count, count, net_iov, look->net_iovs);
	fact_set(count, count, untracked, has_untracked(live, slot));
	/* Pages from before us are in the shadow only when a scan met them. */
	count->shadow = live->scans || is_born_seen(live, slot) ?
				(int64_t)look->held :
				-1;
	count->scan = live->scans ? look->marked : -1;
	count->stable = tries_caught(tries);
	fact_set(count, count, during, during);
	if (!during && live->scans && tries_caught(tries))
		fact_set(count, count, scanned,
			 live->before_scan[slot].readable &&
				 live->before_scan[slot].hold == look->hold &&
				 live->before_scan[slot].release ==
					 look->release);
	fact_set(count, count, tries, tries->count);
	fact_set(count, count, took_us, (look->took_ns + 999) / 1000);
	fact_set(count, count, oldest_ms,
		 aged ? (int64_t)ticks_to_ms(ticks_now(&live->loader) -
					     live->tally.oldest[slot]) :
			-1);
	live_emit(live, &fact);
}

static bool has_agreed(uint32_t slot)
{
	return tries_caught(&round.tries[slot]) &&
	       look_agrees(&round.tries[slot].last);
}

/* ---- tries of many pools, side by side ---- */

static void want(struct live *live, uint32_t slot, enum look_for what)
{
	round.wanted[slot] = what;
	round.seq[slot] = live->watches[slot].seq;
	memset(&round.tries[slot], 0, sizeof(round.tries[slot]));
}

static void want_nothing(void)
{
	memset(round.wanted, 0, sizeof(round.wanted));
}

/* Corrects the words of a pool's pages by what these say. */
static void reseed(struct live *live, uint32_t slot)
{
	size_t at;

	if (!live->loader.vmemmap.has_mark || !live_list_pages(live, slot))
		return;
	live->loader.bss->scan_only_unknown = false;
	for (at = 0; at < live->look_list.count; at += LOOK_CHUNK)
		if (loader_run(&live->loader, DEMAND_RESEED,
			       fill_chunk(live, at), 0))
			return;
}

/* One more try of one pool; false: it needs no other. */
static bool try_pool(struct live *live, uint32_t slot)
{
	struct tries *tries = &round.tries[slot];
	struct look look;

	if (tries->done)
		return false;
	if (!live_is_alive(live, slot) ||
	    live->watches[slot].seq != round.seq[slot]) {
		round.wanted[slot] = LOOK_NOT;
		return false;
	}
	if (round.wanted[slot] == LOOK_TRUST && !tries->stable)
		reseed(live, slot);
	if (!take_look(live, slot, &look)) {
		/* What went meanwhile the hooks saw go. */
		if (live_is_alive(live, slot))
			live_emit_unread(
				live, slot, false,
				"the kernel's memory of them is unreadable");
		round.wanted[slot] = LOOK_NOT;
		return false;
	}
	/* Sums may agree by chance: here each page must. */
	if (round.wanted[slot] == LOOK_TRUST && look.both != look.held)
		look.stable = false;
	tries_add(tries, &look);
	return !tries->done;
}

/* Tries all that are wanted; those that went are not wanted any more. */
static void try_wanted(struct live *live)
{
	bool more = true;
	uint32_t slot;

	while (more) {
		more = false;
		for (slot = 1; slot < SLOT_COUNT; slot++)
			if (round.wanted[slot] != LOOK_NOT &&
			    try_pool(live, slot))
				more = true;
		if (more)
			usleep(LOOK_DISTANCE_US);
	}
}

static void emit_counts(struct live *live, bool during)
{
	struct pool_watch *watch;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (round.wanted[slot] == LOOK_NOT)
			continue;
		emit_count(live, slot, during);
		watch = &live->watches[slot];
		watch->counted |= !during;
		if (tries_caught(&round.tries[slot]))
			watch->compared = has_agreed(slot);
	}
}

/* ---- at the end ---- */

static void read_holds(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		live->before_scan[slot] = live_read_pool(live, slot);
}

/* Scans for what nobody knows, and looks at those wanted. */
static void scan_and_look(struct live *live)
{
	read_holds(live);
	live_scan(live, SCAN_COUNT);
	ticks_calibrate(&live->loader);
	tally_take(&live->loader, &live->tally);
	live->listed = false;
	try_wanted(live);
	emit_counts(live, false);
}

/* A difference of a judged pool must be there in a second pass as well. */
static bool want_differing(struct live *live)
{
	bool any = false, differs;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		differs = round.wanted[slot] != LOOK_NOT &&
			  live->watches[slot].judged && !has_agreed(slot);
		round.wanted[slot] = LOOK_NOT;
		if (!differs)
			continue;
		want(live, slot, LOOK_COMPARE);
		any = true;
	}
	return any;
}

void live_look(struct live *live)
{
	uint32_t slot;

	live_emit_pools(live);
	want_nothing();
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live_is_alive(live, slot))
			want(live, slot, LOOK_COMPARE);
	scan_and_look(live);
	if (want_differing(live))
		scan_and_look(live);
}

static bool is_uncounted(const struct live *live, uint32_t slot)
{
	return !live->watches[slot].counted && live_is_alive(live, slot);
}

static bool have_uncounted(const struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (is_uncounted(live, slot))
			return true;
	return false;
}

void live_look_late(struct live *live)
{
	uint32_t slot;

	if (!have_uncounted(live))
		return;
	/* Without a window nothing shows that no event is late. */
	live_close_windows(live, false);
	want_nothing();
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (is_uncounted(live, slot))
			want(live, slot, LOOK_COMPARE);
	live->listed = false;
	tally_take(&live->loader, &live->tally);
	try_wanted(live);
	emit_counts(live, false);
}

/* ---- while traffic runs ---- */

static uint64_t counted_events(const struct live *live, uint32_t slot)
{
	const struct pool_windows *windows = &live->loader.pools[slot].windows;

	return windows->complete_events + windows->other_events;
}

/* Judged, and something happened since it was last looked at. */
static bool is_due(const struct live *live, uint32_t slot)
{
	return live->watches[slot].judged && live_is_alive(live, slot) &&
	       live->loader.pools[slot].windows.trust != TRUST_LOST &&
	       counted_events(live, slot) != live->watches[slot].looked_events;
}

static bool want_some(struct live *live)
{
	uint32_t tried, first = live->look_next, slot, fresh = 0, turn = 0;

	for (tried = 0; tried < SLOT_COUNT; tried++) {
		slot = (first + tried) % SLOT_COUNT;
		if (!is_due(live, slot))
			continue;
		if (live->watches[slot].compared) {
			if (turn == LOOKS_IN_TURN)
				continue;
			turn++;
			live->look_next = (slot + 1) % SLOT_COUNT;
		} else if (fresh++ >= LOOKS_NEW) {
			continue;
		}
		live->watches[slot].looked_events = counted_events(live, slot);
		want(live, slot, LOOK_COMPARE);
	}
	return fresh || turn;
}

void live_look_some(struct live *live)
{
	want_nothing();
	if (!want_some(live))
		return;
	try_wanted(live);
	emit_counts(live, true);
}

/* ---- after a loss ---- */

/*
 * Where an event came since the window was opened, a hook may have been
 * interrupted meanwhile: that one is waited for. What does not agree now may do
 * so soon, or never: the tries become rarer.
 */
static bool is_time_to_regain(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	const struct pool_watch *watch = &live->watches[slot];
	uint64_t now = now_ns();

	if (!pool->windows.hold.open)
		return false;
	if (!pool->hold_seen && !pool->release_seen)
		return now >= watch->regain_ns;
	return now - watch->opened_ns >= REGAIN_NS && now >= watch->regain_ns;
}

static void put_off(struct live *live, uint32_t slot)
{
	struct pool_watch *watch = &live->watches[slot];

	watch->regain_wait_ns *= 2;
	if (watch->regain_wait_ns < REGAIN_MIN_NS)
		watch->regain_wait_ns = REGAIN_MIN_NS;
	if (watch->regain_wait_ns > REGAIN_MAX_NS)
		watch->regain_wait_ns = REGAIN_MAX_NS;
	watch->regain_ns = now_ns() + watch->regain_wait_ns;
	live->scan_due = true;
}

/*
 * Is each page of the pool known? Where the counters say so; or where all
 * memory was read since the window was opened, whatever the counters say.
 */
static bool knows_all(const struct live *live, uint32_t slot)
{
	const struct tries *tries = &round.tries[slot];

	return has_agreed(slot) ||
	       (tries_caught(tries) && tries->last.marked == tries->last.held &&
		live->scanned_ns > live->watches[slot].opened_ns);
}

/*
 * The words of pools that lost events, from their own pages. They are trusted
 * when each page of the pool is known; else the scan has to find the others.
 */
void live_regain_trust(struct live *live)
{
	bool any = false;
	uint32_t slot;

	want_nothing();
	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (!live_needs_trust(live, slot) ||
		    !is_time_to_regain(live, slot))
			continue;
		want(live, slot, LOOK_TRUST);
		any = true;
	}
	if (!any)
		return;
	try_wanted(live);
	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (round.wanted[slot] == LOOK_NOT)
			continue;
		if (!knows_all(live, slot)) {
			put_off(live, slot);
			continue;
		}
		if (live->options.pinned)
			live_lapse_unstored(live, slot);
		live_restart_window(live, slot);
	}
}
