/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Are the hooks alive, and is a pool's page marked as we think? After arming,
 * the loader makes a control pool: the kernel makes, uses and destroys a page
 * pool for one XDP live frame, all in one system call of our task. Each hook
 * notes that it met it, and does nothing else with it: the control pool has no
 * slot, no words and no numbers.
 *
 * A pool of somebody else never passes for it. An interrupt may bring events of
 * one in our task, but that pool has a device, a NAPI instance or another size;
 * the live frames of others are run in their tasks. And the other way round, the
 * control pool is told by each event for itself, so that one that takes its
 * address later is none.
 *
 * Where no control pool can be made the first events of any pool are the proof;
 * they count as all others.
 */
#ifndef NETMEM_CONTROL_BPF_H
#define NETMEM_CONTROL_BPF_H

#include "bpf/compat/page_pool.bpf.h"
#include "bpf/core/config.bpf.h"

struct control_state control __weak = {};

static __always_inline bool looks_like_control(struct page_pool *pool)
{
	return BPF_CORE_READ(pool, p.pool_size) == CONTROL_POOL_SIZE &&
	       !BPF_CORE_READ(pool, p.dev) && !compat_pool_napi(pool) &&
	       !compat_pool_netdev(pool) && !compat_pool_flags(pool);
}

static __always_inline bool is_control(__u64 address)
{
	return bpf_get_current_task() == control.task &&
	       (!control.pool || control.pool == address) &&
	       looks_like_control((void *)address);
}

/* A page that a pool holds from now on: does it carry the mark, and its pool? */
static __always_inline void prove_mark(__u64 pool, __u64 page)
{
	__u64 mark = 0, owner = 0;

	if (compat_is_net_iov(page))
		return;
	bpf_probe_read_kernel(&mark, sizeof(mark),
			      (void *)page + compat_mark_offset());
	bpf_probe_read_kernel(&owner, sizeof(owner),
			      (void *)page + compat_pp_offset());
	if (compat_is_marked(mark) && owner == pool)
		control.marked++;
	else
		control.unmarked++;
}

/* Returns whether the event is nothing to a hook, or the control pool's. */
static __noinline int control_event(__u64 pool, __u64 page, __u32 hook)
{
	bool ours = armed == ARMED_CONTROL;

	if (!armed)
		return 1;
	if (ours && !is_control(pool))
		return 0;
	control.fired |= 1U << (hook & 31);
	if (hook == CONTROL_HOLD)
		prove_mark(pool, page);
	if (!ours)
		return 0;
	control.pool = pool;
	if (page)
		control.page = page;
	return 1;
}

/* What each proven hook asks first; normally one look at the switch. */
static __always_inline bool is_passed_over(__u64 pool, __u64 page, __u32 hook)
{
	return armed != ARMED && control_event(pool, page, hook);
}

#endif
