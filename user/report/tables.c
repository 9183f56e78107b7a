// SPDX-License-Identifier: GPL-2.0
/* Making and printing of tables. */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

int open_table(struct table *table, FILE *to)
{
	/* What libsmartcols takes for text, and how wide it takes that to be */
	setlocale(LC_CTYPE, "C.UTF-8");
	memset(table, 0, sizeof(*table));
	table->to = to;
	table->width = text_columns(to);
	table->table = scols_new_table();
	if (!table->table)
		return -ENOMEM;
	/* A cut number is a wrong number: rather too wide than cut. */
	scols_table_set_termforce(table->table, SCOLS_TERMFORCE_NEVER);
	scols_table_set_column_separator(table->table, "  ");
	return 0;
}

void add_column(struct table *table, const char *name, int flags,
		unsigned char rank)
{
	size_t column = table->column_count;

	if (table->error)
		return;
	table->columns[column] =
		scols_table_new_column(table->table, name, 0, flags);
	if (!table->columns[column]) {
		table->error = -ENOMEM;
		return;
	}
	table->ranks[column] = rank;
	table->column_count++;
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

	char *clean;

	if (!text || !*text || table->error)
		return;
	clean = strdup(text);
	if (!clean) {
		table->error = -ENOMEM;
		return;
	}
	/* It is the line's from here on. */
	table->error =
		scols_line_refer_data(table->line, column, clean_text(clean));
	if (table->error) {
		free(clean);
		return;
	}
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

/* ---- printing ---- */

/* Characters of the longest line, with the indent. */
static int measure(const struct table *table, const char *text)
{
	int longest = 0, length = 0;

	for (; *text; text++) {
		if (*text == '\n')
			length = 0;
		else if ((unsigned char)*text >> 6 != 2)
			length++;
		if (length > longest)
			longest = length;
	}
	return table->indent + longest;
}

/* Hides one more column, and marks it in @left_out; false: none may go. */
static bool leave_out(struct table *table, bool *left_out)
{
	size_t i, next = 0;
	int flags;

	for (i = 0; i < table->column_count; i++) {
		flags = scols_column_get_flags(table->columns[i]);
		if (!(flags & SCOLS_FL_HIDDEN) &&
		    (scols_column_get_flags(table->columns[next]) &
			     SCOLS_FL_HIDDEN ||
		     table->ranks[i] > table->ranks[next]))
			next = i;
	}
	flags = scols_column_get_flags(table->columns[next]);
	if (!table->ranks[next] || flags & SCOLS_FL_HIDDEN)
		return false;
	scols_column_set_flags(table->columns[next], flags | SCOLS_FL_HIDDEN);
	left_out[next] = true;
	return true;
}

/* "columns left out: EVENTS, GAPS (COLUMNS=98 shows them)" */
static void print_left_out(const struct table *table, const bool *left_out,
			   int width, int full)
{
	const struct out out = { .to = table->to, .width = width };
	size_t i, count = 0, at = 0;
	char names[256] = "", text[320];

	for (i = 0; i < table->column_count && at < sizeof(names); i++)
		if (left_out[i])
			at += utf8_print(
				names + at, sizeof(names) - at, "%s%s",
				count++ ? ", " : "",
				scols_column_get_name(table->columns[i]));
	if (!count)
		return;
	snprintf(text, sizeof(text),
		 "columns left out: %s (COLUMNS=%d shows %s)", names, full,
		 count > 1 ? "them" : "it");
	fprintf(table->to, "%*s", table->indent, "");
	print_wrapped(&out, table->indent, table->indent, text);
}

static void print_lines(const struct table *table, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line)
			fprintf(table->to, "%*s%s\n", table->indent, "", line);
}

int print_table(struct table *table)
{
	int limit = table->width, full = 0, err = table->error;
	bool left_out[TABLE_COLUMNS_MAX] = {};
	char *text = NULL;

	if (limit && limit < WIDTH_MIN)
		limit = WIDTH_MIN;
	if (!err)
		err = scols_print_table_to_string(table->table, &text);
	if (!err)
		full = measure(table, text);
	while (!err && limit && measure(table, text) > limit &&
	       leave_out(table, left_out)) {
		free(text);
		text = NULL;
		err = scols_print_table_to_string(table->table, &text);
	}
	if (!err) {
		print_lines(table, text);
		print_left_out(table, left_out, limit, full);
	}
	free(text);
	scols_unref_table(table->table);
	return err;
}
