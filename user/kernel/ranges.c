// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/vmemmap.h"

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
	return 0;
}

static int compare_range(const void *left, const void *right)
{
	const struct pfn_range *a = left, *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

/*
 * Ascending, whatever their order in the file, and each page in one of them
 * only: a range may be in another one, and zones of nodes may overlap.
 */
static void merge_ranges(struct vmemmap *vmemmap)
{
	struct pfn_range *ranges = vmemmap->ranges, *last = ranges;
	uint64_t end;
	size_t i;

	qsort(ranges, vmemmap->range_count, sizeof(*ranges), compare_range);
	for (i = 1; i < vmemmap->range_count; i++) {
		end = ranges[i].first + ranges[i].count;
		if (ranges[i].first > last->first + last->count)
			*++last = ranges[i];
		else if (end > last->first + last->count)
			last->count = end - last->first;
	}
	vmemmap->range_count = last - ranges + 1;
	vmemmap->first = ranges->first;
	vmemmap->count = last->first + last->count - ranges->first;
}

static int read_iomem(struct vmemmap *vmemmap, FILE *file)
{
	uint64_t start, end, page_size = sysconf(_SC_PAGESIZE);
	char line[256];
	int err = 0;

	while (!err && fgets(line, sizeof(line), file)) {
		/* Top-level lines only: no leading space. */
		if (line[0] == ' ' || !strstr(line, ": System RAM"))
			continue;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 ||
		    end <= start)
			continue;
		err = range_add(vmemmap, start / page_size,
				(end + 1) / page_size);
	}
	return err;
}

/*
 * Of each zone "Node 0, zone  Normal", "spanned N", "present N" and last
 * "start_pfn: N". Memory of devices is no System RAM.
 */
static int read_zoneinfo(struct vmemmap *vmemmap, FILE *file)
{
	uint64_t first, spanned = 0, present = 0;
	char line[256], zone[32] = "";
	int err = 0;

	while (!err && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Node %*u, zone %31s", zone) == 1)
			spanned = present = 0;
		if (sscanf(line, " spanned %" SCNu64, &spanned) == 1 ||
		    sscanf(line, " present %" SCNu64, &present) == 1 ||
		    sscanf(line, " start_pfn: %" SCNu64, &first) != 1)
			continue;
		if (!spanned || !strcmp(zone, "Device"))
			continue;
		vmemmap->present += present;
		err = range_add(vmemmap, first, first + spanned);
	}
	return err;
}

static uint64_t count_pages(const struct vmemmap *vmemmap)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < vmemmap->range_count; i++)
		count += vmemmap->ranges[i].count;
	return count;
}

static int read_file(struct vmemmap *vmemmap, const char *path,
		     int (*read)(struct vmemmap *, FILE *))
{
	FILE *file = fopen(path, "re");
	int err;

	if (!file)
		return -errno;
	err = read(vmemmap, file);
	fclose(file);
	if (!err && !vmemmap->range_count)
		err = -ENODATA;
	if (err)
		return err;
	merge_ranges(vmemmap);
	if (!vmemmap->present)
		vmemmap->present = count_pages(vmemmap);
	return 0;
}

int vmemmap_read(struct vmemmap *vmemmap, const char *iomem,
		 const char *zoneinfo)
{
	int err;

	memset(vmemmap, 0, sizeof(*vmemmap));
	err = read_file(vmemmap, iomem, read_iomem);
	if (err != -ENODATA && err != -EACCES && err != -EPERM)
		return err;
	return read_file(vmemmap, zoneinfo, read_zoneinfo);
}
