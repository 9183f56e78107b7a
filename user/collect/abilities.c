// SPDX-License-Identifier: GPL-2.0
/* What can be seen here: hooks that are in place, and checks that are blind. */
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/facts/checks.h"
#include "user/kernel/privileges.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/*
 * Of functions those that run, and those whose absence costs something: not
 * those of which kprobes need no program.
 */
static bool is_hook_emitted(const struct live *live, size_t i)
{
	const struct hook_state *state = &live->loader.hooks[i];

	if (hooks[i].when == HOOK_TRACEPOINT)
		return true;
	if (!live->loader.function)
		return false;
	return state->way != ATTACH_NONE ||
	       (hooks[i].without &&
		(!state->target || hooks[i].programs[ATTACH_KPROBE]));
}

static void emit_hook(struct live *live, size_t i)
{
	const struct hook_state *state = &live->loader.hooks[i];
	struct fact fact = { .type = FACT_hook };

	fact.hook.hook = hooks[i].name;
	fact.hook.how = state->way;
	fact_set(&fact.hook, hook, target,
		 state->target ? state->target : hooks[i].targets[0]);
	fact_set(&fact.hook, hook, without,
		 hooks[i].without ? hooks[i].without : "");
	live_emit(live, &fact);
}

static void emit_hooks(struct live *live)
{
	size_t i;

	for (i = 0; i < hook_count; i++)
		if (is_hook_emitted(live, i))
			emit_hook(live, i);
}

bool live_is_hooked(const struct live *live, const char *name)
{
	size_t i;

	for (i = 0; i < hook_count; i++)
		if (!strcmp(hooks[i].name, name))
			return live->loader.hooks[i].way != ATTACH_NONE;
	return false;
}

/* The hooks that a check of the function tier cannot do without. */
static const struct {
	enum model_check check;
	const char *hooks[3];
} function_needs[] = {
	{ CHECK_put_while_pooled, { "put begins" } },
	{ CHECK_handed_out_twice, { "hand-out", "put begins" } },
	{ CHECK_put_after_destroy, { "put begins" } },
	{ CHECK_cache_race, { "hand-out begins", "hand-out" } },
	{ CHECK_frag_underflow, { "fragment" } },
	{ CHECK_frag_overflow, { "fragment" } },
	{ CHECK_frag_undrained, { "fragment", "put begins" } },
	{ CHECK_frag_bounds, { "fragment" } },
};

static void emit_blind_functions(struct live *live)
{
	const char *const *hook;
	char why[80];
	size_t i;

	for (i = 0; i < ARRAY_LEN(function_needs); i++) {
		for (hook = function_needs[i].hooks; *hook; hook++)
			if (!live_is_hooked(live, *hook))
				break;
		if (!*hook)
			continue;
		snprintf(why, sizeof(why), "this kernel has no hook for '%s'",
			 *hook);
		live_emit_blind(live, function_needs[i].check, BLIND_NO_HOOK,
				why);
	}
	if (live_is_hooked(live, "put begins") &&
	    !live_is_hooked(live, "put") &&
	    !live->loader.vmemmap.shows_softirqs)
		live_emit_blind(
			live, CHECK_put_after_destroy, BLIND_NO_HOOK,
			"no hook on the return of a put, and this kernel does not show softirqs");
}

static const char no_signature[] =
	"pages of pools carry no signature on this kernel";

/* Which pools ended is known to who watched them end, and gave their slots back. */
static void emit_blind_left_behind(struct live *live)
{
	if (!live->loader.vmemmap.has_mark)
		live_emit_blind(live, CHECK_left_behind, BLIND_NO_SIGNATURE,
				no_signature);
	else if (live->options.pinned)
		live_emit_blind(live, CHECK_left_behind, BLIND_NOT_APPLICABLE,
				"needs a watch that saw the pools end");
}

/* What is pinned has no drain, behind which pages are late. */
static void emit_blind_never_freed(struct live *live)
{
	if (live->options.pinned)
		live_emit_blind(live, CHECK_never_freed, BLIND_NOT_APPLICABLE,
				"needs a watch with a drain");
	else if (!live_is_hooked(live, "mm_free"))
		live_emit_blind(live, CHECK_never_freed, BLIND_NO_HOOK,
				"mm_page_free is not hooked");
}

/* Checks that need what this session has not; known at the start. */
static void emit_blind_checks(struct live *live)
{
	const struct vmemmap *vmemmap = &live->loader.vmemmap;
	int check;

	if (live->loader.function)
		emit_blind_functions(live);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (check_infos[check].tier == TIER_FUNCTION &&
		    !live->loader.function)
			live_emit_blind(
				live, check, BLIND_NO_FUNCTION_TIER,
				"needs the function tier, which does not run");
	if (!vmemmap->has_mark)
		live_emit_blind(live, CHECK_freed_while_held,
				BLIND_NO_SIGNATURE, no_signature);
	else if (!live_is_hooked(live, "mm_free"))
		live_emit_blind(live, CHECK_freed_while_held, BLIND_NO_HOOK,
				"mm_page_free is not hooked");
	emit_blind_left_behind(live);
	emit_blind_never_freed(live);
	if (vmemmap->dma_tracked)
		live_emit_blind(
			live, CHECK_dma_after_unbind, BLIND_NOT_APPLICABLE,
			"not applicable: this kernel unmaps at destroy");
}

void live_emit_privileges(struct live *live)
{
	if (privileges_has(CAP_SYS_ADMIN))
		return;
	live_emit_note(
		live, NOTE_PRIVILEGES,
		"without CAP_SYS_ADMIN: XDP programs are not listed, other network namespaces not entered");
	if (!privileges_has(CAP_NET_ADMIN))
		live_emit_note(
			live, NOTE_PRIVILEGES,
			"without CAP_NET_ADMIN: no control pool proves the hooks");
}

void live_emit_abilities(struct live *live)
{
	emit_hooks(live);
	emit_blind_checks(live);
}

struct blindness {
	enum blind_code code;
	const char *why;
};

/* Why no frame of XDP was inspected. */
static struct blindness xdp_blindness(const struct live *live)
{
	if (live->xdp_unlisted.count)
		return (struct blindness){
			BLIND_XDP_UNLISTED,
			"the system's XDP programs could not be listed"
		};
	if (live->xdp_uninspected.count)
		return (struct blindness){
			BLIND_XDP_REFUSED,
			"the kernel did not take inspectors into the XDP program"
		};
	if (live_xdp_occupied(live))
		return (struct blindness){
			BLIND_XDP_OCCUPIED,
			"another netmem-check inspects these frames"
		};
	if (live->loader.inspector_fds[XDP_PASS] < 0 && !live->options.pinned)
		return (struct blindness){
			BLIND_NO_INSPECTORS,
			"XDP inspectors do not load on this kernel"
		};
	if (!live->loader.vmemmap.page_offset_base)
		return (struct blindness){
			BLIND_NO_DIRECT_MAP,
			"the base of the direct map was not found"
		};
	return (struct blindness){ BLIND_NO_XDP_FRAME,
				   "no frame passed a netmem XDP program" };
}

/* Inspectors see frames of other devices, too. */
static bool is_judged_inspected(const struct live *live)
{
	uint32_t slot;

	if (live->inspected ||
	    (!live_has_devices(live) && !filter_is_set(&live->options.filter)))
		return true;
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].seq && live->watches[slot].judged &&
		    live->loader.pools[slot].frames)
			return true;
	return false;
}

/* Buffers are seen in frames, and where fragments are given out. */
static void emit_blind_alignment(struct live *live,
				 const struct hook_counters *counters,
				 struct blindness blindness)
{
	if (counters->xdp_inspected > counters->xdp_unpooled ||
	    (live->loader.function && live_is_hooked(live, "fragment")))
		return;
	if (counters->xdp_inspected)
		blindness = (struct blindness){
			BLIND_NO_XDP_FRAME,
			"no inspected frame was in a page of a pool"
		};
	live_emit_blind(live, CHECK_frag_misaligned, blindness.code,
			blindness.why);
}

void live_emit_blind_xdp(struct live *live,
			 const struct hook_counters *counters)
{
	static const struct hook_counters nothing;
	struct blindness blindness = xdp_blindness(live);

	if (counters->xdp_inspected && !is_judged_inspected(live)) {
		counters = &nothing;
		if (blindness.code == BLIND_NO_XDP_FRAME)
			blindness.why =
				"no inspected frame was in a page of a judged pool";
	}
	if (!live->loader.vmemmap.has_mark)
		live_emit_blind(live, CHECK_xdp_foreign_page,
				BLIND_NO_SIGNATURE, no_signature);
	else if (!counters->xdp_inspected)
		live_emit_blind(live, CHECK_xdp_foreign_page, blindness.code,
				blindness.why);
	emit_blind_alignment(live, counters, blindness);
	if (counters->xdp_frags_inspected)
		return;
	if (counters->xdp_inspected)
		blindness = (struct blindness){
			BLIND_NO_FRAGMENTS, "no inspected frame had fragments"
		};
	live_emit_blind(live, CHECK_xdp_frag_bounds, blindness.code,
			blindness.why);
}

void live_emit_blind_audit(struct live *live)
{
	static const char no_rest[] =
		"no pool was at rest at the second reading";
	bool stable = live->audits_stable;

	if (!stable) {
		live_emit_blind(live, CHECK_pool_duplicate, BLIND_NO_REST,
				no_rest);
		live_emit_blind(live, CHECK_pool_refcount, BLIND_NO_REST,
				no_rest);
		if (live->loader.function)
			live_emit_blind(live, CHECK_pooled_while_out,
					BLIND_NO_REST, no_rest);
	}
	if (!live->loader.vmemmap.has_mark)
		live_emit_blind(live, CHECK_pool_foreign, BLIND_NO_SIGNATURE,
				no_signature);
	else if (!stable)
		live_emit_blind(live, CHECK_pool_foreign, BLIND_NO_REST,
				no_rest);
}

void live_emit_blind_snapshot(struct live *live)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (check_infos[check].tier != TIER_AUDIT &&
		    !(check == CHECK_leaked && live->options.walk) &&
		    check != CHECK_stalled_shutdown &&
		    check != CHECK_count_mismatch)
			live_emit_blind(live, check, BLIND_SNAPSHOT,
					"a snapshot sees no events");
	live_emit_blind_audit(live);
}
