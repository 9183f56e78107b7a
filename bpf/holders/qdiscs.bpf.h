/* SPDX-License-Identifier: GPL-2.0 */
/* Queueing disciplines: those of a device, and their queues. */
#ifndef NETMEM_QDISCS_BPF_H
#define NETMEM_QDISCS_BPF_H

#include "bpf/compat/qdiscs.bpf.h"
#include "bpf/holders/found.bpf.h"

#define TX_QUEUES_A_RUN 64
#define FLOWS_MAX 1024

static __always_inline void add_qdisc(__u64 address, __u32 number)
{
	struct Qdisc *qdisc = (void *)address;
	struct found_object *object = add_object(address);

	if (!object)
		return;
	object->index = number;
	object->packets = BPF_CORE_READ(qdisc, q.qlen);
	bpf_probe_read_kernel_str(object->kind, sizeof(object->kind),
				  ADDRESS((__u64)BPF_CORE_READ(qdisc, ops),
					  struct Qdisc_ops, id) +
					  (char *)0);
}

/* ctx[0]: a device; ctx[1]: its transmit queues; ctx[2]: the first to look at */
SEC("raw_tp")
int holders_qdiscs(__u64 *ctx)
{
	struct net_device *dev = (void *)ctx[0];
	__u64 queues = (__u64)BPF_CORE_READ(dev, _tx), at, now, sleeping;
	__u32 i, number;

	go_on = 0;
	for (i = 0; i < TX_QUEUES_A_RUN; i++) {
		number = ctx[2] + i;
		if (number >= ctx[1])
			return 0;
		at = queues + number * bpf_core_type_size(struct netdev_queue);
		now = read_word(ADDRESS(at, struct netdev_queue, qdisc));
		sleeping = read_word(
			ADDRESS(at, struct netdev_queue, qdisc_sleeping));
		if (now)
			add_qdisc(now, number);
		if (sleeping && sleeping != now)
			add_qdisc(sleeping, number);
	}
	go_on = ctx[2] + TX_QUEUES_A_RUN;
	return 0;
}

/* ctx[0]: a queueing discipline of any kind */
SEC("raw_tp")
int holders_qdisc(__u64 *ctx)
{
	add_pointer(SHAPE_CHAIN, PLACE_QDISC,
		    ADDRESS(ctx[0], struct Qdisc, q.head), 0);
	add_skb_queue(PLACE_QDISC_REQUEUED,
		      ADDRESS(ctx[0], struct Qdisc, gso_skb), 0);
	add_skb_queue(PLACE_QDISC_BAD,
		      ADDRESS(ctx[0], struct Qdisc, skb_bad_txq), 0);
	add_pointer(SHAPE_CHAIN, PLACE_QDISC, compat_qdisc_defer_at(ctx[0]), 0);
	add_pointer(SHAPE_CHAIN, PLACE_QDISC, compat_qdisc_free_at(ctx[0]), 0);
	return 0;
}

/* ctx[0]: a pfifo_fast */
SEC("raw_tp")
int holders_pfifo_fast(__u64 *ctx)
{
	__u64 ring = ADDRESS(ctx[0], struct Qdisc, privdata);
	__u32 i;

	if (!compat_has_pfifo_fast())
		return 0;
	ring += bpf_core_field_offset(struct pfifo_fast_priv, q);
	for (i = 0; i < 3; i++) {
		add_ring(SHAPE_RING, PLACE_QDISC, ring, i);
		ring += bpf_core_type_size(struct skb_array);
	}
	return 0;
}

/* ctx[0]: a tbf: the discipline inside */
SEC("raw_tp")
int holders_tbf(__u64 *ctx)
{
	__u64 inner;

	if (!compat_has_tbf())
		return 0;
	inner = read_word(ADDRESS(ctx[0], struct Qdisc, privdata) +
			  bpf_core_field_offset(struct tbf_sched_data, qdisc));
	if (inner)
		add_qdisc(inner, ctx[1]);
	return 0;
}

/* ctx[0]: an fq_codel */
SEC("raw_tp")
int holders_fq_codel(__u64 *ctx)
{
	struct fq_codel_sched_data *data =
		(void *)ADDRESS(ctx[0], struct Qdisc, privdata);
	__u32 count, i;
	__u64 flow;

	if (!compat_has_fq_codel())
		return 0;
	flow = (__u64)BPF_CORE_READ(data, flows);
	count = BPF_CORE_READ(data, flows_cnt);
	if (count > FLOWS_MAX)
		found_lost++;
	for (i = 0; i < FLOWS_MAX && i < count && flow; i++) {
		add_pointer(SHAPE_CHAIN, PLACE_QDISC_FLOW,
			    ADDRESS(flow, struct fq_codel_flow, head), i);
		flow += bpf_core_type_size(struct fq_codel_flow);
	}
	return 0;
}

#endif
