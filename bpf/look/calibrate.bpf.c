// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration of vmemmap_base: the struct pages that the allocator gives to our
 * own page faults, in order. User space pairs them with the pfns that
 * /proc/self/pagemap gives for the same faults, or where that hides them our
 * page tables.
 */
#include "bpf/compat/context.bpf.h"
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
bool kernel_has_mark;
__u32 kernel_page_type; /* that pages of pools have; 0: none */
bool kernel_dma_tracked;
bool kernel_has_net_iov;
bool kernel_shows_softirqs; /* by its symbols, too */

SEC("raw_tp/mm_page_alloc")
int netmem_page(__u64 *ctx)
{
	__u32 count = calibrate_count;

	kernel_page_size = compat_page_size();
	kernel_has_mark = compat_has_mark();
	kernel_page_type = compat_page_type();
	kernel_dma_tracked = compat_dma_tracked();
	kernel_has_net_iov = compat_has_net_iov();
	kernel_shows_softirqs = compat_sees_softirqs();
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

const volatile __u32 page_shift = 12;
const volatile __u64 memory_end = 0; /* no page is there or above */
__u64 walked; /* a page's offset from pfn 0; 0: it was not found */

/* Above are bits that do not belong to the address, or 128 TiB of memory. */
#define ENTRY_ADDRESS ((1ULL << 47) - 1)
#define ENTRY_PRESENT 1
#define LEVELS_MAX 5

/*
 * Of an address of ours its page's offset from pfn 0, by our page tables, which
 * lie in the direct map at @base. All that is right here only for some
 * architectures, and for the right base and number of levels: contents prove it.
 * A global function: the verifier checks it once.
 */
__noinline __u64 walk_tables(__u64 base, __u64 address, __u32 levels)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 table = (__u64)BPF_CORE_READ(task, mm, pgd), entry;
	__u32 bits = page_shift - 3, level, index;

	for (level = LEVELS_MAX; level; level--) {
		if (level > levels)
			continue;
		index = address >> (page_shift + (level - 1) * bits) &
			((1U << bits) - 1);
		if (bpf_probe_read_kernel(&entry, sizeof(entry),
					  (void *)table + index * 8ULL) ||
		    !(entry & ENTRY_PRESENT))
			return 0;
		entry = (entry & ENTRY_ADDRESS) >> page_shift << page_shift;
		/* Beyond there may be registers of devices. */
		if (entry >= memory_end)
			return 0;
		table = base + entry;
	}
	return table - base;
}

/* ctx[0]: base, ctx[1]: address, ctx[2]: levels */
SEC("raw_tp")
int netmem_walk(__u64 *ctx)
{
	walked = walk_tables(ctx[0], ctx[1], ctx[2]);
	return 0;
}

/*
 * ctx[0]: first base to try, ctx[1]: the page's offset from pfn 0, or with
 * ctx[2], the levels of page tables, its address.
 */
SEC("raw_tp")
int netmem_direct(__u64 *ctx)
{
	__u64 contents[4], base = ctx[0], offset, i;

	calibrate_task = bpf_get_current_task();
	for (i = 0; i < DIRECT_TRIES; i++, base += DIRECT_STEP) {
		offset = ctx[2] ? walk_tables(base, ctx[1], ctx[2]) : ctx[1];
		if (bpf_probe_read_kernel(contents, sizeof(contents),
					  (void *)(base + offset)))
			continue;
		if (contents[0] == direct_expected[0] &&
		    contents[1] == direct_expected[1] &&
		    contents[2] == direct_expected[2] &&
		    contents[3] == direct_expected[3])
			direct_found = base;
	}
	return 0;
}

/*
 * And of the signature: pp_magic of each page of the control pool, which a live
 * frame of our task makes. No other pool of its size has events in our task.
 */
__u64 calibrate_magic; /* of all of them */
__u32 magic_pages; /* that have it */
__u32 magic_others; /* pages of that pool that have another, or another pool */

SEC("raw_tp/page_pool_state_hold")
int netmem_magic(__u64 *ctx)
{
	struct page_pool *pool = (void *)ctx[0];
	__u64 magic = 0, owner = 0, page = ctx[1];

	if (bpf_get_current_task() != calibrate_task ||
	    BPF_CORE_READ(pool, p.pool_size) != CONTROL_POOL_SIZE ||
	    BPF_CORE_READ(pool, p.dev))
		return 0;
	bpf_probe_read_kernel(&magic, sizeof(magic),
			      (void *)page + compat_magic_offset());
	bpf_probe_read_kernel(&owner, sizeof(owner),
			      (void *)page + compat_pp_offset());
	if (!magic_pages)
		calibrate_magic = magic;
	if (magic == calibrate_magic && owner == ctx[0])
		magic_pages++;
	else
		magic_others++;
	return 0;
}
