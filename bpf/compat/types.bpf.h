/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the other headers of this directory are made of. The directory is the
 * only place that knows that kernels differ. Kernel types are declared in it
 * with the members that we read, and relocated by BTF (CO-RE) at load;
 * differences are told by what BTF has, never by version. Each flavour names the
 * change that made it necessary, and so does each member that some kernels lack.
 */
#ifndef NETMEM_COMPAT_TYPES_BPF_H
#define NETMEM_COMPAT_TYPES_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

typedef struct {
	atomic_t refs;
} refcount_t;

struct list_head {
	struct list_head *next, *prev;
};

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

struct ptr_ring {
	int producer;
	int consumer_head;
	int size;
	void **queue;
};

/* ---- devices and network namespaces ---- */

/* The formatter takes this name for C++. */
/* clang-format off */
struct class {
	const char *name;
};
/* clang-format on */

struct kobject {
	const char *name;
};

struct device_driver {
	const char *name;
};

struct device {
	struct kobject kobj;
	struct device *parent;
	struct device_driver *driver;
	struct class *class;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
	struct list_head list;
	struct list_head dev_base_head;
	struct net_generic *gen;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct bpf_xdp_entity {
	struct bpf_prog *prog;
};

struct net_device {
	int ifindex;
	possible_net_t nd_net;
	char name[16];
	struct device dev;
	unsigned long state;
	unsigned int flags;
	struct net_device_ops *netdev_ops;
	struct netdev_queue *_tx;
	unsigned int real_num_rx_queues;
	unsigned int num_tx_queues;
	struct list_head dev_list;
	struct list_head napi_list;
	struct rtnl_link_ops *rtnl_link_ops;
	struct in_device *ip_ptr;
	struct inet6_dev *ip6_ptr;
	struct bpf_xdp_entity xdp_state[3]; /* generic, driver, hardware */
	struct xdp_dev_bulk_queue *
		xdp_bulkq; /* 5.6: "xdp: Move devmap bulk queue into struct net_device" */
};

struct napi_struct {
	struct net_device *dev;
	unsigned int napi_id;
	struct sk_buff *skb;
	struct list_head dev_list;
};

#pragma clang attribute pop

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

#endif
