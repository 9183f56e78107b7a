// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration instead of assumptions: no kernel symbol or constant is needed
 * to find struct pages, so address randomisation does not matter.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "calibrate.skel.h"
#include "model/records.h"
#include "user/kernel/kernel_btf.h"
#include "user/kernel/known_symbols.h"
#include "user/kernel/live_frame.h"
#include "user/kernel/vmemmap.h"
#include "user/util/testing.h"
#include "user/util/util.h"

#define SAMPLE_PAGES 64
#define VOTES_NEEDED (SAMPLE_PAGES / 2)
#define PAGEMAP_PFN_MASK ((1ULL << 55) - 1)
#define PAGEMAP_PRESENT (1ULL << 63)

/* Levels of page tables that there are anywhere. */
#define LEVELS_MIN 3
#define LEVELS_MAX 5

struct calibration {
	struct vmemmap *vmemmap;
	struct calibrate_bpf *skel;
	char *pages; /* SAMPLE_PAGES of ours */
	uint64_t page_size;
	int pagemap; /* -1: not for us */
	uint32_t levels; /* 0: the pagemap tells pfns, else page tables do */
};

/* The pfn of a present page of ours; 0 when hidden from us. */
static uint64_t pfn_in_pagemap(const struct calibration *with, const void *page)
{
	uint64_t entry = 0;
	off_t offset = (uintptr_t)page / with->page_size * sizeof(entry);

	if (testing_flag("hidden-pfns") || with->pagemap < 0 ||
	    pread(with->pagemap, &entry, sizeof(entry), offset) !=
		    sizeof(entry) ||
	    !(entry & PAGEMAP_PRESENT))
		return 0;
	return entry & PAGEMAP_PFN_MASK;
}

static int run_program(const struct bpf_program *program, uint64_t first,
		       uint64_t second, uint64_t third)
{
	uint64_t context[3] = { first, second, third };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = context,
		    .ctx_size_in = sizeof(context));

	return bpf_prog_test_run_opts(bpf_program__fd(program), &opts);
}

static uint64_t pfn_of_page(const struct calibration *with, const void *page)
{
	if (!with->levels)
		return pfn_in_pagemap(with, page);
	if (run_program(with->skel->progs.netmem_walk,
			with->vmemmap->page_offset_base, (uintptr_t)page,
			with->levels))
		return 0;
	return with->skel->bss->walked / with->page_size;
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The value that stands most often in a list, and how often. */
static uint64_t most_frequent(uint64_t *values, size_t count, size_t *votes)
{
	size_t i, run = 0;
	uint64_t best = 0;

	*votes = 0;
	qsort(values, count, sizeof(*values), compare_u64);
	for (i = 0; i < count; i++) {
		run = i && values[i] == values[i - 1] ? run + 1 : 1;
		if (run > *votes) {
			*votes = run;
			best = values[i];
		}
	}
	return best;
}

/*
 * Each of our faults gets one page, sometimes a page table too; pairs of
 * struct page and pfn vote for the base, and the right one wins clearly.
 */
static void find_vmemmap_base(const struct calibration *with)
{
	uint64_t votes[ARRAY_LEN(with->skel->bss->calibrate_pages)] = { 0 };
	struct calibrate_bpf__bss *bss = with->skel->bss;
	struct vmemmap *vmemmap = with->vmemmap;
	size_t count = 0, winner_votes;
	uint32_t before, after, i;
	uint64_t pfn;
	char *page;

	for (i = 0; i < SAMPLE_PAGES; i++) {
		page = with->pages + i * with->page_size;
		before = *(volatile uint32_t *)&bss->calibrate_count;
		*page = 1;
		after = *(volatile uint32_t *)&bss->calibrate_count;
		if (before == after)
			continue;
		pfn = pfn_of_page(with, page);
		vmemmap->page_struct_size = bss->kernel_page_size;
		for (; pfn && before < after && count < ARRAY_LEN(votes);
		     before++)
			votes[count++] = bss->calibrate_pages[before] -
					 pfn * vmemmap->page_struct_size;
	}
	vmemmap->vmemmap_base = most_frequent(votes, count, &winner_votes);
	if (winner_votes < VOTES_NEEDED)
		vmemmap->vmemmap_base = 0;
	vmemmap->dma_tracked = bss->kernel_dma_tracked;
	vmemmap->has_net_iov = bss->kernel_has_net_iov;
	vmemmap->shows_softirqs = bss->kernel_shows_softirqs &&
				  !testing_flag("hidden-softirqs");
}

/*
 * Tries bases downwards from an address that is surely in the direct map,
 * until a page of ours reads back its random contents. @where: its offset, or
 * with @levels its address. What it finds is 0 where there is none. Returns 0 or
 * a negative errno.
 */
static int try_bases(const struct calibration *with, uint64_t where,
		     uint32_t levels)
{
	const struct vmemmap *vmemmap = with->vmemmap;
	struct calibrate_bpf__bss *bss = with->skel->bss;
	uint64_t base = bss->calibrate_task & ~(DIRECT_STEP - 1);
	uint64_t lowest = base -
			  (vmemmap->first + vmemmap->count) * with->page_size -
			  DIRECT_TRIES * DIRECT_STEP;
	int err = 0;

	bss->direct_found = 0;
	while (!err && base > lowest && !bss->direct_found) {
		base -= (DIRECT_TRIES - 1) * DIRECT_STEP;
		err = run_program(with->skel->progs.netmem_direct, base, where,
				  levels);
		base -= DIRECT_STEP;
	}
	with->vmemmap->page_offset_base = bss->direct_found;
	return err;
}

static int find_page_offset_base(struct calibration *with)
{
	struct calibrate_bpf__bss *bss = with->skel->bss;
	struct vmemmap *vmemmap = with->vmemmap;
	uint32_t levels;
	uint64_t pfn;
	int err;

	/* Tells which task is ours. */
	err = run_program(with->skel->progs.netmem_direct, 0, 0, 0);
	if (err || getrandom(with->pages, sizeof(bss->direct_expected), 0) !=
			   sizeof(bss->direct_expected))
		return err;
	memcpy(bss->direct_expected, with->pages, sizeof(bss->direct_expected));
	pfn = pfn_in_pagemap(with, with->pages);
	if (pfn)
		return try_bases(with, pfn * with->page_size, 0);
	for (levels = LEVELS_MIN; levels <= LEVELS_MAX; levels++) {
		err = try_bases(with, (uintptr_t)with->pages, levels);
		if (err || vmemmap->page_offset_base)
			break;
	}
	vmemmap->pfns_hidden = !vmemmap->page_offset_base;
	with->levels = levels;
	return err;
}

/* What no delta has: the low bits of PP_SIGNATURE (include/linux/poison.h). */
#define SIGNATURE_LOW 0x40
#define SIGNATURE_LOW_MASK 0x7f
/* Beside the signature: PP_MAGIC_MASK leaves them out. */
#define MAGIC_FLAGS 0x3
/* Kernels that track DMA mappings have their index above the low bits. */
#define INDEX_SHIFT 7
#define INDEX_BITS_MAX 32

/* The bits of pp_magic that are the signature. */
static uint64_t signature_mask(uint64_t signature, bool dma_tracked)
{
	uint64_t delta = signature & ~(uint64_t)SIGNATURE_LOW_MASK;
	unsigned int bits = INDEX_BITS_MAX;

	if (!dma_tracked)
		return ~(uint64_t)MAGIC_FLAGS;
	/* PP_DMA_INDEX_BITS (include/linux/mm.h): as many as the delta leaves. */
	if (delta && __builtin_ctzll(delta) - INDEX_SHIFT < INDEX_BITS_MAX)
		bits = __builtin_ctzll(delta) - INDEX_SHIFT;
	return ~(((1ULL << bits) - 1) << INDEX_SHIFT | MAGIC_FLAGS);
}

/*
 * The mark of a pool's page: the type of pages of pools, or the signature, whose
 * upper part (POISON_POINTER_DELTA) the pages of a pool of our own show. Where
 * there cannot be one it is the usual one, and is proven later, or not at all.
 */
static void find_mark(struct vmemmap *vmemmap, struct calibrate_bpf *skel)
{
	uint64_t magic;

	vmemmap->has_mark = skel->bss->kernel_has_mark;
	vmemmap->mark = skel->rodata->pp_mark;
	skel->links.netmem_magic =
		bpf_program__attach(skel->progs.netmem_magic);
	if (skel->links.netmem_magic && !live_frame_drop() &&
	    skel->bss->magic_pages && !skel->bss->magic_others) {
		magic = skel->bss->calibrate_magic & ~(uint64_t)MAGIC_FLAGS;
		if ((magic & SIGNATURE_LOW_MASK) == SIGNATURE_LOW)
			vmemmap->mark = magic;
	}
	if (testing_flag("other-mark"))
		vmemmap->mark ^= 1ULL << 62;
	vmemmap->mark_mask =
		signature_mask(vmemmap->mark, vmemmap->dma_tracked);
	if (skel->bss->kernel_page_type)
		vmemmap->mark = skel->bss->kernel_page_type ^
				testing_flag("other-mark");
}

static int open_calibration(const struct vmemmap *vmemmap, uint64_t page_size,
			    struct calibrate_bpf **result)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = kernel_btf_path());
	struct calibrate_bpf *skel = calibrate_bpf__open_opts(&opts);
	int err;

	if (!skel)
		return -errno;
	skel->rodata->page_shift = __builtin_ctzll(page_size);
	set_symbols(skel->rodata);
	skel->rodata->memory_end =
		(vmemmap->first + vmemmap->count) * page_size;
	err = calibrate_bpf__load(skel);
	/* libbpf loads it, too, where the kernel maps no maps into memory. */
	if (!err && (!skel->bss || !skel->rodata))
		err = -ENOMEM;
	if (!err) {
		skel->links.netmem_page =
			bpf_program__attach(skel->progs.netmem_page);
		err = skel->links.netmem_page ? 0 : -errno;
	}
	if (!err)
		*result = skel;
	else
		calibrate_bpf__destroy(skel);
	return err;
}

int vmemmap_calibrate(struct vmemmap *vmemmap)
{
	struct calibration with = { .vmemmap = vmemmap,
				    .page_size = sysconf(_SC_PAGESIZE) };
	size_t size = SAMPLE_PAGES * with.page_size;
	int err = 0;

	with.pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (with.pages == MAP_FAILED)
		return -errno;
	/* One fault a page. */
	madvise(with.pages, size, MADV_NOHUGEPAGE);
	with.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	err = open_calibration(vmemmap, with.page_size, &with.skel);
	if (!err)
		err = find_page_offset_base(&with);
	if (!err)
		find_vmemmap_base(&with);
	if (with.skel) {
		find_mark(vmemmap, with.skel);
		calibrate_bpf__destroy(with.skel);
	}
	if (with.pagemap >= 0)
		close(with.pagemap);
	munmap(with.pages, size);
	return err;
}

void vmemmap_clear(struct vmemmap *vmemmap)
{
	free(vmemmap->ranges);
	memset(vmemmap, 0, sizeof(*vmemmap));
}
