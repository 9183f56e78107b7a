// SPDX-License-Identifier: GPL-2.0
/* Entries of a cache or ring: a page has three marks, a net_iov one. */
#include "unit.h"

#include "model/audit.h"

#define POOL 0xffff888100001000ULL
#define REFERENCE 0xffff888104c1d001ULL

static struct audit_page page_entry(void)
{
	return (struct audit_page){ .entry = 0xffffea0004130740,
				    .frame = 4096,
				    .pool = POOL,
				    .refcount = 1,
				    .readable = 1,
				    .is_signed = 1 };
}

static struct audit_page net_iov_entry(void)
{
	return (struct audit_page){ .entry = REFERENCE,
				    .frame = REFERENCE,
				    .pool = POOL,
				    .readable = 1 };
}

static void a_page_at_home(void **state)
{
	struct audit_page page = page_entry();

	assert_int_equal(audit_entry(&page, POOL, true), CHECK_NONE);
	page.entry = 0;
	page.readable = 0;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_NONE);
}

static void a_page_with_a_wrong_mark(void **state)
{
	struct audit_page page = page_entry();

	page.refcount = 2;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_refcount);
	page = page_entry();
	page.pool = POOL + 64;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_foreign);
	page = page_entry();
	page.is_signed = 0;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_refcount);
	page.refcount = 0;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_foreign);
	page = page_entry();
	page.readable = 0;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_foreign);
}

static void a_net_iov_at_home(void **state)
{
	struct audit_page page = net_iov_entry();

	assert_int_equal(audit_entry(&page, POOL, true), CHECK_NONE);
	assert_int_equal(audit_entry(&page, POOL, false), CHECK_NONE);
}

static void a_net_iov_of_another(void **state)
{
	struct audit_page page = net_iov_entry();

	page.pool = POOL + 64;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_foreign);
	page.pool = 0;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_foreign);
	page = net_iov_entry();
	page.readable = 0;
	assert_int_equal(audit_entry(&page, POOL, true), CHECK_pool_foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_at_home),
		cmocka_unit_test(a_page_with_a_wrong_mark),
		cmocka_unit_test(a_net_iov_at_home),
		cmocka_unit_test(a_net_iov_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
