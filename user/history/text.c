// SPDX-License-Identifier: GPL-2.0
/* A store for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/history/private.h"
#include "user/report.h"
#include "user/report/tables.h"
#include "user/report/text.h"
#include "user/util/util.h"
#include "user/util/when.h"

#define LINES_MAX 8
#define POOLS_MAX 64
#define GAPS_MAX 20
#define HOLDERS_MAX 8

/* ---- verdict and why ---- */

struct lines {
	const struct out *out;
	size_t count[2]; /* reasons, warnings */
};

static void print_reason(void *context, bool warning, const char *text)
{
	struct lines *lines = context;
	size_t count = lines->count[warning]++;

	if (count < LINES_MAX)
		print_fact(lines->out,
			   count   ? "" :
			   warning ? "warning" :
				     "because",
			   "%s", text);
}

static void print_head(const struct out *out, const struct history *history)
{
	char from[32], to[32], runs[48], pools[48];
	struct lines lines = { .out = out };
	int i;

	fprintf(out->to, "netmem-check: %s\n", history_verdict(history));
	print_fact(out, "store", "%s", history->path);
	print_fact(out, "time", "%s to %s UTC: %s, %s with samples",
		   when_text(history->from, from, sizeof(from)),
		   when_text(history->to - 1, to, sizeof(to)),
		   count_of(history->run_count, "run", runs, sizeof(runs)),
		   count_of(history->shown_count, "pool", pools,
			    sizeof(pools)));
	history_explain(history, print_reason, &lines);
	for (i = 0; i < 2; i++)
		if (lines.count[i] > LINES_MAX)
			print_fact(out, "", "and %zu more %s, all in JSON",
				   lines.count[i] - LINES_MAX,
				   i ? "warnings" : "reasons");
}

/* ---- findings ---- */

static int print_finding(const struct out *out, const struct history *history,
			 const struct history_finding *row)
{
	const struct check_info *info = &check_infos[row->check];
	char times[48], first[32], last[32];
	struct finding finding;
	struct session *session = history_session(history, row, &finding);

	if (!session)
		return -ENOMEM;
	fprintf(out->to, "\n%s: %s\n", info->id, info->headline);
	print_fact(out, "severity", "%s", severity_name(row->severity));
	print_fact(out, "seen",
		   "%s in epoch %" PRId64 ", by looks from %s to %s UTC",
		   count_of(row->count, "time", times, sizeof(times)),
		   row->epoch, when_text(row->first, first, sizeof(first)),
		   when_text(row->last, last, sizeof(last)));
	print_seen(out, session, &finding);
	print_fact(out, "causes", "%s", info->causes);
	print_fact(out, "next", "%s", info->next);
	session_free(session);
	return 0;
}

/* ---- tables ---- */

static void add_known(struct table *table, size_t column, int64_t number)
{
	if (number >= 0)
		add_number(table, column, number);
	else
		add_cell(table, column, "?");
}

static void add_when(struct table *table, size_t column, int64_t seconds)
{
	char text[32];

	add_cell(table, column, when_text(seconds, text, sizeof(text)));
}

static void add_age(struct table *table, size_t column, int64_t ms)
{
	char text[32];

	if (ms >= 0)
		add_cell(table, column, format_time(ms, text, sizeof(text)));
}

static void add_percent(struct table *table, size_t column, uint64_t part,
			uint64_t whole)
{
	char text[32];

	if (!whole)
		return;
	snprintf(text, sizeof(text), "%.1f %%",
		 percent_down(part > whole ? 1 : (double)part / whole));
	add_cell(table, column, text);
}

static void add_columns(struct table *table, const char *const *names,
			size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		add_column(table, names[i] + (*names[i] == '>'),
			   *names[i] == '>' ? SCOLS_FL_RIGHT : 0, i ? i : 0);
}

static int print_pools(FILE *to, const struct history *history)
{
	static const char *const names[] = {
		"POOL",	   "STATE",   ">IN FLIGHT",  ">PEAK", ">OUT",
		">OLDEST", ">EVENTS", ">CONCLUSIVE", ">LOST", "LAST SAMPLE",
		">CACHE",  ">RING",   "DRIVER",
	};
	const struct history_pool *pool;
	struct table table;
	char name[128];
	size_t i;
	int err = open_table(&table, to);

	if (err || !history->shown_count) {
		if (!err)
			scols_unref_table(table.table);
		return err;
	}
	add_columns(&table, names, ARRAY_LEN(names));
	for (i = 0; i < history->shown_count && i < POOLS_MAX; i++) {
		pool = history->shown[i];
		add_row(&table);
		add_cell(&table, 0,
			 history_pool_name(pool, name, sizeof(name)));
		add_cell(&table, 1, history_pool_state(pool));
		add_known(&table, 2, pool->inflight);
		add_known(&table, 3, pool->peak);
		add_known(&table, 4, history_out(pool));
		add_age(&table, 5, pool->oldest_ms);
		add_number(&table, 6, pool->events);
		add_percent(&table, 7, pool->conclusive, pool->events);
		add_number(&table, 8, pool->lost);
		add_when(&table, 9, pool->until);
		add_known(&table, 10, pool->cache);
		add_known(&table, 11, pool->ring);
		add_cell(&table, 12, pool->driver);
	}
	putc('\n', to);
	err = print_table(&table);
	if (history->shown_count > POOLS_MAX)
		fprintf(to, "and %zu more pools, all in JSON\n",
			history->shown_count - POOLS_MAX);
	return err;
}

static void add_holder(struct table *table, const struct history_pool *pool,
		       const struct history_holder *holder)
{
	char name[128];

	add_row(table);
	add_cell(table, 0, history_pool_name(pool, name, sizeof(name)));
	add_cell(table, 1, holder->name);
	add_number(table, 2, holder->pages);
	add_number(table, 3, holder->most);
	add_age(table, 4, holder->oldest_ms);
	add_number(table, 5, holder->looks);
	add_when(table, 6, holder->first);
	add_when(table, 7, holder->last);
}

static int print_holders_of_time(FILE *to, const struct history *history)
{
	static const char *const names[] = { "STALLED POOL", "HOLDER",
					     ">PAGES",	     ">MOST",
					     ">OLDEST",	     ">LOOKS",
					     "FIRST LOOK",   "LAST LOOK" };
	size_t rows = 0, more = 0, i, k;
	const struct history_pool *pool;
	struct table table;
	int err = open_table(&table, to);

	if (err)
		return err;
	add_columns(&table, names, ARRAY_LEN(names));
	for (i = 0; i < history->shown_count; i++) {
		pool = history->shown[i];
		for (k = 0;
		     i < POOLS_MAX && k < pool->holder_count && k < HOLDERS_MAX;
		     k++)
			add_holder(&table, pool, &pool->holders[k]);
		rows += k;
		more += pool->holder_count - k;
	}
	if (rows) {
		putc('\n', to);
		err = print_table(&table);
	} else {
		scols_unref_table(table.table);
	}
	if (more)
		fprintf(to, "and %zu more holders, all in JSON\n", more);
	return err;
}

static int print_runs(FILE *to, const struct history *history)
{
	static const char *const names[] = { ">RUN",	">EPOCH",
					     "STARTED", "LAST SAMPLE",
					     "VERDICT", "KERNEL",
					     "VERSION" };
	const struct history_run *run;
	struct table table;
	size_t i;
	int err = open_table(&table, to);

	if (err)
		return err;
	add_columns(&table, names, ARRAY_LEN(names));
	for (i = 0; i < history->run_count; i++) {
		run = &history->runs[i];
		add_row(&table);
		add_number(&table, 0, run->id);
		add_number(&table, 1, run->epoch);
		add_when(&table, 2, run->started);
		add_when(&table, 3, run->last);
		add_cell(&table, 4,
			 history_run_verdict(run) ?: "none: not ended");
		add_cell(&table, 5, run->kernel);
		add_cell(&table, 6, run->version);
	}
	putc('\n', to);
	return print_table(&table);
}

static int print_gaps(FILE *to, const struct history *history)
{
	static const char *const names[] = { "NO SAMPLES FROM", "TO", "RUN",
					     "WHY" };
	const struct history_gap *gap;
	struct table table;
	size_t i;
	int err = open_table(&table, to);

	if (err || !history->gap_count) {
		if (!err)
			scols_unref_table(table.table);
		return err;
	}
	add_columns(&table, names, ARRAY_LEN(names));
	for (i = 0; i < history->gap_count && i < GAPS_MAX; i++) {
		gap = &history->gaps[i];
		add_row(&table);
		add_when(&table, 0, gap->first);
		add_when(&table, 1, gap->last);
		add_number(&table, 2, gap->run);
		add_cell(&table, 3, history_gap_text(gap));
	}
	putc('\n', to);
	err = print_table(&table);
	if (history->gap_count > GAPS_MAX)
		fprintf(to, "and %zu more gaps, all in JSON\n",
			history->gap_count - GAPS_MAX);
	return err;
}

static void print_losses(const struct out *out, const struct history *history)
{
	const struct history_loss *loss;
	size_t i;

	for (i = 0; i < history->loss_count; i++) {
		loss = &history->losses[i];
		print_fact(out, i ? "" : "losses",
			   "%s: %" PRId64 " (%s), run %" PRId64, loss->kind,
			   loss->count, loss->why, loss->run);
	}
	if (!i)
		print_fact(out, "losses", "none that no pool is charged with");
}

int history_write_text(FILE *to, const struct history *history)
{
	struct out out;
	size_t i;
	int err = 0;

	open_out(&out, to);
	print_head(&out, history);
	for (i = 0; !err && i < history->finding_count; i++)
		err = print_finding(&out, history, &history->findings[i]);
	if (!err)
		err = print_pools(to, history);
	if (!err)
		err = print_holders_of_time(to, history);
	if (!err)
		err = print_runs(to, history);
	if (!err)
		err = print_gaps(to, history);
	if (err)
		return err;
	putc('\n', to);
	print_losses(&out, history);
	return fflush(to) ? -errno : 0;
}
