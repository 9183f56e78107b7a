// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"

static const char *const demand_names[DEMAND_COUNT] = {
	[DEMAND_SCAN] = "netmem_scan",
	[DEMAND_LOOK] = "netmem_look",
	[DEMAND_RESEED] = "netmem_reseed",
	[DEMAND_READ_POOL] = "netmem_read_pool",
	[DEMAND_AUDIT] = "netmem_audit",
	[DEMAND_AUDIT_PAGES] = "netmem_audit_pages",
	[DEMAND_CONTROL] = "netmem_control",
	[DEMAND_REGISTRY] = "netmem_registry",
	[DEMAND_READ_STATS] = "netmem_read_stats",
	[DEMAND_NETDEV] = "netmem_netdev",
};

const char *loader_demand_name(enum demand_program program)
{
	return demand_names[program];
}

int loader_run(const struct loader *loader, enum demand_program program,
	       uint64_t first, uint64_t second)
{
	uint64_t context[2] = { first, second };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = context,
		    .ctx_size_in = sizeof(context));

	return bpf_prog_test_run_opts(loader->demand_fds[program], &opts) ?
		       -errno :
		       0;
}

int loader_counters(const struct loader *loader, struct hook_counters *sum)
{
	int cpus = libbpf_num_possible_cpus(), cpu;
	struct hook_counters *values;
	uint64_t *to = (uint64_t *)sum, *from;
	uint32_t zero = 0;
	size_t i;

	memset(sum, 0, sizeof(*sum));
	values = cpus > 0 ? calloc(cpus, sizeof(*values)) : NULL;
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(loader->map_fds[MAP_COUNTERS], &zero, values)) {
		free(values);
		return -errno;
	}
	for (cpu = 0; cpu < cpus; cpu++) {
		from = (uint64_t *)&values[cpu];
		for (i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
			to[i] += from[i];
	}
	free(values);
	return 0;
}

int loader_folded(const struct loader *loader, struct folded_pools **sums)
{
	int cpus = libbpf_num_possible_cpus(), cpu, count = 0;
	struct folded_pools *values, *all;
	uint32_t key;

	values = cpus > 0 ? calloc(cpus, sizeof(*values)) : NULL;
	all = cpus > 0 ? calloc(cpus * FOLDED_MAX, sizeof(*all)) : NULL;
	if (!values || !all) {
		count = -ENOMEM;
		goto out;
	}
	for (key = 0; key < FOLDED_MAX; key++) {
		if (bpf_map_lookup_elem(loader->map_fds[MAP_FOLDED], &key,
					values)) {
			count = -errno;
			break;
		}
		for (cpu = 0; cpu < cpus; cpu++)
			if (values[cpu].pools)
				all[count++] = values[cpu];
	}
out:
	free(values);
	if (count < 0) {
		free(all);
		all = NULL;
	}
	*sums = all;
	return count;
}

int loader_untracked(const struct loader *loader, struct pool_identity **pools)
{
	int fd = loader->map_fds[MAP_UNTRACKED], count = 0;
	struct untracked_key key, *last = NULL;

	*pools = calloc(UNTRACKED_MAX, sizeof(**pools));
	if (!*pools)
		return -ENOMEM;
	while (count < UNTRACKED_MAX && !bpf_map_get_next_key(fd, last, &key)) {
		last = &key;
		/* Nothing is ever taken out. */
		if (bpf_map_lookup_elem(fd, &key, &(*pools)[count])) {
			count = -errno;
			free(*pools);
			*pools = NULL;
			return count;
		}
		count++;
	}
	return count;
}

int loader_redirects(const struct loader *loader,
		     struct redirect_count **counts)
{
	int fd = loader->map_fds[MAP_REDIRECTS], count = 0;
	struct redirect_count *all;
	struct redirect_key *last = NULL;

	all = calloc(REDIRECT_ERRORS_MAX, sizeof(*all));
	*counts = all;
	if (!all)
		return -ENOMEM;
	while (count < REDIRECT_ERRORS_MAX &&
	       !bpf_map_get_next_key(fd, last, &all[count].key)) {
		last = &all[count].key;
		/* Nothing is ever taken out. */
		if (bpf_map_lookup_elem(fd, last, &all[count].record)) {
			count = -errno;
			break;
		}
		count++;
	}
	return count;
}

int loader_unstored(const struct loader *loader, struct unstored_count **counts)
{
	int fd = loader->map_fds[MAP_UNSTORED], count = 0;
	struct unstored_count *all;
	struct unstored_key *last = NULL;

	all = calloc(UNSTORED_MAX, sizeof(*all));
	*counts = all;
	if (!all)
		return -ENOMEM;
	while (count < UNSTORED_MAX &&
	       !bpf_map_get_next_key(fd, last, &all[count].key)) {
		last = &all[count].key;
		/* Nobody takes one out meanwhile. */
		if (bpf_map_lookup_elem(fd, last, &all[count].count))
			return -errno;
		count++;
	}
	return count;
}

void loader_forget_unstored(const struct loader *loader,
			    const struct unstored_key *key)
{
	bpf_map_delete_elem(loader->map_fds[MAP_UNSTORED], key);
}

int loader_flow(const struct loader *loader, uint32_t slot, uint32_t seq,
		struct pool_flow *sum)
{
	uint32_t cpus = loader->flow_cpus, cpu;
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from;
	size_t i;

	memset(sum, 0, sizeof(*sum));
	if (!loader->flows)
		return -ENOENT;
	for (cpu = 0; cpu < cpus; cpu++) {
		from = (const uint64_t *)&loader->flows[slot * cpus + cpu];
		if (loader->flows[slot * cpus + cpu].seq != seq)
			continue;
		for (i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
			to[i] += from[i];
	}
	sum->seq = seq;
	return 0;
}

bool loader_note(const struct loader *loader, uint64_t netmem,
		 struct page_note *note)
{
	uint64_t index = netmem - loader->frame_first;

	if (!loader->function)
		return false;
	if (frame_is_net_iov(netmem))
		return !bpf_map_lookup_elem(loader->map_fds[MAP_NET_IOV_NOTES],
					    &netmem, note);
	if (!loader->notes || index >= loader->frame_count)
		return false;
	*note = loader->notes[index];
	return true;
}

size_t loader_stack(const struct loader *loader, uint32_t id,
		    uint64_t stack[STACK_DEPTH])
{
	size_t depth;

	id--;
	if (id == UINT32_MAX ||
	    bpf_map_lookup_elem(loader->map_fds[MAP_STACKS], &id, stack))
		return 0;
	for (depth = 0; depth < STACK_DEPTH && stack[depth]; depth++)
		;
	return depth;
}

static uint64_t program_misses(int fd)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) ?
		       0 :
		       info.recursion_misses;
}

uint64_t loader_function_misses(const struct loader *loader)
{
	uint64_t misses = 0;
	size_t i;

	for (i = 0; i < hook_count; i++)
		if (hooks[i].when != HOOK_TRACEPOINT &&
		    loader->hooks[i].way != ATTACH_NONE)
			misses += program_misses(loader->hook_fds[i]);
	return misses;
}

uint64_t loader_misses(const struct loader *loader, const char *hook)
{
	size_t i;

	for (i = 0; i < hook_count; i++)
		if (!strcmp(hooks[i].name, hook))
			break;
	return i < hook_count ? program_misses(loader->hook_fds[i]) : 0;
}

uint64_t loader_misses_since(const struct loader *loader, const char *hook,
			     uint64_t early)
{
	uint64_t misses = loader_misses(loader, hook);

	return misses > early ? misses - early : 0;
}
