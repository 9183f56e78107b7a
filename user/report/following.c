// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "user/report/following.h"

/* Below a second the start and the end weigh more than what lies between. */
#define SHORTEST_MS 1000
/* Every reader of JSON has it exactly. */
#define RATE_MAX 1e15

/*
 * Executed instructions above nothing attached, by `bench/run function` (Linux
 * 6.1, x86-64; bench/README.md): an allocation and a put of a page, to cache or
 * ring on average; a fragment without its share of the page; an skb's return.
 */
struct cost {
	uint64_t page, fragment, skb_return;
};

static const struct cost costs[ATTACH_COUNT] = {
	[ATTACH_FENTRY] = { 1065, 660, 585 },
	[ATTACH_KPROBE] = { 1865, 1350, 790 },
};

/* How allocations are hooked. */
static enum attach_way way_of(const struct session *session)
{
	const struct hook_fact *hook;
	size_t i;

	for (i = 0; i < session->hooks.count; i++) {
		hook = &session->hooks.items[i];
		if (!strcmp(hook->hook, "hand-out"))
			return hook->how;
	}
	return ATTACH_NONE;
}

/* A second, of numbers of a recording: whatever they are, it is one of JSON. */
static uint64_t rate(double count, uint64_t ms)
{
	double a_second = count * 1000 / ms;

	return a_second < RATE_MAX ? a_second : RATE_MAX;
}

bool following_of(const struct session *session, struct following *following)
{
	const struct cost *cost = &costs[way_of(session)];
	bool is_x86 = session->meta.machine &&
		      !strcmp(session->meta.machine, "x86_64");
	double allocations = 0, puts = 0, fragments = 0, skb_returns = 0;
	uint64_t ms = session->duration_ms;
	const struct pool *pool;
	size_t i;

	memset(following, 0, sizeof(*following));
	if (!cost->page || ms < SHORTEST_MS)
		return false;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->has_flow)
			continue;
		allocations += pool->flow.handed_out;
		puts += pool->flow.returned;
		fragments += pool->flow.frags_issued;
		skb_returns += pool->flow.skb_returns;
	}
	following->allocations = rate(allocations, ms);
	following->puts = rate(puts, ms);
	following->fragments = rate(fragments, ms);
	if (is_x86)
		following->instructions =
			rate((allocations + puts) * cost->page / 2 +
				     fragments * cost->fragment +
				     skb_returns * cost->skb_return,
			     ms);
	return true;
}
