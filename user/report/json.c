// SPDX-License-Identifier: GPL-2.0
/*
 * The JSON report. A stable contract, written down in docs/json.md: members
 * may be added, but none is renamed, removed or given another meaning.
 */
#include <errno.h>
#include <stdio.h>

#include "user/report/json.h"
#include "user/util/util.h"

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
	set_member(report, "notes", texts);
	set_member(report, "note_codes", codes);
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
		set_member(object, "why",
			   fact_string(blind_text(session, &blind->items[i],
						  text, sizeof(text))));
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
	set_member(checks, "active", active);
	set_member(checks, "blind", build_blind(session));
	set_number(object, "events", coverage->events);
	set_number(object, "conclusive", coverage->conclusive);
	set_member(object, "share", json_real(coverage->share));
	set_member(object, "threshold", json_real(coverage->threshold));
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
	json_t *object = json_object();
	char text[512];

	set_member(object, "expect", fact_string(expected->text));
	set_member(object, "name",
		   read ? json_string(expect_name(asked->name)) : json_null());
	set_member(object, "pool",
		   asked->pool[0] ? fact_string(asked->pool) : json_null());
	set_member(object, "op",
		   read ? json_string(expect_op(asked->op)) : json_null());
	set_member(object, "wanted",
		   read ? json_real(asked->wanted) : json_null());
	set_member(object, "got",
		   expected->reason ? json_null() : json_real(expected->got));
	set_member(object, "result", json_string(results[expected->result]));
	set_member(object, "text",
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

	set_member(object, "pool_name",
		   fact_string(pool_name(pool, name, sizeof(name))));
	set_member(object, "device",
		   pool && pool->device[0] ? fact_string(pool->device) :
					     json_null());
	set_known(object, "queue", pool && pool->queue >= 0,
		  pool ? pool->queue : 0);
	if (pool && pool->hold_stack.count)
		set_member(object, "hold_stack",
			   fact_strings(&pool->hold_stack));
	return object;
}

static json_t *build_finding(const struct session *session,
			     const struct finding *finding)
{
	const struct check_info *info = &check_infos[finding->check];
	json_t *object = json_object();

	set_member(object, "check", json_string(info->id));
	set_member(object, "severity",
		   json_string(severity_name(finding->severity)));
	set_number(object, "count", finding->count);
	set_member(object, "headline", json_string(info->headline));
	set_member(object, "confidence",
		   json_string(confidence_name(finding->confidence)));
	set_member(object, "causes", json_string(info->causes));
	set_member(object, "next", json_string(info->next));
	set_member(object, "evidence", build_evidence(session, finding));
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
	set_member(walks, "sweep",
		   session->sweep.walk ?
			   encode_without(FACT_sweep, &session->sweep, names) :
			   json_null());
	set_member(walks, "places",
		   encode_list(FACT_place, places->items, places->count,
			       names));
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
				  "slot", pool->slot, "life", pool->seq,
				  "before", (json_int_t)pool->nudged_before,
				  "after", (json_int_t)pool->nudged_after));
	}
	nudge = fact_encode(FACT_nudge, &session->nudge);
	set_member(nudge, "pools", pools);
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
		set_member(report, names[i],
			   json_incref(json_object_get(object, names[i])));
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
	set_member(report, "schema", json_string(FACTS_SCHEMA));
	set_member(report, "verdict", json_string(verdict_name(verdict)));
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

	set_member(object, "auto", fact_string(tiers->chosen));
	set_member(object, "function", fact_string(tiers->function));
	set_member(object, "why", fact_string(tiers->why));
	return object;
}

int report_probe_json(FILE *to, const struct probe_fact *probe)
{
	json_t *report = fact_encode(FACT_probe, probe);

	if (report && fact_has(probe, probe, tiers))
		set_member(report, "tiers", build_tiers(&probe->tiers));
	return write_json(to, report);
}
