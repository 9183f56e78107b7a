// SPDX-License-Identifier: GPL-2.0
/* Builds a session from frames: one function per frame type. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/facts/netmem.h"
#include "user/judge/private.h"

/* Pools that are gone for good and still kept one by one. */
#define FINAL_POOLS_KEPT 32
/* XDP programs that are kept one by one. */
#define XDP_KEPT 64
/* Suspicions from which on those of mere history are only counted. */
#define HISTORY_KEPT 256

struct session *session_new(void)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->hooks = json_array();
	session->blind = json_array();
	session->losses = json_array();
	session->xdp = json_array();
	session->xdp_gone = json_object();
	session->notes = json_array();
	session->places = json_array();
	session->known = json_object();
	session->proven = json_object();
	return session;
}

void page_facts_free(struct page_fact *pages, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		json_decref(pages[i].known);
	free(pages);
}

static void pool_free(struct pool_fact *pool)
{
	page_facts_free(pool->pages, pool->page_count);
	pool_free_holders(pool);
	json_decref(pool->flow);
	json_decref(pool->hold_stack);
	json_decref(pool->attached);
	free(pool);
}

void session_free(struct session *session)
{
	size_t i;

	if (!session)
		return;
	for (i = 0; i < session->pool_count; i++)
		pool_free(session->pools[i]);
	free(session->pools);
	for (i = 0; i < session->suspicion_count; i++)
		json_decref(session->suspicions[i].evidence);
	free(session->suspicions);
	for (i = 0; i < CHECK_COUNT; i++)
		json_decref(session->findings[i].evidence);
	json_decref(session->meta);
	json_decref(session->hooks);
	json_decref(session->blind);
	json_decref(session->losses);
	json_decref(session->xdp);
	json_decref(session->xdp_gone);
	json_decref(session->netlink);
	json_decref(session->notes);
	json_decref(session->counters);
	json_decref(session->timing);
	json_decref(session->probe);
	json_decref(session->known);
	json_decref(session->proven);
	session_free_holders(session);
	free(session);
}

struct pool_fact *session_pool(const struct session *session, uint32_t slot,
			       uint32_t life)
{
	size_t i;

	/* The newest tenants are asked for most. */
	for (i = session->pool_count; i-- > 0;)
		if (session->pools[i]->slot == slot &&
		    session->pools[i]->life == life)
			return session->pools[i];
	return NULL;
}

static struct pool_fact *pool_add(struct session *session, uint32_t slot,
				  uint32_t life)
{
	struct pool_fact **pools, *pool;

	pools = realloc(session->pools,
			(session->pool_count + 1) * sizeof(*pools));
	if (!pools)
		return NULL;
	session->pools = pools;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->slot = slot;
	pool->life = life;
	pool->queue = -1;
	pool->oldest_ms = -1;
	pool->trusted = true;
	pools[session->pool_count++] = pool;
	return pool;
}

const char *blind_why(const struct session *session, enum model_check check)
{
	const char *id, *why;
	json_t *blind;
	size_t i;

	json_array_foreach (session->blind, i, blind)
		if (!json_unpack(blind, "{s:s, s:s}", "check", &id, "why",
				 &why) &&
		    !strcmp(id, check_infos[check].id))
			return why;
	return NULL;
}

const char *pool_name(const struct pool_fact *pool, char *buffer, size_t size)
{
	if (!pool)
		snprintf(buffer, size, "unknown pool");
	else if (!pool->device[0])
		snprintf(buffer, size, "pool 0x%" PRIx64, pool->pool);
	else if (pool->queue >= 0)
		snprintf(buffer, size, "%s/%d", pool->device, pool->queue);
	else
		snprintf(buffer, size, "%s", pool->device);
	return buffer;
}

int frame_pool(const struct session *session, json_t *frame,
	       struct pool_fact **pool)
{
	int slot, life;

	if (json_unpack(frame, "{s:i, s:i}", "slot", &slot, "life", &life))
		return -EINVAL;
	*pool = session_pool(session, slot, life);
	return *pool ? 0 : -EINVAL;
}

static int feed_meta(struct session *session, json_t *frame)
{
	json_int_t min_age = 0;
	const char *schema;

	if (json_unpack(frame, "{s:s, s?I}", "schema", &schema, "min_age_ms",
			&min_age) ||
	    strcmp(schema, SESSION_SCHEMA) || session->meta || min_age < 0)
		return -EINVAL;
	session->min_age_ms = min_age;
	session->meta = json_incref(frame);
	return 0;
}

bool session_is_snapshot(const struct session *session)
{
	const char *tier =
		json_string_value(json_object_get(session->meta, "tier"));

	return tier && !strcmp(tier, "snapshot");
}

const char *session_hidden(const struct session *session)
{
	return json_string_value(json_object_get(session->meta, "hidden"));
}

static int feed_hook(struct session *session, json_t *frame)
{
	const char *hook, *how;

	if (json_unpack(frame, "{s:s, s:s}", "hook", &hook, "how", &how))
		return -EINVAL;
	return json_array_append(session->hooks, frame) ? -ENOMEM : 0;
}

static int feed_blind(struct session *session, json_t *frame)
{
	const char *check, *why;

	if (json_unpack(frame, "{s:s, s:s}", "check", &check, "why", &why) ||
	    check_by_id(check) == CHECK_NONE)
		return -EINVAL;
	return json_array_append(session->blind, frame) ? -ENOMEM : 0;
}

static int feed_loss(struct session *session, json_t *frame)
{
	const char *what, *why;
	json_int_t count;

	if (json_unpack(frame, "{s:s, s:I, s:s}", "what", &what, "count",
			&count, "why", &why))
		return -EINVAL;
	return json_array_append(session->losses, frame) ? -ENOMEM : 0;
}

static int feed_note(struct session *session, json_t *frame)
{
	json_t *text = json_object_get(frame, "text");

	if (!json_is_string(text))
		return -EINVAL;
	return json_array_append(session->notes, text) ? -ENOMEM : 0;
}

/* A kernel address: a string like "0xffff8881...", or an integer. */
static int frame_address(json_t *frame, const char *name, uint64_t *address)
{
	json_t *value = json_object_get(frame, name);
	const char *text = json_string_value(value);
	char *end;

	if (json_is_integer(value)) {
		*address = json_integer_value(value);
		return 0;
	}
	if (!text || !*text)
		return -EINVAL;
	*address = strtoull(text, &end, 16);
	return *end ? -EINVAL : 0;
}

/* Identity of a pool; may come again when more of it is known. */
static int feed_pool(struct session *session, json_t *frame)
{
	int slot, life, queue = -1, judged, born = 0, dma = 0, tracked = 0;
	json_int_t netns = 0, ifindex = 0, netlink_id = 0, mem_id = 0;
	json_int_t napi = 0, order = 0, size = 0;
	struct pool_fact *fact;
	const char *device;
	uint64_t pool;

	if (json_unpack(frame, "{s:i, s:i, s:s, s:b}", "slot", &slot, "life",
			&life, "device", &device, "judged", &judged) ||
	    frame_address(frame, "pool", &pool))
		return -EINVAL;
	json_unpack(frame,
		    "{s?i, s?I, s?I, s?I, s?I, s?I, s?I, s?I, s?b, s?b, s?b}",
		    "queue", &queue, "ifindex", &ifindex, "netns", &netns,
		    "netlink_id", &netlink_id, "xdp_mem_id", &mem_id, "napi_id",
		    &napi, "order", &order, "size", &size, "born_seen", &born,
		    "dma_map", &dma, "dma_tracked", &tracked);
	fact = session_pool(session, slot, life);
	if (!fact)
		fact = pool_add(session, slot, life);
	if (!fact)
		return -ENOMEM;
	fact->pool = pool;
	snprintf(fact->device, sizeof(fact->device), "%s", device);
	fact->judged = judged;
	fact->queue = queue;
	fact->ifindex = ifindex;
	fact->netns = netns;
	fact->netlink_id = netlink_id;
	fact->xdp_mem_id = mem_id;
	fact->napi_id = napi;
	fact->order = order;
	fact->size = size;
	fact->born_seen = born;
	fact->dma_map = dma;
	fact->dma_tracked = tracked;
	return 0;
}

static int feed_hold_stack(struct session *session, json_t *frame)
{
	json_t *stack = json_object_get(frame, "stack");
	struct pool_fact *pool;

	if (frame_pool(session, frame, &pool) || !json_is_array(stack))
		return -EINVAL;
	json_decref(pool->hold_stack);
	pool->hold_stack = json_incref(stack);
	return 0;
}

static bool is_worse(enum check_severity severity, enum check_severity than)
{
	static const int badness[] = {
		[SEVERITY_WARN] = 0, [SEVERITY_INCONCLUSIVE] = 1, [SEVERITY_FAIL] = 2
	};

	return badness[severity] > badness[than];
}

void finding_add_many(struct session *session, enum model_check check,
		      enum check_severity severity, uint64_t count,
		      json_t *evidence, const char *confidence)
{
	struct finding *finding = &session->findings[check];

	if (!finding->count || is_worse(severity, finding->severity)) {
		json_decref(finding->evidence);
		finding->evidence = json_incref(evidence);
		finding->confidence = confidence;
		finding->severity = severity;
	}
	finding->check = check;
	finding->count += count;
}

static void finding_add(struct session *session, enum model_check check,
			json_t *evidence, const char *confidence)
{
	finding_add_many(session, check, check_infos[check].severity, 1,
			 evidence, confidence);
}

static void suspicion_remove(struct session *session, size_t index)
{
	json_decref(session->suspicions[index].evidence);
	session->suspicion_count--;
	memmove(&session->suspicions[index], &session->suspicions[index + 1],
		(session->suspicion_count - index) *
			sizeof(*session->suspicions));
}

/*
 * Evidence that speaks for itself: the kernel said so, or the bytes in the
 * page, whatever events were lost. The rest waits for its pools' windows.
 */
static bool evidence_is_direct(enum model_check check, json_t *frame)
{
	return check == CHECK_freed_while_held ||
	       check == CHECK_negative_inflight ||
	       check_infos[check].tier == TIER_AUDIT ||
	       json_is_true(json_object_get(frame, "direct"));
}

/*
 * The same violation may come twice: as evidence of the running kernel and
 * from the events of its recording. It counts once, in whatever order they
 * come, and also after it was settled: a dropped suspicion stays dropped.
 * Evidence without a key is never the same as another.
 */
static bool evidence_known(struct session *session, json_t *frame)
{
	const char *key = json_string_value(json_object_get(frame, "key"));

	if (!key)
		return false;
	if (json_object_get(session->known, key))
		return true;
	json_object_set_new(session->known, key, json_true());
	return false;
}

/* With -i, a violation counts when one of its pools is asked for. */
static bool evidence_judged(const struct session *session, uint32_t slot,
			    uint32_t life, uint32_t owner, uint32_t owner_life)
{
	const struct pool_fact *pool = session_pool(session, slot, life);
	const struct pool_fact *other =
		session_pool(session, owner, owner_life);

	if (!pool && !other)
		return true;
	return (pool && pool->judged) || (other && other->judged);
}

/* The name of a page, or of a pool alone, among what direct evidence proved. */
static const char *proven_name(char *name, size_t size, uint32_t slot,
			       uint32_t life, json_t *frame)
{
	uint64_t number;

	if (!frame || netmem_named(frame, &number))
		number = FRAME_NONE;
	snprintf(name, size, "%u:%u:%" PRIx64, slot, life, number);
	return name;
}

/*
 * Direct evidence of the function tier speaks for what is only history: a page
 * that comes back twice was handed out twice, and a race in the cache gives
 * the same page to both.
 */
static void remember_proven(struct session *session, enum model_check check,
			    uint32_t slot, uint32_t life, json_t *frame)
{
	uint64_t number;
	char name[64];

	if ((check == CHECK_put_while_pooled ||
	     check == CHECK_handed_out_twice) &&
	    !netmem_named(frame, &number))
		proven_name(name, sizeof(name), slot, life, frame);
	else if (check == CHECK_cache_race)
		proven_name(name, sizeof(name), slot, life, NULL);
	else
		return;
	json_object_set_new(session->proven, name, json_true());
}

static bool is_proven(const struct session *session,
		      const struct suspicion *suspicion)
{
	uint32_t slot = suspicion->slot[0], life = suspicion->life[0];
	char name[64];

	return json_object_get(session->proven,
			       proven_name(name, sizeof(name), slot, life,
					   suspicion->evidence)) ||
	       json_object_get(session->proven, proven_name(name, sizeof(name),
							    slot, life, NULL));
}

/* At the end: history that nothing proves is not held against anybody. */
static void settle_history(struct session *session)
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
			finding_add(session, suspicion->check,
				    suspicion->evidence, "proven by another");
		else
			session->unproven[suspicion->check]++;
		suspicion_remove(session, i);
	}
}

/*
 * A net_iov is its provider's again before the kernel tells that it left its
 * pool (page_pool_return_netmem(): release_netmem() first), so that who takes it
 * next may be seen first. A hold or a release that its word forbids is history
 * therefore, and what these pools count is not to be compared any more.
 */
static bool note_reordered(struct session *session, json_t *frame,
			   uint32_t slot, uint32_t life, uint32_t owner_slot,
			   uint32_t owner_life)
{
	const char *event = json_string_value(json_object_get(frame, "event"));
	struct pool_fact *pool;

	if (!json_object_get(frame, "net_iov") || !event ||
	    (event_by_name(event) != EVENT_HOLD &&
	     event_by_name(event) != EVENT_RELEASE))
		return false;
	pool = session_pool(session, slot, life);
	if (pool)
		pool->reordered = true;
	pool = session_pool(session, owner_slot, owner_life);
	if (pool)
		pool->reordered = true;
	return true;
}

static int feed_evidence(struct session *session, json_t *frame)
{
	int slot = SLOT_NONE, life = 0, owner_slot = SLOT_NONE, owner_life = 0;
	struct suspicion *suspicions, *suspicion;
	enum model_check check;
	const char *id;
	bool history;

	if (json_unpack(frame, "{s:s, s?i, s?i, s?i, s?i}", "check", &id,
			"slot", &slot, "life", &life, "owner_slot", &owner_slot,
			"owner_life", &owner_life))
		return -EINVAL;
	check = check_by_id(id);
	if (check == CHECK_NONE)
		return -EINVAL;
	if (evidence_known(session, frame))
		return 0;
	if (!evidence_judged(session, slot, life, owner_slot, owner_life))
		return 0;
	history = json_is_true(json_object_get(frame, "history")) ||
		  note_reordered(session, frame, slot, life, owner_slot,
				 owner_life);
	if (evidence_is_direct(check, frame) ||
	    (slot == SLOT_NONE && !history)) {
		remember_proven(session, check, slot, life, frame);
		finding_add(session, check, frame, "direct");
		return 0;
	}
	/* A long watch that loses returns must not grow without end. */
	if (history && session->suspicion_count >= HISTORY_KEPT) {
		session->unproven[check]++;
		return 0;
	}
	suspicions = realloc(session->suspicions, (session->suspicion_count +
						   1) * sizeof(*suspicions));
	if (!suspicions)
		return -ENOMEM;
	session->suspicions = suspicions;
	suspicion = &suspicions[session->suspicion_count++];
	*suspicion = (struct suspicion){
		.check = check,
		.slot = { slot, owner_slot },
		.life = { life, owner_life },
		.waits = { true,
			   owner_slot != SLOT_NONE &&
				   (owner_slot != slot || owner_life != life) },
		.history = history,
		.evidence = json_incref(frame),
	};
	return 0;
}

/* A window of one pool was closed: settle the suspicions that wait for it. */
static void settle(struct session *session, uint32_t slot, uint32_t life,
		   bool complete)
{
	struct suspicion *suspicion;
	size_t i = 0;
	int side;

	while (i < session->suspicion_count) {
		bool touched = false;

		suspicion = &session->suspicions[i];
		for (side = 0; side < 2; side++) {
			if (!suspicion->waits[side] ||
			    suspicion->slot[side] != slot ||
			    suspicion->life[side] != life)
				continue;
			touched = true;
			suspicion->waits[side] = false;
		}
		if (touched && !complete) {
			session->dropped[suspicion->check]++;
			suspicion_remove(session, i);
		} else if (!suspicion->waits[0] && !suspicion->waits[1] &&
			   !suspicion->history) {
			finding_add(session, suspicion->check,
				    suspicion->evidence, "complete window");
			suspicion_remove(session, i);
		} else {
			i++;
		}
	}
}

/* unstored: violations of a pool that found no evidence slot. */
static int feed_unstored(struct session *session, json_t *frame)
{
	struct pool_fact *pool;
	json_int_t count;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:I}", "count", &count))
		return -EINVAL;
	pool->unstored += count;
	/* some of them may be what note_reordered() is about */
	if (json_is_true(json_object_get(frame, "net_iov")))
		pool->reordered = true;
	return 0;
}

/*
 * window: events, result "complete", "gap" (something is missing),
 * "untrusted" (nothing is missing, but words are not corrected yet after a
 * gap) or "unjudged" (before the first full window).
 */
static int feed_window(struct session *session, json_t *frame)
{
	struct pool_fact *pool;
	const char *result;
	json_int_t events;
	bool complete;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:I, s:s}", "events", &events, "result",
			&result))
		return -EINVAL;
	complete = !strcmp(result, "complete");
	if (!complete && strcmp(result, "gap") && strcmp(result, "untrusted") &&
	    strcmp(result, "unjudged"))
		return -EINVAL;
	pool->windows++;
	pool->events += events;
	if (complete)
		pool->conclusive += events;
	if (!strcmp(result, "gap"))
		pool->gaps++;
	pool->trusted = complete || (pool->trusted && strcmp(result, "gap") &&
				     strcmp(result, "untrusted"));
	if (complete && pool->judged)
		session->unstored += pool->unstored;
	pool->unstored = 0;
	settle(session, pool->slot, pool->life, complete);
	return 0;
}

/* Does a finding or suspicion name this pool? Then it is kept. */
static bool is_named(const struct session *session,
		     const struct pool_fact *pool)
{
	int slot, life, check;
	size_t i;

	for (i = 0; i < session->suspicion_count; i++)
		if (session->suspicions[i].slot[0] == pool->slot ||
		    session->suspicions[i].slot[1] == pool->slot)
			return true;
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count &&
		    !json_unpack(session->findings[check].evidence,
				 "{s:i, s:i}", "slot", &slot, "life", &life) &&
		    pool->slot == (uint32_t)slot &&
		    pool->life == (uint32_t)life)
			return true;
	return false;
}

/* Takes a pool out of the list. */
static void pool_remove(struct session *session, size_t index)
{
	pool_free(session->pools[index]);
	session->pool_count--;
	memmove(&session->pools[index], &session->pools[index + 1],
		(session->pool_count - index) * sizeof(*session->pools));
}

/*
 * A watch of days sees pools come and go without end: of those that are gone
 * for good the newest are kept one by one, the others as a sum.
 */
static void fold_pools(struct session *session)
{
	struct pool_fact *pool;
	size_t i;

	for (i = 0;
	     i < session->pool_count && session->final_count > FINAL_POOLS_KEPT;
	     i++) {
		pool = session->pools[i];
		if (!pool->final || is_named(session, pool))
			continue;
		if (pool->judged) {
			session->gone.pools++;
			session->gone.events += pool->events;
			session->gone.conclusive += pool->conclusive;
			session->gone.gaps += pool->gaps > 0;
		}
		session->final_count--;
		pool_remove(session, i--);
	}
}

/*
 * forget: a slot went to another pool before anybody closed the window; the
 * numbers of this tenant come with the next folded frame.
 */
static int feed_forget(struct session *session, json_t *frame)
{
	struct pool_fact *pool;
	size_t i;

	if (frame_pool(session, frame, &pool))
		return -EINVAL;
	/* Closed windows of it are in the folded numbers as well. */
	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i] == pool)
			break;
	pool_remove(session, i);
	return 0;
}

/* folded: pools that BPF itself summed up, with no reader (pinned mode). */
static int feed_folded(struct session *session, json_t *frame)
{
	json_int_t pools, events, conclusive;

	if (json_unpack(frame, "{s:I, s:I, s:I}", "pools", &pools, "events",
			&events, "conclusive", &conclusive))
		return -EINVAL;
	session->gone.pools += pools;
	session->gone.events += events;
	session->gone.conclusive += conclusive;
	session->gone.gaps += events != conclusive;
	return 0;
}

/* state: a pool was destroyed and waits, or is gone. */
static int feed_state(struct session *session, json_t *frame)
{
	struct pool_fact *pool;
	json_int_t inflight = 0;
	const char *state;
	int bound = 0, final = 0;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:s, s?I, s?b, s?b}", "state", &state,
			"inflight", &inflight, "driver_bound", &bound, "final",
			&final))
		return -EINVAL;
	pool->inflight = inflight;
	pool->driver_bound = bound;
	if (!strcmp(state, "stalled"))
		pool->state = POOL_STATE_STALLED;
	else if (!strcmp(state, "gone"))
		pool->state = POOL_STATE_GONE;
	else if (!strcmp(state, "active"))
		pool->state = POOL_STATE_ACTIVE;
	else
		return -EINVAL;
	/* What an audit saw in cache and ring was given back since. */
	if (pool->state != POOL_STATE_ACTIVE)
		pool->audited = false;
	if (final && !pool->final) {
		pool->final = true;
		session->final_count++;
		fold_pools(session);
	}
	return 0;
}

bool counts_differ(uint32_t inflight, json_int_t witness)
{
	return witness >= 0 && (int32_t)inflight != (int32_t)witness;
}

/*
 * count: one look at a pool after the drain, its own counters beside the
 * shadow and the scan. A mismatch counts when two quiet looks in a row see it.
 * Unfollowed: it may count net_iovs that no witness of ours knows; recordings
 * of before they were followed tell their number only.
 */
static int feed_count(struct session *session, json_t *frame)
{
	json_int_t hold, release, shadow, scan, oldest = -1, net_iov = 0;
	bool again, quiet, mismatch;
	int is_quiet, unfollowed = -1;
	struct pool_fact *pool;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:I, s:I, s:I, s:I, s:b, s?I, s?I, s?b}",
			"hold", &hold, "release", &release, "shadow", &shadow,
			"scan", &scan, "quiet", &is_quiet, "oldest_ms", &oldest,
			"net_iov", &net_iov, "unfollowed", &unfollowed))
		return -EINVAL;
	quiet = is_quiet;
	mismatch = quiet && (counts_differ(hold - release, shadow) ||
			     counts_differ(hold - release, scan));
	again = pool->counted && pool->quiet && pool->hold == hold &&
		pool->release == release && pool->shadow_held == shadow &&
		pool->scan_held == scan;
	pool->mismatch = mismatch && again;
	pool->counted = true;
	pool->quiet = quiet;
	pool->hold = hold;
	pool->release = release;
	pool->inflight = (int32_t)(hold - release);
	pool->shadow_held = shadow;
	pool->scan_held = scan;
	pool->oldest_ms = oldest;
	pool->net_iov = net_iov;
	pool->unfollowed = unfollowed < 0 ? net_iov > 0 : unfollowed;
	return 0;
}

int page_fact_add(struct page_fact **pages, size_t *count, json_t *frame)
{
	struct page_fact *more;
	uint64_t frame_number;
	const char *state;
	json_int_t age;

	if (netmem_named(frame, &frame_number) ||
	    json_unpack(frame, "{s:s, s:I}", "state", &state, "age_ms", &age) ||
	    state_by_name(state) == STATE_COUNT)
		return -EINVAL;
	more = realloc(*pages, (*count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	*pages = more;
	more[(*count)++] = (struct page_fact){
		.frame = frame_number,
		.state = state_by_name(state),
		.age_ms = age,
		.known = json_incref(frame),
	};
	return 0;
}

/* page: a page that a stalled pool still waits for. */
static int feed_page(struct session *session, json_t *frame)
{
	struct pool_fact *pool;

	if (frame_pool(session, frame, &pool))
		return -EINVAL;
	return page_fact_add(&pool->pages, &pool->page_count, frame);
}

/* flow: where a pool's pages went, by the function tier. */
static int feed_flow(struct session *session, json_t *frame)
{
	struct pool_fact *pool;
	json_t *flow;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:o}", "flow", &flow) || !json_is_object(flow))
		return -EINVAL;
	json_decref(pool->flow);
	pool->flow = json_incref(flow);
	return 0;
}

/* followed: pages out by hand-outs and returns, beside the pool's own count. */
static int feed_followed(struct session *session, json_t *frame)
{
	json_int_t out, unsure, kernel;
	struct pool_fact *pool;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:I, s:I, s:I}", "out", &out, "unsure",
			&unsure, "kernel", &kernel))
		return -EINVAL;
	pool->followed = true;
	pool->followed_out = out;
	pool->followed_unsure = unsure;
	pool->followed_kernel = kernel;
	return 0;
}

static int feed_audit(struct session *session, json_t *frame)
{
	struct pool_fact *pool;
	int cache, ring, rested;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:i, s:i, s:b}", "cache", &cache, "ring",
			&ring, "rested", &rested))
		return -EINVAL;
	pool->audited = true;
	pool->audit_rested = rested;
	pool->in_cache = cache;
	pool->in_ring = ring;
	return 0;
}

static int feed_attached(struct session *session, json_t *frame)
{
	struct pool_fact *pool;
	json_int_t hold, release, cache, ring;
	json_t *flow;
	int rested;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:I, s:I, s:I, s:I, s:b}", "hold", &hold,
			"release", &release, "cache", &cache, "ring", &ring,
			"rested", &rested))
		return -EINVAL;
	json_decref(pool->attached);
	pool->attached = json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "hold",
				   hold, "release", release, "in_cache", cache,
				   "in_ring", ring, "out",
				   (int32_t)(hold - release) - cache - ring,
				   "audit_rested", rested);
	flow = json_object_get(frame, "flow");
	if (flow)
		json_object_set(pool->attached, "flow", flow);
	return pool->attached ? 0 : -ENOMEM;
}

/* A long watch keeps the newest programs one by one; older ones are a sum. */
static void fold_xdp(struct session *session)
{
	json_t *gone = session->xdp_gone, *oldest, *packets, *value;
	const char *action;
	json_int_t sum;

	if (json_array_size(session->xdp) <= XDP_KEPT)
		return;
	oldest = json_array_get(session->xdp, 0);
	sum = json_integer_value(json_object_get(gone, "programs"));
	json_object_set_new(gone, "programs", json_integer(sum + 1));
	packets = json_object_get(oldest, "packets");
	json_object_foreach (packets, action, value) {
		sum = json_integer_value(json_object_get(gone, action));
		json_object_set_new(
			gone, action,
			json_integer(sum + json_integer_value(value)));
	}
	json_array_remove(session->xdp, 0);
}

/* xdp: statistics of one XDP program; the last frame of each id counts. */
static int feed_xdp(struct session *session, json_t *frame)
{
	json_int_t id, other;
	size_t i;

	if (json_unpack(frame, "{s:I}", "id", &id))
		return -EINVAL;
	for (i = 0; i < json_array_size(session->xdp); i++) {
		if (json_unpack(json_array_get(session->xdp, i), "{s:I}", "id",
				&other))
			continue;
		if (id == other)
			return json_array_set(session->xdp, i, frame) ?
				       -ENOMEM :
				       0;
	}
	if (json_array_append(session->xdp, frame))
		return -ENOMEM;
	fold_xdp(session);
	return 0;
}

static int feed_netlink(struct session *session, json_t *frame)
{
	if (!json_is_array(json_object_get(frame, "pools")))
		return -EINVAL;
	json_decref(session->netlink);
	session->netlink = json_incref(frame);
	return 0;
}

static int feed_counters(struct session *session, json_t *frame)
{
	json_decref(session->counters);
	session->counters = json_incref(frame);
	return 0;
}

static int feed_timing(struct session *session, json_t *frame)
{
	json_decref(session->timing);
	session->timing = json_incref(frame);
	return 0;
}

/* probe: what a kernel supports. */
static int feed_probe(struct session *session, json_t *frame)
{
	if (!json_is_array(json_object_get(frame, "capabilities")) ||
	    session->probe)
		return -EINVAL;
	session->probe = json_incref(frame);
	return 0;
}

static int feed_workload(struct session *session, json_t *frame)
{
	int status;

	if (json_unpack(frame, "{s:i}", "status", &status))
		return -EINVAL;
	session->workload_failed = status != 0;
	return 0;
}

static int feed_end(struct session *session, json_t *frame)
{
	json_int_t duration = 0;

	json_unpack(frame, "{s?I}", "duration_ms", &duration);
	session->duration_ms = duration;
	return 0;
}

static const struct {
	const char *type;
	int (*feed)(struct session *session, json_t *frame);
} feeders[] = {
	{ "meta", feed_meta },
	{ "hook", feed_hook },
	{ "blind", feed_blind },
	{ "loss", feed_loss },
	{ "note", feed_note },
	{ "pool", feed_pool },
	{ "hold_stack", feed_hold_stack },
	{ "evidence", feed_evidence },
	{ "unstored", feed_unstored },
	{ "window", feed_window },
	{ "state", feed_state },
	{ "folded", feed_folded },
	{ "forget", feed_forget },
	{ "count", feed_count },
	{ "page", feed_page },
	{ "audit", feed_audit },
	{ "flow", feed_flow },
	{ "followed", feed_followed },
	{ "attached", feed_attached },
	{ "xdp", feed_xdp },
	{ "netlink", feed_netlink },
	{ "counters", feed_counters },
	{ "timing", feed_timing },
	{ "probe", feed_probe },
	{ "walk", feed_walk },
	{ "place", feed_place },
	{ "holder", feed_holder },
	{ "held", feed_held },
	{ "unheld", feed_unheld },
	{ "nudge", feed_nudge },
	{ "nudged", feed_nudged },
	{ "workload", feed_workload },
	{ "end", feed_end },
};

int session_feed(struct session *session, json_t *frame)
{
	const char *type = json_string_value(json_object_get(frame, "t"));
	size_t i;

	if (!type)
		return -EINVAL;
	for (i = 0; i < sizeof(feeders) / sizeof(*feeders); i++)
		if (!strcmp(feeders[i].type, type))
			return feeders[i].feed(session, frame);
	return -EINVAL;
}

json_t *pool_evidence(const struct pool_fact *pool)
{
	char address[24];

	snprintf(address, sizeof(address), "0x%" PRIx64, pool->pool);
	return json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:I}", "pool", address,
			 "slot", pool->slot, "life", pool->life, "inflight",
			 (json_int_t)pool->inflight, "shadow",
			 (json_int_t)pool->shadow_held, "scan",
			 (json_int_t)pool->scan_held, "oldest_ms",
			 (json_int_t)pool->oldest_ms);
}

/* Findings that follow from a pool's last facts. */
static void derive_pool_findings(struct session *session,
				 struct pool_fact *pool)
{
	json_t *evidence;

	if (!pool->judged)
		return;
	/* With all pages back it only waits for the kernel's next look. */
	if (pool->state == POOL_STATE_STALLED && pool->inflight)
		derive_stalled_findings(session, pool);
	evidence = pool_evidence(pool);
	if (pool->mismatch && pool->trusted && !pool->unfollowed &&
	    !pool->reordered)
		finding_add(session, CHECK_count_mismatch, evidence,
			    "counters");
	if (pool->state == POOL_STATE_STALLED && pool->dma_map &&
	    !pool->dma_tracked && !pool->driver_bound && pool->inflight > 0)
		finding_add(session, CHECK_dma_after_unbind, evidence,
			    "counters");
	json_decref(evidence);
}

/* The kernel's own count of a pool, where netlink lists it. */
static void join_netlink(const struct session *session, struct pool_fact *pool)
{
	json_t *pools = json_object_get(session->netlink, "pools"), *entry;
	json_int_t id, inflight;
	size_t i;

	if (!pool->netlink_id)
		return;
	json_array_foreach (pools, i, entry) {
		if (json_unpack(entry, "{s:I, s:I}", "id", &id, "inflight",
				&inflight) ||
		    id != pool->netlink_id)
			continue;
		pool->netlink_counted = true;
		pool->netlink_inflight = inflight;
	}
}

void session_finish(struct session *session)
{
	struct pool_fact *pool;
	size_t i;

	if (session->finished)
		return;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (pool->audited)
			pool->out = (int64_t)pool->inflight - pool->in_cache -
				    pool->in_ring;
		if (pool->state == POOL_STATE_STALLED &&
		    pool->inflight > (int64_t)pool->page_count)
			pool->pages_unlisted =
				pool->inflight - pool->page_count;
		join_netlink(session, pool);
		sort_holders(pool);
		derive_pool_findings(session, pool);
	}
	derive_leaked_blind(session);
	settle_history(session);
	session->finished = true;
}
