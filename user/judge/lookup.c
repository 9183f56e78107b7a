// SPDX-License-Identifier: GPL-2.0
/* What is looked up in a session, by those who build it and those who read it. */
#include <stdlib.h>
#include <string.h>

#include "user/judge/private.h"

struct pool *session_pool(const struct session *session, uint32_t slot,
			  uint32_t seq)
{
	struct pool *newest = slot < SLOT_COUNT ? session->newest[slot] : NULL;
	size_t i;

	/* The newest incarnations are asked for most. */
	if (newest && newest->seq == seq)
		return newest;
	for (i = session->pool_count; i-- > 0;)
		if (session->pools[i]->slot == slot &&
		    session->pools[i]->seq == seq)
			return session->pools[i];
	return NULL;
}

const struct blind_fact *session_blind(const struct session *session,
				       enum model_check check)
{
	size_t i;

	for (i = 0; i < session->blind.count; i++)
		if (session->blind.items[i].check == check)
			return &session->blind.items[i];
	return NULL;
}

bool session_has_judged(const struct session *session)
{
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged)
			return true;
	return false;
}

bool session_mark_fails(const struct session *session)
{
	return session->has_control &&
	       (session->control.mark == MARK_UNPROVEN ||
		session->control.mark == MARK_DIFFERS);
}

bool session_is_silent(const struct session *session, const char *hook)
{
	const struct strings *silent = &session->control.silent;
	size_t i;

	for (i = 0; session->has_control && i < silent->count; i++)
		if (!strcmp(silent->items[i], hook))
			return true;
	return false;
}

bool pool_waits(const struct pool *pool)
{
	return pool->state == POOL_STATE_STALLED && pool->inflight > 0;
}

bool pool_is_outside(const struct pool *pool)
{
	return pool->outside_events || pool->outside_pages;
}

bool session_is_snapshot(const struct session *session)
{
	const char *tier = session->meta.tier;

	return tier && !strcmp(tier, "snapshot");
}

bool session_command_skipped(const struct session *session)
{
	return session->workload_ended &&
	       session->workload_status == EXIT_CANNOT;
}

bool session_is_swept(const struct session *session)
{
	return session->walk_count &&
	       session->whole_sweeps == session->walk_count &&
	       session->sweep.walk == session->walk.walk;
}

bool session_is_blind_spot(const struct session *session,
			   const struct place_fact *place)
{
	return !place->walked && !(place->packets && session_is_swept(session));
}

size_t session_blind_spots(const struct session *session)
{
	size_t i, count = 0;

	for (i = 0; i < session->places.count; i++)
		count += session_is_blind_spot(session,
					       &session->places.items[i]);
	return count;
}

bool counts_differ(uint32_t inflight, int64_t witness)
{
	return witness >= 0 && (int32_t)inflight != (int32_t)witness;
}

struct evidence_fact pool_evidence(const struct pool *pool)
{
	struct evidence_fact evidence;

	fact_init(FACT_evidence, &evidence);
	fact_set(&evidence, evidence, pool, pool->address);
	fact_set(&evidence, evidence, slot, pool->slot);
	fact_set(&evidence, evidence, seq, pool->seq);
	fact_set(&evidence, evidence, inflight, pool->inflight);
	fact_set(&evidence, evidence, shadow,
		 pool->counted ? pool->shadow_held : -1);
	fact_set(&evidence, evidence, scan,
		 pool->counted ? pool->scan_held : -1);
	fact_set(&evidence, evidence, oldest_ms, pool->oldest_ms);
	return evidence;
}

int fact_replace(enum fact_type type, void *kept, const void *fact)
{
	struct fact copy; /* has room for any line, and for parts of one */
	int err = fact_copy(type, &copy.has, fact);

	if (err)
		return err;
	fact_clear(type, kept);
	memcpy(kept, &copy.has, fact_infos[type].size);
	return 0;
}
