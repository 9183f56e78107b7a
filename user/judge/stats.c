// SPDX-License-Identifier: GPL-2.0
/* The kernel's own counters and statistics of a pool: those of this watch. */
#include <errno.h>

#include "user/judge/private.h"

/*
 * A pool that is older than the watch begins with its first reading; one whose
 * birth was seen began with 0. The counters have 32 bits: readings come often
 * enough that they wrap at most once between two.
 */
int feed_stats(struct session *session, const struct stats_fact *stats)
{
	struct pool *pool = session_pool(session, stats->slot, stats->life);

	if (!pool)
		return -EINVAL;
	if (!pool->readings++ && !pool->born_seen) {
		pool->read_hold = stats->hold;
		pool->read_release = stats->release;
		pool->stats_first = stats->numbers;
	}
	pool->read_quiet = stats->quiet;
	pool->entered += stats->hold - pool->read_hold;
	pool->left += stats->release - pool->read_release;
	pool->read_hold = stats->hold;
	pool->read_release = stats->release;
	pool->has_stats = fact_has(stats, stats, numbers);
	pool->stats_last = stats->numbers;
	return 0;
}

struct statistics_fact pool_stats(const struct pool *pool)
{
	const struct fact_info *info = &fact_infos[FACT_statistics];
	struct statistics_fact gained = pool->stats_last;
	size_t i, offset;

	for (i = 0; i < info->count; i++) {
		offset = info->members[i].offset;
		*(uint64_t *)((char *)&gained + offset) -=
			*(const uint64_t *)((const char *)&pool->stats_first +
					    offset);
	}
	return gained;
}
