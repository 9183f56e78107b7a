/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pinned mode: hooks, maps and on-demand programs live below
 * /sys/fs/bpf/netmem without a process, until they are detached. Any later
 * process can read on from there, and `bpftool map dump pinned` can, too.
 */
#ifndef NETMEM_PINNED_H
#define NETMEM_PINNED_H

#include "user/collect/live.h"
#include "user/judge/session.h"

#define PIN_DIRECTORY "/sys/fs/bpf/netmem"

/* Is bpffs there, and is something pinned? 0, -ENODEV, -ENOENT. */
int pinned_check(void);

/* Pins all of an opened loader; negative errno, then nothing stays pinned. */
int pinned_create(struct loader *loader);

/* Keeps the inspectors of one XDP instance when our process goes. */
int pinned_keep_inspectors(const struct xdp_instance *instance);

/* Opens what is pinned, as loader_open() would; 0 or negative errno. */
int pinned_open(struct loader *loader);

/* Removes every pin, which detaches all; 0 or negative errno. */
int pinned_remove(void);

/* Which pools are judged; all zero: all. */
struct pinned_question {
	const struct strings *devices;
	struct pool_filter filter;
};

/*
 * Reads the pinned state into an empty session. Returns 0, or a negative
 * errno with the reason in @why.
 */
int pinned_session(struct session *session,
		   const struct pinned_question *question, char *why,
		   size_t size);

#endif
