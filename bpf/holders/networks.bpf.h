/* SPDX-License-Identifier: GPL-2.0 */
/* Network namespaces, and what each of them keeps by itself. */
#ifndef NETMEM_NETWORKS_BPF_H
#define NETMEM_NETWORKS_BPF_H

#include "bpf/compat/networks.bpf.h"
#include "bpf/compat/sockets.bpf.h"
#include "bpf/holders/self.bpf.h"

#define NETS_A_RUN 32

/* Where namespaces have netfilter's reassembly; fragments_id is 0: not known. */
#define GENERIC_MAX 64
__u32 fragments_id = 0, fragments_word = 0;
__u64 reassembly_bytes = 0; /* of fragments that wait, of a namespace */
__u64 ipsec_count = 0; /* states and policies of a namespace */

static __always_inline void describe_net(struct found_object *object)
{
	struct net *net = (void *)object->address;

	object->netns = BPF_CORE_READ(net, ns.inum);
	object->connections = compat_tcp_hash(object->address);
	if (compat_ns_is_dying(&net->ns))
		object->flags |= OBJECT_DYING;
}

static __always_inline __u64 inode_of_net(__u64 net)
{
	return read_half(ADDRESS(net, struct net, ns.inum));
}

/*
 * The kernel's list of namespaces has a head that is none. A namespace's first
 * device (its loopback) belongs to it.
 */
static __always_inline bool is_net(__u64 net)
{
	__u64 first = read_word(ADDRESS(net, struct net, dev_base_head));
	__u64 dev = first - bpf_core_field_offset(struct net_device, dev_list);

	return first &&
	       read_word(ADDRESS(dev, struct net_device, nd_net.net)) == net;
}

/* ctx[0]: a namespace to begin with; ctx[1]: where to go on, or 0 */
SEC("raw_tp")
int holders_networks(__u64 *ctx)
{
	__u64 offset = bpf_core_field_offset(struct net, list);
	__u64 first = ctx[0] + offset, entry = ctx[1] ? ctx[1] : first;
	struct found_object *object;
	__u32 i;

	go_on = 0;
	for (i = 0; i < NETS_A_RUN; i++) {
		if (is_net(entry - offset)) {
			object = add_object(entry - offset);
			if (object)
				describe_net(object);
		}
		entry = read_word(entry);
		if (!entry || entry == first)
			return 0;
	}
	go_on = entry;
	return 0;
}

/* ctx[0]: a namespace: fragments of packets that wait for the rest */
SEC("raw_tp")
int holders_reassembly(__u64 *ctx)
{
	reassembly_bytes = compat_reassembly_bytes(ctx[0]);
	/* Gone meanwhile: what we read may be somebody else's. */
	if (!is_net(ctx[0]))
		reassembly_bytes = 0;
	return 0;
}

static __always_inline __u64 fqdir_bytes(__u64 fqdir)
{
	return read_word(ADDRESS(fqdir, struct fqdir, mem));
}

/* What a namespace keeps for the module with that number. */
static __always_inline __u64 generic_of(__u64 net, __u32 id)
{
	return read_word(read_word(ADDRESS(net, struct net, gen)) +
			 id * sizeof(__u64));
}

/*
 * ctx[0]: our descriptor of a setting of netfilter's reassembly, of the namespace
 * that we are in. Where it leads to is in what each namespace keeps for modules;
 * to open it in each of many is quadratic: all have one name in one directory.
 */
SEC("raw_tp")
int holders_fragments(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 entry = sysctl_of(own_file(task, ctx[0])), fqdir, kept;
	__u64 net = (__u64)BPF_CORE_READ(task, nsproxy, net_ns);
	__u32 id, word;

	fqdir = read_word(ADDRESS(entry, struct ctl_table, data)) -
		bpf_core_field_offset(struct fqdir, high_thresh);
	reassembly_bytes = fqdir_bytes(fqdir);
	for (id = 1; id < GENERIC_MAX && !fragments_id; id++) {
		kept = generic_of(net, id);
		for (word = 0; kept && word < 2; word++)
			if (read_word(kept + word * sizeof(__u64)) == fqdir) {
				fragments_id = id;
				fragments_word = word;
			}
	}
	return 0;
}

/* ctx[0]: a namespace, once fragments_id is known */
SEC("raw_tp")
int holders_fragments_of(__u64 *ctx)
{
	__u64 kept = generic_of(ctx[0], fragments_id);

	reassembly_bytes =
		fqdir_bytes(read_word(kept + fragments_word * sizeof(__u64)));
	return 0;
}

/* ctx[0]: a namespace */
SEC("raw_tp")
int holders_ipsec(__u64 *ctx)
{
	struct netns_xfrm *xfrm = compat_ipsec(ctx[0]);
	__u32 i;

	ipsec_count = 0;
	if (!xfrm)
		return 0;
	ipsec_count = BPF_CORE_READ(xfrm, state_num);
	for (i = 0; i < 6; i++)
		ipsec_count += read_half(
			ADDRESS(xfrm, struct netns_xfrm, policy_count) +
			i * sizeof(__u32));
	return 0;
}

#endif
