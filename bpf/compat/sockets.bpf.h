/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets with their queues, TCP's table of connections, and iterators over them. */
#ifndef NETMEM_COMPAT_SOCKETS_BPF_H
#define NETMEM_COMPAT_SOCKETS_BPF_H

#include "bpf/compat/files.bpf.h"
#include "bpf/compat/packets.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct in6_addr {
	__u8 bytes[16];
};

/* Connections of TCP: chains that end with a marker of low bit 1. */
struct hlist_nulls_node {
	struct hlist_nulls_node *next;
};

struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	int skc_bound_dev_if;
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	refcount_t skc_refcnt;
	struct hlist_nulls_node skc_nulls_node;
	struct proto *skc_prot;
};

struct proto {
	char name[32];
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_error_queue;
	struct sk_buff_head sk_receive_queue;
	struct {
		int len;
		struct sk_buff *head;
	} sk_backlog;
	struct rb_root tcp_rtx_queue;
	struct sk_buff_head sk_write_queue;
	struct socket *sk_socket;
	void *sk_user_data;
	__u16 sk_protocol;
	__u16 sk_type;
	struct sk_buff *sk_rx_skb_cache; /* In 5.10, and gone in 6.1. */
	/* For some versions before 5.19, which defers frees in softnet_data. */
	struct llist_head defer_list;
};

struct inet_ehash_bucket {
	void *chain;
};

struct hlist_nulls_head {
	void *first;
};

struct inet_listen_hashbucket {
	struct hlist_nulls_head nulls_head;
};

struct inet_hashinfo {
	struct inet_ehash_bucket *ehash;
	unsigned int ehash_mask;
	unsigned int lhash2_mask;
	struct inet_listen_hashbucket *lhash2;
};

/* Until 5.19, "net: inet: Retire port only listening_hash". */
struct inet_hashinfo___by_port {
	struct inet_listen_hashbucket *listening_hash;
};

struct inet_timewait_death_row {
	struct inet_hashinfo *hashinfo;
};

struct net___death_row {
	struct {
		struct inet_timewait_death_row tcp_death_row;
	} ipv4;
};

/* Some versions after 5.10, and not 6.1: allocated by itself. */
struct net___death_row_pointer {
	struct {
		struct inet_timewait_death_row *tcp_death_row;
	} ipv4;
};

struct request_sock {
	struct request_sock *dl_next;
	struct sock *sk;
};

struct request_sock_queue {
	struct request_sock *rskq_accept_head;
};

struct inet_connection_sock {
	struct request_sock_queue icsk_accept_queue;
	void *icsk_ulp_ops;
};

struct tcp_sock {
	struct rb_root out_of_order_queue;
};

/* IPv6: the last packet, or the first one, for those who ask for its options. */
struct ipv6_pinfo {
	struct sk_buff *pktoptions;
};

struct inet_sock {
	struct ipv6_pinfo *pinet6;
};

struct inet_request_sock {
	struct sk_buff *pktopts;
};

/* 6.18: packets that arrive, in one list for each memory node. */
struct udp_prod_queue {
	struct llist_head ll_root;
};

struct udp_sock {
	struct sk_buff_head reader_queue;
	struct udp_prod_queue *udp_prod_queue;
};

struct unix_address {
	int len;
};

struct unix_sock {
	struct unix_address *addr;
};

struct packet_sock {
	int ifindex;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
};

struct bpf_iter__unix {
	struct bpf_iter_meta *meta;
	struct unix_sock *unix_sk;
};

#pragma clang attribute pop

/* enum sock states that have no queues, include/net/tcp_states.h. */
#define COMPAT_TCP_TIME_WAIT 6
#define COMPAT_TCP_CLOSE 7
#define COMPAT_TCP_LISTEN 10
#define COMPAT_TCP_NEW_SYN_RECV 12

/*
 * What sk_user_data points to, include/net/sock.h. 5.10 has no bit for a
 * sockmap's data of its own: there it is told by NOCOPY, without BPF.
 */
#define COMPAT_USER_DATA_NOCOPY 1
#define COMPAT_USER_DATA_BPF 2
#define COMPAT_USER_DATA_PSOCK 4

COMPAT_HAS_TYPE(packet_sockets, packet_sock)
COMPAT_HAS_TYPE(unix_sockets, unix_sock)
COMPAT_HAS_FIELD(ipv6_sockets, sock_common, skc_v6_rcv_saddr)
COMPAT_HAS_FIELD(request_options, inet_request_sock, pktopts)
COMPAT_HAS_FIELD(ipv6_options, inet_sock, pinet6)

COMPAT_AT(rx_cache, sock, sk_rx_skb_cache)
COMPAT_AT(sock_defer, sock, defer_list)
COMPAT_AT(udp_arriving, udp_sock, udp_prod_queue)

/* Where the connections of TCP are; 0: this kernel does not tell. */
static __always_inline __u64 compat_tcp_hash(__u64 address)
{
	struct net___death_row *net = (void *)address;
	struct net___death_row_pointer *older = (void *)address;

	if (bpf_core_field_exists(older->ipv4.tcp_death_row))
		return (__u64)BPF_CORE_READ(older, ipv4.tcp_death_row,
					    hashinfo);
	if (bpf_core_field_exists(net->ipv4.tcp_death_row.hashinfo))
		return (__u64)BPF_CORE_READ(net, ipv4.tcp_death_row.hashinfo);
	return 0;
}

/* Are listening sockets in lhash2 by the node that connections have? */
static __always_inline bool compat_has_listeners(void)
{
	struct inet_hashinfo___by_port *older = 0;
	struct inet_listen_hashbucket *bucket = 0;
	struct inet_hashinfo *hash = 0;

	return bpf_core_field_exists(hash->lhash2) &&
	       bpf_core_field_exists(bucket->nulls_head) &&
	       bpf_core_field_exists(hash->lhash2_mask) &&
	       !bpf_core_field_exists(older->listening_hash);
}

static __always_inline __u64 compat_listeners(__u64 address, __u64 *last)
{
	struct inet_hashinfo *hash = (void *)address;

	*last = BPF_CORE_READ(hash, lhash2_mask);
	return (__u64)BPF_CORE_READ(hash, lhash2) +
	       bpf_core_field_offset(struct inet_listen_hashbucket, nulls_head);
}

static __always_inline bool compat_is_mapped(__u64 user_data)
{
	return user_data & COMPAT_USER_DATA_PSOCK ||
	       (user_data & COMPAT_USER_DATA_NOCOPY &&
		!(user_data & COMPAT_USER_DATA_BPF));
}

#endif
