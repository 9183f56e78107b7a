// SPDX-License-Identifier: GPL-2.0
/*
 * What is read of a pool and of all memory: the scan, the audit of caches and
 * rings, and the pages that stalled pools still wait for. What compares pools
 * with their pages is in looks.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/facts/checks.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"
#include "user/util/util.h"

#define PAGES_LISTED 16
#define AUDITS_PER_TICK 4

bool live_knows_ages(const struct live *live)
{
	return !live->options.snapshot || live->options.pinned;
}

void live_scan(struct live *live, enum scan_mode mode)
{
	uint64_t start = now_ns();
	uint32_t slot;
	int err;

	if (!live->scans)
		return;
	for (slot = 1; slot < SLOT_COUNT; slot++)
		live->loader.pools[slot].pages_outside = 0;
	err = scan_run(&live->loader, mode);
	if (err == -EOPNOTSUPP)
		return;
	if (err) {
		live_fail(live, err);
		return;
	}
	live->scanned_ns = start;
	live->scan_took_ns = now_ns() - start;
	live_note_found(live);
	live_emit_pools(live);
	for (slot = 1; slot < SLOT_COUNT; slot++) {
		live->mark_met |= live->loader.scan_counts[slot];
		if (live_is_alive(live, slot))
			live_emit_outside(live, slot);
	}
	if (mode == SCAN_CORRECT)
		live->scan_due = false;
	/* Of those judged a look has to say that no page is missing. */
	for (slot = 1; mode == SCAN_CORRECT && slot < SLOT_COUNT; slot++)
		if (live_needs_trust(live, slot))
			live->watches[slot].regain_ns = 0;
		else if (live->loader.pools[slot].windows.trust == TRUST_LOST)
			live->loader.pools[slot].windows.trust =
				TRUST_CORRECTED;
}

/* Of a pool that was alive when reading it failed. */
void live_emit_unread(struct live *live, uint32_t slot, bool entries,
		      const char *why)
{
	struct fact fact = { .type = FACT_unread };

	fact.unread.slot = slot;
	fact.unread.seq = live->watches[slot].seq;
	fact.unread.entries = entries;
	fact.unread.why = why;
	live_emit(live, &fact);
}

struct pool_reading live_read_pool(struct live *live, uint32_t slot)
{
	struct pool_reading none = {};

	if (!live_is_alive(live, slot) || testing_flag("unread-counters") ||
	    loader_run(&live->loader, DEMAND_READ_POOL, slot, 0))
		return none;
	return live->loader.bss->pool_reading;
}

bool live_has_ended(struct live *live)
{
	struct pool_reading reading;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		reading = live_read_pool(live, slot);
		if (reading.readable && reading.destroy_count)
			return true;
	}
	return false;
}

static void emit_pages_of(struct live *live, uint32_t slot)
{
	struct tally_page pages[PAGES_LISTED];
	uint32_t now = ticks_now(&live->loader);
	size_t i, count;

	count = tally_pages(&live->loader, slot, pages, PAGES_LISTED);
	for (i = 0; i < count; i++)
		live_emit_page(live, slot, &pages[i],
			       ticks_to_ms(now - word_age(pages[i].word)));
}

void live_emit_stalled_pages(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live_is_alive(live, slot) &&
		    live->loader.pools[slot].status == POOL_DESTROYED)
			emit_pages_of(live, slot);
}

/* Who got the page last, and who put it; to be cleared. */
static void describe_user(struct live *live, struct evidence_fact *evidence)
{
	struct page_note note;

	if (!loader_note(&live->loader, evidence->netmem, &note))
		return;
	evidence->handed_out = live_stack(live, note.given);
	if (evidence->handed_out.count)
		fact_mark(evidence, evidence, handed_out);
	evidence->returned = live_stack(live, note.taken);
	if (evidence->returned.count)
		fact_mark(evidence, evidence, returned);
}

static void emit_suspicion(struct live *live, uint32_t slot,
			   const struct audit_suspicion *suspicion)
{
	const struct audit_page *page = &suspicion->page;
	bool cached = suspicion->index < AUDIT_CACHE_MAX;
	struct fact fact = { .type = FACT_evidence };
	struct evidence_fact *evidence = &fact.evidence;
	char key[128];

	snprintf(key, sizeof(key), "%s:%u:%u:%llu:%u",
		 check_infos[suspicion->check].id, slot,
		 live->watches[slot].seq, page->frame, suspicion->index);
	evidence->check = suspicion->check;
	fact_set(evidence, evidence, key, key);
	fact_set(evidence, evidence, slot, slot);
	fact_set(evidence, evidence, seq, live->watches[slot].seq);
	fact_set(evidence, evidence, netmem, page->frame);
	fact_set(evidence, evidence, place, cached ? ENTRY_CACHE : ENTRY_RING);
	fact_set(evidence, evidence, index,
		 cached ? suspicion->index :
			  suspicion->index - AUDIT_CACHE_MAX);
	fact_set(evidence, evidence, page_pool, page->pool);
	if (suspicion->check == CHECK_pooled_while_out) {
		fact_set(evidence, evidence, state, suspicion->state);
		describe_user(live, evidence);
	}
	if (!frame_is_net_iov(page->frame)) {
		fact_set(evidence, evidence, refcount, page->refcount);
		fact_set(evidence, evidence, magic, page->magic);
	}
	live_emit(live, &fact);
	strings_clear(&evidence->handed_out);
	strings_clear(&evidence->returned);
}

/* Others cost time, and what is found in them is nobody's. */
static bool can_audit(const struct live *live, uint32_t slot)
{
	return live_is_alive(live, slot) && live->watches[slot].judged &&
	       live->loader.pools[slot].status == POOL_ACTIVE;
}

static const char *audit_error(int err)
{
	if (err == -E2BIG)
		return "the ring has more entries than the audit can read";
	return err ? error_text(err) :
		     "the kernel's memory of them is unreadable";
}

static void emit_audit(struct live *live, uint32_t slot, uint32_t seq,
		       const struct audit_result *result)
{
	struct fact fact = { .type = FACT_audit };
	size_t i;

	live->audits_stable += result->stable;
	fact.audit.slot = slot;
	fact.audit.seq = seq;
	fact.audit.cache = result->in_cache;
	fact.audit.ring = result->in_ring;
	fact.audit.stable = result->stable;
	if (result->stable)
		fact_set(&fact.audit, audit, inflight,
			 (int32_t)(result->look.hold - result->look.release));
	fact_set(&fact.audit, audit, duplicates,
		 result->confirmed[CHECK_pool_duplicate]);
	fact_set(&fact.audit, audit, foreign,
		 result->confirmed[CHECK_pool_foreign]);
	fact_set(&fact.audit, audit, refcounts,
		 result->confirmed[CHECK_pool_refcount]);
	if (live->loader.function)
		fact_set(&fact.audit, audit, strays,
			 result->confirmed[CHECK_pooled_while_out]);
	live_emit(live, &fact);
	for (i = 0; i < result->suspicion_count; i++)
		emit_suspicion(live, slot, &result->suspicions[i]);
}

/* Freed, or about to be: its end has no event yet, or that was lost. */
static bool is_over(struct live *live, uint32_t slot)
{
	struct pool_reading reading = live_read_pool(live, slot);

	return reading.readable && reading.destroy_count &&
	       reading.hold == reading.release;
}

/* False when the pool went meanwhile, or could not be read. */
static bool emit_audited(struct live *live, uint32_t slot, uint32_t seq,
			 const struct audit_result *result)
{
	if (live->watches[slot].seq != seq ||
	    live->loader.pools[slot].seq != seq)
		return false;
	if (result->readable)
		emit_audit(live, slot, seq, result);
	else if (can_audit(live, slot) && !is_over(live, slot))
		live_emit_unread(live, slot, true, audit_error(result->error));
	return result->readable;
}

static bool audit_slot(struct live *live, uint32_t slot,
		       struct audit_result *result)
{
	uint32_t seq = live->watches[slot].seq;

	audit_pool(&live->loader, slot, result);
	return emit_audited(live, slot, seq, result);
}

static void audit_group(struct live *live, const uint32_t *slots, size_t count)
{
	static struct audit_result results[AUDIT_GROUP];
	uint32_t seqs[AUDIT_GROUP];
	size_t i;

	for (i = 0; i < count; i++)
		seqs[i] = live->watches[slots[i]].seq;
	if (count)
		audit_pools(&live->loader, slots, count, results);
	for (i = 0; i < count; i++)
		if (emit_audited(live, slots[i], seqs[i], &results[i]))
			live_emit_followed(live, slots[i], &results[i], false);
}

void live_audit(struct live *live)
{
	uint32_t slots[AUDIT_GROUP], slot;
	size_t count = 0;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (!can_audit(live, slot))
			continue;
		if (live_skips(live, CUT_AUDIT))
			live->cut_pools++;
		else
			slots[count++] = slot;
		if (count < AUDIT_GROUP)
			continue;
		audit_group(live, slots, count);
		count = 0;
	}
	audit_group(live, slots, count);
	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (live_is_alive(live, slot)) {
			live_emit_flow(live, slot, live->watches[slot].seq);
			live_emit_inspected(live, slot);
		}
		live_emit_last_stats(live, slot);
	}
}

static void emit_attached(struct live *live, uint32_t slot)
{
	struct pool_reading before = live_read_pool(live, slot), reading;
	struct fact fact = { .type = FACT_attached };
	struct attached_fact *attached = &fact.attached;
	struct audit_result result;

	if (!audit_slot(live, slot, &result))
		memset(&result, 0, sizeof(result));
	reading = live_read_pool(live, slot);
	if (!reading.readable)
		return;
	attached->slot = slot;
	attached->seq = live->watches[slot].seq;
	attached->hold = reading.hold;
	attached->release = reading.release;
	attached->cache = result.in_cache;
	attached->ring = result.in_ring;
	attached->stable = result.stable && before.readable &&
			   before.hold == reading.hold &&
			   before.release == reading.release;
	if (live_flow(live, slot, attached->seq, &attached->flow))
		fact_mark(attached, attached, flow);
	live_emit(live, &fact);
	if (attached->stable)
		live_emit_followed(live, slot, &result, true);
}

/* Drivers end their pools when a program is taken off. */
void live_emit_attached(struct live *live)
{
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (can_audit(live, slot))
			emit_attached(live, slot);
		live_emit_last_stats(live, slot);
	}
}

/* A few pools each time, in turn: many will be gone before the end. */
void live_audit_some(struct live *live)
{
	struct audit_result result;
	uint32_t tried, audited = 0;

	for (tried = 0; tried < SLOT_COUNT && audited < AUDITS_PER_TICK;
	     tried++) {
		live->audit_next = (live->audit_next + 1) % SLOT_COUNT;
		if (!can_audit(live, live->audit_next))
			continue;
		audit_slot(live, live->audit_next, &result);
		audited++;
	}
}
