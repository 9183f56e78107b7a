// SPDX-License-Identifier: GPL-2.0
/* Ranges of memory, as files like /proc/iomem have them. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

#include "user/kernel/vmemmap.h"

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Reads files with these texts; returns what vmemmap_read() does. */
static int read_texts(struct vmemmap *vmemmap, const char *iomem,
		      const char *zoneinfo)
{
	char iomem_path[] = "/tmp/netmem-iomem.XXXXXX";
	char zone_path[] = "/tmp/netmem-zones.XXXXXX";
	int err;

	write_file(iomem_path, iomem);
	write_file(zone_path, zoneinfo);
	err = vmemmap_read(vmemmap, iomem_path, zone_path);
	unlink(iomem_path);
	unlink(zone_path);
	return err;
}

static int read_text(struct vmemmap *vmemmap, const char *iomem)
{
	return read_texts(vmemmap, iomem, "");
}

/* As who lacks CAP_SYS_ADMIN reads /proc/iomem. */
static const char hidden[] = "00000000-00000000 : System RAM\n";

static void assert_range(const struct vmemmap *vmemmap, size_t index,
			 uint64_t first, uint64_t count)
{
	assert_int_equal(vmemmap->ranges[index].first, first);
	assert_int_equal(vmemmap->ranges[index].count, count);
}

static void ranges_in_order(void **state)
{
	struct vmemmap vmemmap;

	assert_int_equal(read_text(&vmemmap,
				   "00000000-00000fff : Reserved\n"
				   "00001000-0009ffff : System RAM\n"
				   "  00001000-00001fff : Kernel code\n"
				   "00100000-7fffffff : System RAM\n"),
			 0);
	assert_int_equal(vmemmap.range_count, 2);
	assert_range(&vmemmap, 0, 1, 0x9f);
	assert_range(&vmemmap, 1, 0x100, 0x7ff00);
	assert_int_equal(vmemmap.first, 1);
	assert_int_equal(vmemmap.count, 0x7ffff);
	assert_int_equal(vmemmap.present, 0x9f + 0x7ff00);
	vmemmap_clear(&vmemmap);
}

/* Neither the first line has the lowest page, nor the last one the highest. */
static void ranges_out_of_order(void **state)
{
	struct vmemmap vmemmap;

	assert_int_equal(read_text(&vmemmap,
				   "100000000-13fffffff : System RAM\n"
				   "00001000-0009ffff : System RAM (boot)\n"
				   "00100000-7fffffff : System RAM\n"),
			 0);
	assert_int_equal(vmemmap.range_count, 3);
	assert_range(&vmemmap, 0, 1, 0x9f);
	assert_range(&vmemmap, 1, 0x100, 0x7ff00);
	assert_range(&vmemmap, 2, 0x100000, 0x40000);
	assert_int_equal(vmemmap.first, 1);
	assert_int_equal(vmemmap.first + vmemmap.count, 0x140000);
	vmemmap_clear(&vmemmap);
}

/* A range inside another one does not end the memory. */
static void a_range_that_ends_before_another(void **state)
{
	struct vmemmap vmemmap;

	assert_int_equal(read_text(&vmemmap,
				   "00100000-7fffffff : System RAM\n"
				   "00200000-002fffff : System RAM (kmem)\n"),
			 0);
	assert_int_equal(vmemmap.range_count, 1);
	assert_range(&vmemmap, 0, 0x100, 0x7ff00);
	assert_int_equal(vmemmap.present, 0x7ff00);
	vmemmap_clear(&vmemmap);
}

static void no_memory_is_an_error(void **state)
{
	struct vmemmap vmemmap;

	assert_int_equal(read_text(&vmemmap, hidden), -ENODATA);
	vmemmap_clear(&vmemmap);
	assert_int_equal(vmemmap_read(&vmemmap, "/nonexistent", "/nonexistent"),
			 -ENOENT);
}

/* A zone, as /proc/zoneinfo of 5.10 to 6.18 has it. */
#define ZONE(node, name, spanned, present, first)                  \
	"Node " #node ", zone " name "\n  pages free     3840\n"   \
	"        min      63\n        spanned  " #spanned          \
	"\n        present  " #present "\n        managed  3840\n" \
	"  pagesets\n    cpu: 0\n              count: 0\n"         \
	"  node_unreclaimable:  0\n  start_pfn:           " #first "\n"

static void zones_where_iomem_is_hidden(void **state)
{
	struct vmemmap vmemmap;

	assert_int_equal(read_texts(&vmemmap, hidden,
				    ZONE(0, "     DMA", 4095, 3998, 1) ZONE(
					    0, "  Normal", 5000, 5000,
					    8192) ZONE(0, " Movable", 0, 0, 0)
					    ZONE(0, "  Device", 99, 99, 20000)),
			 0);
	assert_int_equal(vmemmap.range_count, 2);
	assert_range(&vmemmap, 0, 1, 4095);
	assert_range(&vmemmap, 1, 8192, 5000);
	assert_int_equal(vmemmap.first, 1);
	assert_int_equal(vmemmap.first + vmemmap.count, 13192);
	assert_int_equal(vmemmap.present, 8998);
	vmemmap_clear(&vmemmap);
}

/* Each page is in one range: a scan counts it once. */
static void zones_that_touch_or_overlap(void **state)
{
	struct vmemmap vmemmap;

	assert_int_equal(
		read_texts(&vmemmap, hidden,
			   ZONE(0, "  Normal", 1000, 600, 4096)
				   ZONE(1, "  Normal", 200, 200, 4500)
					   ZONE(2, "  Normal", 100, 100, 5096)),
		0);
	assert_int_equal(vmemmap.range_count, 1);
	assert_range(&vmemmap, 0, 4096, 1100);
	assert_int_equal(vmemmap.present, 900);
	vmemmap_clear(&vmemmap);
}

/* What is not hidden says more: it has the holes. */
static void iomem_goes_before_zones(void **state)
{
	struct vmemmap vmemmap;

	assert_int_equal(read_texts(&vmemmap,
				    "00100000-7fffffff : System RAM\n",
				    ZONE(0, "  Normal", 9, 9, 1)),
			 0);
	assert_int_equal(vmemmap.range_count, 1);
	assert_range(&vmemmap, 0, 0x100, 0x7ff00);
	vmemmap_clear(&vmemmap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_in_order),
		cmocka_unit_test(ranges_out_of_order),
		cmocka_unit_test(a_range_that_ends_before_another),
		cmocka_unit_test(no_memory_is_an_error),
		cmocka_unit_test(zones_where_iomem_is_hidden),
		cmocka_unit_test(zones_that_touch_or_overlap),
		cmocka_unit_test(iomem_goes_before_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
