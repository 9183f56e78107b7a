// SPDX-License-Identifier: GPL-2.0
/* Evidence of broken transitions, from BPF's fixed slots to facts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/facts/checks.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"
#include "user/util/util.h"

/* What it rests on, and what the function tier knows of the page. */
static void describe_proof(struct live *live,
			   const struct evidence_record *record,
			   struct evidence_fact *evidence)
{
	bool raced = record->check == CHECK_cache_race;
	struct strings stack;

	if (record->proof == PROOF_EVENTS)
		return;
	if (record->proof == PROOF_DIRECT)
		fact_set(evidence, evidence, direct, true);
	else
		fact_set(evidence, evidence, history, true);
	if (live->loader.function)
		fact_set(evidence, evidence, recycled, record->recycled);
	stack = live_stack(live, record->given);
	if (stack.count)
		fact_set(evidence, evidence, handed_out, stack);
	stack = live_stack(live,
			   raced ? (uint32_t)record->detail[2] : record->taken);
	if (stack.count && raced)
		fact_set(evidence, evidence, met, stack);
	else if (stack.count)
		fact_set(evidence, evidence, returned, stack);
}

/* The stack of the violation, with the caller that it may lack. */
static int describe_stack(const struct evidence_record *record,
			  struct strings *names)
{
	uint32_t depth = record->stack_depth;
	__u64 stack[STACK_DEPTH + 1];

	if (depth > STACK_DEPTH)
		depth = STACK_DEPTH;
	if (!depth || !record->caller ||
	    (depth > 1 && record->stack[1] == record->caller))
		return symbol_stack(record->stack, depth, names);
	stack[0] = record->stack[0];
	stack[1] = record->caller;
	memcpy(&stack[2], &record->stack[1],
	       (depth - 1) * sizeof(*record->stack));
	return symbol_stack(stack, depth + 1, names);
}

/* Which page it is about, in which pools, and which event. */
static void describe_event(const struct evidence_record *record,
			   struct evidence_fact *evidence)
{
	evidence->check = record->check;
	fact_set(evidence, evidence, slot, record->slot);
	fact_set(evidence, evidence, seq, record->seq);
	fact_set(evidence, evidence, owner_slot, record->owner_slot);
	fact_set(evidence, evidence, owner_seq, record->owner_seq);
	fact_set(evidence, evidence, netmem, record->frame);
	if (!frame_is_net_iov(record->frame))
		fact_set(evidence, evidence, page, record->page);
	fact_set(evidence, evidence, pool, record->pool);
	fact_set(evidence, evidence, sequence, record->sequence);
	fact_set(evidence, evidence, state, word_state(record->word));
	fact_set(evidence, evidence, event, record->event);
	fact_set(evidence, evidence, count, record->count);
}

/* When and where it happened; @comm is as long-lived as the fact. */
static void describe_moment(const struct live *live,
			    const struct evidence_record *record,
			    const char *comm, struct evidence_fact *evidence)
{
	struct numbers *detail = &evidence->detail;
	size_t i;

	fact_set(evidence, evidence, time_ms,
		 (int64_t)(record->time_ns - live->loader.bss->armed_ns) /
			 1000000);
	/* A FREE word may have the time at which the page left. */
	if (word_state(record->word) != STATE_FREE)
		fact_set(evidence, evidence, age_ms,
			 ticks_to_ms(record->age_now - word_age(record->word)));
	fact_set(evidence, evidence, cpu, record->cpu);
	fact_set(evidence, evidence, pid, record->pid);
	fact_set(evidence, evidence, comm, comm);
	for (i = 0; i < ARRAY_LEN(detail->of); i++)
		detail->of[i] = record->detail[i];
	fact_mark(evidence, evidence, detail);
}

/* Of evidence from a frame; @device is as long-lived as the fact. */
static void describe_receiver(const struct evidence_record *record,
			      const char *device,
			      struct evidence_fact *evidence)
{
	if (!record->rx_ifindex)
		return;
	fact_set(evidence, evidence, rx_device, device);
	fact_set(evidence, evidence, rx_ifindex, record->rx_ifindex);
	fact_set(evidence, evidence, rx_queue, record->rx_queue);
}

/* Did it happen before the words of that pool were trusted again? */
static bool is_before_trust(const struct live *live, uint32_t slot,
			    uint32_t seq, uint64_t time_ns)
{
	const struct pool_watch *watch = &live->watches[slot];

	return slot != SLOT_NONE && watch->seq == seq &&
	       time_ns <= watch->lapse_ns;
}

/*
 * Events go on while a window is closed: what rests on one that was closed with
 * a gap meanwhile must not wait for the next window.
 */
static bool has_lapsed(const struct live *live,
		       const struct evidence_record *record)
{
	return record->proof == PROOF_EVENTS &&
	       (is_before_trust(live, record->slot, record->seq,
				record->time_ns) ||
		is_before_trust(live, record->owner_slot, record->owner_seq,
				record->time_ns));
}

static void emit_record(struct live *live, const struct evidence_record *record,
			bool confirmed)
{
	struct fact fact = { .type = FACT_evidence };
	struct evidence_fact *evidence = &fact.evidence;
	char key[128], comm[NAME_LEN + 1] = {}, device[NAME_LEN + 1] = {};

	memcpy(comm, record->comm, NAME_LEN);
	memcpy(device, record->rx_device, NAME_LEN);
	/* Allocations and puts have no number of their own. */
	snprintf(key, sizeof(key), "%s:%u:%u:%llu:%u",
		 check_infos[record->check].id, record->slot, record->seq,
		 record->frame,
		 record->proof == PROOF_EVENTS ? record->count :
						 word_page_gen(record->word));
	fact_set(evidence, evidence, key, key);
	describe_event(record, evidence);
	describe_moment(live, record, comm, evidence);
	describe_receiver(record, device, evidence);
	live_fail(live, describe_stack(record, &evidence->stack));
	fact_mark(evidence, evidence, stack);
	describe_proof(live, record, evidence);
	if (confirmed)
		fact_set(evidence, evidence, direct, true);
	else if (has_lapsed(live, record))
		fact_set(evidence, evidence, lapsed, true);
	live_emit(live, &fact);
	strings_clear(&evidence->stack);
	strings_clear(&evidence->handed_out);
	strings_clear(&evidence->returned);
	strings_clear(&evidence->met);
}

/* A finding may name a pool that no pool fact named yet. */
static bool pool_emitted(const struct live *live, uint32_t slot, uint32_t seq)
{
	return slot == SLOT_NONE || live->watches[slot].seq == seq;
}

/* ---- violations beyond the evidence slots ---- */

/* How many of these were emitted before. */
static uint64_t unstored_before(const struct live *live,
				const struct unstored_key *key)
{
	size_t i;

	for (i = 0; i < live->unstored_count; i++)
		if (!memcmp(&live->unstored[i].key, key, sizeof(*key)))
			return live->unstored[i].count;
	return 0;
}

static void emit_unstored(struct live *live, const struct unstored_key *key,
			  uint64_t count)
{
	struct fact fact = { .type = FACT_unstored };
	struct unstored_fact *unstored = &fact.unstored;

	if (!pool_emitted(live, key->slot, key->seq))
		live_emit_pools(live);
	unstored->slot = key->slot;
	unstored->seq = key->seq;
	unstored->count = count;
	fact_set(unstored, unstored, check, key->check);
	fact_set(unstored, unstored, owner_slot, key->owner_slot);
	fact_set(unstored, unstored, owner_seq, key->owner_seq);
	if (key->reordered)
		fact_set(unstored, unstored, net_iov, true);
	if (key->proof == PROOF_DIRECT)
		fact_set(unstored, unstored, direct, true);
	if (key->proof == PROOF_HISTORY)
		fact_set(unstored, unstored, history, true);
	live_emit(live, &fact);
}

/* Their windows decide about them, too. */
static void emit_all_unstored(struct live *live)
{
	struct unstored_count *counts;
	int count = loader_unstored(&live->loader, &counts), i;
	uint64_t before;

	for (i = 0; i < count; i++) {
		before = unstored_before(live, &counts[i].key);
		/* Forgotten meanwhile: it began anew. */
		if (counts[i].count < before)
			before = 0;
		if (counts[i].count > before &&
		    counts[i].key.check < CHECK_COUNT)
			emit_unstored(live, &counts[i].key,
				      counts[i].count - before);
	}
	if (count < 0) {
		live_fail(live, count);
		free(counts);
		return;
	}
	free(live->unstored);
	live->unstored = counts;
	live->unstored_count = count;
}

/* ---- evidence ---- */

static bool is_sane(const struct evidence_record *record)
{
	return record->check != CHECK_NONE && record->check < CHECK_COUNT &&
	       record->event < EVENT_COUNT;
}

/* Pinned mode: evidence stays in its slot, for later reports as well. */
void live_emit_evidence(struct live *live)
{
	struct evidence_record *record;
	uint32_t ready;
	size_t i;

	if (!live->options.proven_only)
		emit_all_unstored(live);
	for (i = 0; i < CHECK_COUNT * EVIDENCE_SLOTS; i++) {
		record = &live->loader.evidence[i];
		ready = *(volatile uint32_t *)&record->ready;
		if (ready < EVIDENCE_SUSPECTED || !is_sane(record))
			continue;
		__sync_synchronize();
		if (ready == EVIDENCE_SUSPECTED && live->options.proven_only &&
		    record->proof == PROOF_EVENTS)
			continue;
		if (!pool_emitted(live, record->slot, record->seq))
			live_emit_pools(live);
		emit_record(live, record, ready == EVIDENCE_CONFIRMED);
		__sync_synchronize();
		if (!live->options.pinned)
			record->ready = EVIDENCE_FREE;
	}
}

/*
 * How the window of one pool ended that has an event of @time_ns: 1 whole, -1
 * not, 0 still open. What came behind a close that was whole is of the next one.
 */
static int window_end(const struct live *live, uint32_t slot, uint32_t seq,
		      uint64_t time_ns)
{
	const struct pool_watch *watch = &live->watches[slot];

	if (slot == SLOT_NONE)
		return 1;
	/* Born since the last pool facts: its first window is yet to be opened. */
	if (watch->seq != seq)
		return live->loader.pools[slot].seq == seq ? 0 : -1;
	if (!watch->closed)
		return 0;
	if (!watch->complete)
		return -1;
	return time_ns <= watch->closed_ns;
}

/*
 * Does it rest on a window with a gap, or on words of @lapsed (SLOT_NONE: none)
 * that were not to be trusted until now? Its times are not known.
 */
static bool falls(const struct live *live, const struct unstored_key *key,
		  uint32_t lapsed)
{
	uint32_t seq = live->watches[lapsed].seq;

	if (key->proof != PROOF_EVENTS)
		return false;
	if (lapsed != SLOT_NONE)
		return (key->slot == lapsed && key->seq == seq) ||
		       (key->owner_slot == lapsed && key->owner_seq == seq);
	return window_end(live, key->slot, key->seq, 0) < 0 ||
	       window_end(live, key->owner_slot, key->owner_seq, 0) < 0;
}

/* For later reports as well; with those that came after the last facts. */
static void forget_unstored(struct live *live, uint32_t lapsed)
{
	struct unstored_count *counts;
	int count = loader_unstored(&live->loader, &counts), i;

	live_fail(live, count < 0 ? count : 0);
	for (i = 0; i < count; i++)
		if (falls(live, &counts[i].key, lapsed))
			loader_forget_unstored(&live->loader, &counts[i].key);
	free(counts);
}

void live_lapse_unstored(struct live *live, uint32_t slot)
{
	forget_unstored(live, slot);
}

/* Pinned mode, after windows were closed: what is proven stays so. */
void live_keep_evidence(struct live *live)
{
	struct evidence_record *record;
	int own, owner;
	size_t i;

	if (!live->options.pinned)
		return;
	for (i = 0; i < CHECK_COUNT * EVIDENCE_SLOTS; i++) {
		record = &live->loader.evidence[i];
		if (record->ready != EVIDENCE_SUSPECTED || !is_sane(record) ||
		    record->proof != PROOF_EVENTS)
			continue;
		own = window_end(live, record->slot, record->seq,
				 record->time_ns);
		owner = window_end(live, record->owner_slot, record->owner_seq,
				   record->time_ns);
		if (own < 0 || owner < 0 || has_lapsed(live, record))
			record->ready = EVIDENCE_FREE;
		else if (own && owner)
			record->ready = EVIDENCE_CONFIRMED;
	}
	forget_unstored(live, SLOT_NONE);
}
