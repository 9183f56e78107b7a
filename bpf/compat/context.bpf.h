/* SPDX-License-Identifier: GPL-2.0 */
/* Where a hook runs: its arguments, its caller, its task, and softirqs. */
#ifndef NETMEM_COMPAT_CONTEXT_BPF_H
#define NETMEM_COMPAT_CONTEXT_BPF_H

#include "bpf/compat/symbols.bpf.h"

/*
 * The registers of a kprobe: an ABI of each architecture, from its
 * uapi/asm/ptrace.h. BPF objects for arm64 are made with this machine's headers.
 */
#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};
#elif defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	unsigned long rax, rcx, rdx, rsi, rdi, orig_rax;
	unsigned long rip, cs, eflags, rsp, ss;
};
#endif

/*
 * Who called the function that a kprobe stands at the entry of. On arm64 the
 * address is still in a register then, and missing in the stack; 0 elsewhere.
 */
#if defined(__TARGET_ARCH_arm64)
#define COMPAT_KNOWS_CALLER 1
#define COMPAT_ENTRY_CALLER(ctx) PT_REGS_RET(ctx)
#else
#define COMPAT_KNOWS_CALLER 0
#define COMPAT_ENTRY_CALLER(ctx) 0
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

/* arm64 has the preemption count in the task, x86 of its own. */
struct thread_info___preempt {
	__u64 preempt_count;
};

struct sched_entity {
	struct list_head group_node;
	struct cfs_rq *cfs_rq; /* with CONFIG_FAIR_GROUP_SCHED, as cfs_rq.rq */
};

struct mm_struct {
	void *pgd;
};

struct task_struct {
	struct thread_info___preempt thread_info;
	struct mm_struct *mm;
	int tgid;
	char comm[16];
	struct sched_entity se;
	struct files_struct *files;
	struct nsproxy *nsproxy;
};

/* PREEMPT_RT counts softirqs here, and none of them in the preemption count. */
struct task_struct___rt {
	int softirq_disable_cnt;
};

/* 6.2 to 6.14 on x86: "x86: Put hot per CPU variables into a struct". */
struct pcpu_hot {
	int preempt_count;
};

#pragma clang attribute pop

#define COMPAT_SOFTIRQ_MASK 0xff00U /* include/linux/preempt.h */

#define COMPAT_CPUS 512

/* Where the first processors keep it; 0: not asked yet. */
static __u64 preempt_count_at[COMPAT_CPUS];

/* x86 keeps it per processor; 0: not found. */
static __always_inline __u64 find_preempt_count(void)
{
	__u64 base = 0, at = symbol_preempt_count;

	if (!at && symbol_pcpu_hot)
		at = symbol_pcpu_hot +
		     bpf_core_field_offset(struct pcpu_hot, preempt_count);
	if (!at || !symbol_per_cpu_offset ||
	    bpf_probe_read_kernel(&base, sizeof(base),
				  (void *)symbol_per_cpu_offset +
					  bpf_get_smp_processor_id() *
						  sizeof(base)))
		return 0;
	return base + at;
}

static __always_inline __u64 compat_preempt_count_at(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 *known = &preempt_count_at[cpu & (COMPAT_CPUS - 1)];

	if (cpu >= COMPAT_CPUS)
		return find_preempt_count();
	if (!*known)
		*known = find_preempt_count();
	return *known;
}

/* In a softirq, or with those kept off? 1, 0, or -1: this kernel hides it. */
static __always_inline int compat_in_softirq(void)
{
	struct task_struct *task;
	__u32 value = 0;
	__u64 at;

	if (bpf_core_field_exists(struct thread_info___preempt,
				  preempt_count)) {
		task = (void *)bpf_get_current_task();
		value = BPF_CORE_READ(task, thread_info.preempt_count);
		return !!(value & COMPAT_SOFTIRQ_MASK);
	}
	at = compat_preempt_count_at();
	if (!at || bpf_probe_read_kernel(&value, sizeof(value), (void *)at))
		return -1;
	return !!(value & COMPAT_SOFTIRQ_MASK);
}

/* Is it to be told at all where the kernel is in a softirq? */
static __always_inline bool compat_sees_softirqs(void)
{
	return !bpf_core_field_exists(struct task_struct___rt,
				      softirq_disable_cnt) &&
	       compat_in_softirq() >= 0;
}

enum bpf_func_id___args {
	BPF_FUNC_get_func_arg___args = 183,
};

/*
 * An argument of the function that fentry or fexit stands at, as a number:
 * typed pointers allow no arithmetic. By a helper that costs nothing where
 * there is one (5.17, "bpf: Add get_func_[arg|ret|arg_cnt] helpers").
 */
static __always_inline __u64 compat_argument(void *ctx, __u32 n)
{
	__u64 value = 0;

	if (bpf_core_enum_value_exists(enum bpf_func_id___args,
				       BPF_FUNC_get_func_arg___args))
		bpf_get_func_arg(ctx, n, &value);
	else
		bpf_probe_read_kernel(&value, sizeof(value), (__u64 *)ctx + n);
	return value;
}

/* What the function that fexit stands at returns; it has @arguments. */
static __always_inline __u64 compat_returned(void *ctx, __u32 arguments)
{
	__u64 value = 0;

	if (bpf_core_enum_value_exists(enum bpf_func_id___args,
				       BPF_FUNC_get_func_arg___args))
		bpf_get_func_ret(ctx, &value);
	else
		bpf_probe_read_kernel(&value, sizeof(value),
				      (__u64 *)ctx + arguments);
	return value;
}

static __u64 own_address;

/*
 * The first argument where it is a pool, by less: one typed pointer may be
 * subtracted from another. The difference is a number, and so is the address
 * of the other one, as it stands where it points. Not for pages: some kernels
 * have numbers for them, from which no pointer may be subtracted.
 */
static __always_inline __u64 compat_pool_argument(const __u64 *ctx)
{
	volatile __u64 *known = &own_address;
	__u64 distance;

	if (!*known)
		*known = (__u64)&own_address;
	distance = ctx[0] - (__u64)&own_address;
	barrier_var(distance);
	return distance + *known;
}

#endif
