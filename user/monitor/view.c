// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "user/monitor/view.h"

int64_t view_out(const struct view_pool *pool)
{
	int64_t out;

	/* What is in the ring of a destroyed pool is on its way out of it. */
	if (pool->state != POOL_STATE_ACTIVE)
		return pool->inflight;
	if (pool->inflight < 0 || pool->cache < 0 || pool->ring < 0)
		return -1;
	out = pool->inflight - pool->cache - pool->ring;
	return out < 0 ? -1 : out;
}

void view_clear(struct view *view)
{
	free(view->pools);
	view->pools = NULL;
	view->pool_count = 0;
}

void view_look_clear(struct view_look *look)
{
	verdict_clear(&look->verdict);
	session_free(look->session);
	memset(look, 0, sizeof(*look));
}
