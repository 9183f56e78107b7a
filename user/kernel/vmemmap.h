/* SPDX-License-Identifier: GPL-2.0 */
/* Where memory and its struct pages are: ranges of pfns and calibrated bases. */
#ifndef NETMEM_VMEMMAP_H
#define NETMEM_VMEMMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pfn_range {
	uint64_t first, count;
};

struct vmemmap {
	struct pfn_range *ranges; /* with all System RAM; ascending, apart */
	size_t range_count;
	uint64_t first, count; /* all pfns, holes included */
	uint64_t present; /* pfns in the ranges that have memory */

	uint64_t vmemmap_base; /* address of pfn 0's struct page; 0: unknown */
	uint64_t page_offset_base; /* address of pfn 0 in the direct map; 0: unknown */
	bool pfns_hidden; /* so no base could be found: CAP_SYS_ADMIN shows them */
	uint32_t page_struct_size; /* bytes */
	bool has_mark; /* a page tells whether a pool holds it */
	uint64_t mark, mark_mask; /* bpf/compat/page_pool.bpf.h */
	bool dma_tracked;
	bool has_net_iov; /* memory without struct pages (6.12) */
	bool shows_softirqs; /* a program can tell whether it is in one */
};

/*
 * Reads where memory is: the System RAM of a file like /proc/iomem, or where
 * that hides it (from who lacks CAP_SYS_ADMIN) the zones of one like
 * /proc/zoneinfo, which span holes as well. Returns 0 or negative errno,
 * -ENODATA where neither says it.
 */
int vmemmap_read(struct vmemmap *vmemmap, const char *iomem,
		 const char *zoneinfo);

#define IOMEM "/proc/iomem"
#define ZONEINFO "/proc/zoneinfo"

/*
 * Calibrates both bases with page faults of our own (BPF on mm_page_alloc
 * beside /proc/self/pagemap or our page tables), and the mark with a page pool
 * of our own. Unknown bases stay 0: the scan and the shadow are then blind. Returns negative errno only when nothing can run at all.
 */
int vmemmap_calibrate(struct vmemmap *vmemmap);

void vmemmap_clear(struct vmemmap *vmemmap);

#endif
