// SPDX-License-Identifier: GPL-2.0
/*
 * What the function tier adds to a session: where each pool's pages went, what
 * is known of single pages, and how far its events can be trusted.
 */
#include <stdio.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"
#include "user/util/util.h"

/* A census and an audit of a pool that hands out meanwhile do not agree. */
#define FOLLOW_TRIES 3

json_t *live_stack(const struct live *live, uint32_t id)
{
	__u64 stack[STACK_DEPTH] = {};
	size_t depth;

	if (!id)
		return NULL;
	depth = loader_stack(&live->loader, id, (uint64_t *)stack);
	return depth ? symbol_stack(stack, depth) : NULL;
}

json_t *live_flow(const struct live *live, uint32_t slot, uint32_t life)
{
	struct pool_flow flow;
	int64_t inferred;

	if (!live->loader.function ||
	    loader_flow(&live->loader, slot, life, &flow))
		return NULL;
	inferred = (int64_t)(flow.frags_done - flow.frags_seen);
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"handed_out", (json_int_t)flow.handed_out, "returned",
		(json_int_t)flow.returned, "cached", (json_int_t)flow.cached,
		"ring", (json_int_t)flow.ring, "ring_full",
		(json_int_t)flow.ring_full, "released_refcnt",
		(json_int_t)flow.released_refcnt, "foreign",
		(json_int_t)flow.foreign, "left", (json_int_t)flow.left,
		"skb_returns", (json_int_t)flow.skb_returns, "frags_issued",
		(json_int_t)flow.frags_issued, "frags_returned_observed",
		(json_int_t)flow.frags_seen, "frags_returned_inferred",
		(json_int_t)(inferred > 0 ? inferred : 0), "xdp_returns",
		(json_int_t)flow.xdp_returns, "lost", (json_int_t)flow.lost);
}

void live_tell_flow(struct live *live, uint32_t slot, uint32_t life)
{
	json_t *flow = live_flow(live, slot, life);

	if (flow)
		live_emit(live,
			  json_pack("{s:s, s:i, s:i, s:o}", "t", "flow", "slot",
				    slot, "life", life, "flow", flow));
}

/* By enum xdp_action. */
static const char *const verdict_names[] = { "aborted", "drop", "pass", "tx",
					     "redirect" };

void live_describe_page(const struct live *live, uint64_t frame_number,
			json_t *frame)
{
	struct page_note note;
	json_t *stack;

	if (!loader_note(&live->loader, frame_number, &note))
		return;
	json_object_set_new(frame, "recycled", json_integer(note.recycled));
	stack = live_stack(live, note.given);
	if (stack) {
		json_object_set_new(frame, "handed_out", stack);
		json_object_set_new(frame, "hand_outs_since",
				    json_integer(note.given_since));
	}
	stack = live_stack(live, note.taken);
	if (stack) {
		json_object_set_new(frame, "returned", stack);
		json_object_set_new(frame, "returns_since",
				    json_integer(note.taken_since));
	}
	if (note.xdp && note.xdp <= ARRAY_LEN(verdict_names))
		json_object_set_new(frame, "xdp_verdict",
				    json_string(verdict_names[note.xdp - 1]));
}

void live_tell_followed(struct live *live, uint32_t slot,
			const struct audit_result *audit)
{
	struct pool_reading reading;
	uint32_t out, unsure;
	int64_t kernel;
	int tries;

	if (!live->loader.function || !audit->rested)
		return;
	for (tries = 0; tries < FOLLOW_TRIES; tries++) {
		if (loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
			return;
		reading = live->loader.bss->pool_reading;
		if (!reading.readable)
			return;
		kernel = (int32_t)(reading.hold - reading.release) -
			 (int64_t)audit->in_cache - audit->in_ring;
		out = live->census.out[slot];
		unsure = live->census.unsure[slot];
		if (out <= kernel && kernel <= (int64_t)out + unsure)
			break;
		census_take(&live->loader, &live->census);
	}
	live_emit(live,
		  json_pack("{s:s, s:i, s:i, s:I, s:I, s:I}", "t", "followed",
			    "slot", slot, "life", live->watches[slot].life,
			    "out", (json_int_t)out, "unsure",
			    (json_int_t)unsure, "kernel", (json_int_t)kernel));
}

void live_tell_function_losses(struct live *live)
{
	struct hook_counters counters;

	if (!live->loader.function || loader_counters(&live->loader, &counters))
		return;
	live_tell_loss(live, "function",
		       loader_function_misses(&live->loader) +
			       counters.function_lost,
		       "hand-outs or returns that interrupted a hook of ours");
}
