// SPDX-License-Identifier: GPL-2.0
/*
 * Samples: what they say of each pool, and series of those that are plotted.
 * Steps are read from the longest to the shortest, which is from old to new, so
 * that no sample waits to be sorted.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "user/history/private.h"
#include "user/util/util.h"

/* Lengths of a sample that the next one may be away, without a gap. */
#define APART_MAX 10
#define NUMBER_MAX 1e15

enum column {
	TIME,
	POOL,
	STATE,
	INFLIGHT,
	LOWEST,
	HIGHEST,
	CACHE,
	RING,
	OLDEST,
	EVENTS,
	CONCLUSIVE,
	LOST,
	STEP
};

static const char query[] =
	"SELECT time, pool, state, inflight, coalesce(inflight_min, inflight),"
	" coalesce(inflight_max, inflight), cache, ring, oldest_ms, events,"
	" conclusive, lost, step FROM samples"
	" WHERE step = ?3 AND time > ?1 - step AND time < ?2 ORDER BY time";

/* A sample, and what came since the one before. */
struct sample {
	int64_t first, last; /* the time that it stands for */
	int64_t of[STEP];
	bool has_before;
	/* Since the one before; 0: there is none, or too much lies between. */
	int64_t seconds;
	uint64_t events, conclusive, lost;
};

/* The last sample of a pool so far. */
struct cursor {
	int64_t at;
	uint64_t events, conclusive, lost;
	bool set;
};

/* One reading of all samples. */
struct reading {
	struct history *history;
	struct cursor *cursors; /* of each pool */
	void (*take)(const struct history *history, struct history_pool *pool,
		     const struct sample *sample);
};

/*
 * What was added to a sum that outlives monitors, and is kept in *@most. It is
 * less than before where a clock that was set back has mixed up the samples.
 */
static uint64_t grown(int64_t now, uint64_t *most)
{
	uint64_t before = *most;

	if (now < 0 || (uint64_t)now <= before)
		return 0;
	*most = now;
	return now - before;
}

/* The same of a sum of each run: the next one begins at 0. */
static uint64_t grown_of_run(int64_t now, uint64_t *last)
{
	uint64_t before = *last;

	*last = now < 0 ? 0 : now;
	return *last >= before ? *last - before : *last;
}

/* What came before the first sample of a pool that was met in the time counts. */
static void step_cursor(const struct history *history,
			const struct history_pool *pool, struct cursor *cursor,
			struct sample *sample)
{
	sample->has_before = cursor->set || pool->first >= history->from;
	sample->events = grown(sample->of[EVENTS], &cursor->events);
	sample->conclusive = grown(sample->of[CONCLUSIVE], &cursor->conclusive);
	sample->lost = grown_of_run(sample->of[LOST], &cursor->lost);
	if (!sample->has_before)
		sample->events = sample->conclusive = sample->lost = 0;
	if (cursor->set && sample->last > cursor->at &&
	    sample->last - cursor->at <=
		    APART_MAX * (sample->last - sample->first + 1))
		sample->seconds = sample->last - cursor->at;
	cursor->at = sample->last;
	cursor->set = true;
}

static int take_row(void *context, sqlite3_stmt *row)
{
	const struct reading *reading = context;
	const struct history *history = reading->history;
	struct history_pool *pool =
		history_pool(history, sqlite3_column_int64(row, POOL));
	struct sample sample = {};
	int i;

	/* Of a pool of another epoch: at the border of the time. */
	if (!pool)
		return 0;
	for (i = 0; i < STEP; i++)
		sample.of[i] = history_number(row, i);
	sample.first = sample.of[TIME];
	sample.last = sample.first + sqlite3_column_int64(row, STEP) - 1;
	step_cursor(history, pool, &reading->cursors[pool - history->pools],
		    &sample);
	reading->take(history, pool, &sample);
	return 0;
}

static int read_samples(sqlite3 *db, struct reading reading)
{
	static const int steps[] = { 3600, 60, 1 };
	const struct history *history = reading.history;
	int err = 0;
	size_t i;

	reading.cursors =
		calloc(history->pool_count + 1, sizeof(*reading.cursors));
	if (!reading.cursors)
		return -ENOMEM;
	for (i = 0; !err && i < ARRAY_LEN(steps); i++)
		err = history_rows(db, query,
				   (int64_t[]){ history->from, history->to,
						steps[i] },
				   3, take_row, &reading);
	free(reading.cursors);
	return err;
}

/* ---- each pool ---- */

static void sum_up(const struct history *history, struct history_pool *pool,
		   const struct sample *sample)
{
	if (!pool->samples++)
		pool->since = sample->first;
	pool->until = sample->last;
	pool->stalled = sample->of[STATE];
	pool->was_stalled = pool->was_stalled || pool->stalled;
	pool->inflight = sample->of[INFLIGHT];
	pool->cache = sample->of[CACHE];
	pool->ring = sample->of[RING];
	pool->oldest_ms = sample->of[OLDEST];
	pool->events += sample->events;
	pool->conclusive += sample->conclusive;
	pool->lost += sample->lost;
	if (sample->of[HIGHEST] > pool->peak) {
		pool->peak = sample->of[HIGHEST];
		pool->peak_at = sample->first;
	}
}

/* Those with most to tell come first: not all are plotted, or listed as text. */
static int compare_pools(const void *a, const void *b)
{
	const struct history_pool *one = *(struct history_pool *const *)a;
	const struct history_pool *other = *(struct history_pool *const *)b;

	if (one->has_finding != other->has_finding)
		return one->has_finding ? -1 : 1;
	if (one->stalled != other->stalled)
		return one->stalled ? -1 : 1;
	if (one->gone != other->gone)
		return one->gone ? 1 : -1;
	if (one->was_stalled != other->was_stalled)
		return one->was_stalled ? -1 : 1;
	if (one->lost != other->lost)
		return one->lost > other->lost ? -1 : 1;
	if (one->events != other->events)
		return one->events > other->events ? -1 : 1;
	return one->id < other->id ? -1 : one->id > other->id;
}

/* A pool is in each sample while it is there. */
static void mark_gone(struct history *history)
{
	int64_t last = 0;
	size_t i;

	for (i = 0; i < history->shown_count; i++)
		if (history->shown[i]->until > last)
			last = history->shown[i]->until;
	for (i = 0; i < history->shown_count; i++)
		history->shown[i]->gone = history->shown[i]->until < last;
}

int history_read_pools(struct history *history, sqlite3 *db)
{
	int err = read_samples(db, (struct reading){ history, NULL, sum_up });
	struct history_pool *pool;
	size_t i;

	for (i = 0; i < history->finding_count; i++) {
		pool = (struct history_pool *)history->findings[i].pool;
		if (pool)
			pool->has_finding = true;
	}
	history->shown =
		calloc(history->pool_count + 1, sizeof(*history->shown));
	if (err || !history->shown)
		return err ? err : -ENOMEM;
	for (i = 0; i < history->pool_count; i++)
		if (history->pools[i].samples)
			history->shown[history->shown_count++] =
				&history->pools[i];
	mark_gone(history);
	qsort(history->shown, history->shown_count, sizeof(*history->shown),
	      compare_pools);
	return 0;
}

/* ---- series ---- */

static void widen(const struct history *history,
		  const struct history_pool *pool, enum history_value value,
		  int64_t first, int64_t last, double low, double high)
{
	struct history_range *bucket;
	size_t from, to;

	/* Whatever a store claims fits into an integer. */
	if (!history_buckets(history, first, last, &from, &to) ||
	    high > NUMBER_MAX)
		return;
	for (; from <= to; from++) {
		bucket = &pool->series[value][from];
		if (!(bucket->low <= low))
			bucket->low = low;
		if (!(bucket->high >= high))
			bucket->high = high;
	}
}

/* Of the time since the sample before; below 0: it is not known. */
static void plot_number(const struct history *history,
			const struct history_pool *pool,
			const struct sample *sample, enum history_value value,
			int64_t low, int64_t high)
{
	int64_t first = sample->seconds ? sample->last - sample->seconds + 1 :
					  sample->first;

	if (low >= 0)
		widen(history, pool, value, first, sample->last, low, high);
}

/* Sums that grew are rates of this time. */
static void plot_rates(const struct history *history,
		       const struct history_pool *pool,
		       const struct sample *sample)
{
	int64_t first = sample->last - sample->seconds + 1;
	double rate;

	if (!sample->has_before || !sample->seconds)
		return;
	rate = (double)sample->events / sample->seconds;
	widen(history, pool, HISTORY_EVENTS, first, sample->last, rate, rate);
	rate = (double)sample->lost / sample->seconds;
	widen(history, pool, HISTORY_LOST, first, sample->last, rate, rate);
	if (!sample->events)
		return;
	rate = 100.0 * sample->conclusive / sample->events;
	rate = rate > 100 ? 100 : rate;
	widen(history, pool, HISTORY_COVERAGE, first, sample->last, rate, rate);
}

static void plot(const struct history *history, struct history_pool *pool,
		 const struct sample *sample)
{
	const int64_t *of = sample->of;
	int64_t away = history_away(of[INFLIGHT], of[CACHE], of[RING]);

	if (!pool->series[0])
		return;
	plot_number(history, pool, sample, HISTORY_INFLIGHT, of[LOWEST],
		    of[HIGHEST]);
	plot_number(history, pool, sample, HISTORY_CACHE, of[CACHE], of[CACHE]);
	plot_number(history, pool, sample, HISTORY_RING, of[RING], of[RING]);
	plot_number(history, pool, sample, HISTORY_OLDEST, of[OLDEST],
		    of[OLDEST]);
	/* What is in the ring of a destroyed pool is on its way out of it. */
	if (of[STATE])
		plot_number(history, pool, sample, HISTORY_OUT, of[LOWEST],
			    of[HIGHEST]);
	else
		plot_number(history, pool, sample, HISTORY_OUT, away, away);
	plot_rates(history, pool, sample);
}

int history_read_series(struct history *history, sqlite3 *db)
{
	struct history_range *ranges;
	size_t i, k;
	int value;

	for (i = 0; i < history->plotted_count; i++) {
		for (value = 0; value < HISTORY_VALUE_COUNT; value++) {
			ranges = calloc(history->bucket_count, sizeof(*ranges));
			if (!ranges)
				return -ENOMEM;
			for (k = 0; k < history->bucket_count; k++)
				ranges[k].low = ranges[k].high = NAN;
			history->shown[i]->series[value] = ranges;
		}
	}
	return read_samples(db, (struct reading){ history, NULL, plot });
}
