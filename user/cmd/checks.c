// SPDX-License-Identifier: GPL-2.0
/* netmem-check checks: the list of checks, or one of them explained. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libsmartcols.h>

#include "user/cmd/commands.h"
#include "user/util/util.h"
#include "user/judge/verdict.h"

struct checks_options {
	const char *id;
	bool json, markdown;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON: one object a check", 0 },
	{ "markdown", 'm', NULL, 0, "Print docs/checks.md", 0 },
	{}
};

static const char doc[] =
	"List the checks, or explain the one named ID: what it means, what usually stands behind it, and what to do next.\v"
	"Ids are stable: they are the keys of JSON reports and of recordings.\n\n"
	"Exit status: 0, or 2 for an ID that does not exist.";

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct checks_options *to = state->input;

	switch (key) {
	case 'j':
		to->json = true;
		return 0;
	case 'm':
		to->markdown = true;
		return 0;
	case ARGP_KEY_ARG:
		if (to->id)
			argp_error(state, "one ID at a time");
		to->id = arg;
		return 0;
	case ARGP_KEY_END:
		if (to->markdown && (to->json || to->id))
			argp_error(state, "--markdown stands alone");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- the list ---- */

#define MEANING_WIDTH_MIN 30

/* Columns left for the meanings; 0: as many as they need. */
static int meaning_width(void)
{
	/* id, severity, tier and three blanks */
	const int before = 18 + 12 + 10 + 3;
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

static int add_check(struct libscols_table *table,
		     const struct check_info *info, int width)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char meaning[256];

	snprintf(meaning, sizeof(meaning), "%s", info->headline);
	break_lines(meaning, width);
	if (!line || scols_line_set_data(line, 0, info->id) ||
	    scols_line_set_data(line, 1, severity_name(info->severity)) ||
	    scols_line_set_data(line, 2, tier_name(info->tier)) ||
	    scols_line_set_data(line, 3, meaning))
		return -ENOMEM;
	return 0;
}

static int print_list(void)
{
	static const char *const names[] = { "CHECK", "SEVERITY", "TIER",
					     "MEANING" };
	struct libscols_table *table = scols_new_table();
	struct libscols_column *column = NULL;
	int width = meaning_width(), check;
	int err = table ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; !err && i < ARRAY_LEN(names); i++) {
		column = scols_table_new_column(
			table, names[i], 0,
			i == ARRAY_LEN(names) - 1 ? SCOLS_FL_WRAP : 0);
		if (!column)
			err = -ENOMEM;
	}
	/* Else line breaks are printed as \x0a. */
	if (!err)
		err = scols_column_set_safechars(column, "\n");
	if (!err)
		err = scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
						scols_wrapnl_nextchunk, NULL);
	for (check = CHECK_NONE + 1; !err && check < CHECK_COUNT; check++)
		err = add_check(table, &check_infos[check], width);
	if (!err)
		err = scols_print_table(table);
	scols_unref_table(table);
	return err;
}

static json_t *check_json(const struct check_info *info)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "check", info->id,
			 "severity", severity_name(info->severity), "tier",
			 tier_name(info->tier), "headline", info->headline,
			 "causes", info->causes, "next", info->next);
}

static int print_json(enum model_check only)
{
	json_t *value = NULL;
	int check, err;

	if (only != CHECK_NONE)
		value = check_json(&check_infos[only]);
	else
		value = json_array();
	for (check = CHECK_NONE + 1; only == CHECK_NONE && check < CHECK_COUNT;
	     check++)
		json_array_append_new(value, check_json(&check_infos[check]));
	errno = 0;
	err = value && !json_dumpf(value, stdout, JSON_INDENT(2)) ?
		      0 :
		      -(errno ? errno : EIO);
	putchar('\n');
	json_decref(value);
	return err;
}

/* ---- one check ---- */

#define TEXT_WIDTH 80
#define TEXT_INDENT 10

static void print_fact(const char *label, const char *text)
{
	int at = TEXT_INDENT;
	size_t length;

	printf("%-*s", TEXT_INDENT - 1, label);
	while (*(text += strspn(text, " "))) {
		length = strcspn(text, " ");
		if (at > TEXT_INDENT && at + (int)length + 1 > TEXT_WIDTH) {
			printf("\n%*s", TEXT_INDENT - 1, "");
			at = TEXT_INDENT;
		}
		at += printf(" %.*s", (int)length, text);
		text += length;
	}
	putchar('\n');
}

static void explain(const struct check_info *info)
{
	printf("%s: %s\n\n", info->id, info->headline);
	print_fact("severity", severity_name(info->severity));
	print_fact("tier", tier_name(info->tier));
	print_fact("causes", info->causes);
	print_fact("next", info->next);
}

/* Nearest id by common letters at the start: enough for a hint. */
static const char *similar_id(const char *id)
{
	const char *best = NULL;
	size_t length, longest = 2;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		const char *other = check_infos[check].id;

		if (strstr(other, id))
			return other;
		for (length = 0;
		     id[length] && other[length] &&
		     (tolower((unsigned char)id[length]) == other[length] ||
		      (id[length] == '-' && other[length] == '_'));
		     length++)
			;
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
	[TIER_AUDIT] = "a look into a pool's cache and ring while it rests",
	[TIER_XDP] = "xdp_netmem_stats.bpf.o on the device",
};

static const char markdown_head[] =
	"# The checks\n"
	"\n"
	"<!-- Written by `netmem-check checks --markdown`; `make lint` compares. Edit model/checks.h. -->\n"
	"\n"
	"Every check has one line in `model/checks.h`. Its id is stable: it is the key in JSON reports, in\n"
	"recordings and in KTAP. `netmem-check checks ID` prints the text below on a terminal.\n"
	"\n"
	"**Severity** is what a confirmed finding does to the verdict: FAIL ends in FAIL (exit 1),\n"
	"INCONCLUSIVE in INCONCLUSIVE (exit 3), WARN stands beside the verdict and changes nothing.\n"
	"\n"
	"**Tier** is what must run to see it. A check whose tier does not run on a kernel is *blind*: the report\n"
	"names it and says why, and nothing that it would have seen is called fine.\n"
	"\n";

static const char markdown_confidence[] =
	"\n"
	"**Confidence.** A finding is *direct* when the kernel said so itself or the bytes are in the page. A\n"
	"finding from events is only *suspected* until the windows of all pools that it names close without a\n"
	"gap; then it is reported with the confidence *complete window*. A suspicion inside a gap is dropped and\n"
	"counted. *Counters* means that a pool's own counters say it, with the pool at rest. What the function\n"
	"tier finds is *direct* when the kernel's memory bore it out at that moment; what memory cannot tell\n"
	"counts only when it is *proven by another* finding of the same page or pool (docs/function-tier.md).\n"
	"*Holder walks* means that two walks through every place of the network stack met the page in none.\n";

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
}

static int complain_unknown(const char *id)
{
	const char *similar = similar_id(id);

	if (similar)
		complain("no check '%s'; did you mean '%s'?", id, similar);
	else
		complain("no check '%s'; see netmem-check checks", id);
	return EXIT_USAGE;
}

int cmd_checks(int argc, char **argv)
{
	static const struct argp argp = { .options = options,
					  .parser = parse_option,
					  .args_doc = "[ID]",
					  .doc = doc };
	struct checks_options chosen = {};
	enum model_check check = CHECK_NONE;
	int err = 0;

	if (argp_parse(&argp, argc, argv, 0, NULL, &chosen))
		return EXIT_USAGE;
	if (chosen.id) {
		check = check_by_id(chosen.id);
		if (check == CHECK_NONE)
			return complain_unknown(chosen.id);
	}
	if (chosen.markdown)
		print_markdown();
	else if (chosen.json)
		err = print_json(check);
	else if (check != CHECK_NONE)
		explain(&check_infos[check]);
	else
		err = print_list();
	if (!err && !fflush(stdout))
		return EXIT_PASS;
	complain("cannot write: %s", strerror(err ? -err : errno));
	return EXIT_RUNTIME;
}
