// SPDX-License-Identifier: GPL-2.0
/* The table of pools. */
#include <errno.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

/* Up to here, pools that are gone get a row each as well. */
#define GONE_ROWS_MAX 10
/* Rows for pools that are gone and lost events: more say nothing new. */
#define GAP_ROWS_MAX 6
/* Pools without a device that are named, though they are not judged. */
#define NAMELESS_MAX 4

enum pool_column {
	COLUMN_POOL,
	COLUMN_STATE,
	COLUMN_INFLIGHT,
	COLUMN_CACHE,
	COLUMN_RING,
	COLUMN_OUT,
	COLUMN_SHADOW,
	COLUMN_SCAN,
	COLUMN_NETLINK,
	COLUMN_OLDEST,
	COLUMN_EVENTS,
	COLUMN_SHARE,
	COLUMN_GAPS,
	COLUMN_COUNT
};

static const struct {
	const char *name;
	int flags;
	bool optional; /* left out when no pool has something in it */
	unsigned char rank; /* the order is in docs/validate-your-driver.md */
} pool_columns[COLUMN_COUNT] = {
	[COLUMN_POOL] = { "POOL", 0, false, 0 },
	[COLUMN_STATE] = { "STATE", 0, false, 0 },
	[COLUMN_INFLIGHT] = { "IN FLIGHT", SCOLS_FL_RIGHT, false, 0 },
	[COLUMN_CACHE] = { "CACHE", SCOLS_FL_RIGHT, true, 4 },
	[COLUMN_RING] = { "RING", SCOLS_FL_RIGHT, true, 5 },
	[COLUMN_OUT] = { "OUT", SCOLS_FL_RIGHT, true, 3 },
	[COLUMN_SHADOW] = { "SHADOW", SCOLS_FL_RIGHT, true, 2 },
	[COLUMN_SCAN] = { "SCAN", SCOLS_FL_RIGHT, true, 6 },
	[COLUMN_NETLINK] = { "NETLINK", SCOLS_FL_RIGHT, true, 8 },
	[COLUMN_OLDEST] = { "OLDEST", SCOLS_FL_RIGHT, true, 1 },
	[COLUMN_EVENTS] = { "EVENTS", SCOLS_FL_RIGHT, false, 10 },
	[COLUMN_SHARE] = { "CONCLUSIVE", SCOLS_FL_RIGHT, false, 7 },
	[COLUMN_GAPS] = { "GAPS", SCOLS_FL_RIGHT, true, 9 },
};

static void add_share(struct table *table, const struct pool *pool)
{
	char text[16];

	if (!pool->events)
		return;
	/* Never rounded up: 100 % means all. */
	snprintf(text, sizeof(text), "%.1f %%",
		 pool->conclusive * 1000 / pool->events / 10.0);
	add_cell(table, COLUMN_SHARE, text);
}

static void add_pool(struct table *table, const struct pool *pool)
{
	char name[128], age[32];

	add_row(table);
	add_cell(table, COLUMN_POOL, pool_name(pool, name, sizeof(name)));
	add_cell(table, COLUMN_STATE, pool_state_name(pool->state));
	if (pool->counted || pool->state != POOL_STATE_ACTIVE)
		add_number(table, COLUMN_INFLIGHT, pool->inflight);
	if (pool->audited) {
		add_number(table, COLUMN_CACHE, pool->in_cache);
		add_number(table, COLUMN_RING, pool->in_ring);
		/* With more in cache and ring than there are, nobody knows. */
		if (pool->out >= 0)
			add_number(table, COLUMN_OUT, pool->out);
	}
	if (pool->counted && pool->shadow_held >= 0)
		add_number(table, COLUMN_SHADOW, pool->shadow_held);
	if (pool->counted && pool->scan_held >= 0)
		add_number(table, COLUMN_SCAN, pool->scan_held);
	if (pool->netlink_counted)
		add_number(table, COLUMN_NETLINK, pool->netlink_inflight);
	if (pool->oldest_ms >= 0)
		add_cell(table, COLUMN_OLDEST,
			 format_time(pool->oldest_ms, age, sizeof(age)));
	add_number(table, COLUMN_EVENTS, pool->events);
	add_share(table, pool);
	if (pool->gaps)
		add_number(table, COLUMN_GAPS, pool->gaps);
}

static int open_pool_table(struct table *table, FILE *to)
{
	size_t i;
	int err;

	_Static_assert(COLUMN_COUNT <= TABLE_COLUMNS_MAX, "table too small");
	err = open_table(table, to);
	for (i = 0; !err && i < COLUMN_COUNT; i++)
		add_column(table, pool_columns[i].name,
			   pool_columns[i].flags |
				   (pool_columns[i].optional ? SCOLS_FL_HIDDEN :
							       0),
			   pool_columns[i].rank);
	return err;
}

bool has_row(const struct session *session, const struct pool *pool, bool few)
{
	return few || pool->state != POOL_STATE_GONE ||
	       has_finding(session, pool);
}

/*
 * "pool id 17: device no longer known; driver mlx5_core, 128 pages (524,288
 * bytes), destroyed 3 m 20 s ago"
 */
static void print_forgotten(FILE *to, const struct pool *pool)
{
	char name[128], pages[48], bytes[48], age[32];

	pool_name(pool, name, sizeof(name));
	print_clean(to, name, strlen(name));
	fputs(": device no longer known; ", to);
	if (pool->driver[0]) {
		fputs("driver ", to);
		print_clean(to, pool->driver, strlen(pool->driver));
		fputs(", ", to);
	}
	fputs(count_of(pool->inflight < 0 ? 0 : pool->inflight, "page", pages,
		       sizeof(pages)),
	      to);
	if (pool->has_bytes)
		fprintf(to, " (%s)",
			count_of(pool->bytes, "byte", bytes, sizeof(bytes)));
	if (pool->destroyed_ms >= 0)
		fprintf(to, ", destroyed %s ago",
			format_time(pool->destroyed_ms, age, sizeof(age)));
	putc('\n', to);
}

void report_forgotten(FILE *to, const struct session *session)
{
	const struct pool *pool;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (pool->judged && pool->forgotten &&
		    pool->state == POOL_STATE_STALLED)
			print_forgotten(to, pool);
	}
}

/* Pools that are in no row, in one number each. */
struct rest {
	size_t gone, gone_gaps, unasked, system, nameless;
	char names[200]; /* of the first of the nameless */
	uint64_t events, conclusive;
};

static void count_unasked(struct rest *rest, const struct pool *pool)
{
	size_t at = strlen(rest->names);
	char name[64];

	if (pool->cpu >= 0)
		rest->system++;
	else if (pool->device[0] || pool->state == POOL_STATE_GONE)
		rest->unasked++;
	else if (++rest->nameless <= NAMELESS_MAX)
		utf8_print(rest->names + at, sizeof(rest->names) - at, "%s%s",
			   at ? ", " : "", pool_name(pool, name, sizeof(name)));
	else if (rest->nameless == NAMELESS_MAX + 1)
		utf8_print(rest->names + at, sizeof(rest->names) - at, ", ...");
}

static void print_rest(FILE *to, const struct rest *rest)
{
	char pools[48], events[48];

	if (rest->gone) {
		fprintf(to, "and %s already gone: %s",
			count_of(rest->gone, "pool", pools, sizeof(pools)),
			count_of(rest->events, "event", events,
				 sizeof(events)));
		if (rest->events)
			fprintf(to, ", %.1f %% of them conclusive",
				rest->conclusive * 1000 / rest->events / 10.0);
		if (rest->gone_gaps)
			fprintf(to, ", %zu with gaps", rest->gone_gaps);
		putc('\n', to);
	}
	if (rest->unasked)
		fprintf(to, "and %s, not judged\n",
			count_of(rest->unasked, "other pool", pools,
				 sizeof(pools)));
	if (rest->nameless)
		fprintf(to, "and %s without a known device, not judged: %s\n",
			count_of(rest->nameless, "pool", pools, sizeof(pools)),
			rest->names);
	if (rest->system)
		fprintf(to, "and %s of a CPU, not judged\n",
			count_of(rest->system, "system pool", pools,
				 sizeof(pools)));
}

static size_t count_gone(const struct session *session)
{
	size_t gone = session->gone.pools, i;

	for (i = 0; i < session->pool_count; i++)
		gone += session->pools[i]->judged &&
			session->pools[i]->state == POOL_STATE_GONE;
	return gone;
}

bool has_gone_rows(const struct session *session)
{
	return count_gone(session) <= GONE_ROWS_MAX;
}

int report_pools(FILE *to, const struct session *session, int width)
{
	bool few = has_gone_rows(session);
	size_t rows = 0, gap_rows = 0, i;
	const struct pool *pool;
	struct rest rest = { .gone = session->gone.pools,
			     .gone_gaps = session->gone.gaps,
			     .events = session->gone.events,
			     .conclusive = session->gone.conclusive };
	struct table table;
	int err;

	err = open_pool_table(&table, to);
	if (err)
		return err;
	if (width)
		table.width = width;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged) {
			count_unasked(&rest, pool);
		} else if (has_row(session, pool, few) ||
			   (pool->gaps && gap_rows++ < GAP_ROWS_MAX)) {
			add_pool(&table, pool);
			rows++;
		} else {
			rest.gone++;
			rest.gone_gaps += pool->gaps > 0;
			rest.events += pool->events;
			rest.conclusive += pool->conclusive;
		}
	}
	if (rows)
		err = print_table(&table);
	else
		scols_unref_table(table.table);
	report_forgotten(to, session);
	print_rest(to, &rest);
	if (rows || rest.gone || rest.unasked || rest.nameless || rest.system)
		putc('\n', to);
	return err;
}
