// SPDX-License-Identifier: GPL-2.0
/* The tables of the text report: pools, paths of their pages, XDP programs. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
#include "user/util/util.h"

/* Up to here, pools that are gone get a row each as well. */
#define GONE_ROWS_MAX 10
/* Rows for pools that are gone and lost events: more say nothing new. */
#define GAP_ROWS_MAX 6

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
} pool_columns[COLUMN_COUNT] = {
	[COLUMN_POOL] = { "POOL", 0, false },
	[COLUMN_STATE] = { "STATE", 0, false },
	[COLUMN_INFLIGHT] = { "IN FLIGHT", SCOLS_FL_RIGHT, false },
	[COLUMN_CACHE] = { "CACHE", SCOLS_FL_RIGHT, true },
	[COLUMN_RING] = { "RING", SCOLS_FL_RIGHT, true },
	[COLUMN_OUT] = { "OUT", SCOLS_FL_RIGHT, true },
	[COLUMN_SHADOW] = { "SHADOW", SCOLS_FL_RIGHT, true },
	[COLUMN_SCAN] = { "SCAN", SCOLS_FL_RIGHT, true },
	[COLUMN_NETLINK] = { "NETLINK", SCOLS_FL_RIGHT, true },
	[COLUMN_OLDEST] = { "OLDEST", SCOLS_FL_RIGHT, true },
	[COLUMN_EVENTS] = { "EVENTS", SCOLS_FL_RIGHT, false },
	[COLUMN_SHARE] = { "CONCLUSIVE", SCOLS_FL_RIGHT, false },
	[COLUMN_GAPS] = { "GAPS", SCOLS_FL_RIGHT, true },
};

int open_table(struct table *table)
{
	memset(table, 0, sizeof(*table));
	table->table = scols_new_table();
	if (!table->table)
		return -ENOMEM;
	/* A cut number is a wrong number: rather too wide than cut. */
	scols_table_set_termforce(table->table, SCOLS_TERMFORCE_NEVER);
	scols_table_set_column_separator(table->table, "  ");
	return 0;
}

void add_column(struct table *table, size_t column, const char *name, int flags)
{
	if (table->error)
		return;
	table->columns[column] =
		scols_table_new_column(table->table, name, 0, flags);
	if (!table->columns[column])
		table->error = -ENOMEM;
}

void add_row(struct table *table)
{
	table->line = scols_table_new_line(table->table, NULL);
	if (!table->line)
		table->error = -ENOMEM;
}

void put_cell(struct table *table, size_t column, const char *text)
{
	struct libscols_column *shown = table->columns[column];

	if (!text || !*text || table->error)
		return;
	table->error = scols_line_set_data(table->line, column, text);
	scols_column_set_flags(shown, scols_column_get_flags(shown) &
					      ~SCOLS_FL_HIDDEN);
}

void put_number(struct table *table, size_t column, int64_t number)
{
	char digits[32], text[40];

	format_number(number < 0 ? -(uint64_t)number : (uint64_t)number, digits,
		      sizeof(digits));
	snprintf(text, sizeof(text), "%s%s", number < 0 ? "-" : "", digits);
	put_cell(table, column, text);
}

static void put_share(struct table *table, const struct pool_fact *pool)
{
	char text[16];

	if (!pool->events)
		return;
	/* Never rounded up: 100 % means all. */
	snprintf(text, sizeof(text), "%.1f %%",
		 pool->conclusive * 1000 / pool->events / 10.0);
	put_cell(table, COLUMN_SHARE, text);
}

static void put_pool(struct table *table, const struct pool_fact *pool)
{
	char name[80], age[32];

	add_row(table);
	put_cell(table, COLUMN_POOL, pool_name(pool, name, sizeof(name)));
	put_cell(table, COLUMN_STATE, pool_state_name(pool->state));
	if (pool->counted || pool->state != POOL_STATE_ACTIVE)
		put_number(table, COLUMN_INFLIGHT, pool->inflight);
	if (pool->audited) {
		put_number(table, COLUMN_CACHE, pool->in_cache);
		put_number(table, COLUMN_RING, pool->in_ring);
		put_number(table, COLUMN_OUT, pool->out);
	}
	if (pool->counted && pool->shadow_held >= 0)
		put_number(table, COLUMN_SHADOW, pool->shadow_held);
	if (pool->counted && pool->scan_held >= 0)
		put_number(table, COLUMN_SCAN, pool->scan_held);
	if (pool->netlink_counted)
		put_number(table, COLUMN_NETLINK, pool->netlink_inflight);
	if (pool->oldest_ms >= 0)
		put_cell(table, COLUMN_OLDEST,
			 format_time(pool->oldest_ms, age, sizeof(age)));
	put_number(table, COLUMN_EVENTS, pool->events);
	put_share(table, pool);
	if (pool->gaps)
		put_number(table, COLUMN_GAPS, pool->gaps);
}

int print_table(struct table *table, FILE *to)
{
	int err = table->error;

	scols_table_set_stream(table->table, to);
	if (!err)
		err = scols_print_table(table->table);
	scols_unref_table(table->table);
	return err;
}

static int open_pool_table(struct table *table)
{
	size_t i;
	int err;

	_Static_assert(COLUMN_COUNT <= TABLE_COLUMNS_MAX, "table too small");
	err = open_table(table);
	for (i = 0; !err && i < COLUMN_COUNT; i++)
		add_column(table, i, pool_columns[i].name,
			   pool_columns[i].flags |
				   (pool_columns[i].optional ? SCOLS_FL_HIDDEN :
							       0));
	return err;
}

static bool has_finding(const struct session *session,
			const struct pool_fact *pool)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count &&
		    finding_pool(session, &session->findings[check]) == pool)
			return true;
	return false;
}

/* Pools that are in no row, in one number each. */
struct rest {
	size_t gone, gone_gaps, unasked;
	uint64_t events, conclusive;
};

static void print_rest(FILE *to, const struct rest *rest)
{
	char pools[32], events[32];

	if (rest->gone) {
		fprintf(to, "and %s pools that came and went: %s events",
			format_number(rest->gone, pools, sizeof(pools)),
			format_number(rest->events, events, sizeof(events)));
		if (rest->events)
			fprintf(to, ", %.1f %% of them conclusive",
				rest->conclusive * 1000 / rest->events / 10.0);
		if (rest->gone_gaps)
			fprintf(to, ", %zu with gaps", rest->gone_gaps);
		putc('\n', to);
	}
	if (rest->unasked)
		fprintf(to, "and %zu pools of other devices, not judged\n",
			rest->unasked);
}

static size_t count_gone(const struct session *session)
{
	size_t gone = session->gone.pools, i;

	for (i = 0; i < session->pool_count; i++)
		gone += session->pools[i]->judged &&
			session->pools[i]->state == POOL_STATE_GONE;
	return gone;
}

int report_pools(FILE *to, const struct session *session)
{
	bool few = count_gone(session) <= GONE_ROWS_MAX;
	size_t rows = 0, gap_rows = 0, i;
	const struct pool_fact *pool;
	struct rest rest = { .gone = session->gone.pools,
			     .gone_gaps = session->gone.gaps,
			     .events = session->gone.events,
			     .conclusive = session->gone.conclusive };
	struct table table;
	int err;

	err = open_pool_table(&table);
	if (err)
		return err;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged) {
			rest.unasked++;
		} else if (pool->state != POOL_STATE_GONE || few ||
			   has_finding(session, pool) ||
			   (pool->gaps && gap_rows++ < GAP_ROWS_MAX)) {
			put_pool(&table, pool);
			rows++;
		} else {
			rest.gone++;
			rest.gone_gaps += pool->gaps > 0;
			rest.events += pool->events;
			rest.conclusive += pool->conclusive;
		}
	}
	if (rows)
		err = print_table(&table, to);
	else
		scols_unref_table(table.table);
	print_rest(to, &rest);
	if (rows || rest.gone || rest.unasked)
		putc('\n', to);
	return err;
}

/* ---- where pages went (function tier) ---- */

/*
 * A row of numbers of one pool, or of the pools of one name that have no row
 * of their own.
 */
struct flow_row {
	char name[96];
	size_t gone; /* pools in it; 0: it is one that has a row in the pools' table */
	json_t *flow; /* summed */
};

struct flow_column {
	const char *member; /* of the flow */
	const char *name;
	bool optional;
};

static const struct flow_column path_columns[] = {
	{ "handed_out", "HANDED OUT", false },
	{ "returned", "RETURNED", false },
	{ "cached", "TO CACHE", false },
	{ "ring", "TO RING", false },
};

/* A table of its own: all in one would be wider than a terminal. */
static const struct flow_column other_columns[] = {
	{ "ring_full", "RING FULL", true },
	{ "released_refcnt", "REFCOUNT", true },
	{ "left", "LEFT WHILE OUT", true },
	{ "foreign", "FOREIGN", true },
	{ "lost", "NOT SEEN", true },
};

static const struct flow_column frag_columns[] = {
	{ "frags_issued", "ISSUED", false },
	{ "frags_returned_observed", "BACK, OBSERVED", false },
	{ "frags_returned_inferred", "BACK, INFERRED", false },
};

static json_int_t flow_number(json_t *flow, const char *member)
{
	return json_integer_value(json_object_get(flow, member));
}

static void add_flow(struct flow_row *row, json_t *flow)
{
	const char *member;
	json_t *value;

	json_object_foreach (flow, member, value)
		json_object_set_new(
			row->flow, member,
			json_integer(json_integer_value(value) +
				     flow_number(row->flow, member)));
}

/* At the traffic's end where our XDP programs came off then: that empties pools. */
static json_t *traffic_flow(const struct pool_fact *pool)
{
	json_t *flow = json_object_get(pool->attached, "flow");

	return flow ? flow : pool->flow;
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
	rows[i].flow = json_object();
	return &rows[i];
}

static bool has_row(const struct session *session, const struct pool_fact *pool,
		    bool few)
{
	return few || pool->state != POOL_STATE_GONE ||
	       has_finding(session, pool);
}

/* Adds rows for pools in rows of the pools' table, or sums of all others. */
static void add_flows(const struct session *session, struct flow_row *rows,
		      size_t *count, bool others)
{
	bool few = count_gone(session) <= GONE_ROWS_MAX;
	const struct pool_fact *pool;
	struct flow_row *row;
	char name[80];
	json_t *flow;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		flow = traffic_flow(pool);
		if (!pool->judged || has_row(session, pool, few) == others ||
		    (!flow_number(flow, "handed_out") &&
		     !flow_number(flow, "returned")))
			continue;
		pool_name(pool, name, sizeof(name));
		if (others) {
			row = gone_row(rows, count, name);
			row->gone++;
		} else {
			row = &rows[(*count)++];
			strcpy(row->name, name);
			row->flow = json_object();
		}
		add_flow(row, flow);
	}
}

static void put_recycled(struct table *table, size_t column, json_t *flow)
{
	json_int_t returned = flow_number(flow, "returned");
	char text[24] = "-";

	/* Never rounded up: 100 % means all. */
	if (returned)
		snprintf(text, sizeof(text), "%.1f %%",
			 (flow_number(flow, "cached") +
			  flow_number(flow, "ring")) *
				 1000 / returned / 10.0);
	put_cell(table, column, text);
}

static void put_flow(struct table *table, const struct flow_row *row,
		     const struct flow_column *columns, size_t count)
{
	json_int_t number;
	char name[128];
	size_t i;

	add_row(table);
	if (row->gone)
		snprintf(name, sizeof(name), "%s, %zu gone", row->name,
			 row->gone);
	else
		snprintf(name, sizeof(name), "%s", row->name);
	put_cell(table, 0, name);
	for (i = 0; i < count; i++) {
		number = flow_number(row->flow, columns[i].member);
		if (number || !columns[i].optional)
			put_number(table, i + 1, number);
		else if (!table->error)
			scols_line_set_data(table->line, i + 1, "0");
	}
	if (columns == path_columns)
		put_recycled(table, i + 1, row->flow);
}

static bool has_number(const struct flow_row *row,
		       const struct flow_column *columns, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (flow_number(row->flow, columns[i].member))
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
	err = open_table(&table);
	if (err)
		return err;
	add_column(&table, 0, title, 0);
	for (i = 0; i < count; i++)
		add_column(&table, i + 1, columns[i].name,
			   SCOLS_FL_RIGHT |
				   (columns[i].optional ? SCOLS_FL_HIDDEN : 0));
	if (columns == path_columns)
		add_column(&table, i + 1, "RECYCLED", SCOLS_FL_RIGHT);
	for (i = 0; !table.error && i < row_count; i++)
		if (has_number(&rows[i], columns, count))
			put_flow(&table, &rows[i], columns, count);
	err = print_table(&table, to);
	putc('\n', to);
	return err;
}

int report_flows(FILE *to, const struct session *session)
{
	struct flow_row *rows;
	size_t count = 0, i;
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
	for (i = 0; i < count; i++)
		json_decref(rows[i].flow);
	free(rows);
	return err;
}

/* ---- XDP ---- */

static const char *const xdp_columns[] = { "pass", "drop", "tx", "redirect",
					   "aborted" };

static uint64_t sum_members(json_t *object)
{
	uint64_t sum = 0;
	const char *name;
	json_t *value;

	json_object_foreach (object, name, value)
		sum += json_integer_value(value);
	return sum;
}

/* Devices that the program runs on, or saw frames of. */
static void join_devices(json_t *frame, char *text, size_t size)
{
	json_t *places = json_object_get(frame, "places"), *place;
	const char *device;
	size_t i, at = 0;

	text[0] = 0;
	json_array_foreach (places, i, place) {
		device = json_string_value(json_object_get(place, "device"));
		if (device && *device && at < size)
			at += snprintf(text + at, size - at, "%s%s",
				       at ? "," : "", device);
	}
	if (!text[0])
		snprintf(text, size, "program %lld",
			 (long long)json_integer_value(
				 json_object_get(frame, "id")));
}

/* One row: all programs on devices of one name, whatever namespace. */
struct xdp_row {
	char devices[128];
	uint64_t packets[ARRAY_LEN(xdp_columns)];
	uint64_t bytes, multi_buffer, reuse_max;
};

static void add_to_row(struct xdp_row *row, json_t *frame)
{
	json_t *packets = json_object_get(frame, "packets");
	uint64_t reuse =
		json_integer_value(json_object_get(frame, "reuse_max"));
	size_t i;

	for (i = 0; i < ARRAY_LEN(xdp_columns); i++)
		row->packets[i] += json_integer_value(
			json_object_get(packets, xdp_columns[i]));
	row->bytes += sum_members(json_object_get(frame, "bytes"));
	row->multi_buffer +=
		json_integer_value(json_object_get(frame, "multi_buffer"));
	if (reuse > row->reuse_max)
		row->reuse_max = reuse;
}

/* Sums frames by device; returns the rows, their number in *count. */
static struct xdp_row *sum_xdp(const struct session *session, size_t *count)
{
	struct xdp_row *rows;
	char devices[128];
	json_t *frame;
	size_t i, row;

	*count = 0;
	rows = calloc(json_array_size(session->xdp) + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	json_array_foreach (session->xdp, i, frame) {
		join_devices(frame, devices, sizeof(devices));
		for (row = 0; row < *count; row++)
			if (!strcmp(rows[row].devices, devices))
				break;
		if (row == *count)
			strcpy(rows[(*count)++].devices, devices);
		add_to_row(&rows[row], frame);
	}
	return rows;
}

static void put_xdp(struct table *table, const struct xdp_row *row)
{
	size_t i;

	add_row(table);
	put_cell(table, 0, row->devices);
	for (i = 0; i < ARRAY_LEN(xdp_columns); i++)
		put_number(table, i + 1, row->packets[i]);
	put_number(table, i + 1, row->bytes);
	put_number(table, i + 2, row->multi_buffer);
	put_number(table, i + 3, row->reuse_max);
}

int report_xdp(FILE *to, const struct session *session)
{
	static const char *const heads[] = {
		"XDP ON",  "PASS",  "DROP",	    "TX",	 "REDIRECT",
		"ABORTED", "BYTES", "MULTI-BUFFER", "PAGE REUSE"
	};
	struct table table;
	struct xdp_row *rows;
	size_t i, count;
	int err;

	_Static_assert(ARRAY_LEN(heads) <= TABLE_COLUMNS_MAX,
		       "table too small");
	if (!json_array_size(session->xdp))
		return 0;
	rows = sum_xdp(session, &count);
	err = rows ? open_table(&table) : -ENOMEM;
	if (err) {
		free(rows);
		return err;
	}
	for (i = 0; i < ARRAY_LEN(heads); i++)
		add_column(&table, i, heads[i], i ? SCOLS_FL_RIGHT : 0);
	for (i = 0; !table.error && i < count; i++)
		put_xdp(&table, &rows[i]);
	err = print_table(&table, to);
	free(rows);
	putc('\n', to);
	return err;
}
