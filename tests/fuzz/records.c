// SPDX-License-Identifier: GPL-2.0
/*
 * What BPF programs left in memory that is shared: records of pools, evidence and
 * flows of any contents become facts, a verdict and reports. The input is a byte
 * of options, then steps: a change of a record, or something that reads them.
 */
#include "tests/fuzz/fuzz.h"

#include "user/collect/live.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"

#define SLOTS 8 /* that have pools */
#define CPUS 2

static struct live live;
static struct netmem_bpf skel;

static void begin(uint8_t options)
{
	static struct netmem_bpf__rodata rodata;
	struct pool_record *pools = live.loader.pools;
	uint32_t slot;

	if (!pools) {
		live.loader.bss = calloc(1, sizeof(*live.loader.bss));
		live.loader.pools = calloc(SLOT_COUNT, sizeof(*pools));
		live.loader.evidence = calloc(CHECK_COUNT * EVIDENCE_SLOTS,
					      sizeof(struct evidence_record));
		live.loader.flows =
			calloc(SLOT_COUNT * CPUS, sizeof(struct pool_flow));
		rodata.flow_cpus = CPUS;
		skel.rodata = &rodata;
		live.loader.skel = &skel;
		memset(live.loader.map_fds, -1, sizeof(live.loader.map_fds));
		memset(live.loader.demand_fds, -1,
		       sizeof(live.loader.demand_fds));
	}
	pools = live.loader.pools;
	memset(pools, 0, SLOTS * sizeof(*pools));
	memset(live.watches, 0, SLOTS * sizeof(*live.watches));
	memset(live.loader.flows, 0, SLOTS * CPUS * sizeof(struct pool_flow));
	memset(live.loader.evidence, 0,
	       CHECK_COUNT * EVIDENCE_SLOTS * sizeof(struct evidence_record));
	for (slot = 1; slot < SLOTS / 2; slot++) {
		pools[slot].status = POOL_ACTIVE;
		pools[slot].seq = 1;
		pools[slot].id.pool = slot;
	}
	live.error = 0;
	live.options.pinned = options & 1;
	live.options.snapshot = options & 2;
	live.loader.function = options & 4;
}

/* One of them, its bytes from @offset on; what does not fit is left out. */
static size_t change(void *record, size_t size, const uint8_t *data,
		     size_t left)
{
	size_t offset, length;

	if (left < 3)
		return left;
	offset = (data[0] | data[1] << 8) % size;
	length = data[2];
	if (length > left - 3)
		length = left - 3;
	if (length > size - offset)
		length = size - offset;
	memcpy((char *)record + offset, data + 3, length);
	return 3 + length;
}

static void emit_of_slots(void)
{
	uint32_t slot;

	for (slot = 1; slot < SLOTS; slot++) {
		if (!live.watches[slot].seq)
			continue;
		live_emit_outside(&live, slot);
		live_emit_inspected(&live, slot);
		live_emit_flow(&live, slot, live.watches[slot].seq);
	}
}

/* Returns the length of the step. */
static size_t step(const uint8_t *data, size_t left)
{
	size_t index = left > 1 ? data[1] : 0;
	struct loader *loader = &live.loader;

	switch (data[0] % 8) {
	case 0:
		return 2 + change(&loader->pools[index % SLOTS],
				  sizeof(*loader->pools), data + 2,
				  left > 2 ? left - 2 : 0);
	case 1:
		index %= CHECK_COUNT * EVIDENCE_SLOTS;
		return 2 + change(&loader->evidence[index],
				  sizeof(*loader->evidence), data + 2,
				  left > 2 ? left - 2 : 0);
	case 2:
		return 2 + change(&loader->flows[index % (SLOTS * CPUS)],
				  sizeof(*loader->flows), data + 2,
				  left > 2 ? left - 2 : 0);
	case 3:
		live_emit_pools(&live);
		break;
	case 4:
		live_emit_evidence(&live);
		break;
	case 5:
		live_emit_gone(&live);
		break;
	case 6:
		live_keep_evidence(&live);
		break;
	case 7:
		emit_of_slots();
		break;
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fact meta = { .type = FACT_meta,
			     .meta = { .schema = FACTS_SCHEMA } };
	struct session *session = session_new();
	size_t at, length;

	MUST(session);
	begin(size ? data[0] : 0);
	live.sink = session_sink(session);
	live_emit(&live, &meta);
	for (at = 1; at < size; at += length) {
		length = step(data + at, size - at);
		if (length > size - at)
			length = size - at;
	}
	live_emit_pools(&live);
	live_emit_evidence(&live);
	emit_of_slots();
	judge_and_report(session);
	session_free(session);
	live_free_netdevs(&live);
	return 0;
}
