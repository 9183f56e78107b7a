// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the netlink family "netdev" for its page pools: an independent count
 * beside our own.
 */
#include "user/kernel/netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

/*
 * include/uapi/linux/netdev.h, from Linux 6.8; Debian 12's headers are older.
 * Numbers are ABI and never change.
 */
#define NETDEV_FAMILY_NAME "netdev"
#define NETDEV_FAMILY_VERSION 1
#define NETDEV_GROUP_PAGE_POOL "page-pool"
#define NETDEV_CMD_PAGE_POOL_GET 5
#define NETDEV_CMD_PAGE_POOL_STATS_GET 9

enum netdev_page_pool_attribute {
	NETDEV_A_PAGE_POOL_ID = 1,
	NETDEV_A_PAGE_POOL_IFINDEX,
	NETDEV_A_PAGE_POOL_NAPI_ID,
	NETDEV_A_PAGE_POOL_INFLIGHT,
	NETDEV_A_PAGE_POOL_INFLIGHT_MEM,
	NETDEV_A_PAGE_POOL_DETACH_TIME,
};

enum netdev_page_pool_stats_attribute {
	NETDEV_A_PAGE_POOL_STATS_INFO = 1,
	NETDEV_A_PAGE_POOL_STATS_ALLOC_FAST = 8,
	NETDEV_A_PAGE_POOL_STATS_ALLOC_SLOW,
	NETDEV_A_PAGE_POOL_STATS_ALLOC_SLOW_HIGH_ORDER,
	NETDEV_A_PAGE_POOL_STATS_ALLOC_EMPTY,
	NETDEV_A_PAGE_POOL_STATS_ALLOC_REFILL,
	NETDEV_A_PAGE_POOL_STATS_ALLOC_WAIVE,
	NETDEV_A_PAGE_POOL_STATS_RECYCLE_CACHED,
	NETDEV_A_PAGE_POOL_STATS_RECYCLE_CACHE_FULL,
	NETDEV_A_PAGE_POOL_STATS_RECYCLE_RING,
	NETDEV_A_PAGE_POOL_STATS_RECYCLE_RING_FULL,
	NETDEV_A_PAGE_POOL_STATS_RECYCLE_RELEASED_REFCNT,
};

#define RECEIVE_SIZE 32768
#define RECEIVE_TIMEOUT_S 2
#define DUMP_TRIES 8
/* Datagrams that are not the kernel's, before we give up. */
#define FOREIGN_MAX 64

/* What a dump is read into: items of one size, and who reads a message. */
struct item_list {
	uint8_t command;
	size_t size; /* of an item */
	int (*parse)(const struct nlmsghdr *message, void *item);
	void *items;
	size_t count;
	size_t capacity;
	int error;
};

/* The netlink type "uint" is 4 or 8 bytes, as the value needs. */
static int attribute_uint(const struct nlattr *attribute, uint64_t *value)
{
	switch (mnl_attr_get_payload_len(attribute)) {
	case sizeof(uint32_t):
		*value = mnl_attr_get_u32(attribute);
		return 0;
	case sizeof(uint64_t):
		*value = mnl_attr_get_u64(attribute);
		return 0;
	default:
		return -EBADMSG;
	}
}

static int attribute_u32(const struct nlattr *attribute, uint32_t *value)
{
	uint64_t wide;

	if (attribute_uint(attribute, &wide) || wide > UINT32_MAX)
		return -EBADMSG;
	*value = wide;
	return 0;
}

static int parse_attribute(const struct nlattr *attribute, void *item)
{
	struct netlink_pool *pool = item;

	switch (mnl_attr_get_type(attribute)) {
	case NETDEV_A_PAGE_POOL_ID:
		return attribute_u32(attribute, &pool->id);
	case NETDEV_A_PAGE_POOL_IFINDEX:
		return attribute_u32(attribute, &pool->ifindex);
	case NETDEV_A_PAGE_POOL_NAPI_ID:
		return attribute_u32(attribute, &pool->napi_id);
	case NETDEV_A_PAGE_POOL_INFLIGHT:
		return attribute_uint(attribute, &pool->inflight);
	case NETDEV_A_PAGE_POOL_INFLIGHT_MEM:
		return attribute_uint(attribute, &pool->inflight_mem);
	case NETDEV_A_PAGE_POOL_DETACH_TIME:
		pool->has_detach_time = true;
		return attribute_uint(attribute, &pool->detach_time);
	default:
		return 0;
	}
}

/* Each attribute of a message goes to @parse. Returns 0 or a negative errno. */
static int parse_message(const struct nlmsghdr *message,
			 int (*parse)(const struct nlattr *attribute,
				      void *item),
			 void *item)
{
	const struct nlattr *attribute;
	int err;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
		return -EBADMSG;
	mnl_attr_for_each (attribute, message, sizeof(struct genlmsghdr)) {
		err = parse(attribute, item);
		if (err)
			return err;
	}
	/* The loop ends silently at an attribute that leaves its message. */
	return (const char *)attribute <
			       (const char *)mnl_nlmsg_get_payload_tail(
				       message) ?
		       -EBADMSG :
		       0;
}

int netlink_parse_pool(const struct nlmsghdr *message,
		       struct netlink_pool *pool)
{
	int err;

	memset(pool, 0, sizeof(*pool));
	err = parse_message(message, parse_attribute, pool);
	/* Ids start at 1. */
	return err || pool->id ? err : -EBADMSG;
}

static int parse_info(const struct nlattr *info, struct netlink_stats *stats)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(
		attribute,
		info) if (mnl_attr_get_type(attribute) ==
			  NETDEV_A_PAGE_POOL_ID) return attribute_u32(attribute,
								      &stats->id);
	return -EBADMSG;
}

static int parse_stats_attribute(const struct nlattr *attribute, void *item)
{
	struct netlink_stats *stats = item;
	/* Offsets plus 1; 0: no number */
	static const size_t members[] = {
#define MEMBER(attribute, member)                \
	[NETDEV_A_PAGE_POOL_STATS_##attribute] = \
		offsetof(struct stats_reading, member) + 1
		MEMBER(ALLOC_FAST, alloc_fast),
		MEMBER(ALLOC_SLOW, alloc_slow),
		MEMBER(ALLOC_SLOW_HIGH_ORDER, alloc_slow_high_order),
		MEMBER(ALLOC_EMPTY, alloc_empty),
		MEMBER(ALLOC_REFILL, alloc_refill),
		MEMBER(ALLOC_WAIVE, alloc_waive),
		MEMBER(RECYCLE_CACHED, recycle_cached),
		MEMBER(RECYCLE_CACHE_FULL, recycle_cache_full),
		MEMBER(RECYCLE_RING, recycle_ring),
		MEMBER(RECYCLE_RING_FULL, recycle_ring_full),
		MEMBER(RECYCLE_RELEASED_REFCNT, recycle_released_refcnt),
#undef MEMBER
	};
	uint16_t type = mnl_attr_get_type(attribute);
	uint64_t value;

	if (type == NETDEV_A_PAGE_POOL_STATS_INFO)
		return parse_info(attribute, stats);
	if (type >= sizeof(members) / sizeof(*members) || !members[type])
		return 0;
	if (attribute_uint(attribute, &value))
		return -EBADMSG;
	memcpy((char *)&stats->numbers + members[type] - 1, &value,
	       sizeof(value));
	stats->numbers.has_alloc |= type == NETDEV_A_PAGE_POOL_STATS_ALLOC_FAST;
	stats->numbers.has_recycle |= type ==
				      NETDEV_A_PAGE_POOL_STATS_RECYCLE_CACHED;
	return 0;
}

int netlink_parse_stats(const struct nlmsghdr *message,
			struct netlink_stats *stats)
{
	int err;

	memset(stats, 0, sizeof(*stats));
	err = parse_message(message, parse_stats_attribute, stats);
	return err || stats->id ? err : -EBADMSG;
}

static int parse_pool_item(const struct nlmsghdr *message, void *item)
{
	return netlink_parse_pool(message, item);
}

static int parse_stats_item(const struct nlmsghdr *message, void *item)
{
	return netlink_parse_stats(message, item);
}

static int append_item(const struct nlmsghdr *message, void *data)
{
	struct item_list *list = data;
	void *grown;

	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 16;
		grown = realloc(list->items, list->capacity * list->size);
		if (!grown) {
			list->error = -ENOMEM;
			return MNL_CB_ERROR;
		}
		list->items = grown;
	}
	list->error = list->parse(message, (char *)list->items +
						   list->count * list->size);
	if (list->error)
		return MNL_CB_ERROR;
	list->count++;
	return MNL_CB_OK;
}

static void read_group(const struct nlattr *group, struct netdev_family *family)
{
	const struct nlattr *attribute;
	bool ours = false;
	uint32_t id = 0;

	mnl_attr_for_each_nested(attribute, group)
	{
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_MCAST_GRP_NAME &&
		    !mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING))
			ours = !strcmp(mnl_attr_get_str(attribute),
				       NETDEV_GROUP_PAGE_POOL);
		else if (mnl_attr_get_type(attribute) ==
				 CTRL_ATTR_MCAST_GRP_ID &&
			 !mnl_attr_validate(attribute, MNL_TYPE_U32))
			id = mnl_attr_get_u32(attribute);
	}
	if (ours)
		family->page_pool_group = id;
}

static int read_family(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attribute, *group;
	struct netdev_family *family = data;

	mnl_attr_for_each (attribute, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID &&
		    !mnl_attr_validate(attribute, MNL_TYPE_U16))
			family->id = mnl_attr_get_u16(attribute);
		if (mnl_attr_get_type(attribute) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(group, attribute)
			read_group(group, family);
	}
	return MNL_CB_OK;
}

static struct nlmsghdr *put_request(char *buffer, uint16_t family,
				    uint8_t command, uint16_t flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	request->nlmsg_type = family;
	request->nlmsg_flags = NLM_F_REQUEST | flags;
	request->nlmsg_seq = time(NULL);
	generic = mnl_nlmsg_put_extra_header(request, sizeof(*generic));
	generic->cmd = command;
	generic->version = NETDEV_FAMILY_VERSION;
	return request;
}

ssize_t netlink_receive(struct mnl_socket *socket, void *buffer, size_t size,
			int flags)
{
	struct sockaddr_nl from = {};
	socklen_t from_size = sizeof(from);
	int fd = mnl_socket_get_fd(socket), i;
	ssize_t length;

	for (i = 0; i < FOREIGN_MAX; i++) {
		length = recvfrom(fd, buffer, size, MSG_TRUNC | flags,
				  (struct sockaddr *)&from, &from_size);
		if (length < 0)
			return -1;
		if (from.nl_pid)
			continue;
		if (length && (size_t)length <= size)
			return length;
		break;
	}
	errno = EBADMSG;
	return -1;
}

bool netlink_lengths_fit(const char *buffer, size_t left)
{
	const struct nlmsghdr *message;
	size_t length;

	for (; left >= sizeof(*message); left -= length, buffer += length) {
		message = (const struct nlmsghdr *)buffer;
		if (message->nlmsg_len > left)
			return false;
		length = NLMSG_ALIGN(message->nlmsg_len);
		/* The last one needs no padding; libmnl ends at a short one. */
		if (length > left || length < sizeof(*message))
			break;
	}
	return true;
}

int netlink_exchange(struct mnl_socket *socket, const struct nlmsghdr *request,
		     mnl_cb_t callback, void *data)
{
	unsigned int sequence = request->nlmsg_seq, port;
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_SIZE];
	ssize_t length;
	int more;

	port = mnl_socket_get_portid(socket);
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		length = netlink_receive(socket, buffer, sizeof(buffer), 0);
		if (length < 0)
			return -errno;
		if (!netlink_lengths_fit(buffer, length))
			return -EBADMSG;
		more = mnl_cb_run(buffer, length, sequence, port, callback,
				  data);
		/* What the message says it is */
		if (more < 0)
			return errno > 0 ? -errno : -EBADMSG;
	} while (more);
	return 0;
}

int netlink_netdev_family(struct mnl_socket *socket,
			  struct netdev_family *family)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *request;
	int err;

	*family = (struct netdev_family){};
	request = put_request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
			      NLM_F_ACK);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY_NAME);
	err = netlink_exchange(socket, request, read_family, family);
	if (err == -ENOENT)
		return -EOPNOTSUPP;
	if (!err && !family->id)
		return -EBADMSG;
	return err;
}

static int dump_items(struct mnl_socket *socket, uint16_t family,
		      struct item_list *list)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *request;
	int err;

	list->count = 0;
	list->error = 0;
	request = put_request(buffer, family, list->command, NLM_F_DUMP);
	err = netlink_exchange(socket, request, append_item, list);
	return list->error ? list->error : err;
}

int netlink_open(int bus, struct mnl_socket **socket)
{
	struct timeval timeout = { .tv_sec = RECEIVE_TIMEOUT_S };
	struct mnl_socket *opened;
	int err;

	opened = mnl_socket_open(bus);
	if (!opened)
		return -errno;
	if (mnl_socket_bind(opened, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(opened), SOL_SOCKET, SO_RCVTIMEO,
		       &timeout, sizeof(timeout))) {
		err = -errno;
		mnl_socket_close(opened);
		return err;
	}
	*socket = opened;
	return 0;
}

/* Without any item the list is NULL. */
static int read_items(struct item_list *list)
{
	struct mnl_socket *socket = NULL;
	struct netdev_family family;
	int err, tries;

	err = netlink_open(NETLINK_GENERIC, &socket);
	if (err)
		return err;
	err = netlink_netdev_family(socket, &family);
	if (!err)
		err = dump_items(socket, family.id, list);
	/* Pools came or went during the dump, which is then torn. */
	for (tries = 1; err == -EINTR && tries < DUMP_TRIES; tries++)
		err = dump_items(socket, family.id, list);
	mnl_socket_close(socket);
	if (err || !list->count) {
		free(list->items);
		list->items = NULL;
		list->count = 0;
	}
	return err;
}

int netlink_pools(struct netlink_pool **pools, size_t *count)
{
	struct item_list list = { .command = NETDEV_CMD_PAGE_POOL_GET,
				  .size = sizeof(**pools),
				  .parse = parse_pool_item };
	int err = read_items(&list);

	*pools = list.items;
	*count = list.count;
	return err;
}

int netlink_pool_stats(struct netlink_stats **stats, size_t *count)
{
	struct item_list list = { .command = NETDEV_CMD_PAGE_POOL_STATS_GET,
				  .size = sizeof(**stats),
				  .parse = parse_stats_item };
	int err = read_items(&list);

	*stats = list.items;
	*count = list.count;
	return err;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

size_t netlink_drop_known(struct netlink_pool *pools, size_t count,
			  uint32_t *known, size_t known_count)
{
	size_t i, left = 0;

	qsort(known, known_count, sizeof(*known), compare_ids);
	for (i = 0; i < count; i++)
		if (!bsearch(&pools[i].id, known, known_count, sizeof(*known),
			     compare_ids))
			pools[left++] = pools[i];
	return left;
}

size_t netlink_keep_common(struct netlink_pool *pools, size_t count,
			   const struct netlink_pool *others,
			   size_t other_count)
{
	size_t i, k, left = 0;

	for (i = 0; i < count; i++) {
		for (k = 0; k < other_count; k++)
			if (others[k].id == pools[i].id)
				break;
		if (k < other_count)
			pools[left++] = pools[i];
	}
	return left;
}

int netlink_dump_netdev(uint8_t command, mnl_cb_t callback, void *data)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct mnl_socket *socket = NULL;
	const struct nlmsghdr *request;
	struct netdev_family family;
	int err, tries;

	err = netlink_open(NETLINK_GENERIC, &socket);
	if (err)
		return err;
	err = netlink_netdev_family(socket, &family);
	if (err)
		goto close_socket;
	request = put_request(buffer, family.id, command, NLM_F_DUMP);
	err = netlink_exchange(socket, request, callback, data);
	for (tries = 1; err == -EINTR && tries < DUMP_TRIES; tries++)
		err = netlink_exchange(socket, request, callback, data);
close_socket:
	mnl_socket_close(socket);
	return err;
}
