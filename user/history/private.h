/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that read a store share. */
#ifndef NETMEM_HISTORY_PRIVATE_H
#define NETMEM_HISTORY_PRIVATE_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "user/history/history.h"

/* Takes one row of a query. Returns 0 or a negative errno, which ends it. */
typedef int (*row_taker)(void *context, sqlite3_stmt *row);

/*
 * Hands each row of @sql, with @numbers for its parameters, to @take. Returns 0
 * or a negative errno.
 */
int history_rows(sqlite3 *db, const char *sql, const int64_t *numbers,
		 int count, row_taker take, void *context);

/* A copy of a column that no store has NULL in: then -EBADMSG. -ENOMEM. */
int history_text(sqlite3_stmt *row, int column, char **text);
/* NULL of SQL is -1. */
int64_t history_number(sqlite3_stmt *row, int column);

/* One more item, zeroed, behind a list of @count; NULL: no memory. */
void *history_add(void *list, size_t *count, size_t size);

/* 0, or -EBADMSG for no such code. */
int history_gap_by_code(const char *code, enum history_gap_why *why);

/* Pages neither in cache nor ring; -1: unknown. */
int64_t history_away(int64_t inflight, int64_t cache, int64_t ring);

struct history_pool *history_pool(const struct history *history, int64_t id);

/* Clips what is from @first to @last to buckets; false: it lies outside. */
bool history_buckets(const struct history *history, int64_t first, int64_t last,
		     size_t *from, size_t *to);

/* ---- open.c ---- */

/* A store that is read, as it was when it was opened. */
struct history_file {
	char *path; /* without symbolic links, on the heap; NULL: there is none */
	struct stat status, log;
	bool has_log; /* part of it is in FILE-wal */
	bool is_shared; /* and FILE-shm, or a lock, is there, too */
};

/* 0 or a negative errno; @db is to be closed, and the path freed, in each case. */
int history_open(const char *path, struct history_file *file, sqlite3 **db);
/* Was it written meanwhile, without a lock? Then what was read may be nonsense. */
bool history_file_changed(const struct history_file *file);

/* ---- samples.c, holders.c: each returns 0 or a negative errno ---- */

/* What the samples say of each pool. */
int history_read_pools(struct history *history, sqlite3 *db);
/* The series of the pools that are plotted. */
int history_read_series(struct history *history, sqlite3 *db);
int history_read_holders(struct history *history, sqlite3 *db);

/* verdict.c: what all epochs together give. */
void history_judge(struct history *history);

#endif
