// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that left their pools with more than one reference, and that were not
 * freed since. That is a fact and no fault (WARN): nobody looked for who has them.
 */
#include "user/judge/private.h"

int feed_referenced(struct session *session,
		    const struct referenced_fact *referenced)
{
	return facts_append(FACT_referenced, &session->referenced, referenced);
}

const struct referenced_fact *pool_referenced(const struct session *session,
					      const struct pool *pool)
{
	size_t i;

	for (i = 0; i < session->referenced.count; i++)
		if (session->referenced.items[i].slot == pool->slot &&
		    session->referenced.items[i].seq == pool->seq)
			return &session->referenced.items[i];
	return NULL;
}

/* A free that the hook did not inspect may be of any of them. */
static uint64_t surely_left(const struct referenced_fact *referenced)
{
	return referenced->pages > referenced->unseen ?
		       referenced->pages - referenced->unseen :
		       0;
}

static void add_left(struct session *session,
		     const struct referenced_fact *referenced)
{
	const struct pool *pool =
		session_pool(session, referenced->slot, referenced->seq);
	struct finding *finding = &session->findings[CHECK_never_freed];
	struct evidence_fact evidence;

	fact_init(FACT_evidence, &evidence);
	fact_set(&evidence, evidence, slot, referenced->slot);
	fact_set(&evidence, evidence, seq, referenced->seq);
	if (pool)
		fact_set(&evidence, evidence, pool, pool->address);
	if (referenced->oldest.count && !referenced->unseen) {
		fact_set(&evidence, evidence, netmem,
			 referenced->oldest.items[0].netmem);
		fact_set(&evidence, evidence, age_ms,
			 referenced->oldest.items[0].age_ms);
		evidence.returned = referenced->returned;
		evidence.returns_since = referenced->returns_since;
	}
	finding_add_many(session, CHECK_never_freed, SEVERITY_WARN,
			 surely_left(referenced), &evidence, CONFIDENCE_DIRECT);
	finding->at_least |= referenced->unseen ||
			     fact_has(referenced, referenced, sampled);
}

static void add_blind(struct session *session, enum blind_code code,
		      const char *why)
{
	struct blind_fact blind = { .check = CHECK_never_freed, .why = why };

	fact_set(&blind, blind, code, code);
	fact_complete(FACT_blind, &blind);
	facts_append(FACT_blind, &session->blind, &blind);
}

static bool has_lost_releases(const struct session *session)
{
	size_t i;

	if (session->gone.lost)
		return true;
	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged && session->pools[i]->gaps)
			return true;
	return false;
}

void derive_never_freed(struct session *session)
{
	const struct referenced_facts *left = &session->referenced;
	size_t i;

	if (session_blind(session, CHECK_never_freed))
		return;
	for (i = 0; i < left->count; i++)
		if (surely_left(&left->items[i]))
			add_left(session, &left->items[i]);
	if (session->findings[CHECK_never_freed].count)
		return;
	if (left->count)
		add_blind(
			session, BLIND_NOT_TRUSTED,
			"pages that left with more than one reference were not seen freed, but not more of them than frees that were not inspected");
	else if (!fact_has(&session->counters, counters, referenced))
		add_blind(
			session, BLIND_NOT_LOOKED,
			"nobody looked whether pages that left with more than one reference were freed");
	else if (has_lost_releases(session))
		add_blind(
			session, BLIND_NOT_TRUSTED,
			"events were lost, and with them pages may have left with more than one reference");
}
