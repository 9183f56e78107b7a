// SPDX-License-Identifier: GPL-2.0
/* What a run writes into its store. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/monitor/private.h"
#include "user/report.h"
#include "user/util/build.h"
#include "user/util/util.h"

#define RETRY_NS (10 * 1000000000ULL)
#define HOLDERS_KEPT 64

uint64_t store_missed(const struct store *store)
{
	return store ? store->missed : 0;
}

/* ---- a transaction ---- */

static bool may_write(struct store *store)
{
	return store && (!store->paused || now_ns() >= store->retry_ns);
}

/* Ends it; @err is what came before. */
static void end_write(struct store *store, int err)
{
	if (!err)
		err = store_exec(store, "COMMIT");
	if (err) {
		store_exec(store, "ROLLBACK");
		/* Rows of pools that were made in it are gone. */
		memset(store->pools, 0, sizeof(store->pools));
		store->retry_ns = now_ns() + RETRY_NS;
		if (!store->paused)
			pr_error(
				"cannot store into '%s': %s; the watch goes on, and storing is tried again each 10 s",
				store->path, error_text(err));
	} else if (store->paused) {
		pr_error("'%s' is stored into again; samples missed: %" PRIu64,
			 store->path, store->missed);
	}
	store->paused = err;
}

static int64_t known(int64_t value)
{
	return value < 0 ? STORE_NULL : value;
}

/* ---- samples ---- */

static int find_pool(struct store *store, const struct view_pool *pool,
		     int64_t time_s)
{
	struct store_pool *kept = &store->pools[pool->slot];
	char address[24];
	int err;

	if (kept->seq == pool->seq && !strcmp(kept->device, pool->device))
		return 0;
	snprintf(address, sizeof(address), "0x%" PRIx64, pool->address);
	store_bind_text(store, STORE_POOL, 9, address);
	store_bind_text(store, STORE_POOL, 10, pool->device);
	store_bind_text(store, STORE_POOL, 11, pool->driver);
	err = store_run_numbers(store, STORE_POOL,
				(int64_t[]){ store->epoch, pool->slot,
					     pool->seq, known(pool->queue),
					     pool->netns, pool->ifindex,
					     pool->netlink_id, time_s },
				8, &kept->row);
	if (err)
		return err;
	kept->seq = pool->seq;
	snprintf(kept->device, sizeof(kept->device), "%s", pool->device);
	return 0;
}

static int add_sample(struct store *store, const struct view_pool *pool,
		      int64_t time_s)
{
	int err = find_pool(store, pool, time_s);

	if (err)
		return err;
	return store_run_numbers(
		store, STORE_SAMPLE,
		(int64_t[]){ time_s, store->pools[pool->slot].row, pool->state,
			     known(pool->inflight), known(pool->cache),
			     known(pool->ring), known(pool->oldest_ms),
			     pool->events, pool->conclusive, pool->lost },
		10, NULL);
}

/* What lies between this sample and the last one, if that is not a second. */
static int add_gap(struct store *store, int64_t time_s, int64_t boot_s)
{
	int64_t since_boot = boot_s - store->last_boot_s;
	int64_t since = time_s - store->last_s;
	const char *why = "not_sampled";

	if (!store->last_s)
		return 0;
	/* The wall's clock may have been set back over a gap. */
	if (since >= 0 && since <= STORE_GAP_S && since_boot <= STORE_GAP_S)
		return 0;
	if (store->paused)
		why = "not_stored";
	else if (since < 0 || since_boot <= STORE_GAP_S)
		why = "clock";
	store_bind_text(store, STORE_GAP, 4, why);
	return store_run_numbers(
		store, STORE_GAP,
		(int64_t[]){ store->run, store->last_s, time_s }, 3, NULL);
}

static int add_all(struct store *store, const struct view *view)
{
	int err = add_gap(store, view->time_s, view->boot_s);
	size_t i;

	for (i = 0; !err && i < view->pool_count; i++)
		err = add_sample(store, &view->pools[i], view->time_s);
	if (!err)
		err = store_run_numbers(store, STORE_ALIVE,
					(int64_t[]){ store->run, view->time_s },
					2, NULL);
	return err ?: store_thin(store);
}

void store_sample(struct store *store, const struct view *view)
{
	int err;

	if (!store)
		return;
	store_note_clock(&store->thinning, view->time_s, view->boot_s);
	if (may_write(store)) {
		err = store_exec(store, "BEGIN IMMEDIATE");
		if (!err)
			err = add_all(store, view);
		end_write(store, err);
	}
	if (store->paused) {
		store->missed++;
		return;
	}
	store->last_s = view->time_s;
	store->last_boot_s = view->boot_s;
}

/* ---- looks ---- */

/* The row of a pool that was sampled; NULL of SQL: it was not. */
static int64_t row_of(const struct store *store, const struct pool *pool)
{
	const struct store_pool *kept = pool ? &store->pools[pool->slot] : NULL;

	return kept && kept->row && kept->seq == pool->seq ? kept->row :
							     STORE_NULL;
}

/* On the heap; NULL: it could not be made. */
static char *evidence_text(const struct evidence_fact *evidence)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	int err;

	if (!stream)
		return NULL;
	err = build_write_line(stream, fact_encode(FACT_evidence, evidence));
	if (!fclose(stream) && !err)
		return text;
	free(text);
	return NULL;
}

static int add_finding(struct store *store, const struct view_look *look,
		       const struct finding *finding)
{
	const struct pool *pool = finding_pool(look->session, finding);
	char *text = evidence_text(&finding->evidence);

	if (!text)
		return -ENOMEM;
	text[strcspn(text, "\n")] = '\0';
	store_bind_text(store, STORE_FINDING, 5,
			check_infos[finding->check].id);
	store_bind_text(store, STORE_FINDING, 6,
			severity_name(finding->severity));
	store_bind_text(store, STORE_FINDING, 7, text);
	free(text);
	return store_run_numbers(store, STORE_FINDING,
				 (int64_t[]){ store->epoch, finding->count,
					      row_of(store, pool),
					      look->time_s },
				 4, NULL);
}

/* What the holders of one kind, place and name have together. */
struct held_row {
	const struct holder_fact *first;
	char name[256];
	int64_t pages, bytes, oldest_ms;
};

static struct held_row *find_row(struct held_row *rows, size_t count,
				 const struct holder_fact *holder,
				 const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].first->kind == holder->kind &&
		    !strcmp(rows[i].first->place, holder->place) &&
		    !strcmp(rows[i].name, name))
			break;
	return i < HOLDERS_KEPT ? &rows[i] : NULL;
}

/* Returns how many rows of HOLDERS_KEPT it fills. */
static size_t merge_holders(const struct holder_facts *holders,
			    struct held_row *rows)
{
	const struct holder_fact *holder;
	struct held_row *row;
	size_t i, count = 0;
	char name[256];

	for (i = 0; i < holders->count; i++) {
		holder = &holders->items[i];
		holder_name(holder, name, sizeof(name));
		row = find_row(rows, count, holder, name);
		if (!row)
			continue;
		if (row == &rows[count]) {
			count++;
			*row = (struct held_row){ .first = holder,
						  .oldest_ms = -1 };
			strcpy(row->name, name);
		}
		row->pages += holder->pages;
		row->bytes += holder->bytes;
		if (holder->oldest_ms > row->oldest_ms)
			row->oldest_ms = holder->oldest_ms;
	}
	return count;
}

static int add_held_row(struct store *store, const struct held_row *row,
			int64_t pool, int64_t time_s)
{
	const struct holder_fact *first = row->first;

	store_bind_text(store, STORE_HOLDER, 7, holder_kind_name(first->kind));
	store_bind_text(store, STORE_HOLDER, 8, first->place);
	store_bind_text(store, STORE_HOLDER, 9, row->name);
	return store_run_numbers(
		store, STORE_HOLDER,
		(int64_t[]){ time_s, pool, first->pid ? first->pid : STORE_NULL,
			     row->pages, row->bytes, known(row->oldest_ms) },
		6, NULL);
}

static int add_holders(struct store *store, const struct pool *pool,
		       int64_t time_s)
{
	int64_t of = row_of(store, pool);
	struct held_row *rows;
	size_t i, count;
	int err = 0;

	if (pool->state != POOL_STATE_STALLED || of == STORE_NULL ||
	    !pool->holders.count)
		return 0;
	rows = calloc(HOLDERS_KEPT, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	count = merge_holders(&pool->holders, rows);
	for (i = 0; !err && i < count; i++)
		err = add_held_row(store, &rows[i], of, time_s);
	free(rows);
	return err;
}

static int add_reasons(struct store *store, const struct view_look *look,
		       const struct reasons *reasons, bool warnings)
{
	char text[512];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < reasons->count; i++) {
		store_bind_text(store, STORE_REASON, 4,
				reason_infos[reasons->items[i].code].code);
		store_bind_text(store, STORE_REASON, 5,
				reason_text(look->session, &reasons->items[i],
					    text, sizeof(text)));
		err = store_run_numbers(store, STORE_REASON,
					(int64_t[]){ store->run, warnings,
						     look->time_s },
					3, NULL);
	}
	return err;
}

static int add_losses(struct store *store, const struct view_look *look)
{
	const struct loss_facts *losses = &look->session->losses;
	const struct loss_fact *loss;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < losses->count; i++) {
		loss = &losses->items[i];
		store_bind_text(store, STORE_LOSS, 4, loss_name(loss->what));
		store_bind_text(store, STORE_LOSS, 5, loss->why);
		err = store_run_numbers(store, STORE_LOSS,
					(int64_t[]){ store->run, loss->count,
						     look->time_s },
					3, NULL);
	}
	return err;
}

static int add_look(struct store *store, const struct view_look *look)
{
	const struct session *session = look->session;
	int err = 0, check;
	size_t i;

	for (check = CHECK_NONE + 1; !err && check < CHECK_COUNT; check++)
		if (session->findings[check].count)
			err = add_finding(store, look,
					  &session->findings[check]);
	for (i = 0; !err && i < session->pool_count; i++)
		err = add_holders(store, session->pools[i], look->time_s);
	if (!err)
		err = add_losses(store, look);
	if (!err)
		err = add_reasons(store, look, &look->verdict.reasons, false);
	if (!err)
		err = add_reasons(store, look, &look->verdict.warnings, true);
	return err;
}

void store_look(struct store *store, const struct view_look *look)
{
	int err;

	if (!may_write(store))
		return;
	err = store_exec(store, "BEGIN IMMEDIATE");
	if (!err)
		err = add_look(store, look);
	end_write(store, err);
}

void store_end(struct store *store, int64_t time_s,
	       const struct verdict *verdict)
{
	if (!may_write(store))
		return;
	store_bind_text(store, STORE_END, 4, verdict_name(verdict));
	end_write(store,
		  store_exec(store, "BEGIN IMMEDIATE") ?:
			  store_run_numbers(store, STORE_END,
					    (int64_t[]){ store->run, time_s,
							 verdict->code },
					    3, NULL));
}
