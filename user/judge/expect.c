// SPDX-License-Identifier: GPL-2.0
/* Expectations: how they are read, and what became of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/expect.h"

static const struct {
	const char *name;
	bool percent, pools;
} names[EXPECT_COUNT] = {
#define NAME(name, text, percent, pools, about) { text, percent, pools },
	EXPECT_NAMES(NAME)
#undef NAME
};

static const char *const ops[EXPECT_OP_COUNT] = {
#define OP(name, text) text,
	EXPECT_OPS(OP)
#undef OP
};

const char *expect_name(enum expect_name name)
{
	return names[name].name;
}

const char *expect_op(enum expect_op op)
{
	return ops[op];
}

bool expect_is_percent(enum expect_name name)
{
	return names[name].percent;
}

/* ---- reading ---- */

static const char *skip_space(const char *text)
{
	return text + strspn(text, " \t");
}

/* "eth0:": no device has a colon in its name. */
static bool read_pool(const char **text, struct expectation *to)
{
	const char *colon = strchr(*text, ':');
	size_t length;

	if (!colon)
		return true;
	length = colon - *text;
	if (!length || length >= sizeof(to->pool))
		return false;
	memcpy(to->pool, *text, length);
	*text = skip_space(colon + 1);
	return true;
}

static bool read_name(const char **text, struct expectation *to)
{
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz_");

	for (to->name = 0; to->name < EXPECT_COUNT; to->name++)
		if (strlen(names[to->name].name) == length &&
		    !strncmp(names[to->name].name, *text, length))
			break;
	*text = skip_space(*text + length);
	return to->name < EXPECT_COUNT;
}

/* The table has the longer ones first. */
static bool read_op(const char **text, struct expectation *to)
{
	for (to->op = 0; to->op < EXPECT_OP_COUNT; to->op++)
		if (!strncmp(*text, ops[to->op], strlen(ops[to->op])))
			break;
	if (to->op == EXPECT_OP_COUNT)
		return false;
	*text = skip_space(*text + strlen(ops[to->op]));
	return true;
}

static enum expect_error read_number(const char *text, struct expectation *to)
{
	size_t length = strspn(text, "0123456789.");
	bool percent;
	char *end;

	to->wanted = strtod(text, &end);
	if (!length || end != text + length)
		return EXPECT_ERROR_NUMBER;
	text = skip_space(end);
	percent = *text == '%';
	text = skip_space(text + percent);
	if (*text)
		return EXPECT_ERROR_NUMBER;
	if (names[to->name].percent ? to->wanted > 100 : percent)
		return EXPECT_ERROR_PERCENT;
	return EXPECT_ERROR_NONE;
}

enum expect_error expect_parse(const char *text, struct expectation *to)
{
	memset(to, 0, sizeof(*to));
	text = skip_space(text);
	if (!read_pool(&text, to))
		return EXPECT_ERROR_POOL;
	if (!read_name(&text, to))
		return EXPECT_ERROR_NAME;
	if (to->pool[0] && !names[to->name].pools)
		return EXPECT_ERROR_POOL;
	if (!read_op(&text, to))
		return EXPECT_ERROR_OP;
	return read_number(text, to);
}

/* ---- numbers ---- */

/* A device, or one queue of it. */
static bool is_asked_for(const struct expectation *asked,
			 const struct pool *pool)
{
	char name[96];

	if (!pool->judged)
		return false;
	snprintf(name, sizeof(name), "%s/%d", pool->device, pool->queue);
	return !asked->pool[0] || !strcmp(asked->pool, pool->device) ||
	       (pool->queue >= 0 && !strcmp(asked->pool, name));
}

/* What the pools that an expectation is about come to. */
struct sum {
	uint64_t pools, events, conclusive;
	int64_t out;
	bool moving; /* some pool's cache and ring could not be counted */
	struct usage usage;
};

static void add_pool(const struct session *session, const struct pool *pool,
		     struct sum *sum)
{
	struct usage usage = pool_usage(session, pool);

	sum->pools++;
	sum->events += pool->events;
	sum->conclusive += pool->conclusive;
	usage_add(&sum->usage, &usage);
	if (pool->state == POOL_STATE_STALLED)
		sum->out += pool->inflight;
	else if (pool->state == POOL_STATE_ACTIVE && pool->audited &&
		 pool->audit_stable && pool->counted && pool->stable)
		sum->out += pool->out;
	else if (pool->state == POOL_STATE_ACTIVE)
		sum->moving = true;
}

static struct sum sum_pools(const struct session *session,
			    const struct expectation *asked)
{
	struct sum sum = {};
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (is_asked_for(asked, session->pools[i]))
			add_pool(session, session->pools[i], &sum);
	if (asked->pool[0])
		return sum;
	sum.pools += session->gone.pools;
	usage_add(&sum.usage, &session->gone.usage);
	return sum;
}

static uint64_t count_findings(const struct session *session)
{
	uint64_t count = 0;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		count += session->findings[check].count;
	return count;
}

/* Of the kernel's statistics alone. */
static enum expect_reason read_statistic(enum expect_name name,
					 const struct usage *usage, double *got)
{
	const struct statistics_fact *numbers = &usage->numbers;

	*got = name == EXPECT_FAST ?
		       numbers->alloc_fast :
	       name == EXPECT_REFILL ?
		       numbers->alloc_refill :
		       numbers->alloc_slow + numbers->alloc_slow_high_order;
	return usage->of_kernel ? EXPECT_KNOWN : EXPECT_NO_STATS;
}

static enum expect_reason read_usage(enum expect_name name,
				     const struct usage *usage, double *got)
{
	if (name == EXPECT_RECYCLED ? !usage->has_kept :
				      !usage->has_allocations)
		return EXPECT_NO_STATS;
	switch (name) {
	case EXPECT_RECYCLED:
		*got = usage_recycled(usage) * 100;
		return *got < 0 ? EXPECT_NOTHING : EXPECT_KNOWN;
	case EXPECT_ALLOCATIONS:
		*got = usage->allocations;
		return EXPECT_KNOWN;
	case EXPECT_ENTERED:
		*got = usage->entered;
		return EXPECT_KNOWN;
	default:
		return read_statistic(name, usage, got);
	}
}

static enum expect_reason read_pools(const struct session *session,
				     const struct expectation *asked,
				     double *got)
{
	struct sum sum = sum_pools(session, asked);

	if (asked->pool[0] && session->gone.pools)
		return EXPECT_FOLDED;
	if (asked->pool[0] && !sum.pools)
		return EXPECT_NO_POOL;
	switch (asked->name) {
	case EXPECT_POOLS:
		*got = sum.pools;
		return EXPECT_KNOWN;
	case EXPECT_EVENTS:
		*got = sum.events;
		return EXPECT_KNOWN;
	case EXPECT_COVERAGE:
		*got = sum.events ? 100.0 * sum.conclusive / sum.events : 0;
		return sum.events ? EXPECT_KNOWN : EXPECT_NOTHING;
	case EXPECT_OUT:
		*got = sum.out;
		return sum.moving ? EXPECT_NOT_AT_REST : EXPECT_KNOWN;
	default:
		return sum.pools ? read_usage(asked->name, &sum.usage, got) :
				   EXPECT_NOTHING;
	}
}

static bool holds(const struct expectation *asked, double got)
{
	switch (asked->op) {
	case EXPECT_OP_GE:
		return got >= asked->wanted;
	case EXPECT_OP_LE:
		return got <= asked->wanted;
	case EXPECT_OP_GT:
		return got > asked->wanted;
	case EXPECT_OP_LT:
		return got < asked->wanted;
	default:
		return got == asked->wanted;
	}
}

void expect_judge(const struct session *session, const char *text,
		  uint64_t events, double share, struct expected *to)
{
	const struct expectation *asked = &to->asked;

	memset(to, 0, sizeof(*to));
	to->text = text;
	if (expect_parse(text, &to->asked)) {
		to->reason = EXPECT_NOT_READ;
	} else if (asked->name == EXPECT_FINDINGS) {
		to->got = count_findings(session);
	} else if (asked->name == EXPECT_EVENTS && !asked->pool[0]) {
		to->got = events;
	} else if (asked->name == EXPECT_COVERAGE && !asked->pool[0]) {
		to->got = share * 100;
		to->reason = events ? EXPECT_KNOWN : EXPECT_NOTHING;
	} else {
		to->reason = read_pools(session, asked, &to->got);
	}
	to->result = to->reason		   ? EXPECT_UNKNOWN :
		     holds(asked, to->got) ? EXPECT_MET :
					     EXPECT_FAILED;
}
