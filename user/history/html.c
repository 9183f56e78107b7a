// SPDX-License-Identifier: GPL-2.0
/* A store as a page to look at. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "user/history/private.h"
#include "user/report.h"
#include "user/report/page.h"
#include "user/report/text.h"
#include "user/util/build.h"
#include "user/util/util.h"
#include "user/util/when.h"

/* Rows of the table of a pool's time, for who has no script. */
#define PARTS 12
#define HOLDERS_MAX 64
#define FINDINGS_MAX 300
#define LINES_MAX 300

/* ---- verdict and why ---- */

static void write_head(FILE *to, const void *context)
{
	const struct history *history = context;
	const struct history_run *run = &history->runs[history->run_count - 1];
	char from[32], until[32], length[32], runs[48], pools[48];

	fputs("<header>\n", to);
	page_verdict(to, history_verdict(history), "Page pools over time");
	fputs("<p>", to);
	page_format(to, "%s to %s UTC, %s",
		    when_text(history->from, from, sizeof(from)),
		    when_text(history->to - 1, until, sizeof(until)),
		    format_time((history->to - history->from) * 1000, length,
				sizeof(length)));
	fputs("</p>\n<p>", to);
	page_format(to, "%s of monitor, %s; kernel %s, %s",
		    count_of(history->run_count, "run", runs, sizeof(runs)),
		    count_of(history->shown_count, "pool", pools,
			     sizeof(pools)),
		    run->kernel, run->machine);
	fputs("</p>\n<p>", to);
	page_format(to, "Store %s", history->path);
	fputs("</p>\n<nav aria-label=\"Parts of the report\"><ul>"
	      "<li><a href=\"#findings\">Findings</a></li>"
	      "<li><a href=\"#plots\">Plots</a></li>"
	      "<li><a href=\"#pools\">Pools</a></li>"
	      "<li><a href=\"#holders\">Holders</a></li>"
	      "<li><a href=\"#coverage\">Coverage</a></li>"
	      "<li><a href=\"#runs\">Runs</a></li>"
	      "<li><a href=\"#checks\">Checks</a></li>"
	      "</ul></nav>\n</header>\n",
	      to);
}

struct lines {
	FILE *to;
	size_t count;
};

static void write_line(void *context, bool warning, const char *text)
{
	struct lines *lines = context;
	FILE *to = lines->to;

	if (++lines->count > LINES_MAX)
		return;
	fprintf(to, "<li>%s",
		warning ? "<span class=\"warn\">warning</span> " : "");
	page_text(to, text);
	fputs("</li>\n", to);
}

static void write_why(FILE *to, const struct history *history)
{
	struct lines lines = { .to = to };

	fputs("<section id=\"verdict\">\n<h2>What the verdict rests on</h2>\n",
	      to);
	page_element(
		to, "p",
		history->code == EXIT_PASS ?
			"Each attach of the hooks that is shown ended with PASS, which is of all its time, and no time between was without hooks." :
		history->code == EXIT_FAIL ?
			"A check found a failure, or a monitor ended with FAIL." :
			"Nothing failed, but not all that is shown was watched and ended with PASS.");
	fputs("<ul class=\"reasons\">\n", to);
	history_explain(history, write_line, &lines);
	fputs("</ul>\n", to);
	if (lines.count > LINES_MAX)
		page_more(to, lines.count - LINES_MAX, "line");
	fputs("</section>\n", to);
}

/* ---- findings ---- */

static int write_finding(FILE *to, const struct history *history,
			 const struct history_finding *row)
{
	const struct check_info *info = &check_infos[row->check];
	const struct out out = { .to = to, .html = true };
	char times[48], first[32], last[32];
	struct finding finding;
	struct session *session = history_session(history, row, &finding);

	if (!session)
		return -ENOMEM;
	page_finding_open(to, info->id, info->headline,
			  severity_name(row->severity));
	print_fact(&out, "seen",
		   "%s in epoch %" PRId64 ", by looks from %s to %s UTC",
		   count_of(row->count, "time", times, sizeof(times)),
		   row->epoch, when_text(row->first, first, sizeof(first)),
		   when_text(row->last, last, sizeof(last)));
	print_seen(&out, session, &finding);
	print_fact(&out, "causes", "%s", info->causes);
	print_fact(&out, "next", "%s", info->next);
	fputs("</article>\n", to);
	session_free(session);
	return 0;
}

static int write_findings(FILE *to, const struct history *history)
{
	size_t i;
	int err = 0;

	fputs("<section id=\"findings\">\n<h2>Findings</h2>\n", to);
	if (!history->finding_count)
		page_element(to, "p", "No check found anything.");
	for (i = 0; !err && i < history->finding_count && i < FINDINGS_MAX; i++)
		err = write_finding(to, history, &history->findings[i]);
	if (!err && i < history->finding_count)
		page_more(to, history->finding_count - i, "finding");
	fputs("</section>\n", to);
	return err;
}

/* ---- plots ---- */

/* "800 to 1,200"; "" where nothing is known. */
static const char *range_text(const struct history_range *range, char *text,
			      size_t size)
{
	char low[32], high[32];

	text[0] = '\0';
	if (isnan(range->high))
		return text;
	format_number(range->low + 0.5, low, sizeof(low));
	format_number(range->high + 0.5, high, sizeof(high));
	if (strcmp(low, high))
		snprintf(text, size, "%s to %s", low, high);
	else
		snprintf(text, size, "%s", high);
	return text;
}

/* Of the buckets of a part of the time. */
static struct history_range part_of(const struct history_range *series,
				    size_t from, size_t to)
{
	struct history_range sum = { NAN, NAN };

	for (; from < to; from++) {
		if (!(sum.low <= series[from].low) && !isnan(series[from].low))
			sum.low = series[from].low;
		if (!(sum.high >= series[from].high) &&
		    !isnan(series[from].high))
			sum.high = series[from].high;
	}
	return sum;
}

static void write_parts(FILE *to, const struct history *history,
			const struct history_pool *pool)
{
	static const char *const names[] = { "From, UTC",
					     ">In flight",
					     ">Out",
					     ">Events a second",
					     ">Events lost a second",
					     ">Coverage, %",
					     ">Oldest page" };
	static const enum history_value values[] = {
		HISTORY_INFLIGHT, HISTORY_OUT, HISTORY_EVENTS, HISTORY_LOST,
		HISTORY_COVERAGE
	};
	size_t count = history->bucket_count, part, from, until, i;
	struct history_range range;
	struct page_table table;
	char text[80];

	page_table_open(&table, to,
			"Lowest and highest of each part of the time", names,
			ARRAY_LEN(names));
	for (part = 0; part < PARTS; part++) {
		from = count * part / PARTS;
		until = count * (part + 1) / PARTS;
		if (from == until)
			continue;
		page_row(&table);
		page_cell_when(&table,
			       history->from + from * history->bucket_s);
		for (i = 0; i < ARRAY_LEN(values); i++) {
			range = part_of(pool->series[values[i]], from, until);
			page_cell(&table,
				  range_text(&range, text, sizeof(text)));
		}
		range = part_of(pool->series[HISTORY_OLDEST], from, until);
		page_cell_age(&table, isnan(range.high) ? -1 : range.high);
	}
	page_table_close(&table);
}

static void write_pool_plots(FILE *to, const struct history *history, size_t i)
{
	const struct history_pool *pool = history->shown[i];
	char name[128], peak[32], at[32];

	fprintf(to,
		"<details class=\"pool\" id=\"pool-%" PRId64
		"\" data-plots=\"%zu\"%s>\n<summary>",
		pool->id, i, i ? "" : " open");
	page_text(to, history_pool_name(pool, name, sizeof(name)));
	fputs("<span class=\"quiet\">", to);
	if (pool->peak >= 0)
		page_format(to, "%s; at most %s in flight, at %s",
			    history_pool_state(pool),
			    format_number(pool->peak, peak, sizeof(peak)),
			    when_text(pool->peak_at, at, sizeof(at)));
	else
		page_text(to, history_pool_state(pool));
	fputs("</span></summary>\n<div class=\"plots\"></div>\n", to);
	write_parts(to, history, pool);
	fputs("</details>\n", to);
}

static void write_plots(FILE *to, const struct history *history)
{
	char length[32];
	size_t i;

	fputs("<section id=\"plots\">\n<h2>Each pool over time</h2>\n<p class=\"quiet\">",
	      to);
	page_format(
		to,
		"Lines are the highest of each %s (of the coverage the lowest), bands reach to the other end. Grey: no samples. All plots show one stretch of time.",
		format_time(history->bucket_s * 1000, length, sizeof(length)));
	if (history->shown_count > history->plotted_count)
		page_format(to, " The first %zu of %zu pools are plotted.",
			    history->plotted_count, history->shown_count);
	fputs("</p>\n<div class=\"tools\">"
	      "<button type=\"button\" data-zoom=\"0.5\">Zoom in</button>"
	      "<button type=\"button\" data-zoom=\"2\">Zoom out</button>"
	      "<button type=\"button\" data-zoom=\"all\">All</button>"
	      "<span>or drag over a plot; with a plot focused: + and -, arrows, page keys, 0</span></div>\n",
	      to);
	for (i = 0; i < history->plotted_count; i++)
		write_pool_plots(to, history, i);
	fputs("</section>\n", to);
}

/* ---- tables ---- */

static void write_pools(FILE *to, const struct history *history)
{
	static const char *const names[] = {
		"Pool",	   "State",	   ">In flight",  ">Highest",
		">Out",	   ">Cache",	   ">Ring",	  ">Oldest page",
		">Events", "First sample", "Last sample", "Driver",
		"Address",
	};
	const struct history_pool *pool;
	struct page_table table;
	char name[128];
	size_t i;

	fputs("<section id=\"pools\">\n<h2>Pools</h2>\n", to);
	page_table_open(&table, to, "Each pool, by its last sample", names,
			ARRAY_LEN(names));
	for (i = 0; i < history->shown_count; i++) {
		pool = history->shown[i];
		history_pool_name(pool, name, sizeof(name));
		page_row(&table);
		if (i < history->plotted_count)
			page_cell_link(&table, "pool-", pool->id, name);
		else
			page_cell(&table, name);
		page_cell(&table, history_pool_state(pool));
		page_cell_known(&table, pool->inflight);
		page_cell_known(&table, pool->peak);
		page_cell_known(&table, history_out(pool));
		page_cell_known(&table, pool->cache);
		page_cell_known(&table, pool->ring);
		page_cell_age(&table, pool->oldest_ms);
		page_cell_number(&table, pool->events);
		page_cell_when(&table, pool->since);
		page_cell_when(&table, pool->until);
		page_cell(&table, pool->driver);
		page_cell(&table, pool->address);
	}
	page_table_close(&table);
	fputs("</section>\n", to);
}

static void write_pool_holders(FILE *to, const struct history_pool *pool)
{
	static const char *const names[] = {
		"_Holder", "Kind",   ">Pages",	   ">Most",    ">Bytes",
		">Oldest", ">Looks", "First look", "Last look"
	};
	const struct history_holder *holder;
	struct page_table table;
	char name[128], caption[192];
	uint64_t more = pool->holders_more;
	size_t i;

	snprintf(caption, sizeof(caption), "Who had pages of %s",
		 history_pool_name(pool, name, sizeof(name)));
	page_table_open(&table, to, caption, names, ARRAY_LEN(names));
	for (i = 0; i < pool->holder_count && i < HOLDERS_MAX; i++) {
		holder = &pool->holders[i];
		page_row(&table);
		page_cell(&table, holder->name);
		page_cell(&table, holder->kind);
		page_cell_number(&table, holder->pages);
		page_cell_number(&table, holder->most);
		page_cell_known(&table, holder->bytes);
		page_cell_age(&table, holder->oldest_ms);
		page_cell_number(&table, holder->looks);
		page_cell_when(&table, holder->first);
		page_cell_when(&table, holder->last);
	}
	page_table_close(&table);
	if (more || i < pool->holder_count) {
		fputs("<p class=\"quiet\">", to);
		page_format(to, "Not listed: %zu holders and %" PRIu64 " rows.",
			    pool->holder_count - i, more);
		fputs("</p>\n", to);
	}
}

static void write_holders(FILE *to, const struct history *history)
{
	size_t rows = 0, more = 0, i, count;

	fputs("<section id=\"holders\">\n<h2>Holders over time</h2>\n", to);
	for (i = 0; i < history->shown_count; i++) {
		count = history->shown[i]->holder_count;
		if (count && rows < PAGE_ROWS)
			write_pool_holders(to, history->shown[i]);
		else
			more += count != 0;
		rows += count < HOLDERS_MAX ? count : HOLDERS_MAX;
	}
	if (more)
		page_more(to, more, "pool");
	if (!rows)
		page_element(
			to, "p",
			"No holder of a stalled pool was met: holders are looked for while a destroyed pool waits for pages.");
	fputs("</section>\n", to);
}

static void write_coverage(FILE *to, const struct history *history)
{
	static const char *const names[] = { "Pool", ">Events", ">Conclusive",
					     ">Share", ">Lost" };
	static const char *const losses[] = { ">Run", "Kind", ">Count",
					      "_Why" };
	const struct history_pool *pool;
	const struct history_loss *loss;
	struct page_table table;
	char name[128];
	size_t i;

	fputs("<section id=\"coverage\">\n<h2>Coverage and losses</h2>\n", to);
	page_table_open(
		&table, to,
		"Events of this time, and those in windows without a loss",
		names, ARRAY_LEN(names));
	for (i = 0; i < history->shown_count; i++) {
		pool = history->shown[i];
		page_row(&table);
		page_cell(&table, history_pool_name(pool, name, sizeof(name)));
		page_cell_number(&table, pool->events);
		page_cell_number(&table, pool->conclusive);
		page_cell_share(&table, pool->conclusive, pool->events);
		page_cell_number(&table, pool->lost);
	}
	page_table_close(&table);
	if (!history->loss_count) {
		page_element(
			to, "p",
			"Nothing was lost beside the events of these pools.");
	} else {
		page_table_open(&table, to,
				"Losses that no pool can be charged with",
				losses, ARRAY_LEN(losses));
		for (i = 0; i < history->loss_count; i++) {
			loss = &history->losses[i];
			page_row(&table);
			page_cell_number(&table, loss->run);
			page_cell(&table, loss->kind);
			page_cell_number(&table, loss->count);
			page_cell(&table, loss->why);
		}
		page_table_close(&table);
	}
	fputs("</section>\n", to);
}

static void write_run_rows(FILE *to, const struct history *history)
{
	static const char *const names[] = {
		">Run",	   ">Epoch", "Started", "Last sample", "Ended",
		"Verdict", "Kernel", "Version", "Boot"
	};
	const struct history_run *run;
	struct page_table table;
	size_t i, k;

	page_table_open(&table, to, "Runs; an epoch is one attach of the hooks",
			names, ARRAY_LEN(names));
	for (i = 0; i < history->run_count; i++) {
		run = &history->runs[i];
		page_row(&table);
		page_cell_number(&table, run->id);
		page_cell_number(&table, run->epoch);
		page_cell_when(&table, run->started);
		page_cell_when(&table, run->last);
		if (run->ended)
			page_cell_when(&table, run->ended);
		else
			page_cell(&table, "killed, or runs");
		page_cell(&table, history_run_verdict(run) ?: "none");
		page_cell(&table, run->kernel);
		page_cell(&table, run->version);
		for (k = 0; k < history->epoch_count; k++)
			if (history->epochs[k].id == run->epoch)
				page_cell(&table, history->epochs[k].boot_id);
	}
	page_table_close(&table);
}

static void write_gaps(FILE *to, const struct history *history)
{
	static const char *const names[] = { "From", "To", ">Found by run",
					     "_Why" };
	const struct history_gap *gap;
	struct page_table table;
	size_t i;

	if (!history->gap_count) {
		page_element(to, "p", "There is no gap in the samples.");
		return;
	}
	page_table_open(&table, to, "Times without samples", names,
			ARRAY_LEN(names));
	for (i = 0; i < history->gap_count; i++) {
		gap = &history->gaps[i];
		page_row(&table);
		page_cell_when(&table, gap->first);
		page_cell_when(&table, gap->last);
		page_cell_number(&table, gap->run);
		page_cell(&table, history_gap_text(gap));
	}
	page_table_close(&table);
}

static void write_reasons(FILE *to, const struct history *history)
{
	static const char *const names[] = {
		">Run", "Code", "_Reason", ">Looks", "First look", "Last look"
	};
	const struct history_reason *reason;
	struct page_table table;
	size_t i;

	if (!history->reason_count)
		return;
	page_table_open(
		&table, to,
		"Reasons and warnings of all looks, also of those that passed",
		names, ARRAY_LEN(names));
	for (i = 0; i < history->reason_count; i++) {
		reason = &history->reasons[i];
		page_row(&table);
		page_cell_number(&table, reason->run);
		page_cell(&table, reason->code);
		page_cell(&table, reason->text);
		page_cell_number(&table, reason->looks);
		page_cell_when(&table, reason->first);
		page_cell_when(&table, reason->last);
	}
	page_table_close(&table);
}

static int write_body(FILE *to, const void *context)
{
	const struct history *history = context;
	int err;

	write_why(to, history);
	err = write_findings(to, history);
	write_plots(to, history);
	write_pools(to, history);
	write_holders(to, history);
	write_coverage(to, history);
	fputs("<section id=\"runs\">\n<h2>Runs and gaps</h2>\n", to);
	write_run_rows(to, history);
	write_gaps(to, history);
	write_reasons(to, history);
	fputs("</section>\n", to);
	return err;
}

/* ---- all ---- */

static json_t *build_plots(const struct history *history)
{
	json_t *plots = history_build_series(history), *gaps = build_array();
	json_t *gap;
	size_t i;

	for (i = 0; i < history->gap_count; i++) {
		gap = build_array();
		add_item(gap, build_integer(history->gaps[i].first));
		add_item(gap, build_integer(history->gaps[i].last));
		add_item(gaps, gap);
	}
	set_member(plots, "gaps", gaps);
	return plots;
}

int history_write_html(FILE *to, const struct history *history)
{
	char title[64];
	const struct page page = {
		.title = title,
		.context = history,
		.head = write_head,
		.body = write_body,
		.plots = build_plots(history),
	};

	snprintf(title, sizeof(title), "netmem-check: %s",
		 history_verdict(history));
	return page_write(to, &page);
}
