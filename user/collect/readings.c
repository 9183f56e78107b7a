// SPDX-License-Identifier: GPL-2.0
/*
 * Two readings of each pool: when the hooks are armed, and at the end after the
 * drain. From both together follows whether it is still the same pool, whether
 * its device worked, and whether more of its pages are out than before.
 *
 * The first one stays in the pool's record: it is pinned with it.
 */
#include <unistd.h>

#include "model/audit.h"
#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"

#define READ_TRIES 20
#define READ_DISTANCE_US 50

/* A look at an instant at which nothing moved, else the last one. */
static bool take_look(struct live *live, uint32_t slot, struct audit_look *look)
{
	int try;

	for (try = 0; try < READ_TRIES; try++) {
		if (loader_run(&live->loader, DEMAND_AUDIT, slot, 0))
			return false;
		*look = live->loader.bss->audit_look;
		if (!look->readable || audit_look_stable(look))
			break;
		usleep(READ_DISTANCE_US);
	}
	return look->readable;
}

/* The pool as it is now; false: it is not there any more. */
static bool read_pool(struct live *live, uint32_t slot,
		      struct pool_first *reading)
{
	const struct pool_record *pool = &live->loader.pools[slot];
	struct audit_look look;

	if (!live_is_alive(live, slot) || pool->status != POOL_ACTIVE ||
	    !take_look(live, slot, &look) || !live_is_alive(live, slot))
		return false;
	*reading = (struct pool_first){
		.seq = live->watches[slot].seq,
		.kernel_id = look.kernel_id,
		.hold = look.hold,
		.release = look.release,
		.cache = look.cache_count,
		.ring = audit_ring_span(&look, look.head_used),
		.contents = look.contents ^ (uint64_t)look.producer << 32 ^
			    look.consumer_head,
		.stable = audit_look_stable(&look),
	};
	return true;
}

static void emit_reading(struct live *live, uint32_t slot, bool last,
			 const struct pool_first *from)
{
	struct fact fact = { .type = FACT_reading };
	struct reading_fact *reading = &fact.reading;

	reading->slot = slot;
	reading->seq = from->seq;
	reading->last = last;
	reading->hold = from->hold;
	reading->release = from->release;
	reading->cache = from->cache;
	reading->ring = from->ring;
	reading->stable = from->stable;
	fact_set(reading, reading, contents, from->contents);
	fact_set(reading, reading, kernel_id, from->kernel_id);
	live_emit(live, &fact);
}

int64_t live_reading_out(const struct pool_first *reading)
{
	return (int64_t)(int32_t)(reading->hold - reading->release) -
	       reading->cache - reading->ring;
}

void live_read_first(struct live *live)
{
	struct pool_first reading;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (!read_pool(live, slot, &reading))
			continue;
		live->loader.pools[slot].first = reading;
		live->watches[slot].first_emitted = true;
		emit_reading(live, slot, false, &reading);
	}
}

bool live_read_instant(struct live *live, uint32_t slot,
		       struct pool_first *reading)
{
	return read_pool(live, slot, reading) && reading->stable;
}

static bool has_grown(const struct pool_first *first,
		      const struct pool_first *last)
{
	return first->seq == last->seq && first->stable && last->stable &&
	       live_reading_out(last) > live_reading_out(first) + POOL_REFILL;
}

void live_read_last(struct live *live)
{
	const struct pool_first *first;
	struct pool_watch *watch;
	struct pool_first last;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (!read_pool(live, slot, &last))
			continue;
		watch = &live->watches[slot];
		first = &live->loader.pools[slot].first;
		/* Read by the process that armed the hooks. */
		if (first->seq == last.seq && !watch->first_emitted)
			emit_reading(live, slot, false, first);
		emit_reading(live, slot, true, &last);
		live->out_grew |= watch->judged && has_grown(first, &last);
		if (watch->judged)
			live_begin_posted(
				live, slot, last.seq,
				last.stable ? live_reading_out(&last) : -1);
	}
}
