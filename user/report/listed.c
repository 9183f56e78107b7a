// SPDX-License-Identifier: GPL-2.0
/* What --min-age leaves out of a report. */
#include "user/report.h"

bool is_old_enough(const struct session *session, int64_t age_ms)
{
	return age_ms < 0 || (uint64_t)age_ms >= session->min_age_ms;
}

size_t count_listed_pages(const struct session *session,
			  const struct pool *pool)
{
	size_t i, count = 0;

	for (i = 0; i < pool->pages.count; i++)
		count += is_old_enough(session, pool->pages.items[i].age_ms);
	return count;
}
