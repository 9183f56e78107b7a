// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd/rates.h"
#include "user/report.h"

#define SAMPLE_NS 1000000000ULL
#define SAMPLE_SLACK_NS 100000000ULL

/* The running numbers that rates are made of. */
struct totals {
	uint64_t events, allocations, puts;
	bool knows_paths; /* of allocations and puts */
};

/* Of one incarnation of a pool, from sample to sample. */
struct track {
	struct rates_row row;
	uint32_t slot, seq;
	struct totals totals;
	bool sampled;
	bool there; /* in the last sample */
};

struct rates {
	struct track *tracks;
	size_t count;
	struct rates_row *rows;
	uint64_t sampled_ns; /* 0: never */
	uint64_t frames, events;
	double frame_rate, event_rate;
};

const char *rates_order_name(enum rates_order order)
{
	static const char *const names[RATES_ORDERS] = {
		[RATES_BY_NAME] = "name",
		[RATES_BY_INFLIGHT] = "in flight",
		[RATES_BY_OUT] = "out",
		[RATES_BY_EVENTS] = "events/s",
	};

	return names[order];
}

struct rates *rates_new(void)
{
	struct rates *rates = calloc(1, sizeof(*rates));

	if (rates)
		rates->frame_rate = rates->event_rate = -1;
	return rates;
}

void rates_free(struct rates *rates)
{
	if (!rates)
		return;
	free(rates->tracks);
	free(rates->rows);
	free(rates);
}

/* ---- numbers of a pool ---- */

/* By the newest reading of its counters; -1: there was none yet. */
static int64_t pages_inflight(const struct pool *pool)
{
	if (pool->state != POOL_STATE_ACTIVE || pool->counted)
		return pool->inflight;
	if (pool->readings)
		return (int32_t)(pool->read_hold - pool->read_release);
	if (pool->has_first)
		return (int32_t)(pool->first.hold - pool->first.release);
	return -1;
}

/* By the newest audit, of the numbers that it saw; -1: there was none yet. */
static int64_t pages_out(const struct pool *pool)
{
	int64_t inflight, out;

	if (pool->state != POOL_STATE_ACTIVE)
		return pool->inflight;
	if (!pool->audited)
		return -1;
	inflight = pool->audit_counted ? pool->audit_inflight :
					 pages_inflight(pool);
	out = inflight - pool->in_cache - pool->in_ring;
	return inflight < 0 || out < 0 ? -1 : out;
}

/* The function tier's numbers, else the kernel's own. */
static struct totals totals_of(const struct pool *pool)
{
	struct totals totals = { .events = pool->events };
	struct statistics_fact stats;

	if (pool->has_flow) {
		totals.allocations = pool->flow.handed_out;
		totals.puts = pool->flow.returned;
		totals.knows_paths = true;
	} else if (pool->has_stats) {
		stats = pool_stats(pool);
		totals.allocations = stats.alloc_fast + stats.alloc_slow +
				     stats.alloc_refill +
				     stats.alloc_slow_high_order;
		totals.puts = stats.recycle_cached + stats.recycle_ring +
			      stats.recycle_ring_full +
			      stats.recycle_released_refcnt;
		totals.knows_paths = true;
	}
	return totals;
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
	return now >= before ? (now - before) / seconds : 0;
}

/* ---- a sample ---- */

static struct track *find_track(struct rates *rates, const struct pool *pool)
{
	struct track *tracks;
	size_t i;

	for (i = 0; i < rates->count; i++)
		if (rates->tracks[i].slot == pool->slot &&
		    rates->tracks[i].seq == pool->seq)
			return &rates->tracks[i];
	tracks = realloc(rates->tracks, (i + 1) * sizeof(*tracks));
	if (!tracks)
		return NULL;
	rates->tracks = tracks;
	rates->count++;
	tracks[i] = (struct track){ .slot = pool->slot, .seq = pool->seq };
	return &tracks[i];
}

static void push(struct rates_row *row, int64_t pages)
{
	if (row->history_count == RATES_HISTORY)
		memmove(row->history, row->history + 1,
			--row->history_count * sizeof(*row->history));
	row->history[row->history_count++] = pages;
}

static void sample_pool(struct track *track, const struct pool *pool,
			double seconds)
{
	struct totals now = totals_of(pool), *before = &track->totals;
	bool paths = now.knows_paths && before->knows_paths && track->sampled;
	struct rates_row *row = &track->row;

	track->there = true;
	pool_name(pool, row->name, sizeof(row->name));
	snprintf(row->device, sizeof(row->device), "%s", pool->device);
	row->queue = pool->queue;
	row->address = pool->address;
	row->state = pool->state;
	row->inflight = pages_inflight(pool);
	row->out = pages_out(pool);
	row->events =
		track->sampled ? rate(now.events, before->events, seconds) : -1;
	row->allocations =
		paths ? rate(now.allocations, before->allocations, seconds) :
			-1;
	row->puts = paths ? rate(now.puts, before->puts, seconds) : -1;
	push(row, row->out);
	*before = now;
	track->sampled = true;
}

/* Forgets pools that are not there any more. */
static void drop_gone(struct rates *rates)
{
	size_t i, kept = 0;

	for (i = 0; i < rates->count; i++)
		if (rates->tracks[i].there)
			rates->tracks[kept++] = rates->tracks[i];
	rates->count = kept;
}

static void sample_sums(struct rates *rates, const struct session *session,
			double seconds)
{
	uint64_t frames = 0, events = session->gone.events;
	const struct actions_fact *packets;
	size_t i;

	for (i = 0; i < session->xdp.count; i++) {
		packets = &session->xdp.items[i].packets;
		frames += packets->aborted + packets->drop + packets->pass +
			  packets->tx + packets->redirect;
	}
	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged)
			events += session->pools[i]->events;
	if (rates->sampled_ns) {
		rates->event_rate = rate(events, rates->events, seconds);
		rates->frame_rate =
			session->xdp.count ?
				rate(frames, rates->frames, seconds) :
				-1;
	}
	rates->frames = frames;
	rates->events = events;
}

bool rates_sample(struct rates *rates, const struct session *session,
		  uint64_t now)
{
	double seconds = (now - rates->sampled_ns) / 1e9;
	struct track *track;
	size_t i;

	if (rates->sampled_ns &&
	    now - rates->sampled_ns < SAMPLE_NS - SAMPLE_SLACK_NS)
		return false;
	for (i = 0; i < rates->count; i++)
		rates->tracks[i].there = false;
	for (i = 0; i < session->pool_count; i++) {
		if (!session->pools[i]->judged ||
		    session->pools[i]->state == POOL_STATE_GONE)
			continue;
		track = find_track(rates, session->pools[i]);
		if (track)
			sample_pool(track, session->pools[i], seconds);
	}
	drop_gone(rates);
	sample_sums(rates, session, seconds);
	rates->sampled_ns = now;
	return true;
}

/* ---- rows in order ---- */

static int compare_names(const struct rates_row *a, const struct rates_row *b)
{
	int order = strcmp(a->device, b->device);

	if (order)
		return order;
	if (a->queue != b->queue)
		return a->queue < b->queue ? -1 : 1;
	return (a->address > b->address) - (a->address < b->address);
}

static double key_of(const struct rates_row *row, enum rates_order order)
{
	switch (order) {
	case RATES_BY_INFLIGHT:
		return row->inflight;
	case RATES_BY_OUT:
		return row->out;
	case RATES_BY_EVENTS:
		return row->events;
	default:
		return 0;
	}
}

/* Biggest first; those of one number by name, so that rows stay in place. */
static int compare_rows(const void *a, const void *b, void *order)
{
	double left = key_of(a, *(enum rates_order *)order);
	double right = key_of(b, *(enum rates_order *)order);

	if (left < right)
		return 1;
	return left > right ? -1 : compare_names(a, b);
}

const struct rates_row *rates_rows(struct rates *rates, enum rates_order order,
				   size_t *count)
{
	struct rates_row *rows;
	size_t i;

	rows = realloc(rates->rows, (rates->count + 1) * sizeof(*rows));
	*count = rows ? rates->count : 0;
	if (!rows)
		return NULL;
	rates->rows = rows;
	for (i = 0; i < rates->count; i++)
		rows[i] = rates->tracks[i].row;
	qsort_r(rows, rates->count, sizeof(*rows), compare_rows, &order);
	return rows;
}

double rates_frames(const struct rates *rates)
{
	return rates->frame_rate;
}

double rates_events(const struct rates *rates)
{
	return rates->event_rate;
}
