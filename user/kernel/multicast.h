/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NETMEM_MULTICAST_H
#define NETMEM_MULTICAST_H

#include <stdint.h>

/*
 * Counts the multicast routes, of IPv4 and IPv6 and in all tables of the
 * calling thread's network namespace, that are not resolved: the kernel keeps
 * the packets for them. Returns 0 or a negative errno.
 */
int multicast_unresolved(uint64_t *count);

#endif
