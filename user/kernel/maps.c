// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>

#include "user/kernel/maps.h"
#include "user/kernel/skeletons.h"

static const char *const map_names[MAP_COUNT] = {
	[MAP_SHADOW] = "shadow",
	[MAP_SHADOW_HASH] = "shadow_hash",
	[MAP_POOLS] = "pools",
	[MAP_EVIDENCE] = "evidence",
	[MAP_VIOLATIONS] = "violations",
	[MAP_COUNTERS] = "counters",
	[MAP_FOLDED] = "folded",
	[MAP_EVENTS] = "events",
	[MAP_SCAN_COUNTS] = "scan_counts",
	[MAP_AUDIT_PAGES] = "audit_pages",
	[MAP_PAGE_NOTES] = "page_notes",
	[MAP_NET_IOV_NOTES] = "net_iov_notes",
	[MAP_FLOWS] = "flows",
	[MAP_STACKS] = "stacks",
	[MAP_RODATA] = "rodata",
	[MAP_BSS] = "bss",
};

const char *loader_map_name(enum loader_map map)
{
	return map_names[map];
}

static void *map_memory(const struct loader *loader, enum loader_map map)
{
	struct bpf_map_info info = {};
	uint32_t info_size = sizeof(info);
	void *memory;
	size_t size;

	if (bpf_obj_get_info_by_fd(loader->map_fds[map], &info, &info_size))
		return NULL;
	/* The kernel rounds each element up to 8 bytes. */
	size = (size_t)((info.value_size + 7) & ~7U) * info.max_entries;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      loader->map_fds[map], 0);
	return memory == MAP_FAILED ? NULL : memory;
}

int loader_map_memory(struct loader *loader)
{
	loader->bss = map_memory(loader, MAP_BSS);
	loader->pools = map_memory(loader, MAP_POOLS);
	loader->evidence = map_memory(loader, MAP_EVIDENCE);
	loader->scan_counts = map_memory(loader, MAP_SCAN_COUNTS);
	loader->audit_pages = map_memory(loader, MAP_AUDIT_PAGES);
	if (!loader->sparse)
		loader->shadow = map_memory(loader, MAP_SHADOW);
	if (!loader->sparse && loader->function)
		loader->notes = map_memory(loader, MAP_PAGE_NOTES);
	if (loader->function)
		loader->flows = map_memory(loader, MAP_FLOWS);
	if ((!loader->sparse && loader->function && !loader->notes) ||
	    !loader->bss || !loader->pools || !loader->evidence ||
	    !loader->scan_counts || !loader->audit_pages ||
	    (!loader->sparse && !loader->shadow))
		return -errno;
	return 0;
}

static void unmap_memory(const struct loader *loader, enum loader_map map,
			 void *memory)
{
	struct bpf_map_info info = {};
	uint32_t info_size = sizeof(info);

	if (memory &&
	    !bpf_obj_get_info_by_fd(loader->map_fds[map], &info, &info_size))
		munmap(memory, (size_t)((info.value_size + 7) & ~7U) *
				       info.max_entries);
}

void loader_unmap_memory(const struct loader *loader)
{
	unmap_memory(loader, MAP_BSS, loader->bss);
	unmap_memory(loader, MAP_POOLS, loader->pools);
	unmap_memory(loader, MAP_EVIDENCE, loader->evidence);
	unmap_memory(loader, MAP_SCAN_COUNTS, loader->scan_counts);
	unmap_memory(loader, MAP_AUDIT_PAGES, loader->audit_pages);
	unmap_memory(loader, MAP_SHADOW, loader->shadow);
	unmap_memory(loader, MAP_PAGE_NOTES, loader->notes);
	unmap_memory(loader, MAP_FLOWS, loader->flows);
}
