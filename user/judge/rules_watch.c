// SPDX-License-Identifier: GPL-2.0
/*
 * What the watch as a whole gives as a reason or a warning: which pools there
 * are, whether they worked, what was proven first, and what was lost.
 */
#include "user/judge/private.h"

/* ---- the kernel's list of pools ---- */

/*
 * Devices that were asked for and have no pool. Returns whether there is none
 * at all, and the reasons say so.
 */
static bool reason_no_pool(struct making *making)
{
	const struct session *session = making->session;
	struct reason reason = {
		.code = session->pool_list.whole ? REASON_NO_POOL :
						   REASON_NO_POOL_FOUND,
	};
	bool said = false;
	size_t i;

	if (session->meta.filter && *session->meta.filter &&
	    session_has_no_pool(session)) {
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_NO_POOL_MATCHES });
		return true;
	}

	/* Recordings of before lists were kept say nothing of them. */
	if (!session->has_pool_list)
		return false;
	for (i = 0; i < session->devices.count; i++) {
		reason.device = &session->devices.items[i];
		if (!reason.device->asked ||
		    !session_lacks_pools(session, reason.device))
			continue;
		add_reason(making, making->reasons, reason);
		said = true;
	}
	if (!session_has_no_pool(session))
		return false;
	reason.device = NULL;
	if (!session->meta.devices.count)
		add_reason(making, making->reasons, reason);
	return said || !session->meta.devices.count;
}

/*
 * Pools that the kernel lists and that we did not find. Without pages nothing
 * of them was missed: their first page would have named them.
 */
void reason_missed_pools(struct making *making)
{
	const struct missed_pool_facts *missed =
		&making->session->pool_list.missed;
	struct reason found = { .code = REASON_POOL_NOT_FOUND };
	struct reason idle = { .code = REASON_POOL_IDLE_UNSEEN };
	size_t i;

	for (i = 0; i < missed->count; i++) {
		if (!missed->items[i].judged)
			continue;
		if (missed->items[i].inflight)
			found.count++;
		else
			idle.count++;
	}
	if (found.count)
		add_reason(making, making->reasons, found);
	if (idle.count)
		add_reason(making, making->warnings, idle);
}

static bool has_worked(const struct session *session,
		       const struct judged_devices *devices)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		if (devices->items[i].worked)
			return true;
	return session->gone.events > 0;
}

/*
 * Nothing may pass of which nothing shows that it worked. Where devices were
 * asked for, that is each of them. Where all of the machine was, it is one: an
 * idle NIC beside it is told of, and no reason to doubt the others.
 */
void reason_use(struct making *making)
{
	const struct judged_devices *devices = &making->verdict->devices;
	bool worked = has_worked(making->session, devices);
	const struct judged_device *device;
	struct reasons *list;
	size_t i;

	if (reason_no_pool(making))
		return;
	list = worked && !making->session->meta.devices.count ?
		       making->warnings :
		       making->reasons;
	for (i = 0; i < devices->count; i++) {
		device = &devices->items[i];
		/* Pools of no device, as those of each CPU, may well rest. */
		if (device->pool->device[0] && !device->worked)
			add_reason(making, list,
				   (struct reason){ .code = REASON_NO_TRAFFIC,
						    .group = device });
	}
	if (!worked && !reasons_have(making->reasons, REASON_NO_TRAFFIC))
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_NO_EVENTS });
}

/* Nothing may pass that was not looked at. */
void reason_coverage(struct making *making)
{
	const struct coverage *coverage = &making->verdict->coverage;
	/* That some were never compared is a reason of its own. */
	double whole = coverage->events ?
			       (double)coverage->whole / coverage->events :
			       0;
	bool enough = !coverage->events || whole >= coverage->threshold;

	if (!enough && coverage->lost)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_EVENTS_LOST,
					    .count = coverage->lost,
					    .of = coverage->events,
					    .times = coverage->bursts,
					    .share = whole });
	else if (!enough)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_COVERAGE_LOW,
					    .count = coverage->events,
					    .of = coverage->whole });
	/*
	 * Nested events that no program took: why windows have gaps. So it is a
	 * reason where the gaps are one and have no numbers of their own, and
	 * else only a warning.
	 */
	reason_losses(making,
		      enough || coverage->lost ? making->warnings :
						 making->reasons,
		      REASON_EVENTS_LOST, LOSS_HOLDS, LOSS_RELEASES);
}

/* ---- what was proven, and what was lost beside events ---- */

void reason_control(struct making *making)
{
	const struct session *session = making->session;
	bool made = session->control.made;

	if (session_mark_fails(session))
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_MARK_NOT_PROVEN });
	if (!session_is_silent(session, "hold") &&
	    !session_is_silent(session, "release") &&
	    !(made && session_is_silent(session, "destroy")))
		return;
	/* A look at memory needs no events, but hooks that work. */
	if (made || !session_is_snapshot(session))
		add_reason(making, making->reasons,
			   (struct reason){
				   .code = made ? REASON_HOOKS_NOT_ALIVE :
						  REASON_HOOKS_NOT_EXERCISED });
}

/* The biggest loss of a kind, NULL: none; some kinds are told at each scan. */
static const struct loss_fact *find_loss(const struct session *session,
					 enum loss_kind what)
{
	const struct loss_fact *loss, *found = NULL;
	size_t i;

	for (i = 0; i < session->losses.count; i++) {
		loss = &session->losses.items[i];
		if (loss->what == what &&
		    (!found || loss->count > found->count))
			found = loss;
	}
	return found;
}

static void reason_loss(struct making *making, struct reasons *list,
			enum reason_code code, enum loss_kind what)
{
	const struct loss_fact *loss = find_loss(making->session, what);

	if (loss)
		add_reason(making, list,
			   (struct reason){ .code = code, .loss = loss });
}

/*
 * Events of pages that the shadow has no words for. Judged pools have reasons
 * of their own; events that no pool is charged with may be of one of them.
 */
static void reason_outside(struct making *making)
{
	const struct session *session = making->session;
	const struct loss_fact *loss = find_loss(session, LOSS_FRAMES);

	if (!loss)
		return;
	reason_loss(making,
		    loss->count > session->outside_events ||
				    session->gone.outside ?
			    making->reasons :
			    making->warnings,
		    REASON_OUTSIDE_SHADOW, LOSS_FRAMES);
}

/* Calls that no pool is charged with: do they matter beside those that count? */
static void reason_function(struct making *making)
{
	const struct session *session = making->session;
	const struct loss_fact *loss = find_loss(session, LOSS_FUNCTION);
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged)
			seen += session->pools[i]->flow.handed_out +
				session->pools[i]->flow.returned;
	if (loss)
		reason_loss(making,
			    loss->count * 20 > seen ? making->reasons :
						      making->warnings,
			    REASON_FUNCTION_LOST, LOSS_FUNCTION);
}

void reason_other_losses(struct making *making)
{
	const struct coverage *coverage = &making->verdict->coverage;

	reason_outside(making);
	/* They are gaps of windows, as events that the kernel skipped. */
	reason_loss(making,
		    !coverage->events ||
				    coverage->share >= coverage->threshold ?
			    making->warnings :
			    making->reasons,
		    REASON_STEPS_LOST, LOSS_STEPS);
	/* Of judged devices, or nobody knows whose. Older recordings: LOSS_SCAN. */
	reason_loss(making, making->reasons, REASON_POOLS_UNTRACKED,
		    find_loss(making->session, LOSS_POOLS) ? LOSS_POOLS :
							     LOSS_SCAN);
	reason_function(making);
	/*
	 * It hides idle pools only, as kernels do that have no list; a snapshot
	 * sees none of them otherwise.
	 */
	reason_loss(making,
		    session_is_snapshot(making->session) ? making->reasons :
							   making->warnings,
		    REASON_REGISTRY_CUT, LOSS_REGISTRY);
}
