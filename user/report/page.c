// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "page/assets.h"
#include "user/facts/checks.h"
#include "user/report.h"
#include "user/report/page.h"
#include "user/report/text.h"
#include "user/util/build.h"
#include "user/util/utf8.h"
#include "user/util/util.h"
#include "user/util/when.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

/* ---- text ---- */

static void put_character(FILE *to, const char *text, size_t length)
{
	switch (*text) {
	case '<':
		fputs("&lt;", to);
		break;
	case '>':
		fputs("&gt;", to);
		break;
	case '&':
		fputs("&amp;", to);
		break;
	case '"':
		fputs("&quot;", to);
		break;
	case '\'':
		fputs("&#39;", to);
		break;
	default:
		fwrite(text, 1, length, to);
	}
}

void page_text(FILE *to, const char *text)
{
	size_t left = text ? strlen(text) : 0, length;

	for (; left; text += length, left -= length) {
		length = utf8_length(text, left);
		if (*text != '\n' &&
		    (!length || utf8_is_control(text, length))) {
			putc('?', to);
			length = length ? length : 1;
			continue;
		}
		put_character(to, text, length);
	}
}

void page_format(FILE *to, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	page_text(to, text ? text : "?");
	free(text);
}

void page_element(FILE *to, const char *name, const char *text)
{
	fprintf(to, "<%s>", name);
	page_text(to, text);
	fprintf(to, "</%.*s>\n", (int)strcspn(name, " "), name);
}

/* ---- tables ---- */

static const char *column_class(const struct page_table *table, size_t column)
{
	switch (table->names[column][0]) {
	case '>':
		return " class=\"right\"";
	case '_':
		return " class=\"long\"";
	default:
		return "";
	}
}

void page_table_open(struct page_table *table, FILE *to, const char *caption,
		     const char *const *names, size_t count)
{
	const char *name;
	size_t i;

	*table =
		(struct page_table){ .to = to, .names = names, .count = count };
	/* A script takes the stop of the tab key from those that need no scrolling. */
	fputs("<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"",
	      to);
	page_text(to, caption);
	fputs("\">\n<table>\n", to);
	page_element(to, "caption", caption);
	fputs("<thead><tr>", to);
	for (i = 0; i < count; i++) {
		name = names[i];
		fprintf(to, "<th scope=\"col\"%s>", column_class(table, i));
		page_text(to, name + (*name == '>' || *name == '_'));
		fputs("</th>", to);
	}
	fputs("</tr></thead>\n<tbody>\n", to);
}

static void open_cell(struct page_table *table)
{
	fprintf(table->to, "<td%s>", column_class(table, table->column++));
}

static void end_row(struct page_table *table)
{
	if (table->in_row && table->rows <= PAGE_ROWS)
		fputs("</tr>\n", table->to);
	table->in_row = false;
}

void page_row(struct page_table *table)
{
	end_row(table);
	table->in_row = true;
	table->column = 0;
	if (++table->rows <= PAGE_ROWS)
		fputs("<tr>", table->to);
}

void page_cell(struct page_table *table, const char *text)
{
	if (table->rows > PAGE_ROWS)
		return;
	open_cell(table);
	page_text(table->to, text);
	fputs("</td>", table->to);
}

void page_cell_number(struct page_table *table, int64_t number)
{
	char digits[32], text[40];

	format_number(number < 0 ? -(uint64_t)number : (uint64_t)number, digits,
		      sizeof(digits));
	snprintf(text, sizeof(text), "%s%s", number < 0 ? "-" : "", digits);
	page_cell(table, text);
}

void page_cell_known(struct page_table *table, int64_t number)
{
	if (number < 0)
		page_cell(table, "?");
	else
		page_cell_number(table, number);
}

void page_cell_age(struct page_table *table, int64_t ms)
{
	char text[32];

	page_cell(table, ms < 0 ? NULL : format_time(ms, text, sizeof(text)));
}

void page_cell_when(struct page_table *table, int64_t seconds)
{
	char text[32];

	page_cell(table, when_text(seconds, text, sizeof(text)));
}

void page_cell_share(struct page_table *table, uint64_t part, uint64_t whole)
{
	char text[32] = "";

	if (whole)
		snprintf(text, sizeof(text), "%.1f %%",
			 percent_down(part > whole ? 1 : (double)part / whole));
	page_cell(table, text);
}

void page_cell_link(struct page_table *table, const char *place, int64_t id,
		    const char *text)
{
	if (table->rows > PAGE_ROWS)
		return;
	open_cell(table);
	fprintf(table->to, "<a href=\"#%s%lld\">", place, (long long)id);
	page_text(table->to, text);
	fputs("</a></td>", table->to);
}

void page_table_close(struct page_table *table)
{
	end_row(table);
	fputs("</tbody>\n</table>\n</div>\n", table->to);
	if (table->rows > PAGE_ROWS)
		page_more(table->to, table->rows - PAGE_ROWS, "row");
}

void page_more(FILE *to, size_t count, const char *what)
{
	char text[64];

	fputs("<p class=\"quiet\">", to);
	page_format(to, "And %s %s%s more, all in JSON.",
		    format_number(count, text, sizeof(text)), what,
		    count == 1 ? "" : "s");
	fputs("</p>\n", to);
}

/* ---- what all pages have ---- */

const char *page_class(const char *verdict)
{
	if (!strcmp(verdict, "PASS"))
		return "pass";
	if (!strcmp(verdict, "FAIL"))
		return "fail";
	return strcmp(verdict, "WARN") ? "inconclusive" : "warn";
}

void page_verdict(FILE *to, const char *verdict, const char *title)
{
	fprintf(to, "<p class=\"verdict %s\">", page_class(verdict));
	page_text(to, verdict);
	fputs("</p>\n", to);
	page_element(to, "h1", title);
}

void page_finding_open(FILE *to, const char *check, const char *headline,
		       const char *severity)
{
	fputs("<article>\n<h3><a href=\"#check-", to);
	page_text(to, check);
	fputs("\">", to);
	page_text(to, check);
	fputs("</a>: ", to);
	page_text(to, headline);
	fprintf(to, "<span class=\"badge %s\">", page_class(severity));
	page_text(to, severity);
	fputs("</span></h3>\n", to);
}

static void write_checks(FILE *to)
{
	const struct check_info *info;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		info = &check_infos[check];
		fputs("<details class=\"more\" id=\"check-", to);
		page_text(to, info->id);
		fputs("\"><summary>", to);
		page_text(to, info->id);
		page_element(to, "span class=\"quiet\"", info->headline);
		fputs("</summary>\n", to);
		fputs("<p class=\"fact\"><b>severity</b> <span>", to);
		page_format(to, "%s, %s tier", severity_name(info->severity),
			    tier_name(info->tier));
		fputs("</span></p>\n<p class=\"fact\"><b>causes</b> <span>",
		      to);
		page_text(to, info->causes);
		fputs("</span></p>\n<p class=\"fact\"><b>next</b> <span>", to);
		page_text(to, info->next);
		fputs("</span></p>\n</details>\n", to);
	}
}

/* A JSON value inside of a script element, which "</script" would end. */
static int write_json(FILE *to, json_t *value)
{
	char *text = NULL, *at;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	int err;

	if (!stream)
		return -ENOMEM;
	err = build_write_line(stream, json_incref(value));
	if (fclose(stream) && !err)
		err = -ENOMEM;
	for (at = text; !err && *at; at++)
		if (*at == '<')
			fputs("\\u003c", to);
		else
			putc(*at, to);
	free(text);
	return err;
}

static int write_plots(FILE *to, const struct page *page)
{
	int err;

	if (!page->plots)
		return 0;
	fputs("<details class=\"more\"><summary>Plots: dygraphs, and its licence</summary>\n<pre>",
	      to);
	page_text(to, page_licence);
	fputs("</pre></details>\n<script type=\"application/json\" id=\"data\">",
	      to);
	err = write_json(to, page->plots);
	fputs("</script>\n<script>", to);
	fputs(page_script, to);
	fputs("</script>\n", to);
	return err;
}

/* ---- the skeleton ---- */

static int fill(FILE *to, const struct page *page, const char *name)
{
	if (!strcmp(name, "title"))
		page_text(to, page->title);
	else if (!strcmp(name, "version"))
		page_text(to, NETMEM_VERSION);
	else if (!strcmp(name, "hash"))
		fputs(page_hash, to);
	else if (!strcmp(name, "style"))
		fputs(page_style, to);
	else if (!strcmp(name, "head"))
		page->head(to, page->context);
	else if (!strcmp(name, "checks"))
		write_checks(to);
	else if (!strcmp(name, "body"))
		return page->body(to, page->context);
	else if (!strcmp(name, "plots"))
		return write_plots(to, page);
	return 0;
}

int page_write(FILE *to, const struct page *page)
{
	const char *at = page_skeleton, *begin;
	char name[32];
	int err = 0;

	for (; !err && (begin = strstr(at, "{{")); at = begin + 2) {
		fwrite(at, 1, begin - at, to);
		at = begin + 2;
		begin = strstr(at, "}}");
		snprintf(name, sizeof(name), "%.*s", (int)(begin - at), at);
		err = fill(to, page, name);
	}
	json_decref(page->plots);
	if (err)
		return err;
	fputs(at, to);
	return fflush(to) ? -errno : 0;
}
