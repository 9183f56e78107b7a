/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs of the holder walk give to user space: objects (network
 * namespaces, devices, queueing disciplines), the queues of an object, and the
 * pages of a queue. Fixed width, declared once, size asserted.
 */
#ifndef NETMEM_HOLDER_RECORDS_H
#define NETMEM_HOLDER_RECORDS_H

#include "model/records.h"

#define FOUND_OBJECTS 1024
#define FOUND_QUEUES 2048
#define FOUND_PAGES 16384

/*
 * HOLDER_PLACE(id, code, text): where in a holder a page can be; the code is for
 * programs and for ever, the text for people. The order within a holder is the
 * way that packets take, so that one that moves on is met again.
 */
#define HOLDER_PLACES(HOLDER_PLACE)                                            \
	HOLDER_PLACE(NONE, "none", "")                                         \
	HOLDER_PLACE(RX_RING, "receive_ring", "receive ring")                  \
	HOLDER_PLACE(BULK, "bulk_queue", "bulk queue")                         \
	HOLDER_PLACE(RING, "ring", "ring")                                     \
	HOLDER_PLACE(GRO_FRAGS, "gro_packet", "GRO packet in the making")      \
	HOLDER_PLACE(GRO, "gro_list", "GRO list")                              \
	HOLDER_PLACE(GRO_READY, "gro_ready", "GRO packets for the stack")      \
	HOLDER_PLACE(INPUT, "backlog_input", "backlog input queue")            \
	HOLDER_PLACE(PROCESS, "backlog_process", "backlog process queue")      \
	HOLDER_PLACE(NEIGHBOUR, "neighbour",                                   \
		     "waits for a neighbour's address")                        \
	HOLDER_PLACE(SOCK_BACKLOG, "socket_backlog", "socket backlog")         \
	HOLDER_PLACE(OUT_OF_ORDER, "out_of_order_queue", "out-of-order queue") \
	HOLDER_PLACE(ARRIVING, "arrival_list", "arrival list")                 \
	HOLDER_PLACE(RECEIVE, "receive_queue", "receive queue")                \
	HOLDER_PLACE(READER, "reader_queue", "reader queue")                   \
	HOLDER_PLACE(ERROR, "error_queue", "error queue")                      \
	HOLDER_PLACE(RX_CACHE, "receive_cache", "receive cache")               \
	HOLDER_PLACE(WRITE, "write_queue", "write queue")                      \
	HOLDER_PLACE(RETRANSMIT, "retransmit_queue", "retransmit queue")       \
	HOLDER_PLACE(QDISC, "qdisc_queue", "queue")                            \
	HOLDER_PLACE(QDISC_FLOW, "qdisc_flow", "flow")                         \
	HOLDER_PLACE(QDISC_REQUEUED, "qdisc_requeued", "requeued packets")     \
	HOLDER_PLACE(QDISC_BAD, "qdisc_stopped",                               \
		     "packets for a stopped queue")                            \
	HOLDER_PLACE(XFRM, "ipsec_backlog", "IPsec transmit backlog")          \
	HOLDER_PLACE(TX_RING, "transmit_ring", "transmit ring")                \
	HOLDER_PLACE(COMPLETION, "completion_queue", "completion queue")       \
	HOLDER_PLACE(DEFERRED, "deferred_frees", "deferred frees")             \
	HOLDER_PLACE(UNKNOWN, "unknown_queue", "queue unknown")

enum holder_place {
#define HOLDER_PLACE(id, code, text) PLACE_##id,
	HOLDER_PLACES(HOLDER_PLACE)
#undef HOLDER_PLACE
		PLACE_COUNT,
};

/* How the packets of a queue hang together. */
enum queue_shape {
	SHAPE_NONE,
	SHAPE_QUEUE, /* struct sk_buff_head, or a list_head of packets */
	SHAPE_CHAIN, /* a pointer to the first, ended by NULL */
	SHAPE_ONE, /* a pointer to one packet */
	SHAPE_TREE, /* struct rb_root */
	SHAPE_RING, /* ptr_ring of packets */
	SHAPE_RING_LOW_FRAME, /* low bit set: struct xdp_frame */
	SHAPE_RING_LOW_PACKET, /* low bit set: packet, else struct xdp_frame */
	SHAPE_FRAMES, /* array of xdp_frame pointers */
	SHAPE_PAGES, /* array of struct page pointers */
	SHAPE_TX_BUFFERS, /* mvneta's array of what it transmits */
};

#define PACKETS_UNKNOWN (~0ULL)

/* A queue of an object. */
struct found_queue {
	__u64 address; /* of its head, or of the array */
	__u64 packets; /* that it says it has, or PACKETS_UNKNOWN */
	__u64 pool; /* only pages of this pool count; 0: any */
	__u32 shape; /* enum queue_shape */
	__u32 place; /* enum holder_place */
	__u32 index; /* queue, band or flow of the object */
	__u32 first; /* arrays: where to begin, ... */
	__u32 size; /* ... and where to wrap */
	__u32 percpu; /* a per-CPU address: distance of its count; 0: is none */
};
RECORD_SIZE(found_queue, 48);

/* A page of a queue: one record for each fragment in it. */
struct found_page {
	__u64 frame; /* of the head page */
	__u32 bytes;
	__u32 reserved;
};
RECORD_SIZE(found_page, 16);

/* The sweep: all packets in the slab pages of their caches. */
#define SWEEP_SLABS (1 << 18)
#define SWEEP_SLABS_A_RUN 8
#define SWEEP_PAGES_A_RUN 1024
#define SWEEP_OBJECTS 512 /* of a slab */
#define SWEEP_CPUS 256
#define SWEPT_PAGES 16384

/* A page of a packet that owns it: one record for each fragment in it. */
struct swept_page {
	__u64 packet; /* address of the sk_buff */
	__u64 frame; /* of the head page */
	__u32 bytes; /* 0: of its head */
	__u32 object; /* of its slab */
};
RECORD_SIZE(swept_page, 24);

/* A packet that was swept; what can be said of it without its queue. */
struct found_packet {
	__u64 destructor; /* address; 0: none */
	__u64 socket;
	__u32 length;
	__u16 protocol; /* host order */
	__u16 reserved;
	__u8 header[64]; /* from its network header on */
};
RECORD_SIZE(found_packet, 88);

/* A cache of packets: where its slabs and free objects are. */
struct packet_cache {
	__u64 address, random, cpu_slab, sheaves;
	__u32 size, object_size, offset, align, left, reserved;
};
RECORD_SIZE(packet_cache, 56);

/* What the self-test found of an address. */
enum sweep_probe {
	SWEEP_IS_OBJECT = 1 << 0, /* of a cache of packets, and on its grid */
	SWEEP_IS_FREE = 1 << 1, /* on a free list */
};

/*
 * The search: all memory where a word may refer to a page that is out.
 * SEARCH_KIND(id, "what it is", "why it is not searched"; NULL: it is; "": nothing
 * of the kernel's is there)
 */
#define SEARCH_KINDS(SEARCH_KIND)                                                                  \
	SEARCH_KIND(SLAB, "slab objects", NULL)                                                    \
	SEARCH_KIND(LARGE, "large kmalloc memory", NULL)                                           \
	SEARCH_KIND(VMALLOC, "vmalloc areas", NULL)                                                \
	SEARCH_KIND(                                                                               \
		KERNEL, "other kernel pages",                                                      \
		"nothing tells who has them (per-CPU memory, rings of devices, what vmalloc has)") \
	SEARCH_KIND(STACK, "task stacks", "most of a stack is stale")                              \
	SEARCH_KIND(BPF, "BPF maps",                                                               \
		    "they hold no pages, and ours have addresses of pages")                        \
	SEARCH_KIND(FREE, "free pages", "")                                                        \
	SEARCH_KIND(USER, "user memory and page cache", "")                                        \
	SEARCH_KIND(POOL, "pages of page pools",                                                   \
		    "packet data, with frames of XDP that may be stale")                           \
	SEARCH_KIND(RESERVED, "memory reserved at boot",                                           \
		    "struct pages, and stacks of interrupts that nobody uses")                     \
	SEARCH_KIND(TABLES, "page tables", "they map all memory")                                  \
	SEARCH_KIND(TYPED, "pages of other types",                                                 \
		    "their contents are not known")                                                \
	SEARCH_KIND(UNREAD, "unreadable memory",                                                   \
		    "the kernel refuses to read it")

enum search_kind {
#define SEARCH_KIND(id, text, why) SEARCH_##id,
	SEARCH_KINDS(SEARCH_KIND)
#undef SEARCH_KIND
		SEARCH_KIND_COUNT,
};

#define SEARCH_HITS 16384
#define SEARCH_A_RUN (1 << 15) /* bytes */
#define SEARCH_CHUNK 4096 /* bytes; the least size of a page */

/* How a word refers to a page. */
enum search_by {
	SEARCH_BY_PAGE, /* the address of its struct page, and low bits */
	SEARCH_BY_ADDRESS, /* an address in its memory */
	SEARCH_BY_AREA, /* not a page: the vm_struct of our own stack */
};

/* A word that refers to a wanted page. */
struct search_hit {
	__u64 at; /* address of the word */
	__u64 pfn; /* of the page */
	__u32 by; /* enum search_by */
	__u32 kind; /* enum search_kind of where it is */
};
RECORD_SIZE(search_hit, 24);

/* What has a word: an object of a slab cache. */
struct found_container {
	__u64 object; /* address; 0: no such one, or its memory changed */
	__u64 array; /* of an xarray's node: the struct xarray */
	__u64 word; /* now */
	__u32 size; /* of the object */
	__u32 is_free;
	__u64 area; /* a vmap_area: where it has its vm_struct */
	char cache[64];
};
RECORD_SIZE(found_container, 104);

#define PEEK_BYTES 512 /* of a page */
#define FOUND_AREAS 65536

/* An area of vmalloc memory. */
struct found_area {
	__u64 first, bytes;
	__u64 caller; /* address of the code that allocated it */
	__u64 pages; /* that it has; 0: they are not its own */
};
RECORD_SIZE(found_area, 32);

/* Where a pool has pages that are not out. */
struct found_pool {
	__u64 ring; /* address of its entries */
	__u64 ring_bytes;
	__u64 bytes; /* of struct page_pool */
};
RECORD_SIZE(found_pool, 24);

/* How a queue's walk ended. */
enum walk_status {
	WALK_DONE,
	WALK_MORE, /* run again to go on */
	WALK_CHANGED, /* it changed under the walk */
	WALK_CUT, /* beyond our bounds */
};

enum object_flags {
	OBJECT_HARDWARE = 1 << 0, /* hangs on a bus device */
	OBJECT_RUNNING = 1 << 1,
	OBJECT_XDP = 1 << 2, /* has an XDP program */
	OBJECT_SENDS_FRAMES = 1 << 3, /* can be asked to send XDP frames */
	OBJECT_DYING = 1 << 4, /* a namespace that no socket of a user is in */
};

/* A network namespace, a device, or a queueing discipline. */
struct found_object {
	__u64 address;
	__u64 netns; /* inode */
	__u32 ifindex;
	__u32 flags; /* enum object_flags */
	__u32 tx_queues, rx_queues;
	__u64 packets; /* queueing discipline: that it says it has */
	__u64 connections; /* namespace: where those of TCP are; 0: not told */
	__u32 index; /* queueing discipline: transmit queue */
	__u32 reserved;
	char name[NAME_LEN]; /* of the device */
	char kind[NAME_LEN]; /* rtnl_link_ops, driver or qdisc: "veth", "tbf" */
};
RECORD_SIZE(found_object, 88);

/* A socket, as its struct sock says. */
struct found_socket {
	__u64 address;
	__u64 netns;
	__u64 inode; /* 0: no struct socket */
	__u16 family, type, protocol, state;
	__u16 local_port, remote_port; /* host order */
	__u32 ifindex; /* bound to this device */
	__u8 local[16], remote[16]; /* IPv4 in the first four bytes */
	__u32 flags; /* enum socket_flags */
	__u32 path_length;
	char path[64]; /* unix: as bound, abstract names begin with 0 */
	char counted_as[NAME_LEN]; /* its name in /proc/net/protocols */
};
RECORD_SIZE(found_socket, 160);

enum socket_flags {
	SOCKET_ALIVE = 1 << 0, /* readable, and somebody refers to it */
	SOCKET_ULP =
		1 << 1, /* an upper layer protocol keeps packets of its own */
	SOCKET_MAPPED = 1 << 2, /* in a sockmap, which does so, too */
	SOCKET_MINI = 1 << 3, /* time-wait or request: no queues of its own */
};

/* What the iterator over files tells of a socket that a process has open. */
struct socket_user {
	__u64 address; /* of the struct sock */
	__u32 pid, fd;
	char comm[NAME_LEN];
};
RECORD_SIZE(socket_user, 32);

#endif
