// SPDX-License-Identifier: GPL-2.0
/* Queues of processors: backlogs, completions and deferred frees. */
#include <errno.h>
#include <stdio.h>

#include "user/holders/private.h"
#include "holders.skel.h"

bool holders_distance(const struct holders *holders, int cpu,
		      uint64_t *distance)
{
	if (!holders->scratch[cpu] || !holders->skel->bss->self_scratch)
		return false;
	*distance = holders->scratch[cpu] - holders->skel->bss->self_scratch;
	return true;
}

static int walk_processor(struct holders *holders, const struct pass *pass,
			  int cpu)
{
	struct holder who = { .kind = HOLDER_CPU, .cpu = cpu, .queue = -1 };
	uint64_t softnet;
	int err;

	softnet = holders->runqueue + holders->softnet_distance +
		  holders->scratch[cpu] - holders->scratch[holders->own_cpu];
	err = holders_ask(holders,
			  bpf_program__fd(holders->skel->progs.holders_softnet),
			  softnet, cpu, 0);
	if (err)
		return err < 0 ? err : -ENOENT;
	snprintf(who.what, sizeof(who.what), "cpu %d", cpu);
	return holders_collect(holders, pass, &who);
}

int holders_walk_processors(struct holders *holders, const struct pass *pass,
			    const char *name)
{
	uint64_t seen = 0, changed = 0;
	int cpu, err;

	if (!holders->runqueue || !holders->softnet_distance ||
	    !holders->scratch[holders->own_cpu]) {
		holders_place(holders, PACKETS, name, 0,
			      "their place is not known on this kernel");
		return 0;
	}
	for (cpu = 0; cpu < holders->cpu_count; cpu++) {
		if (!holders->scratch[cpu])
			continue;
		err = walk_processor(holders, pass, cpu);
		if (err == -ENOENT) {
			holders_place(holders, PACKETS, name, seen,
				      "not found at the expected place");
			return 0;
		}
		if (err < 0)
			return err;
		changed += err;
		seen++;
	}
	holders_place_walked(holders, PACKETS, name, seen, changed);
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
	err = holders_run(
		holders, bpf_program__fd(holders->skel->progs.holders_deferred),
		arguments, 4);
	if (err)
		return err < 0 ? err : -ENOENT;
	snprintf(who.what, sizeof(who.what), "cpu %d", cpu);
	return holders_collect(holders, pass, &who);
}

static int walk_deferred_lists(struct holders *holders, const struct pass *pass)
{
	const char *name = holder_place_text(PLACE_DEFERRED);
	uint64_t distance, changed = 0, seen = 0;
	int cpu, err;

	if (holders->skel->bss->knows_defer_list)
		return 0; /* met with softnet_data */
	if (!holders->skel->bss->knows_defer_nodes)
		return 0; /* frees are not deferred, or in sockets */
	for (cpu = 0; holders->hotdata && cpu < holders->cpu_count; cpu++) {
		if (!holders_distance(holders, cpu, &distance))
			continue;
		err = walk_deferred_of(holders, pass, cpu, distance);
		if (err == -ENOENT) {
			holders_place(holders, PACKETS, name, seen,
				      "not found at the expected place");
			return 0;
		}
		if (err < 0)
			return err;
		changed += err;
		seen++;
	}
	if (seen)
		holders_place_walked(holders, PACKETS, name, seen, changed);
	else
		holders_place(
			holders, PACKETS, name, 0,
			"no accessible namespace has " HOLDERS_DEFER_SYSCTL);
	return 0;
}

/* Newer kernels keep deferred frees beside softnet_data. */
int holders_walk_deferred(struct holders *holders, const struct pass *pass)
{
	struct walk *walk = holders->walk;
	size_t i = walk->place_count;
	int err = walk_deferred_lists(holders, pass);

	for (; i < walk->place_count; i++)
		walk->places[i].deferred = true;
	return err;
}
