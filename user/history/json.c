// SPDX-License-Identifier: GPL-2.0
/* A store for programs: docs/store.md has the members. */
#include <math.h>
#include <string.h>

#include "user/history/private.h"
#include "user/report.h"
#include "user/util/build.h"

/* Of a pool: holders with a series. */
#define HOLDERS_PLOTTED 8
/* Points of the holders of all pools, which bounds the size of a page */
#define HOLDER_POINTS 20000

static void set_positive(json_t *object, const char *name, int64_t number)
{
	set_known(object, name, number >= 0, number);
}

/* ---- rows ---- */

static json_t *build_run(const struct history_run *run)
{
	json_t *object = build_object();

	set_number(object, "id", run->id);
	set_number(object, "epoch", run->epoch);
	set_number(object, "started", run->started);
	set_number(object, "last", run->last);
	set_known(object, "ended", run->ended, run->ended);
	set_string(object, "version", run->version);
	set_string(object, "kernel", run->kernel);
	set_string(object, "machine", run->machine);
	set_optional(object, "verdict", history_run_verdict(run));
	return object;
}

static json_t *build_epoch(const struct history_epoch *epoch)
{
	json_t *object = build_object();

	set_number(object, "id", epoch->id);
	set_number(object, "first", epoch->first);
	set_string(object, "boot_id", epoch->boot_id);
	set_optional(object, "verdict", history_epoch_verdict(epoch));
	return object;
}

static json_t *build_gap(const struct history_gap *gap)
{
	json_t *object = build_object();

	set_number(object, "run", gap->run);
	set_number(object, "first", gap->first);
	set_number(object, "last", gap->last);
	set_string(object, "why", history_gap_code(gap));
	set_member(object, "watched", json_boolean(!gap->unwatched));
	return object;
}

static json_t *build_holder(const struct history_holder *holder)
{
	json_t *object = build_object();

	set_string(object, "kind", holder->kind);
	set_string(object, "place", holder->place);
	set_string(object, "name", holder->name);
	set_known(object, "pid", holder->pid, holder->pid);
	set_number(object, "first", holder->first);
	set_number(object, "last", holder->last);
	set_number(object, "looks", holder->looks);
	set_number(object, "pages", holder->pages);
	set_number(object, "most_pages", holder->most);
	set_positive(object, "bytes", holder->bytes);
	set_positive(object, "oldest_ms", holder->oldest_ms);
	return object;
}

static json_t *build_pool(const struct history_pool *pool)
{
	json_t *object = build_object(), *holders = build_array();
	char name[128];
	size_t i;

	set_number(object, "id", pool->id);
	set_number(object, "epoch", pool->epoch);
	set_string(object, "name", history_pool_name(pool, name, sizeof(name)));
	set_string(object, "address", pool->address);
	set_optional(object, "device", null_if_empty(pool->device));
	set_optional(object, "driver", null_if_empty(pool->driver));
	set_positive(object, "queue", pool->queue);
	set_positive(object, "netns", pool->netns);
	set_positive(object, "ifindex", pool->ifindex);
	set_known(object, "kernel_id", pool->kernel_id > 0, pool->kernel_id);
	set_string(object, "state", history_pool_state(pool));
	set_number(object, "samples", pool->samples);
	set_number(object, "first", pool->since);
	set_number(object, "last", pool->until);
	set_positive(object, "inflight", pool->inflight);
	set_positive(object, "inflight_max", pool->peak);
	set_positive(object, "out", history_out(pool));
	set_positive(object, "cache", pool->cache);
	set_positive(object, "ring", pool->ring);
	set_positive(object, "oldest_ms", pool->oldest_ms);
	set_number(object, "events", pool->events);
	set_number(object, "conclusive", pool->conclusive);
	set_number(object, "lost", pool->lost);
	for (i = 0; i < pool->holder_count; i++)
		add_item(holders, build_holder(&pool->holders[i]));
	set_member(object, "holders", holders);
	set_number(object, "holders_not_listed", pool->holders_more);
	return object;
}

static json_t *build_finding(const struct history_finding *finding)
{
	const struct check_info *info = &check_infos[finding->check];
	json_t *object = build_object();

	set_string(object, "check", info->id);
	set_string(object, "severity", severity_name(finding->severity));
	set_number(object, "count", finding->count);
	set_number(object, "epoch", finding->epoch);
	set_known(object, "pool", finding->pool,
		  finding->pool ? finding->pool->id : 0);
	set_number(object, "first", finding->first);
	set_number(object, "last", finding->last);
	set_string(object, "headline", info->headline);
	set_string(object, "causes", info->causes);
	set_string(object, "next", info->next);
	set_member(object, "evidence",
		   fact_encode(FACT_evidence, &finding->evidence));
	return object;
}

static json_t *build_loss(const struct history_loss *loss)
{
	json_t *object = build_object();

	set_number(object, "run", loss->run);
	set_string(object, "kind", loss->kind);
	set_string(object, "why", loss->why);
	set_number(object, "count", loss->count);
	set_number(object, "last", loss->last);
	return object;
}

static json_t *build_reason(const struct history_reason *reason)
{
	json_t *object = build_object();

	set_number(object, "run", reason->run);
	set_string(object, "code", reason->code);
	set_member(object, "warning", json_boolean(reason->warning));
	set_string(object, "text", reason->text);
	set_number(object, "looks", reason->looks);
	set_number(object, "first", reason->first);
	set_number(object, "last", reason->last);
	return object;
}

/* ---- series ---- */

/*
 * Whole numbers but for small ones, rounded down or up, so that a range has all
 * that was in it; null: unknown.
 */
static json_t *build_point(double value, bool up)
{
	double scaled = value < 100 ? value * 100 : value;
	int64_t whole;

	if (isnan(value))
		return json_null();
	whole = (int64_t)scaled;
	whole += up && whole < scaled;
	if (value >= 100)
		return build_integer(whole);
	return whole % 100 ? build_real(whole / 100.0) :
			     build_integer(whole / 100);
}

/* Lowest and highest of each bucket; null for lows that are all as the highs. */
static json_t *build_ranges(const struct history_range *ranges, size_t count)
{
	json_t *object = build_object();
	json_t *low = build_array(), *high = build_array();
	bool known = false;
	size_t i;

	for (i = 0; i < count; i++) {
		add_item(low, build_point(ranges[i].low, false));
		add_item(high, build_point(ranges[i].high, true));
		known = known || !isnan(ranges[i].high);
	}
	if (json_equal(low, high)) {
		json_decref(low);
		low = json_null();
	}
	if (!known) {
		json_decref(high);
		high = json_null();
	}
	set_member(object, "min", low);
	set_member(object, "max", high);
	return object;
}

/* The buckets of its looks, and the most pages of each. */
static json_t *build_holder_series(const struct history_holder *holder,
				   size_t count)
{
	json_t *object = build_object(), *points = build_array();
	json_t *at = build_array();
	size_t i;

	for (i = 0; i < count; i++) {
		if (isnan(holder->series[i]))
			continue;
		add_item(at, build_integer(i));
		add_item(points, build_point(holder->series[i], true));
	}
	set_string(object, "name", holder->name);
	set_member(object, "at", at);
	set_member(object, "pages", points);
	return object;
}

static size_t count_points(const struct history_holder *holder, size_t count)
{
	size_t i, points = 0;

	for (i = 0; holder->series && i < count; i++)
		points += !isnan(holder->series[i]);
	return points;
}

/* @left: points that there is room for */
static json_t *build_pool_series(const struct history *history,
				 const struct history_pool *pool, size_t *left)
{
	json_t *object = build_object(), *holders = build_array();
	size_t i, count = history->bucket_count, points;
	char name[128];
	int value;

	set_number(object, "pool", pool->id);
	set_string(object, "name", history_pool_name(pool, name, sizeof(name)));
	for (value = 0; value < HISTORY_VALUE_COUNT; value++)
		set_member(object, history_value_code(value),
			   build_ranges(pool->series[value], count));
	for (i = 0; i < pool->holder_count && i < HOLDERS_PLOTTED; i++) {
		points = count_points(&pool->holders[i], count);
		if (!points || points > *left)
			continue;
		*left -= points;
		add_item(holders,
			 build_holder_series(&pool->holders[i], count));
	}
	set_member(object, "holders", holders);
	return object;
}

#define BUILD_LIST(history, list, count, build)                         \
	({                                                              \
		json_t *array = build_array();                          \
		size_t item;                                            \
                                                                        \
		for (item = 0; item < (history)->count; item++)         \
			add_item(array, build(&(history)->list[item])); \
		array;                                                  \
	})

json_t *history_build_series(const struct history *history)
{
	json_t *object = build_object(), *pools = build_array();
	size_t i, left = HOLDER_POINTS;

	set_number(object, "from", history->from);
	set_number(object, "bucket_s", history->bucket_s);
	set_number(object, "buckets", history->bucket_count);
	for (i = 0; i < history->plotted_count; i++)
		add_item(pools,
			 build_pool_series(history, history->shown[i], &left));
	set_member(object, "pools", pools);
	return object;
}

/* ---- all ---- */

struct lists {
	json_t *reasons, *warnings;
};

static void add_line(void *context, bool warning, const char *text)
{
	struct lists *lists = context;

	add_item(warning ? lists->warnings : lists->reasons,
		 build_string(text));
}

int history_write_json(FILE *to, const struct history *history)
{
	json_t *report = build_object(), *pools = build_array();
	struct lists lists = { build_array(), build_array() };
	size_t i;

	set_string(report, "schema", "netmem-check-store/1");
	set_string(report, "verdict", history_verdict(history));
	set_number(report, "exit_code", history->code);
	history_explain(history, add_line, &lists);
	set_member(report, "reasons", lists.reasons);
	set_member(report, "warnings", lists.warnings);
	set_string(report, "store", history->path);
	set_number(report, "from", history->from);
	set_number(report, "to", history->to);
	set_known(report, "asked_from", history->asked.has_from,
		  history->asked.from);
	set_known(report, "asked_to", history->asked.has_to, history->asked.to);
	set_member(report, "epochs",
		   BUILD_LIST(history, epochs, epoch_count, build_epoch));
	set_member(report, "runs",
		   BUILD_LIST(history, runs, run_count, build_run));
	set_member(report, "gaps",
		   BUILD_LIST(history, gaps, gap_count, build_gap));
	for (i = 0; i < history->shown_count; i++)
		add_item(pools, build_pool(history->shown[i]));
	set_member(report, "pools", pools);
	set_member(report, "findings",
		   BUILD_LIST(history, findings, finding_count, build_finding));
	set_member(report, "losses",
		   BUILD_LIST(history, losses, loss_count, build_loss));
	set_member(report, "run_reasons",
		   BUILD_LIST(history, reasons, reason_count, build_reason));
	return build_write(to, report);
}
