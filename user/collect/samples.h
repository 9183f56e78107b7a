/* SPDX-License-Identifier: GPL-2.0 */
/* Readings of a pool's two streams of events: what windows are made of. */
#ifndef NETMEM_SAMPLES_H
#define NETMEM_SAMPLES_H

#include "user/collect/live.h"

/* Both streams of a pool in one reading. */
struct pool_sample {
	struct stream_sample hold, release;
	bool valid; /* the pool was alive, or its last numbers are known */
	bool stable; /* the kernel's counters stood still meanwhile */
	bool driver_bound;
};

struct pool_sample sample_pool(struct live *live, uint32_t slot,
			       const struct pool_record *pool);

/* Keeps the smallest offset of several samples: late events only raise it. */
void add_sample(struct pool_sample *best, struct pool_sample sample);

/* Opens both windows there; not where there was no sample. */
void open_at(struct pool_record *pool, const struct pool_sample *best);

/* Holds and releases that the kernel counted since the opening. */
uint64_t sample_events(const struct pool_record *pool,
		       struct pool_sample sample);

/* Of one stream: those that nobody saw. */
uint64_t stream_lost(const struct stream_window *window,
		     struct stream_sample sample);

/* Samples until both streams are whole, or the tries are used up. */
enum window_result sample_until_whole(struct live *live, uint32_t slot,
				      const struct pool_record *pool,
				      struct pool_sample *sample);

#endif
