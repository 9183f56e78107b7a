// SPDX-License-Identifier: GPL-2.0
/*
 * Net devices by number and by address: what user space asked for by name is
 * followed where it goes. A device keeps its address when it is renamed or
 * moved to another network namespace, which may change its number.
 *
 * Run with BPF_PROG_TEST_RUN. ctx[0] an address, ctx[1] 0: the device there, if
 * one is registered. Or ctx[0] our descriptor of a network namespace, ctx[1] a
 * number: the device of that number in it.
 */
#include "bpf/compat/context.bpf.h"
#include "bpf/compat/files.bpf.h"
#include "bpf/compat/netdevs.bpf.h"
#include "bpf/core/config.bpf.h"

#define CHAIN_MAX 256 /* devices of one hash */

struct netdev_look netdev_look = {};

/* NULL: the descriptor is none of ours. */
static __always_inline struct net *net_of(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct file **files = BPF_CORE_READ(task, files, fdt, fd);
	struct ns_common *ns;
	struct file *file = NULL;

	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	ns = BPF_CORE_READ(file, f_inode, i_private);
	return ns ? (void *)ns - bpf_core_field_offset(struct net, ns) : NULL;
}

static __always_inline struct net_device *find_netdev(__u32 fd, __u32 ifindex)
{
	struct net *net = net_of(fd);
	struct hlist_node *link;
	struct net_device *dev;
	int i;

	if (!net)
		return NULL;
	link = compat_netdev_chain(net, ifindex);
	for (i = 0; link && i < CHAIN_MAX; i++) {
		dev = compat_netdev_of_link(link);
		if ((__u32)BPF_CORE_READ(dev, ifindex) == ifindex)
			return dev;
		link = BPF_CORE_READ(link, next);
	}
	return NULL;
}

SEC("raw_tp")
int netmem_netdev(__u64 *ctx)
{
	struct net_device *dev = (void *)ctx[0];
	struct netdev_look look = {};
	__u32 ifindex = ctx[1];

	if (ifindex)
		dev = find_netdev(ctx[0], ifindex);
	if (dev && compat_netdev_is_registered(dev)) {
		look.address = (__u64)dev;
		look.netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
		look.hardware = compat_netdev_hardware(dev);
		look.bus_device = (__u64)BPF_CORE_READ(dev, dev.parent);
		look.ifindex = BPF_CORE_READ(dev, ifindex);
		bpf_probe_read_kernel_str(look.name, sizeof(look.name),
					  &dev->name);
	}
	netdev_look = look;
	return 0;
}
