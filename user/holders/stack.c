// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk outside of sockets: processors, network namespaces, devices,
 * queueing disciplines, neighbours, cpumaps; and what of these is there but
 * cannot be looked into.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "holders.skel.h"

#define DEFER_SYSCTL "/proc/sys/net/core/skb_defer_max"

static int prog(const struct bpf_program *program)
{
	return bpf_program__fd(program);
}

/* ---- where things are ---- */

/* Some settings are there in the first network namespace only. */
static int open_defer_sysctl(const struct holders *holders)
{
	int own, fd = open(DEFER_SYSCTL, O_RDONLY | O_CLOEXEC);
	size_t i;

	if (fd >= 0)
		return fd;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	for (i = 0; fd < 0 && i < holders->net_count; i++)
		if (!holders_enter(holders->nets[i].netns))
			fd = open(DEFER_SYSCTL, O_RDONLY | O_CLOEXEC);
	if (setns(own, CLONE_NEWNET) && fd >= 0) {
		close(fd);
		fd = -errno;
	}
	close(own);
	return fd;
}

/* Each processor's copy of one per-CPU object tells how far apart they are. */
static void find_processors(struct holders *holders)
{
	uint64_t room[12] = {};
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = room,
		    .ctx_size_in = sizeof(room));
	int cpu, err, prog_fd = prog(holders->skel->progs.holders_cpu);

	for (cpu = 0; cpu < holders->cpu_count; cpu++) {
		room[0] = cpu;
		options.flags = options.cpu = 0;
		err = bpf_prog_test_run_opts(prog_fd, &options);
		if (!err && !holders->skel->bss->cpu_scratch) {
			/* older kernels: only the processor itself tells */
			options.flags = BPF_F_TEST_RUN_ON_CPU;
			options.cpu = cpu;
			err = bpf_prog_test_run_opts(prog_fd, &options);
		}
		holders->scratch[cpu] = err ? 0 :
					      holders->skel->bss->cpu_scratch;
	}
}

/* Distance to add to a per-CPU pointer. */
static bool distance_of(const struct holders *holders, int cpu,
			uint64_t *distance)
{
	if (!holders->scratch[cpu] || !holders->skel->bss->self_scratch)
		return false;
	*distance = holders->scratch[cpu] - holders->skel->bss->self_scratch;
	return true;
}

static int find_namespaces(struct holders *holders)
{
	struct holders_bpf__bss *bss = holders->skel->bss;
	struct found_object *nets;
	int err;

	free(holders->nets);
	holders->nets = NULL;
	holders->net_count = 0;
	bss->go_on = 0;
	do {
		err = holders_ask(holders,
				  prog(holders->skel->progs.holders_networks),
				  holders->net, bss->go_on, 0);
		if (err)
			return err;
		nets = realloc(holders->nets,
			       (holders->net_count + bss->object_count + 1) *
				       sizeof(*nets));
		if (!nets)
			return -ENOMEM;
		holders->nets = nets;
		memcpy(nets + holders->net_count, holders->objects,
		       bss->object_count * sizeof(*nets));
		holders->net_count += bss->object_count;
	} while (bss->go_on);
	return 0;
}

static int find_self(struct holders *holders, int sysctl)
{
	uint64_t arguments[] = { bpf_map__fd(holders->skel->maps.walk_scratch),
				 sysctl };

	return holders_run(holders, prog(holders->skel->progs.holders_self),
			   arguments, 2);
}

/* net_hotdata leads to deferred frees; it stays where it is. */
static int find_hotdata(struct holders *holders)
{
	int err, sysctl;

	if (holders->hotdata || !holders->skel->bss->knows_defer_nodes)
		return 0;
	sysctl = open_defer_sysctl(holders);
	if (sysctl < 0)
		return 0;
	err = find_self(holders, sysctl);
	holders->hotdata = holders->skel->bss->self_hotdata;
	close(sysctl);
	return err;
}

int holders_begin(struct holders *holders)
{
	int err = find_self(holders, -1);

	if (err)
		return err;
	holders->net = holders->skel->bss->self_net;
	holders->runqueue = holders->skel->bss->self_runqueue;
	holders->own_cpu = holders->skel->bss->self_cpu;
	find_processors(holders);
	holders_blind_begin(holders);
	err = find_namespaces(holders);
	return err ? err : find_hotdata(holders);
}

/* ---- processors ---- */

static int walk_processor(struct holders *holders, const struct pass *pass,
			  int cpu)
{
	struct holder who = { .kind = HOLDER_CPU, .cpu = cpu, .queue = -1 };
	uint64_t softnet;
	int err;

	softnet = holders->runqueue + holders->softnet_distance +
		  holders->scratch[cpu] - holders->scratch[holders->own_cpu];
	err = holders_ask(holders, prog(holders->skel->progs.holders_softnet),
			  softnet, cpu, 0);
	if (err)
		return err < 0 ? err : -ENOENT;
	snprintf(who.what, sizeof(who.what), "cpu %d", cpu);
	return holders_collect(holders, pass, &who);
}

static int walk_processors(struct holders *holders, const struct pass *pass,
			   const char *name)
{
	uint64_t seen = 0, changed = 0;
	int cpu, err;

	if (!holders->runqueue || !holders->softnet_distance ||
	    !holders->scratch[holders->own_cpu]) {
		holders_place(holders, name, 0,
			      "this kernel's types do not tell where they are");
		return 0;
	}
	for (cpu = 0; cpu < holders->cpu_count; cpu++) {
		if (!holders->scratch[cpu])
			continue;
		err = walk_processor(holders, pass, cpu);
		if (err == -ENOENT) {
			holders_place(holders, name, seen,
				      "none found where it should be");
			return 0;
		}
		if (err < 0)
			return err;
		changed += err;
		seen++;
	}
	holders_place_walked(holders, name, seen, changed);
	return 0;
}

static int walk_deferred_of(struct holders *holders, const struct pass *pass,
			    int cpu, uint64_t distance)
{
	struct holder who = { .kind = HOLDER_CPU, .cpu = cpu, .queue = -1 };
	uint64_t arguments[] = { holders->hotdata, distance, cpu,
				 holders->nodes };
	int err;

	holders->skel->bss->queue_count = 0;
	err = holders_run(holders, prog(holders->skel->progs.holders_deferred),
			  arguments, 4);
	if (err)
		return err < 0 ? err : -ENOENT;
	snprintf(who.what, sizeof(who.what), "cpu %d", cpu);
	return holders_collect(holders, pass, &who);
}

/* Newer kernels keep deferred frees beside softnet_data. */
static int walk_deferred(struct holders *holders, const struct pass *pass)
{
	uint64_t distance, changed = 0, seen = 0;
	int cpu, err;

	if (holders->skel->bss->knows_defer_list)
		return 0; /* met with softnet_data */
	if (!holders->skel->bss->knows_defer_nodes)
		return 0; /* frees are not deferred, or in sockets */
	for (cpu = 0; holders->hotdata && cpu < holders->cpu_count; cpu++) {
		if (!distance_of(holders, cpu, &distance))
			continue;
		err = walk_deferred_of(holders, pass, cpu, distance);
		if (err == -ENOENT) {
			holders_place(holders, HOLDERS_DEFERRED, seen,
				      "none found where it should be");
			return 0;
		}
		if (err < 0)
			return err;
		changed += err;
		seen++;
	}
	if (seen)
		holders_place_walked(holders, HOLDERS_DEFERRED, seen, changed);
	else
		holders_place(
			holders, HOLDERS_DEFERRED, 0,
			"no namespace that we can enter has " DEFER_SYSCTL);
	return 0;
}

/* ---- devices ---- */

/* What to ask a device for, and what to think of what it keeps itself. */
struct visit {
	struct holders *holders;
	const struct pass *pass;
	const struct found_object *dev;
	struct holder who;
	uint64_t changed, devices, qdiscs;
};

static int collect(struct visit *visit, int err)
{
	if (!err)
		err = holders_collect(visit->holders, visit->pass, &visit->who);
	if (err < 0)
		return err;
	visit->changed += err;
	return 0;
}

/* Queues that are per-CPU: one walk a processor. */
static int collect_bulk(struct visit *visit)
{
	struct holders *holders = visit->holders;
	uint32_t i, count = holders->skel->bss->queue_count;
	struct found_queue queue;
	uint64_t arguments[2], distance;
	int cpu, err;

	for (i = 0; i < count; i++) {
		queue = holders->queues[i];
		for (cpu = 0; queue.percpu && cpu < holders->cpu_count; cpu++) {
			if (!distance_of(holders, cpu, &distance))
				continue;
			holders->queues[0] = queue;
			holders->queues[0].percpu = 0;
			holders->queues[0].address += distance;
			arguments[0] = 0;
			arguments[1] = queue.address + queue.percpu + distance;
			err = holders_run(
				holders,
				prog(holders->skel->progs.holders_bulk_count),
				arguments, 2);
			holders->skel->bss->queue_count = 1;
			if (!err && holders->queues[0].packets)
				err = collect(visit, 0);
			if (err)
				return err;
		}
	}
	return 0;
}

static int visit_napis(struct visit *visit)
{
	struct holders *holders = visit->holders;
	struct holder device = visit->who;
	uint64_t next = 0;
	int err;

	visit->who.kind = HOLDER_NAPI;
	snprintf(visit->who.what, sizeof(visit->who.what), "napi");
	do {
		err = holders_ask(holders,
				  prog(holders->skel->progs.holders_napis),
				  visit->dev->address, next, 0);
		next = holders->skel->bss->go_on;
		err = collect(visit, err);
	} while (!err && next);
	visit->who = device;
	return err;
}

static int visit_bulk(struct visit *visit)
{
	struct holders *holders = visit->holders;
	int err;

	err = holders_ask(holders,
			  prog(holders->skel->progs.holders_device_bulk),
			  visit->dev->address, 0, 0);
	return err ? err : collect_bulk(visit);
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
		err = holders_ask(holders, prog(skel->progs.holders_veth),
				  dev->address, dev->rx_queues, 0);
	else if (is_kind(visit, "tun"))
		err = holders_ask(holders, prog(skel->progs.holders_tun),
				  dev->address, 0, 0);
	else if (is_kind(visit, "mvneta"))
		err = holders_ask(holders, prog(skel->progs.holders_mvneta),
				  dev->address, dev->rx_queues, dev->tx_queues);
	else
		return 0;
	return collect(visit, err);
}

/* Kinds of devices that keep no packet of their own, beside what we walk. */
static bool keeps_nothing(const struct visit *visit)
{
	static const char *const kinds[] = {
		"loopback", "dummy", "bridge", "bond",	"vlan",
		"vrf",	    "team",  "netkit", "nlmon", "openvswitch",
	};
	struct holders_bpf__bss *bss = visit->holders->skel->bss;
	size_t i;

	if (is_kind(visit, "veth"))
		return bss->knows_veth;
	if (is_kind(visit, "tun"))
		return bss->knows_tun;
	if (is_kind(visit, "mvneta"))
		return bss->knows_mvneta;
	if (visit->dev->flags & OBJECT_HARDWARE)
		return false;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (is_kind(visit, kinds[i]))
			return true;
	return false;
}

/*
 * A driver that we do not know: its transmit ring is empty when its byte
 * queue limits say so, and nobody can make it send XDP frames.
 */
static int visit_unknown(struct visit *visit)
{
	struct holders *holders = visit->holders;
	const struct found_object *dev = visit->dev;
	char name[48];
	int err;

	if (keeps_nothing(visit) || !(dev->flags & OBJECT_RUNNING))
		return 0;
	err = holders_ask(holders,
			  prog(holders->skel->progs.holders_transmitting),
			  dev->address, dev->tx_queues, 0);
	if (err)
		return err;
	if (dev->flags & OBJECT_HARDWARE && holders->skel->bss->bql_used &&
	    !holders->skel->bss->bql_bytes &&
	    !(dev->flags & OBJECT_SENDS_FRAMES && holders->any_xdp))
		return 0;
	snprintf(name, sizeof(name), "%s of %.15s",
		 dev->flags & OBJECT_HARDWARE ? "transmit ring" : "queues",
		 dev->name);
	holders_place(holders, name, 0,
		      "the rings of driver '%.15s' are not known to us",
		      dev->kind);
	return 0;
}

/* ---- queueing disciplines ---- */

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
	err = collect(visit,
		      holders_ask(holders, prog(skel->progs.holders_qdisc),
				  qdisc->address, 0, 0));
	if (err)
		return err;
	if (!strcmp(qdisc->kind, "pfifo_fast"))
		return collect(visit,
			       holders_ask(holders,
					   prog(skel->progs.holders_pfifo_fast),
					   qdisc->address, 0, 0));
	if (!strcmp(qdisc->kind, "fq_codel"))
		return collect(visit,
			       holders_ask(holders,
					   prog(skel->progs.holders_fq_codel),
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
		holders_place(holders, name, 0,
			      "%llu packets in a kind that we cannot walk",
			      (unsigned long long)qdisc->packets);
		return 0;
	}
	if (strcmp(qdisc->kind, "tbf"))
		return 0;
	err = holders_ask(holders, prog(holders->skel->progs.holders_tbf),
			  qdisc->address, qdisc->index, 0);
	if (err || !holders->skel->bss->object_count)
		return err;
	inner = holders->objects[0];
	err = visit_qdisc(visit, &inner, qdisc->kind);
	if (err || !inner.packets || is_known_qdisc(holders, inner.kind))
		return err;
	snprintf(name, sizeof(name), "qdisc %.15s in tbf of %.15s", inner.kind,
		 visit->dev->name);
	holders_place(holders, name, 0,
		      "%llu packets in a kind that we cannot walk",
		      (unsigned long long)inner.packets);
	return 0;
}

static int visit_qdiscs(struct visit *visit)
{
	struct holders *holders = visit->holders;
	struct found_object *qdiscs;
	struct holder device = visit->who;
	uint32_t i, count;
	uint64_t next = 0;
	int err;

	visit->who.kind = HOLDER_QDISC;
	do {
		err = holders_ask(holders,
				  prog(holders->skel->progs.holders_qdiscs),
				  visit->dev->address, visit->dev->tx_queues,
				  next);
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

/* ---- neighbours ---- */

static int visit_neighbours(struct visit *visit, uint64_t table)
{
	struct holders *holders = visit->holders;
	struct holder device = visit->who;
	uint64_t next = 0;
	int err;

	visit->who = (struct holder){ .kind = HOLDER_CPU,
				      .what = "neighbour table",
				      .cpu = -1,
				      .queue = -1 };
	do {
		err = holders_ask(holders,
				  prog(holders->skel->progs.holders_neighbours),
				  table, next, 0);
		next = holders->skel->bss->go_on;
		err = collect(visit, err);
	} while (!err && next);
	visit->who = device;
	return err;
}

/* The tables are the same for all devices: once, by a device that has them. */
static int visit_neighbour_tables(struct visit *visit, uint64_t *tables,
				  size_t *count)
{
	struct holders *holders = visit->holders;
	uint64_t found[2];
	uint32_t i, number;
	int err;

	err = holders_ask(holders,
			  prog(holders->skel->progs.holders_neighbour_tables),
			  visit->dev->address, 0, 0);
	number = holders->skel->bss->object_count;
	for (i = 0; !err && i < number && i < 2; i++)
		found[i] = holders->objects[i].address;
	for (i = 0; !err && i < number && i < 2 && *count < 2; i++) {
		if (*count && tables[0] == found[i])
			continue;
		tables[(*count)++] = found[i];
		err = visit_neighbours(visit, found[i]);
	}
	return err;
}

/* ---- all of it ---- */

const char *holders_device(const struct holders *holders, uint64_t netns,
			   uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < holders->device_count; i++)
		if (holders->devices[i].netns == netns &&
		    holders->devices[i].ifindex == ifindex)
			return holders->devices[i].name;
	return NULL;
}

static bool goes_in(const struct pass *pass)
{
	return pass->first < PLACE_SOCK_BACKLOG;
}

static int visit_device(struct visit *visit)
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
	if (goes_in(visit->pass)) {
		err = visit_napis(visit);
		return err ? err : visit_bulk(visit);
	}
	err = visit_qdiscs(visit);
	return err ? err : visit_unknown(visit);
}

static int list_devices(struct holders *holders, uint64_t net)
{
	struct holders_bpf__bss *bss = holders->skel->bss;
	struct found_object *grown;
	uint64_t next = 0;
	int err;

	do {
		err = holders_ask(holders,
				  prog(holders->skel->progs.holders_devices),
				  net, next, 0);
		if (err)
			return err;
		next = bss->go_on;
		grown = realloc(holders->devices,
				(holders->device_count + bss->object_count +
				 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		holders->devices = grown;
		memcpy(grown + holders->device_count, holders->objects,
		       bss->object_count * sizeof(*grown));
		holders->device_count += bss->object_count;
	} while (next);
	return 0;
}

static int walk_reassembly(struct holders *holders)
{
	uint64_t bytes = 0;
	size_t i;
	int err;

	for (i = 0; i < holders->net_count; i++) {
		err = holders_ask(holders,
				  prog(holders->skel->progs.holders_reassembly),
				  holders->nets[i].address, 0, 0);
		if (err)
			return err;
		bytes += holders->skel->bss->reassembly_bytes;
	}
	if (bytes)
		holders_place(holders, "IP reassembly", holders->net_count,
			      "%llu bytes of fragments wait for their rest",
			      (unsigned long long)bytes);
	else
		holders_place(holders, "IP reassembly", holders->net_count,
			      NULL);
	return 0;
}

static int visit_cpumap(struct visit *visit, uint32_t id)
{
	struct holders *holders = visit->holders;
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	int err, fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return 0; /* gone */
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (!err && info.type == BPF_MAP_TYPE_CPUMAP) {
		visit->devices++;
		snprintf(visit->who.what, sizeof(visit->who.what), "cpumap %u",
			 id);
		err = holders_ask(holders,
				  prog(holders->skel->progs.holders_cpumap), fd,
				  info.max_entries, 0);
		err = collect(visit, err);
		if (!err)
			err = collect_bulk(visit);
	}
	close(fd);
	return err;
}

static int walk_maps(struct visit *visit)
{
	uint32_t id = 0;
	int err = 0;

	visit->who =
		(struct holder){ .kind = HOLDER_MAP, .cpu = -1, .queue = -1 };
	visit->devices = visit->changed = 0;
	while (!err && !bpf_map_get_next_id(id, &id))
		err = visit_cpumap(visit, id);
	if (!err)
		holders_place_walked(visit->holders, "cpumaps", visit->devices,
				     visit->changed);
	return err;
}

static int visit_devices(struct visit *visit)
{
	struct holders *holders = visit->holders;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < holders->device_count; i++) {
		visit->dev = &holders->devices[i];
		holders->any_xdp |= !!(visit->dev->flags & OBJECT_XDP);
		err = visit_device(visit);
	}
	if (err)
		return err;
	holders_place_walked(holders,
			     goes_in(visit->pass) ?
				     "device rings and GRO" :
				     "queueing disciplines and transmit rings",
			     goes_in(visit->pass) ? visit->devices :
						    visit->qdiscs,
			     visit->changed);
	return 0;
}

static int walk_neighbours(struct visit *visit)
{
	struct holders *holders = visit->holders;
	uint64_t tables[2];
	size_t i, count = 0;
	int err = 0;

	/* IPv4's, and IPv6's where there is one */
	visit->changed = 0;
	for (i = 0; !err && i < holders->device_count && count < 2; i++) {
		visit->dev = &holders->devices[i];
		err = visit_neighbour_tables(visit, tables, &count);
	}
	if (err)
		return err;
	if (count || !holders->device_count)
		holders_place_walked(holders, "neighbours", count,
				     visit->changed);
	else
		holders_place(holders, "neighbours", 0,
			      "no device leads to a table of them");
	return 0;
}

static int walk_in(struct visit *visit)
{
	int err = walk_maps(visit);

	if (!err)
		err = walk_processors(visit->holders, visit->pass,
				      "processors' backlogs");
	if (!err)
		err = walk_neighbours(visit);
	return err ? err : walk_reassembly(visit->holders);
}

static int walk_out(struct visit *visit)
{
	int err = walk_processors(visit->holders, visit->pass,
				  "processors' completions");

	if (!err)
		err = walk_deferred(visit->holders, visit->pass);
	return err ? err : holders_tell_blind(visit->holders);
}

int holders_walk_stack(struct holders *holders, const struct pass *pass)
{
	struct visit visit = { .holders = holders, .pass = pass };
	size_t i;
	int err = 0;

	holders->device_count = 0;
	for (i = 0; !err && i < holders->net_count; i++)
		err = list_devices(holders, holders->nets[i].address);
	if (!err)
		err = visit_devices(&visit);
	if (err)
		return err;
	return goes_in(pass) ? walk_in(&visit) : walk_out(&visit);
}
