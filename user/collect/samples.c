// SPDX-License-Identifier: GPL-2.0
/* Readings of a pool's two streams of events, and what a window makes of them. */
#include <unistd.h>

#include "user/collect/samples.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"

/* Tries to find a pool at rest within one tick. */
#define CLOSE_TRIES 20
#define CLOSE_DISTANCE_US 100

struct pool_sample sample_pool(struct live *live, uint32_t slot,
			       const struct pool_record *pool)
{
	struct pool_sample sample = {};
	struct pool_reading reading;

	if (pool->status == POOL_CLOSING) {
		sample.hold.counted = pool->final_hold;
		sample.release.counted = pool->final_release;
		sample.hold.seen = pool->hold_seen;
		sample.release.seen = pool->release_seen;
		sample.valid = true;
		sample.stable = true;
		return sample;
	}
	if (loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
		return sample;
	reading = live->loader.bss->pool_reading;
	sample.hold.counted = reading.hold;
	sample.hold.seen = reading.hold_seen;
	sample.release.counted = reading.release;
	sample.release.seen = reading.release_seen;
	sample.valid = reading.readable;
	sample.stable = reading.stable;
	sample.driver_bound = reading.driver_bound;
	return sample;
}

static bool offset_below(struct stream_sample a, struct stream_sample b)
{
	return (int32_t)(stream_offset(a) - stream_offset(b)) < 0;
}

/* Keeps the smallest offset of several samples. */
void add_sample(struct pool_sample *best, struct pool_sample sample)
{
	if (!sample.valid || !sample.stable)
		return;
	if (!best->valid || offset_below(sample.hold, best->hold))
		best->hold = sample.hold;
	if (!best->valid || offset_below(sample.release, best->release))
		best->release = sample.release;
	best->valid = true;
}

void open_at(struct pool_record *pool, const struct pool_sample *best)
{
	if (!best->valid)
		return;
	window_open(&pool->windows.hold, best->hold);
	window_open(&pool->windows.release, best->release);
}

uint64_t sample_events(const struct pool_record *pool,
		       struct pool_sample sample)
{
	return (uint64_t)window_events(&pool->windows.hold, sample.hold) +
	       window_events(&pool->windows.release, sample.release);
}

/* Events that the kernel counted since the opening and nobody saw. */
uint64_t stream_lost(const struct stream_window *window,
		     struct stream_sample sample)
{
	int32_t lost = stream_offset(sample) - window->offset;

	return window->open && lost > 0 ? lost : 0;
}

/* The worse of both streams' results. */
static enum window_result judge_sample(const struct pool_record *pool,
				       struct pool_sample sample)
{
	enum window_result hold =
		window_judge(&pool->windows.hold, sample.hold);
	enum window_result release =
		window_judge(&pool->windows.release, sample.release);

	return hold > release ? hold : release;
}

/* Samples until both streams are whole, or the tries are used up. */
enum window_result sample_until_whole(struct live *live, uint32_t slot,
				      const struct pool_record *pool,
				      struct pool_sample *sample)
{
	enum window_result result, best = WINDOW_IMPOSSIBLE;
	struct pool_sample next;
	int tries;

	for (tries = 0; tries < CLOSE_TRIES; tries++) {
		next = sample_pool(live, slot, pool);
		if (next.valid && next.stable) {
			result = judge_sample(pool, next);
			if (result <= best) {
				best = result;
				*sample = next;
			}
			if (result <= WINDOW_COMPLETE)
				break;
		}
		usleep(CLOSE_DISTANCE_US);
	}
	return sample->valid ? best : WINDOW_UNSETTLED;
}
