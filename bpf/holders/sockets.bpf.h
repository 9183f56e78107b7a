/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sockets: iterators list them (those that a process has open, in all network
 * namespaces; those of TCP, UDP and unix without a process, in the namespace
 * of whoever opens the iterator), and a program describes one.
 */
#ifndef NETMEM_SOCKETS_BPF_H
#define NETMEM_SOCKETS_BPF_H

#include "bpf/compat/sockets.bpf.h"
#include "bpf/holders/networks.bpf.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_UDPLITE 136
#define KIND_STREAM 1
#define KIND_DATAGRAM 2
#define HASH_BUCKETS_A_RUN 512
#define CONNECTIONS_A_BUCKET 128
#define UNACCEPTED_MAX 1024
#define INODE_KIND 0170000
#define INODE_SOCKET 0140000
#define INODE_CHARACTER 0020000
#define PPP_MAJOR 108
#define VHOST_NET (10U << 20 | 238) /* a misc device */

struct found_socket found_socket = {};

/*
 * Open files, beside sockets, that have packets by themselves: counted while
 * the iterator over files runs. User space tells the majors, 0: none.
 */
__u32 tap_majors[2] = {};
__u32 open_ppp = 0;
__u32 open_taps = 0;
__u32 open_vhosts = 0;

static __always_inline void describe_packet(struct found_socket *found)
{
	if (compat_has_packet_sockets())
		found->ifindex = read_half(
			ADDRESS(found->address, struct packet_sock, ifindex));
}

static __always_inline void describe_unix(struct found_socket *found)
{
	struct unix_sock *sk = (void *)found->address;
	struct unix_address *address;
	__u32 length;

	if (!compat_has_unix_sockets())
		return;
	address = BPF_CORE_READ(sk, addr);
	if (!address)
		return;
	length = BPF_CORE_READ(address, len) - sizeof(__u16);
	if (length > sizeof(found->path))
		length = sizeof(found->path);
	found->path_length = length;
	/* A struct sockaddr_un follows: its family, then the path. */
	bpf_probe_read_kernel(found->path, sizeof(found->path),
			      (void *)address +
				      bpf_core_type_size(struct unix_address) +
				      sizeof(__u16));
}

static __always_inline void describe_inet(struct found_socket *found)
{
	struct sock_common *sk = (void *)found->address;
	__u16 port = BPF_CORE_READ(sk, skc_dport);

	found->local_port = BPF_CORE_READ(sk, skc_num);
	found->remote_port = port << 8 | port >> 8;
	if (found->family == AF_INET) {
		bpf_core_read(found->local, 4, &sk->skc_rcv_saddr);
		bpf_core_read(found->remote, 4, &sk->skc_daddr);
	} else if (compat_has_ipv6_sockets()) {
		bpf_core_read(found->local, 16, &sk->skc_v6_rcv_saddr);
		bpf_core_read(found->remote, 16, &sk->skc_v6_daddr);
	}
}

/* The inode that /proc shows; 0 for a socket that nobody has open. */
static __always_inline __u64 socket_inode(struct sock *sk)
{
	__u64 socket = (__u64)BPF_CORE_READ(sk, sk_socket);

	if (!socket)
		return 0;
	return read_word(socket +
			 bpf_core_field_offset(struct socket_alloc, vfs_inode) +
			 bpf_core_field_offset(struct inode, i_ino));
}

static __always_inline void describe_common(struct found_socket *found)
{
	struct sock *sk = (void *)found->address;
	struct net *net = BPF_CORE_READ(sk, __sk_common.skc_net.net);
	struct proto *proto = BPF_CORE_READ(sk, __sk_common.skc_prot);

	if ((int)BPF_CORE_READ(sk, __sk_common.skc_refcnt.refs.counter) <= 0)
		return;
	found->flags = SOCKET_ALIVE;
	found->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	found->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	found->netns = inode_of_net((__u64)net);
	if (found->state == COMPAT_TCP_TIME_WAIT ||
	    found->state == COMPAT_TCP_NEW_SYN_RECV) {
		found->flags |= SOCKET_MINI;
		found->type = KIND_STREAM;
		found->protocol = PROTOCOL_TCP;
		return;
	}
	found->type = BPF_CORE_READ(sk, sk_type);
	found->protocol = BPF_CORE_READ(sk, sk_protocol);
	found->ifindex = BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if);
	found->inode = socket_inode(sk);
	bpf_core_read_str(found->counted_as, sizeof(found->counted_as),
			  &proto->name);
	if (compat_is_mapped((__u64)BPF_CORE_READ(sk, sk_user_data)))
		found->flags |= SOCKET_MAPPED;
}

static __always_inline bool is_tcp(const struct found_socket *found)
{
	return (found->family == AF_INET || found->family == AF_INET6) &&
	       found->type == KIND_STREAM && found->protocol == PROTOCOL_TCP;
}

static __always_inline bool is_udp(const struct found_socket *found)
{
	return (found->family == AF_INET || found->family == AF_INET6) &&
	       found->type == KIND_DATAGRAM &&
	       (found->protocol == PROTOCOL_UDP ||
		found->protocol == PROTOCOL_UDPLITE);
}

static __always_inline void add_udp_arriving(__u64 sk, __u32 nodes)
{
	__u64 list = compat_udp_arriving_at(sk);
	__u32 i;

	if (!list)
		return;
	list = read_word(list);
	for (i = 0; i < 64 && i < nodes && list; i++) {
		add_pointer(SHAPE_CHAIN, PLACE_ARRIVING,
			    ADDRESS(list, struct udp_prod_queue, ll_root), 0);
		list += bpf_core_type_size(struct udp_prod_queue);
	}
}

/* One bucket; a global function: verified once. */
__noinline int visit_connections(__u64 bucket)
{
	__u64 node = read_word(bucket);
	__u32 i;

	for (i = 0; i < CONNECTIONS_A_BUCKET && node && !(node & 1); i++) {
		add_object(node - bpf_core_field_offset(struct sock_common,
							skc_nulls_node));
		node = read_word(node);
	}
	if (node && !(node & 1))
		found_lost++;
	return 0;
}

__noinline int visit_request(__u64 request)
{
	struct sock *sk =
		(void *)read_word(ADDRESS(request, struct request_sock, sk));

	if (sk && BPF_CORE_READ(sk, __sk_common.skc_state) == COMPAT_TCP_CLOSE)
		add_object((__u64)sk);
	return 0;
}

/*
 * Connections that ended before somebody accepted them are in no list of TCP's
 * any more, with all that they have received.
 */
__noinline int visit_unaccepted(__u64 listener)
{
	__u64 entry = read_word(ADDRESS(listener, struct inet_connection_sock,
					icsk_accept_queue.rskq_accept_head));
	__u32 i;

	for (i = 0; i < UNACCEPTED_MAX && entry; i++) {
		visit_request(entry);
		entry = read_word(ADDRESS(entry, struct request_sock, dl_next));
	}
	if (entry)
		found_lost++;
	return 0;
}

static __always_inline void add_options(const struct found_socket *found)
{
	struct inet_sock *sk = (void *)found->address;

	if (found->family != AF_INET6 || !compat_has_request_options() ||
	    !compat_has_ipv6_options())
		return;
	if (found->flags & SOCKET_MINI) {
		if (found->state == COMPAT_TCP_NEW_SYN_RECV)
			add_pointer(SHAPE_ONE, PLACE_RX_CACHE,
				    ADDRESS(sk, struct inet_request_sock,
					    pktopts),
				    0);
	} else if (BPF_CORE_READ(sk, pinet6)) {
		add_pointer(SHAPE_ONE, PLACE_RX_CACHE,
			    ADDRESS(BPF_CORE_READ(sk, pinet6),
				    struct ipv6_pinfo, pktoptions),
			    0);
	}
}

/* In the order in which data comes in, then in which it goes out. */
static __always_inline void add_socket_queues(__u64 sk, __u32 nodes,
					      const struct found_socket *found)
{
	add_pointer(SHAPE_CHAIN, PLACE_SOCK_BACKLOG,
		    ADDRESS(sk, struct sock, sk_backlog.head), 0);
	if (is_tcp(found))
		add_pointer(SHAPE_TREE, PLACE_OUT_OF_ORDER,
			    ADDRESS(sk, struct tcp_sock, out_of_order_queue),
			    0);
	if (is_udp(found))
		add_udp_arriving(sk, nodes);
	add_skb_queue(PLACE_RECEIVE, ADDRESS(sk, struct sock, sk_receive_queue),
		      0);
	if (is_udp(found))
		add_skb_queue(PLACE_READER,
			      ADDRESS(sk, struct udp_sock, reader_queue), 0);
	add_skb_queue(PLACE_ERROR, ADDRESS(sk, struct sock, sk_error_queue), 0);
	add_pointer(SHAPE_ONE, PLACE_RX_CACHE, compat_rx_cache_at(sk), 0);
	add_pointer(SHAPE_CHAIN, PLACE_DEFERRED, compat_sock_defer_at(sk), 0);
	add_skb_queue(PLACE_WRITE, ADDRESS(sk, struct sock, sk_write_queue), 0);
	if (is_tcp(found))
		add_pointer(SHAPE_TREE, PLACE_RETRANSMIT,
			    ADDRESS(sk, struct sock, tcp_rtx_queue), 0);
}

/* ctx[0]: a struct sock, ctx[1]: memory nodes. Objects: what it has not accepted. */
SEC("raw_tp")
int holders_socket(__u64 *ctx)
{
	struct found_socket found = { .address = ctx[0] };

	describe_common(&found);
	if (!(found.flags & SOCKET_ALIVE))
		goto out;
	add_options(&found);
	if (found.family == AF_INET || found.family == AF_INET6)
		describe_inet(&found);
	if (found.flags & SOCKET_MINI)
		goto out;
	if (found.family == AF_UNIX)
		describe_unix(&found);
	else if (found.family == AF_PACKET)
		describe_packet(&found);
	if (is_tcp(&found) &&
	    read_word(
		    ADDRESS(ctx[0], struct inet_connection_sock, icsk_ulp_ops)))
		found.flags |= SOCKET_ULP;
	add_socket_queues(ctx[0], ctx[1], &found);
	if (is_tcp(&found) && found.state == COMPAT_TCP_LISTEN)
		visit_unaccepted(ctx[0]);
out:
	found_socket = found;
	return 0;
}

/* Some buckets of a hash of TCP's, from number @first on. */
static __always_inline void visit_buckets(__u64 buckets, __u32 size, __u64 last,
					  __u64 first)
{
	__u32 i;

	go_on = 0;
	for (i = 0; i < HASH_BUCKETS_A_RUN; i++) {
		if (first + i > last)
			return;
		/* A run has room for its objects. */
		if (object_count > FOUND_OBJECTS / 2)
			break;
		visit_connections(buckets + (first + i) * size);
	}
	go_on = first + i;
}

/*
 * ctx[0]: where the connections of TCP are, ctx[1]: the first bucket. They are
 * objects, and of all namespaces that share this hash.
 */
SEC("raw_tp")
int holders_connections(__u64 *ctx)
{
	struct inet_hashinfo *hash = (void *)ctx[0];

	visit_buckets((__u64)BPF_CORE_READ(hash, ehash),
		      bpf_core_type_size(struct inet_ehash_bucket),
		      BPF_CORE_READ(hash, ehash_mask), ctx[1]);
	return 0;
}

/* The same of the sockets that listen, where knows_listeners. */
SEC("raw_tp")
int holders_listeners(__u64 *ctx)
{
	__u64 last = 0, buckets;

	if (!compat_has_listeners())
		return 0;
	buckets = compat_listeners(ctx[0], &last);
	visit_buckets(buckets,
		      bpf_core_type_size(struct inet_listen_hashbucket), last,
		      ctx[1]);
	return 0;
}

/* ---- iterators: addresses only, described afterwards ---- */

static __always_inline int emit_user(struct bpf_iter_meta *meta,
				     const struct socket_user *user)
{
	bpf_seq_write(meta->seq, user, sizeof(*user));
	return 0;
}

static __always_inline void count_device(__u32 device)
{
	__u32 major = device >> 20;

	open_ppp += major == PPP_MAJOR;
	open_taps += major &&
		     (major == tap_majors[0] || major == tap_majors[1]);
	open_vhosts += device == VHOST_NET;
}

SEC("iter/task_file")
int holders_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket_user user = { .fd = ctx->fd };
	struct socket *socket;
	__u16 kind;

	if (!task || !file)
		return 0;
	kind = BPF_CORE_READ(file, f_inode, i_mode) & INODE_KIND;
	if (kind == INODE_CHARACTER)
		count_device(BPF_CORE_READ(file, f_inode, i_rdev));
	if (kind != INODE_SOCKET)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	if (!socket || BPF_CORE_READ(socket, file) != file)
		return 0;
	user.address = (__u64)BPF_CORE_READ(socket, sk);
	user.pid = BPF_CORE_READ(task, tgid);
	bpf_core_read_str(user.comm, sizeof(user.comm), &task->comm);
	return user.address ? emit_user(ctx->meta, &user) : 0;
}

SEC("iter/tcp")
int holders_tcp(struct bpf_iter__tcp *ctx)
{
	struct socket_user user = { .address = (__u64)ctx->sk_common };

	return user.address ? emit_user(ctx->meta, &user) : 0;
}

SEC("iter/udp")
int holders_udp(struct bpf_iter__udp *ctx)
{
	struct socket_user user = { .address = (__u64)ctx->udp_sk };

	return user.address ? emit_user(ctx->meta, &user) : 0;
}

SEC("iter/unix")
int holders_unix(struct bpf_iter__unix *ctx)
{
	struct socket_user user = { .address = (__u64)ctx->unix_sk };

	return user.address ? emit_user(ctx->meta, &user) : 0;
}

#endif
