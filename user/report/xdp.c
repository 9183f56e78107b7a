// SPDX-License-Identifier: GPL-2.0
/* The table of XDP programs: all on devices of one name are one row. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
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
static const char *const numbers[] = { "BYTES", "MULTI-BUFFER", "PAGE REUSE" };

struct xdp_row {
	char devices[128]; /* in whatever namespace */
	uint64_t packets[ARRAY_LEN(actions)];
	uint64_t numbers[ARRAY_LEN(numbers)];
};

static uint64_t action_number(const struct actions_fact *fact, size_t action)
{
	return *(const uint64_t *)((const char *)fact + actions[action].offset);
}

/* Devices that the program runs on, or saw frames of. */
static void join_devices(const struct xdp_fact *xdp, char *text, size_t size)
{
	const char *device;
	size_t i, at = 0;

	text[0] = 0;
	for (i = 0; i < xdp->places.count && at < size; i++) {
		device = xdp->places.items[i].device;
		if (device && *device)
			at += snprintf(text + at, size - at, "%s%s",
				       at ? "," : "", device);
	}
	if (!text[0])
		snprintf(text, size, "program %" PRIu64, xdp->id);
}

static void add_to_row(struct xdp_row *row, const struct xdp_fact *xdp)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(actions); i++) {
		row->packets[i] += action_number(&xdp->packets, i);
		row->numbers[0] += action_number(&xdp->bytes, i);
	}
	row->numbers[1] += xdp->multi_buffer;
	if (xdp->reuse_max > row->numbers[2])
		row->numbers[2] = xdp->reuse_max;
}

/* Sums programs by device; returns the rows, their number in *count. */
static struct xdp_row *sum_xdp(const struct xdp_facts *xdp, size_t *count)
{
	struct xdp_row *rows;
	char devices[128];
	size_t i, row;

	*count = 0;
	rows = calloc(xdp->count + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	for (i = 0; i < xdp->count; i++) {
		join_devices(&xdp->items[i], devices, sizeof(devices));
		for (row = 0; row < *count; row++)
			if (!strcmp(rows[row].devices, devices))
				break;
		if (row == *count)
			strcpy(rows[(*count)++].devices, devices);
		add_to_row(&rows[row], &xdp->items[i]);
	}
	return rows;
}

static void add_xdp_row(struct table *table, const struct xdp_row *row)
{
	size_t i, k;

	add_row(table);
	add_cell(table, 0, row->devices);
	for (i = 0; i < ARRAY_LEN(actions); i++)
		add_number(table, i + 1, row->packets[i]);
	for (k = 0; k < ARRAY_LEN(numbers); k++)
		add_number(table, i + 1 + k, row->numbers[k]);
}

int report_xdp(FILE *to, const struct session *session)
{
	struct table table;
	struct xdp_row *rows;
	size_t i, k, count;
	int err;

	_Static_assert(ARRAY_LEN(actions) + ARRAY_LEN(numbers) + 1 <=
			       TABLE_COLUMNS_MAX,
		       "table too small");
	if (!session->xdp.count)
		return 0;
	rows = sum_xdp(&session->xdp, &count);
	err = rows ? open_table(&table, to) : -ENOMEM;
	if (err) {
		free(rows);
		return err;
	}
	add_column(&table, "XDP ON", 0, 0);
	for (i = 0; i < ARRAY_LEN(actions); i++)
		add_column(&table, actions[i].name, SCOLS_FL_RIGHT, 0);
	for (k = 0; k < ARRAY_LEN(numbers); k++)
		add_column(&table, numbers[k], SCOLS_FL_RIGHT, k + 1);
	for (i = 0; !table.error && i < count; i++)
		add_xdp_row(&table, &rows[i]);
	err = print_table(&table);
	free(rows);
	putc('\n', to);
	return err;
}
