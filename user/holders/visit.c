// SPDX-License-Identifier: GPL-2.0
/* Queues that a program found while a device, or a map, was visited. */
#include <stdint.h>

#include "user/holders/private.h"
#include "holders.skel.h"

int holders_visit(struct visit *visit, int err)
{
	if (!err)
		err = holders_collect(visit->holders, visit->pass, &visit->who);
	if (err < 0)
		return err;
	visit->changed += err;
	return 0;
}

int holders_visit_bulk(struct visit *visit)
{
	struct holders *holders = visit->holders;
	uint32_t i, count = holders->skel->bss->queue_count;
	struct found_queue queue;
	uint64_t arguments[2], distance;
	int cpu, err;

	for (i = 0; i < count; i++) {
		queue = holders->queues[i];
		for (cpu = 0; queue.percpu && cpu < holders->cpu_count; cpu++) {
			if (!holders_distance(holders, cpu, &distance))
				continue;
			holders->queues[0] = queue;
			holders->queues[0].percpu = 0;
			holders->queues[0].address += distance;
			arguments[0] = 0;
			arguments[1] = queue.address + queue.percpu + distance;
			err = holders_run(
				holders,
				bpf_program__fd(
					holders->skel->progs.holders_bulk_count),
				arguments, 2);
			holders->skel->bss->queue_count = 1;
			if (!err && holders->queues[0].packets)
				err = holders_visit(visit, 0);
			if (err)
				return err;
		}
	}
	return 0;
}
