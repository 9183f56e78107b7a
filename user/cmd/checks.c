// SPDX-License-Identifier: GPL-2.0
/* netmem-check checks: checks and reason codes, as a list or one explained. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <libsmartcols.h>

#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/facts/checks.h"
#include "user/facts/reasons.h"
#include "user/judge/verdict.h"
#include "user/util/build.h"
#include "user/util/util.h"

struct checks_options {
	const char *json_path;
	bool markdown;
};

static const struct option_row rows[] = {
	OPTION_ROW_JSON(struct checks_options),
	{ "markdown", 'm', OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Print docs/checks.md", offsetof(struct checks_options, markdown),
	  NULL },
};

/* ---- the list ---- */

#define MEANING_WIDTH_MIN 30

/* Columns left beside @before; 0: as many as they need. */
static int meaning_width(int before)
{
	int width = text_columns(stdout);

	if (!width)
		return 0;
	width -= before;
	return width < MEANING_WIDTH_MIN ? MEANING_WIDTH_MIN : width;
}

/* Breaks lines between words: libsmartcols by itself breaks inside them. */
static void break_lines(char *text, int width)
{
	char *line = text, *blank = NULL, *at;

	for (at = text; width && *at; at++) {
		if (*at == ' ')
			blank = at;
		if (at - line >= width && blank) {
			*blank = '\n';
			line = blank + 1;
			blank = NULL;
		}
	}
}

/* An empty table; its last column, for meanings, may have more than one line. */
static struct libscols_table *new_table(const char *const *names, size_t count)
{
	struct libscols_table *table = scols_new_table();
	struct libscols_column *column = NULL;
	size_t i;

	for (i = 0; table && i < count; i++) {
		column = scols_table_new_column(
			table, names[i], 0, i == count - 1 ? SCOLS_FL_WRAP : 0);
		if (!column)
			break;
	}
	/* Else line breaks are printed as \x0a. */
	if (column && !scols_column_set_safechars(column, "\n") &&
	    !scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
				       scols_wrapnl_nextchunk, NULL))
		return table;
	scols_unref_table(table);
	return NULL;
}

/* A row; the last cell is a meaning of at most @width columns a line. */
static int add_cells(struct libscols_table *table, const char *const *cells,
		     size_t count, int width)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char meaning[256];
	size_t i;

	snprintf(meaning, sizeof(meaning), "%s", cells[count - 1]);
	break_lines(meaning, width);
	for (i = 0; line && i < count; i++)
		if (scols_line_set_data(line, i,
					i == count - 1 ? meaning : cells[i]))
			return -ENOMEM;
	return line ? 0 : -ENOMEM;
}

static int print_checks(void)
{
	static const char *const names[] = { "CHECK", "SEVERITY", "TIER",
					     "MEANING" };
	struct libscols_table *table = new_table(names, ARRAY_LEN(names));
	/* id, severity, tier and three blanks */
	int width = meaning_width(18 + 12 + 10 + 3), check;
	int err = table ? 0 : -ENOMEM;

	for (check = CHECK_NONE + 1; !err && check < CHECK_COUNT; check++) {
		const struct check_info *info = &check_infos[check];
		const char *const cells[] = { info->id,
					      severity_name(info->severity),
					      tier_name(info->tier),
					      info->headline };

		err = add_cells(table, cells, ARRAY_LEN(cells), width);
	}
	if (!err)
		err = scols_print_table(table);
	scols_unref_table(table);
	return err;
}

static int print_codes(void)
{
	static const char *const names[] = { "REASON OR WARNING", "MEANING" };
	struct libscols_table *table = new_table(names, ARRAY_LEN(names));
	/* code and a blank */
	int width = meaning_width(23 + 1), err = table ? 0 : -ENOMEM, code;

	for (code = 0; !err && code < REASON_COUNT; code++) {
		const char *const cells[] = { reason_infos[code].code,
					      reason_infos[code].meaning };

		err = add_cells(table, cells, ARRAY_LEN(cells), width);
	}
	if (!err)
		err = scols_print_table(table);
	scols_unref_table(table);
	return err;
}

static int print_list(void)
{
	int err = print_checks();

	if (err)
		return err;
	putchar('\n');
	return print_codes();
}

/* ---- JSON ---- */

static json_t *check_json(const struct check_info *info)
{
	json_t *object = build_object();

	set_string(object, "check", info->id);
	set_string(object, "severity", severity_name(info->severity));
	set_string(object, "tier", tier_name(info->tier));
	set_string(object, "headline", info->headline);
	set_string(object, "causes", info->causes);
	set_string(object, "next", info->next);
	return object;
}

static json_t *all_checks_json(void)
{
	json_t *list = build_array();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		add_item(list, check_json(&check_infos[check]));
	return list;
}

static json_t *code_json(const struct reason_info *info)
{
	json_t *object = build_object();

	set_string(object, "code", info->code);
	set_string(object, "meaning", info->meaning);
	set_string(object, "action", info->action);
	return object;
}

/* One check, or one reason; else all checks. */
static json_t *asked_json(enum model_check check, enum reason_code reason)
{
	if (check != CHECK_NONE)
		return check_json(&check_infos[check]);
	if (reason != REASON_COUNT)
		return code_json(&reason_infos[reason]);
	return all_checks_json();
}

/* ---- one of them ---- */

#define TEXT_WIDTH 79
#define TEXT_INDENT 10

static void print_fact(const char *label, const char *text)
{
	printf("%-*s", TEXT_INDENT, label);
	print_words(stdout, TEXT_WIDTH, TEXT_INDENT, TEXT_INDENT, text);
}

static void explain_check(const struct check_info *info)
{
	printf("%s: %s\n\n", info->id, info->headline);
	print_fact("severity", severity_name(info->severity));
	print_fact("tier", tier_name(info->tier));
	print_fact("causes", info->causes);
	print_fact("next", info->next);
}

static void explain_reason(const struct reason_info *info)
{
	printf("%s: a reason or warning\n\n", info->code);
	print_fact("meaning", info->meaning);
	print_fact("next", info->action);
}

/* Id @i of all checks, and then of all reasons; NULL ends them. */
static const char *id_at(int i)
{
	if (i < CHECK_COUNT - 1)
		return check_infos[CHECK_NONE + 1 + i].id;
	i -= CHECK_COUNT - 1;
	return i < REASON_COUNT ? reason_infos[i].code : NULL;
}

/* How many letters at the start are the same; a hyphen is an underscore. */
static size_t common_start(const char *id, const char *other)
{
	size_t length;

	for (length = 0; id[length] && other[length]; length++)
		if (tolower((unsigned char)id[length]) != other[length] &&
		    !(id[length] == '-' && other[length] == '_'))
			break;
	return length;
}

/* Nearest id by common letters at the start: enough for a hint. */
static const char *similar_id(const char *id)
{
	const char *best = NULL, *other;
	size_t length, longest = 2;
	int i;

	for (i = 0; (other = id_at(i)); i++) {
		if (strstr(other, id))
			return other;
		length = common_start(id, other);
		if (length > longest) {
			longest = length;
			best = other;
		}
	}
	return best;
}

/* ---- docs/checks.md ---- */

static const char *const tier_needs[] = {
	[TIER_TRACEPOINT] = "the page_pool tracepoints",
	[TIER_FUNCTION] = "function tracing of the page_pool functions",
	[TIER_AUDIT] = "reading a pool's cache and ring while it is at rest",
	[TIER_XDP] = "xdp_netmem_stats.bpf.o on the device",
};

static const char markdown_head[] =
	"# The checks\n"
	"\n"
	"<!-- Written by `netmem-check checks --markdown`; `make lint` compares. Edit model/checks.h and user/facts/reasons.h. -->\n"
	"\n"
	"Every check has one line in `model/checks.h`. Its id is stable: it is the key in JSON reports, in\n"
	"recordings and in KTAP. `netmem-check checks ID` prints the text below on a terminal.\n"
	"\n"
	"**Severity** is what a confirmed finding does to the verdict: FAIL ends in FAIL (exit 1),\n"
	"INCONCLUSIVE in INCONCLUSIVE (exit 3), WARN stands beside the verdict and changes nothing.\n"
	"\n"
	"**Tier** is what must run to see it. A check whose tier does not run on a kernel is *blind*: the report\n"
	"lists it with the reason, and says nothing about what it would have found.\n"
	"\n";

static const char markdown_confidence[] =
	"\n"
	"**Confidence.** A finding is *direct* when the kernel reported it or its memory shows it. A\n"
	"finding from events is only *suspected* until the windows of all pools involved close without a\n"
	"gap; then it is reported with the confidence *complete window*. A suspicion inside a gap is dropped and\n"
	"counted. *Counters* means that it follows from a pool's own counters, read at rest. What the function\n"
	"tier finds is *direct* when the kernel's memory confirmed it at that moment; what memory cannot confirm\n"
	"counts only when it is *proven by another* finding of the same page or pool (docs/function-tier.md).\n"
	"*Holder walks* means that two walks of all places of the network stack did not find the page.\n";

static const char markdown_reasons[] =
	"\n"
	"# Reasons and warnings\n"
	"\n"
	"Each reason why a verdict is not PASS, and each warning beside it, has a stable code. The codes are in\n"
	"JSON reports: `reason_codes` and `warning_codes` stand in the order of `reasons` and `warnings`. The same\n"
	"code may be a reason in one report and a warning in another. `netmem-check checks CODE` prints its line.\n"
	"\n"
	"| code | meaning | what to do |\n"
	"|---|---|---|\n";

static void print_markdown_reasons(void)
{
	const struct reason_info *info;

	fputs(markdown_reasons, stdout);
	for (info = reason_infos; info < reason_infos + REASON_COUNT; info++)
		printf("| %s | %s | %s |\n", info->code, info->meaning,
		       info->action);
}

static void print_markdown(void)
{
	const struct check_info *info;
	size_t tier;
	int check;

	fputs(markdown_head, stdout);
	puts("| tier | needs |\n|---|---|");
	for (tier = 0; tier < ARRAY_LEN(tier_needs); tier++)
		printf("| %s | %s |\n", tier_name(tier), tier_needs[tier]);
	fputs(markdown_confidence, stdout);
	puts("\n| check | severity | tier | meaning |\n|---|---|---|---|");
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		info = &check_infos[check];
		printf("| [%s](#%s) | %s | %s | %s |\n", info->id, info->id,
		       severity_name(info->severity), tier_name(info->tier),
		       info->headline);
	}
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		info = &check_infos[check];
		printf("\n## %s\n\n%c%s. Severity %s, tier %s.\n\n"
		       "**Causes.** %s\n\n**Next.** %s\n",
		       info->id, toupper((unsigned char)info->headline[0]),
		       info->headline + 1, severity_name(info->severity),
		       tier_name(info->tier), info->causes, info->next);
	}
	print_markdown_reasons();
}

static int pr_error_unknown(const char *id)
{
	const char *similar = similar_id(id);

	if (similar)
		pr_error("no check '%s'; did you mean '%s'?", id, similar);
	else
		pr_error("no check '%s'; see netmem-check checks", id);
	return EXIT_USAGE;
}

static int print_text(enum model_check check, enum reason_code reason)
{
	int err = 0;

	if (check != CHECK_NONE)
		explain_check(&check_infos[check]);
	else if (reason != REASON_COUNT)
		explain_reason(&reason_infos[reason]);
	else
		err = print_list();
	return err || !fflush(stdout) ? err : -errno;
}

static int print(const char *json_path, enum model_check check,
		 enum reason_code reason)
{
	if (json_path)
		return output_json(json_path, asked_json(check, reason));
	return output_text(print_text(check, reason));
}

static int run(void *options, const struct words *words)
{
	const char *id = words->count ? words->items[0] : NULL;
	const struct checks_options *asked = options;
	enum reason_code reason = REASON_COUNT;
	enum model_check check = CHECK_NONE;

	if (words->count > 1)
		return usage_error("one ID at a time");
	if (asked->markdown && (asked->json_path || id))
		return usage_error(
			"--markdown cannot be combined with other arguments");
	if (id) {
		check = check_by_id(id);
		reason = reason_by_code(id);
		if (check == CHECK_NONE && reason == REASON_COUNT)
			return pr_error_unknown(id);
	}
	if (asked->markdown) {
		print_markdown();
		return output_exit_code(EXIT_PASS, output_text(0));
	}
	return output_exit_code(EXIT_PASS,
				print(asked->json_path, check, reason));
}

const struct command checks_command = {
	.name = "checks",
	.about = "list the checks, or explain one",
	.arguments = "[ID]",
	.text = "List the checks and the codes of reasons and warnings, or explain the one named ID: what it means, the usual causes, and what to do next.",
	.more = "Ids and codes are stable: ids are the keys of JSON reports and of recordings, codes are in JSON reports beside each reason and warning. --json prints one object per check, or the one named ID.",
	.exits = "Exit status: 0, or 2 for an ID that does not exist.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct checks_options),
	.run = run,
};
