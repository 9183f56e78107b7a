/* SPDX-License-Identifier: GPL-2.0 */
/* A pool's lock-less cache: who is inside, and who met whom there. */
#ifndef NETMEM_CACHE_BPF_H
#define NETMEM_CACHE_BPF_H

#include "bpf/track/follow.bpf.h"

/*
 * pool->inside names who is in the cache: processor, task, a number, and the
 * time in ticks. Whoever comes while another is inside notes whom he met. Only
 * the other's own leaving proves that he was still inside: so a leave that we
 * lost, or a task that moved, never makes a race.
 */
static __always_inline __u64 cache_name(void)
{
	return (__u64)(bpf_get_smp_processor_id() + 1) << 52 |
	       (__u64)(__u32)bpf_get_current_pid_tgid() << 20;
}

#define CACHE_NAME_MASK (~0ULL << 20)
#define CACHE_TIME_MASK 0xfffffULL
#define CACHE_OLD 3 /* jiffies: nobody stays that long */

/* Notes whom it meets, if anybody. */
static __always_inline bool cache_visit(struct pool_record *pool, void *ctx)
{
	__u64 now = bpf_jiffies64() & CACHE_TIME_MASK;
	__u64 inside = *(volatile __u64 *)&pool->inside;
	long stack;

	if (!inside || (inside & CACHE_NAME_MASK) == cache_name() ||
	    ((now - inside) & CACHE_TIME_MASK) >= CACHE_OLD)
		return false;
	pool->met_cpu = bpf_get_smp_processor_id();
	pool->met_pid = bpf_get_current_pid_tgid() >> 32;
	stack = bpf_get_stackid(ctx, &stacks, 0);
	pool->met_stack = stack < 0 ? 0 : stack + 1;
	*(volatile __u64 *)&pool->met = inside;
	return true;
}

static __always_inline void cache_enter(struct pool_record *pool, void *ctx)
{
	__u64 name = cache_name(), now = bpf_jiffies64() & CACHE_TIME_MASK;

	if (cache_visit(pool, ctx))
		return;
	*(volatile __u64 *)&pool->met = 0;
	*(volatile __u64 *)&pool->inside = name | now;
}

static __always_inline void emit_race(void *ctx, const struct pool_record *pool,
				      const struct shadow_event *event)
{
	struct emitted *it = emitted_new();

	if (!it)
		return;
	it->event = *event;
	it->event.check = CHECK_cache_race;
	it->detail[0] = pool->met_cpu;
	it->detail[1] = pool->met_pid;
	it->detail[2] = pool->met_stack;
	publish(ctx, PROOF_DIRECT);
}

/* @touched: it did use the cache; else it was not inside after all. */
static __always_inline void cache_leave(void *ctx, struct pool_record *pool,
					struct shadow_event *event,
					bool touched)
{
	__u64 inside = *(volatile __u64 *)&pool->inside;

	if ((inside & CACHE_NAME_MASK) != cache_name())
		return;
	if (*(volatile __u64 *)&pool->met == inside && touched)
		emit_race(ctx, pool, event);
	*(volatile __u64 *)&pool->met = 0;
	*(volatile __u64 *)&pool->inside = 0;
}

#endif
