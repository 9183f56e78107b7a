// SPDX-License-Identifier: GPL-2.0
/*
 * The JSON report. A stable contract, written down in docs/json.md: members
 * may be added, but none is renamed, removed or given another meaning.
 */
#include <errno.h>
#include <stdio.h>

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
	set(object, name, address_value(address));
}

/* A fact without the members that name what it is of; NULL ends them. */
static json_t *encode_without(enum fact_type type, const void *fact,
			      const char *const *names)
{
	json_t *object = fact_encode(type, fact);

	for (; *names; names++)
		json_object_del(object, *names);
	return object;
}

/* Each fact of a list in a member, without the members in @names. */
static json_t *encode_list(enum fact_type type, const void *items, size_t count,
			   const char *const *names)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(
			array, encode_without(type,
					      (const char *)items +
						      i * fact_infos[type].size,
					      names));
	return array;
}

static const char *const all_members[] = { NULL };

/* ---- the verdict's reasons ---- */

static json_t *build_reasons(const struct session *session,
			     const struct reasons *reasons)
{
	json_t *array = json_array();
	char text[512];
	size_t i;

	for (i = 0; i < reasons->count; i++)
		json_array_append_new(
			array,
			fact_string(reason_text(session, &reasons->items[i],
						text, sizeof(text))));
	return array;
}

static json_t *build_codes(const struct reasons *reasons)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < reasons->count; i++)
		json_array_append_new(
			array,
			json_string(reason_infos[reasons->items[i].code].code));
	return array;
}

/* Texts, and beside them codes: null where a recording has none. */
static void set_notes(json_t *report, const struct note_facts *notes)
{
	json_t *texts = json_array(), *codes = json_array();
	const struct note_fact *note;

	for (note = notes->items; note < notes->items + notes->count; note++) {
		json_array_append_new(texts, fact_string(note->text));
		json_array_append_new(
			codes, fact_has(note, note, code) ?
				       json_string(note_code_name(note->code)) :
				       json_null());
	}
	set(report, "notes", texts);
	set(report, "note_codes", codes);
}

/* ---- coverage ---- */

static json_t *build_blind(const struct session *session)
{
	const struct blind_facts *blind = &session->blind;
	json_t *array = json_array(), *object;
	char text[512];
	size_t i;

	for (i = 0; i < blind->count; i++) {
		object = fact_encode(FACT_blind, &blind->items[i]);
		set(object, "why",
		    fact_string(blind_text(session, &blind->items[i], text,
					   sizeof(text))));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *build_coverage(const struct session *session,
			      const struct coverage *coverage)
{
	json_t *object = json_object(), *active = json_array();
	json_t *checks = json_object();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (!session_blind(session, check))
			json_array_append_new(
				active, json_string(check_infos[check].id));
	set(checks, "active", active);
	set(checks, "blind", build_blind(session));
	set_number(object, "events", coverage->events);
	set_number(object, "conclusive", coverage->conclusive);
	set(object, "share", json_real(coverage->share));
	set(object, "threshold", json_real(coverage->threshold));
	set_number(object, "pools_judged", coverage->pools_judged);
	set_number(object, "pools_compared", coverage->pools_compared);
	set(object, "checks", checks);
	if (session->has_control)
		set(object, "control",
		    fact_encode(FACT_control, &session->control));
	set(object, "hooks",
	    encode_list(FACT_hook, session->hooks.items, session->hooks.count,
			all_members));
	return object;
}

/* ---- pools ---- */

/* What names the pool of a page, or pool and walk of a holder. */
static const char *const page_of[] = { "slot", "life", NULL };
static const char *const holder_of[] = { "walk", "slot", "life", NULL };

static void set_pages(json_t *object, const struct session *session,
		      const struct pool *pool)
{
	const struct page_facts *pages = &pool->pages;
	size_t listed = count_listed_pages(session, pool), i;
	json_t *array = json_array();

	for (i = 0; i < pages->count; i++)
		if (is_old_enough(session, pages->items[i].age_ms))
			json_array_append_new(array,
					      encode_without(FACT_page,
							     &pages->items[i],
							     page_of));
	set(object, "pages", array);
	set_number(object, "pages_unlisted",
		   pool->pages_unlisted + pages->count - listed);
}

/* Queues that have pages of the pool. */
static void set_holders(json_t *object, const struct session *session,
			const struct pool *pool)
{
	const struct holder_facts *holders = &pool->holders;
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < holders->count; i++)
		if (is_old_enough(session, holders->items[i].oldest_ms))
			json_array_append_new(array,
					      encode_without(FACT_holder,
							     &holders->items[i],
							     holder_of));
	set_number(object, "holders_unlisted",
		   holders->count - json_array_size(array));
	set(object, "holders", array);
}

static json_t *build_held(const struct held *held)
{
	if (!held->walks)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "out", (json_int_t)held->out,
			 "attributed", (json_int_t)held->attributed, "unheld",
			 (json_int_t)held->unheld, "walks",
			 (json_int_t)held->walks);
}

static void set_identity(json_t *object, const struct pool *pool)
{
	char name[128];

	set(object, "name", fact_string(pool_name(pool, name, sizeof(name))));
	set_address(object, "pool", pool->address);
	set_number(object, "slot", pool->slot);
	set_number(object, "life", pool->life);
	set(object, "device",
	    pool->device[0] ? fact_string(pool->device) : json_null());
	set_known(object, "queue", pool->queue >= 0, pool->queue);
	set_known(object, "cpu", pool->cpu >= 0, pool->cpu);
	set(object, "driver",
	    pool->driver[0] ? fact_string(pool->driver) : json_null());
	set(object, "forgotten", json_boolean(pool->forgotten));
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
static json_t *build_followed(const struct pool *pool)
{
	if (!pool->followed)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "out",
			 (json_int_t)pool->followed_out, "unsure",
			 (json_int_t)pool->followed_unsure, "kernel",
			 (json_int_t)pool->followed_kernel);
}

/* The pool at the traffic's end, with the names of the pool's own members. */
static json_t *build_attached(const struct pool *pool)
{
	const struct attached_fact *attached = &pool->attached;
	json_t *object;

	if (!pool->was_attached)
		return json_null();
	object = json_object();
	set_number(object, "hold", attached->hold);
	set_number(object, "release", attached->release);
	set_number(object, "in_cache", attached->cache);
	set_number(object, "in_ring", attached->ring);
	set_number(object, "out",
		   (int64_t)(int32_t)(attached->hold - attached->release) -
			   attached->cache - attached->ring);
	set(object, "audit_rested", json_boolean(attached->rested));
	if (fact_has(attached, attached, flow))
		set(object, "flow", fact_encode(FACT_paths, &attached->flow));
	return object;
}

/* Its windows, and the last look after the drain. */
static void set_counts(json_t *object, const struct pool *pool)
{
	bool shadow = pool->counted && pool->shadow_held >= 0;
	bool scan = pool->counted && pool->scan_held >= 0;

	set(object, "judged", json_boolean(pool->judged));
	set(object, "state", json_string(pool_state_name(pool->state)));
	set_number(object, "events", pool->events);
	set_number(object, "conclusive", pool->conclusive);
	set_number(object, "windows", pool->windows);
	set_number(object, "gaps", pool->gaps);
	set_number(object, "net_iov", pool->net_iov);
	set(object, "unfollowed", json_boolean(pool->unfollowed));
	set(object, "quiet", json_boolean(pool->counted && pool->stable));
	set_known(object, "hold", pool->counted, pool->hold);
	set_known(object, "release", pool->counted, pool->release);
	set_number(object, "inflight", pool->inflight);
	set_known(object, "shadow", shadow, pool->shadow_held);
	set_known(object, "scan", scan, pool->scan_held);
	set_known(object, "netlink", pool->netlink_counted,
		  pool->netlink_inflight);
	set_known(object, "bytes", pool->has_bytes, pool->bytes);
	set_known(object, "destroyed_ms", pool->destroyed_ms >= 0,
		  pool->destroyed_ms);
	set(object, "mismatch", json_boolean(pool->mismatch));
}

/* What became of its pages, by whoever counts them; null: nobody read it. */
static json_t *build_usage(const struct session *session,
			   const struct pool *pool)
{
	struct usage usage = pool_usage(session, pool);
	double recycled = usage_recycled(&usage);
	json_t *object;

	if (!pool->readings)
		return json_null();
	object = json_object();
	set(object, "since", json_string(usage.totals ? "pool" : "watch"));
	set_number(object, "entered", usage.entered);
	set_number(object, "left", usage.left);
	set_known(object, "allocations", usage.has_allocations,
		  usage.allocations);
	set_known(object, "kept", usage.has_kept, usage.kept);
	set(object, "recycled",
	    recycled < 0 ? json_null() : json_real(recycled));
	return object;
}

/* The kernel's own numbers of the same time; null: it keeps none. */
static json_t *build_stats(const struct session *session,
			   const struct pool *pool)
{
	struct usage usage = pool_usage(session, pool);
	enum stats_count differs = stats_compare(session, pool).of;
	json_t *object;

	if (!pool->has_stats)
		return json_null();
	object = fact_encode(FACT_statistics, &usage.numbers);
	set(object, "compared", json_boolean(differs != STATS_NOT_COMPARED));
	set(object, "differs", json_boolean(differs > STATS_NOT_COMPARED));
	return object;
}

static json_t *build_pool(const struct session *session,
			  const struct pool *pool)
{
	const char *doubt = doubt_code(pool->unheld_doubt);
	json_t *object = json_object();

	set_identity(object, pool);
	set_counts(object, pool);
	set_known(object, "in_cache", pool->audited, pool->in_cache);
	set_known(object, "in_ring", pool->audited, pool->in_ring);
	set_known(object, "out", pool->audited, pool->out);
	set(object, "audit_rested",
	    json_boolean(pool->audited && pool->audit_stable));
	set(object, "usage", build_usage(session, pool));
	set(object, "stats", build_stats(session, pool));
	set(object, "flow",
	    pool->has_flow ? fact_encode(FACT_paths, &pool->flow) :
			     json_null());
	if (pool->frames)
		set(object, "inspected",
		    json_pack("{s:I, s:I}", "frames", (json_int_t)pool->frames,
			      "misaligned",
			      (json_int_t)pool->frames_misaligned));
	set(object, "followed", build_followed(pool));
	set(object, "attached", build_attached(pool));
	set_known(object, "oldest_ms", pool->oldest_ms >= 0, pool->oldest_ms);
	set_pages(object, session, pool);
	set_holders(object, session, pool);
	set(object, "held", build_held(&pool->held));
	set(object, "unheld_pages",
	    encode_list(FACT_page, pool->unheld_pages.items,
			pool->unheld_pages.count, page_of));
	set(object, "unheld_doubt", doubt ? json_string(doubt) : json_null());
	set(object, "hold_stack", fact_strings(&pool->hold_stack));
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

/* With why it has no pool, null where it has one. */
static json_t *build_devices(const struct session *session)
{
	const struct device_facts *devices = &session->devices;
	json_t *array = json_array(), *object;
	enum no_pool why;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		object = fact_encode(FACT_device, &devices->items[i]);
		why = session_why_no_pool(&devices->items[i]);
		set(object, "why_no_pool",
		    session_device_is_judged(session, &devices->items[i]) ?
			    json_null() :
			    json_string(no_pool_name(why)));
		json_array_append_new(array, object);
	}
	return array;
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

/* ---- expectations ---- */

static json_t *build_expectation(const struct expected *expected)
{
	static const char *const results[] = {
		[EXPECT_MET] = "met",
		[EXPECT_FAILED] = "failed",
		[EXPECT_UNKNOWN] = "unknown",
	};
	const struct expectation *asked = &expected->asked;
	bool read = expected->doubt != EXPECT_NOT_READ;
	json_t *object = json_object();
	char text[512];

	set(object, "expect", fact_string(expected->text));
	set(object, "name",
	    read ? json_string(expect_name(asked->name)) : json_null());
	set(object, "pool",
	    asked->pool[0] ? fact_string(asked->pool) : json_null());
	set(object, "op",
	    read ? json_string(expect_op(asked->op)) : json_null());
	set(object, "wanted", read ? json_real(asked->wanted) : json_null());
	set(object, "got",
	    expected->doubt ? json_null() : json_real(expected->got));
	set(object, "result", json_string(results[expected->result]));
	set(object, "text",
	    fact_string(expectation_text(expected, text, sizeof(text))));
	return object;
}

static json_t *build_expectations(const struct verdict *verdict)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < verdict->expected_count; i++)
		json_array_append_new(array,
				      build_expectation(&verdict->expected[i]));
	return array;
}

/* ---- findings ---- */

/* The first evidence: as it was fed, and who its pool is. */
static json_t *build_evidence(const struct session *session,
			      const struct finding *finding)
{
	static const char *const names[] = { "check", "key", NULL };
	const struct pool *pool = finding_pool(session, finding);
	json_t *object =
		encode_without(FACT_evidence, &finding->evidence, names);
	char name[128];

	set(object, "pool_name",
	    fact_string(pool_name(pool, name, sizeof(name))));
	set(object, "device",
	    pool && pool->device[0] ? fact_string(pool->device) : json_null());
	set_known(object, "queue", pool && pool->queue >= 0,
		  pool ? pool->queue : 0);
	if (pool && pool->hold_stack.count)
		set(object, "hold_stack", fact_strings(&pool->hold_stack));
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
	set(object, "confidence",
	    json_string(confidence_name(finding->confidence)));
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

/* ---- holder walks, XDP, and what lies around ---- */

/* The holder walks: their number, the last one's cost, and all places. */
static json_t *build_walks(const struct session *session)
{
	static const char *const names[] = { "walk", NULL };
	const struct place_facts *places = &session->places;
	json_t *walks;

	if (!session->walk_count)
		return json_null();
	walks = encode_without(FACT_walk, &session->walk, names);
	set_number(walks, "count", session->walk_count);
	set(walks, "places",
	    encode_list(FACT_place, places->items, places->count, names));
	return walks;
}

static json_t *build_nudge(const struct session *session)
{
	json_t *nudge, *pools;
	const struct pool *pool;
	char name[128];
	size_t i;

	if (!session->was_nudged)
		return json_null();
	pools = json_array();
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->nudged)
			continue;
		json_array_append_new(
			pools,
			json_pack("{s:o, s:i, s:i, s:I, s:I}", "name",
				  fact_string(
					  pool_name(pool, name, sizeof(name))),
				  "slot", pool->slot, "life", pool->life,
				  "before", (json_int_t)pool->nudged_before,
				  "after", (json_int_t)pool->nudged_after));
	}
	nudge = fact_encode(FACT_nudge, &session->nudge);
	set(nudge, "pools", pools);
	return nudge;
}

/* Programs that went and are not kept one by one; empty without any. */
static json_t *build_xdp_gone(const struct gone_xdp *gone)
{
	json_t *object;

	if (!gone->programs)
		return json_object();
	object = fact_encode(FACT_actions, &gone->packets);
	set_number(object, "programs", gone->programs);
	return object;
}

/* Members of meta; null where there are none. */
static void set_meta(json_t *report, const struct meta_fact *meta)
{
	static const char *const names[] = { "kernel",	  "machine", "version",
					     "started",	  "tier",    "drain_ms",
					     "devices",	  "command", "shadow",
					     "statistics" };
	json_t *object = fact_encode(FACT_meta, meta);
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		set(report, names[i],
		    json_incref(json_object_get(object, names[i])));
	json_decref(object);
}

static void set_findings(json_t *report, const struct session *session)
{
	set(report, "findings", build_findings(session));
	set(report, "dropped", build_by_check(session->dropped));
	set(report, "unproven", build_by_check(session->unproven));
	set_number(report, "undecided", session->suspicion_count);
}

/* The last of some facts, null where nobody told. */
static void set_last(json_t *report, const char *name, bool known,
		     enum fact_type type, const void *fact)
{
	set(report, name, known ? fact_encode(type, fact) : json_null());
}

/* A list that could not be made whole must not look like a shorter one. */
static bool has_all_reasons(json_t *report, const struct verdict *verdict)
{
	return json_array_size(json_object_get(report, "reasons")) ==
		       verdict->reasons.count &&
	       json_array_size(json_object_get(report, "reason_codes")) ==
		       verdict->reasons.count &&
	       json_array_size(json_object_get(report, "warnings")) ==
		       verdict->warnings.count &&
	       json_array_size(json_object_get(report, "warning_codes")) ==
		       verdict->warnings.count;
}

/* NULL without memory. */
static json_t *build_report(const struct session *session,
			    const struct verdict *verdict)
{
	json_t *report = json_object();

	if (!report)
		return NULL;
	set(report, "schema", json_string(FACTS_SCHEMA));
	set(report, "verdict", json_string(verdict_name(verdict)));
	set_number(report, "exit_code", verdict->code);
	set(report, "reasons", build_reasons(session, &verdict->reasons));
	set(report, "reason_codes", build_codes(&verdict->reasons));
	set(report, "warnings", build_reasons(session, &verdict->warnings));
	set(report, "warning_codes", build_codes(&verdict->warnings));
	set(report, "expectations", build_expectations(verdict));
	set_meta(report, &session->meta);
	set_number(report, "min_age_ms", session->min_age_ms);
	set_number(report, "duration_ms", session->duration_ms);
	set(report, "coverage", build_coverage(session, &verdict->coverage));
	set_findings(report, session);
	set(report, "net_devices", build_devices(session));
	set(report, "pools", build_pools(session));
	set(report, "pools_gone", build_gone(&session->gone));
	set(report, "walks", build_walks(session));
	set(report, "nudge", build_nudge(session));
	set(report, "xdp",
	    encode_list(FACT_xdp, session->xdp.items, session->xdp.count,
			all_members));
	set(report, "xdp_gone", build_xdp_gone(&session->xdp_gone));
	set(report, "redirect_errors",
	    encode_list(FACT_redirect_error, session->redirect_errors.items,
			session->redirect_errors.count, all_members));
	set(report, "losses",
	    encode_list(FACT_loss, session->losses.items, session->losses.count,
			all_members));
	set_last(report, "netlink", session->has_netlink, FACT_netlink,
		 &session->netlink);
	set_last(report, "pool_list", session->has_pool_list, FACT_pool_list,
		 &session->pool_list);
	set_last(report, "counters", session->has_counters, FACT_counters,
		 &session->counters);
	set_last(report, "timing", session->has_timing, FACT_timing,
		 &session->timing);
	set_last(report, "cut", session->was_cut, FACT_cut, &session->cut);
	set(report, "workload_failed", json_boolean(session->workload_failed));
	set_notes(report, &session->notes);
	if (has_all_reasons(report, verdict))
		return report;
	json_decref(report);
	return NULL;
}

/* Takes @report over. */
static int write_json(FILE *to, json_t *report)
{
	int err = 0;

	if (!report)
		return -ENOMEM;
	errno = 0;
	if (json_dumpf(report, to, JSON_INDENT(2)) || putc('\n', to) == EOF ||
	    fflush(to))
		err = errno ? -errno : -EIO;
	json_decref(report);
	return err;
}

int report_json(FILE *to, const struct session *session,
		const struct verdict *verdict)
{
	return write_json(to, build_report(session, verdict));
}

/* A function tier that does not run is null, and there all the same. */
static json_t *build_tiers(const struct tiers_fact *tiers)
{
	json_t *object = json_object();

	set(object, "auto", fact_string(tiers->chosen));
	set(object, "function", fact_string(tiers->function));
	set(object, "why", fact_string(tiers->why));
	return object;
}

int report_probe_json(FILE *to, const struct probe_fact *probe)
{
	json_t *report = fact_encode(FACT_probe, probe);

	if (report && fact_has(probe, probe, tiers))
		set(report, "tiers", build_tiers(&probe->tiers));
	return write_json(to, report);
}
