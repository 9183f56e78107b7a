// SPDX-License-Identifier: GPL-2.0
/* Samples become fewer with age: a second for an hour, a minute for a week. */
#include "user/monitor/private.h"
#include "user/util/util.h"

#define HOUR_S 3600
#define WEEK_S (7 * 24 * HOUR_S)

static const struct {
	int64_t from, to; /* step in seconds */
	int64_t age_s; /* of those that change */
} levels[] = {
	{ 1, 60, HOUR_S },
	{ 60, HOUR_S, WEEK_S },
};

int store_thin(struct store *store, int64_t now_s)
{
	int64_t before;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < ARRAY_LEN(levels); i++) {
		/* Only intervals that are whole. */
		before =
			(now_s - levels[i].age_s) / levels[i].to * levels[i].to;
		err = store_run_numbers(store, STORE_THIN,
					(int64_t[]){ levels[i].to,
						     levels[i].from, before },
					3, NULL);
		if (!err)
			err = store_run_numbers(
				store, STORE_THINNED,
				(int64_t[]){ levels[i].from, before }, 2, NULL);
	}
	if (!err)
		err = store_run_numbers(store, STORE_OLD_HOLDERS,
					(int64_t[]){ now_s - WEEK_S }, 1, NULL);
	return err;
}
