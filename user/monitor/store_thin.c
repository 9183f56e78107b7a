// SPDX-License-Identifier: GPL-2.0
/* Samples become fewer with age: a second for an hour, a minute for a week. */
#include "user/monitor/private.h"
#include "user/util/util.h"

#define THIN_S 60
#define HOUR_S 3600
#define WEEK_S (7 * 24 * HOUR_S)

static const struct {
	int64_t from, to; /* step in seconds */
	int64_t age_s; /* of those that change */
} levels[] = {
	{ 1, 60, HOUR_S },
	{ 60, HOUR_S, WEEK_S },
};

/* A clock that is set back makes samples look younger: they stay longer. */
void store_note_clock(struct thinning *thinning, int64_t time_s, int64_t boot_s)
{
	int64_t passed = time_s - thinning->last_s;
	int64_t elapsed =
		thinning->last_boot_s ? boot_s - thinning->last_boot_s : 0;
	int64_t ahead = thinning->last_s ? passed - elapsed : 0;

	thinning->last_s = time_s;
	thinning->last_boot_s = boot_s;
	/* Old enough by any clock */
	if (boot_s - thinning->jumped_boot_s >= WEEK_S)
		thinning->ahead_s = 0;
	if (ahead >= -STORE_GAP_S && ahead <= STORE_GAP_S)
		return;
	thinning->ahead_s += ahead;
	if (thinning->ahead_s < 0)
		thinning->ahead_s = 0;
	if (ahead > 0)
		thinning->jumped_boot_s = boot_s;
}

/* What was stored before this time is older than @age_s, whatever the clock did. */
static int64_t older_than(const struct thinning *thinning, int64_t age_s)
{
	int64_t since = thinning->last_boot_s - thinning->jumped_boot_s;

	return thinning->last_s - age_s -
	       (since < age_s ? thinning->ahead_s : 0);
}

static int thin_samples(struct store *store)
{
	int64_t before;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < ARRAY_LEN(levels); i++) {
		before = older_than(&store->thinning, levels[i].age_s);
		/* Only intervals that are whole. */
		before = before / levels[i].to * levels[i].to;
		err = store_run_numbers(store, STORE_THIN,
					(int64_t[]){ levels[i].to,
						     levels[i].from, before },
					3, NULL);
		if (!err)
			err = store_run_numbers(
				store, STORE_THINNED,
				(int64_t[]){ levels[i].from, before }, 2, NULL);
	}
	return err;
}

/* Of each hour that is over, those of the last look stay, for a week. */
static int thin_holders(struct store *store)
{
	int64_t before = older_than(&store->thinning, HOUR_S), old;
	int err;

	before = before / HOUR_S * HOUR_S;
	old = older_than(&store->thinning, WEEK_S);
	if (before <= store->thinning.holders_s)
		return 0;
	err = store_run_numbers(store, STORE_THIN_HOLDERS,
				(int64_t[]){ before }, 1, NULL);
	if (!err)
		err = store_run_numbers(store, STORE_OLD_HOLDERS,
					(int64_t[]){ old }, 1, NULL);
	if (!err)
		store->thinning.holders_s = before;
	return err;
}

int store_thin(struct store *store)
{
	struct thinning *thinning = &store->thinning;
	int err;

	if (thinning->done_boot_s &&
	    thinning->last_boot_s - thinning->done_boot_s < THIN_S)
		return 0;
	err = thin_samples(store);
	if (!err)
		err = thin_holders(store);
	if (!err)
		thinning->done_boot_s = thinning->last_boot_s;
	return err;
}
