// SPDX-License-Identifier: GPL-2.0
/* Network namespaces by inode: user/kernel/namespaces.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "user/kernel/namespaces.h"
#include "user/kernel/netns.h"

static size_t count_of(const struct namespaces *list, uint64_t inode)
{
	size_t i, count = 0;

	for (i = 0; i < list->count; i++)
		count += list->items[i].inode == inode;
	return count;
}

static void test_own_is_found_once(void **state)
{
	struct namespaces list = {};

	(void)state;
	assert_int_not_equal(netns_own(), 0);
	assert_int_equal(namespaces_find(&list), 0);
	assert_int_equal(count_of(&list, netns_own()), 1);
	namespaces_clear(&list);
	assert_int_equal(list.count, 0);
}

static void test_ascending(void **state)
{
	struct namespaces list = {};
	size_t i;

	(void)state;
	assert_int_equal(namespaces_find(&list), 0);
	for (i = 1; i < list.count; i++)
		assert_true(list.items[i - 1].inode < list.items[i].inode);
	namespaces_clear(&list);
}

static void test_unknown_inode(void **state)
{
	struct namespaces list = {};

	(void)state;
	assert_int_equal(namespaces_find(&list), 0);
	assert_int_equal(namespaces_enter(&list, 1), -ENOENT);
	assert_null(namespaces_name(&list, 1));
	namespaces_clear(&list);
}

/* The process is gone, and nobody else is in that namespace. */
static void test_stale_path(void **state)
{
	struct namespace gone = { 1, strdup("/proc/0/ns/net") };
	struct namespaces list = { malloc(sizeof(gone)), 1 };

	(void)state;
	assert_non_null(list.items);
	list.items[0] = gone;
	assert_int_equal(namespaces_enter(&list, 1), -ENOENT);
	/* It was scanned anew. */
	assert_int_equal(count_of(&list, netns_own()), 1);
	namespaces_clear(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_is_found_once),
		cmocka_unit_test(test_ascending),
		cmocka_unit_test(test_unknown_inode),
		cmocka_unit_test(test_stale_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
