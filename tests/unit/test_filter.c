// SPDX-License-Identifier: GPL-2.0
/* Which pools -i, --pool, --driver and --queue ask for. */
#include "unit.h"

#include "user/facts/filter.h"

/* A pool of queue 3, as a collector fills it. */
static struct pool_fact pool_of_veth(void)
{
	struct pool_fact pool = { .pool = 0xffff888100001000,
				  .device = "eth0" };

	fact_set(&pool, pool, driver, "veth");
	fact_set(&pool, pool, netlink_id, 17);
	fact_set(&pool, pool, xdp_mem_id, 4);
	fact_set(&pool, pool, queue, 3);
	fact_complete(FACT_pool, &pool);
	return pool;
}

static void nothing_asked_takes_all(void **state)
{
	struct pool_fact pool = pool_of_veth(), bare = { .device = "" };
	struct pool_filter filter = {};

	(void)state;
	fact_complete(FACT_pool, &bare);
	assert_false(filter_is_set(&filter));
	assert_true(filter_takes(&filter, &pool));
	assert_true(filter_takes(&filter, &bare));
	assert_false(filter_lacks_queue(&filter, &bare));
}

static void a_pool_by_number_or_address(void **state)
{
	struct pool_fact pool = pool_of_veth();
	struct pool_filter filter = { .pool = 17 };

	(void)state;
	assert_true(filter_is_set(&filter));
	assert_true(filter_takes(&filter, &pool));
	filter.pool = 18;
	assert_false(filter_takes(&filter, &pool));
	filter.pool = 0xffff888100001000;
	assert_true(filter_takes(&filter, &pool));
	/* The other number is another pool's, where the kernel has this one. */
	filter.pool = 4;
	assert_false(filter_takes(&filter, &pool));
	pool.netlink_id = 0;
	assert_true(filter_takes(&filter, &pool));
}

static void a_driver_by_its_whole_name(void **state)
{
	struct pool_fact pool = pool_of_veth(), bare = { .device = "" };
	struct pool_filter filter = { .driver = "veth" };

	(void)state;
	fact_complete(FACT_pool, &bare);
	assert_true(filter_takes(&filter, &pool));
	assert_false(filter_takes(&filter, &bare));
	filter.driver = "vet";
	assert_false(filter_takes(&filter, &pool));
}

static void a_queue_that_is_not_known(void **state)
{
	struct pool_filter filter = { .queue = { true, 3 } };
	struct pool_fact pool = pool_of_veth();

	(void)state;
	assert_true(filter_takes(&filter, &pool));
	assert_false(filter_lacks_queue(&filter, &pool));
	filter.queue.number = 0;
	assert_false(filter_takes(&filter, &pool));
	assert_false(filter_lacks_queue(&filter, &pool));
	pool.queue = -1;
	assert_false(filter_takes(&filter, &pool));
	assert_true(filter_lacks_queue(&filter, &pool));
	/* It is not the one anyway. */
	filter.driver = "mlx5_core";
	assert_false(filter_lacks_queue(&filter, &pool));
}

static void all_that_is_asked(void **state)
{
	struct pool_filter filter = { 17, "veth", { true, 3 } };
	struct pool_fact pool = pool_of_veth();

	(void)state;
	assert_true(filter_takes(&filter, &pool));
	filter.pool = 18;
	assert_false(filter_takes(&filter, &pool));
	filter.pool = 17;
	filter.driver = "tun";
	assert_false(filter_takes(&filter, &pool));
}

static void places_are_a_number_in_a_namespace(void **state)
{
	struct netdev_places places = {};

	(void)state;
	assert_int_equal(places_add(&places, (struct netdev_place){ 2, 10 }),
			 0);
	assert_int_equal(places_add(&places, (struct netdev_place){ 2, 10 }),
			 0);
	assert_int_equal(places.count, 1);
	assert_true(places_have(&places, (struct netdev_place){ 2, 10 }));
	assert_false(places_have(&places, (struct netdev_place){ 3, 10 }));
	assert_false(places_have(&places, (struct netdev_place){ 2, 11 }));
	places_clear(&places);
	assert_int_equal(places.count, 0);
}

static void names_of_namespaces_are_cut_off(void **state)
{
	const char *device;

	(void)state;
	assert_int_equal(filter_netns_length("eth0", &device), 0);
	assert_string_equal(device, "eth0");
	assert_int_equal(filter_netns_length("blue/eth0", &device), 4);
	assert_string_equal(device, "eth0");
	assert_int_equal(filter_netns_length("/run/netns/b/eth0", &device), 12);
	assert_string_equal(device, "eth0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked_takes_all),
		cmocka_unit_test(a_pool_by_number_or_address),
		cmocka_unit_test(a_driver_by_its_whole_name),
		cmocka_unit_test(a_queue_that_is_not_known),
		cmocka_unit_test(all_that_is_asked),
		cmocka_unit_test(places_are_a_number_in_a_namespace),
		cmocka_unit_test(names_of_namespaces_are_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
