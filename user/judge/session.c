// SPDX-License-Identifier: GPL-2.0
/*
 * A session's seq, the facts that it only keeps, and who takes which fact.
 * What the others mean is in pools.c, evidence.c and holders.c; what follows
 * from all of them at the end, in finish.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/private.h"

/* XDP programs that are gone and kept one by one. */
#define XDP_KEPT 64

/* ---- seq ---- */

struct session *session_new(void)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session)
		fact_init(FACT_meta, &session->meta);
	return session;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	session_free_pools(session);
	session_free_evidence(session);
	session_free_holders(session);
	fact_clear(FACT_meta, &session->meta);
	facts_clear(FACT_hook, &session->hooks);
	facts_clear(FACT_blind, &session->blind);
	facts_clear(FACT_loss, &session->losses);
	facts_clear(FACT_referenced, &session->referenced);
	facts_clear(FACT_device, &session->devices);
	facts_clear(FACT_xdp, &session->xdp);
	facts_clear(FACT_redirect_error, &session->redirect_errors);
	fact_clear(FACT_control, &session->control);
	fact_clear(FACT_netlink, &session->netlink);
	fact_clear(FACT_pool_list, &session->pool_list);
	fact_clear(FACT_counters, &session->counters);
	fact_clear(FACT_timing, &session->timing);
	fact_clear(FACT_probe, &session->probe);
	fact_clear(FACT_cut, &session->cut);
	facts_clear(FACT_note, &session->notes);
	free(session);
}

/* ---- facts that are only kept ---- */

static int feed_meta(struct session *session, const struct meta_fact *meta)
{
	int err;

	if (session->begun || strcmp(meta->schema, FACTS_SCHEMA))
		return -EINVAL;
	err = fact_replace(FACT_meta, &session->meta, meta);
	session->begun = !err;
	session->min_age_ms = session->meta.min_age_ms;
	return err;
}

int session_expect(struct session *session, const struct strings *expect)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < expect->count; i++)
		err = strings_add(&session->meta.expect, expect->items[i]);
	return err;
}

static int feed_hook(struct session *session, const struct hook_fact *hook)
{
	return facts_append(FACT_hook, &session->hooks, hook);
}

static int feed_blind(struct session *session, const struct blind_fact *blind)
{
	return facts_append(FACT_blind, &session->blind, blind);
}

static int feed_loss(struct session *session, const struct loss_fact *loss)
{
	return facts_append(FACT_loss, &session->losses, loss);
}

static int feed_note(struct session *session, const struct note_fact *note)
{
	return facts_append(FACT_note, &session->notes, note);
}

/*
 * A long watch keeps those that are there, and the newest of those that went;
 * older ones are a sum.
 */
static void fold_xdp(struct session *session)
{
	struct xdp_facts *xdp = &session->xdp;
	size_t i, ended = 0, oldest = 0;

	for (i = xdp->count; i-- > 0;)
		if (xdp->items[i].ended) {
			ended++;
			oldest = i;
		}
	if (ended <= XDP_KEPT)
		return;
	session->xdp_gone.programs++;
	fact_add(FACT_actions, &session->xdp_gone.packets,
		 &xdp->items[oldest].packets);
	facts_remove(FACT_xdp, xdp, oldest);
}

/* Statistics of one XDP program; the last ones of each id count. */
static int feed_xdp(struct session *session, const struct xdp_fact *xdp)
{
	size_t i;
	int err;

	for (i = 0; i < session->xdp.count; i++)
		if (session->xdp.items[i].id == xdp->id)
			break;
	err = i < session->xdp.count ?
		      fact_replace(FACT_xdp, &session->xdp.items[i], xdp) :
		      facts_append(FACT_xdp, &session->xdp, xdp);
	if (!err && xdp->ended)
		fold_xdp(session);
	return err;
}

static bool is_same_redirect(const struct redirect_error_fact *a,
			     const struct redirect_error_fact *b)
{
	return a->ifindex == b->ifindex && a->netns == b->netns &&
	       !strcmp(a->error, b->error) &&
	       !strcmp(a->stage ? a->stage : "", b->stage ? b->stage : "");
}

static int feed_redirect_error(struct session *session,
			       const struct redirect_error_fact *error)
{
	struct redirect_error_facts *errors = &session->redirect_errors;
	size_t i;

	for (i = 0; i < errors->count; i++)
		if (is_same_redirect(&errors->items[i], error))
			return fact_replace(FACT_redirect_error,
					    &errors->items[i], error);
	return facts_append(FACT_redirect_error, errors, error);
}

static int feed_control(struct session *session,
			const struct control_fact *control)
{
	int err = fact_replace(FACT_control, &session->control, control);

	session->has_control |= !err;
	return err;
}

static int feed_netlink(struct session *session,
			const struct netlink_fact *netlink)
{
	int err = fact_replace(FACT_netlink, &session->netlink, netlink);

	session->has_netlink |= !err;
	return err;
}

static int feed_pool_list(struct session *session,
			  const struct pool_list_fact *list)
{
	int err = fact_replace(FACT_pool_list, &session->pool_list, list);

	session->has_pool_list |= !err;
	return err;
}

static int feed_counters(struct session *session,
			 const struct counters_fact *counters)
{
	int err = fact_replace(FACT_counters, &session->counters, counters);

	session->has_counters |= !err;
	return err;
}

static int feed_timing(struct session *session,
		       const struct timing_fact *timing)
{
	int err = fact_replace(FACT_timing, &session->timing, timing);

	session->has_timing |= !err;
	return err;
}

/* What a kernel supports. */
static int feed_probe(struct session *session, const struct probe_fact *probe)
{
	int err;

	if (session->has_probe)
		return -EINVAL;
	err = fact_replace(FACT_probe, &session->probe, probe);
	session->has_probe = !err;
	return err;
}

static int feed_cut(struct session *session, const struct cut_fact *cut)
{
	int err = fact_replace(FACT_cut, &session->cut, cut);

	session->was_cut |= !err;
	return err;
}

static int feed_workload(struct session *session,
			 const struct workload_fact *workload)
{
	session->workload_failed = workload->status != 0;
	session->workload_ended = true;
	session->workload_status = workload->status;
	return 0;
}

static int feed_end(struct session *session, const struct end_fact *end)
{
	session->duration_ms = end->duration_ms;
	return 0;
}

/* ---- who takes which ---- */

/* The table gives one case a type: feed_TYPE() takes it. */
int session_feed(struct session *session, const struct fact *fact)
{
	switch (fact->type) {
#define FACT(type, doc)   \
	case FACT_##type: \
		return feed_##type(session, &fact->type);
#define PART(type, doc)
#define SAME(type, as, doc) FACT(type, doc)
#define M(type, member, kind, need, fallback, doc)
#define N(type, member, part, need, doc)
#define L(type, member, part, need, doc)
#define END(type)
#include "user/facts/facts.def"
	default:
		return -EINVAL;
	}
}

static int feed_sink(void *session, const struct fact *fact)
{
	return session_feed(session, fact);
}

struct fact_sink session_sink(struct session *session)
{
	return (struct fact_sink){ feed_sink, session };
}
