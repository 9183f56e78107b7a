// SPDX-License-Identifier: GPL-2.0
/* Reads a store: takes all of its tables but the long ones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/history/private.h"
#include "user/monitor/store_check.h"
#include "user/util/util.h"

/* Readings of a file that somebody writes without a log */
#define TRIES 5
/* Seconds since 1970 that a run may have */
#define TIME_MAX (1LL << 40)

/* ---- rows ---- */

static int take_epoch(void *context, sqlite3_stmt *row)
{
	struct history *history = context;
	struct history_epoch *epoch;

	epoch = history_add(&history->epochs, &history->epoch_count,
			    sizeof(*epoch));
	if (!epoch)
		return -ENOMEM;
	epoch->id = sqlite3_column_int64(row, 0);
	epoch->first = sqlite3_column_int64(row, 1);
	return history_text(row, 2, &epoch->boot_id);
}

static int take_run(void *context, sqlite3_stmt *row)
{
	struct history *history = context;
	struct history_run *run =
		history_add(&history->runs, &history->run_count, sizeof(*run));
	int64_t code = history_number(row, 8);
	int err;

	if (!run)
		return -ENOMEM;
	run->id = sqlite3_column_int64(row, 0);
	run->epoch = sqlite3_column_int64(row, 1);
	run->started = sqlite3_column_int64(row, 2);
	run->last = sqlite3_column_int64(row, 3);
	run->ended = sqlite3_column_int64(row, 4);
	err = history_text(row, 5, &run->version);
	if (!err)
		err = history_text(row, 6, &run->kernel);
	if (!err)
		err = history_text(row, 7, &run->machine);
	if (code < -1 || (code > EXIT_FAIL && code != EXIT_INCONCLUSIVE))
		return -EBADMSG;
	run->code = code;
	return err;
}

static int take_gap(void *context, sqlite3_stmt *row)
{
	struct history *history = context;
	struct history_gap *gap =
		history_add(&history->gaps, &history->gap_count, sizeof(*gap));

	if (!gap)
		return -ENOMEM;
	gap->run = sqlite3_column_int64(row, 0);
	gap->first = sqlite3_column_int64(row, 1);
	gap->last = sqlite3_column_int64(row, 2);
	gap->unwatched = sqlite3_column_int64(row, 4);
	return history_gap_by_code((const char *)sqlite3_column_text(row, 3),
				   &gap->why);
}

static int take_pool(void *context, sqlite3_stmt *row)
{
	struct history *history = context;
	struct history_pool *pool = history_add(
		&history->pools, &history->pool_count, sizeof(*pool));
	int err;

	if (!pool)
		return -ENOMEM;
	pool->id = sqlite3_column_int64(row, 0);
	pool->epoch = sqlite3_column_int64(row, 1);
	pool->slot = sqlite3_column_int64(row, 2);
	pool->life = sqlite3_column_int64(row, 3);
	pool->queue = history_number(row, 4);
	pool->netns = history_number(row, 5);
	pool->ifindex = history_number(row, 6);
	pool->kernel_id = history_number(row, 7);
	pool->first = sqlite3_column_int64(row, 8);
	pool->inflight = pool->cache = pool->ring = pool->oldest_ms = -1;
	pool->peak = -1;
	err = history_text(row, 9, &pool->address);
	if (!err)
		err = history_text(row, 10, &pool->device);
	return err ? err : history_text(row, 11, &pool->driver);
}

static int severity_by_name(const char *name, enum check_severity *severity)
{
	for (*severity = SEVERITY_FAIL; *severity <= SEVERITY_INCONCLUSIVE;
	     (*severity)++)
		if (!strcmp(severity_name(*severity), name))
			return 0;
	return -EBADMSG;
}

static int take_finding(void *context, sqlite3_stmt *row)
{
	struct history *history = context;
	const char *evidence = (const char *)sqlite3_column_text(row, 7);
	const char *check = (const char *)sqlite3_column_text(row, 1);
	const char *severity = (const char *)sqlite3_column_text(row, 2);
	struct history_finding *finding;
	char why[256];
	json_t *json;
	int err;

	finding = history_add(&history->findings, &history->finding_count,
			      sizeof(*finding));
	if (!finding)
		return -ENOMEM;
	if (!evidence || !check || !severity)
		return -EBADMSG;
	finding->epoch = sqlite3_column_int64(row, 0);
	finding->check = check_by_id(check);
	if (finding->check == CHECK_NONE ||
	    severity_by_name(severity, &finding->severity))
		return -EBADMSG;
	finding->count = sqlite3_column_int64(row, 3);
	finding->first = sqlite3_column_int64(row, 5);
	finding->last = sqlite3_column_int64(row, 6);
	finding->pool = history_pool(history, history_number(row, 4));
	json = json_loads(evidence, 0, NULL);
	err = fact_decode(FACT_evidence, json, &finding->evidence, why,
			  sizeof(why));
	json_decref(json);
	return err == -EINVAL ? -EBADMSG : err;
}

static int take_loss(void *context, sqlite3_stmt *row)
{
	struct history *history = context;
	struct history_loss *loss = history_add(
		&history->losses, &history->loss_count, sizeof(*loss));
	int err;

	if (!loss)
		return -ENOMEM;
	loss->run = sqlite3_column_int64(row, 0);
	loss->count = sqlite3_column_int64(row, 3);
	loss->last = sqlite3_column_int64(row, 4);
	err = history_text(row, 1, &loss->kind);
	return err ? err : history_text(row, 2, &loss->why);
}

static int take_reason(void *context, sqlite3_stmt *row)
{
	struct history *history = context;
	struct history_reason *reason = history_add(
		&history->reasons, &history->reason_count, sizeof(*reason));
	int err;

	if (!reason)
		return -ENOMEM;
	reason->run = sqlite3_column_int64(row, 0);
	reason->warning = sqlite3_column_int64(row, 2);
	reason->looks = sqlite3_column_int64(row, 4);
	reason->first = sqlite3_column_int64(row, 5);
	reason->last = sqlite3_column_int64(row, 6);
	err = history_text(row, 1, &reason->code);
	return err ? err : history_text(row, 3, &reason->text);
}

/* ---- tables ---- */

/* Epochs of which some run lies in the time ?1 <= time < ?2. */
#define EPOCHS                                                  \
	"(SELECT epoch FROM runs WHERE min(started, last) < ?2" \
	" AND max(started, last) >= ?1)"

/* In this order: what is below looks for what is above. */
static const struct {
	const char *sql;
	row_taker take;
} tables[] = {
	{ "SELECT id, first, boot_id FROM epochs WHERE id IN " EPOCHS
	  " ORDER BY id",
	  take_epoch },
	{ "SELECT id, epoch, started, last, ended, version, kernel, machine,"
	  " exit_code FROM runs WHERE epoch IN " EPOCHS " ORDER BY id",
	  take_run },
	{ "SELECT run, g.first, g.last, why, why = 'not_running' AND NOT EXISTS"
	  " (SELECT * FROM runs o WHERE o.epoch = r.epoch AND o.id < r.id)"
	  " FROM gaps g JOIN runs r ON r.id = run"
	  " WHERE min(g.first, g.last) <= ?2 AND max(g.first, g.last) >= ?1"
	  " ORDER BY g.first",
	  take_gap },
	{ "SELECT id, epoch, slot, life, queue, netns, ifindex, kernel_id,"
	  " first, address, device, driver FROM pools WHERE epoch IN " EPOCHS
	  " ORDER BY id",
	  take_pool },
	{ "SELECT epoch, check_id, severity, count, pool, first, last, evidence"
	  " FROM findings WHERE epoch IN " EPOCHS " ORDER BY first, epoch",
	  take_finding },
	{ "SELECT run, kind, why, count, l.last FROM losses l JOIN runs r"
	  " ON r.id = run WHERE epoch IN " EPOCHS " ORDER BY run, kind",
	  take_loss },
	{ "SELECT run, code, warning, text, looks, s.first, s.last FROM reasons s"
	  " JOIN runs r ON r.id = run WHERE epoch IN " EPOCHS
	  " ORDER BY run, warning, s.first",
	  take_reason },
};

/* The end that nobody asked for is that of the store. */
static int find_time(struct history *history, sqlite3 *db,
		     const struct history_span *span)
{
	int64_t runs = 0, first = 0, last = 0;
	int err = store_ask(db, "SELECT count(*) FROM runs", &runs);

	if (!err && !runs)
		return -ENOENT;
	if (!err)
		err = store_ask(db, "SELECT min(min(started, last)) FROM runs",
				&first);
	if (!err)
		err = store_ask(db, "SELECT max(max(started, last)) FROM runs",
				&last);
	if (!err && (first < 0 || last > TIME_MAX))
		err = -EBADMSG;
	if (err)
		return err;
	history->asked = *span;
	history->from = span->has_from ? span->from : first;
	history->to = span->has_to ? span->to : last + 1;
	/* Series are of what there is. */
	if (history->from < first)
		history->from = first;
	if (history->to > last + 1)
		history->to = last + 1;
	return history->from < history->to ? 0 : -ENOENT;
}

/* In as many buckets as the pools leave to each other. */
static void divide_time(struct history *history)
{
	int64_t length = history->to - history->from, most = HISTORY_BUCKETS;

	history->plotted_count = history->shown_count < HISTORY_PLOTTED ?
					 history->shown_count :
					 HISTORY_PLOTTED;
	if (history->plotted_count * most > HISTORY_BUCKETS_SUM)
		most = HISTORY_BUCKETS_SUM / history->plotted_count;
	history->bucket_s = (length + most - 1) / most;
	history->bucket_count =
		(length + history->bucket_s - 1) / history->bucket_s;
}

static int read_tables(struct history *history, sqlite3 *db,
		       const struct history_span *span)
{
	int err = find_time(history, db, span);
	size_t i, k;

	for (i = 0; !err && i < ARRAY_LEN(tables); i++)
		err = history_rows(db, tables[i].sql,
				   (int64_t[]){ history->from, history->to }, 2,
				   tables[i].take, history);
	if (!err && !history->run_count)
		err = -ENOENT;
	if (err)
		return err;
	for (i = 0; i < history->epoch_count; i++)
		for (k = 0; k < history->run_count; k++)
			if (history->runs[k].epoch == history->epochs[i].id)
				history->epochs[i].last_run = &history->runs[k];
	err = history_read_pools(history, db);
	divide_time(history);
	if (!err)
		err = history_read_series(history, db);
	return err ? err : history_read_holders(history, db);
}

/* ---- the file ---- */

/* What of a store cannot be read, in words. */
static void explain(int err, const struct history_span *span, char *why,
		    size_t size)
{
	if (*why)
		return;
	if (err == -ENOENT)
		snprintf(why, size, "%s",
			 span->has_from || span->has_to ?
				 "it has no run of that time" :
				 "no monitor has written into it yet");
	else if (err == -EBADMSG)
		snprintf(why, size,
			 "it has a row that this netmem-check cannot read");
	else if (err == -EIO)
		snprintf(
			why, size,
			"it cannot be read: its tables are not those of its version, or the disk fails");
	else if (err == -EBUSY)
		snprintf(why, size, "another program has locked it");
	else if (err == -EMLINK)
		snprintf(why, size, STORE_LINKED);
	else if (err == -EACCES)
		snprintf(
			why, size,
			"it cannot be opened; its -wal and -shm beside it must be readable as well");
	else
		snprintf(why, size, "%s", error_text(err));
}

static int read_once(struct history *history, const char *path,
		     const struct history_span *span, char *why, size_t size,
		     bool *changed)
{
	struct history_file file;
	sqlite3 *db;
	bool empty = false;
	int err;

	memset(history, 0, sizeof(*history));
	why[0] = '\0';
	history->path = strdup(path);
	err = history_open(path, &file, &db);
	if (!err && !history->path)
		err = -ENOMEM;
	if (!err)
		/* One moment for all that is read. */
		err = store_errno(
			sqlite3_exec(db, "PRAGMA trusted_schema = OFF; BEGIN",
				     NULL, NULL, NULL));
	if (!err)
		err = store_check(db, &empty, why, size);
	if (!err && empty)
		err = -ENOENT;
	if (!err)
		err = read_tables(history, db, span);
	sqlite3_close(db);
	*changed = history_file_changed(&file);
	free(file.path);
	return err;
}

int history_read(struct history *history, const char *path,
		 const struct history_span *span, char *why, size_t size)
{
	bool changed;
	int err, tries = TRIES;

	err = read_once(history, path, span, why, size, &changed);
	while (changed && --tries) {
		history_clear(history);
		err = read_once(history, path, span, why, size, &changed);
	}
	if (changed) {
		err = -EBUSY;
		snprintf(why, size, "it changes while it is read");
	}
	if (err)
		explain(err, span, why, size);
	else
		history_judge(history);
	return err;
}
