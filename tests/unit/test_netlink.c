// SPDX-License-Identifier: GPL-2.0
/* Netlink messages about page pools, as a kernel makes them and as none should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "user/kernel/netlink.h"
#include "user/kernel/pool_events.h"

/* include/uapi/linux/netdev.h, written down twice on purpose: the expectation. */
#define ID 1
#define IFINDEX 2
#define NAPI_ID 3
#define INFLIGHT 4
#define INFLIGHT_MEM 5
#define DETACH_TIME 6
#define IO_URING 8
#define UNHEARD_OF 1000

static struct nlmsghdr *begin(char *buffer)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	message->nlmsg_type = 0x1f;
	message->nlmsg_flags = NLM_F_MULTI;
	generic = mnl_nlmsg_put_extra_header(message, sizeof(*generic));
	generic->cmd = 5;
	generic->version = 1;
	return message;
}

static struct nlmsghdr *good_message(char *buffer)
{
	struct nlmsghdr *message = begin(buffer);

	mnl_attr_put_u32(message, ID, 7);
	mnl_attr_put_u32(message, IFINDEX, 3);
	mnl_attr_put_u32(message, NAPI_ID, 8193);
	mnl_attr_put_u32(message, INFLIGHT, 256);
	mnl_attr_put_u32(message, INFLIGHT_MEM, 1 << 20);
	return message;
}

/* A notification of a family that is 31 here, command @command. */
static bool notified(uint8_t command, bool detached, uint16_t type,
		     uint64_t taken)
{
	struct pool_events events = { .family = 0x1f };
	char buffer[256];
	struct nlmsghdr *message = good_message(buffer);
	struct genlmsghdr *generic = mnl_nlmsg_get_payload(message);
	bool said;

	generic->cmd = command;
	message->nlmsg_type = type;
	if (detached)
		mnl_attr_put_u32(message, DETACH_TIME, 4711);
	said = pool_events_read(&events, buffer, message->nlmsg_len);
	assert_int_equal(events.taken, taken);
	/* One that is cut says nothing. */
	assert_false(pool_events_read(&events, buffer, message->nlmsg_len - 1));
	return said;
}

static void notifications(void **state)
{
	(void)state;
	assert_true(notified(8, true, 0x1f, 1));
	/* Of a pool that is there, an ADD, a DEL, and another family */
	assert_false(notified(8, false, 0x1f, 1));
	assert_false(notified(6, false, 0x1f, 1));
	assert_false(notified(7, true, 0x1f, 1));
	assert_false(notified(8, true, 0x20, 0));
}

static void live_pool(void **state)
{
	char buffer[256];
	struct netlink_pool pool;

	(void)state;
	memset(&pool, 0xff, sizeof(pool));
	assert_int_equal(netlink_parse_pool(good_message(buffer), &pool), 0);
	assert_int_equal(pool.id, 7);
	assert_int_equal(pool.ifindex, 3);
	assert_int_equal(pool.napi_id, 8193);
	assert_int_equal(pool.inflight, 256);
	assert_int_equal(pool.inflight_mem, 1 << 20);
	assert_false(pool.has_detach_time);
	assert_int_equal(pool.detach_time, 0);
}

/* "uint" values are 8 bytes where 4 do not suffice. */
static void detached_pool_with_wide_values(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = begin(buffer);
	struct netlink_pool pool;

	(void)state;
	mnl_attr_put_u64(message, ID, 8);
	mnl_attr_put_u64(message, INFLIGHT, 1ULL << 33);
	mnl_attr_put_u64(message, INFLIGHT_MEM, 1ULL << 45);
	mnl_attr_put_u64(message, DETACH_TIME, 5000000000ULL);
	assert_int_equal(netlink_parse_pool(message, &pool), 0);
	assert_int_equal(pool.id, 8);
	assert_int_equal(pool.ifindex, 0);
	assert_true(pool.inflight == 1ULL << 33);
	assert_true(pool.inflight_mem == 1ULL << 45);
	assert_true(pool.has_detach_time);
	assert_true(pool.detach_time == 5000000000ULL);
}

static void detached_at_zero_is_detached(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = good_message(buffer);
	struct netlink_pool pool;

	(void)state;
	mnl_attr_put_u32(message, DETACH_TIME, 0);
	assert_int_equal(netlink_parse_pool(message, &pool), 0);
	assert_true(pool.has_detach_time);
}

static void unknown_attributes_are_ignored(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = good_message(buffer);
	struct netlink_pool pool;
	struct nlattr *nest;

	(void)state;
	nest = mnl_attr_nest_start(message, IO_URING);
	mnl_attr_put_u32(message, ID, 99);
	mnl_attr_nest_end(message, nest);
	mnl_attr_put_strz(message, UNHEARD_OF, "later kernel");
	assert_int_equal(netlink_parse_pool(message, &pool), 0);
	assert_int_equal(pool.id, 7);
	assert_int_equal(pool.inflight, 256);
}

static void attribute_of_wrong_size(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = good_message(buffer);
	struct netlink_pool pool;

	(void)state;
	mnl_attr_put_u16(message, DETACH_TIME, 1);
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
}

static void id_wider_than_32_bits(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = begin(buffer);
	struct netlink_pool pool;

	(void)state;
	mnl_attr_put_u64(message, ID, 1ULL << 32);
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
}

/* The last attribute says that it is longer than its message. */
static void truncated_attribute(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = good_message(buffer);
	struct netlink_pool pool;
	struct nlattr *last;

	(void)state;
	last = mnl_nlmsg_get_payload_tail(message);
	mnl_attr_put_u64(message, DETACH_TIME, 1);
	last->nla_len += 4;
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
	last->nla_len -= 4;
	assert_int_equal(netlink_parse_pool(message, &pool), 0);
	last->nla_len = 1;
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
}

/* The message ends inside its last attribute. */
static void truncated_message(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = good_message(buffer);
	struct netlink_pool pool;

	(void)state;
	message->nlmsg_len -= 4;
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
	message->nlmsg_len = sizeof(*message) + 2;
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
}

static void pool_without_id(void **state)
{
	char buffer[256];
	struct nlmsghdr *message = begin(buffer);
	struct netlink_pool pool;

	(void)state;
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
	mnl_attr_put_u32(message, INFLIGHT, 1);
	assert_int_equal(netlink_parse_pool(message, &pool), -EBADMSG);
}

/* ---- statistics: include/uapi/linux/netdev.h, page-pool-stats ---- */

#define STATS_INFO 1
#define ALLOC_FAST 8
#define RECYCLE_RELEASED_REFCNT 18

static struct nlmsghdr *stats_message(char *buffer, uint32_t id)
{
	struct nlmsghdr *message = begin(buffer);
	struct nlattr *info = mnl_attr_nest_start(message, STATS_INFO);
	uint16_t type;

	mnl_attr_put_u32(message, IFINDEX, 3);
	if (id)
		mnl_attr_put_u32(message, ID, id);
	mnl_attr_nest_end(message, info);
	for (type = ALLOC_FAST; type <= RECYCLE_RELEASED_REFCNT; type++)
		mnl_attr_put_u32(message, type, 100 * type);
	return message;
}

static void stats_of_a_pool(void **state)
{
	char buffer[512];
	struct nlmsghdr *message = stats_message(buffer, 7);
	struct netlink_stats stats;

	(void)state;
	memset(&stats, 0xff, sizeof(stats));
	mnl_attr_put_u64(message, ALLOC_FAST, 1ULL << 33);
	mnl_attr_put_strz(message, UNHEARD_OF, "later kernel");
	assert_int_equal(netlink_parse_stats(message, &stats), 0);
	assert_int_equal(stats.id, 7);
	assert_true(stats.numbers.alloc_fast == 1ULL << 33);
	assert_int_equal(stats.numbers.alloc_slow, 900);
	assert_int_equal(stats.numbers.alloc_slow_high_order, 1000);
	assert_int_equal(stats.numbers.alloc_empty, 1100);
	assert_int_equal(stats.numbers.alloc_refill, 1200);
	assert_int_equal(stats.numbers.alloc_waive, 1300);
	assert_int_equal(stats.numbers.recycle_cached, 1400);
	assert_int_equal(stats.numbers.recycle_cache_full, 1500);
	assert_int_equal(stats.numbers.recycle_ring, 1600);
	assert_int_equal(stats.numbers.recycle_ring_full, 1700);
	assert_int_equal(stats.numbers.recycle_released_refcnt, 1800);
	assert_true(stats.numbers.has_alloc);
	assert_true(stats.numbers.has_recycle);
}

static void stats_of_nobody(void **state)
{
	struct netlink_stats stats;
	char buffer[512];

	(void)state;
	assert_int_equal(netlink_parse_stats(stats_message(buffer, 0), &stats),
			 -EBADMSG);
	assert_int_equal(netlink_parse_stats(begin(buffer), &stats), -EBADMSG);
}

static void stats_that_are_cut(void **state)
{
	char buffer[512];
	struct nlmsghdr *message = stats_message(buffer, 7);
	struct netlink_stats stats;

	(void)state;
	mnl_attr_put_u16(message, ALLOC_FAST, 1);
	assert_int_equal(netlink_parse_stats(message, &stats), -EBADMSG);
	message = stats_message(buffer, 7);
	message->nlmsg_len -= 4;
	assert_int_equal(netlink_parse_stats(message, &stats), -EBADMSG);
}

/* Pools that we know, one that came meanwhile, one that went, one missed. */
static void listed_and_not_found(void **state)
{
	struct netlink_pool before[] = {
		{ .id = 4 }, { .id = 5 }, { .id = 7 }, { .id = 9 }
	};
	struct netlink_pool after[] = {
		{ .id = 10 }, { .id = 9 }, { .id = 5 }, { .id = 4 }
	};
	uint32_t first[] = { 12, 5 }, second[] = { 5, 12, 0, 4 };
	size_t before_count, count;

	(void)state;
	before_count = netlink_drop_known(before, 4, first, 2);
	assert_int_equal(before_count, 3);
	assert_int_equal(before[0].id, 4);
	assert_int_equal(before[1].id, 7);
	assert_int_equal(before[2].id, 9);
	count = netlink_drop_known(after, 4, second, 4);
	assert_int_equal(count, 2);
	count = netlink_keep_common(after, count, before, before_count);
	assert_int_equal(count, 1);
	assert_int_equal(after[0].id, 9);
	assert_int_equal(netlink_keep_common(after, 1, before, 0), 0);
	assert_int_equal(netlink_drop_known(after, 0, first, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_pool),
		cmocka_unit_test(notifications),
		cmocka_unit_test(detached_pool_with_wide_values),
		cmocka_unit_test(detached_at_zero_is_detached),
		cmocka_unit_test(unknown_attributes_are_ignored),
		cmocka_unit_test(attribute_of_wrong_size),
		cmocka_unit_test(id_wider_than_32_bits),
		cmocka_unit_test(truncated_attribute),
		cmocka_unit_test(truncated_message),
		cmocka_unit_test(pool_without_id),
		cmocka_unit_test(stats_of_a_pool),
		cmocka_unit_test(stats_of_nobody),
		cmocka_unit_test(stats_that_are_cut),
		cmocka_unit_test(listed_and_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
