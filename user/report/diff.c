// SPDX-License-Identifier: GPL-2.0
/* Two reports compared: what is worse and what is better, and the numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/tables.h"
#include "user/report/text.h"
#include "user/util/build.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

/* Pools that the text lists; the JSON has all of them. */
#define PAIRS_LISTED 16

static const char not_known[] = "not known";

static const char *group_name(const struct pool_group *group, char *text,
			      size_t size)
{
	const char *device = *group->device ? group->device : "unknown device";

	if (group->queue < 0)
		utf8_print(text, size, "%s", device);
	else
		utf8_print(text, size, "%s/%d", device, (int)group->queue);
	return text;
}

/* ---- values ---- */

/* Rounded; a report may say anything, and more than this nobody has. */
static uint64_t whole(double value)
{
	return value < 1e18 ? (uint64_t)(value + 0.5) : 1000000000000000000ULL;
}

/* "1,234", "-3"; with a sign also above 0 where it is a change. */
static const char *whole_text(double value, bool change, char *text,
			      size_t size)
{
	uint64_t rounded = whole(value < 0 ? -value : value);
	const char *plus = change ? "+" : "";
	char digits[40];

	snprintf(text, size, "%s%s",
		 !rounded  ? "" :
		 value < 0 ? "-" :
			     plus,
		 format_number(rounded, digits, sizeof(digits)));
	return text;
}

static const char *value_text(enum measure measure, struct measured measured,
			      char *text, size_t size)
{
	if (!measured.known)
		snprintf(text, size, "%s", not_known);
	else if (measure == MEASURE_RECYCLED)
		snprintf(text, size, "%.1f %%", measured.value * 100);
	else if (measure < MEASURE_RECYCLED && measured.value < 100)
		snprintf(text, size, "%.1f", measured.value);
	else
		whole_text(measured.value, false, text, size);
	return text;
}

/* Of a rate in percent, of a share in points, of pages in pages. */
static const char *change_text(enum measure measure, struct measured a,
			       struct measured b, char *text, size_t size)
{
	double gained = b.value - a.value;

	text[0] = 0;
	if (!a.known || !b.known)
		return text;
	if (measure == MEASURE_RECYCLED)
		snprintf(text, size, "%+.1f points", gained * 100);
	else if (measure > MEASURE_RECYCLED)
		whole_text(gained, true, text, size);
	else if (a.value > 0)
		snprintf(text, size, "%+.1f %%", gained / a.value * 100);
	return text;
}

/* ---- sentences ---- */

static const struct summary *side_of(const struct diff *diff,
				     const struct difference *difference)
{
	return difference->side == 'A' ? diff->a : diff->b;
}

/* "3 times (FAIL)" */
static const char *found_text(const struct found *found, char *text,
			      size_t size)
{
	char number[40];

	utf8_print(text, size, "found %s time%s (%s)",
		   whole_text(found->count, false, number, sizeof(number)),
		   found->count == 1 ? "" : "s", found->severity);
	return text;
}

static void write_found(const struct difference *difference, char *text,
			size_t size)
{
	char a[64] = "not found", b[64] = "not found";

	if (difference->a)
		found_text(difference->a, a, sizeof(a));
	if (difference->b)
		found_text(difference->b, b, sizeof(b));
	utf8_print(text, size, "%s: %s in B, %s in A", difference->check, b, a);
}

static void write_pool(const struct difference *difference,
		       enum measure measure, const char *what, char *text,
		       size_t size)
{
	char name[80], a[40], b[40];

	utf8_print(text, size, "%s: %s %s, %s in A",
		   group_name(difference->pool, name, sizeof(name)), what,
		   value_text(measure, difference->in_b, b, sizeof(b)),
		   value_text(measure, difference->in_a, a, sizeof(a)));
}

/* The first of its reasons stands for all. */
static void write_inconclusive(const struct diff *diff,
			       const struct difference *difference, char *text,
			       size_t size)
{
	const json_t *reasons = side_of(diff, difference)->reasons;
	size_t count = json_array_size(reasons);
	char more[40] = "";

	if (count > 1)
		snprintf(more, sizeof(more), ", and %zu more", count - 1);
	utf8_print(text, size, "%c is INCONCLUSIVE: %s%s", difference->side,
		   count ? json_string_value(json_array_get(reasons, 0)) :
			   "it says no reason",
		   more);
}

static const char *difference_text(const struct diff *diff,
				   const struct difference *difference,
				   char *text, size_t size)
{
	switch (difference->code) {
	case DIFFERENCE_FINDING_NEW:
	case DIFFERENCE_FINDING_GONE:
	case DIFFERENCE_SEVERITY:
		write_found(difference, text, size);
		break;
	case DIFFERENCE_RECYCLED:
		write_pool(difference, MEASURE_RECYCLED, "recycled", text,
			   size);
		break;
	case DIFFERENCE_OUT:
		write_pool(difference, MEASURE_OUT, "pages out", text, size);
		break;
	case DIFFERENCE_OUT_GREW:
		snprintf(text, size,
			 "pages out grew during the watch in %s, and not in %s",
			 difference->effect == EFFECT_WORSE ? "B" : "A",
			 difference->effect == EFFECT_WORSE ? "A" : "B");
		break;
	case DIFFERENCE_INCONCLUSIVE:
		write_inconclusive(diff, difference, text, size);
		break;
	case DIFFERENCE_SNAPSHOT:
		snprintf(text, size, "%c is a snapshot, and %c is a watch",
			 difference->side, difference->side == 'A' ? 'B' : 'A');
		break;
	case DIFFERENCE_CHECK_NOT_RUN:
		utf8_print(text, size, "%s did not run in %c, so %s",
			   difference->check, difference->side,
			   difference->side == 'A' ?
				   "what B found may be old" :
				   "B may have what it looks for");
		break;
	default:
		snprintf(text, size, "no pool of A (device and queue) is in B");
	}
	return text;
}

/* ---- for people ---- */

static void print_side(const struct out *out, const char *label,
		       const struct summary *summary)
{
	char time[40];

	print_fact(out, label, "%s: %s, %s tier, %s, kernel %s, version %s",
		   summary->path, summary->verdict,
		   summary->tier ? summary->tier : "unknown",
		   format_time(whole(summary->duration_s * 1000), time,
			       sizeof(time)),
		   summary->kernel ? summary->kernel : not_known,
		   summary->version ? summary->version : not_known);
}

static void print_differences(const struct out *out, const struct diff *diff,
			      enum effect effect, const char *label)
{
	char text[512];
	size_t i;

	for (i = 0; i < diff->count; i++) {
		if (diff->items[i].effect != effect)
			continue;
		print_fact(out, label, "%s",
			   difference_text(diff, &diff->items[i], text,
					   sizeof(text)));
		label = "";
	}
}

/* Names of the pools that only one report has, on one line that is wrapped. */
static int print_only(const struct out *out, const struct diff *diff,
		      const char *label, bool in_a)
{
	const struct pool_pair *pair;
	char name[80], *names = NULL;
	size_t i, size, count = 0;
	FILE *text = open_memstream(&names, &size);

	if (!text)
		return -ENOMEM;
	for (i = 0; i < diff->pair_count; i++) {
		pair = &diff->pairs[i];
		if (in_a ? pair->b != NULL : pair->a != NULL)
			continue;
		fprintf(text, "%s%s", count++ ? ", " : "",
			group_name(in_a ? pair->a : pair->b, name,
				   sizeof(name)));
	}
	if (fclose(text))
		return -ENOMEM;
	if (count)
		print_fact(out, label, "%s", names);
	free(names);
	return 0;
}

static void add_measure(struct table *table, const char *name,
			enum measure measure, struct measured a,
			struct measured b)
{
	static const char *const texts[MEASURE_COUNT] = {
		[MEASURE_EVENTS] = "events/s",
		[MEASURE_ALLOCATIONS] = "allocations/s",
		[MEASURE_RETURNS] = "returns/s",
		[MEASURE_RECYCLED] = "recycled",
		[MEASURE_OUT] = "pages out",
		[MEASURE_INFLIGHT] = "in flight",
	};
	char text[48];

	add_row(table);
	add_cell(table, 0, name);
	add_cell(table, 1, texts[measure]);
	add_cell(table, 2, value_text(measure, a, text, sizeof(text)));
	add_cell(table, 3, value_text(measure, b, text, sizeof(text)));
	add_cell(table, 4, change_text(measure, a, b, text, sizeof(text)));
}

static void add_pair(struct table *table, const struct pool_pair *pair)
{
	char name[80];
	bool named = false;
	int measure;

	group_name(pair->a, name, sizeof(name));
	for (measure = 0; measure < MEASURE_COUNT; measure++) {
		if (!pair->in_a[measure].known && !pair->in_b[measure].known)
			continue;
		add_measure(table, named ? "" : name, measure,
			    pair->in_a[measure], pair->in_b[measure]);
		named = true;
	}
}

/* Of pools that both have. */
static int print_numbers(FILE *to, const struct diff *diff)
{
	size_t i, listed = 0, common = 0;
	struct table table;
	int err = open_table(&table, to);

	if (err)
		return err;
	add_column(&table, "POOL", 0, 0);
	add_column(&table, "", 0, 0);
	add_column(&table, "A", SCOLS_FL_RIGHT, 0);
	add_column(&table, "B", SCOLS_FL_RIGHT, 0);
	add_column(&table, "CHANGE", SCOLS_FL_RIGHT, 0);
	for (i = 0; i < diff->pair_count; i++) {
		if (!diff->pairs[i].a || !diff->pairs[i].b)
			continue;
		if (common++ < PAIRS_LISTED && ++listed)
			add_pair(&table, &diff->pairs[i]);
	}
	if (listed)
		putc('\n', to);
	err = print_table(&table);
	if (listed < common)
		fprintf(to, "and %zu more pools: --json has them\n",
			common - listed);
	return err;
}

int report_diff(FILE *to, const struct diff *diff)
{
	static const char *const results[] = {
		[EXIT_PASS] = "B is no worse than A",
		[EXIT_FAIL] = "B is worse than A",
		[EXIT_INCONCLUSIVE] = "A and B cannot be compared",
	};
	struct out out;
	int err;

	open_out(&out, to);
	fprintf(to, "netmem-check: %s\n\n", results[diff->exit_code]);
	print_side(&out, "A", diff->a);
	print_side(&out, "B", diff->b);
	print_differences(&out, diff, EFFECT_UNKNOWN, "not compared");
	print_differences(&out, diff, EFFECT_WORSE, "worse");
	print_differences(&out, diff, EFFECT_BETTER, "better");
	err = print_only(&out, diff, "only in A", true);
	if (!err)
		err = print_only(&out, diff, "only in B", false);
	if (!err)
		err = print_numbers(to, diff);
	if (err)
		return err;
	return fflush(to) ? -errno : 0;
}

/* ---- for programs ---- */

static void set_measured(json_t *object, const char *name,
			 struct measured measured)
{
	set_member(object, name,
		   measured.known ? build_real(measured.value) : json_null());
}

static void set_both(json_t *object, struct measured a, struct measured b)
{
	set_measured(object, "a", a);
	set_measured(object, "b", b);
}

static json_t *build_found(const struct found *found)
{
	json_t *object;

	if (!found)
		return json_null();
	object = build_object();
	set_string(object, "severity", found->severity);
	set_member(object, "count", build_real(found->count));
	return object;
}

static json_t *build_side(const struct summary *summary)
{
	json_t *object = build_object();

	set_string(object, "file", summary->path);
	set_string(object, "verdict", summary->verdict);
	set_member(object, "reason_codes", json_incref(summary->reason_codes));
	set_member(object, "warning_codes",
		   json_incref(summary->warning_codes));
	set_optional(object, "kernel", summary->kernel);
	set_optional(object, "version", summary->version);
	set_optional(object, "tier", summary->tier);
	set_optional(object, "started", summary->started);
	set_member(object, "duration_s", build_real(summary->duration_s));
	return object;
}

static json_t *build_difference(const struct diff *diff,
				const struct difference *difference)
{
	char name[80] = "", text[512], side[] = { difference->side, 0 };
	json_t *object = build_object();

	if (difference->pool)
		group_name(difference->pool, name, sizeof(name));
	set_string(object, "code", difference_codes[difference->code]);
	set_string(object, "text",
		   difference_text(diff, difference, text, sizeof(text)));
	set_optional(object, "check", difference->check);
	set_optional(object, "pool", null_if_empty(name));
	set_optional(object, "side", null_if_empty(side));
	if (difference->check) {
		set_member(object, "a", build_found(difference->a));
		set_member(object, "b", build_found(difference->b));
	} else if (difference->pool) {
		set_both(object, difference->in_a, difference->in_b);
	}
	return object;
}

static json_t *build_differences(const struct diff *diff, enum effect effect)
{
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < diff->count; i++)
		if (diff->items[i].effect == effect)
			add_item(array,
				 build_difference(diff, &diff->items[i]));
	return array;
}

static json_t *build_pair(const struct pool_pair *pair)
{
	const struct pool_group *group = pair->a ? pair->a : pair->b;
	json_t *object = build_object(), *both;
	char name[80];
	int measure;

	set_string(object, "name", group_name(group, name, sizeof(name)));
	set_optional(object, "device", null_if_empty(group->device));
	set_known(object, "queue", group->queue >= 0, group->queue);
	set_member(object, "in_a", json_boolean(pair->a));
	set_member(object, "in_b", json_boolean(pair->b));
	for (measure = 0; measure < MEASURE_COUNT; measure++) {
		both = build_object();
		set_both(both, pair->in_a[measure], pair->in_b[measure]);
		set_member(object, measure_keys[measure], both);
	}
	return object;
}

json_t *report_diff_json(const struct diff *diff)
{
	json_t *object = build_object(), *pools = build_array();
	size_t i;

	for (i = 0; i < diff->pair_count; i++)
		add_item(pools, build_pair(&diff->pairs[i]));
	set_string(object, "schema", FACTS_SCHEMA);
	set_string(object, "result", diff_result(diff));
	set_number(object, "exit_code", diff->exit_code);
	set_member(object, "a", build_side(diff->a));
	set_member(object, "b", build_side(diff->b));
	set_member(object, "worse", build_differences(diff, EFFECT_WORSE));
	set_member(object, "better", build_differences(diff, EFFECT_BETTER));
	set_member(object, "not_compared",
		   build_differences(diff, EFFECT_UNKNOWN));
	set_member(object, "pools", pools);
	return object;
}
