/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's notifications of page pools, by the netlink family "netdev" (Linux
 * 6.8+): of pools whose driver names a net device, in the caller's network
 * namespace. They come when something happened, and may be lost: who takes them
 * looks itself what is so.
 */
#ifndef NETMEM_POOL_EVENTS_H
#define NETMEM_POOL_EVENTS_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool_events {
	struct mnl_socket *socket; /* NULL: there are none */
	uint16_t family;
	uint64_t taken; /* of all so far */
};

/* 0, -EOPNOTSUPP when this kernel has none, or a negative errno. */
int pool_events_open(struct pool_events *events);
void pool_events_close(struct pool_events *events);

/* To be polled for input; -1: there are none. */
int pool_events_fd(const struct pool_events *events);

/* Takes what has come. Was a pool detached, or may one have been? */
bool pool_events_take(struct pool_events *events);

/* Does this datagram say that a pool was detached? Counts its notifications. */
bool pool_events_read(struct pool_events *events, const char *buffer,
		      size_t length);

/* The error of pool_events_open(). */
int pool_events_probe(void);

#endif
