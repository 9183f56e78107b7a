/* SPDX-License-Identifier: GPL-2.0 */
/* What a service manager is told: sd_notify(3). */
#ifndef NETMEM_NOTIFY_H
#define NETMEM_NOTIFY_H

/*
 * "READY=1" and the like, as a datagram to $NOTIFY_SOCKET. Nothing happens
 * without that, and whether anybody reads it is no concern of ours.
 */
void service_notify(const char *state);

#endif
