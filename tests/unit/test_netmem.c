// SPDX-License-Identifier: GPL-2.0
/* The names of pages and net_iovs in facts. */
#include <errno.h>

#include "unit.h"

#include "model/records.h"
#include "user/facts/netmem.h"

#define REFERENCE 0xffff888104c1d001ULL

/* What an object that names @frame is read as. */
static uint64_t there_and_back(uint64_t frame)
{
	json_t *object =
		json_pack("{s:o}", netmem_key(frame), netmem_value(frame));
	uint64_t named = 0;

	assert_non_null(object);
	assert_int_equal(netmem_named(object, &named), 0);
	json_decref(object);
	return named;
}

static void names_are_read_back(void **state)
{
	assert_true(there_and_back(0) == 0);
	assert_true(there_and_back(4096) == 4096);
	assert_true(there_and_back(FRAME_NONE) == FRAME_NONE);
	assert_true(there_and_back(REFERENCE) == REFERENCE);
	assert_true(there_and_back(1ULL << 63 | 1) == (1ULL << 63 | 1));
}

static void names_are_told_apart(void **state)
{
	char text[40];

	assert_string_equal(netmem_key(4096), "frame");
	assert_string_equal(netmem_key(FRAME_NONE), "frame");
	assert_string_equal(netmem_key(REFERENCE), "net_iov");
	assert_string_equal(netmem_name(4096, text, sizeof(text)),
			    "frame 0x1000");
	assert_string_equal(netmem_name(REFERENCE, text, sizeof(text)),
			    "net_iov 0xffff888104c1d001");
}

static void no_names(void **state)
{
	static const char *const objects[] = {
		"{}",
		"{\"frame\": \"0x1000\"}",
		"{\"frame\": -2}",
		"{\"net_iov\": 4097}",
		"{\"net_iov\": \"\"}",
		"{\"net_iov\": \"0x1000\"}",
		"{\"net_iov\": \"0xffff888104c1d001 \"}",
		"{\"net_iov\": \"0xffffffffffffffff\"}",
		"{\"net_iov\": \"0xffff888104c1d001ff\"}",
	};
	uint64_t frame;
	json_t *object;
	size_t i;

	for (i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
		object = json_loads(objects[i], 0, NULL);
		assert_non_null(object);
		assert_int_equal(netmem_named(object, &frame), -EINVAL);
		json_decref(object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_back),
		cmocka_unit_test(names_are_told_apart),
		cmocka_unit_test(no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
