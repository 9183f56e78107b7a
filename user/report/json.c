// SPDX-License-Identifier: GPL-2.0
/*
 * The JSON report. A stable contract, written down in docs/json.md: members
 * may be added, but none is renamed, removed or given another meaning.
 */
#include <errno.h>
#include <stdio.h>

#include "user/report/following.h"
#include "user/report/json.h"
#include "user/util/util.h"

/* ---- the verdict's reasons ---- */

static json_t *build_reasons(const struct session *session,
			     const struct reasons *reasons)
{
	json_t *array = build_array();
	char text[512];
	size_t i;

	for (i = 0; i < reasons->count; i++)
		add_item(array,
			 build_string(reason_text(session, &reasons->items[i],
						  text, sizeof(text))));
	return array;
}

static json_t *build_codes(const struct reasons *reasons)
{
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < reasons->count; i++)
		add_item(array,
			 build_string(
				 reason_infos[reasons->items[i].code].code));
	return array;
}

/* Texts, and beside them codes: null where a recording has none. */
static void set_notes(json_t *report, const struct note_facts *notes)
{
	json_t *texts = build_array(), *codes = build_array();
	const struct note_fact *note;
	size_t i;

	for (i = 0; i < notes->count; i++) {
		note = &notes->items[i];
		add_item(texts, build_string(note->text));
		add_item(codes,
			 fact_has(note, note, code) ?
				 build_string(note_code_name(note->code)) :
				 json_null());
	}
	set_member(report, "notes", texts);
	set_member(report, "note_codes", codes);
}

/* ---- coverage ---- */

static json_t *build_blind(const struct session *session)
{
	const struct blind_facts *blind = &session->blind;
	json_t *array = build_array(), *object;
	char text[512];
	size_t i;

	for (i = 0; i < blind->count; i++) {
		object = fact_encode(FACT_blind, &blind->items[i]);
		set_string(object, "why",
			   blind_text(session, &blind->items[i], text,
				      sizeof(text)));
		add_item(array, object);
	}
	return array;
}

static json_t *build_coverage(const struct session *session,
			      const struct coverage *coverage)
{
	json_t *object = build_object(), *active = build_array();
	json_t *checks = build_object();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (!session_blind(session, check))
			add_item(active, build_string(check_infos[check].id));
	set_member(checks, "active", active);
	set_member(checks, "blind", build_blind(session));
	set_number(object, "events", coverage->events);
	set_number(object, "conclusive", coverage->conclusive);
	set_member(object, "share", build_real(coverage->share));
	set_member(object, "threshold", build_real(coverage->threshold));
	set_number(object, "pools_judged", coverage->pools_judged);
	set_number(object, "pools_compared", coverage->pools_compared);
	set_member(object, "checks", checks);
	if (session->has_control)
		set_member(object, "control",
			   fact_encode(FACT_control, &session->control));
	set_member(object, "hooks",
		   encode_list(FACT_hook, session->hooks.items,
			       session->hooks.count, all_members));
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
	bool read = expected->reason != EXPECT_NOT_READ;
	json_t *object = build_object();
	char text[512];

	set_string(object, "expect", expected->text);
	set_member(object, "name",
		   read ? build_string(expect_name(asked->name)) : json_null());
	set_optional(object, "pool", null_if_empty(asked->pool));
	set_member(object, "op",
		   read ? build_string(expect_op(asked->op)) : json_null());
	set_member(object, "wanted",
		   read ? build_real(asked->wanted) : json_null());
	set_member(object, "got",
		   expected->reason ? json_null() : build_real(expected->got));
	set_string(object, "result", results[expected->result]);
	set_string(object, "text",
		   expectation_text(expected, text, sizeof(text)));
	return object;
}

static json_t *build_expectations(const struct verdict *verdict)
{
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < verdict->expected_count; i++)
		add_item(array, build_expectation(&verdict->expected[i]));
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

	set_string(object, "pool_name", pool_name(pool, name, sizeof(name)));
	set_optional(object, "device",
		     pool ? null_if_empty(pool->device) : NULL);
	set_known(object, "queue", pool && pool->queue >= 0,
		  pool ? pool->queue : 0);
	if (pool && pool->hold_stack.count)
		set_member(object, "hold_stack",
			   build_strings(&pool->hold_stack));
	return object;
}

static json_t *build_finding(const struct session *session,
			     const struct finding *finding)
{
	const struct check_info *info = &check_infos[finding->check];
	json_t *object = build_object();

	set_string(object, "check", info->id);
	set_string(object, "severity", severity_name(finding->severity));
	set_number(object, "count", finding->count);
	if (finding->at_least)
		set_member(object, "at_least", json_true());
	set_string(object, "headline", info->headline);
	set_string(object, "confidence", confidence_name(finding->confidence));
	set_string(object, "causes", finding_causes(session, finding));
	set_string(object, "next", finding_next(session, finding));
	set_member(object, "evidence", build_evidence(session, finding));
	return object;
}

static json_t *build_findings(const struct session *session)
{
	json_t *findings = build_array();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count)
			add_item(findings,
				 build_finding(session,
					       &session->findings[check]));
	return findings;
}

/* By check: how many of some violations, without those of which there are none. */
static json_t *build_by_check(const uint64_t counts[CHECK_COUNT])
{
	json_t *object = build_object();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (counts[check])
			set_number(object, check_infos[check].id,
				   counts[check]);
	return object;
}

/* ---- holder walks, XDP, and what lies around ---- */

/* What was searched, and what was not. */
static json_t *build_search(const struct session *session)
{
	static const char *const names[] = { "walk", NULL };
	const struct searched_facts *searched = &session->searched;
	json_t *search;

	search = encode_without(FACT_search, &session->search, names);
	set_member(search, "memory",
		   encode_list(FACT_searched, searched->items, searched->count,
			       names));
	return search;
}

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
	set_member(walks, "sweep",
		   session->sweep.walk ?
			   encode_without(FACT_sweep, &session->sweep, names) :
			   json_null());
	if (session->search.walk)
		set_member(walks, "search", build_search(session));
	set_member(walks, "places",
		   encode_list(FACT_place, places->items, places->count,
			       names));
	return walks;
}

/* A pool whose pages were asked back. */
static json_t *build_nudged(const struct pool *pool)
{
	json_t *object = build_object();
	char name[128];

	set_string(object, "name", pool_name(pool, name, sizeof(name)));
	set_number(object, "slot", pool->slot);
	set_number(object, "life", pool->seq);
	set_number(object, "before", pool->kicked_before);
	set_number(object, "after", pool->kicked_after);
	return object;
}

static json_t *build_nudge(const struct session *session)
{
	json_t *nudge, *pools;
	const struct pool *pool;
	size_t i;

	if (!session->was_nudged)
		return json_null();
	pools = build_array();
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->kicked)
			continue;
		add_item(pools, build_nudged(pool));
	}
	nudge = fact_encode(FACT_nudge, &session->kick);
	set_member(nudge, "pools", pools);
	return nudge;
}

/* Programs that went and are not kept one by one; empty without any. */
static json_t *build_xdp_gone(const struct gone_xdp *gone)
{
	json_t *object;

	if (!gone->programs)
		return build_object();
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
	bool known = fact_has(meta, meta, schema);
	json_t *object = known ? fact_encode(FACT_meta, meta) : NULL, *value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		value = json_object_get(object, names[i]);
		set_member(report, names[i],
			   value ? json_incref(value) : json_null());
	}
	json_decref(object);
}

static void set_findings(json_t *report, const struct session *session)
{
	set_member(report, "findings", build_findings(session));
	set_member(report, "dropped", build_by_check(session->dropped));
	set_member(report, "unproven", build_by_check(session->unproven));
	set_number(report, "undecided", session->suspicion_count);
}

/* The last of some facts, null where nobody told. */
static void set_last(json_t *report, const char *name, bool known,
		     enum fact_type type, const void *fact)
{
	set_member(report, name, known ? fact_encode(type, fact) : json_null());
}

static json_t *build_following(const struct session *session)
{
	struct following following;
	json_t *object;

	if (!following_of(session, &following))
		return json_null();
	object = build_object();
	set_number(object, "allocations_per_s", following.allocations);
	set_number(object, "puts_per_s", following.puts);
	set_number(object, "fragments_per_s", following.fragments);
	if (following.instructions)
		set_number(object, "instructions_per_s",
			   following.instructions);
	return object;
}

static json_t *build_report(const struct session *session,
			    const struct verdict *verdict)
{
	json_t *report = build_object();

	set_string(report, "schema", FACTS_SCHEMA);
	set_string(report, "verdict", verdict_name(verdict));
	set_number(report, "exit_code", verdict->code);
	set_member(report, "reasons",
		   build_reasons(session, &verdict->reasons));
	set_member(report, "reason_codes", build_codes(&verdict->reasons));
	set_member(report, "warnings",
		   build_reasons(session, &verdict->warnings));
	set_member(report, "warning_codes", build_codes(&verdict->warnings));
	set_member(report, "expectations", build_expectations(verdict));
	set_meta(report, &session->meta);
	set_number(report, "min_age_ms", session->min_age_ms);
	set_number(report, "duration_ms", session->duration_ms);
	set_member(report, "coverage",
		   build_coverage(session, &verdict->coverage));
	set_findings(report, session);
	set_member(report, "net_devices", build_devices(session));
	set_member(report, "pools", build_pools(session));
	set_member(report, "pools_gone", build_gone(&session->gone));
	set_member(report, "walks", build_walks(session));
	set_member(report, "nudge", build_nudge(session));
	set_member(report, "xdp",
		   encode_list(FACT_xdp, session->xdp.items, session->xdp.count,
			       all_members));
	set_member(report, "xdp_gone", build_xdp_gone(&session->xdp_gone));
	set_member(report, "redirect_errors",
		   encode_list(FACT_redirect_error,
			       session->redirect_errors.items,
			       session->redirect_errors.count, all_members));
	set_member(report, "losses",
		   encode_list(FACT_loss, session->losses.items,
			       session->losses.count, all_members));
	set_last(report, "netlink", session->has_netlink, FACT_netlink,
		 &session->netlink);
	set_last(report, "pool_list", session->has_pool_list, FACT_pool_list,
		 &session->pool_list);
	set_last(report, "counters", session->has_counters, FACT_counters,
		 &session->counters);
	set_last(report, "timing", session->has_timing, FACT_timing,
		 &session->timing);
	set_last(report, "cut", session->was_cut, FACT_cut, &session->cut);
	set_member(report, "workload_failed",
		   json_boolean(session->workload_failed));
	set_member(report, "following", build_following(session));
	set_notes(report, &session->notes);
	return report;
}

int report_json(FILE *to, const struct session *session,
		const struct verdict *verdict)
{
	return build_write(to, build_report(session, verdict));
}

/* A function tier that does not run is null, and there all the same. */
static json_t *build_tiers(const struct tiers_fact *tiers)
{
	json_t *object = build_object();

	set_optional(object, "auto", tiers->chosen);
	set_optional(object, "function", tiers->function);
	set_optional(object, "why", tiers->why);
	return object;
}

int report_probe_json(FILE *to, const struct probe_fact *probe)
{
	json_t *report = fact_encode(FACT_probe, probe);

	if (fact_has(probe, probe, tiers))
		set_member(report, "tiers", build_tiers(&probe->tiers));
	return build_write(to, report);
}
