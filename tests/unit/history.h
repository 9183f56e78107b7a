/* SPDX-License-Identifier: GPL-2.0 */
/* A store that is written as a monitor does, for tests that read it back. */
#ifndef NETMEM_UNIT_HISTORY_H
#define NETMEM_UNIT_HISTORY_H

#include "unit.h"
#include "place.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "user/history/history.h"
#include "user/monitor/store.h"

#define BEGIN 1800000000LL
#define POOLS 3

static const struct history_span whole __attribute__((unused));
static inline int set_up(void **state)
{
	return make_place("a #%?.db");
}

static inline struct store *begin(int64_t time_s, const char *boot)
{
	const struct store_run run = { .time_s = time_s,
				       .boot_id = boot,
				       .armed_ns = 17,
				       .kernel = "6.18",
				       .machine = "x86_64" };
	struct store *store;
	int err;

	store = store_open(path, &run, &err);
	assert_non_null(store);
	return store;
}

static inline void end(struct store *store, int64_t time_s, enum exit_code code)
{
	if (time_s)
		store_end(store, time_s, &(struct verdict){ .code = code });
	store_close(store);
}

static inline void sample(struct store *store, int64_t time_s, int64_t inflight,
			  uint64_t events)
{
	struct view_pool pools[POOLS] = {};
	struct view view = { .time_s = time_s,
			     .pools = pools,
			     .pool_count = POOLS };
	size_t i;

	for (i = 0; i < POOLS; i++) {
		pools[i].slot = i + 1;
		pools[i].seq = 1;
		pools[i].queue = i;
		strcpy(pools[i].device, "eth0");
		pools[i].inflight = inflight;
		pools[i].cache = 10;
		pools[i].ring = 20;
		pools[i].oldest_ms = -1;
		pools[i].events = events;
		pools[i].conclusive = events / 2;
	}
	store_sample(store, &view);
}

static inline void change(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static inline void read_whole(struct history *history)
{
	char why[256];

	assert_int_equal(history_read(history, path, &whole, why, sizeof(why)),
			 0);
}

static inline void refuses(const struct history_span *span, int wanted,
			   const char *words)
{
	struct history history;
	char why[256];

	assert_int_equal(history_read(&history, path, span, why, sizeof(why)),
			 wanted);
	assert_non_null(strstr(why, words));
	history_clear(&history);
}

/* ---- reasons in words ---- */

struct wanted {
	const char *words;
	int found[2]; /* as a reason, as a warning */
};

static inline void look_for(void *context, bool warning, const char *text)
{
	struct wanted *wanted = context;

	wanted->found[warning] += strstr(text, wanted->words) != NULL;
}

static inline void expect_line(const struct history *history, bool warning,
			       const char *words)
{
	struct wanted wanted = { .words = words };

	history_explain(history, look_for, &wanted);
	assert_int_equal(wanted.found[warning], 1);
	assert_int_equal(wanted.found[!warning], 0);
}

static inline void no_line(const struct history *history, const char *words)
{
	struct wanted wanted = { .words = words };

	history_explain(history, look_for, &wanted);
	assert_int_equal(wanted.found[0] + wanted.found[1], 0);
}

static inline enum exit_code code_of(void)
{
	struct history history;
	enum exit_code code;

	read_whole(&history);
	code = history.code;
	history_clear(&history);
	return code;
}

#endif
