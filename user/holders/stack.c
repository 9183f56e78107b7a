// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk outside of sockets: devices, maps, processors, neighbours and
 * IP reassembly; and what of these is there but cannot be looked into.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "holders.skel.h"

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
		err = holders_ask(
			holders,
			bpf_program__fd(
				holders->skel->progs.holders_neighbours),
			table, next, 0);
		next = holders->skel->bss->go_on;
		err = holders_visit(visit, err);
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

	err = holders_ask(
		holders,
		bpf_program__fd(holders->skel->progs.holders_neighbour_tables),
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

static int walk_reassembly(struct holders *holders)
{
	uint64_t bytes = 0;
	size_t i;
	int err;

	for (i = 0; i < holders->net_count; i++) {
		err = holders_ask(
			holders,
			bpf_program__fd(
				holders->skel->progs.holders_reassembly),
			holders->nets[i].address, 0, 0);
		if (err)
			return err;
		bytes += holders->skel->bss->reassembly_bytes;
	}
	if (bytes)
		holders_place(holders, PACKETS, "IP reassembly",
			      holders->net_count,
			      "incomplete datagrams: %llu bytes of fragments",
			      (unsigned long long)bytes);
	else
		holders_place(holders, PACKETS, "IP reassembly",
			      holders->net_count, NULL);
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
		err = holders_ask(
			holders,
			bpf_program__fd(holders->skel->progs.holders_cpumap),
			fd, info.max_entries, 0);
		err = holders_visit(visit, err);
		if (!err)
			err = holders_visit_bulk(visit);
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
		holders_place_walked(visit->holders, ANYTHING, "cpumaps",
				     visit->devices, visit->changed);
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
		err = holders_visit_device(visit);
	}
	if (err)
		return err;
	holders_place_walked(holders, ANYTHING,
			     holders_goes_in(visit->pass) ?
				     "device rings and GRO" :
				     "queueing disciplines and transmit rings",
			     holders_goes_in(visit->pass) ? visit->devices :
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
		holders_place_walked(holders, PACKETS, "neighbours", count,
				     visit->changed);
	else
		holders_place(holders, PACKETS, "neighbours", 0,
			      "no device leads to a table of them");
	return 0;
}

static int walk_in(struct visit *visit)
{
	int err = walk_maps(visit);

	if (!err)
		err = holders_walk_processors(visit->holders, visit->pass,
					      "processors' backlogs");
	if (!err)
		err = walk_neighbours(visit);
	return err ? err : walk_reassembly(visit->holders);
}

static int walk_out(struct visit *visit)
{
	int err = holders_walk_processors(visit->holders, visit->pass,
					  "processors' completions");

	if (!err)
		err = holders_walk_deferred(visit->holders, visit->pass);
	return err ? err : holders_blind_places(visit->holders);
}

int holders_walk_stack(struct holders *holders, const struct pass *pass)
{
	struct visit visit = { .holders = holders, .pass = pass };
	int err = holders_list_devices(holders);

	if (!err)
		err = visit_devices(&visit);
	if (err)
		return err;
	return holders_goes_in(pass) ? walk_in(&visit) : walk_out(&visit);
}
