// SPDX-License-Identifier: GPL-2.0
/*
 * What the control pool proved, check by check: one that rests on a hook which
 * did not see it, or on a mark that its page did not carry, was not done.
 */
#include <string.h>

#include "user/judge/private.h"

/*
 * What a check rests on: hooks by their names, and the mark of a pool's page.
 * Beside these all of them rest on a "destroy" that works: without it nobody
 * knows whose the memory is that we read as a pool's.
 */
static const struct {
	bool mark;
	const char *hooks[3];
} rests_on[CHECK_COUNT] = {
	[CHECK_hold_twice] = { false, { "hold", "release" } },
	[CHECK_release_not_held] = { false, { "hold", "release" } },
	[CHECK_release_wrong_pool] = { false, { "hold", "release" } },
	[CHECK_freed_while_held] = { true, { "mm_free", "hold" } },
	[CHECK_negative_inflight] = { false, { "destroy" } },
	[CHECK_count_mismatch] = { true, { "hold", "release" } },
	[CHECK_leaked] = { true, { "hold", "release" } },
	[CHECK_stalled_shutdown] = { false, { "destroy" } },
	[CHECK_put_while_pooled] = { false, { "put begins" } },
	[CHECK_handed_out_twice] = { false, { "hand-out", "put begins" } },
	[CHECK_pooled_while_out] = { false, { "hand-out", "put begins" } },
	[CHECK_put_after_destroy] = { false, { "put begins" } },
	[CHECK_cache_race] = { false, { "hand-out" } },
	[CHECK_frag_undrained] = { false, { "put begins" } },
	[CHECK_pool_foreign] = { true, {} },
	[CHECK_pool_refcount] = { true, {} },
	[CHECK_xdp_foreign_page] = { true, { "hold" } },
	[CHECK_xdp_frag_bounds] = { true, {} },
	[CHECK_dma_after_unbind] = { false, { "destroy" } },
	[CHECK_released_in_use] = { false, { "put begins" } },
	[CHECK_never_freed] = { false, { "release", "mm_free" } },
	[CHECK_left_behind] = { true, { "hold", "release" } },
	[CHECK_skb_no_recycle] = { true, { "hold", "release" } },
	[CHECK_suspect_leak] = { true, { "hold", "release" } },
};

static bool is_silent(const struct session *session, enum model_check check)
{
	const char *const *hook = rests_on[check].hooks;

	/* Without a control pool a look at memory proves no hook. */
	if (!session->control.made && session_is_snapshot(session))
		return false;
	if (session->control.made && session_is_silent(session, "destroy"))
		return true;
	for (; *hook; hook++)
		if (session_is_silent(session, *hook))
			return true;
	return false;
}

static bool is_unmarked(const struct session *session, enum model_check check)
{
	return rests_on[check].mark && session_mark_fails(session);
}

void session_add_blind(struct session *session, enum model_check check,
		       enum blind_code code)
{
	struct blind_fact blind = { .check = check, .why = "" };

	if (session_blind(session, check))
		return;
	fact_set(&blind, blind, code, code);
	fact_complete(FACT_blind, &blind);
	facts_append(FACT_blind, &session->blind, &blind);
}

void derive_unproven_blind(struct session *session)
{
	int check;

	if (!session->has_control)
		return;
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		if (is_unmarked(session, check))
			session_add_blind(session, check,
					  BLIND_MARK_NOT_PROVEN);
		else if (is_silent(session, check))
			session_add_blind(session, check,
					  session->control.made ?
						  BLIND_HOOK_SILENT :
						  BLIND_NOT_EXERCISED);
	}
}

/* Without a control pool a silent hook may be alive: what was found stands. */
void drop_unproven(struct session *session)
{
	struct finding *finding;
	int check;

	if (!session->has_control)
		return;
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		finding = &session->findings[check];
		if (!finding->count ||
		    (!is_unmarked(session, check) &&
		     !(session->control.made && is_silent(session, check))))
			continue;
		fact_clear(FACT_evidence, &finding->evidence);
		memset(finding, 0, sizeof(*finding));
	}
}
