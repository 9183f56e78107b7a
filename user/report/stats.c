// SPDX-License-Identifier: GPL-2.0
/* The kernel's own statistics: one row a pool; and in words where others differ. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

/* One pool, or those of one name that have no row in the pools' table. */
struct stats_row {
	char name[128];
	size_t gone; /* pools in it; 0: it is one that has a row there */
	struct usage usage;
};

struct stats_rows {
	struct stats_row *items;
	size_t count;
	size_t filled; /* pools in no row: they were filled, and that was all */
};

enum stats_column {
	COLUMN_NAME,
	COLUMN_RECYCLED,
	COLUMN_FAST,
	COLUMN_REFILL,
	COLUMN_SLOW,
	COLUMN_ENTERED,
	COLUMN_LEFT,
	COLUMN_RING_FULL,
	COLUMN_REFCOUNT,
	COLUMN_COUNT
};

static const struct {
	const char *name;
	bool optional; /* left out when it has only 0 */
	unsigned char rank; /* the order is in docs/validate-your-driver.md */
} stats_columns[COLUMN_COUNT] = {
	[COLUMN_NAME] = { "STATISTICS OF", false, 0 },
	[COLUMN_RECYCLED] = { "RECYCLED", false, 0 },
	[COLUMN_FAST] = { "FAST", false, 0 },
	[COLUMN_REFILL] = { "REFILL", false, 3 },
	[COLUMN_SLOW] = { "SLOW", false, 0 },
	[COLUMN_ENTERED] = { "ENTERED", false, 1 },
	[COLUMN_LEFT] = { "LEFT", false, 2 },
	[COLUMN_RING_FULL] = { "RING FULL", true, 4 },
	[COLUMN_REFCOUNT] = { "REFCOUNT", true, 5 },
};

/* ---- rows ---- */

static struct stats_row *row_of(struct stats_rows *rows, const char *name,
				bool gone)
{
	struct stats_row *row;
	size_t i;

	for (i = 0; gone && i < rows->count; i++)
		if (rows->items[i].gone && !strcmp(rows->items[i].name, name))
			return &rows->items[i];
	row = &rows->items[rows->count++];
	utf8_print(row->name, sizeof(row->name), "%s", name);
	return row;
}

/* Of such a queue nothing came back or left, nor was taken beyond its filling. */
static bool is_only_filled(const struct usage *usage)
{
	return !usage->kept && !usage->left &&
	       usage->allocations <= usage->entered;
}

/* Pools that the kernel has no statistics of have no row. */
static void add_rows(const struct session *session, struct stats_rows *rows,
		     bool gone)
{
	bool few = has_gone_rows(session);
	const struct pool *pool;
	struct stats_row *row;
	struct usage usage;
	char name[80];
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		usage = pool_usage(session, pool);
		if (!pool->judged || !usage.of_kernel ||
		    has_row(session, pool, few) == gone)
			continue;
		if (is_only_filled(&usage)) {
			rows->filled++;
			continue;
		}
		pool_name(pool, name, sizeof(name));
		row = row_of(rows, name, gone);
		row->gone += gone;
		usage_add(&row->usage, &usage);
	}
}

/* ---- cells ---- */

/* "98.1 %", "-" */
static const char *recycled_text(const struct usage *usage, char *text,
				 size_t size)
{
	double share = usage_recycled(usage);

	if (share < 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.1f %%", percent_down(share));
	return text;
}

static const char *row_name(const struct session *session,
			    const struct stats_row *row, char *text,
			    size_t size)
{
	if (row->gone)
		utf8_print(text, size, "%s, %zu gone", row->name, row->gone);
	else
		utf8_print(text, size, "%s%s", row->name,
			   row->usage.totals && !session_is_snapshot(session) ?
				   ", since it was made" :
				   "");
	return text;
}

static void add_stats(struct table *table, const struct session *session,
		      const struct stats_row *row)
{
	const struct usage *usage = &row->usage;
	const struct statistics_fact *numbers = &usage->numbers;
	const uint64_t cells[COLUMN_COUNT] = {
		[COLUMN_FAST] = numbers->alloc_fast,
		[COLUMN_REFILL] = numbers->alloc_refill,
		[COLUMN_SLOW] =
			numbers->alloc_slow + numbers->alloc_slow_high_order,
		[COLUMN_ENTERED] = usage->entered,
		[COLUMN_LEFT] = usage->left,
		[COLUMN_RING_FULL] = numbers->recycle_ring_full,
		[COLUMN_REFCOUNT] = numbers->recycle_released_refcnt,
	};
	char text[160];
	size_t i;

	add_row(table);
	add_cell(table, COLUMN_NAME,
		 row_name(session, row, text, sizeof(text)));
	add_cell(table, COLUMN_RECYCLED,
		 recycled_text(usage, text, sizeof(text)));
	for (i = COLUMN_FAST; i < COLUMN_COUNT; i++)
		if (cells[i] || !stats_columns[i].optional)
			add_number(table, i, cells[i]);
		else if (!table->error)
			scols_line_set_data(table->line, i, "0");
}

static int print_rows(FILE *to, const struct session *session,
		      const struct stats_rows *rows, int width)
{
	struct table table;
	size_t i;
	int err;

	_Static_assert(COLUMN_COUNT <= TABLE_COLUMNS_MAX, "table too small");
	err = open_table(&table, to);
	if (err)
		return err;
	if (width)
		table.width = width;
	for (i = 0; i < COLUMN_COUNT; i++)
		add_column(&table, stats_columns[i].name,
			   (i ? SCOLS_FL_RIGHT : 0) |
				   (stats_columns[i].optional ?
					    SCOLS_FL_HIDDEN :
					    0),
			   stats_columns[i].rank);
	for (i = 0; !table.error && i < rows->count; i++)
		add_stats(&table, session, &rows->items[i]);
	return print_table(&table);
}

int report_stats(FILE *to, const struct session *session, int width)
{
	struct stats_rows rows = {
		.items = calloc(session->pool_count + 1, sizeof(*rows.items)),
	};
	char pools[48];
	int err = 0;

	if (!rows.items)
		return -ENOMEM;
	add_rows(session, &rows, false);
	add_rows(session, &rows, true);
	if (rows.count)
		err = print_rows(to, session, &rows, width);
	if (rows.filled)
		fprintf(to,
			"%s%s of which no page came back or left, by the kernel's statistics\n",
			rows.count ? "and " : "",
			count_of(rows.filled, "pool", pools, sizeof(pools)));
	if (rows.count || rows.filled)
		putc('\n', to);
	free(rows.items);
	return err;
}

/* ---- in words ---- */

const char *stats_source_text(const struct session *session)
{
	const char *from = session->meta.statistics;

	if (!from)
		return NULL;
	if (!strcmp(from, "none"))
		return "this kernel keeps none (CONFIG_PAGE_POOL_STATS)";
	return strcmp(from, "netlink") ?
		       NULL :
		       "by netlink, of pools whose driver names a net device; not compared with events";
}

const char *stats_difference_text(const struct session *session,
				  const struct pool *pool, char *text,
				  size_t size)
{
	static const char *const counts[] = {
		[STATS_ALLOCATED] = "allocated",
		[STATS_CACHED] = "put into the cache",
		[STATS_RING] = "put into the ring",
		[STATS_RING_FULL] = "released as the ring was full",
		[STATS_REFCOUNT] = "released for a reference",
	};
	struct stats_difference difference = stats_compare(session, pool);
	char kernel[32], other[32];

	format_number(difference.kernel, kernel, sizeof(kernel));
	format_number(difference.other, other, sizeof(other));
	if (difference.of == STATS_ENTERED)
		snprintf(
			text, size,
			"the kernel's statistics count %s calls of the page allocator, for up to 64 pages each, but %s pages entered",
			kernel, other);
	else if (difference.of == STATS_LEFT)
		snprintf(
			text, size,
			"the kernel's statistics count %s pages released, but only %s left",
			kernel, other);
	else
		snprintf(
			text, size,
			"the kernel's statistics count %s pages %s, the hooks %s",
			kernel, counts[difference.of], other);
	return text;
}
