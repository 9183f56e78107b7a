// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/monitor/store_check.h"

int store_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EROFS;
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CORRUPT:
		return -EUCLEAN;
	case SQLITE_NOTADB:
		return -EMEDIUMTYPE;
	default:
		return -EIO;
	}
}

int store_ask(sqlite3 *db, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return code == SQLITE_DONE ? -ENODATA : store_errno(code);
}

static int refuse(int err, const char *text, char *why, size_t size)
{
	snprintf(why, size, "%s", text);
	return err;
}

static int check_whole(sqlite3 *db, char *why, size_t size)
{
	static const char damaged[] =
		"it is damaged; move it away, or recover it with sqlite3 and .recover";
	sqlite3_stmt *statement = NULL;
	const unsigned char *text = NULL;
	int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1,
				      &statement, NULL);
	bool whole;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		text = sqlite3_column_text(statement, 0);
	whole = text && !strcmp((const char *)text, "ok");
	sqlite3_finalize(statement);
	if (whole)
		return 0;
	if (code == SQLITE_ROW || store_errno(code) == -EUCLEAN)
		return refuse(-EUCLEAN, damaged, why, size);
	return store_errno(code) ?: -EIO;
}

/* Whoever makes a store may be killed before it has tables: then it has none. */
int store_check(sqlite3 *db, bool *empty, char *why, size_t size)
{
	int64_t application = 0, version = 0, objects = 0;
	int err = store_ask(db, "PRAGMA application_id", &application);

	why[0] = '\0';
	if (!err)
		err = store_ask(db, "PRAGMA user_version", &version);
	if (!err)
		err = store_ask(db, "SELECT count(*) FROM sqlite_schema",
				&objects);
	if (err == -EMEDIUMTYPE)
		return refuse(err, "it is no SQLite database", why, size);
	if (err == -EUCLEAN)
		return refuse(err, "it is damaged; move it away", why, size);
	if (err)
		return err;
	*empty = !application && !objects;
	if (*empty)
		return 0;
	if (application != STORE_APPLICATION)
		return refuse(-EPROTO, "it is a database of another program",
			      why, size);
	if (version == STORE_VERSION)
		return check_whole(db, why, size);
	snprintf(
		why, size,
		"it is a store of version %lld, this netmem-check knows version %d",
		(long long)version, STORE_VERSION);
	return -EPROTO;
}
