// SPDX-License-Identifier: GPL-2.0
/* Queueing disciplines of a device, and those inside of these. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/holders/private.h"
#include "holders.skel.h"

/* @name: as the admin knows it, which for an inner one is that of the outer. */
static int visit_qdisc(struct visit *visit, const struct found_object *qdisc,
		       const char *name)
{
	struct holders *holders = visit->holders;
	struct holders_bpf *skel = holders->skel;
	int err;

	snprintf(visit->who.what, sizeof(visit->who.what), "%.15s", name);
	visit->who.queue = qdisc->index;
	visit->qdiscs++;
	err = holders_visit(
		visit,
		holders_ask(holders, bpf_program__fd(skel->progs.holders_qdisc),
			    qdisc->address, 0, 0));
	if (err)
		return err;
	if (!strcmp(qdisc->kind, "pfifo_fast"))
		return holders_visit(
			visit,
			holders_ask(
				holders,
				bpf_program__fd(skel->progs.holders_pfifo_fast),
				qdisc->address, 0, 0));
	if (!strcmp(qdisc->kind, "fq_codel"))
		return holders_visit(
			visit,
			holders_ask(
				holders,
				bpf_program__fd(skel->progs.holders_fq_codel),
				qdisc->address, 0, 0));
	return 0;
}

/* Those whose packets the walk of a Qdisc, or its own, finds all. */
static bool is_known_qdisc(const struct holders *holders, const char *kind)
{
	static const char *const kinds[] = {
		"noqueue", "noop", "mq", "pfifo", "bfifo", "pfifo_head_drop",
	};
	size_t i;

	if (!strcmp(kind, "pfifo_fast"))
		return holders->skel->bss->knows_pfifo_fast;
	if (!strcmp(kind, "tbf"))
		return holders->skel->bss->knows_tbf;
	if (!strcmp(kind, "fq_codel"))
		return holders->skel->bss->knows_fq_codel;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

/* tbf has another one inside. */
static int visit_inner_qdisc(struct visit *visit,
			     const struct found_object *qdisc)
{
	struct holders *holders = visit->holders;
	struct found_object inner;
	char name[48];
	int err;

	if (!is_known_qdisc(holders, qdisc->kind)) {
		if (!qdisc->packets)
			return 0;
		snprintf(name, sizeof(name), "qdisc %.15s of %.15s",
			 qdisc->kind, visit->dev->name);
		holders_place(holders, PACKETS, name, 0,
			      "packets in a kind that cannot be walked: %llu",
			      (unsigned long long)qdisc->packets);
		return 0;
	}
	if (strcmp(qdisc->kind, "tbf"))
		return 0;
	err = holders_ask(holders,
			  bpf_program__fd(holders->skel->progs.holders_tbf),
			  qdisc->address, qdisc->index, 0);
	if (err || !holders->skel->bss->object_count)
		return err;
	inner = holders->objects[0];
	err = visit_qdisc(visit, &inner, qdisc->kind);
	if (err || !inner.packets || is_known_qdisc(holders, inner.kind))
		return err;
	snprintf(name, sizeof(name), "qdisc %.15s in tbf of %.15s", inner.kind,
		 visit->dev->name);
	holders_place(holders, PACKETS, name, 0,
		      "packets in a kind that cannot be walked: %llu",
		      (unsigned long long)inner.packets);
	return 0;
}

int holders_visit_qdiscs(struct visit *visit)
{
	struct holders *holders = visit->holders;
	struct found_object *qdiscs;
	struct holder device = visit->who;
	uint32_t i, count;
	uint64_t next = 0;
	int err;

	visit->who.kind = HOLDER_QDISC;
	do {
		err = holders_ask(
			holders,
			bpf_program__fd(holders->skel->progs.holders_qdiscs),
			visit->dev->address, visit->dev->tx_queues, next);
		if (err)
			return err;
		next = holders->skel->bss->go_on;
		count = holders->skel->bss->object_count;
		qdiscs = calloc(count + 1, sizeof(*qdiscs));
		if (!qdiscs)
			return -ENOMEM;
		memcpy(qdiscs, holders->objects, count * sizeof(*qdiscs));
		for (i = 0; !err && i < count; i++) {
			err = visit_qdisc(visit, &qdiscs[i], qdiscs[i].kind);
			if (!err)
				err = visit_inner_qdisc(visit, &qdiscs[i]);
		}
		free(qdiscs);
	} while (!err && next);
	visit->who = device;
	return err;
}
