// SPDX-License-Identifier: GPL-2.0
/* What is asked of a history that was read. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/history/private.h"
#include "user/report.h"
#include "user/util/util.h"

const char *history_value_code(enum history_value value)
{
	static const char *const codes[] = {
#define VALUE_CODE(name, code, label) [HISTORY_##name] = code,
		HISTORY_VALUES(VALUE_CODE)
#undef VALUE_CODE
	};

	return codes[value];
}

static int compare_ids(const void *key, const void *item)
{
	const struct history_pool *pool = item;
	int64_t id = *(const int64_t *)key;

	return id < pool->id ? -1 : id > pool->id;
}

struct history_pool *history_pool(const struct history *history, int64_t id)
{
	if (!history->pool_count)
		return NULL;
	return bsearch(&id, history->pools, history->pool_count,
		       sizeof(*history->pools), compare_ids);
}

bool history_buckets(const struct history *history, int64_t first, int64_t last,
		     size_t *from, size_t *to)
{
	if (first < history->from)
		first = history->from;
	if (last >= history->to)
		last = history->to - 1;
	if (first > last)
		return false;
	*from = (first - history->from) / history->bucket_s;
	*to = (last - history->from) / history->bucket_s;
	return true;
}

int64_t history_away(int64_t inflight, int64_t cache, int64_t ring)
{
	int64_t kept;

	if (inflight < 0 || cache < 0 || ring < 0 ||
	    __builtin_add_overflow(cache, ring, &kept) || kept > inflight)
		return -1;
	return inflight - kept;
}

int64_t history_out(const struct history_pool *pool)
{
	/* What is in the ring of a destroyed pool is on its way out of it. */
	return pool->stalled ?
		       pool->inflight :
		       history_away(pool->inflight, pool->cache, pool->ring);
}

const char *history_pool_state(const struct history_pool *pool)
{
	return pool->gone ? "gone" : pool->stalled ? "stalled" : "active";
}

const char *history_pool_name(const struct history_pool *pool, char *text,
			      size_t size)
{
	char queue[24] = "", id[32] = "";

	if (*pool->device && pool->queue >= 0)
		snprintf(queue, sizeof(queue), "/%" PRId64, pool->queue);
	if (pool->kernel_id > 0)
		snprintf(id, sizeof(id), " id %" PRId64, pool->kernel_id);
	snprintf(text, size, "%s%s%s", *pool->device ? pool->device : "pool",
		 queue, id);
	if (!*pool->device && !*id)
		snprintf(text, size, "pool %s", pool->address);
	return text;
}

static const struct {
	const char *code, *text;
} gaps[HISTORY_GAP_COUNT] = {
#define GAP(name, code, text) [HISTORY_GAP_##name] = { code, text },
	HISTORY_GAPS(GAP)
#undef GAP
};

const char *history_gap_code(const struct history_gap *gap)
{
	return gaps[gap->why].code;
}

int history_gap_by_code(const char *code, enum history_gap_why *why)
{
	for (*why = 0; code && *why < HISTORY_GAP_COUNT; (*why)++)
		if (!strcmp(gaps[*why].code, code))
			return 0;
	return -EBADMSG;
}

const char *history_gap_text(const struct history_gap *gap)
{
	if (gap->unwatched)
		return "nobody watched: the hooks were not attached";
	return gaps[gap->why].text;
}

/* ---- evidence ---- */

static int feed_pool(struct session *session, const struct history *history,
		     int64_t epoch, uint32_t slot, uint32_t life)
{
	const struct history_pool *pool = NULL;
	struct fact fact = { FACT_pool, {} };
	size_t i;

	for (i = 0; i < history->pool_count && !pool; i++)
		if (history->pools[i].epoch == epoch &&
		    history->pools[i].slot == slot &&
		    history->pools[i].life == life)
			pool = &history->pools[i];
	if (!pool || session_pool(session, slot, life))
		return 0;
	fact.pool.slot = slot;
	fact.pool.seq = life;
	fact.pool.pool = strtoull(pool->address, NULL, 0);
	fact.pool.device = pool->device;
	fact.pool.judged = true;
	fact_set(&fact.pool, pool, queue, pool->queue);
	if (pool->kernel_id > 0)
		fact_set(&fact.pool, pool, netlink_id, pool->kernel_id);
	fact_complete(FACT_pool, &fact.pool);
	return session_feed(session, &fact);
}

struct session *history_session(const struct history *history,
				const struct history_finding *row,
				struct finding *finding)
{
	const struct evidence_fact *evidence = &row->evidence;
	struct session *session = session_new();

	*finding = (struct finding){ .check = row->check,
				     .severity = row->severity,
				     .count = row->count,
				     .evidence = *evidence };
	if (session && (feed_pool(session, history, row->epoch, evidence->slot,
				  evidence->seq) ||
			feed_pool(session, history, row->epoch,
				  evidence->owner_slot, evidence->owner_seq))) {
		session_free(session);
		return NULL;
	}
	return session;
}

/* ---- the end ---- */

static void clear_pool(struct history_pool *pool)
{
	size_t i;

	free(pool->address);
	free(pool->device);
	free(pool->driver);
	for (i = 0; i < HISTORY_VALUE_COUNT; i++)
		free(pool->series[i]);
	for (i = 0; i < pool->holder_count; i++) {
		free(pool->holders[i].kind);
		free(pool->holders[i].place);
		free(pool->holders[i].name);
		free(pool->holders[i].series);
	}
	free(pool->holders);
}

static void clear_run(struct history_run *run)
{
	free(run->version);
	free(run->kernel);
	free(run->machine);
}

void history_clear(struct history *history)
{
	size_t i;

	for (i = 0; i < history->epoch_count; i++)
		free(history->epochs[i].boot_id);
	for (i = 0; i < history->run_count; i++)
		clear_run(&history->runs[i]);
	for (i = 0; i < history->pool_count; i++)
		clear_pool(&history->pools[i]);
	for (i = 0; i < history->finding_count; i++)
		fact_clear(FACT_evidence, &history->findings[i].evidence);
	for (i = 0; i < history->loss_count; i++) {
		free(history->losses[i].kind);
		free(history->losses[i].why);
	}
	for (i = 0; i < history->reason_count; i++) {
		free(history->reasons[i].code);
		free(history->reasons[i].text);
	}
	free(history->epochs);
	free(history->runs);
	free(history->gaps);
	free(history->pools);
	free(history->findings);
	free(history->losses);
	free(history->reasons);
	free(history->shown);
	free(history->path);
	memset(history, 0, sizeof(*history));
}
