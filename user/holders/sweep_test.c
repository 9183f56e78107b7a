// SPDX-License-Identifier: GPL-2.0
/*
 * The sweep's test of itself: packets that are known to be in use must be found
 * and not look free, and look free as soon as they are, on each processor.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "sweep.skel.h"

#define FREE_TRIES 8 /* somebody else may allocate a freed packet at once */

static int make_packet(struct own_packet *own)
{
	int err;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, own->pair)) {
		err = -errno;
		own->pair[0] = own->pair[1] = -1;
		return err;
	}
	return send(own->pair[0], "", 1, 0) == 1 ? 0 : -errno;
}

static void close_packet(struct own_packet *own)
{
	if (own->pair[0] >= 0)
		close(own->pair[0]);
	if (own->pair[1] >= 0)
		close(own->pair[1]);
	own->pair[0] = own->pair[1] = -1;
}

static int free_packet(const struct own_packet *own)
{
	char byte;

	return recv(own->pair[1], &byte, 1, MSG_DONTWAIT) == 1 ? 0 : -errno;
}

int sweep_learn(struct sweep *sweep)
{
	struct own_packet own;
	int err = make_packet(&own);

	if (!err)
		err = sweep_run(sweep, sweep->skel->progs.sweep_learn,
				own.pair[1], 0);
	close_packet(&own);
	return err;
}

static bool is_online(int cpu)
{
	char path[64], state = '1';
	FILE *file;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", cpu);
	if (access(path, F_OK))
		return false;
	/* The first processor often has no such file. */
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
		 cpu);
	file = fopen(path, "re");
	if (!file)
		return true;
	if (fscanf(file, "%c", &state) != 1)
		state = '0';
	fclose(file);
	return state == '1';
}

static int go_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/* Calls @each on every processor that is online. */
static int on_processors(struct sweep *sweep,
			 int (*each)(struct sweep *sweep,
				     struct own_packet *own, int cpu))
{
	cpu_set_t before;
	int cpu, err = 0;

	if (sched_getaffinity(0, sizeof(before), &before))
		return -errno;
	for (cpu = 0; !err && cpu < sweep->holders->cpu_count; cpu++) {
		if (!is_online(cpu))
			continue;
		err = go_to(cpu);
		if (err)
			sweep_is_not_whole(
				sweep,
				"it cannot be tested on processor %d: %s", cpu,
				strerror(-err));
		else
			err = each(sweep, &sweep->own[cpu], cpu);
	}
	sched_setaffinity(0, sizeof(before), &before);
	return err;
}

static int probe(struct sweep *sweep, uint64_t address, uint32_t *result)
{
	int err = sweep_run(sweep, sweep->skel->progs.sweep_probe, address, 0);

	*result = sweep->skel->bss->probe_result;
	return err;
}

static int begin_packet(struct sweep *sweep, struct own_packet *own, int cpu)
{
	uint32_t result;
	int err = make_packet(own);

	if (!err)
		err = sweep_run(sweep, sweep->skel->progs.sweep_own,
				own->pair[1], 0);
	own->address = sweep->skel->bss->own_packet;
	if (!err)
		err = probe(sweep, own->address, &result);
	if (!err && result != SWEEP_IS_OBJECT)
		sweep_is_not_whole(
			sweep, "its test failed: a packet on processor %d %s",
			cpu, result ? "looks free" : "is of another cache");
	return err;
}

static bool is_listed(const struct sweep *sweep, uint64_t slab)
{
	uint32_t i, count = sweep->skel->bss->slab_count;

	for (i = 0; i < count; i++)
		if ((sweep->slabs[i] & ~1ULL) == slab)
			return true;
	return false;
}

/* It was there while the slabs were listed, and still is. */
static int check_found(struct sweep *sweep, const struct own_packet *own,
		       int cpu)
{
	uint32_t result;
	int err = probe(sweep, own->address, &result);

	if (err)
		return err;
	if (result != SWEEP_IS_OBJECT)
		sweep_is_not_whole(
			sweep,
			"its test failed: a packet on processor %d looks free",
			cpu);
	else if (!is_listed(sweep, sweep->skel->bss->probe_slab))
		sweep_is_not_whole(
			sweep,
			"its test failed: a packet on processor %d was not found",
			cpu);
	return 0;
}

/* Returns 1 when it looks free (or its slab is gone), 0, or an error. */
static int looks_free(struct sweep *sweep, const struct own_packet *own)
{
	uint32_t result = 0;
	int err = free_packet(own);

	if (!err)
		err = probe(sweep, own->address, &result);
	return err ? err : result != SWEEP_IS_OBJECT;
}

static int end_packet(struct sweep *sweep, struct own_packet *own, int cpu)
{
	int try, err = check_found(sweep, own, cpu);

	for (try = 0; !err && try < FREE_TRIES; try++) {
		err = looks_free(sweep, own);
		if (err)
			return err < 0 ? err : 0;
		if (send(own->pair[0], "", 1, 0) != 1)
			return -errno;
		err = sweep_run(sweep, sweep->skel->progs.sweep_own,
				own->pair[1], 0);
		own->address = sweep->skel->bss->own_packet;
	}
	if (!err)
		sweep_is_not_whole(
			sweep,
			"its test failed: a freed packet on processor %d looks used",
			cpu);
	return err;
}

int sweep_test_begin(struct sweep *sweep)
{
	int cpu, err;

	for (cpu = 0; cpu < SWEEP_CPUS; cpu++)
		sweep->own[cpu].pair[0] = sweep->own[cpu].pair[1] = -1;
	err = on_processors(sweep, begin_packet);
	/* What cannot be tested is no proof, and no failure. */
	return err == -ECANCELED || err == -ENOMEM ? err : 0;
}

int sweep_test_end(struct sweep *sweep, int err)
{
	int cpu;

	if (!err && sweep->result->whole)
		err = on_processors(sweep, end_packet);
	for (cpu = 0; cpu < SWEEP_CPUS; cpu++)
		close_packet(&sweep->own[cpu]);
	if (!err || err == -ECANCELED || err == -ENOMEM)
		return err;
	sweep_is_not_whole(sweep, "%s", strerror(-err));
	return 0;
}
