/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NETMEM_KICK_H
#define NETMEM_KICK_H

/*
 * Pushes freed packets that wait on idle processors: sends a datagram to
 * ourselves over loopback on each processor, in a network namespace of our
 * own. Returns the processors that were reached, or a negative errno.
 */
int kick_cpus(void);

#endif
