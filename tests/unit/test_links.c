// SPDX-License-Identifier: GPL-2.0
/* Messages about net devices, as a kernel makes them and as none should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "user/kernel/links.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_of_a_bridge),
		cmocka_unit_test(nic_that_is_down),
		cmocka_unit_test(lower_device_elsewhere),
		cmocka_unit_test(members_of_wrong_size),
		cmocka_unit_test(broken_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
