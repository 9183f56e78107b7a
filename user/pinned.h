/* SPDX-License-Identifier: GPL-2.0 */
/* The pinned mode: programs and maps below /sys/fs/bpf/netmem. */
#ifndef NETMEM_PINNED_H
#define NETMEM_PINNED_H

#include "session.h"

/*
 * Reads the pinned state into an empty session. Returns 0, or a negative
 * errno with the reason in @why.
 */
int pinned_session(struct session *session, char *why, size_t size);

#endif
