// SPDX-License-Identifier: GPL-2.0
/* Making and printing of tables. */
#include <errno.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"

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

void add_cell(struct table *table, size_t column, const char *text)
{
	struct libscols_column *shown = table->columns[column];

	if (!text || !*text || table->error)
		return;
	table->error = scols_line_set_data(table->line, column, text);
	scols_column_set_flags(shown, scols_column_get_flags(shown) &
					      ~SCOLS_FL_HIDDEN);
}

void add_number(struct table *table, size_t column, int64_t number)
{
	char digits[32], text[40];

	format_number(number < 0 ? -(uint64_t)number : (uint64_t)number, digits,
		      sizeof(digits));
	snprintf(text, sizeof(text), "%s%s", number < 0 ? "-" : "", digits);
	add_cell(table, column, text);
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
