// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that still carry the mark and the address of a pool that is gone. Its
 * memory may be another pool's by now: a page is the gone one's when its word
 * says so, by the slot, and when that pool, which we saw end, had the address.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/facts/checks.h"
#include "user/kernel/skeletons.h"

/* Whose the page was; NULL: not of a judged pool that we saw end. */
static const struct incarnation *owner_of(const struct live *live,
					  const struct stray_page *stray)
{
	size_t count = live->ended_count, i;
	const struct incarnation *ended;

	for (i = 0; i < count && i < ENDED_KEPT; i++) {
		ended = &live->ended[(count - 1 - i) % ENDED_KEPT];
		if (ended->address == stray->pool &&
		    ended->slot == word_slot(stray->word))
			return ended->judged ? ended : NULL;
	}
	return NULL;
}

/* Those of the last scan; their number. */
static size_t copy_strays(const struct live *live, struct stray_page *to)
{
	size_t count = live->loader.bss->scan_stray_count;

	if (count > STRAYS_MAX)
		count = STRAYS_MAX;
	memcpy(to, live->loader.bss->scan_strays, count * sizeof(*to));
	return count;
}

static bool has_stray(const struct stray_page *strays, size_t count,
		      const struct stray_page *stray)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!memcmp(&strays[i], stray, sizeof(*stray)))
			return true;
	return false;
}

static void emit_stray(struct live *live, const struct stray_page *stray,
		       const struct incarnation *owner)
{
	struct fact fact = { .type = FACT_evidence };
	struct evidence_fact *evidence = &fact.evidence;
	char key[128];

	snprintf(key, sizeof(key), "%s:%u:%u:%llu",
		 check_infos[CHECK_left_behind].id, owner->slot, owner->seq,
		 stray->frame);
	evidence->check = CHECK_left_behind;
	fact_set(evidence, evidence, key, key);
	fact_set(evidence, evidence, slot, owner->slot);
	fact_set(evidence, evidence, seq, owner->seq);
	fact_set(evidence, evidence, netmem, stray->frame);
	fact_set(evidence, evidence, pool, stray->pool);
	fact_set(evidence, evidence, page_pool, stray->pool);
	fact_set(evidence, evidence, state, word_state(stray->word));
	if (word_state(stray->word) != STATE_FREE)
		fact_set(evidence, evidence, age_ms,
			 ticks_to_ms(ticks_now(&live->loader) -
				     word_age(stray->word)));
	live_emit(live, &fact);
}

/* A page that is just being released carries no mark in the second scan. */
static void emit_confirmed(struct live *live, const struct stray_page *first,
			   size_t first_count, struct stray_page *second)
{
	size_t count = copy_strays(live, second), i;
	const struct incarnation *owner;

	for (i = 0; i < count; i++) {
		owner = owner_of(live, &second[i]);
		if (owner && has_stray(first, first_count, &second[i]))
			emit_stray(live, &second[i], owner);
	}
}

void live_emit_strays(struct live *live)
{
	struct stray_page *strays = calloc(2 * STRAYS_MAX, sizeof(*strays));
	bool any = false;
	size_t count, i;

	if (!strays) {
		live_fail(live, -ENOMEM);
		return;
	}
	count = live->scanned_ns ? copy_strays(live, strays) : 0;
	for (i = 0; i < count && !any; i++)
		any = owner_of(live, &strays[i]) != NULL;
	if (any) {
		live_scan(live, SCAN_COUNT);
		emit_confirmed(live, strays, count, strays + STRAYS_MAX);
	}
	free(strays);
}
