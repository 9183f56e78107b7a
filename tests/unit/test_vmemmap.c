// SPDX-License-Identifier: GPL-2.0
/* Ranges of memory, as files like /proc/iomem have them. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

#include "user/kernel/vmemmap.h"

/* Reads a file with this text; returns what vmemmap_read() does. */
static int read_text(struct vmemmap *vmemmap, const char *text)
{
	char path[] = "/tmp/netmem-iomem.XXXXXX";
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err = vmemmap_read(vmemmap, path);
	unlink(path);
	return err;
}

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
	assert_int_equal(vmemmap.first + vmemmap.count, 0x80000);
	vmemmap_clear(&vmemmap);
}

static void no_memory_is_an_error(void **state)
{
	struct vmemmap vmemmap;

	/* As who is not root reads it. */
	assert_int_equal(read_text(&vmemmap,
				   "00000000-00000000 : System RAM\n"),
			 -ENODATA);
	vmemmap_clear(&vmemmap);
	assert_int_equal(vmemmap_read(&vmemmap, "/nonexistent"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_in_order),
		cmocka_unit_test(ranges_out_of_order),
		cmocka_unit_test(a_range_that_ends_before_another),
		cmocka_unit_test(no_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
