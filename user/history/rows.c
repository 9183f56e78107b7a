// SPDX-License-Identifier: GPL-2.0
/* Rows of a query, one by one, and lists that they go into. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/history/private.h"
#include "user/monitor/store_check.h"

int history_rows(sqlite3 *db, const char *sql, const int64_t *numbers,
		 int count, row_taker take, void *context)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL), err = 0;
	int i;

	for (i = 0; code == SQLITE_OK && i < count; i++)
		code = sqlite3_bind_int64(statement, i + 1, numbers[i]);
	while (code == SQLITE_OK || (code == SQLITE_ROW && !err)) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			err = take(context, statement);
	}
	sqlite3_finalize(statement);
	return err ? err : store_errno(code);
}

int history_text(sqlite3_stmt *row, int column, char **text)
{
	const unsigned char *from;

	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return -EBADMSG;
	from = sqlite3_column_text(row, column);
	*text = from ? strdup((const char *)from) : NULL;
	return *text ? 0 : -ENOMEM;
}

int64_t history_number(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ?
		       -1 :
		       sqlite3_column_int64(row, column);
}

/* Lists have room for the next power of two. */
void *history_add(void *list, size_t *count, size_t size)
{
	char **items = list, *grown = *items;
	size_t room = *count ? *count * 2 : 1;

	if (!(*count & (*count - 1)))
		grown = reallocarray(*items, room, size);
	if (!grown)
		return NULL;
	*items = grown;
	return memset(grown + size * (*count)++, 0, size);
}
