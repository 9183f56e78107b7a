/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is reached from the task that runs a program: its namespace, its run
 * queue, its open files. All other objects are reached from these, so that no
 * symbol is needed.
 */
#ifndef NETMEM_SELF_BPF_H
#define NETMEM_SELF_BPF_H

#include "bpf/compat/sockets.bpf.h"
#include "bpf/compat/context.bpf.h"
#include "bpf/compat/devices.bpf.h"
#include "bpf/compat/files.bpf.h"
#include "bpf/compat/maps.bpf.h"
#include "bpf/compat/networks.bpf.h"
#include "bpf/compat/processors.bpf.h"
#include "bpf/compat/qdiscs.bpf.h"
#include "bpf/holders/found.bpf.h"

#define RUNNING_MAX 512 /* tasks that are ready on one processor */

/* What holders_self found, reached from the task that runs it. */
__u64 self_net = 0; /* its network namespace */
__u64 self_runqueue = 0; /* its processor's struct rq: a per-CPU variable */
__u32 self_cpu = 0;
__u64 self_hotdata = 0; /* net_hotdata, 0: this kernel has none */
__u64 self_scratch = 0; /* walk_scratch's element, as a per-CPU pointer */
__u64 cpu_scratch = 0; /* the same on the processor of the run */

/* What this kernel's BTF describes. */
bool knows_veth = false;
bool knows_tun = false;
bool knows_mvneta = false;
bool knows_tbf = false;
bool knows_fq_codel = false;
bool knows_pfifo_fast = false;
bool knows_defer_nodes = false;
bool knows_defer_list = false;
bool knows_listeners = false;

static __always_inline void know_types(void)
{
	knows_veth = compat_has_veth();
	knows_tun = compat_has_tun();
	knows_mvneta = compat_has_mvneta();
	knows_tbf = compat_has_tbf();
	knows_fq_codel = compat_has_fq_codel();
	knows_pfifo_fast = compat_has_pfifo_fast();
	knows_defer_nodes = compat_has_defer_nodes();
	knows_listeners = compat_has_listeners();
	knows_defer_list = compat_has_defer_list();
}

/* A kernel without groups: @node is in a list of its processor's tasks. */
__noinline __u64 runqueue_of(__u64 node, __u64 task)
{
	__u64 entry = node;
	struct rq *rq;
	__u32 i;

	for (i = 0; i < RUNNING_MAX; i++) {
		entry = read_word(entry);
		if (!entry || entry == node)
			return 0;
		rq = (void *)(entry -
			      bpf_core_field_offset(struct rq, cfs_tasks));
		if ((__u64)BPF_CORE_READ(rq, curr) == task)
			return (__u64)rq;
	}
	return 0;
}

static __always_inline __u64 own_runqueue(struct task_struct *task)
{
	if (compat_has_group_scheduling())
		return (__u64)BPF_CORE_READ(task, se.cfs_rq, rq);
	if (!compat_has_cfs_tasks())
		return 0;
	return runqueue_of(ADDRESS(task, struct task_struct, se.group_node),
			   (__u64)task);
}

/* The table entry of an open file of /proc/sys. */
static __always_inline __u64 sysctl_of(struct file *file)
{
	__u64 inode = (__u64)BPF_CORE_READ(file, f_inode);

	return read_word(
		inode - bpf_core_field_offset(struct proc_inode, vfs_inode) +
		bpf_core_field_offset(struct proc_inode, sysctl_entry));
}

/*
 * ctx[0]: our descriptor of the map walk_scratch; ctx[1]: of
 * /proc/sys/net/core/skb_defer_max, or -1.
 */
SEC("raw_tp")
int holders_self(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_array *map;
	__s32 sysctl = ctx[1];
	__u64 entry;

	know_types();
	self_net = (__u64)BPF_CORE_READ(task, nsproxy, net_ns);
	self_runqueue = own_runqueue(task);
	self_cpu = bpf_get_smp_processor_id();
	if (BPF_CORE_READ((struct rq *)self_runqueue, cpu) != self_cpu)
		self_runqueue = 0;
	map = BPF_CORE_READ(own_file(task, ctx[0]), private_data);
	self_scratch = read_word(ADDRESS(map, struct bpf_array, pptrs));
	if (sysctl < 0 || !compat_has_defer_nodes())
		return 0;
	entry = sysctl_of(own_file(task, sysctl));
	if (!entry)
		return 0;
	self_hotdata =
		read_word(ADDRESS(entry, struct ctl_table, data)) -
		bpf_core_field_offset(struct net_hotdata, sysctl_skb_defer_max);
	return 0;
}

/*
 * ctx[0]: a processor. Kernels that defer frees tell of any, so also of those
 * that are offline; others of the one that this runs on, else 0.
 */
SEC("raw_tp")
int holders_cpu(__u64 *ctx)
{
	__u32 zero = 0, cpu = ctx[0];

	cpu_scratch = 0;
	if (compat_has_percpu_lookup())
		cpu_scratch = (__u64)bpf_map_lookup_percpu_elem(&walk_scratch,
								&zero, cpu);
	else if (bpf_get_smp_processor_id() == cpu)
		cpu_scratch = (__u64)bpf_map_lookup_elem(&walk_scratch, &zero);
	return 0;
}

#endif
