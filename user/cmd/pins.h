/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pinned mode: hooks, maps and on-demand programs live below
 * /sys/fs/bpf/netmem without a process, until they are detached. Any later
 * process can read on from there, and `bpftool map dump pinned` can, too.
 */
#ifndef NETMEM_PINNED_H
#define NETMEM_PINNED_H

#include "user/cmd/pin_dir.h"
#include "user/collect/live.h"
#include "user/judge/session.h"

/*
 * All of these need pin_lock(). Is something pinned, and whole? 0, -ENODEV (no
 * bpffs), -ENOENT, -ESTALE (half made), or as pin_dir_open().
 */
int pinned_check(void);

/*
 * Pins all of an opened loader and the inspectors of its XDP instances, in one
 * step; negative errno, then nothing stays pinned.
 */
int pinned_create(struct live *live);

/*
 * Opens what is pinned, as loader_open() would; 0 or negative errno, -EPROTO
 * for what another version pinned.
 */
int pinned_open(struct loader *loader);

/*
 * Is what is pinned now what @loader has open? 0, -ESTALE for another attach, or
 * as pinned_check().
 */
int pinned_compare(const struct loader *loader);

/*
 * Removes every pin, half-made ones, too, which detaches all; 0 or negative
 * errno.
 */
int pinned_remove(void);

/* Says why one of these or pin_lock() failed; returns @err. */
int pinned_why_not(char *why, size_t size, int err);

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
