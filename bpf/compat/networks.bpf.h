/* SPDX-License-Identifier: GPL-2.0 */
/* Network namespaces: are they dying, and what they keep (reassembly, IPsec). */
#ifndef NETMEM_COMPAT_NETWORKS_BPF_H
#define NETMEM_COMPAT_NETWORKS_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct nsproxy {
	struct net *net_ns;
};

/* 5.11: "ns: add common refcount into ns common"; 6.18 calls it __ns_ref. */
struct ns_common___count {
	refcount_t count;
};

struct ns_common___ref {
	refcount_t __ns_ref;
};

/* Reassembly of fragments; its settings are in /proc/sys. */
struct fqdir {
	long high_thresh;
	atomic64_t mem;
};

struct netns_frags {
	struct fqdir *fqdir;
};

/* Policies keep packets that wait for a state, states those that are ciphered. */
struct netns_xfrm {
	unsigned int state_num;
	unsigned int policy_count[6];
};

struct net___xfrm {
	struct netns_xfrm xfrm;
};

struct net___frags {
	struct netns_frags ipv4;
	struct netns_frags ipv6;
};

#pragma clang attribute pop

/* Only references of the kernel itself are left, of which sockets hold none. */
static __always_inline bool compat_ns_is_dying(struct ns_common *ns)
{
	struct ns_common___count *older = (void *)ns;
	struct ns_common___ref *newer = (void *)ns;

	if (bpf_core_field_exists(newer->__ns_ref))
		return !BPF_CORE_READ(newer, __ns_ref.refs.counter);
	if (bpf_core_field_exists(older->count))
		return !BPF_CORE_READ(older, count.refs.counter);
	return false;
}

/* A namespace's policies and states; NULL: this kernel has no IPsec. */
static __always_inline struct netns_xfrm *compat_ipsec(__u64 net)
{
	if (bpf_core_field_exists(struct net___xfrm, xfrm.policy_count))
		return (void *)net +
		       bpf_core_field_offset(struct net___xfrm, xfrm);
	return NULL;
}

/* Bytes of a namespace's fragments that wait for the rest. */
static __always_inline __u64 compat_reassembly_bytes(__u64 address)
{
	struct net___frags *net = (void *)address;
	__u64 bytes = BPF_CORE_READ(net, ipv4.fqdir, mem.counter);

	if (bpf_core_field_exists(net->ipv6.fqdir))
		bytes += BPF_CORE_READ(net, ipv6.fqdir, mem.counter);
	return bytes;
}

#endif
