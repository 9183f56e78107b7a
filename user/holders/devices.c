// SPDX-License-Identifier: GPL-2.0
/* A device: its rings, NAPI instances and disciplines. */
#include <stdio.h>
#include <string.h>

#include "user/holders/private.h"
#include "holders.skel.h"

static int visit_napis(struct visit *visit)
{
	struct holders *holders = visit->holders;
	struct holder device = visit->who;
	uint64_t next = 0;
	int err;

	visit->who.kind = HOLDER_NAPI;
	snprintf(visit->who.what, sizeof(visit->who.what), "napi");
	do {
		err = holders_ask(
			holders,
			bpf_program__fd(holders->skel->progs.holders_napis),
			visit->dev->address, next, 0);
		next = holders->skel->bss->go_on;
		err = holders_visit(visit, err);
	} while (!err && next);
	visit->who = device;
	return err;
}

static int visit_bulk(struct visit *visit)
{
	struct holders *holders = visit->holders;
	int err;

	err = holders_ask(
		holders,
		bpf_program__fd(holders->skel->progs.holders_device_bulk),
		visit->dev->address, 0, 0);
	return err ? err : holders_visit_bulk(visit);
}

static bool is_kind(const struct visit *visit, const char *kind)
{
	return !strncmp(visit->dev->kind, kind, sizeof(visit->dev->kind));
}

/* The rings of drivers that we know. */
static int visit_rings(struct visit *visit)
{
	const struct found_object *dev = visit->dev;
	struct holders *holders = visit->holders;
	struct holders_bpf *skel = holders->skel;
	int err;

	if (is_kind(visit, "veth"))
		err = holders_ask(holders,
				  bpf_program__fd(skel->progs.holders_veth),
				  dev->address, dev->rx_queues, 0);
	else if (is_kind(visit, "tun"))
		err = holders_ask(holders,
				  bpf_program__fd(skel->progs.holders_tun),
				  dev->address, 0, 0);
	else if (is_kind(visit, "mvneta"))
		err = holders_ask(holders,
				  bpf_program__fd(skel->progs.holders_mvneta),
				  dev->address, dev->rx_queues, dev->tx_queues);
	else
		return 0;
	return holders_visit(visit, err);
}

static bool is_one_of(const struct visit *visit, const char *const *kinds)
{
	for (; *kinds; kinds++)
		if (is_kind(visit, *kinds))
			return true;
	return false;
}

/* Kinds of devices that keep no packet of their own, beside what we walk. */
static bool keeps_nothing(const struct visit *visit)
{
	static const char *const kinds[] = {
		"loopback", "dummy",  "bridge", "bond",	       "vlan", "vrf",
		"team",	    "netkit", "nlmon",	"openvswitch", NULL,
	};
	/*
	 * The kernel makes some of each in every namespace, down. ifb sends
	 * what it has on, down or not.
	 */
	static const char *const idle_kinds[] = {
		"ifb",	     "sit",	  "ipip",   "gre", "gretap",
		"erspan",    "ip6gre",	  "ip6tnl", "vti", "vti6",
		"ip6gretap", "ip6erspan", NULL,
	};
	struct holders_bpf__bss *bss = visit->holders->skel->bss;

	if (is_kind(visit, "veth"))
		return bss->knows_veth;
	if (is_kind(visit, "tun"))
		return bss->knows_tun;
	if (is_kind(visit, "mvneta"))
		return bss->knows_mvneta;
	if (visit->dev->flags & OBJECT_HARDWARE)
		return false;
	return is_one_of(visit, kinds) ||
	       (!(visit->dev->flags & OBJECT_RUNNING) &&
		is_one_of(visit, idle_kinds));
}

/*
 * The transmit ring of a driver that we do not know is empty when its byte
 * queue limits say so, and nobody can make it send XDP frames.
 */
static bool is_ring_empty(const struct holders *holders,
			  const struct found_object *dev)
{
	const struct holders_bpf__bss *bss = holders->skel->bss;

	if (!(dev->flags & OBJECT_RUNNING) && !bss->was_up)
		return true;
	return bss->bql_used && !bss->bql_bytes &&
	       !(dev->flags & OBJECT_SENDS_FRAMES && holders->any_xdp);
}

/*
 * A driver that we do not know. Down it may keep packets as well: the ring of
 * virtio_net, or what the open file of a macvtap has not read.
 */
static int visit_unknown(struct visit *visit)
{
	struct holders *holders = visit->holders;
	const struct found_object *dev = visit->dev;
	enum place_contents contents = ANYTHING;
	uint64_t next = 0;
	char name[48];
	int err;

	if (keeps_nothing(visit))
		return 0;
	do {
		err = holders_ask(
			holders,
			bpf_program__fd(
				holders->skel->progs.holders_transmitting),
			dev->address, dev->tx_queues, next);
		if (err)
			return err;
		next = holders->skel->bss->go_on;
	} while (next);
	if (dev->flags & OBJECT_HARDWARE && is_ring_empty(holders, dev))
		return 0;
	/* Rings of hardware may have frames of XDP, also of before. */
	if (!(dev->flags & (OBJECT_HARDWARE | OBJECT_SENDS_FRAMES)) &&
	    *dev->kind)
		contents = PACKETS;
	snprintf(name, sizeof(name), "%s of %.15s",
		 dev->flags & OBJECT_HARDWARE ? "transmit ring" : "queues",
		 dev->name);
	if (dev->flags & OBJECT_RUNNING)
		holders_place(holders, contents, name, 0,
			      "the rings of driver '%.15s' are not known",
			      dev->kind);
	else
		holders_place(
			holders, contents, name, 0,
			"the device is down; the rings of driver '%.15s' are not known and may have kept packets",
			dev->kind);
	return 0;
}

int holders_visit_device(struct visit *visit)
{
	const struct found_object *dev = visit->dev;
	int err;

	visit->devices++;
	visit->who = (struct holder){ .kind = HOLDER_DEVICE,
				      .netns = dev->netns,
				      .ifindex = dev->ifindex,
				      .cpu = -1,
				      .queue = -1 };
	snprintf(visit->who.what, sizeof(visit->who.what), "%.15s",
		 *dev->kind ? dev->kind : "device");
	snprintf(visit->who.device, sizeof(visit->who.device), "%.15s",
		 dev->name);
	err = visit_rings(visit);
	if (err)
		return err;
	if (holders_goes_in(visit->pass)) {
		err = visit_napis(visit);
		return err ? err : visit_bulk(visit);
	}
	err = holders_visit_qdiscs(visit);
	return err ? err : visit_unknown(visit);
}
