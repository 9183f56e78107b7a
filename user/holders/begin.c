// SPDX-License-Identifier: GPL-2.0
/* Where things are: processors, network namespaces, net_hotdata, devices. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "user/kernel/netns.h"
#include "holders.skel.h"
#include "user/util/util.h"

/* The kernel's own tasks are in the first namespace; the first process is, too. */
static int open_defer_of_first(void)
{
	static const char *const tasks[] = { "/proc/2/ns/net",
					     "/proc/1/ns/net" };
	int fd = -1, netns;
	size_t i;

	for (i = 0; fd < 0 && i < ARRAY_LEN(tasks); i++) {
		netns = open(tasks[i], O_RDONLY | O_CLOEXEC);
		if (netns < 0)
			continue;
		if (!setns(netns, CLONE_NEWNET))
			fd = open(HOLDERS_DEFER_SYSCTL, O_RDONLY | O_CLOEXEC);
		close(netns);
	}
	return fd;
}

/*
 * Some settings are there in the first network namespace only. To look for it
 * in each of many is slow.
 */
static int open_defer_sysctl(struct holders *holders)
{
	int own, err, fd = open(HOLDERS_DEFER_SYSCTL, O_RDONLY | O_CLOEXEC);
	size_t i;

	if (fd >= 0)
		return fd;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	fd = open_defer_of_first();
	for (i = 0; fd < 0 && i < holders->net_count; i++)
		if (!namespaces_enter(&holders->namespaces,
				      holders->nets[i].netns))
			fd = open(HOLDERS_DEFER_SYSCTL, O_RDONLY | O_CLOEXEC);
	err = netns_return(own);
	if (err && fd >= 0) {
		close(fd);
		fd = err;
	}
	close(own);
	return fd;
}

/* Each processor's copy of one per-CPU object shows how far apart they are. */
static void find_processors(struct holders *holders)
{
	uint64_t room[12] = {};
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = room,
		    .ctx_size_in = sizeof(room));
	int cpu, err,
		prog_fd = bpf_program__fd(holders->skel->progs.holders_cpu);

	for (cpu = 0; cpu < holders->cpu_count; cpu++) {
		room[0] = cpu;
		options.flags = options.cpu = 0;
		err = bpf_prog_test_run_opts(prog_fd, &options);
		if (!err && !holders->skel->bss->cpu_scratch) {
			/* older kernels: only the processor itself knows */
			options.flags = BPF_F_TEST_RUN_ON_CPU;
			options.cpu = cpu;
			err = bpf_prog_test_run_opts(prog_fd, &options);
		}
		holders->scratch[cpu] = err ? 0 :
					      holders->skel->bss->cpu_scratch;
	}
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
		err = holders_ask(
			holders,
			bpf_program__fd(holders->skel->progs.holders_networks),
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

	return holders_run(holders,
			   bpf_program__fd(holders->skel->progs.holders_self),
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
	if (!err)
		err = namespaces_find(&holders->namespaces);
	return err ? err : find_hotdata(holders);
}

static int list_devices(struct holders *holders, uint64_t net)
{
	struct holders_bpf__bss *bss = holders->skel->bss;
	struct found_object *grown;
	uint64_t next = 0;
	int err;

	do {
		err = holders_ask(
			holders,
			bpf_program__fd(holders->skel->progs.holders_devices),
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

int holders_list_devices(struct holders *holders)
{
	size_t i;
	int err = 0;

	holders->device_count = 0;
	for (i = 0; !err && i < holders->net_count; i++)
		err = list_devices(holders, holders->nets[i].address);
	return err;
}
