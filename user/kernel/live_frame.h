/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One XDP live frame that is dropped (5.18 on): for it the kernel makes a page
 * pool, fills it, uses one page and destroys it, all before the call returns.
 */
#ifndef NETMEM_LIVE_FRAME_H
#define NETMEM_LIVE_FRAME_H

/* The pool has the size CONTROL_POOL_SIZE. Returns 0 or negative errno. */
int live_frame_drop(void);

#endif
