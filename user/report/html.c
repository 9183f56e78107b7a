// SPDX-License-Identifier: GPL-2.0
/* A session as a page to look at. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/page.h"
#include "user/report/text.h"
#include "user/util/util.h"

struct shown {
	const struct session *session;
	const struct verdict *verdict;
};

static const char *known_text(const char *text)
{
	return text && *text ? text : "unknown";
}

/* ---- verdict and why ---- */

static void write_head(FILE *to, const void *context)
{
	const struct session *session =
		((const struct shown *)context)->session;
	const struct verdict *verdict =
		((const struct shown *)context)->verdict;
	const struct meta_fact *meta = &session->meta;
	char time[32];

	fputs("<header>\n", to);
	page_verdict(to, verdict_name(verdict),
		     session_is_snapshot(session) ? "Page pools at one moment" :
						    "Page pools under watch");
	fputs("<p>", to);
	page_format(to, "%s; %s tier, kernel %s, %s",
		    format_time(session->duration_ms, time, sizeof(time)),
		    known_text(meta->tier), known_text(meta->kernel),
		    known_text(meta->machine));
	if (meta->started && *meta->started)
		page_format(to, "; begun %s", meta->started);
	fputs("</p>\n<nav aria-label=\"Parts of the report\"><ul>"
	      "<li><a href=\"#findings\">Findings</a></li>"
	      "<li><a href=\"#pools\">Pools</a></li>"
	      "<li><a href=\"#holders\">Holders</a></li>"
	      "<li><a href=\"#coverage\">Coverage</a></li>"
	      "<li><a href=\"#text\">Text</a></li>"
	      "<li><a href=\"#checks\">Checks</a></li>"
	      "</ul></nav>\n</header>\n",
	      to);
}

static void write_reasons(FILE *to, const struct session *session,
			  const struct reasons *reasons, bool warnings)
{
	char text[512];
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		if (!reason_line(session, reasons, i, text, sizeof(text)))
			continue;
		fprintf(to, "<li>%s",
			warnings ? "<span class=\"warn\">warning</span> " : "");
		page_text(to, text);
		fputs("</li>\n", to);
	}
}

static void write_why(FILE *to, const struct shown *shown)
{
	const struct out out = { .to = to, .html = true };
	const struct session *session = shown->session;

	fputs("<section id=\"verdict\">\n<h2>What the verdict rests on</h2>\n",
	      to);
	if (!session_is_snapshot(session))
		print_summary(&out, session, shown->verdict);
	fputs("<ul class=\"reasons\">\n", to);
	write_reasons(to, session, &shown->verdict->reasons, false);
	write_reasons(to, session, &shown->verdict->warnings, true);
	fputs("</ul>\n</section>\n", to);
}

/* ---- findings ---- */

static void write_finding(FILE *to, const struct session *session,
			  const struct finding *finding)
{
	const struct check_info *info = &check_infos[finding->check];
	const struct out out = { .to = to, .html = true };
	char times[48];

	page_finding_open(to, info->id, info->headline,
			  severity_name(finding->severity));
	print_fact(&out, "seen", "%s%s; the first one is shown",
		   finding->at_least ? "at least " : "",
		   count_of(finding->count, "time", times, sizeof(times)));
	print_seen(&out, session, finding);
	print_fact(&out, "confidence", "%s",
		   confidence_name(finding->confidence));
	print_fact(&out, "causes", "%s", finding_causes(session, finding));
	print_fact(&out, "next", "%s", finding_next(session, finding));
	fputs("</article>\n", to);
}

static void write_findings(FILE *to, const struct session *session)
{
	bool any = false;
	int check;

	fputs("<section id=\"findings\">\n<h2>Findings</h2>\n", to);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count) {
			write_finding(to, session, &session->findings[check]);
			any = true;
		}
	if (!any)
		page_element(to, "p", "No check found anything.");
	fputs("</section>\n", to);
}

/* ---- tables ---- */

/* -1 where nobody looked */
static int64_t looked(bool has, int64_t number)
{
	return has ? number : -1;
}

static void write_pools(FILE *to, const struct session *session)
{
	static const char *const names[] = {
		"Pool",	 "State", ">Events",	  ">Conclusive",
		">Gaps", ">Lost", ">In flight",	  ">Cache",
		">Ring", ">Out",  ">Oldest page", "Driver"
	};
	const struct pool *pool;
	struct page_table table;
	size_t unjudged = 0, i;
	char name[128];

	fputs("<section id=\"pools\">\n<h2>Pools</h2>\n", to);
	page_table_open(&table, to, "Pools that were judged", names,
			ARRAY_LEN(names));
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged) {
			unjudged++;
			continue;
		}
		page_row(&table);
		page_cell(&table, pool_name(pool, name, sizeof(name)));
		page_cell(&table, pool_state_name(pool->state));
		page_cell_number(&table, pool->events);
		page_cell_share(&table, pool->conclusive, pool->events);
		page_cell_number(&table, pool->gaps);
		page_cell_number(&table, pool->lost);
		page_cell_known(&table, looked(pool->counted, pool->inflight));
		page_cell_known(&table, looked(pool->audited, pool->in_cache));
		page_cell_known(&table, looked(pool->audited, pool->in_ring));
		page_cell_known(&table, looked(pool->audited, pool->out));
		page_cell_age(&table, pool->oldest_ms);
		page_cell(&table, pool->driver);
	}
	page_table_close(&table);
	if (unjudged || session->gone.pools) {
		fputs("<p class=\"quiet\">", to);
		page_format(
			to,
			"Beside these: %zu pools that were not judged, %" PRIu64
			" that came and went.",
			unjudged, session->gone.pools);
		fputs("</p>\n", to);
	}
	fputs("</section>\n", to);
}

static void write_pool_holders(FILE *to, const struct session *session,
			       const struct pool *pool)
{
	static const char *const names[] = { "_Holder",	  "Kind",   "_Place",
					     ">Pages",	  ">Bytes", ">Oldest",
					     "Confidence" };
	char name[256], text[160], caption[320];
	const struct holder_fact *holder;
	struct page_table table;
	size_t i;

	snprintf(caption, sizeof(caption), "%s: %s",
		 pool_name(pool, name, sizeof(name)),
		 held_text(pool, text, sizeof(text)));
	page_table_open(&table, to, caption, names, ARRAY_LEN(names));
	for (i = 0; i < pool->holders.count; i++) {
		holder = &pool->holders.items[i];
		if (!is_old_enough(session, holder->oldest_ms))
			continue;
		page_row(&table);
		page_cell(&table, holder_name(holder, name, sizeof(name)));
		page_cell(&table, holder_kind_name(holder->kind));
		page_cell(&table, holder->place);
		page_cell_number(&table, holder->pages);
		page_cell_number(&table, holder->bytes);
		page_cell_age(&table, holder->oldest_ms);
		page_cell(&table, sureness_name(holder->confidence));
	}
	page_table_close(&table);
}

static void write_holders(FILE *to, const struct session *session)
{
	const struct pool *pool;
	bool any = false;
	size_t i;

	fputs("<section id=\"holders\">\n<h2>Holders</h2>\n", to);
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || !pool->held.walks)
			continue;
		write_pool_holders(to, session, pool);
		any = true;
	}
	if (!any)
		page_element(
			to, "p",
			"No pool's pages were looked for: there was no holder walk that named one.");
	fputs("</section>\n", to);
}

static void write_checks(FILE *to, const struct session *session)
{
	static const char *const names[] = { "Check", "Tier", "Result",
					     "_Why it did not run" };
	const struct blind_fact *blind;
	struct page_table table;
	char text[512];
	int check;

	page_table_open(&table, to, "What each check saw", names,
			ARRAY_LEN(names));
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		blind = session_blind(session, check);
		page_row(&table);
		page_cell(&table, check_infos[check].id);
		page_cell(&table, tier_name(check_infos[check].tier));
		page_cell(&table, session->findings[check].count ? "found" :
				  blind				 ? "blind" :
								   "none found");
		page_cell(&table, blind ? blind_text(session, blind, text,
						     sizeof(text)) :
					  NULL);
	}
	page_table_close(&table);
}

static void write_coverage(FILE *to, const struct shown *shown)
{
	const struct out out = { .to = to, .html = true };

	fputs("<section id=\"coverage\">\n<h2>Coverage, losses and circumstances</h2>\n",
	      to);
	write_checks(to, shown->session);
	fputs("<article>\n", to);
	print_watch(&out, shown->session, shown->verdict);
	fputs("</article>\n</section>\n", to);
}

/* Nothing that the text says is missing here. */
static int write_text(FILE *to, const struct shown *shown)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	int err;

	if (!stream)
		return -ENOMEM;
	err = report_text(stream, shown->session, shown->verdict);
	if (fclose(stream) && !err)
		err = -ENOMEM;
	fputs("<section id=\"text\">\n<h2>The same as text</h2>\n"
	      "<details class=\"more\"><summary>The whole text report</summary>\n<pre>",
	      to);
	page_text(to, text);
	fputs("</pre></details>\n</section>\n", to);
	free(text);
	return err;
}

static int write_body(FILE *to, const void *context)
{
	const struct shown *shown = context;

	write_why(to, shown);
	write_findings(to, shown->session);
	write_pools(to, shown->session);
	write_holders(to, shown->session);
	write_coverage(to, shown);
	page_element(
		to, "p class=\"quiet\"",
		"A recording has no samples over time; monitor --store keeps them, and report shows them.");
	return write_text(to, shown);
}

int report_html(FILE *to, const struct session *session,
		const struct verdict *verdict)
{
	const struct shown shown = { session, verdict };
	char title[64];
	const struct page page = {
		.title = title,
		.context = &shown,
		.head = write_head,
		.body = write_body,
	};

	snprintf(title, sizeof(title), "netmem-check: %s",
		 verdict_name(verdict));
	return page_write(to, &page);
}
