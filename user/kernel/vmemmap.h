/* SPDX-License-Identifier: GPL-2.0 */
/* Where memory and its struct pages are: frame ranges and calibrated bases. */
#ifndef NETMEM_MEMORY_H
#define NETMEM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_range {
	uint64_t first, count;
};

struct memory {
	struct frame_range *ranges; /* System RAM, ascending */
	size_t range_count;
	uint64_t first, count; /* all frames, holes included */
	uint64_t present; /* frames in the ranges */

	uint64_t page_base; /* address of frame 0's struct page; 0: unknown */
	uint64_t direct_base; /* address of frame 0 in the direct map; 0: unknown */
	uint32_t page_struct_size; /* bytes */
	bool has_signature; /* struct page carries pp_magic */
	bool dma_tracked;
	bool has_net_iov; /* memory without struct pages (6.12) */
};

/* Reads the System RAM ranges of /proc/iomem. Returns 0 or negative errno. */
int memory_read(struct memory *memory);

/*
 * Calibrates both bases with page faults of our own (BPF on mm_page_alloc
 * beside /proc/self/pagemap). Unknown bases stay 0: the scan and the shadow
 * are then blind. Returns negative errno only when nothing can run at all.
 */
int memory_calibrate(struct memory *memory);

void memory_clear(struct memory *memory);

#endif
