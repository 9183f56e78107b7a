// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration instead of assumptions: no kernel symbol or constant is needed
 * to find struct pages, so address randomisation does not matter.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "calibrate.skel.h"
#include "model/records.h"
#include "user/kernel/live_frame.h"
#include "user/kernel/vmemmap.h"
#include "user/util/testing.h"
#include "user/util/util.h"

#define SAMPLE_PAGES 64
#define VOTES_NEEDED (SAMPLE_PAGES / 2)
#define PAGEMAP_PFN_MASK ((1ULL << 55) - 1)
#define PAGEMAP_PRESENT (1ULL << 63)

static int range_add(struct vmemmap *vmemmap, uint64_t first, uint64_t end)
{
	struct pfn_range *ranges;

	ranges = realloc(vmemmap->ranges,
			 (vmemmap->range_count + 1) * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	vmemmap->ranges = ranges;
	ranges[vmemmap->range_count++] =
		(struct pfn_range){ first, end - first };
	vmemmap->present += end - first;
	return 0;
}

static int compare_range(const void *left, const void *right)
{
	const struct pfn_range *a = left, *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

/* Ascending, whatever their order in the file; and from first to last. */
static void sort_ranges(struct vmemmap *vmemmap)
{
	const struct pfn_range *range = vmemmap->ranges;
	uint64_t end = 0;
	size_t i;

	qsort(vmemmap->ranges, vmemmap->range_count, sizeof(*range),
	      compare_range);
	for (i = 0; i < vmemmap->range_count; i++, range++)
		if (range->first + range->count > end)
			end = range->first + range->count;
	vmemmap->first = vmemmap->ranges[0].first;
	vmemmap->count = end - vmemmap->first;
}

int vmemmap_read(struct vmemmap *vmemmap, const char *path)
{
	uint64_t start, end, page_size = sysconf(_SC_PAGESIZE);
	char line[256];
	FILE *iomem;
	int err = 0;

	memset(vmemmap, 0, sizeof(*vmemmap));
	iomem = fopen(path, "re");
	if (!iomem)
		return -errno;
	while (!err && fgets(line, sizeof(line), iomem)) {
		/* Top-level lines only: no leading space. */
		if (line[0] == ' ' || !strstr(line, ": System RAM"))
			continue;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 ||
		    end <= start)
			continue;
		err = range_add(vmemmap, start / page_size,
				(end + 1) / page_size);
	}
	fclose(iomem);
	if (!err && !vmemmap->range_count)
		err = -ENODATA;
	if (!err)
		sort_ranges(vmemmap);
	return err;
}

/* The pfn of a present page of ours; 0 when hidden from us. */
static uint64_t pfn_of_page(int pagemap, const void *page)
{
	uint64_t entry = 0, page_size = sysconf(_SC_PAGESIZE);
	off_t offset = (uintptr_t)page / page_size * sizeof(entry);

	if (pread(pagemap, &entry, sizeof(entry), offset) != sizeof(entry) ||
	    !(entry & PAGEMAP_PRESENT))
		return 0;
	return entry & PAGEMAP_PFN_MASK;
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

static int try_direct(int prog_fd, uint64_t base, uint64_t offset)
{
	uint64_t context[2] = { base, offset };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = context,
		    .ctx_size_in = sizeof(context));

	return bpf_prog_test_run_opts(prog_fd, &opts);
}

/*
 * Each of our faults gets one page, sometimes a page table too; pairs of
 * struct page and pfn vote for the base, and the right one wins clearly.
 */
static void find_vmemmap_base(struct vmemmap *vmemmap,
			      struct calibrate_bpf *skel, char *pages,
			      int pagemap)
{
	uint64_t votes[ARRAY_LEN(skel->bss->calibrate_pages)] = { 0 }, pfn,
		 page_size = sysconf(_SC_PAGESIZE);
	size_t count = 0, winner_votes;
	uint32_t before, after, i;

	/* Tells which task is ours. */
	if (try_direct(bpf_program__fd(skel->progs.netmem_direct), 0, 0))
		return;
	for (i = 0; i < SAMPLE_PAGES; i++) {
		before = *(volatile uint32_t *)&skel->bss->calibrate_count;
		pages[i * page_size] = 1;
		after = *(volatile uint32_t *)&skel->bss->calibrate_count;
		pfn = pfn_of_page(pagemap, pages + i * page_size);
		vmemmap->page_struct_size = skel->bss->kernel_page_size;
		for (; pfn && before < after && count < ARRAY_LEN(votes);
		     before++)
			votes[count++] = skel->bss->calibrate_pages[before] -
					 pfn * vmemmap->page_struct_size;
	}
	vmemmap->vmemmap_base = most_frequent(votes, count, &winner_votes);
	if (winner_votes < VOTES_NEEDED)
		vmemmap->vmemmap_base = 0;
	vmemmap->dma_tracked = skel->bss->kernel_dma_tracked;
	vmemmap->has_net_iov = skel->bss->kernel_has_net_iov;
}

/*
 * Tries bases downwards from an address that is surely in the direct map,
 * until a page of ours reads back its random contents.
 */
static void find_page_offset_base(struct vmemmap *vmemmap,
				  struct calibrate_bpf *skel, char *page,
				  int pagemap)
{
	uint64_t pfn = pfn_of_page(pagemap, page), base, lowest;
	uint64_t page_size = sysconf(_SC_PAGESIZE);
	int prog_fd = bpf_program__fd(skel->progs.netmem_direct);

	if (!pfn || getrandom(page, sizeof(skel->bss->direct_expected), 0) !=
			    sizeof(skel->bss->direct_expected))
		return;
	memcpy(skel->bss->direct_expected, page,
	       sizeof(skel->bss->direct_expected));
	base = skel->bss->calibrate_task & ~(DIRECT_STEP - 1);
	lowest = base - (vmemmap->first + vmemmap->count) * page_size -
		 DIRECT_TRIES * DIRECT_STEP;
	skel->bss->direct_found = 0;
	while (base > lowest && !skel->bss->direct_found) {
		base -= (DIRECT_TRIES - 1) * DIRECT_STEP;
		if (try_direct(prog_fd, base, pfn * page_size))
			return;
		base -= DIRECT_STEP;
	}
	vmemmap->page_offset_base = skel->bss->direct_found;
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

static int open_calibration(struct calibrate_bpf **opened)
{
	struct calibrate_bpf *skel = calibrate_bpf__open();
	int err;

	if (!skel)
		return -errno;
	err = calibrate_bpf__load(skel);
	/* libbpf maps none into memory where it could not find out if it may. */
	if (!err && (!skel->bss || !skel->rodata))
		err = -ENOMEM;
	if (!err) {
		skel->links.netmem_page =
			bpf_program__attach(skel->progs.netmem_page);
		err = skel->links.netmem_page ? 0 : -errno;
	}
	if (err)
		calibrate_bpf__destroy(skel);
	else
		*opened = skel;
	return err;
}

int vmemmap_calibrate(struct vmemmap *vmemmap)
{
	size_t size = SAMPLE_PAGES * sysconf(_SC_PAGESIZE);
	struct calibrate_bpf *skel = NULL;
	char *pages = MAP_FAILED;
	int pagemap, err = 0;

	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		return -errno;
	pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED) {
		err = -errno;
		goto close_pagemap;
	}
	/* One fault a page. */
	madvise(pages, size, MADV_NOHUGEPAGE);
	err = open_calibration(&skel);
	if (err)
		goto unmap;
	find_vmemmap_base(vmemmap, skel, pages, pagemap);
	find_page_offset_base(vmemmap, skel, pages, pagemap);
	find_mark(vmemmap, skel);
	calibrate_bpf__destroy(skel);
unmap:
	munmap(pages, size);
close_pagemap:
	close(pagemap);
	return err;
}

void vmemmap_clear(struct vmemmap *vmemmap)
{
	free(vmemmap->ranges);
	memset(vmemmap, 0, sizeof(*vmemmap));
}
