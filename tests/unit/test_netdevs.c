// SPDX-License-Identifier: GPL-2.0
/* Bus devices and the net devices on them, in a sysfs of our own. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "user/kernel/netdevs.h"

#define CUT 23 /* as in pool records: DEVICE_LEN - 1 */

static char *sysfs;

static void add_netdev(const char *name, const char *device,
		       unsigned int ifindex)
{
	char path[256], target[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", sysfs, name);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s/device", sysfs, name);
	snprintf(target, sizeof(target), "../../../%s", device);
	/* Software devices have no such link. */
	if (*device)
		assert_int_equal(symlink(target, path), 0);
	snprintf(path, sizeof(path), "%s/%s/ifindex", sysfs, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%u\n", ifindex);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	static char directory[] = "/tmp/netmem-sysfs.XXXXXX";

	(void)state;
	sysfs = mkdtemp(directory);
	if (!sysfs)
		return -1;
	add_netdev("lo", "", 1);
	add_netdev("eth0", "c000000.ethernet", 2);
	add_netdev("port0", "d000000.switch", 3);
	add_netdev("port1", "d000000.switch", 4);
	add_netdev("left", "soc@0:ethernet-complex@1", 5);
	add_netdev("right", "soc@0:ethernet-complex@2", 6);
	add_netdev("long", "a-bus-device-with-a-name-that-is-cut", 7);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", sysfs);
	return system(command);
}

static void expect(const char *parent, const char *name, unsigned int ifindex)
{
	struct netdev netdev = {};

	if (!netdev_of_parent(sysfs, parent, CUT, &netdev))
		fail_msg("'%s' has no net device", parent);
	assert_string_equal(netdev.name, name);
	assert_int_equal(netdev.ifindex, ifindex);
}

static void expect_none(const char *parent)
{
	struct netdev netdev;

	if (netdev_of_parent(sysfs, parent, CUT, &netdev))
		fail_msg("'%s' has net device '%s'", parent, netdev.name);
}

static void the_one_on_a_bus_device(void **state)
{
	(void)state;
	expect("c000000.ethernet", "eth0", 2);
	expect_none("c000000.etherne");
	expect_none("c000000.ethernet1");
	expect_none("");
	expect_none("lo");
}

static void one_of_several_is_none(void **state)
{
	(void)state;
	expect_none("d000000.switch");
	assert_true(netdev_hangs_on(sysfs, "port1", "d000000.switch", CUT));
	assert_false(netdev_hangs_on(sysfs, "eth0", "d000000.switch", CUT));
}

static void cut_names_stand_for_one_or_for_none(void **state)
{
	(void)state;
	expect("a-bus-device-with-a-nam", "long", 7);
	expect_none("a-bus-device-with-a-na");
	/* Both begin like this, and are different devices. */
	expect_none("soc@0:ethernet-complex@");
}

static void no_sysfs_no_device(void **state)
{
	struct netdev netdev;

	(void)state;
	assert_false(netdev_of_parent("/nonexistent", "c000000.ethernet", CUT,
				      &netdev));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_on_a_bus_device),
		cmocka_unit_test(one_of_several_is_none),
		cmocka_unit_test(cut_names_stand_for_one_or_for_none),
		cmocka_unit_test(no_sysfs_no_device),
	};

	return cmocka_run_group_tests_name("netdevs", tests, set_up, tear_down);
}
