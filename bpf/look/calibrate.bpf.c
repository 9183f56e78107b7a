// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration of vmemmap_base: the struct pages that the allocator gives to our
 * own page faults, in order. User space pairs them with the pfns that
 * /proc/self/pagemap gives for the same faults.
 */
#include "bpf/compat/page_pool.bpf.h"
#include "model/records.h"

#define CALIBRATE_PAGES 256

char LICENSE[] SEC("license") = "GPL";

/*
 * The task that calibrates, as netmem_direct found it; also an address that
 * surely lies in the direct map. No pid: it may live in a pid namespace.
 */
__u64 calibrate_task;
__u64 calibrate_pages[CALIBRATE_PAGES];
__u32 calibrate_count;

/* What this kernel's BTF says, for netmem-check probe. */
__u32 kernel_page_size;
bool kernel_has_signature;
bool kernel_dma_tracked;
bool kernel_has_net_iov;

SEC("raw_tp/mm_page_alloc")
int netmem_page(__u64 *ctx)
{
	__u32 count = calibrate_count;

	kernel_page_size = compat_page_size();
	kernel_has_signature = compat_has_signature();
	kernel_dma_tracked = compat_dma_tracked();
	kernel_has_net_iov = compat_has_net_iov();
	if (bpf_get_current_task() != calibrate_task || ctx[1])
		return 0;
	if (count < CALIBRATE_PAGES) {
		calibrate_pages[count & (CALIBRATE_PAGES - 1)] = ctx[0];
		calibrate_count = count + 1;
	}
	return 0;
}

/*
 * And of page_offset_base: a page of ours has a known pfn and known contents. Its kernel
 * address is base + pfn << page_shift for one base, a multiple of 1 GiB;
 * the right one reads back our contents.
 */
__u64 direct_expected[4];
__u64 direct_found;

/* ctx[0]: first base to try, ctx[1]: the page's offset from pfn 0. */
SEC("raw_tp")
int netmem_direct(__u64 *ctx)
{
	__u64 contents[4], base = ctx[0], i;

	calibrate_task = bpf_get_current_task();
	for (i = 0; i < DIRECT_TRIES; i++, base += DIRECT_STEP) {
		if (bpf_probe_read_kernel(contents, sizeof(contents),
					  (void *)(base + ctx[1])))
			continue;
		if (contents[0] == direct_expected[0] &&
		    contents[1] == direct_expected[1] &&
		    contents[2] == direct_expected[2] &&
		    contents[3] == direct_expected[3])
			direct_found = base;
	}
	return 0;
}
