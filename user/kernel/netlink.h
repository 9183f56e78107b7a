/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own count of its page pools, by the netlink family "netdev"
 * (Linux 6.8+). It lists pools whose driver names a net device, and of those
 * the ones of the caller's network namespace: what is missing here proves
 * nothing.
 */
#ifndef NETMEM_NETLINK_H
#define NETMEM_NETLINK_H

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/records.h"

struct netlink_pool {
	uint32_t id;
	uint32_t ifindex; /* 0: its device is gone */
	uint32_t napi_id; /* 0: none */
	uint64_t inflight; /* pages */
	uint64_t inflight_mem; /* bytes */
	uint64_t detach_time; /* CLOCK_BOOTTIME seconds of the destroy */
	bool has_detach_time;
};

/* Of a kernel with CONFIG_PAGE_POOL_STATS; its counters are not in it. */
struct netlink_stats {
	uint32_t id;
	struct stats_reading numbers;
};

/*
 * Lists the pools; the caller frees *@pools, which is NULL when there are
 * none. Returns 0, -EOPNOTSUPP when this kernel has no such family or command,
 * or a negative errno.
 */
int netlink_pools(struct netlink_pool **pools, size_t *count);

/* The same of their statistics. */
int netlink_pool_stats(struct netlink_stats **stats, size_t *count);

/* Takes out the pools of these numbers; sorts @known. Returns what is left. */
size_t netlink_drop_known(struct netlink_pool *pools, size_t count,
			  uint32_t *known, size_t known_count);

/* Keeps the pools that another list has as well; returns how many. */
size_t netlink_keep_common(struct netlink_pool *pools, size_t count,
			   const struct netlink_pool *others,
			   size_t other_count);

/* Reads one message of the list. Returns 0, or -EBADMSG. */
int netlink_parse_pool(const struct nlmsghdr *message,
		       struct netlink_pool *pool);
int netlink_parse_stats(const struct nlmsghdr *message,
			struct netlink_stats *stats);

/* The family "netdev" as this kernel numbers it. */
struct netdev_family {
	uint16_t id;
	uint32_t page_pool_group; /* of its notifications; 0: there is none */
};

/* 0, -EOPNOTSUPP when this kernel has no such family, or a negative errno. */
int netlink_netdev_family(struct mnl_socket *socket,
			  struct netdev_family *family);

/*
 * The kernel's next datagram. Who is root in a network namespace may send to
 * sockets there: what others send is left out. Bytes, or -1 and errno.
 */
ssize_t netlink_receive(struct mnl_socket *socket, void *buffer, size_t size,
			int flags);

/* libmnl takes a length above INT_MAX for one that fits. */
bool netlink_lengths_fit(const char *buffer, size_t left);

/* A socket that gives up after a while; 0 or a negative errno. */
int netlink_open(int bus, struct mnl_socket **socket);

/* Sends a request and gives each answer to @callback, up to the last one. */
int netlink_exchange(struct mnl_socket *socket, const struct nlmsghdr *request,
		     mnl_cb_t callback, void *data);

/*
 * Dumps by a command of the family "netdev". A torn dump begins anew, so
 * @callback may get an answer twice. Returns as netlink_pools() does.
 */
int netlink_dump_netdev(uint8_t command, mnl_cb_t callback, void *data);

#endif
