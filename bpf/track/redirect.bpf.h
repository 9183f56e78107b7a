/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Redirected frames that were dropped, by the device that they came from and
 * by errno: at the redirect, or when the target's driver was to send them.
 */
#ifndef NETMEM_REDIRECT_BPF_H
#define NETMEM_REDIRECT_BPF_H

#include "bpf/compat/xdp.bpf.h"
#include "bpf/core/pools.bpf.h"

/* Full: what is not here is in the sum, hook_counters.redirect_errors. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, REDIRECT_ERRORS_MAX);
	__type(key, struct redirect_key);
	__type(value, struct redirect_record);
} redirects __weak SEC(".maps");

static __always_inline void read_netdev_name(char *name, struct net_device *dev)
{
	if (bpf_probe_read_kernel_str(name, NAME_LEN, &dev->name) < 0)
		name[0] = 0;
}

static __always_inline void count_refused(struct net_device *from,
					  struct net_device *to,
					  struct redirect_key *key, __u64 count)
{
	struct redirect_record *record, fresh = {};

	key->ifindex = BPF_CORE_READ(from, ifindex);
	key->netns = BPF_CORE_READ(from, nd_net.net, ns.inum);
	record = bpf_map_lookup_elem(&redirects, key);
	if (!record) {
		read_netdev_name(fresh.device, from);
		if (to)
			read_netdev_name(fresh.to, to);
		/* Another processor may have been quicker. */
		bpf_map_update_elem(&redirects, key, &fresh, BPF_NOEXIST);
		record = bpf_map_lookup_elem(&redirects, key);
	}
	if (record)
		__sync_fetch_and_add(&record->count, count);
}

/* xdp_redirect_err(dev, prog, tgt, err, map_type, map_id, index) */
SEC("raw_tp/xdp_redirect_err")
int netmem_redir_err(__u64 *ctx)
{
	struct redirect_key key = { .error = ctx[3], .stage = REDIRECT_TARGET };

	if (!armed)
		return 0;
	COUNT(redirect_errors);
	count_refused((void *)ctx[0],
		      (void *)compat_redirect_target(ctx[2], ctx[4]), &key, 1);
	return 0;
}

/* xdp_devmap_xmit(from_dev, to_dev, sent, drops, err): once for up to 16 frames. */
SEC("raw_tp/xdp_devmap_xmit")
int netmem_xmit_err(__u64 *ctx)
{
	struct redirect_key key = { .error = ctx[4],
				    .stage = REDIRECT_TRANSMIT };
	__s32 drops = ctx[3];

	if (!armed || drops <= 0)
		return 0;
	count_refused((void *)ctx[0], (void *)ctx[1], &key, drops);
	return 0;
}

#endif
