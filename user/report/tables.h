/* SPDX-License-Identifier: GPL-2.0 */
/* What the tables of the text report are made with. */
#ifndef NETMEM_REPORT_TABLES_H
#define NETMEM_REPORT_TABLES_H

#include <stdint.h>
#include <stdio.h>

#include <libsmartcols.h>

#include "user/judge/session.h"

#define TABLE_COLUMNS_MAX 16

/* A table under construction; the first error stays, and ends it. */
struct table {
	FILE *to;
	struct libscols_table *table;
	struct libscols_line *line;
	struct libscols_column *columns[TABLE_COLUMNS_MAX];
	unsigned char ranks[TABLE_COLUMNS_MAX];
	size_t column_count;
	int width; /* to fit into, with the indent; 0: no limit */
	int indent;
	int error;
};

/* An empty one, as wide as text_columns() of @to. Returns 0 or -ENOMEM. */
int open_table(struct table *table, FILE *to);
/*
 * Columns come in order. Where the table is too wide, the one of the highest
 * rank is left out first; of rank 0, never.
 */
void add_column(struct table *table, const char *name, int flags,
		unsigned char rank);
/* Begins a row; the cells that follow are in it. */
void add_row(struct table *table);

/* "" and NULL leave the cell empty, and a hidden column hidden. */
void add_cell(struct table *table, size_t column, const char *text);
void add_number(struct table *table, size_t column, int64_t number);

/* Prints and frees it. Returns 0 or a negative errno, also of the making. */
int print_table(struct table *table);

/* ---- pools.c ---- */

/* Are pools that are gone so few that each gets a row? */
bool has_gone_rows(const struct session *session);

/*
 * Has the pool a row in the tables, also without gaps? @few: has_gone_rows(),
 * which is the same for all pools.
 */
bool has_row(const struct session *session, const struct pool *pool, bool few);

#endif
