// SPDX-License-Identifier: GPL-2.0
/* Evidence of broken transitions, from BPF's fixed slots to frames. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/facts/netmem.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"
#include "user/util/util.h"

static json_t *hex(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_string(text);
}

/* What it rests on, and what the function tier knows of the page. */
static void add_proof(const struct live *live,
		      const struct evidence_record *record, json_t *frame)
{
	json_t *stack;

	if (record->proof == PROOF_EVENTS)
		return;
	json_object_set_new(
		frame, record->proof == PROOF_DIRECT ? "direct" : "history",
		json_true());
	json_object_set_new(frame, "recycled", json_integer(record->recycled));
	stack = live_stack(live, record->given);
	if (stack)
		json_object_set_new(frame, "handed_out", stack);
	stack = live_stack(live, record->check == CHECK_cache_race ?
					 (uint32_t)record->detail[2] :
					 record->taken);
	if (stack)
		json_object_set_new(
			frame,
			record->check == CHECK_cache_race ? "met" : "returned",
			stack);
}

/* The stack of the violation, with the caller that it may lack. */
static json_t *evidence_stack(const struct evidence_record *record)
{
	uint32_t depth = record->stack_depth;
	__u64 stack[STACK_DEPTH + 1];

	if (depth > STACK_DEPTH)
		depth = STACK_DEPTH;
	if (!depth || !record->caller ||
	    (depth > 1 && record->stack[1] == record->caller))
		return symbol_stack(record->stack, depth);
	stack[0] = record->stack[0];
	stack[1] = record->caller;
	memcpy(&stack[2], &record->stack[1],
	       (depth - 1) * sizeof(*record->stack));
	return symbol_stack(stack, depth + 1);
}

static json_t *evidence_frame(const struct live *live,
			      const struct evidence_record *record)
{
	char key[128], comm[NAME_LEN + 1] = {};
	json_t *frame;

	memcpy(comm, record->comm, NAME_LEN);
	/* Hand-outs and returns have no number of their own. */
	snprintf(key, sizeof(key), "%s:%u:%u:%llu:%u",
		 check_infos[record->check].id, record->slot, record->life,
		 record->frame,
		 record->proof == PROOF_EVENTS ? record->count :
						 word_page_gen(record->word));
	frame = json_pack(
		"{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:o, s:o*, s:o, s:I, s:I, s:I, s:s, s:s, s:I, s:i, s:i, s:s, s:o, s:[I,I,I,I]}",
		"t", "evidence", "check", check_infos[record->check].id, "key",
		key, "slot", record->slot, "life", record->life, "owner_slot",
		record->owner_slot, "owner_life", record->owner_life,
		netmem_key(record->frame), netmem_value(record->frame), "page",
		frame_is_net_iov(record->frame) ? NULL : hex(record->page),
		"pool", hex(record->pool), "sequence",
		(json_int_t)record->sequence, "time_ms",
		(json_int_t)((record->time_ns - live->loader.bss->armed_ns) /
			     1000000),
		"age_ms",
		(json_int_t)ticks_to_ms(record->age_now -
					word_age(record->word)),
		"state", state_name(word_state(record->word)), "event",
		event_name(record->event), "count", (json_int_t)record->count,
		"cpu", record->cpu, "pid", record->pid, "comm", comm, "stack",
		evidence_stack(record), "detail", (json_int_t)record->detail[0],
		(json_int_t)record->detail[1], (json_int_t)record->detail[2],
		(json_int_t)record->detail[3]);
	if (frame)
		add_proof(live, record, frame);
	return frame;
}

/* A finding may name a pool that no pool frame told of yet. */
static bool pool_told(const struct live *live, uint32_t slot, uint32_t life)
{
	return slot == SLOT_NONE || session_pool(live->session, slot, life);
}

/* Violations beyond the evidence slots: their windows decide about them, too. */
static void tell_unstored(struct live *live)
{
	struct pool_record *pool;
	uint32_t slot, count;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		pool = &live->loader.pools[slot];
		if (!pool->unstored || live->watches[slot].life != pool->life)
			continue;
		count = __sync_fetch_and_and(&pool->unstored, 0);
		live_emit(live,
			  json_pack("{s:s, s:i, s:i, s:I, s:b}", "t",
				    "unstored", "slot", slot, "life",
				    pool->life, "count", (json_int_t)count,
				    "net_iov", pool->net_iov > 0));
	}
}

static bool is_sane(const struct evidence_record *record)
{
	return record->check != CHECK_NONE && record->check < CHECK_COUNT &&
	       record->event < EVENT_COUNT;
}

/* Pinned mode: evidence stays in its slot, for later reports as well. */
void live_tell_evidence(struct live *live)
{
	struct evidence_record *record;
	uint32_t ready;
	json_t *frame;
	size_t i;

	tell_unstored(live);
	for (i = 0; i < CHECK_COUNT * EVIDENCE_SLOTS; i++) {
		record = &live->loader.evidence[i];
		ready = *(volatile uint32_t *)&record->ready;
		if (ready < EVIDENCE_SUSPECTED || !is_sane(record))
			continue;
		__sync_synchronize();
		if (!pool_told(live, record->slot, record->life))
			live_tell_pools(live);
		frame = evidence_frame(live, record);
		if (ready == EVIDENCE_CONFIRMED)
			json_object_set_new(frame, "direct", json_true());
		live_emit(live, frame);
		__sync_synchronize();
		if (!live->options.pinned)
			record->ready = EVIDENCE_FREE;
	}
}

/* How one pool's window ended: 1 whole, -1 not, 0 still open. */
static int window_end(const struct live *live, uint32_t slot, uint32_t life)
{
	const struct pool_watch *watch = &live->watches[slot];

	if (slot == SLOT_NONE)
		return 1;
	if (watch->life != life)
		return -1;
	if (!watch->closed)
		return 0;
	return watch->complete ? 1 : -1;
}

/* Pinned mode, after windows were closed: what is proven stays so. */
void live_keep_evidence(struct live *live)
{
	struct evidence_record *record;
	int own, owner;
	size_t i;

	for (i = 0; i < CHECK_COUNT * EVIDENCE_SLOTS; i++) {
		record = &live->loader.evidence[i];
		if (record->ready != EVIDENCE_SUSPECTED || !is_sane(record) ||
		    record->proof != PROOF_EVENTS)
			continue;
		own = window_end(live, record->slot, record->life);
		owner = window_end(live, record->owner_slot,
				   record->owner_life);
		if (own < 0 || owner < 0)
			record->ready = EVIDENCE_FREE;
		else if (own && owner)
			record->ready = EVIDENCE_CONFIRMED;
	}
}
