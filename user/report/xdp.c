// SPDX-License-Identifier: GPL-2.0
/*
 * The table of XDP programs: what they did during the watch, one row for all on
 * the same devices. Programs that saw no frame have none.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

static const struct {
	const char *name;
	size_t offset; /* in struct actions_fact */
} actions[] = {
	/* never left out */
	{ "PASS", offsetof(struct actions_fact, pass) },
	{ "DROP", offsetof(struct actions_fact, drop) },
	{ "TX", offsetof(struct actions_fact, tx) },
	{ "REDIRECT", offsetof(struct actions_fact, redirect) },
	{ "ABORTED", offsetof(struct actions_fact, aborted) },
};

/* Columns behind those of the actions; the last is left out first. */
static const char *const numbers[] = { "REDIRECT ERRORS", "BYTES",
				       "MULTI-BUFFER", "PAGE REUSE" };
enum { ERRORS, BYTES, MULTI_BUFFER, REUSE };

struct xdp_row {
	const struct xdp_fact *first; /* its devices are the row's */
	char devices[160];
	bool twice; /* another row has the same text */
	uint64_t packets[ARRAY_LEN(actions)];
	uint64_t numbers[ARRAY_LEN(numbers)];
};

static uint64_t action_number(const struct actions_fact *fact, size_t action)
{
	return *(const uint64_t *)((const char *)fact + actions[action].offset);
}

/* Recordings from before the start was read have only sums of all time. */
static struct xdp_watched_fact watched_of(const struct xdp_fact *xdp)
{
	if (fact_has(xdp, xdp, watched))
		return xdp->watched;
	return (struct xdp_watched_fact){ .packets = xdp->packets,
					  .bytes = xdp->bytes,
					  .multi_buffer = xdp->multi_buffer,
					  .reuse_max = xdp->reuse_max };
}

static bool has_name(const struct xdp_place_fact *place)
{
	return place->device && *place->device;
}

/* "name", "name tag 3b185187f1855c4c, pinned at /sys/fs/bpf/x" */
static void name_program(const struct xdp_fact *xdp, char *text, size_t size)
{
	const struct xdp_program_fact *program = xdp->loaded.items;
	const char *pinned;

	if (!xdp->loaded.count) {
		utf8_print(text, size, "%s",
			   xdp->programs.count ? xdp->programs.items[0] :
						 "program of unknown name");
		return;
	}
	pinned = program->pinned;
	utf8_print(text, size, "%s tag %s, %s%s",
		   program->name && *program->name ? program->name : "program",
		   program->tag ? program->tag : "unknown",
		   pinned ? "pinned at " : "on no known device",
		   pinned ? pinned : "");
}

/* "eth0", "guest/eth0 generic,eth1": where the program runs, or saw frames of. */
static void join_devices(const struct xdp_fact *xdp, char *text, size_t size)
{
	const struct xdp_place_fact *place;
	char name[80];
	size_t i, at = 0;

	text[0] = 0;
	for (i = 0; i < xdp->places.count && at < size; i++) {
		place = &xdp->places.items[i];
		if (!has_name(place))
			continue;
		netdev_name(place->netns_name, place->device, name,
			    sizeof(name));
		at += utf8_print(text + at, size - at, "%s%s%s%s",
				 at ? "," : "", name, place->mode ? " " : "",
				 place->mode ? place->mode : "");
	}
	if (!text[0])
		name_program(xdp, text, size);
}

static bool is_same_place(const struct xdp_place_fact *a,
			  const struct xdp_place_fact *b)
{
	/* Of 0 an older recording did not say it; their names are the same. */
	if (!a->ifindex || !b->ifindex)
		return true;
	return a->ifindex == b->ifindex && a->netns == b->netns;
}

/* Are they on the same devices, whatever these are called? */
static bool is_same_row(const struct xdp_row *row, const struct xdp_fact *xdp,
			const char *devices)
{
	const struct xdp_place_facts *a = &row->first->places,
				     *b = &xdp->places;
	size_t i;

	if (strcmp(row->devices, devices) || a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!is_same_place(&a->items[i], &b->items[i]))
			return false;
	return true;
}

static void add_to_row(struct xdp_row *row, const struct xdp_fact *xdp)
{
	struct xdp_watched_fact watched = watched_of(xdp);
	size_t i;

	for (i = 0; i < ARRAY_LEN(actions); i++) {
		row->packets[i] += action_number(&watched.packets, i);
		row->numbers[BYTES] += action_number(&watched.bytes, i);
	}
	row->numbers[MULTI_BUFFER] += watched.multi_buffer;
	if (watched.reuse_max > row->numbers[REUSE])
		row->numbers[REUSE] = watched.reuse_max;
}

static void add_errors(struct xdp_row *row,
		       const struct redirect_error_facts *errors)
{
	const struct xdp_place_facts *places = &row->first->places;
	size_t i, k;

	for (i = 0; i < places->count; i++)
		for (k = 0; k < errors->count; k++)
			if (errors->items[k].ifindex ==
				    places->items[i].ifindex &&
			    errors->items[k].netns == places->items[i].netns)
				row->numbers[ERRORS] += errors->items[k].count;
}

/* Equal names that are of several devices get what tells them apart. */
static void tell_apart(struct xdp_row *rows, size_t count)
{
	const struct xdp_place_facts *places;
	size_t i, k, length;

	for (i = 0; i < count; i++)
		for (k = 0; k < count; k++)
			rows[i].twice |= k != i && !strcmp(rows[k].devices,
							   rows[i].devices);
	for (i = 0; i < count; i++) {
		places = &rows[i].first->places;
		length = strlen(rows[i].devices);
		if (rows[i].twice && places->count)
			utf8_print(rows[i].devices + length,
				   sizeof(rows[i].devices) - length,
				   " (ifindex %u, netns %" PRIu64 ")",
				   places->items[0].ifindex,
				   places->items[0].netns);
	}
}

static bool is_empty(const struct xdp_row *row)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(actions); i++)
		if (row->packets[i])
			return false;
	return !row->numbers[ERRORS];
}

static size_t drop_empty(struct xdp_row *rows, size_t count)
{
	size_t i, kept = 0;

	for (i = 0; i < count; i++)
		if (!is_empty(&rows[i]))
			rows[kept++] = rows[i];
	return kept;
}

/* Sums programs by device; returns the rows, their number in *count. */
static struct xdp_row *sum_xdp(const struct session *session, size_t *count)
{
	const struct xdp_facts *xdp = &session->xdp;
	char devices[sizeof(((struct xdp_row *)0)->devices)];
	struct xdp_row *rows;
	size_t i, row, used = 0;

	rows = calloc(xdp->count + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	for (i = 0; i < xdp->count; i++) {
		join_devices(&xdp->items[i], devices, sizeof(devices));
		for (row = 0; row < used; row++)
			if (is_same_row(&rows[row], &xdp->items[i], devices))
				break;
		if (row == used) {
			rows[row].first = &xdp->items[i];
			strcpy(rows[used++].devices, devices);
		}
		add_to_row(&rows[row], &xdp->items[i]);
	}
	for (i = 0; i < used; i++)
		add_errors(&rows[i], &session->redirect_errors);
	*count = drop_empty(rows, used);
	tell_apart(rows, *count);
	return rows;
}

static void add_xdp_row(struct table *table, const struct xdp_row *row,
			size_t first)
{
	size_t i, k;

	add_row(table);
	add_cell(table, 0, row->devices);
	for (i = 0; i < ARRAY_LEN(actions); i++)
		add_number(table, i + 1, row->packets[i]);
	for (k = first; k < ARRAY_LEN(numbers); k++)
		add_number(table, i + 1 + k - first, row->numbers[k]);
}

/* The column of redirect errors is there when there are some. */
static size_t first_number(const struct xdp_row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].numbers[ERRORS])
			return ERRORS;
	return ERRORS + 1;
}

static int print_rows(FILE *to, const struct xdp_row *rows, size_t count)
{
	size_t first = first_number(rows, count), i, k;
	struct table table;
	int err = open_table(&table, to);

	_Static_assert(ARRAY_LEN(actions) + ARRAY_LEN(numbers) + 1 <=
			       TABLE_COLUMNS_MAX,
		       "table too small");
	if (err)
		return err;
	add_column(&table, "XDP ON", 0, 0);
	for (i = 0; i < ARRAY_LEN(actions); i++)
		add_column(&table, actions[i].name, SCOLS_FL_RIGHT, 0);
	for (k = first; k < ARRAY_LEN(numbers); k++)
		add_column(&table, numbers[k], SCOLS_FL_RIGHT, k);
	for (i = 0; !table.error && i < count; i++)
		add_xdp_row(&table, &rows[i], first);
	err = print_table(&table);
	putc('\n', to);
	return err;
}

int report_xdp(FILE *to, const struct session *session)
{
	struct xdp_row *rows;
	size_t count = 0;
	int err;

	if (!session->xdp.count)
		return 0;
	rows = sum_xdp(session, &count);
	err = !rows ? -ENOMEM : count ? print_rows(to, rows, count) : 0;
	free(rows);
	return err;
}
