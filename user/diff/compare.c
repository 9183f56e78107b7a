// SPDX-License-Identifier: GPL-2.0
/*
 * What is better and what is worse. Verdicts need no rule of their own: a FAIL
 * has findings, and of an INCONCLUSIVE nothing can be said. Rates depend on the
 * traffic, so they are shown, and are neither better nor worse.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/diff/compare.h"
#include "user/judge/verdict.h"

/* Pages that a refill of the cache brings: so many more out prove nothing. */
#define OUT_SLACK 64
/* Fewer puts than one refill's pages give no share worth comparing. */
#define RETURNS_MIN 64

const char *const difference_codes[DIFFERENCE_COUNT] = {
#define CODE(name, code) [DIFFERENCE_##name] = code,
	DIFFERENCES(CODE)
#undef CODE
};

const char *const measure_keys[MEASURE_COUNT] = {
#define KEY(name, key) [MEASURE_##name] = key,
	MEASURES(KEY)
#undef KEY
};

static int add(struct diff *diff, struct difference difference)
{
	struct difference *items =
		realloc(diff->items, (diff->count + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	diff->items = items;
	items[diff->count++] = difference;
	return 0;
}

static bool has_text(json_t *array, const char *text)
{
	json_t *value;
	size_t i;

	json_array_foreach (array, i, value)
		if (!strcmp(json_string_value(value), text))
			return true;
	return false;
}

/* ---- can they be compared? ---- */

static bool is_inconclusive(const struct summary *summary)
{
	return !strcmp(summary->verdict, "INCONCLUSIVE");
}

static bool is_snapshot(const struct summary *summary)
{
	return summary->tier && !strcmp(summary->tier, "snapshot");
}

static int add_side(struct diff *diff, enum difference_code code, char side)
{
	return add(diff, (struct difference){ .code = code,
					      .effect = EFFECT_UNKNOWN,
					      .side = side });
}

static int compare_kinds(struct diff *diff)
{
	bool snapshot = is_snapshot(diff->a);
	int err = 0;

	if (is_inconclusive(diff->a))
		err = add_side(diff, DIFFERENCE_INCONCLUSIVE, 'A');
	if (!err && is_inconclusive(diff->b))
		err = add_side(diff, DIFFERENCE_INCONCLUSIVE, 'B');
	if (!err && snapshot != is_snapshot(diff->b))
		err = add_side(diff, DIFFERENCE_SNAPSHOT, snapshot ? 'A' : 'B');
	return err;
}

/* ---- findings ---- */

static const struct found *find(const struct summary *summary,
				const char *check)
{
	size_t i;

	for (i = 0; i < summary->finding_count; i++)
		if (!strcmp(summary->findings[i].check, check))
			return &summary->findings[i];
	return NULL;
}

static int badness(const char *severity)
{
	return !strcmp(severity, "FAIL") ? 2 : strcmp(severity, "WARN") ? 1 : 0;
}

/* Of one check that either found, or neither. */
static int compare_check(struct diff *diff, const char *check)
{
	const struct found *a = find(diff->a, check), *b = find(diff->b, check);
	bool in_a = a || has_text(diff->a->active, check);
	bool in_b = b || has_text(diff->b->active, check);
	struct difference difference = { .check = check, .a = a, .b = b };

	/* What did not run in A is missing in B only when B found something. */
	if ((in_a && !in_b) || (b && !in_a)) {
		difference.code = DIFFERENCE_CHECK_NOT_RUN;
		difference.effect = EFFECT_UNKNOWN;
		difference.side = in_b ? 'A' : 'B';
	} else if (!a == !b) {
		if (!a || badness(a->severity) == badness(b->severity))
			return 0;
		difference.code = DIFFERENCE_SEVERITY;
		difference.effect = badness(b->severity) >
						    badness(a->severity) ?
					    EFFECT_WORSE :
					    EFFECT_BETTER;
	} else {
		difference.code = b ? DIFFERENCE_FINDING_NEW :
				      DIFFERENCE_FINDING_GONE;
		difference.effect = b ? EFFECT_WORSE : EFFECT_BETTER;
	}
	return add(diff, difference);
}

/* Each check once: those that ran in A, those found beside, and those of B. */
static int compare_checks(struct diff *diff)
{
	const struct summary *a = diff->a, *b = diff->b;
	json_t *value;
	int err = 0;
	size_t i;

	json_array_foreach (a->active, i, value)
		if (!err)
			err = compare_check(diff, json_string_value(value));
	for (i = 0; !err && i < a->finding_count; i++)
		if (!has_text(a->active, a->findings[i].check))
			err = compare_check(diff, a->findings[i].check);
	for (i = 0; !err && i < b->finding_count; i++)
		if (!has_text(a->active, b->findings[i].check) &&
		    !find(a, b->findings[i].check))
			err = compare_check(diff, b->findings[i].check);
	return err;
}

/* Its warning, which other warnings are not: those say how well one could look. */
static int compare_growth(struct diff *diff)
{
	static const char code[] = "out_grew";
	bool a = has_text(diff->a->warning_codes, code);
	bool b = has_text(diff->b->warning_codes, code);

	if (a == b)
		return 0;
	return add(diff, (struct difference){ .code = DIFFERENCE_OUT_GREW,
					      .effect = b ? EFFECT_WORSE :
							    EFFECT_BETTER });
}

/* ---- pools ---- */

static struct measured rate(double count, const struct summary *summary,
			    bool known)
{
	known = known && summary->duration_s > 0 && !is_snapshot(summary);
	return (struct measured){ known,
				  known ? count / summary->duration_s : 0 };
}

/* @flow: the source that both reports have, NULL: there is none. */
static void measure(const struct summary *summary,
		    const struct pool_group *group, const struct flow_sum *flow,
		    struct measured *measured)
{
	bool shared = flow && flow->returned >= RETURNS_MIN;

	measured[MEASURE_EVENTS] = rate(group->events, summary, true);
	measured[MEASURE_ALLOCATIONS] =
		rate(flow ? flow->allocated : 0, summary, flow);
	measured[MEASURE_RETURNS] =
		rate(flow ? flow->returned : 0, summary, flow);
	measured[MEASURE_RECYCLED] = (struct measured){
		shared, shared ? flow->recycled / flow->returned : 0
	};
	measured[MEASURE_OUT] = (struct measured){
		group->alive && group->out_known == group->alive, group->out
	};
	measured[MEASURE_INFLIGHT] =
		(struct measured){ group->alive > 0, group->inflight };
}

/* Does each pool of the group have it? */
static bool is_whole(const struct pool_group *group,
		     const struct flow_sum *flow)
{
	return !group || flow->pools == group->pools;
}

static void measure_pair(const struct diff *diff, struct pool_pair *pair)
{
	const struct pool_group *a = pair->a, *b = pair->b;
	bool stats = (!a || is_whole(a, &a->stats)) &&
		     (!b || is_whole(b, &b->stats));
	bool flow = (!a || is_whole(a, &a->flow)) &&
		    (!b || is_whole(b, &b->flow));

	if (a)
		measure(diff->a, a,
			stats ? &a->stats :
			flow  ? &a->flow :
				NULL,
			pair->in_a);
	if (b)
		measure(diff->b, b,
			stats ? &b->stats :
			flow  ? &b->flow :
				NULL,
			pair->in_b);
}

static const struct pool_group *find_group(const struct summary *summary,
					   const struct pool_group *like)
{
	const struct pool_group *group = summary->groups;
	size_t i;

	for (i = 0; i < summary->group_count; i++, group++)
		if (group->queue == like->queue &&
		    !strcmp(group->device, like->device))
			return group;
	return NULL;
}

/* Those of A in its order, and then those of B alone. */
static int pair_pools(struct diff *diff)
{
	const struct summary *a = diff->a, *b = diff->b;
	struct pool_pair *pair;
	size_t i;

	diff->pairs = calloc(a->group_count + b->group_count + 1,
			     sizeof(*diff->pairs));
	if (!diff->pairs)
		return -ENOMEM;
	for (i = 0; i < a->group_count; i++) {
		pair = &diff->pairs[diff->pair_count++];
		pair->a = &a->groups[i];
		pair->b = find_group(b, pair->a);
	}
	for (i = 0; i < b->group_count; i++)
		if (!find_group(a, &b->groups[i]))
			diff->pairs[diff->pair_count++].b = &b->groups[i];
	for (i = 0; i < diff->pair_count; i++)
		measure_pair(diff, &diff->pairs[i]);
	return 0;
}

/* @worse: what B may have more than A, or less when it is below 0. */
static int compare_measure(struct diff *diff, const struct pool_pair *pair,
			   enum measure measure, enum difference_code code,
			   double slack)
{
	struct measured a = pair->in_a[measure], b = pair->in_b[measure];
	bool more_is_worse = slack > 0;
	double gained = b.value - a.value;

	if (slack < 0)
		slack = -slack;
	if (!a.known || !b.known || (gained <= slack && gained >= -slack))
		return 0;
	return add(diff, (struct difference){
				 .code = code,
				 .effect = (gained > 0) == more_is_worse ?
						   EFFECT_WORSE :
						   EFFECT_BETTER,
				 .pool = pair->a,
				 .in_a = a,
				 .in_b = b });
}

static int compare_pools(struct diff *diff, double tolerance)
{
	const struct pool_pair *pair;
	size_t i, common = 0;
	int err = 0;

	for (i = 0; !err && i < diff->pair_count; i++) {
		pair = &diff->pairs[i];
		if (!pair->a || !pair->b)
			continue;
		common++;
		/* A tolerance of 0 is one still: below 0 is its direction. */
		err = compare_measure(diff, pair, MEASURE_RECYCLED,
				      DIFFERENCE_RECYCLED, -(tolerance + 1e-9));
		if (!err)
			err = compare_measure(diff, pair, MEASURE_OUT,
					      DIFFERENCE_OUT, OUT_SLACK);
	}
	if (!err && !common && diff->pair_count)
		err = add(diff, (struct difference){
					.code = DIFFERENCE_NO_COMMON_POOL,
					.effect = EFFECT_UNKNOWN });
	return err;
}

/* ---- all of it ---- */

static bool has_effect(const struct diff *diff, enum effect effect)
{
	size_t i;

	for (i = 0; i < diff->count; i++)
		if (diff->items[i].effect == effect)
			return true;
	return false;
}

/* Something that is worse stays so, whatever else could not be compared. */
static int reach(const struct diff *diff)
{
	if (is_inconclusive(diff->a) || is_inconclusive(diff->b) ||
	    is_snapshot(diff->a) != is_snapshot(diff->b))
		return EXIT_INCONCLUSIVE;
	if (has_effect(diff, EFFECT_WORSE))
		return EXIT_FAIL;
	return has_effect(diff, EFFECT_UNKNOWN) ? EXIT_INCONCLUSIVE : EXIT_PASS;
}

int diff_compare(struct diff *diff, const struct summary *a,
		 const struct summary *b, double tolerance)
{
	int err;

	memset(diff, 0, sizeof(*diff));
	diff->a = a;
	diff->b = b;
	err = compare_kinds(diff);
	if (!err)
		err = compare_checks(diff);
	if (!err)
		err = compare_growth(diff);
	if (!err)
		err = pair_pools(diff);
	if (!err)
		err = compare_pools(diff, tolerance);
	diff->exit_code = reach(diff);
	return err;
}

void diff_clear(struct diff *diff)
{
	free(diff->items);
	free(diff->pairs);
	memset(diff, 0, sizeof(*diff));
}

const char *diff_result(const struct diff *diff)
{
	switch (diff->exit_code) {
	case EXIT_PASS:
		return "no_worse";
	case EXIT_FAIL:
		return "worse";
	default:
		return "incomparable";
	}
}
