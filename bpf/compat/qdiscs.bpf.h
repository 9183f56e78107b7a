/* SPDX-License-Identifier: GPL-2.0 */
/* Transmit queues and their queueing disciplines. */
#ifndef NETMEM_COMPAT_QDISCS_BPF_H
#define NETMEM_COMPAT_QDISCS_BPF_H

#include "bpf/compat/packets.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct Qdisc_ops {
	char id[16];
};

struct qdisc_skb_head {
	struct sk_buff *head;
	__u32 qlen;
};

struct Qdisc {
	struct Qdisc_ops *ops;
	struct sk_buff_head gso_skb;
	struct qdisc_skb_head q;
	struct sk_buff_head skb_bad_txq;
	long privdata[1];
	/* 7.3, not 6.18: packets on their way to the queue, and from it. */
	struct llist_head defer_list;
	struct sk_buff *to_free;
};

struct dql {
	unsigned int num_queued;
	unsigned int num_completed;
};

struct netdev_queue {
	struct Qdisc *qdisc;
	struct Qdisc *qdisc_sleeping;
	struct dql dql; /* with CONFIG_BQL */
	unsigned long trans_start;
};

struct skb_array {
	struct ptr_ring ring;
};

struct pfifo_fast_priv {
	struct skb_array q[3];
};

struct tbf_sched_data {
	struct Qdisc *qdisc;
};

struct fq_codel_flow {
	struct sk_buff *head;
};

struct fq_codel_sched_data {
	struct fq_codel_flow *flows;
	__u32 flows_cnt;
};

#pragma clang attribute pop

COMPAT_HAS_TYPE(tbf, tbf_sched_data)
COMPAT_HAS_TYPE(fq_codel, fq_codel_sched_data)
COMPAT_HAS_TYPE(pfifo_fast, pfifo_fast_priv)
COMPAT_HAS_FIELD(bql, netdev_queue, dql)

COMPAT_AT(qdisc_defer, Qdisc, defer_list)
COMPAT_AT(qdisc_free, Qdisc, to_free)

#endif
