// SPDX-License-Identifier: GPL-2.0
/* Who had pages of stalled pools, look by look. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "user/history/private.h"

/* Of a pool, and of all that have a series. */
#define HOLDERS_MAX 256
#define SERIES_MAX 1024

/* One reading of all rows. */
struct reading {
	struct history *history;
	size_t series; /* that were made */
};

static bool is_same(const struct history_holder *holder, const char *kind,
		    const char *place, const char *name, int64_t pid)
{
	return holder->pid == pid && !strcmp(holder->name, name) &&
	       !strcmp(holder->place, place) && !strcmp(holder->kind, kind);
}

static float *make_series(struct reading *reading)
{
	const struct history *history = reading->history;
	float *series;
	size_t i;

	if (reading->series == SERIES_MAX)
		return NULL;
	series = malloc(history->bucket_count * sizeof(*series));
	for (i = 0; series && i < history->bucket_count; i++)
		series[i] = NAN;
	reading->series += series != NULL;
	return series;
}

/* NULL with 0: there are too many. */
static int find_holder(struct reading *reading, struct history_pool *pool,
		       sqlite3_stmt *row, struct history_holder **found)
{
	const char *kind = (const char *)sqlite3_column_text(row, 2);
	const char *place = (const char *)sqlite3_column_text(row, 3);
	const char *name = (const char *)sqlite3_column_text(row, 4);
	int64_t pid = sqlite3_column_int64(row, 5);
	struct history_holder *holder;
	size_t i;
	int err;

	*found = NULL;
	if (!kind || !place || !name)
		return -EBADMSG;
	for (i = 0; i < pool->holder_count; i++) {
		*found = &pool->holders[i];
		if (is_same(*found, kind, place, name, pid))
			return 0;
	}
	*found = NULL;
	if (pool->holder_count == HOLDERS_MAX)
		return 0;
	holder = history_add(&pool->holders, &pool->holder_count,
			     sizeof(*holder));
	if (!holder)
		return -ENOMEM;
	holder->pid = pid;
	holder->series = make_series(reading);
	err = history_text(row, 2, &holder->kind);
	if (!err)
		err = history_text(row, 3, &holder->place);
	if (!err)
		err = history_text(row, 4, &holder->name);
	*found = holder;
	return err;
}

static void add_look(const struct history *history,
		     struct history_holder *holder, sqlite3_stmt *row)
{
	int64_t time = sqlite3_column_int64(row, 0);
	size_t from, to;

	if (!holder->looks++)
		holder->first = time;
	holder->last = time;
	holder->pages = sqlite3_column_int64(row, 6);
	holder->bytes = history_number(row, 7);
	holder->oldest_ms = history_number(row, 8);
	if (holder->pages > holder->most)
		holder->most = holder->pages;
	if (holder->series &&
	    history_buckets(history, time, time, &from, &to) &&
	    !(holder->series[from] >= holder->pages))
		holder->series[from] = holder->pages;
}

static int take_holder(void *context, sqlite3_stmt *row)
{
	struct reading *reading = context;
	struct history *history = reading->history;
	struct history_pool *pool =
		history_pool(history, sqlite3_column_int64(row, 1));
	struct history_holder *holder;
	int err;

	if (!pool)
		return 0;
	err = find_holder(reading, pool, row, &holder);
	if (err)
		return err;
	if (holder)
		add_look(history, holder, row);
	else
		pool->holders_more++;
	return 0;
}

static int compare_holders(const void *a, const void *b)
{
	const struct history_holder *one = a, *other = b;

	if (one->most != other->most)
		return one->most > other->most ? -1 : 1;
	return one->first < other->first ? -1 : one->first > other->first;
}

int history_read_holders(struct history *history, sqlite3 *db)
{
	struct reading reading = { history, 0 };
	struct history_pool *pool;
	size_t i;
	int err;

	err = history_rows(
		db,
		"SELECT time, pool, kind, place, name, pid, pages, bytes,"
		" oldest_ms FROM holders WHERE time >= ?1 AND time < ?2"
		" ORDER BY time",
		(int64_t[]){ history->from, history->to }, 2, take_holder,
		&reading);
	for (i = 0; i < history->pool_count; i++) {
		pool = &history->pools[i];
		if (pool->holder_count)
			qsort(pool->holders, pool->holder_count,
			      sizeof(*pool->holders), compare_holders);
	}
	return err;
}
