// SPDX-License-Identifier: GPL-2.0
/*
 * The JSON report. A stable contract, written down in docs/json.md: members
 * may be added, but none is renamed, removed or given another meaning.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/facts/netmem.h"
#include "user/report.h"
#include "user/util/util.h"

/* Sets a member; a value that could not be made (NULL) becomes null. */
static void set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value ? value : json_null());
}

static void set_number(json_t *object, const char *name, int64_t value)
{
	set(object, name, json_integer(value));
}

/* A number that is null where nobody looked. */
static void set_known(json_t *object, const char *name, bool known,
		      int64_t value)
{
	set(object, name, known ? json_integer(value) : json_null());
}

static void set_address(json_t *object, const char *name, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	set(object, name, json_string(text));
}

/* Takes a member over from a frame as it is; null when it is not there. */
static void set_from(json_t *object, json_t *frame, const char *name)
{
	set(object, name, json_incref(json_object_get(frame, name)));
}

/* A copy of a frame without its type. */
static json_t *copy_frame(json_t *frame)
{
	json_t *copy = frame ? json_copy(frame) : NULL;

	json_object_del(copy, "t");
	return copy;
}

static json_t *copy_frames(json_t *frames)
{
	json_t *copies = json_array(), *frame;
	size_t i;

	json_array_foreach (frames, i, frame)
		json_array_append_new(copies, copy_frame(frame));
	return copies;
}

static json_t *build_coverage(const struct session *session,
			      const struct coverage *coverage)
{
	json_t *object = json_object(), *active = json_array();
	json_t *checks = json_object();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (!blind_why(session, check))
			json_array_append_new(
				active, json_string(check_infos[check].id));
	set(checks, "active", active);
	set(checks, "blind", copy_frames(session->blind));
	set_number(object, "events", coverage->events);
	set_number(object, "conclusive", coverage->conclusive);
	set(object, "share", json_real(coverage->share));
	set(object, "threshold", json_real(coverage->threshold));
	set_number(object, "pools_judged", coverage->pools_judged);
	set_number(object, "pools_compared", coverage->pools_compared);
	set(object, "checks", checks);
	set(object, "hooks", copy_frames(session->hooks));
	return object;
}

/* What only the function tier knows of a page. */
static const char *const page_members[] = { "recycled",	       "handed_out",
					    "hand_outs_since", "returned",
					    "returns_since",   "xdp_verdict" };

static json_t *build_page(const struct page_fact *page)
{
	json_t *object = json_pack("{s:o, s:s, s:I}", netmem_key(page->frame),
				   netmem_value(page->frame), "state",
				   state_name(page->state), "age_ms",
				   (json_int_t)page->age_ms);
	json_t *value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(page_members); i++) {
		value = json_object_get(page->known, page_members[i]);
		if (value)
			json_object_set(object, page_members[i], value);
	}
	return object;
}

static json_t *build_pages(const struct page_fact *facts, size_t count)
{
	json_t *pages = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(pages, build_page(&facts[i]));
	return pages;
}

static void set_pages(json_t *object, const struct session *session,
		      const struct pool_fact *pool)
{
	size_t listed = count_listed_pages(session, pool), i;
	json_t *pages = json_array();

	for (i = 0; i < pool->page_count; i++)
		if (is_old_enough(session, pool->pages[i].age_ms))
			json_array_append_new(pages,
					      build_page(&pool->pages[i]));
	set(object, "pages", pages);
	set_number(object, "pages_unlisted",
		   pool->pages_unlisted + pool->page_count - listed);
}

/* Queues that have pages of the pool, without what names pool and walk. */
static void set_holders(json_t *object, const struct session *session,
			const struct pool_fact *pool)
{
	json_t *holders = json_array(), *holder, *copy;
	size_t i;

	json_array_foreach (pool->holders, i, holder) {
		if (!is_listed_holder(session, holder))
			continue;
		copy = copy_frame(holder);
		json_object_del(copy, "walk");
		json_object_del(copy, "slot");
		json_object_del(copy, "life");
		json_array_append_new(holders, copy);
	}
	set_number(object, "holders_unlisted",
		   json_array_size(pool->holders) - json_array_size(holders));
	set(object, "holders", holders);
}

static json_t *build_held(const struct held_fact *held)
{
	if (!held->walks)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "out", (json_int_t)held->out,
			 "attributed", (json_int_t)held->attributed, "unheld",
			 (json_int_t)held->unheld, "walks",
			 (json_int_t)held->walks);
}

static void set_identity(json_t *object, const struct pool_fact *pool)
{
	char name[80];

	set(object, "name", json_string(pool_name(pool, name, sizeof(name))));
	set_address(object, "pool", pool->pool);
	set_number(object, "slot", pool->slot);
	set_number(object, "life", pool->life);
	set(object, "device",
	    pool->device[0] ? json_string(pool->device) : json_null());
	set_known(object, "queue", pool->queue >= 0, pool->queue);
	set_number(object, "ifindex", pool->ifindex);
	set_number(object, "netns", pool->netns);
	set_number(object, "netlink_id", pool->netlink_id);
	set_number(object, "xdp_mem_id", pool->xdp_mem_id);
	set_number(object, "napi_id", pool->napi_id);
	set_number(object, "order", pool->order);
	set_number(object, "size", pool->size);
	set(object, "dma_map", json_boolean(pool->dma_map));
	set(object, "born_seen", json_boolean(pool->born_seen));
}

/* Pages out as the function tier followed them, and as the pool counts them. */
static json_t *build_followed(const struct pool_fact *pool)
{
	if (!pool->followed)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "out",
			 (json_int_t)pool->followed_out, "unsure",
			 (json_int_t)pool->followed_unsure, "kernel",
			 (json_int_t)pool->followed_kernel);
}

static json_t *build_pool(const struct session *session,
			  const struct pool_fact *pool)
{
	json_t *object = json_object();

	set_identity(object, pool);
	set(object, "judged", json_boolean(pool->judged));
	set(object, "state", json_string(pool_state_name(pool->state)));
	set_number(object, "events", pool->events);
	set_number(object, "conclusive", pool->conclusive);
	set_number(object, "windows", pool->windows);
	set_number(object, "gaps", pool->gaps);
	set_number(object, "net_iov", pool->net_iov);
	set(object, "unfollowed", json_boolean(pool->unfollowed));
	set(object, "quiet", json_boolean(pool->counted && pool->quiet));
	set_known(object, "hold", pool->counted, pool->hold);
	set_known(object, "release", pool->counted, pool->release);
	set_number(object, "inflight", pool->inflight);
	set_known(object, "shadow", pool->counted && pool->shadow_held >= 0,
		  pool->shadow_held);
	set_known(object, "scan", pool->counted && pool->scan_held >= 0,
		  pool->scan_held);
	set_known(object, "netlink", pool->netlink_counted,
		  pool->netlink_inflight);
	set(object, "mismatch", json_boolean(pool->mismatch));
	set_known(object, "in_cache", pool->audited, pool->in_cache);
	set_known(object, "in_ring", pool->audited, pool->in_ring);
	set_known(object, "out", pool->audited, pool->out);
	set(object, "audit_rested",
	    json_boolean(pool->audited && pool->audit_rested));
	set(object, "flow", pool->flow ? json_incref(pool->flow) : json_null());
	set(object, "followed", build_followed(pool));
	set(object, "attached",
	    pool->attached ? json_incref(pool->attached) : json_null());
	set_known(object, "oldest_ms", pool->oldest_ms >= 0, pool->oldest_ms);
	set_pages(object, session, pool);
	set_holders(object, session, pool);
	set(object, "held", build_held(&pool->held));
	set(object, "unheld_pages",
	    build_pages(pool->unheld_pages, pool->unheld_page_count));
	set(object, "hold_stack",
	    pool->hold_stack ? json_incref(pool->hold_stack) : json_array());
	return object;
}

static json_t *build_pools(const struct session *session)
{
	json_t *pools = json_array();
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		json_array_append_new(pools,
				      build_pool(session, session->pools[i]));
	return pools;
}

/* Pools that went and are not kept one by one. */
static json_t *build_gone(const struct gone_pools *gone)
{
	json_t *object = json_object();

	set_number(object, "pools", gone->pools);
	set_number(object, "events", gone->events);
	set_number(object, "conclusive", gone->conclusive);
	set_number(object, "gaps", gone->gaps);
	return object;
}

/* The first evidence: as it was fed, and who its pool is. */
static json_t *build_evidence(const struct session *session,
			      const struct finding *finding)
{
	const struct pool_fact *pool = finding_pool(session, finding);
	json_t *object = copy_frame(finding->evidence);
	char name[80];

	json_object_del(object, "check");
	json_object_del(object, "key");
	set(object, "pool_name",
	    json_string(pool_name(pool, name, sizeof(name))));
	set(object, "device",
	    pool && pool->device[0] ? json_string(pool->device) : json_null());
	set_known(object, "queue", pool && pool->queue >= 0,
		  pool ? pool->queue : 0);
	if (pool && pool->hold_stack)
		set(object, "hold_stack", json_incref(pool->hold_stack));
	return object;
}

static json_t *build_finding(const struct session *session,
			     const struct finding *finding)
{
	const struct check_info *info = &check_infos[finding->check];
	json_t *object = json_object();

	set(object, "check", json_string(info->id));
	set(object, "severity", json_string(severity_name(finding->severity)));
	set_number(object, "count", finding->count);
	set(object, "headline", json_string(info->headline));
	set(object, "confidence", json_string(finding->confidence));
	set(object, "causes", json_string(info->causes));
	set(object, "next", json_string(info->next));
	set(object, "evidence", build_evidence(session, finding));
	return object;
}

static json_t *build_findings(const struct session *session)
{
	json_t *findings = json_array();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count)
			json_array_append_new(
				findings,
				build_finding(session,
					      &session->findings[check]));
	return findings;
}

/* By check: how many of some violations, without those of which there are none. */
static json_t *build_by_check(const uint64_t counts[CHECK_COUNT])
{
	json_t *object = json_object();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (counts[check])
			set_number(object, check_infos[check].id,
				   counts[check]);
	return object;
}

/* The holder walks: their number, the last one's cost, and all places. */
static json_t *build_walks(const struct session *session)
{
	json_t *walks = copy_frame(session->walk);

	if (!walks)
		return json_null();
	json_object_del(walks, "walk");
	set_number(walks, "count", session->walk_count);
	set(walks, "places", json_deep_copy(session->places));
	return walks;
}

static json_t *build_nudge(const struct session *session)
{
	json_t *nudge = copy_frame(session->nudge), *pools;
	const struct pool_fact *pool;
	char name[80];
	size_t i;

	if (!nudge)
		return json_null();
	pools = json_array();
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->nudged)
			continue;
		json_array_append_new(
			pools,
			json_pack("{s:s, s:i, s:i, s:I, s:I}", "name",
				  pool_name(pool, name, sizeof(name)), "slot",
				  pool->slot, "life", pool->life, "before",
				  (json_int_t)pool->nudged_before, "after",
				  (json_int_t)pool->nudged_after));
	}
	set(nudge, "pools", pools);
	return nudge;
}

json_t *report_json(const struct session *session,
		    const struct verdict *verdict)
{
	static const char *const facts[] = { "kernel",	"machine", "version",
					     "started", "tier",	   "drain_ms",
					     "devices", "command", "shadow" };
	json_t *report = json_object();
	size_t i;

	if (!report)
		return NULL;
	set(report, "schema", json_string(SESSION_SCHEMA));
	set(report, "verdict", json_string(verdict->name));
	set_number(report, "exit_code", verdict->code);
	set(report, "reasons", json_incref(verdict->reasons));
	set(report, "warnings", json_incref(verdict->warnings));
	for (i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		set_from(report, session->meta, facts[i]);
	set_number(report, "min_age_ms", session->min_age_ms);
	set_number(report, "duration_ms", session->duration_ms);
	set(report, "coverage", build_coverage(session, &verdict->coverage));
	set(report, "findings", build_findings(session));
	set(report, "dropped", build_by_check(session->dropped));
	set(report, "unproven", build_by_check(session->unproven));
	set_number(report, "undecided", session->suspicion_count);
	set(report, "pools", build_pools(session));
	set(report, "pools_gone", build_gone(&session->gone));
	set(report, "walks", build_walks(session));
	set(report, "nudge", build_nudge(session));
	set(report, "xdp", copy_frames(session->xdp));
	set(report, "xdp_gone", copy_frame(session->xdp_gone));
	set(report, "losses", copy_frames(session->losses));
	set(report, "netlink", copy_frame(session->netlink));
	set(report, "counters", copy_frame(session->counters));
	set(report, "timing", copy_frame(session->timing));
	set(report, "workload_failed", json_boolean(session->workload_failed));
	set(report, "notes", json_incref(session->notes));
	return report;
}
