// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at pools that are alive while the watch goes on, for pages that nobody
 * has. They are made only where more pages are out than the device may have, and
 * the pool rests for a moment.
 */
#include <string.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/util/util.h"

/* Looks take at most this share of the time, but for the first, which loads. */
#define LOOK_SHARE 20
/* A pool that does not move for so long is worth a walk. */
#define REST_US 20000
/* So many pools share one. */
#define POOLS_A_LOOK 64

/* Until the end nothing is said of what the device may have. */
static void end_pool(struct live *live, uint32_t slot)
{
	memset(&live->watches[slot].posted, 0, sizeof(struct posted));
}

/*
 * It is time for the next look, something happened since the last one, and more
 * are out than its device may have.
 */
static bool begin_pool(struct live *live, uint32_t slot,
		       struct pool_first *reading)
{
	const struct posted *posted = &live->watches[slot].posted;

	if (!live->watches[slot].judged || !live_is_alive(live, slot) ||
	    live->loader.pools[slot].status != POOL_ACTIVE ||
	    !live_read_instant(live, slot, reading) ||
	    !live_suspects_due(live, slot, reading))
		return false;
	live_begin_posted(live, slot, reading->seq, live_reading_out(reading));
	if (posted->sought)
		return true;
	/* So many came back: the next look has none to be compared with. */
	if (posted->has_pages)
		live_clear_suspects(live, slot, reading);
	end_pool(live, slot);
	return false;
}

/* Those that moved meanwhile have to wait. */
static void keep_resting(struct live *live, const struct pool_first *readings,
			 const uint32_t *slots, size_t count)
{
	struct pool_first reading;
	size_t i;

	for (i = 0; i < count; i++)
		live->watches[slots[i]].posted.sought =
			live_read_instant(live, slots[i], &reading) &&
			!memcmp(&reading, &readings[i], sizeof(reading));
}

void live_look_for_suspects(struct live *live)
{
	static struct pool_first readings[POOLS_A_LOOK];
	uint32_t slots[POOLS_A_LOOK], slot;
	uint64_t start = now_ns();
	bool opened = live->holders;
	size_t i, count = 0;

	if (live->options.pinned || live->options.proven_only ||
	    start < live->suspects_due_ns)
		return;
	for (slot = 1; slot < SLOT_COUNT && count < POOLS_A_LOOK; slot++) {
		slots[count] = slot;
		count += begin_pool(live, slot, &readings[count]);
	}
	if (count) {
		usleep(REST_US);
		keep_resting(live, readings, slots, count);
	}
	if (live_seeks_posted(live))
		live_walk_for_suspects(live);
	for (i = 0; i < count; i++)
		end_pool(live, slots[i]);
	/* The programs of walk and sweep are loaded once. */
	if (opened || !live->holders)
		live->suspects_due_ns =
			now_ns() + LOOK_SHARE * (now_ns() - start);
}
