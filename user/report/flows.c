// SPDX-License-Identifier: GPL-2.0
/* Where pages went, by the function tier: one row a pool. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

/*
 * A row of numbers of one pool, or of the pools of one name that have no row
 * of their own.
 */
struct flow_row {
	char name[96];
	size_t gone; /* pools in it; 0: it is one that has a row in the pools' table */
	struct paths_fact flow; /* summed */
};

struct flow_column {
	size_t offset; /* in struct paths_fact */
	const char *name;
	bool optional;
	unsigned char rank; /* the order is in docs/validate-your-driver.md */
};

#define PATH(member) offsetof(struct paths_fact, member)

static const struct flow_column path_columns[] = {
	{ PATH(handed_out), "ALLOCATED", false, 0 },
	{ PATH(returned), "RETURNED", false, 0 },
	{ PATH(cached), "TO CACHE", false, 1 },
	{ PATH(ring), "TO RING", false, 2 },
};

/* A table of its own: all in one would be wider than a terminal. */
static const struct flow_column other_columns[] = {
	{ PATH(ring_full), "RING FULL", true, 1 },
	{ PATH(released_refcnt), "REFCOUNT", true, 2 },
	{ PATH(left), "LEFT WHILE OUT", true, 0 },
	{ PATH(foreign), "FOREIGN", true, 3 },
	{ PATH(lost), "NOT SEEN", true, 4 },
};

static const struct flow_column frag_columns[] = {
	{ PATH(frags_issued), "ISSUED", false, 0 },
	{ PATH(frags_misaligned), "MISALIGNED", true, 1 },
	{ PATH(frags_returned_observed), "BACK, OBSERVED", false, 0 },
	{ PATH(frags_returned_inferred), "BACK, INFERRED", false, 0 },
};

static uint64_t flow_number(const struct paths_fact *flow, size_t offset)
{
	return *(const uint64_t *)((const char *)flow + offset);
}

/*
 * At the traffic's end where our XDP programs came off then: that empties
 * pools. NULL: not known.
 */
static const struct paths_fact *traffic_flow(const struct pool *pool)
{
	if (pool->was_attached && fact_has(&pool->attached, attached, flow))
		return &pool->attached.flow;
	return pool->has_flow ? &pool->flow : NULL;
}

/* The row of this name among @rows, made when there is none. */
static struct flow_row *gone_row(struct flow_row *rows, size_t *count,
				 const char *name)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (rows[i].gone && !strcmp(rows[i].name, name))
			return &rows[i];
	(*count)++;
	strcpy(rows[i].name, name);
	return &rows[i];
}

/* Adds rows for pools in rows of the pools' table, or sums of all others. */
static void add_flows(const struct session *session, struct flow_row *rows,
		      size_t *count, bool others)
{
	bool few = has_gone_rows(session);
	const struct paths_fact *flow;
	const struct pool *pool;
	struct flow_row *row;
	char name[128];
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		flow = traffic_flow(pool);
		if (!pool->judged || has_row(session, pool, few) == others ||
		    !flow || (!flow->handed_out && !flow->returned))
			continue;
		pool_name(pool, name, sizeof(name));
		if (others) {
			row = gone_row(rows, count, name);
			row->gone++;
		} else {
			row = &rows[(*count)++];
			strcpy(row->name, name);
		}
		fact_add(FACT_paths, &row->flow, flow);
	}
}

static void add_recycled(struct table *table, size_t column,
			 const struct paths_fact *flow)
{
	uint64_t pages = flow->returned + flow->left;
	char text[24] = "-";

	/* Never rounded up: 100 % means all. */
	if (pages)
		snprintf(text, sizeof(text), "%.1f %%",
			 (flow->cached + flow->ring) * 1000 / pages / 10.0);
	add_cell(table, column, text);
}

static void add_flow_row(struct table *table, const struct flow_row *row,
			 const struct flow_column *columns, size_t count)
{
	uint64_t number;
	char name[128];
	size_t i;

	add_row(table);
	if (row->gone)
		utf8_print(name, sizeof(name), "%s, %zu gone", row->name,
			   row->gone);
	else
		utf8_print(name, sizeof(name), "%s", row->name);
	add_cell(table, 0, name);
	for (i = 0; i < count; i++) {
		number = flow_number(&row->flow, columns[i].offset);
		if (number || !columns[i].optional)
			add_number(table, i + 1, number);
		else if (!table->error)
			scols_line_set_data(table->line, i + 1, "0");
	}
	if (columns == path_columns)
		add_recycled(table, i + 1, &row->flow);
}

static bool has_number(const struct flow_row *row,
		       const struct flow_column *columns, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (flow_number(&row->flow, columns[i].offset))
			return true;
	return false;
}

/* Rows without any number are left out, optional columns with only 0 as well. */
static int print_flows(FILE *to, const struct flow_row *rows, size_t row_count,
		       const char *title, const struct flow_column *columns,
		       size_t count)
{
	struct table table;
	size_t i;
	int err;

	_Static_assert(ARRAY_LEN(other_columns) + 2 <= TABLE_COLUMNS_MAX,
		       "table too small");
	for (i = 0; i < row_count; i++)
		if (has_number(&rows[i], columns, count))
			break;
	if (i == row_count)
		return 0;
	err = open_table(&table, to);
	if (err)
		return err;
	add_column(&table, title, 0, 0);
	for (i = 0; i < count; i++)
		add_column(&table, columns[i].name,
			   SCOLS_FL_RIGHT |
				   (columns[i].optional ? SCOLS_FL_HIDDEN : 0),
			   columns[i].rank);
	if (columns == path_columns)
		add_column(&table, "RECYCLED", SCOLS_FL_RIGHT, 0);
	for (i = 0; !table.error && i < row_count; i++)
		if (has_number(&rows[i], columns, count))
			add_flow_row(&table, &rows[i], columns, count);
	err = print_table(&table);
	putc('\n', to);
	return err;
}

int report_flows(FILE *to, const struct session *session)
{
	struct flow_row *rows;
	size_t count = 0;
	int err;

	rows = calloc(session->pool_count + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	add_flows(session, rows, &count, false);
	add_flows(session, rows, &count, true);
	err = print_flows(to, rows, count, "PAGES OF", path_columns,
			  ARRAY_LEN(path_columns));
	if (!err)
		err = print_flows(to, rows, count, "NOT RECYCLED",
				  other_columns, ARRAY_LEN(other_columns));
	if (!err)
		err = print_flows(to, rows, count, "FRAGMENTS OF", frag_columns,
				  ARRAY_LEN(frag_columns));
	free(rows);
	return err;
}
