/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The places outside of sockets: processors, network namespaces, devices with
 * their NAPIs, rings and queueing disciplines, neighbours, BPF maps. Each
 * program describes one object: further objects, or its queues. Symbols are
 * not needed: what is not reached from our own task is reached from that.
 */
#ifndef NETMEM_PLACES_BPF_H
#define NETMEM_PLACES_BPF_H

#include "bpf/holders/walk.bpf.h"

#define NETS_A_RUN 128
#define DEVICES_A_RUN 128
#define NAPIS_A_RUN 64
#define TX_QUEUES_A_RUN 64
#define TX_QUEUES_MAX 1024
#define FLOWS_MAX 1024
#define BUCKETS_A_RUN 128
#define NEIGHBOURS_A_BUCKET 64
#define RINGS_MAX 256
#define GRO_LISTS 8
#define RUNNING_MAX 512 /* tasks that are ready on one processor */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FOUND_OBJECTS);
	__type(key, __u32);
	__type(value, struct found_object);
} found_objects SEC(".maps");

/* User space zeroes the counts before a run. */
__u32 object_count = 0;
__u32 queue_count = 0;
__u32 found_lost = 0; /* what found no room, or was beyond a bound */
__u64 go_on = 0; /* where the next run goes on; 0: complete */

/* What holders_self found, reached from the task that runs it. */
__u64 self_net = 0; /* its network namespace */
__u64 self_runqueue = 0; /* its processor's struct rq: a per-CPU variable */
__u32 self_cpu = 0;
__u64 self_hotdata = 0; /* net_hotdata, 0: this kernel has none */
__u64 self_scratch = 0; /* walk_scratch's element, as a per-CPU pointer */
__u64 cpu_scratch = 0; /* the same on the processor of the run */

/* What this kernel's BTF describes. */
bool knows_veth = false;
bool knows_tun = false;
bool knows_mvneta = false;
bool knows_tbf = false;
bool knows_fq_codel = false;
bool knows_pfifo_fast = false;
bool knows_defer_nodes = false;
bool knows_defer_list = false;
bool bql_used = false;
__u64 bql_bytes = 0;
__u64 reassembly_bytes = 0; /* of fragments that wait, of a namespace */
__u64 ipsec_count = 0; /* states and policies of a namespace */

#define ADDRESS(pointer, type, member) \
	((__u64)(pointer) + bpf_core_field_offset(type, member))

static __always_inline void add_queue(__u32 shape, __u32 place, __u64 address,
				      __u64 packets, __u32 number)
{
	__u32 index = queue_count;
	struct found_queue *queue = bpf_map_lookup_elem(&found_queues, &index);

	if (!queue) {
		found_lost++;
		return;
	}
	__builtin_memset(queue, 0, sizeof(*queue));
	queue->address = address;
	queue->packets = packets;
	queue->shape = shape;
	queue->place = place;
	queue->index = number;
	queue_count = index + 1;
}

/* A list that ends at its head; none when it is empty. */
__noinline int add_list(__u32 place, __u64 head, __u64 packets, __u32 number)
{
	if (read_word(head) && read_word(head) != head)
		add_queue(SHAPE_QUEUE, place, head, packets, number);
	return 0;
}

static __always_inline void add_skb_queue(__u32 place, __u64 head, __u32 number)
{
	add_list(place, head,
		 read_half(head +
			   bpf_core_field_offset(struct sk_buff_head, qlen)),
		 number);
}

/* What a pointer leads to: a chain, a tree, one packet. */
__noinline int add_pointer(__u32 shape, __u32 place, __u64 at, __u32 number)
{
	if (read_word(at))
		add_queue(shape, place, at, PACKETS_UNKNOWN, number);
	return 0;
}

/* A ring, unless nothing is at its consumer. */
__noinline int add_ring(__u32 shape, __u32 place, __u64 address, __u32 number)
{
	struct ptr_ring *ring = (void *)address;
	__u64 queue = (__u64)BPF_CORE_READ(ring, queue);
	__u32 head = BPF_CORE_READ(ring, consumer_head);

	if (queue && read_word(queue + head * sizeof(queue)))
		add_queue(shape, place, address, PACKETS_UNKNOWN, number);
	return 0;
}

static __always_inline struct found_object *add_object(__u64 address)
{
	__u32 index = object_count;
	struct found_object *object;

	object = bpf_map_lookup_elem(&found_objects, &index);
	if (!object) {
		found_lost++;
		return NULL;
	}
	__builtin_memset(object, 0, sizeof(*object));
	object->address = address;
	object_count = index + 1;
	return object;
}

/* ---- where we stand ---- */

static __always_inline struct file *own_file(struct task_struct *task, __u32 fd)
{
	struct file **files = BPF_CORE_READ(task, files, fdt, fd);

	return (void *)read_word((__u64)(files + fd));
}

static __always_inline void know_types(void)
{
	knows_veth = compat_has_veth();
	knows_tun = compat_has_tun();
	knows_mvneta = compat_has_mvneta();
	knows_tbf = compat_has_tbf();
	knows_fq_codel = compat_has_fq_codel();
	knows_pfifo_fast = compat_has_pfifo_fast();
	knows_defer_nodes = compat_has_defer_nodes();
	knows_defer_list = compat_has_defer_list();
}

/* A kernel without groups: @node is in a list of its processor's tasks. */
__noinline __u64 runqueue_of(__u64 node, __u64 task)
{
	__u64 entry = node;
	struct rq *rq;
	__u32 i;

	for (i = 0; i < RUNNING_MAX; i++) {
		entry = read_word(entry);
		if (!entry || entry == node)
			return 0;
		rq = (void *)(entry -
			      bpf_core_field_offset(struct rq, cfs_tasks));
		if ((__u64)BPF_CORE_READ(rq, curr) == task)
			return (__u64)rq;
	}
	return 0;
}

static __always_inline __u64 own_runqueue(struct task_struct *task)
{
	if (compat_has_group_scheduling())
		return (__u64)BPF_CORE_READ(task, se.cfs_rq, rq);
	if (!compat_has_cfs_tasks())
		return 0;
	return runqueue_of(ADDRESS(task, struct task_struct, se.group_node),
			   (__u64)task);
}

/* The table entry of an open file of /proc/sys. */
static __always_inline __u64 sysctl_of(struct file *file)
{
	__u64 inode = (__u64)BPF_CORE_READ(file, f_inode);

	return read_word(
		inode - bpf_core_field_offset(struct proc_inode, vfs_inode) +
		bpf_core_field_offset(struct proc_inode, sysctl_entry));
}

/*
 * ctx[0]: our descriptor of the map walk_scratch; ctx[1]: of
 * /proc/sys/net/core/skb_defer_max, or -1.
 */
SEC("raw_tp")
int holders_self(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_array *map;
	__s32 sysctl = ctx[1];
	__u64 entry;

	know_types();
	self_net = (__u64)BPF_CORE_READ(task, nsproxy, net_ns);
	self_runqueue = own_runqueue(task);
	self_cpu = bpf_get_smp_processor_id();
	if (BPF_CORE_READ((struct rq *)self_runqueue, cpu) != self_cpu)
		self_runqueue = 0;
	map = BPF_CORE_READ(own_file(task, ctx[0]), private_data);
	self_scratch = read_word(ADDRESS(map, struct bpf_array, pptrs));
	if (sysctl < 0 || !compat_has_defer_nodes())
		return 0;
	entry = sysctl_of(own_file(task, sysctl));
	if (!entry)
		return 0;
	self_hotdata =
		read_word(ADDRESS(entry, struct ctl_table, data)) -
		bpf_core_field_offset(struct net_hotdata, sysctl_skb_defer_max);
	return 0;
}

/*
 * ctx[0]: a processor. Kernels that defer frees tell of any, so also of those
 * that are offline; others of the one that this runs on, else 0.
 */
SEC("raw_tp")
int holders_cpu(__u64 *ctx)
{
	__u32 zero = 0, cpu = ctx[0];

	cpu_scratch = 0;
	if (compat_has_percpu_lookup())
		cpu_scratch = (__u64)bpf_map_lookup_percpu_elem(&walk_scratch,
								&zero, cpu);
	else if (bpf_get_smp_processor_id() == cpu)
		cpu_scratch = (__u64)bpf_map_lookup_elem(&walk_scratch, &zero);
	return 0;
}

/* ---- processors ---- */

/* Packets that are merged, at @hash, and those that are, at @ready. */
__noinline int add_gro_lists(__u64 hash, __u64 ready, __u32 number)
{
	__u32 i;

	for (i = 0; i < GRO_LISTS; i++)
		add_list(PLACE_GRO,
			 hash + i * bpf_core_type_size(struct gro_list),
			 PACKETS_UNKNOWN, number);
	return add_list(PLACE_GRO_READY, ready, PACKETS_UNKNOWN, number);
}

/* What a NAPI has: the packet in the making, and its lists. */
__noinline int add_gro(__u64 napi, __u32 number)
{
	add_pointer(SHAPE_ONE, PLACE_GRO_FRAGS,
		    ADDRESS(napi, struct napi_struct, skb), number);
	return add_gro_lists(napi + compat_gro_hash(),
			     napi + compat_gro_ready(), number);
}

/* A list's head whose neighbours point back: not any other memory. */
static __always_inline bool is_list(__u64 head)
{
	__u64 next = read_word(head), last = read_word(head + sizeof(head));

	return next && last && read_word(next + sizeof(head)) == head &&
	       read_word(last) == head;
}

/*
 * ctx[0]: a processor's softnet_data, ctx[1]: the processor. Returns 1 when
 * there is something else at that address.
 */
SEC("raw_tp")
int holders_softnet(__u64 *ctx)
{
	__u64 softnet = ctx[0];
	__u32 cpu = ctx[1];

	if (!is_list(ADDRESS(softnet, struct softnet_data, input_pkt_queue)) ||
	    !is_list(ADDRESS(softnet, struct softnet_data, process_queue)))
		return 1;
	add_gro(ADDRESS(softnet, struct softnet_data, backlog), cpu);
	add_skb_queue(PLACE_INPUT,
		      ADDRESS(softnet, struct softnet_data, input_pkt_queue),
		      cpu);
	add_skb_queue(PLACE_PROCESS,
		      ADDRESS(softnet, struct softnet_data, process_queue),
		      cpu);
	add_skb_queue(PLACE_XFRM, compat_xfrm_backlog_at(softnet), cpu);
	add_pointer(SHAPE_CHAIN, PLACE_COMPLETION,
		    ADDRESS(softnet, struct softnet_data, completion_queue),
		    cpu);
	add_pointer(SHAPE_CHAIN, PLACE_DEFERRED, compat_defer_list_at(softnet),
		    cpu);
	return 0;
}

/*
 * ctx[0]: net_hotdata, ctx[1]: distance of a processor, ctx[2]: the processor,
 * ctx[3]: memory nodes. Returns 1 when there is something else.
 */
SEC("raw_tp")
int holders_deferred(__u64 *ctx)
{
	__u32 cpu = ctx[2], count = ctx[3], i;
	__u64 node;

	if (!compat_has_defer_nodes())
		return 0;
	node = read_word(ADDRESS(ctx[0], struct net_hotdata, skb_defer_nodes));
	if (!node)
		return 1;
	node += ctx[1];
	if (count > 64)
		found_lost++;
	for (i = 0; i < 64 && i < count; i++) {
		add_pointer(SHAPE_CHAIN, PLACE_DEFERRED,
			    ADDRESS(node, struct skb_defer_node, defer_list),
			    cpu);
		node += bpf_core_type_size(struct skb_defer_node);
	}
	return 0;
}

/* ---- namespaces and devices ---- */

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
	return 0;
}

/* ctx[0]: our descriptor of a setting of reassembly in /proc/sys */
SEC("raw_tp")
int holders_fragments(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 entry = sysctl_of(own_file(task, ctx[0])), fqdir;

	fqdir = read_word(ADDRESS(entry, struct ctl_table, data)) -
		bpf_core_field_offset(struct fqdir, high_thresh);
	reassembly_bytes = read_word(ADDRESS(fqdir, struct fqdir, mem));
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

static __always_inline void describe_device(struct found_object *object,
					    __u64 address)
{
	struct net_device *dev = (void *)address;
	const char *kind = BPF_CORE_READ(dev, rtnl_link_ops, kind);
	struct device *parent = BPF_CORE_READ(dev, dev.parent);

	object->ifindex = BPF_CORE_READ(dev, ifindex);
	object->tx_queues = BPF_CORE_READ(dev, num_tx_queues);
	object->rx_queues = BPF_CORE_READ(dev, real_num_rx_queues);
	bpf_core_read_str(object->name, sizeof(object->name), &dev->name);
	if (parent) {
		object->flags |= OBJECT_HARDWARE;
		kind = BPF_CORE_READ(parent, driver, name);
	}
	if (!kind && BPF_CORE_READ(dev, flags) & COMPAT_IFF_LOOPBACK)
		__builtin_memcpy(object->kind, "loopback", sizeof("loopback"));
	if (kind)
		bpf_probe_read_kernel_str(object->kind, sizeof(object->kind),
					  kind);
	if (BPF_CORE_READ(dev, state) & COMPAT_LINK_STATE_START)
		object->flags |= OBJECT_RUNNING;
	if (BPF_CORE_READ(dev, xdp_state[0].prog) ||
	    BPF_CORE_READ(dev, xdp_state[1].prog) ||
	    BPF_CORE_READ(dev, xdp_state[2].prog))
		object->flags |= OBJECT_XDP;
	if (BPF_CORE_READ(dev, netdev_ops, ndo_xdp_xmit))
		object->flags |= OBJECT_SENDS_FRAMES;
}

/* ctx[0]: a namespace; ctx[1]: where to go on, or 0 */
SEC("raw_tp")
int holders_devices(__u64 *ctx)
{
	__u64 head = ADDRESS(ctx[0], struct net, dev_base_head), dev;
	__u64 entry = ctx[1] ? ctx[1] : read_word(head);
	struct found_object *object;
	__u32 i;

	go_on = 0;
	for (i = 0; i < DEVICES_A_RUN; i++) {
		if (!entry || entry == head)
			return 0;
		dev = entry -
		      bpf_core_field_offset(struct net_device, dev_list);
		object = add_object(dev);
		if (object) {
			object->netns = inode_of_net(ctx[0]);
			describe_device(object, dev);
		}
		entry = read_word(entry);
	}
	go_on = entry;
	return 0;
}

/* ctx[0]: a device; ctx[1]: where to go on, or 0 */
SEC("raw_tp")
int holders_napis(__u64 *ctx)
{
	__u64 head = ADDRESS(ctx[0], struct net_device, napi_list);
	__u64 entry = ctx[1] ? ctx[1] : read_word(head);
	__u32 i;

	go_on = 0;
	for (i = 0; i < NAPIS_A_RUN; i++) {
		if (!entry || entry == head)
			return 0;
		add_gro(entry - bpf_core_field_offset(struct napi_struct,
						      dev_list),
			i);
		entry = read_word(entry);
	}
	go_on = entry;
	return 0;
}

/* ctx[0]: a device: its bulk queues of frames, a per-CPU object */
SEC("raw_tp")
int holders_device_bulk(__u64 *ctx)
{
	__u64 bulk = compat_device_bulk_at(ctx[0]);
	struct found_queue *queue;
	__u32 index = queue_count;

	if (!bulk)
		return 0;
	bulk = read_word(bulk);
	if (!bulk)
		return 0;
	add_queue(SHAPE_FRAMES, PLACE_BULK,
		  ADDRESS(bulk, struct xdp_dev_bulk_queue, q), 0, 0);
	queue = bpf_map_lookup_elem(&found_queues, &index);
	if (queue)
		queue->percpu =
			bpf_core_field_offset(struct xdp_dev_bulk_queue,
					      count) -
			bpf_core_field_offset(struct xdp_dev_bulk_queue, q);
	return 0;
}

/*
 * ctx[0]: a device, ctx[1]: its transmit queues. Bytes that its ring has, by
 * byte queue limits; bql_used is false where the driver does not count them.
 */
SEC("raw_tp")
int holders_transmitting(__u64 *ctx)
{
	struct net_device *dev = (void *)ctx[0];
	__u64 at = (__u64)BPF_CORE_READ(dev, _tx);
	__u32 queued, completed, i;

	bql_used = false;
	bql_bytes = 0;
	if (!compat_has_bql())
		return 0;
	if (ctx[1] > TX_QUEUES_MAX)
		found_lost++;
	for (i = 0; i < TX_QUEUES_MAX && i < ctx[1]; i++) {
		queued = read_half(
			ADDRESS(at, struct netdev_queue, dql.num_queued));
		completed = read_half(
			ADDRESS(at, struct netdev_queue, dql.num_completed));
		bql_used |= queued != 0;
		bql_bytes += queued - completed;
		at += bpf_core_type_size(struct netdev_queue);
	}
	return 0;
}

/* ctx[0]: which queue; ctx[1]: where its count is */
SEC("raw_tp")
int holders_bulk_count(__u64 *ctx)
{
	__u32 index = ctx[0];
	struct found_queue *queue = bpf_map_lookup_elem(&found_queues, &index);

	if (!queue)
		return 0;
	queue->packets = read_half(ctx[1]);
	queue->size = queue->packets;
	return 0;
}

/* ctx[0]: a veth device, ctx[1]: its receive queues */
SEC("raw_tp")
int holders_veth(__u64 *ctx)
{
	struct veth_priv *priv = (void *)compat_netdev_priv(ctx[0]);
	__u64 rq;
	__u32 i;

	if (!compat_has_veth())
		return 0;
	rq = (__u64)BPF_CORE_READ(priv, rq);
	if (ctx[1] > RINGS_MAX)
		found_lost++;
	for (i = 0; i < RINGS_MAX && i < ctx[1] && rq; i++) {
		if (compat_veth_has_ring(rq))
			add_ring(SHAPE_RING_LOW_FRAME, PLACE_RING,
				 ADDRESS(rq, struct veth_rq, xdp_ring), i);
		rq += bpf_core_type_size(struct veth_rq);
	}
	return 0;
}

/* ctx[0]: a tun or tap device */
SEC("raw_tp")
int holders_tun(__u64 *ctx)
{
	__u64 priv = compat_netdev_priv(ctx[0]), file;
	__u32 count, i;

	if (!compat_has_tun())
		return 0;
	count = read_half(ADDRESS(priv, struct tun_struct, numqueues));
	for (i = 0; i < RINGS_MAX && i < count; i++) {
		file = read_word(ADDRESS(priv, struct tun_struct, tfiles) +
				 i * sizeof(file));
		if (!file)
			continue;
		add_ring(SHAPE_RING_LOW_FRAME, PLACE_RING,
			 ADDRESS(file, struct tun_file, tx_ring), i);
		/* for its NAPI, on the way in */
		add_skb_queue(PLACE_INPUT,
			      ADDRESS(file, struct tun_file, sk.sk_write_queue),
			      i);
	}
	return 0;
}

static __always_inline void add_array(__u32 shape, __u32 place, __u64 array,
				      __u32 first, __u32 count, __u32 size,
				      __u64 pool, __u32 number)
{
	__u32 index = queue_count;
	struct found_queue *queue;

	if (!array || !count || first >= size || count > size)
		return;
	add_queue(shape, place, array, count, number);
	queue = bpf_map_lookup_elem(&found_queues, &index);
	if (!queue)
		return;
	queue->first = first;
	queue->size = size;
	queue->pool = pool;
}

/*
 * Slots that the device has: not those that wait for a refill, whose pointers
 * are stale, and only with pages of the ring's present pool.
 */
static __always_inline void add_mvneta_rx(__u64 address, __u32 number)
{
	struct mvneta_rx_queue *rxq = (void *)address;
	__u32 size = BPF_CORE_READ(rxq, size);
	__u32 waiting = BPF_CORE_READ(rxq, refill_num);

	if (BPF_CORE_READ(rxq, descs) && waiting <= size)
		add_array(SHAPE_PAGES, PLACE_RX_RING,
			  (__u64)BPF_CORE_READ(rxq, buf_virt_addr),
			  BPF_CORE_READ(rxq, next_desc_to_proc), size - waiting,
			  size, (__u64)BPF_CORE_READ(rxq, page_pool), number);
}

static __always_inline void add_mvneta_tx(__u64 address, __u32 number)
{
	struct mvneta_tx_queue *txq = (void *)address;

	if (BPF_CORE_READ(txq, descs))
		add_array(SHAPE_TX_BUFFERS, PLACE_TX_RING,
			  (__u64)BPF_CORE_READ(txq, buf),
			  BPF_CORE_READ(txq, txq_get_index),
			  BPF_CORE_READ(txq, count), BPF_CORE_READ(txq, size),
			  0, number);
}

/* ctx[0]: an mvneta device, ctx[1], ctx[2]: its receive, transmit queues */
SEC("raw_tp")
int holders_mvneta(__u64 *ctx)
{
	struct mvneta_port *port = (void *)compat_netdev_priv(ctx[0]);
	__u64 rxq, txq;
	__u32 i;

	if (!compat_has_mvneta())
		return 0;
	rxq = (__u64)BPF_CORE_READ(port, rxqs);
	txq = (__u64)BPF_CORE_READ(port, txqs);
	for (i = 0; i < 8; i++) {
		if (rxq && i < ctx[1])
			add_mvneta_rx(rxq + i * bpf_core_type_size(
							struct mvneta_rx_queue),
				      i);
		if (txq && i < ctx[2])
			add_mvneta_tx(txq + i * bpf_core_type_size(
							struct mvneta_tx_queue),
				      i);
	}
	return 0;
}

/* ---- queueing disciplines ---- */

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

/* ---- neighbours ---- */

/* ctx[0]: a device; its tables of neighbours, of IPv4 and IPv6 */
SEC("raw_tp")
int holders_neighbour_tables(__u64 *ctx)
{
	struct net_device *dev = (void *)ctx[0];
	__u64 table = (__u64)BPF_CORE_READ(dev, ip_ptr, arp_parms, tbl);

	if (table)
		add_object(table);
	if (!compat_has_ipv6_neighbours())
		return 0;
	table = (__u64)BPF_CORE_READ(dev, ip6_ptr, nd_parms, tbl);
	if (table)
		add_object(table);
	return 0;
}

/* One bucket; a global function: verified once. */
__noinline int visit_neighbours(__u64 bucket)
{
	__u64 neighbour = read_word(bucket);
	__u32 i;

	for (i = 0; i < NEIGHBOURS_A_BUCKET && neighbour; i++) {
		add_skb_queue(PLACE_NEIGHBOUR,
			      ADDRESS(neighbour, struct neighbour, arp_queue),
			      0);
		neighbour = compat_neighbour_next(neighbour);
	}
	if (neighbour)
		found_lost++;
	return 0;
}

/* ctx[0]: a table of neighbours; ctx[1]: the first bucket */
SEC("raw_tp")
int holders_neighbours(__u64 *ctx)
{
	struct neigh_table *table = (void *)ctx[0];
	__u64 hash = (__u64)BPF_CORE_READ(table, nht);
	__u32 shift =
		read_half(ADDRESS(hash, struct neigh_hash_table, hash_shift));
	__u64 buckets = compat_neighbour_buckets(hash);
	__u32 i, number;

	go_on = 0;
	if (!ctx[1])
		add_skb_queue(PLACE_NEIGHBOUR,
			      ADDRESS(table, struct neigh_table, proxy_queue),
			      0);
	for (i = 0; i < BUCKETS_A_RUN; i++) {
		number = ctx[1] + i;
		if (!buckets || number >= 1U << (shift & 31))
			return 0;
		visit_neighbours(buckets + number * sizeof(__u64));
	}
	go_on = ctx[1] + BUCKETS_A_RUN;
	return 0;
}

/* ---- BPF maps ---- */

__noinline int visit_cpumap_entry(__u64 address, __u32 cpu)
{
	struct bpf_cpu_map_entry *entry = (void *)address;
	struct found_queue *queue;
	__u32 index = queue_count;
	__u64 bulk, gro;

	if (!compat_has_cpumap())
		return 0;
	bulk = (__u64)BPF_CORE_READ(entry, bulkq);
	if (bulk) {
		add_queue(SHAPE_FRAMES, PLACE_BULK,
			  ADDRESS(bulk, struct xdp_bulk_queue, q), 0, cpu);
		queue = bpf_map_lookup_elem(&found_queues, &index);
		if (queue)
			queue->percpu =
				bpf_core_field_offset(struct xdp_bulk_queue,
						      count) -
				bpf_core_field_offset(struct xdp_bulk_queue, q);
	}
	add_ring(SHAPE_RING_LOW_PACKET, PLACE_RING,
		 (__u64)BPF_CORE_READ(entry, queue), cpu);
	gro = compat_cpumap_gro_at(address);
	if (!gro)
		return 0;
	return add_gro_lists(ADDRESS(gro, struct gro_node, hash),
			     ADDRESS(gro, struct gro_node, rx_list), cpu);
}

/* ctx[0]: our descriptor of a cpumap, ctx[1]: its entries */
SEC("raw_tp")
int holders_cpumap(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_cpu_map *map =
		BPF_CORE_READ(own_file(task, ctx[0]), private_data);
	__u64 entries, entry;
	__u32 i;

	if (!compat_has_cpumap())
		return 0;
	entries = (__u64)BPF_CORE_READ(map, cpu_map);
	if (ctx[1] > RINGS_MAX)
		found_lost++;
	for (i = 0; i < RINGS_MAX && i < ctx[1]; i++) {
		entry = read_word(entries + i * sizeof(entry));
		if (entry)
			visit_cpumap_entry(entry, i);
	}
	return 0;
}

#endif
