// SPDX-License-Identifier: GPL-2.0
/*
 * Evidence: what is a finding at once, and what is only a suspicion, until the
 * windows of its pools say that no event is missing, or something direct bears
 * it out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/records.h"
#include "user/judge/private.h"

/* Suspicions from which on those of mere history are only counted. */
#define HISTORY_KEPT 256

/* ---- findings ---- */

static bool is_worse(enum check_severity severity, enum check_severity than)
{
	static const int badness[] = {
		[SEVERITY_WARN] = 0, [SEVERITY_INCONCLUSIVE] = 1, [SEVERITY_FAIL] = 2
	};

	return badness[severity] > badness[than];
}

void finding_add_many(struct session *session, enum model_check check,
		      enum check_severity severity, uint64_t count,
		      const struct evidence_fact *evidence,
		      enum confidence confidence)
{
	struct finding *finding = &session->findings[check];

	if (!finding->count || is_worse(severity, finding->severity)) {
		fact_clear(FACT_evidence, &finding->evidence);
		fact_copy(FACT_evidence, &finding->evidence, evidence);
		fact_set(&finding->evidence, evidence, check, check);
		finding->confidence = confidence;
		finding->severity = severity;
	}
	finding->check = check;
	finding->count += count;
	if (evidence->replayed)
		finding->replayed += count;
}

void finding_add(struct session *session, enum model_check check,
		 const struct evidence_fact *evidence,
		 enum confidence confidence)
{
	finding_add_many(session, check, check_infos[check].severity, 1,
			 evidence, confidence);
}

const struct pool *finding_pool(const struct session *session,
				const struct finding *finding)
{
	const struct evidence_fact *evidence = &finding->evidence;

	if (!fact_has(evidence, evidence, slot) ||
	    !fact_has(evidence, evidence, seq))
		return NULL;
	return session_pool(session, evidence->slot, evidence->seq);
}

bool has_finding(const struct session *session, const struct pool *pool)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count &&
		    finding_pool(session, &session->findings[check]) == pool)
			return true;
	return false;
}

bool is_named(const struct session *session, const struct pool *pool)
{
	size_t i;

	for (i = 0; i < session->suspicion_count; i++)
		if (session->suspicions[i].slot[0] == pool->slot ||
		    session->suspicions[i].slot[1] == pool->slot)
			return true;
	return has_finding(session, pool);
}

void session_free_evidence(struct session *session)
{
	size_t i;

	for (i = 0; i < session->suspicion_count; i++)
		fact_clear(FACT_evidence, &session->suspicions[i].evidence);
	free(session->suspicions);
	session_free_lapsed(session);
	for (i = 0; i < CHECK_COUNT; i++)
		fact_clear(FACT_evidence, &session->findings[i].evidence);
	set_clear(&session->known);
	set_clear(&session->proven);
}

/* ---- evidence that comes ---- */

/*
 * Evidence that speaks for itself: the kernel said so, or the bytes in the
 * page, whatever events were lost. The rest waits for its pools' windows.
 */
static bool is_direct_check(enum model_check check)
{
	return check == CHECK_freed_while_held ||
	       check == CHECK_negative_inflight || check == CHECK_left_behind ||
	       check_infos[check].tier == TIER_AUDIT;
}

/* With -i, a violation counts when one of its pools is asked for. */
static bool is_judged(const struct session *session, uint32_t slot,
		      uint32_t seq, uint32_t owner_slot, uint32_t owner_seq)
{
	const struct pool *pool = session_pool(session, slot, seq);
	const struct pool *owner = session_pool(session, owner_slot, owner_seq);

	if (!pool && !owner)
		return true;
	return (pool && pool->judged) || (owner && owner->judged);
}

/* The name of a page, or of a pool alone, among what direct evidence proved. */
static const char *proven_name(char *name, size_t size, uint32_t slot,
			       uint32_t seq, uint64_t netmem)
{
	snprintf(name, size, "%u:%u:%" PRIx64, slot, seq, netmem);
	return name;
}

/* The page that it is about, FRAME_NONE: the pool as a whole. */
static uint64_t evidence_netmem(const struct evidence_fact *evidence)
{
	return fact_has(evidence, evidence, netmem) ? evidence->netmem :
						      FRAME_NONE;
}

/*
 * Direct evidence of the function tier speaks for what is only history: a page
 * that comes back twice was handed out twice, and a race in the cache gives
 * the same page to both.
 */
static int remember_proven(struct session *session,
			   const struct evidence_fact *evidence)
{
	uint64_t netmem = FRAME_NONE;
	char name[64];

	if ((evidence->check == CHECK_put_while_pooled ||
	     evidence->check == CHECK_handed_out_twice) &&
	    fact_has(evidence, evidence, netmem))
		netmem = evidence->netmem;
	else if (evidence->check != CHECK_cache_race)
		return 0;
	return set_add(&session->proven,
		       proven_name(name, sizeof(name), evidence->slot,
				   evidence->seq, netmem));
}

static void mark_reordered(struct session *session, uint32_t slot, uint32_t seq)
{
	struct pool *pool = session_pool(session, slot, seq);

	if (pool)
		pool->reordered = true;
}

/*
 * A net_iov is its provider's again before the kernel reports that it left its
 * pool (page_pool_return_netmem(): release_netmem() first), so that who takes it
 * next may be seen first. A hold or a release that its word forbids is history
 * therefore, and what these pools count is not to be compared any more.
 */
static bool note_reordered(struct session *session,
			   const struct evidence_fact *evidence)
{
	if (!frame_is_net_iov(evidence_netmem(evidence)) ||
	    (evidence->event != EVENT_HOLD && evidence->event != EVENT_RELEASE))
		return false;
	mark_reordered(session, evidence->slot, evidence->seq);
	mark_reordered(session, evidence->owner_slot, evidence->owner_seq);
	return true;
}

/* It waits for the windows of both its pools. NULL: no memory. */
static struct suspicion *suspicion_new(struct session *session,
				       const struct suspicion *like)
{
	bool has_owner = like->slot[1] != SLOT_NONE &&
			 (like->slot[1] != like->slot[0] ||
			  like->seq[1] != like->seq[0]);
	struct suspicion *suspicions, *suspicion;

	suspicions = realloc(session->suspicions, (session->suspicion_count +
						   1) * sizeof(*suspicions));
	if (!suspicions)
		return NULL;
	session->suspicions = suspicions;
	suspicion = &suspicions[session->suspicion_count];
	*suspicion = *like;
	suspicion->waits[0] = true;
	suspicion->waits[1] = has_owner;
	return suspicion;
}

/* All but the evidence. */
static struct suspicion suspicion_of(const struct evidence_fact *evidence,
				     bool history)
{
	return (struct suspicion){
		.check = evidence->check,
		.slot = { evidence->slot, evidence->owner_slot },
		.seq = { evidence->seq, evidence->owner_seq },
		.history = history,
	};
}

static int suspicion_add(struct session *session,
			 const struct evidence_fact *evidence, bool history)
{
	struct suspicion like = suspicion_of(evidence, history);
	struct suspicion *suspicion = suspicion_new(session, &like);
	int err;

	if (!suspicion)
		return -ENOMEM;
	err = fact_copy(FACT_evidence, &suspicion->evidence, evidence);
	session->suspicion_count += !err;
	return err;
}

/*
 * The same violation may come twice: as evidence of the running kernel and
 * from the events of its recording. It counts once, in whatever order they
 * come, and also after it was decided: a dropped suspicion stays dropped.
 * Evidence without a key is never the same as another.
 */
static bool is_known(const struct session *session,
		     const struct evidence_fact *evidence)
{
	return evidence->key && set_has(&session->known, evidence->key);
}

/* ---- suspicions of windows with gaps ---- */

/* Of those, kept until the end. */
#define LAPSED_KEPT 64

static void note_gap(struct pool *pool, const struct window_fact *window)
{
	pool->gaps++;
	pool->lost += window->lost;
	pool->lost_releases += window->lost_releases;
	pool->unexplained |= !window->lost ||
			     !fact_has(window, window, lost_releases);
	pool->bursts += window->lost > 0;
	/* Its words are made anew: what differed is to be seen twice again. */
	pool->differed = false;
}

/* It is dropped, unless the end shows that nothing was lost. Copies it. */
static void lapse(struct session *session, struct suspicion *suspicion)
{
	struct suspicion *lapsed;

	session->dropped[suspicion->check] += suspicion_size(suspicion);
	if (session->lapsed_count == LAPSED_KEPT || suspicion->history)
		return;
	lapsed = realloc(session->lapsed,
			 (session->lapsed_count + 1) * sizeof(*lapsed));
	/* Without memory it is what it is without this: dropped. */
	if (!lapsed)
		return;
	session->lapsed = lapsed;
	lapsed[session->lapsed_count] = *suspicion;
	fact_init(FACT_evidence, &lapsed[session->lapsed_count].evidence);
	session->lapsed_count += !fact_copy(
		FACT_evidence, &lapsed[session->lapsed_count].evidence,
		&suspicion->evidence);
}

/* Nothing of it was lost. */
static bool is_whole(const struct session *session, uint32_t slot, uint32_t seq)
{
	const struct pool *pool = session_pool(session, slot, seq);

	return slot == SLOT_NONE || (pool && (pool->miscounted || !pool->gaps));
}

void restore_lapsed(struct session *session)
{
	struct suspicion *suspicion;
	size_t i;

	for (i = 0; i < session->lapsed_count; i++) {
		suspicion = &session->lapsed[i];
		if (!is_whole(session, suspicion->slot[0], suspicion->seq[0]) ||
		    !is_whole(session, suspicion->slot[1], suspicion->seq[1]))
			continue;
		session->dropped[suspicion->check] -= suspicion_size(suspicion);
		confirm(session, suspicion, CONFIDENCE_WINDOW);
	}
}

void session_free_lapsed(struct session *session)
{
	size_t i;

	for (i = 0; i < session->lapsed_count; i++)
		fact_clear(FACT_evidence, &session->lapsed[i].evidence);
	free(session->lapsed);
}

int feed_evidence(struct session *session, const struct evidence_fact *evidence)
{
	bool history;

	if (is_known(session, evidence))
		return 0;
	if (evidence->key && set_add(&session->known, evidence->key))
		return -ENOMEM;
	if (!is_judged(session, evidence->slot, evidence->seq,
		       evidence->owner_slot, evidence->owner_seq))
		return 0;
	/* Its word may be wrong: it proves nothing of other events. */
	if (evidence->check == CHECK_pooled_while_out) {
		finding_add(session, evidence->check, evidence,
			    CONFIDENCE_EVENTS);
		return 0;
	}
	history = evidence->history || note_reordered(session, evidence);
	if (is_direct_check(evidence->check) || evidence->direct ||
	    (evidence->slot == SLOT_NONE && !history)) {
		finding_add(session, evidence->check, evidence,
			    CONFIDENCE_DIRECT);
		return remember_proven(session, evidence);
	}
	if (evidence->lapsed) {
		struct suspicion late = suspicion_of(evidence, history);

		late.evidence = *evidence;
		lapse(session, &late);
		return 0;
	}
	/* A long watch that loses returns must not grow without end. */
	if (history && session->suspicion_count >= HISTORY_KEPT) {
		session->unproven[evidence->check]++;
		return 0;
	}
	return suspicion_add(session, evidence, history);
}

/* Of recordings from before each check was counted by itself. */
static int feed_unstored_any(struct session *session,
			     const struct unstored_fact *unstored)
{
	struct pool *pool =
		session_pool(session, unstored->slot, unstored->seq);

	if (!pool)
		return -EINVAL;
	pool->unstored += unstored->count;
	/* some of them may be what note_reordered() is about */
	if (unstored->net_iov)
		pool->reordered = true;
	return 0;
}

/* More of what waits already; NULL: nothing alike does. */
static struct suspicion *find_alike(const struct session *session,
				    const struct suspicion *like)
{
	struct suspicion *suspicion;
	size_t i;

	for (i = 0; i < session->suspicion_count; i++) {
		suspicion = &session->suspicions[i];
		if (suspicion->unstored && suspicion->waits[0] &&
		    suspicion->check == like->check &&
		    suspicion->history == like->history &&
		    !memcmp(suspicion->slot, like->slot, sizeof(like->slot)) &&
		    !memcmp(suspicion->seq, like->seq, sizeof(like->seq)))
			return suspicion;
	}
	return NULL;
}

/* Violations that found no evidence slot. */
int feed_unstored(struct session *session, const struct unstored_fact *unstored)
{
	struct suspicion like = {
		.check = unstored->check,
		.slot = { unstored->slot, unstored->owner_slot },
		.seq = { unstored->seq, unstored->owner_seq },
		.history = unstored->history || unstored->net_iov,
	};
	struct suspicion *suspicion;

	if (unstored->check == CHECK_NONE)
		return feed_unstored_any(session, unstored);
	if (!is_judged(session, like.slot[0], like.seq[0], like.slot[1],
		       like.seq[1]))
		return 0;
	if (unstored->net_iov) {
		mark_reordered(session, like.slot[0], like.seq[0]);
		mark_reordered(session, like.slot[1], like.seq[1]);
	}
	if (is_direct_check(unstored->check) || unstored->direct ||
	    (like.slot[0] == SLOT_NONE && !like.history)) {
		session->unstored[unstored->check] += unstored->count;
		return 0;
	}
	suspicion = find_alike(session, &like);
	if (!suspicion) {
		suspicion = suspicion_new(session, &like);
		if (!suspicion)
			return -ENOMEM;
		session->suspicion_count++;
	}
	suspicion->unstored += unstored->count;
	return 0;
}

/* ---- how suspicions end ---- */

static void suspicion_remove(struct session *session, size_t index)
{
	fact_clear(FACT_evidence, &session->suspicions[index].evidence);
	session->suspicion_count--;
	memmove(&session->suspicions[index], &session->suspicions[index + 1],
		(session->suspicion_count - index) *
			sizeof(*session->suspicions));
}

uint64_t suspicion_size(const struct suspicion *suspicion)
{
	return suspicion->unstored ? suspicion->unstored : 1;
}

void confirm(struct session *session, const struct suspicion *suspicion,
	     enum confidence confidence)
{
	if (suspicion->unstored)
		session->unstored[suspicion->check] += suspicion->unstored;
	else
		finding_add(session, suspicion->check, &suspicion->evidence,
			    confidence);
}

/* It no longer waits for a window of this pool; false: it never did. */
static bool stop_waiting(struct suspicion *suspicion, const struct pool *pool)
{
	bool waited = false;
	int side;

	for (side = 0; side < 2; side++) {
		if (!suspicion->waits[side] ||
		    suspicion->slot[side] != pool->slot ||
		    suspicion->seq[side] != pool->seq)
			continue;
		waited = true;
		suspicion->waits[side] = false;
	}
	return waited;
}

/* A window of one pool was closed: settle the suspicions that wait for it. */
static void settle(struct session *session, const struct pool *pool,
		   enum closed_result result)
{
	bool complete = result == CLOSED_COMPLETE;
	struct suspicion *suspicion;
	bool waited;
	size_t i = 0;

	while (i < session->suspicion_count) {
		suspicion = &session->suspicions[i];
		waited = stop_waiting(suspicion, pool);
		if (waited && !complete) {
			if (result == CLOSED_UNJUDGED)
				session->dropped[suspicion->check] +=
					suspicion_size(suspicion);
			else
				lapse(session, suspicion);
			suspicion_remove(session, i);
		} else if (!suspicion->waits[0] && !suspicion->waits[1] &&
			   !suspicion->history) {
			confirm(session, suspicion, CONFIDENCE_WINDOW);
			suspicion_remove(session, i);
		} else {
			i++;
		}
	}
}

/*
 * A window was closed, as complete, gap (something is missing), untrusted
 * (nothing is missing, but words are not corrected yet after a gap) or
 * unjudged (before the first full window).
 */
int feed_window(struct session *session, const struct window_fact *window)
{
	struct pool *pool = session_pool(session, window->slot, window->seq);
	bool complete = window->result == CLOSED_COMPLETE;

	if (!pool)
		return -EINVAL;
	/* What was compared before the first event says nothing of it. */
	if (!pool->events && window->events)
		pool->compared = false;
	pool->windows++;
	pool->events += window->events;
	pool->complete += complete;
	if (complete)
		pool->conclusive += window->events;
	if (window->result == CLOSED_GAP)
		note_gap(pool, window);
	pool->trusted = complete ||
			(pool->trusted && window->result == CLOSED_UNJUDGED);
	if (complete && pool->judged)
		session->unstored[CHECK_NONE] += pool->unstored;
	pool->unstored = 0;
	settle(session, pool, window->result);
	return 0;
}

/* By direct evidence of the same page, or of its pool. */
static bool is_proven(const struct session *session,
		      const struct suspicion *suspicion)
{
	uint64_t netmem = evidence_netmem(&suspicion->evidence);
	uint32_t slot = suspicion->slot[0], seq = suspicion->seq[0];
	char name[64];

	return set_has(&session->proven,
		       proven_name(name, sizeof(name), slot, seq, netmem)) ||
	       set_has(&session->proven,
		       proven_name(name, sizeof(name), slot, seq, FRAME_NONE));
}

void settle_history(struct session *session)
{
	struct suspicion *suspicion;
	size_t i = 0;

	while (i < session->suspicion_count) {
		suspicion = &session->suspicions[i];
		if (!suspicion->history) {
			i++;
			continue;
		}
		if (is_proven(session, suspicion))
			confirm(session, suspicion, CONFIDENCE_OTHER);
		else
			session->unproven[suspicion->check] +=
				suspicion_size(suspicion);
		suspicion_remove(session, i);
	}
}

/* Were there violations that not even the maps could count by check? */
static bool has_uncounted(const struct session *session)
{
	size_t i;

	for (i = 0; i < session->losses.count; i++)
		if (session->losses.items[i].what == LOSS_EVIDENCE)
			return true;
	return false;
}

/* Can the check be broken by an event, which may have found no evidence slot? */
static bool is_of_events(const struct finding *finding)
{
	return fact_has(&finding->evidence, evidence, event);
}

/*
 * What found no evidence slot counts with the finding of its check. A recording
 * has the events of some: those were found again, and count once.
 */
void count_unstored(struct session *session)
{
	struct finding *finding;
	uint64_t *unstored;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		finding = &session->findings[check];
		unstored = &session->unstored[check];
		if (session_blind(session, check) || !finding->count)
			continue;
		if (*unstored > finding->replayed)
			finding->count += *unstored - finding->replayed;
		*unstored = 0;
		if (is_of_events(finding) && has_uncounted(session))
			finding->at_least = true;
	}
}
