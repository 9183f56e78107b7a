/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the store share. */
#ifndef NETMEM_MONITOR_PRIVATE_H
#define NETMEM_MONITOR_PRIVATE_H

#include <sqlite3.h>

#include "model/model.h"
#include "user/monitor/store.h"
#include "user/monitor/store_check.h"

/* A look takes a few seconds; what is longer was not observed. */
#define STORE_GAP_S 10

enum store_statement {
	STORE_POOL,
	STORE_SAMPLE,
	STORE_ALIVE,
	STORE_GAP,
	STORE_FINDING,
	STORE_HOLDER,
	STORE_LOSS,
	STORE_REASON,
	STORE_END,
	STORE_THIN,
	STORE_THINNED,
	STORE_THIN_HOLDERS,
	STORE_OLD_HOLDERS,
	STORE_STATEMENTS
};

/* The row of a slot's pool, and what it says. */
struct store_pool {
	uint32_t seq; /* 0: none yet */
	int64_t row;
	char device[64];
};

/*
 * How old samples are: by the clock on the wall, which may jump. What was stored
 * before it jumped ahead is younger than it says, for as long as it is younger
 * than the jump is ago.
 */
struct thinning {
	int64_t last_s, last_boot_s; /* of the last sample; 0: not known */
	int64_t ahead_s; /* that the clock jumped */
	int64_t jumped_boot_s; /* CLOCK_BOOTTIME of the last jump ahead */
	int64_t done_boot_s; /* when samples were thinned last */
	int64_t holders_s; /* up to where holders are */
};

struct store {
	sqlite3 *db;
	char *path;
	int lock; /* flock() of the file, from before it is opened until closed */
	sqlite3_stmt *statements[STORE_STATEMENTS];
	int64_t epoch, run; /* rows */
	struct store_pool pools[SLOT_COUNT];
	int64_t last_s, last_boot_s; /* the last sample; 0: none */
	struct thinning thinning;
	bool quiet; /* why it cannot be opened was said */
	bool paused;
	uint64_t retry_ns; /* when to try again */
	uint64_t missed;
};

/* Runs SQL without rows; a negative errno. */
int store_exec(struct store *store, const char *sql);

/*
 * Binds @count numbers, from parameter 1 on; STORE_NULL is NULL. Steps to the
 * end; a first column that comes is put into *@row where that is not NULL.
 */
#define STORE_NULL INT64_MIN
int store_run_numbers(struct store *store, enum store_statement which,
		      const int64_t *numbers, int count, int64_t *row);
void store_bind_text(struct store *store, enum store_statement which, int at,
		     const char *text);

/* store_statements.c: makes all of them; a negative errno. */
int store_prepare(struct store *store);
void store_finalize(struct store *store);
/* The tables of an empty file. */
int store_make_tables(struct store *store);

/* ---- store_thin.c ---- */

/* Once for each sample, stored or not, before it. */
void store_note_clock(struct thinning *thinning, int64_t time_s,
		      int64_t boot_s);

/* Once a minute: fewer samples and holders of what is older; in a transaction. */
int store_thin(struct store *store);

#endif
