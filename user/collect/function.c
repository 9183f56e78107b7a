// SPDX-License-Identifier: GPL-2.0
/*
 * What the function tier adds to a session: where each pool's pages went, what
 * is known of single pages, and how far its events can be trusted.
 */
#include <string.h>

#include "model/audit.h"
#include "user/collect/live.h"
#include "user/holders/holders.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"

/* A tally and an audit of a pool that hands out meanwhile do not agree. */
#define FOLLOW_TRIES 3

struct strings live_stack(struct live *live, uint32_t id)
{
	struct strings names = {};
	uint64_t stack[STACK_DEPTH] = {};
	size_t depth;

	depth = id ? loader_stack(&live->loader, id, stack) : 0;
	live_fail(live, symbol_stack((const __u64 *)stack, depth, &names));
	return names;
}

bool live_flow(const struct live *live, uint32_t slot, uint32_t seq,
	       struct paths_fact *paths)
{
	struct pool_flow flow;
	int64_t inferred;

	memset(paths, 0, sizeof(*paths));
	if (!live->loader.function ||
	    loader_flow(&live->loader, slot, seq, &flow))
		return false;
	inferred = (int64_t)(flow.frags_done - flow.frags_seen);
	fact_set(paths, paths, handed_out, flow.handed_out);
	fact_set(paths, paths, returned, flow.returned);
	fact_set(paths, paths, cached, flow.cached);
	fact_set(paths, paths, ring, flow.ring);
	fact_set(paths, paths, ring_full, flow.ring_full);
	fact_set(paths, paths, released_refcnt, flow.released_refcnt);
	fact_set(paths, paths, foreign, flow.foreign);
	fact_set(paths, paths, left, flow.left);
	fact_set(paths, paths, skb_returns, flow.skb_returns);
	fact_set(paths, paths, frags_issued, flow.frags_issued);
	fact_set(paths, paths, frags_misaligned, flow.frags_misaligned);
	fact_set(paths, paths, frags_returned_observed, flow.frags_seen);
	fact_set(paths, paths, frags_returned_inferred,
		 inferred > 0 ? inferred : 0);
	fact_set(paths, paths, xdp_returns, flow.xdp_returns);
	fact_set(paths, paths, lost, flow.lost);
	return true;
}

void live_emit_flow(struct live *live, uint32_t slot, uint32_t seq)
{
	struct fact fact = { .type = FACT_flow };

	if (!live_flow(live, slot, seq, &fact.flow.flow))
		return;
	fact.flow.slot = slot;
	fact.flow.seq = seq;
	live_emit(live, &fact);
}

/* What is known of a page; its stacks are to be cleared. */
static void describe_page(struct live *live, struct page_fact *page)
{
	struct page_note note;

	if (!loader_note(&live->loader, page->netmem, &note))
		return;
	fact_set(page, page, recycled, note.recycled);
	page->handed_out = live_stack(live, note.given);
	if (page->handed_out.count) {
		fact_mark(page, page, handed_out);
		fact_set(page, page, hand_outs_since, note.given_since);
	}
	page->returned = live_stack(live, note.taken);
	if (page->returned.count) {
		fact_mark(page, page, returned);
		fact_set(page, page, returns_since, note.taken_since);
	}
	if (note.xdp && note.xdp <= XDP_VERDICT_COUNT)
		fact_set(page, page, xdp_verdict, note.xdp - 1);
}

static void emit_page(struct live *live, struct fact *fact, uint32_t slot,
		      const struct tally_page *page, uint64_t age_ms)
{
	fact->page.slot = slot;
	fact->page.seq = live->watches[slot].seq;
	fact->page.netmem = page->netmem;
	fact->page.state = word_state(page->word);
	fact->page.age_ms = age_ms;
	describe_page(live, &fact->page);
	live_emit(live, fact);
	strings_clear(&fact->page.handed_out);
	strings_clear(&fact->page.returned);
}

void live_emit_page(struct live *live, uint32_t slot,
		    const struct tally_page *page, uint64_t age_ms)
{
	struct fact fact = { .type = FACT_page };

	emit_page(live, &fact, slot, page, age_ms);
}

void live_emit_unheld(struct live *live, uint32_t slot,
		      const struct tally_page *page, uint64_t age_ms,
		      bool referenced)
{
	struct fact fact = { .type = FACT_unheld };
	char packet[200];

	if (referenced)
		fact_set(&fact.page, page, referenced, true);
	if (live->options.peek && !frame_is_net_iov(page->netmem) &&
	    !holders_peek(live->holders, page->netmem, packet, sizeof(packet)))
		fact_set(&fact.page, page, peek, packet);
	emit_page(live, &fact, slot, page, age_ms);
}

/* Is the pool another than its audit found? */
static bool has_moved(struct live *live, uint32_t slot,
		      const struct audit_result *audit)
{
	struct audit_result again;

	audit_pool(&live->loader, slot, &again);
	return !again.stable || !audit_unmoved(&audit->look, &again.look) ||
	       again.look.contents != audit->look.contents;
}

void live_emit_followed(struct live *live, uint32_t slot,
			const struct audit_result *audit, bool moves)
{
	struct fact fact = { .type = FACT_followed };
	struct pool_reading reading;
	uint32_t out, unsure;
	bool agrees = false;
	int64_t kernel;
	int tries;

	if (!live->loader.function || !audit->stable)
		return;
	for (tries = 0; tries < FOLLOW_TRIES; tries++) {
		if (loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
			return;
		reading = live->loader.bss->pool_reading;
		if (!reading.readable)
			return;
		kernel = (int32_t)(reading.hold - reading.release) -
			 (int64_t)audit->in_cache - audit->in_ring;
		out = live->tally.out[slot];
		unsure = live->tally.unsure[slot];
		agrees = out <= kernel && kernel <= (int64_t)out + unsure;
		if (agrees)
			break;
		tally_take(&live->loader, &live->tally);
	}
	if (!agrees && moves && has_moved(live, slot, audit))
		return;
	fact.followed.slot = slot;
	fact.followed.seq = live->watches[slot].seq;
	fact.followed.out = out;
	fact.followed.unsure = unsure;
	fact.followed.kernel = kernel;
	live_emit(live, &fact);
}

void live_emit_function_losses(struct live *live,
			       const struct hook_counters *counters)
{
	if (!live->loader.function)
		return;
	live_emit_loss(live, LOSS_FUNCTION,
		       loader_function_misses(&live->loader) +
			       counters->function_lost,
		       "allocations or puts that interrupted a hook");
}
