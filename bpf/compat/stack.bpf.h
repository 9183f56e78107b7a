/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.bpf.h's part for the holder walk: the network stack beside page_pool,
 * wherever a packet can wait. As there: only members that we read, relocated
 * by BTF, and differences told by what BTF has.
 */
#ifndef NETMEM_COMPAT_STACK_BPF_H
#define NETMEM_COMPAT_STACK_BPF_H

#include "bpf/compat/compat.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

/* ---- packets ---- */

/* Its list, rbnode and ll_node lie at its beginning, where next does. */
struct sk_buff {
	struct sk_buff *next;
	unsigned int len, data_len;
	unsigned int end; /* an offset on 64-bit kernels */
	unsigned char *head;
};

struct sk_buff_head {
	struct sk_buff *next;
	__u32 qlen;
};

/* ---- sockets ---- */

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
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct inode {
	__u16 i_mode;
	unsigned long i_ino;
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

struct inet_hashinfo {
	struct inet_ehash_bucket *ehash;
	unsigned int ehash_mask;
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

/* ---- processors ---- */

struct cfs_rq {
	struct rq *rq;
};

struct rq {
	int cpu;
	struct task_struct *curr;
	struct list_head cfs_tasks;
};

struct nsproxy {
	struct net *net_ns;
};

struct fdtable {
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

/* An open file of /proc/sys knows its table entry. */
struct ctl_table {
	void *data;
};

struct proc_inode {
	struct ctl_table *sysctl_entry;
	struct inode vfs_inode;
};

struct softnet_data {
	struct sk_buff_head process_queue;
	struct sk_buff *completion_queue;
	struct sk_buff_head input_pkt_queue;
	struct napi_struct backlog;
	struct sk_buff_head xfrm_backlog; /* with CONFIG_XFRM_OFFLOAD */
	/* 6.1 to 6.12 (5.19: "net: generalize skb freeing deferral to per-cpu lists"). */
	struct sk_buff *defer_list;
};

/* 6.18 to 7.3: one list for each memory node. */
struct skb_defer_node {
	struct llist_head defer_list;
};

struct net_hotdata {
	struct skb_defer_node *skb_defer_nodes;
	int sysctl_skb_defer_max;
};

/* ---- NAPI and GRO ---- */

struct gro_list {
	struct list_head list;
};

struct napi_struct___gro_hash {
	struct gro_list gro_hash[8];
	struct list_head rx_list;
};

/* 6.18, not 6.12: GRO is a structure of its own. */
struct gro_node {
	struct gro_list hash[8];
	struct list_head rx_list;
};

struct napi_struct___gro_node {
	struct gro_node gro;
};

/* ---- devices ---- */

struct rtnl_link_ops {
	const char *kind;
};

struct net_device_ops {
	int (*ndo_xdp_xmit)(void);
};

/* 6.12, not 6.1: private data is a member. */
struct net_device___priv {
	char priv[1];
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

struct xdp_dev_bulk_queue {
	struct xdp_frame *q[16];
	unsigned int count;
};

struct xdp_bulk_queue {
	void *q[8];
	unsigned int count;
};

struct veth_rq {
	struct bpf_prog *xdp_prog;
	struct ptr_ring xdp_ring;
};

/* 5.13: "veth: allow enabling NAPI even without XDP". */
struct veth_rq___napi {
	struct napi_struct *napi;
};

struct veth_priv {
	struct veth_rq *rq;
};

struct tun_file {
	struct sock sk;
	struct ptr_ring tx_ring;
};

struct tun_struct {
	struct tun_file *tfiles[256];
	unsigned int numqueues;
};

/* ---- neighbours ---- */

struct neighbour {
	struct sk_buff_head arp_queue;
};

/* 6.18, not 6.12; until then `next`. */
struct neighbour___hlist {
	struct hlist_node hash;
};

struct neighbour___next {
	struct neighbour *next;
};

struct neigh_hash_table {
	unsigned int hash_shift;
};

struct neigh_hash_table___heads {
	struct hlist_head *hash_heads;
};

struct neigh_hash_table___buckets {
	struct neighbour **hash_buckets;
};

struct neigh_table {
	struct sk_buff_head proxy_queue;
	struct neigh_hash_table *nht;
};

struct neigh_parms {
	struct neigh_table *tbl;
};

struct in_device {
	struct neigh_parms *arp_parms;
};

struct inet6_dev {
	struct neigh_parms *nd_parms;
};

/* ---- mvneta ---- */

/* The kinds of packets come before it; 6.3 has one more of them. */
enum mvneta_tx_buf_type {
	MVNETA_TYPE_XDP_TX = 1,
};

struct mvneta_tx_buf {
	enum mvneta_tx_buf_type type;
	struct sk_buff *skb;
};

struct mvneta_tx_queue {
	int size, count;
	struct mvneta_tx_buf *buf;
	int txq_get_index;
	void *descs;
};

struct mvneta_rx_queue {
	int size;
	struct page_pool *page_pool;
	void **buf_virt_addr;
	void *descs;
	int next_desc_to_proc;
	__u32 refill_num;
};

struct mvneta_port {
	struct mvneta_rx_queue *rxqs;
	struct mvneta_tx_queue *txqs;
};

/* ---- queueing disciplines ---- */

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

/* ---- BPF maps ---- */

struct bpf_map {
	__u32 id;
};

struct bpf_array {
	struct bpf_map map;
	void *pptrs[1];
};

struct bpf_cpu_map_entry {
	struct xdp_bulk_queue *bulkq;
	struct ptr_ring *queue;
	struct gro_node gro; /* 6.18, not 6.12: its thread merges packets. */
};

struct bpf_cpu_map {
	struct bpf_map map;
	struct bpf_cpu_map_entry **cpu_map;
};

/* 5.19: "bpf: add bpf_map_lookup_percpu_elem for percpu map". */
enum bpf_func_id___percpu {
	BPF_FUNC_map_lookup_percpu_elem___percpu = 195,
};

/* ---- iterators ---- */

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

/* net_device.state: bit __LINK_STATE_START, include/linux/netdevice.h. */
#define COMPAT_LINK_STATE_START (1UL << 0)

/* net_device.flags: IFF_LOOPBACK, include/uapi/linux/if.h. */
#define COMPAT_IFF_LOOPBACK 0x8

/*
 * What this kernel has, by its types: those of drivers, disciplines and
 * families are there when they are built in, or their modules are loaded.
 */
#define COMPAT_HAS_TYPE(name, type)                         \
	static __always_inline bool compat_has_##name(void) \
	{                                                   \
		return bpf_core_type_exists(struct type);   \
	}

#define COMPAT_HAS_FIELD(name, type, field)                       \
	static __always_inline bool compat_has_##name(void)       \
	{                                                         \
		return bpf_core_field_exists(struct type, field); \
	}

COMPAT_HAS_TYPE(mvneta, mvneta_port)
COMPAT_HAS_TYPE(veth, veth_rq)
COMPAT_HAS_TYPE(tun, tun_file)
COMPAT_HAS_TYPE(tbf, tbf_sched_data)
COMPAT_HAS_TYPE(fq_codel, fq_codel_sched_data)
COMPAT_HAS_TYPE(pfifo_fast, pfifo_fast_priv)
COMPAT_HAS_TYPE(defer_nodes, skb_defer_node)
COMPAT_HAS_TYPE(cpumap, bpf_cpu_map)
COMPAT_HAS_TYPE(packet_sockets, packet_sock)
COMPAT_HAS_TYPE(unix_sockets, unix_sock)
COMPAT_HAS_FIELD(group_scheduling, task_struct, se.cfs_rq)
COMPAT_HAS_FIELD(cfs_tasks, rq, cfs_tasks)
COMPAT_HAS_FIELD(defer_list, softnet_data, defer_list)
COMPAT_HAS_FIELD(bql, netdev_queue, dql)
COMPAT_HAS_FIELD(ipv6_neighbours, inet6_dev, nd_parms)
COMPAT_HAS_FIELD(ipv6_sockets, sock_common, skc_v6_rcv_saddr)
COMPAT_HAS_FIELD(request_options, inet_request_sock, pktopts)
COMPAT_HAS_FIELD(ipv6_options, inet_sock, pinet6)

/*
 * Where the object at an address has a member; 0: this kernel has none. Reading
 * there fails, so nothing is found; but who uses a type that came together with
 * the member must ask for 0 first, or the program does not load without it.
 */
#define COMPAT_AT(name, type, field)                                      \
	static __always_inline __u64 compat_##name##_at(__u64 object)     \
	{                                                                 \
		if (bpf_core_field_exists(struct type, field))            \
			return object +                                   \
			       bpf_core_field_offset(struct type, field); \
		return 0;                                                 \
	}

COMPAT_AT(rx_cache, sock, sk_rx_skb_cache)
COMPAT_AT(sock_defer, sock, defer_list)
COMPAT_AT(udp_arriving, udp_sock, udp_prod_queue)
COMPAT_AT(xfrm_backlog, softnet_data, xfrm_backlog)
COMPAT_AT(defer_list, softnet_data, defer_list)
COMPAT_AT(device_bulk, net_device, xdp_bulkq)
COMPAT_AT(qdisc_defer, Qdisc, defer_list)
COMPAT_AT(qdisc_free, Qdisc, to_free)
COMPAT_AT(cpumap_gro, bpf_cpu_map_entry, gro)

/* bpf_map_lookup_percpu_elem() */
static __always_inline bool compat_has_percpu_lookup(void)
{
	return bpf_core_enum_value_exists(
		enum bpf_func_id___percpu,
		BPF_FUNC_map_lookup_percpu_elem___percpu);
}

/* Address of a device's private data (netdev_priv()). */
static __always_inline __u64 compat_netdev_priv(__u64 dev)
{
	if (bpf_core_field_exists(struct net_device___priv, priv))
		return dev +
		       bpf_core_field_offset(struct net_device___priv, priv);
	/* NETDEV_ALIGN: 32 */
	return dev + ((bpf_core_type_size(struct net_device) + 31) & ~31ULL);
}

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

/*
 * Has the queue its ring? Without, the ring's pointer is stale: veth_napi_del()
 * frees the slots and leaves it.
 */
static __always_inline bool compat_veth_has_ring(__u64 address)
{
	struct veth_rq___napi *newer = (void *)address;
	struct veth_rq *rq = (void *)address;

	if (bpf_core_field_exists(newer->napi))
		return BPF_CORE_READ(newer, napi);
	return BPF_CORE_READ(rq, xdp_prog);
}

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

static __always_inline bool compat_is_mapped(__u64 user_data)
{
	return user_data & COMPAT_USER_DATA_PSOCK ||
	       (user_data & COMPAT_USER_DATA_NOCOPY &&
		!(user_data & COMPAT_USER_DATA_BPF));
}

/* Where a NAPI has its eight GRO lists, and the list of those done. */
static __always_inline __u32 compat_gro_hash(void)
{
	if (bpf_core_field_exists(struct napi_struct___gro_node, gro))
		return bpf_core_field_offset(struct napi_struct___gro_node,
					     gro) +
		       bpf_core_field_offset(struct gro_node, hash);
	return bpf_core_field_offset(struct napi_struct___gro_hash, gro_hash);
}

static __always_inline __u32 compat_gro_ready(void)
{
	if (bpf_core_field_exists(struct napi_struct___gro_node, gro))
		return bpf_core_field_offset(struct napi_struct___gro_node,
					     gro) +
		       bpf_core_field_offset(struct gro_node, rx_list);
	return bpf_core_field_offset(struct napi_struct___gro_hash, rx_list);
}

/* The hash of a table of neighbours: an array of pointers to the first. */
static __always_inline __u64 compat_neighbour_buckets(__u64 table)
{
	struct neigh_hash_table___heads *heads = (void *)table;
	struct neigh_hash_table___buckets *buckets = (void *)table;

	if (bpf_core_field_exists(heads->hash_heads))
		return (__u64)BPF_CORE_READ(heads, hash_heads);
	return (__u64)BPF_CORE_READ(buckets, hash_buckets);
}

static __always_inline __u64 compat_neighbour_next(__u64 neighbour)
{
	struct neighbour___hlist *node = (void *)neighbour;
	struct neighbour___next *chain = (void *)neighbour;

	if (bpf_core_field_exists(node->hash))
		return (__u64)BPF_CORE_READ(node, hash.next);
	return (__u64)BPF_CORE_READ(chain, next);
}

#endif
