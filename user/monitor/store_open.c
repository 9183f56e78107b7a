// SPDX-License-Identifier: GPL-2.0
/* Opening a store: what is there is refused unless it is whole and ours. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/monitor/private.h"
#include "user/util/util.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

#define BUSY_MS 2000

static int refuse(const struct store *store, int err, const char *why)
{
	if (!store->quiet)
		pr_error("cannot store into '%s': %s", store->path,
			 why ? why : error_text(err));
	return err;
}

/*
 * One writer at a time. SQLite's own locks are those of fcntl(), which closing
 * any descriptor of the file would end: this one is closed after SQLite's.
 */
static int take_file(struct store *store)
{
	struct stat status;

	store->lock = open(
		store->path,
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (store->lock < 0 && errno == ELOOP)
		return refuse(store, -ELOOP, "it is a symbolic link");
	if (store->lock < 0 || fstat(store->lock, &status))
		return refuse(store, -errno, NULL);
	if (!S_ISREG(status.st_mode))
		return refuse(store, -EINVAL, "it is no regular file");
	if (status.st_nlink > 1)
		return refuse(store, -EMLINK, STORE_LINKED);
	if (!flock(store->lock, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return refuse(store, -EBUSY, "another monitor writes into it");
	return refuse(store, -errno, NULL);
}

static int open_database(struct store *store)
{
	char why[160] = "";
	bool empty = false;
	int code = sqlite3_open_v2(store->path, &store->db,
				   SQLITE_OPEN_READWRITE, NULL);
	int err = store_errno(code);

	if (err)
		return refuse(store, err, NULL);
	sqlite3_busy_timeout(store->db, BUSY_MS);
	err = store_exec(store, "PRAGMA trusted_schema = OFF");
	if (!err)
		err = store_check(store->db, &empty, why, sizeof(why));
	if (err == -EPROTO)
		strcat(why, "; begin a new file");
	if (err)
		return refuse(store, err, *why ? why : NULL);
	err = store_exec(
		store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		       "PRAGMA journal_size_limit = 4194304");
	if (!err && empty)
		err = store_make_tables(store);
	if (!err)
		err = store_prepare(store);
	return err ? refuse(store, err, NULL) : 0;
}

/* ---- the run ---- */

static int insert(struct store *store, const char *sql, const int64_t *numbers,
		  int number_count, const char *const *texts, int text_count,
		  int64_t *row)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	int i;

	for (i = 0; code == SQLITE_OK && i < number_count; i++)
		code = sqlite3_bind_int64(statement, i + 1, numbers[i]);
	for (i = 0; code == SQLITE_OK && i < text_count; i++)
		code = sqlite3_bind_text(statement, number_count + i + 1,
					 texts[i], -1, SQLITE_STATIC);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			*row = sqlite3_column_int64(statement, 0);
	}
	sqlite3_finalize(statement);
	return store_errno(code);
}

static int begin_run(struct store *store, const struct store_run *run)
{
	const char *texts[] = { NETMEM_VERSION, run->kernel, run->machine };
	int64_t before = 0;
	int err;

	if (store_ask(store->db, "SELECT max(last) FROM runs", &before))
		before = 0;
	err = insert(store,
		     "INSERT INTO epochs(armed_ns, first, boot_id)"
		     " VALUES(?1, ?2, ?3) ON CONFLICT(boot_id, armed_ns)"
		     " DO UPDATE SET first = first RETURNING id",
		     (int64_t[]){ run->armed_ns, run->time_s }, 2,
		     &run->boot_id, 1, &store->epoch);
	if (!err)
		err = insert(store,
			     "INSERT INTO runs(epoch, started, last, version,"
			     " kernel, machine) VALUES(?1, ?2, ?2, ?3, ?4, ?5)"
			     " RETURNING id",
			     (int64_t[]){ store->epoch, run->time_s }, 2, texts,
			     3, &store->run);
	store->thinning.last_s = before;
	/* Opened anew by one monitor: nothing lies between. */
	if (err || !before ||
	    (run->reopened && run->time_s - before <= STORE_GAP_S))
		return err;
	store_bind_text(store, STORE_GAP, 4,
			run->reopened ? "not_stored" : "not_running");
	return store_run_numbers(store, STORE_GAP,
				 (int64_t[]){ store->run, before, run->time_s },
				 3, NULL);
}

struct store *store_open(const char *path, const struct store_run *run,
			 int *err)
{
	struct store *store = calloc(1, sizeof(*store));

	*err = -ENOMEM;
	if (store) {
		store->path = strdup(path);
		store->quiet = run->quiet;
	}
	if (!store || !store->path) {
		pr_error("out of memory");
		free(store);
		return NULL;
	}
	*err = take_file(store);
	if (!*err)
		*err = open_database(store);
	if (!*err) {
		*err = begin_run(store, run);
		if (*err)
			refuse(store, *err, NULL);
	}
	if (!*err)
		return store;
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_finalize(store);
	sqlite3_close(store->db);
	if (store->lock >= 0)
		close(store->lock);
	free(store->path);
	free(store);
}
