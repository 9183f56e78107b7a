// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk of a session: who has the pages that are out. A page counts
 * as held by nobody only when its word did not change from before the first of
 * two walks to behind the second, and neither met it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/holders/holders.h"
#include "user/collect/live.h"
#include "user/facts/netmem.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

#define UNHELD_LISTED 16
/*
 * Between two walks, and from a nudge to its count: the kernel empties the
 * ring of a destroyed pool once a second.
 */
#define WALK_DISTANCE_US 1200000

/* A page of one pool in one holder. */
struct share {
	uint32_t slot, holder, bytes;
	uint32_t age; /* tick of its word */
};

/* What one walk tells of the pages that pools have. */
struct look {
	struct walk walk;
	int number;
	struct census_page *pages; /* behind the walk, by frame */
	size_t count;
	struct share *shares;
	size_t share_count;
	uint32_t attributed[SLOT_COUNT], unheld[SLOT_COUNT];
	uint32_t listed[SLOT_COUNT];
};

static int compare_page(const void *left, const void *right)
{
	const struct census_page *a = left, *b = right;

	return (a->frame > b->frame) - (a->frame < b->frame);
}

static int list_pages(const struct live *live, struct census_page **pages,
		      size_t *count)
{
	int err = census_list(&live->loader, pages, count);

	if (!err)
		sort_list(*pages, *count, sizeof(**pages), compare_page);
	return err;
}

/* The same page, and nothing happened to it. */
static bool is_unmoved(const struct census_page *before, size_t count,
		       const struct census_page *page)
{
	const struct census_page *found = count ? bsearch(page, before, count,
							  sizeof(*before),
							  compare_page) :
						  NULL;

	return found && found->word == page->word;
}

/* ---- frames ---- */

static void tell_walk(struct live *live, const struct look *look)
{
	const struct walk *walk = &look->walk;

	live_emit(live, json_pack("{s:s, s:i, s:I, s:I, s:I, s:I, s:I}", "t",
				  "walk", "walk", look->number, "took_us",
				  (json_int_t)walk->took_us, "kernel_us",
				  (json_int_t)walk->kernel_us, "namespaces",
				  (json_int_t)walk->namespaces, "sockets",
				  (json_int_t)walk->sockets, "packets",
				  (json_int_t)walk->packets));
}

/*
 * What a nudge pushes need not be read: it was pushed, and the counts of
 * pools before and after tell what it freed.
 */
static bool is_nudged(const struct live *live, const struct place *place)
{
	return live->nudged && !strcmp(place->name, HOLDERS_DEFERRED);
}

static void tell_places(struct live *live, const struct look *look)
{
	const struct place *place;
	bool walked;
	size_t i;

	for (i = 0; i < look->walk.place_count; i++) {
		place = &look->walk.places[i];
		walked = place->walked || is_nudged(live, place);
		live_emit(live,
			  json_pack("{s:s, s:i, s:s, s:b, s:I, s:s*}", "t",
				    "place", "walk", look->number, "place",
				    place->name, "walked", walked, "objects",
				    (json_int_t)place->objects, "why",
				    walked ? NULL : place->why));
	}
}

static const char *kind_name(enum holder_kind kind)
{
	static const char *const names[] = {
		[HOLDER_SOCKET] = "socket", [HOLDER_CPU] = "cpu",
		[HOLDER_QDISC] = "qdisc",   [HOLDER_NAPI] = "napi",
		[HOLDER_DEVICE] = "device", [HOLDER_MAP] = "map",
	};

	return names[kind];
}

static void set_text(json_t *frame, const char *name, const char *text)
{
	if (*text)
		json_object_set_new(frame, name, json_string(text));
}

static void describe_holder(json_t *frame, const struct holder *holder)
{
	if (holder->pid) {
		json_object_set_new(frame, "pid", json_integer(holder->pid));
		json_object_set_new(frame, "fd", json_integer(holder->fd));
		json_object_set_new(frame, "processes",
				    json_integer(holder->processes));
		/* A process names itself as it likes. */
		json_object_set_new(frame, "comm",
				    json_stringn_nocheck(holder->comm,
							 strlen(holder->comm)));
	}
	set_text(frame, "local", holder->local);
	set_text(frame, "remote", holder->remote);
	set_text(frame, "state", holder->state);
	set_text(frame, "device", holder->device);
	if (holder->inode)
		json_object_set_new(frame, "inode",
				    json_integer(holder->inode));
	if (holder->netns)
		json_object_set_new(frame, "netns",
				    json_integer(holder->netns));
	if (holder->cpu >= 0)
		json_object_set_new(frame, "cpu", json_integer(holder->cpu));
	if (holder->queue >= 0)
		json_object_set_new(frame, "queue",
				    json_integer(holder->queue));
}

static void tell_holder(struct live *live, const struct look *look,
			const struct share *first, size_t pages, uint64_t bytes,
			int64_t oldest_ms)
{
	const struct holder *holder = &look->walk.holders[first->holder];
	json_t *frame;

	frame = json_pack(
		"{s:s, s:i, s:i, s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "t",
		"holder", "walk", look->number, "slot", first->slot, "life",
		live->watches[first->slot].life, "kind",
		kind_name(holder->kind), "what", holder->what, "place",
		holder->place, "pages", (json_int_t)pages, "bytes",
		(json_int_t)bytes, "oldest_ms", (json_int_t)oldest_ms,
		"confidence", holder->whole ? "certain" : "likely");
	if (frame)
		describe_holder(frame, holder);
	live_emit(live, frame);
}

/* Receive rings of drivers that we do not know: what is left, up to their size. */
static void tell_presumed(struct live *live, const struct look *look,
			  uint32_t slot, uint64_t pages)
{
	const struct pool_identity *id = &live->loader.pools[slot].id;

	live_emit(
		live,
		json_pack(
			"{s:s, s:i, s:i, s:i, s:s, s:s%, s:s, s:I, s:I, s:I, s:s}",
			"t", "holder", "walk", look->number, "slot", slot,
			"life", live->watches[slot].life, "kind", "device",
			"what", id->device, strnlen(id->device, DEVICE_LEN),
			"place", "receive ring", "pages", (json_int_t)pages,
			"bytes", (json_int_t)0, "oldest_ms", (json_int_t)-1,
			"confidence", "presumed"));
}

static void tell_unheld(struct live *live, struct look *look, uint32_t slot,
			const struct census_page *page, uint64_t age_ms)
{
	json_t *frame;

	if (look->listed[slot]++ >= UNHELD_LISTED)
		return;
	frame = json_pack("{s:s, s:i, s:i, s:o, s:s, s:I}", "t", "unheld",
			  "slot", slot, "life", live->watches[slot].life,
			  netmem_key(page->frame), netmem_value(page->frame),
			  "state", state_name(word_state(page->word)), "age_ms",
			  (json_int_t)age_ms);
	live_describe_page(live, page->frame, frame);
	live_emit(live, frame);
}

/* ---- matching ---- */

/* By pool and holder; the oldest first is not needed: a minimum is taken. */
static int compare_share(const void *left, const void *right)
{
	const struct share *a = left, *b = right;

	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	return (a->holder > b->holder) - (a->holder < b->holder);
}

/* Ages are known where we saw the page enter its pool. */
static bool knows_ages(const struct live *live)
{
	return !live->options.snapshot || live->options.pinned;
}

static uint64_t age_of(uint32_t now, uint64_t word)
{
	return ticks_to_ms(now - word_age(word));
}

static int match_pages(struct look *look)
{
	const struct holding *holdings;
	size_t i, k, count, most = look->walk.holding_count;
	uint32_t slot;

	look->shares = calloc(most + 1, sizeof(*look->shares));
	if (!look->shares)
		return -ENOMEM;
	for (i = 0; i < look->count; i++) {
		slot = word_slot(look->pages[i].word);
		holdings = walk_find(&look->walk, look->pages[i].frame, &count);
		look->attributed[slot] += count > 0;
		for (k = 0; k < count && look->share_count < most; k++)
			look->shares[look->share_count++] = (struct share){
				.slot = slot,
				.holder = holdings[k].holder,
				.bytes = holdings[k].bytes,
				.age = word_age(look->pages[i].word),
			};
	}
	qsort(look->shares, look->share_count, sizeof(*look->shares),
	      compare_share);
	return 0;
}

static void tell_holders(struct live *live, const struct look *look)
{
	uint32_t now = ticks_now(&live->loader);
	size_t i = 0, pages;
	uint64_t bytes, age, oldest;

	while (i < look->share_count) {
		const struct share *first = &look->shares[i];

		pages = bytes = oldest = 0;
		for (; i < look->share_count &&
		       !compare_share(first, &look->shares[i]);
		     i++) {
			age = ticks_to_ms(now - look->shares[i].age);
			pages++;
			bytes += look->shares[i].bytes;
			if (age > oldest)
				oldest = age;
		}
		if (live->watches[first->slot].life)
			tell_holder(live, look, first, pages, bytes,
				    knows_ages(live) ? (int64_t)oldest : -1);
	}
}

/* Pages of ended pools that neither this walk nor the one before met. */
static void count_unheld(struct live *live, struct look *look,
			 const struct look *before)
{
	size_t i, count;
	uint32_t slot;

	for (i = 0; before && i < look->count; i++) {
		slot = word_slot(look->pages[i].word);
		if (live->loader.pools[slot].status != POOL_DESTROYED ||
		    !is_unmoved(before->pages, before->count,
				&look->pages[i]) ||
		    walk_find(&look->walk, look->pages[i].frame, &count) ||
		    walk_find(&before->walk, look->pages[i].frame, &count))
			continue;
		look->unheld[slot]++;
		tell_unheld(live, look, slot, &look->pages[i],
			    age_of(ticks_now(&live->loader),
				   look->pages[i].word));
	}
}

static bool is_told(const struct live *live, uint32_t slot)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	return live->watches[slot].life &&
	       live->watches[slot].life == pool->life &&
	       (pool->status == POOL_ACTIVE || pool->status == POOL_DESTROYED);
}

/*
 * A pool in use: what its cache and ring have is not out, nor is the page that
 * it cuts into fragments.
 */
static uint64_t pages_pooled(struct live *live, uint32_t slot)
{
	struct audit_result result;
	uint64_t pooled;

	if (live->loader.pools[slot].status == POOL_DESTROYED ||
	    audit_pool(&live->loader, slot, &result) || !result.readable)
		return 0;
	pooled = result.in_cache + result.in_ring;
	if (!loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
		pooled += live->loader.bss->pool_reading.has_frag_page;
	return pooled;
}

static void tell_held(struct live *live, const struct look *look, uint32_t slot,
		      uint64_t held)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	uint64_t pooled = pages_pooled(live, slot), out, named, left;

	out = held > pooled ? held - pooled : 0;
	named = look->attributed[slot] < out ? look->attributed[slot] : out;
	left = out - named;
	if (pool->status == POOL_ACTIVE && pool->id.flags & POOL_DMA_MAP &&
	    left && left <= pool->id.pool_size && !named) {
		tell_presumed(live, look, slot, left);
		named = out;
	}
	live_emit(live,
		  json_pack("{s:s, s:i, s:i, s:i, s:I, s:I, s:I}", "t", "held",
			    "slot", slot, "life", live->watches[slot].life,
			    "walk", look->number, "out", (json_int_t)out,
			    "attributed", (json_int_t)named, "unheld",
			    (json_int_t)look->unheld[slot]));
}

static void tell_look(struct live *live, struct look *look,
		      const struct look *before)
{
	static uint32_t held[SLOT_COUNT];
	uint32_t slot;
	size_t i;

	memset(held, 0, sizeof(held));
	for (i = 0; i < look->count; i++)
		held[word_slot(look->pages[i].word)]++;
	tell_walk(live, look);
	tell_places(live, look);
	tell_holders(live, look);
	count_unheld(live, look, before);
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (held[slot] && is_told(live, slot))
			tell_held(live, look, slot, held[slot]);
}

static void look_clear(struct look *look)
{
	if (!look)
		return;
	walk_clear(&look->walk);
	free(look->pages);
	free(look->shares);
	free(look);
}

/* ---- walking ---- */

static int take_look(struct live *live, struct look **result,
		     const struct look *before)
{
	struct look *look = calloc(1, sizeof(*look));
	int err;

	if (!look)
		return -ENOMEM;
	look->number = ++live->walk_count;
	err = holders_walk(live->holders, &look->walk);
	if (!err)
		err = list_pages(live, &look->pages, &look->count);
	if (!err)
		err = match_pages(look);
	if (err) {
		look_clear(look);
		return err;
	}
	tell_look(live, look, before);
	*result = look;
	return 0;
}

static void tell_blind(struct live *live, const char *why)
{
	live_emit(live, json_pack("{s:s, s:s, s:s}", "t", "blind", "check",
				  check_infos[CHECK_leaked].id, "why", why));
}

/* A pool that is to be judged waits for pages. */
static bool has_stalled(const struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (is_told(live, slot) &&
		    live->loader.pools[slot].status == POOL_DESTROYED &&
		    live_device_wanted(live, &live->watches[slot].told))
			return true;
	return false;
}

/* Pages in flight of each pool, by its own counters. */
static void read_inflight(struct live *live, int64_t *inflight)
{
	struct pool_reading reading;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		inflight[slot] = -1;
		if (!is_told(live, slot) ||
		    loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
			continue;
		reading = live->loader.bss->pool_reading;
		if (reading.readable)
			inflight[slot] =
				(int32_t)(reading.hold - reading.release);
	}
}

static void nudge(struct live *live)
{
	static int64_t before[SLOT_COUNT], after[SLOT_COUNT];
	uint32_t slot;
	int cpus;

	read_inflight(live, before);
	cpus = holders_nudge();
	live->nudged = cpus > 0;
	live_emit(live, json_pack("{s:s, s:i, s:s*}", "t", "nudge", "cpus",
				  cpus > 0 ? cpus : 0, "why",
				  cpus < 0 ? error_text(cpus) : NULL));
	usleep(WALK_DISTANCE_US);
	read_inflight(live, after);
	for (slot = 1; slot < SLOT_COUNT; slot++)
		/* Gone meanwhile: all of them came back. */
		if (before[slot] > 0 && live->watches[slot].life)
			live_emit(live,
				  json_pack("{s:s, s:i, s:i, s:I, s:I}", "t",
					    "nudged", "slot", slot, "life",
					    live->watches[slot].life, "before",
					    (json_int_t)before[slot], "after",
					    (json_int_t)(after[slot] > 0 ?
								 after[slot] :
								 0)));
	live_tell_pools(live);
}

/* Two walks, with nothing of the first forgotten. */
static int walk_twice(struct live *live)
{
	struct look *first = NULL, *second = NULL;
	int err = take_look(live, &first, NULL);

	if (!err && has_stalled(live)) {
		usleep(WALK_DISTANCE_US);
		live_tell_pools(live);
		err = take_look(live, &second, first);
	}
	look_clear(first);
	look_clear(second);
	return err;
}

void live_walk_holders(struct live *live)
{
	const char *why = NULL;
	int err = 0;

	if (live->options.nudge && (live->options.walk || has_stalled(live)))
		nudge(live);
	if (!live->options.walk && !has_stalled(live))
		return;
	if (!live->holders)
		err = holders_open(&live->holders, &live->loader.memory, &why);
	if (!err)
		err = walk_twice(live);
	if (err == -ETIME)
		why = "a walk took more than 20 s";
	if (err)
		tell_blind(live, why ? why : error_text(err));
	/* Counters once more: pages may have come back meanwhile. */
	live_look(live);
	live_look(live);
}

void live_close_holders(struct live *live)
{
	holders_close(live->holders);
	live->holders = NULL;
}
