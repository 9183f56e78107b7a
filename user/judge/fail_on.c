// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/fail_on.h"
#include "user/util/util.h"

/* ---- what is asked ---- */

static int parse_count(const char *text, uint64_t *count)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*count = strtoull(text, &end, 10);
	return *end || errno ? -EINVAL : 0;
}

static int parse_percent(const char *text, double *share)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	*share = strtod(text, &end) / 100;
	return strcmp(end, "%") || !(*share <= 1) ? -EINVAL : 0;
}

/* @more is what stands behind ">"; NULL: nothing does. */
static int parse_one(const char *name, const char *more, struct fail_on *to)
{
	if (!strcmp(name, "stalled")) {
		to->stalled = true;
		return more ? parse_time(more, &to->stalled_ms) : 0;
	}
	if (!strcmp(name, "findings")) {
		to->findings = true;
		return more ? parse_count(more, &to->findings_count) : 0;
	}
	if (!strcmp(name, "losses")) {
		to->losses = true;
		return more ? parse_percent(more, &to->losses_share) : 0;
	}
	return -EINVAL;
}

int fail_on_parse(const char *text, struct fail_on *to, char *why, size_t size)
{
	char *copy = strdup(text), *rest = copy, *one, *more;
	int err = copy ? 0 : -ENOMEM;

	memset(to, 0, sizeof(*to));
	while (!err && (one = strsep(&rest, ","))) {
		snprintf(why, size, "%s", one);
		more = strchr(one, '>');
		if (more)
			*more++ = '\0';
		err = parse_one(one, more, to) ? -EINVAL : 0;
	}
	free(copy);
	return err;
}

/* ---- what there is ---- */

static void count_pool(const struct fail_on *asked, const struct pool *pool,
		       struct fail_numbers *to)
{
	if (!pool->judged || pool->state == POOL_STATE_GONE)
		return;
	to->pools++;
	if (!pool_waits(pool))
		return;
	to->stalled++;
	to->stalled_longer += pool->destroyed_ms < 0 ||
			      (uint64_t)pool->destroyed_ms > asked->stalled_ms;
}

void fail_on_count(const struct fail_on *asked, const struct session *session,
		   const struct verdict *verdict, struct fail_numbers *to)
{
	const struct coverage *coverage = &verdict->coverage;
	const struct finding *finding;
	size_t i;
	int check;

	memset(to, 0, sizeof(*to));
	for (i = 0; i < session->pool_count; i++)
		count_pool(asked, session->pools[i], to);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		finding = &session->findings[check];
		if (finding->count && finding->severity == SEVERITY_FAIL)
			to->findings += finding->count;
	}
	/* Of pools that are gone only the windows' results are known. */
	to->lost = coverage->events - coverage->whole;
	if (to->lost < coverage->lost)
		to->lost = coverage->lost;
	if (coverage->events)
		to->losses = (double)to->lost / coverage->events;
	for (i = 0; i < session->losses.count; i++)
		to->lost += session->losses.items[i].count;
}

/* Without a share, what no pool can be charged with is a loss, too. */
static bool losses_hold(const struct fail_on *asked,
			const struct fail_numbers *numbers)
{
	return asked->losses_share > 0 ? numbers->losses > asked->losses_share :
					 numbers->lost > 0;
}

const char *fail_on_held(const struct fail_on *asked,
			 const struct fail_numbers *numbers, char *text,
			 size_t size)
{
	const struct {
		const char *name;
		bool holds;
	} all[] = {
		{ "stalled", asked->stalled && numbers->stalled_longer },
		{ "findings",
		  asked->findings &&
			  numbers->findings > asked->findings_count },
		{ "losses", asked->losses && losses_hold(asked, numbers) },
	};
	size_t i, at = 0;

	text[0] = '\0';
	for (i = 0; i < ARRAY_LEN(all) && at < size; i++)
		if (all[i].holds)
			at += snprintf(text + at, size - at, "%s%s",
				       at ? ", " : "", all[i].name);
	return text;
}
