// SPDX-License-Identifier: GPL-2.0
/* Messages about net devices, as a kernel makes them and as none should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "user/kernel/leases.h"
#include "user/kernel/links.h"
#include "user/util/util.h"

static struct nlmsghdr *begin(char *buffer, uint32_t ifindex, uint32_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	message->nlmsg_type = RTM_NEWLINK;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_index = ifindex;
	info->ifi_flags = flags;
	return message;
}

static void put_xdp(struct nlmsghdr *message, uint8_t attached,
		    uint32_t program)
{
	struct nlattr *xdp = mnl_attr_nest_start(message, IFLA_XDP);

	mnl_attr_put_u8(message, IFLA_XDP_ATTACHED, attached);
	if (program)
		mnl_attr_put_u32(message, IFLA_XDP_PROG_ID, program);
	mnl_attr_nest_end(message, xdp);
}

static void put_kind(struct nlmsghdr *message, const char *kind)
{
	struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);

	mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(message, info);
}

static void port_of_a_bridge(void **state)
{
	struct rtnl_link_stats64 stats = { .rx_packets = 1ULL << 40 };
	char buffer[1024];
	struct nlmsghdr *message = begin(buffer, 7, IFF_UP);
	struct net_link link;

	(void)state;
	memset(&link, 0xff, sizeof(link));
	mnl_attr_put_strz(message, IFLA_IFNAME, "dut0");
	mnl_attr_put_u32(message, IFLA_MASTER, 9);
	mnl_attr_put_u32(message, IFLA_LINK, 8);
	mnl_attr_put(message, IFLA_STATS64, sizeof(stats), &stats);
	put_kind(message, "veth");
	put_xdp(message, XDP_ATTACHED_SKB, 41);
	assert_int_equal(link_parse(message, &link), 0);
	assert_int_equal(link.ifindex, 7);
	assert_string_equal(link.name, "dut0");
	assert_string_equal(link.kind, "veth");
	assert_true(link.up);
	assert_false(link.loopback);
	assert_false(link.link_elsewhere);
	assert_int_equal(link.master, 9);
	assert_int_equal(link.link, 8);
	assert_true(link.received == 1ULL << 40);
	assert_int_equal(link.xdp, XDP_ATTACHED_SKB);
	assert_int_equal(link.xdp_program, 41);
}

/* One in each mode: which of them runs the kernel does not say in one number. */
static void programs_in_several_modes(void **state)
{
	char buffer[512];
	struct nlmsghdr *message = begin(buffer, 7, IFF_UP);
	struct net_link link;
	struct nlattr *xdp;

	(void)state;
	mnl_attr_put_strz(message, IFLA_IFNAME, "dut0");
	xdp = mnl_attr_nest_start(message, IFLA_XDP);
	mnl_attr_put_u8(message, IFLA_XDP_ATTACHED, XDP_ATTACHED_MULTI);
	mnl_attr_put_u32(message, IFLA_XDP_DRV_PROG_ID, 41);
	mnl_attr_put_u32(message, IFLA_XDP_HW_PROG_ID, 43);
	mnl_attr_nest_end(message, xdp);
	assert_int_equal(link_parse(message, &link), 0);
	assert_int_equal(link.xdp, XDP_ATTACHED_MULTI);
	assert_int_equal(link.xdp_program, 0);
	assert_int_equal(link.xdp_programs[XDP_NATIVE], 41);
	assert_int_equal(link.xdp_programs[XDP_GENERIC], 0);
	assert_int_equal(link.xdp_programs[XDP_OFFLOADED], 43);
}

/* A NIC has no kind, and this one no program, no master and no lower device. */
static void nic_that_is_down(void **state)
{
	char buffer[1024];
	struct nlmsghdr *message = begin(buffer, 2, 0);
	struct net_link link;

	(void)state;
	memset(&link, 0xff, sizeof(link));
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	put_xdp(message, XDP_ATTACHED_NONE, 0);
	assert_int_equal(link_parse(message, &link), 0);
	assert_string_equal(link.kind, "");
	assert_false(link.up);
	assert_int_equal(link.master, 0);
	assert_int_equal(link.link, 0);
	assert_int_equal(link.received, 0);
	assert_int_equal(link.xdp, XDP_ATTACHED_NONE);
	assert_int_equal(link.xdp_program, 0);
}

static void lower_device_elsewhere(void **state)
{
	char buffer[1024];
	struct nlmsghdr *message = begin(buffer, 3, IFF_UP);
	struct net_link link;

	(void)state;
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	mnl_attr_put_u32(message, IFLA_LINK, 12);
	mnl_attr_put_u32(message, IFLA_LINK_NETNSID, 0);
	put_kind(message, "macvlan");
	assert_int_equal(link_parse(message, &link), 0);
	assert_true(link.link_elsewhere);
	assert_int_equal(link.link, 12);
}

/* Names and kinds that are longer than any are cut, statistics too short left. */
static void members_of_wrong_size(void **state)
{
	char buffer[1024];
	struct nlmsghdr *message = begin(buffer, 3, IFF_UP);
	struct net_link link;

	(void)state;
	mnl_attr_put_strz(message, IFLA_IFNAME, "a_name_longer_than_16");
	mnl_attr_put_u16(message, IFLA_MASTER, 1);
	mnl_attr_put_u32(message, IFLA_STATS64, 5);
	put_kind(message, "a_kind_longer_than_16");
	assert_int_equal(link_parse(message, &link), 0);
	assert_string_equal(link.name, "a_name_longer_t");
	assert_string_equal(link.kind, "a_kind_longer_t");
	assert_int_equal(link.master, 0);
	assert_int_equal(link.received, 0);
}

static void broken_messages(void **state)
{
	char buffer[1024];
	struct nlmsghdr *message = begin(buffer, 3, IFF_UP);
	struct nlattr *last;
	struct net_link link;

	(void)state;
	assert_int_equal(link_parse(message, &link), -EBADMSG); /* no name */
	last = mnl_nlmsg_get_payload_tail(message);
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	assert_int_equal(link_parse(message, &link), 0);
	last->nla_len += 8;
	assert_int_equal(link_parse(message, &link), -EBADMSG);
	last->nla_len -= 8;
	message->nlmsg_len = sizeof(*message) + 4;
	assert_int_equal(link_parse(message, &link), -EBADMSG);
	message = begin(buffer, 0, IFF_UP);
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	assert_int_equal(link_parse(message, &link), -EBADMSG);
}

static const struct net_link *link_of(const struct net_links *links,
				      const char *name)
{
	size_t i;

	for (i = 0; i < links->count; i++)
		if (!strcmp(links->items[i].name, name))
			return &links->items[i];
	fail_msg("no link '%s'", name);
	return NULL;
}

/* veth and netkit name their peer; a lease makes a device one below. */
static void what_is_below(void **state)
{
	struct queue_lease lease = { .owner = 1, .user = 6 };
	struct net_link items[] = {
		{ .ifindex = 1, .name = "eth0", .master = 2 },
		{ .ifindex = 2, .name = "br0", .kind = "bridge" },
		{ .ifindex = 3, .name = "vlan5", .kind = "vlan", .link = 2 },
		{ .ifindex = 4, .name = "veth0", .kind = "veth", .link = 5 },
		{ .ifindex = 5, .name = "veth1", .kind = "veth", .link = 4 },
		{ .ifindex = 6, .name = "nk0", .kind = "netkit", .link = 5 },
		{ .ifindex = 7,
		  .name = "mv0",
		  .kind = "macvlan",
		  .link = 1,
		  .link_elsewhere = true },
	};
	struct net_links links = { items, ARRAY_LEN(items), &lease, 1 };
	static const char *const below[][2] = { { "eth0", "br0" },
						{ "br0", "vlan5" },
						{ "eth0", "nk0" } };
	size_t i, k, count = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(below); i++)
		assert_true(link_is_below(&links, link_of(&links, below[i][0]),
					  link_of(&links, below[i][1])));
	for (i = 0; i < links.count; i++)
		for (k = 0; k < links.count; k++)
			count += link_is_below(&links, &items[i], &items[k]);
	assert_int_equal(count, ARRAY_LEN(below));
}

/* include/uapi/linux/netdev.h, written down twice on purpose: the expectation. */
#define QUEUE_ID 1
#define QUEUE_IFINDEX 2
#define QUEUE_LEASE 8
#define LEASE_IFINDEX 1
#define LEASE_QUEUE 2
#define LEASE_NETNS_ID 3

static struct nlmsghdr *begin_queue(char *buffer)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	mnl_nlmsg_put_extra_header(message, sizeof(struct genlmsghdr));
	mnl_attr_put_u32(message, QUEUE_ID, 4);
	mnl_attr_put_u32(message, QUEUE_IFINDEX, 3);
	return message;
}

static void put_lease(struct nlmsghdr *message, bool elsewhere)
{
	struct nlattr *nest = mnl_attr_nest_start(message, QUEUE_LEASE), *queue;

	mnl_attr_put_u32(message, LEASE_IFINDEX, 9);
	queue = mnl_attr_nest_start(message, LEASE_QUEUE);
	mnl_attr_put_u32(message, QUEUE_ID, 1);
	mnl_attr_nest_end(message, queue);
	if (elsewhere)
		mnl_attr_put_u32(message, LEASE_NETNS_ID, 0);
	mnl_attr_nest_end(message, nest);
}

static void leased_queues(void **state)
{
	struct queue_lease lease;
	struct nlmsghdr *message;
	char buffer[512];

	(void)state;
	assert_int_equal(lease_parse(begin_queue(buffer), &lease), 0);
	message = begin_queue(buffer);
	put_lease(message, true);
	assert_int_equal(lease_parse(message, &lease), 0);
	message = begin_queue(buffer);
	put_lease(message, false);
	assert_int_equal(lease_parse(message, &lease), 1);
	assert_int_equal(lease.owner, 3);
	assert_int_equal(lease.user, 9);
	message->nlmsg_len -= 4;
	assert_int_equal(lease_parse(message, &lease), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_of_a_bridge),
		cmocka_unit_test(programs_in_several_modes),
		cmocka_unit_test(nic_that_is_down),
		cmocka_unit_test(lower_device_elsewhere),
		cmocka_unit_test(members_of_wrong_size),
		cmocka_unit_test(broken_messages),
		cmocka_unit_test(what_is_below),
		cmocka_unit_test(leased_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
