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
	[MAP_UNSTORED] = "unstored",
	[MAP_COUNTERS] = "counters",
	[MAP_FOLDED] = "folded",
	[MAP_UNTRACKED] = "untracked",
	[MAP_REDIRECTS] = "redirects",
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

/* Bytes of a map's values in memory; 0 where the map cannot be asked. */
static size_t map_size(int fd)
{
	struct bpf_map_info info = {};
	uint32_t info_size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &info_size))
		return 0;
	/* The kernel rounds each element up to 8 bytes. */
	return (size_t)((info.value_size + 7) & ~7U) * info.max_entries;
}

void *map_memory(int fd)
{
	size_t size = map_size(fd);
	void *memory;

	if (!size)
		return NULL;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void unmap_memory(int fd, void *memory)
{
	size_t size = memory ? map_size(fd) : 0;

	if (size)
		munmap(memory, size);
}

int loader_map_memory(struct loader *loader)
{
	loader->bss = map_memory(loader->map_fds[MAP_BSS]);
	loader->pools = map_memory(loader->map_fds[MAP_POOLS]);
	loader->evidence = map_memory(loader->map_fds[MAP_EVIDENCE]);
	loader->scan_counts = map_memory(loader->map_fds[MAP_SCAN_COUNTS]);
	loader->audit_pages = map_memory(loader->map_fds[MAP_AUDIT_PAGES]);
	if (!loader->sparse)
		loader->shadow = map_memory(loader->map_fds[MAP_SHADOW]);
	if (!loader->sparse && loader->function)
		loader->notes = map_memory(loader->map_fds[MAP_PAGE_NOTES]);
	if (loader->function)
		loader->flows = map_memory(loader->map_fds[MAP_FLOWS]);
	if ((!loader->sparse && loader->function && !loader->notes) ||
	    !loader->bss || !loader->pools || !loader->evidence ||
	    !loader->scan_counts || !loader->audit_pages ||
	    (!loader->sparse && !loader->shadow) ||
	    (loader->function && !loader->flows))
		return errno ? -errno : -ENOMEM;
	return 0;
}

void loader_unmap_memory(const struct loader *loader)
{
	unmap_memory(loader->map_fds[MAP_BSS], loader->bss);
	unmap_memory(loader->map_fds[MAP_POOLS], loader->pools);
	unmap_memory(loader->map_fds[MAP_EVIDENCE], loader->evidence);
	unmap_memory(loader->map_fds[MAP_SCAN_COUNTS], loader->scan_counts);
	unmap_memory(loader->map_fds[MAP_AUDIT_PAGES], loader->audit_pages);
	unmap_memory(loader->map_fds[MAP_SHADOW], loader->shadow);
	unmap_memory(loader->map_fds[MAP_PAGE_NOTES], loader->notes);
	unmap_memory(loader->map_fds[MAP_FLOWS], loader->flows);
}
