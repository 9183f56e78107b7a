// SPDX-License-Identifier: GPL-2.0
/*
 * Proves that the hooks are alive and that a pool's page carries the mark that
 * we look for: with a control pool (bpf/core/control.bpf.h), or by the first
 * events where none can be made.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/live_frame.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/* The kernel may skip a program that an interrupt finds running. */
#define CONTROL_TRIES 3
/* Pinned hooks serve one reader at a time; one that was killed blocks nobody. */
#define TURN_TRIES 200
#define TURN_DISTANCE_US 1000

/* By enum control_hook: names of the hook table. */
static const char *const proven_hooks[CONTROL_HOOKS] = {
	[CONTROL_HOLD] = "hold",       [CONTROL_RELEASE] = "release",
	[CONTROL_DESTROY] = "destroy", [CONTROL_FREE] = "mm_free",
	[CONTROL_ALLOC] = "hand-out",  [CONTROL_PUT] = "put begins",
};

/* Nothing can be judged without the first three: those are attached. */
static bool is_expected(const struct live *live, int hook)
{
	return live_is_hooked(live, proven_hooks[hook]) ||
	       hook <= CONTROL_DESTROY;
}

static bool has_fired(const struct live *live, int hook)
{
	return live->loader.bss->control.fired >> hook & 1;
}

static bool is_all_proven(const struct live *live)
{
	const struct control_state *control = &live->loader.bss->control;
	int hook;

	for (hook = 0; hook < CONTROL_HOOKS; hook++)
		if (is_expected(live, hook) && !has_fired(live, hook))
			return false;
	return !live->loader.vmemmap.has_mark || control->marked;
}

/* From here to end_turn() events of the control pool are nothing but proof. */
static bool begin_turn(struct live *live)
{
	uint32_t *armed = &live->loader.bss->armed;
	int tries;

	for (tries = 0; tries < TURN_TRIES; tries++) {
		if (__sync_bool_compare_and_swap(armed, ARMED, ARMED_CONTROL))
			return true;
		/* Test only: nothing is armed, and nothing will be proven. */
		if (*(volatile uint32_t *)armed == ARMED_NOT)
			return false;
		usleep(TURN_DISTANCE_US);
	}
	return true;
}

void live_rest_hooks(struct live *live)
{
	struct netmem_bpf__bss *bss = live->loader.bss;

	if (bss->armed == ARMED_UNPROVEN && is_all_proven(live))
		bss->armed = ARMED;
}

static int make_control_pool(struct live *live)
{
	struct netmem_bpf__bss *bss = live->loader.bss;
	/* What events proved stays so where no control pool can be made. */
	const struct control_state before = bss->control;
	bool ours = begin_turn(live);
	int err, tries;

	for (tries = 0; tries < CONTROL_TRIES; tries++) {
		err = loader_run(&live->loader, DEMAND_CONTROL, 0, 0);
		if (!err)
			err = live_frame_drop();
		if (err || is_all_proven(live))
			break;
	}
	if (err)
		bss->control = before;
	__sync_synchronize();
	if (ours)
		bss->armed = err ? ARMED_UNPROVEN : ARMED;
	live_rest_hooks(live);
	return err;
}

static enum mark_state judge_mark(const struct live *live)
{
	const struct control_state *control = &live->loader.bss->control;

	if (!live->loader.vmemmap.has_mark)
		return MARK_NONE;
	if (control->unmarked)
		return MARK_DIFFERS;
	if (control->marked || (live->control_error && live->mark_met))
		return MARK_PROVEN;
	return MARK_UNPROVEN;
}

static void emit_control(struct live *live)
{
	struct fact fact = { .type = FACT_control };
	struct control_fact *control = &fact.control;
	int hook, err = 0;

	control->made = !live->control_error;
	if (live->control_error)
		fact_set(control, control, why,
			 error_text(live->control_error));
	for (hook = 0; !err && hook < CONTROL_HOOKS; hook++)
		if (is_expected(live, hook))
			err = strings_add(has_fired(live, hook) ?
						  &control->fired :
						  &control->silent,
					  proven_hooks[hook]);
	fact_mark(control, control, fired);
	fact_mark(control, control, silent);
	fact_set(control, control, mark, judge_mark(live));
	live_fail(live, err);
	live_emit(live, &fact);
	strings_clear(&control->fired);
	strings_clear(&control->silent);
}

void live_prove(struct live *live)
{
	enum mark_state mark;

	/* Pinned hooks that no control pool could be made for wait for events. */
	if (live->loader.bss->armed == ARMED_UNPROVEN)
		live->control_error = -EOPNOTSUPP;
	else
		live->control_error = make_control_pool(live);
	mark = judge_mark(live);
	live->scans = mark == MARK_PROVEN ||
		      (live->control_error && mark == MARK_UNPROVEN);
	if (!live->control_error)
		emit_control(live);
}

void live_prove_by_events(struct live *live)
{
	if (live->control_error)
		emit_control(live);
}
