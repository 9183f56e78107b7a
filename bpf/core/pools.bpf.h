/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pool slots: which pool has which slot, what that pool is, when a slot may go
 * to the next one, and what is kept of a pool whose slot went before a reader
 * came.
 */
#ifndef NETMEM_POOLS_BPF_H
#define NETMEM_POOLS_BPF_H

#include "bpf/compat/netdevs.bpf.h"
#include "bpf/compat/page_pool.bpf.h"
#include "bpf/core/config.bpf.h"

#define POOL_PROBES 8
#define POOL_REUSE_NS 10000000000ULL
#define POOL_WHOLE_NS 50000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLOT_COUNT);
	__type(key, __u32);
	__type(value, struct pool_record);
} pools __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FOLDED_MAX);
	__type(key, __u32);
	__type(value, struct folded_pools);
} folded __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, UNTRACKED_MAX);
	__type(key, struct untracked_key);
	__type(value, struct pool_identity);
} untracked __weak SEC(".maps");

static __always_inline struct pool_record *pool_record(__u32 slot)
{
	return bpf_map_lookup_elem(&pools, &slot);
}

static __always_inline __u32 pool_hash(__u64 pool)
{
	return pool * 0x9e3779b97f4a7c15ULL >> 52;
}

static __always_inline bool pool_is_live(const struct pool_record *record)
{
	return record->status == POOL_ACTIVE ||
	       record->status == POOL_DESTROYED;
}

/* The slot of a live pool, SLOT_NONE when it has none. */
static __always_inline __u32 pool_find(__u64 pool)
{
	__u32 slot = pool_hash(pool), probe;
	struct pool_record *record;

	for (probe = 0; probe < POOL_PROBES; probe++) {
		slot = (slot + (probe > 0)) & (SLOT_COUNT - 1);
		record = pool_record(slot);
		if (!record)
			return SLOT_NONE;
		if (record->id.pool == pool && pool_is_live(record) && slot)
			return slot;
	}
	return SLOT_NONE;
}

/* The address of the pool in a live slot, else 0. */
static __always_inline __u64 live_pool(__u32 slot)
{
	struct pool_record *record = pool_record(slot);

	return record && pool_is_live(record) ? record->id.pool : 0;
}

static __always_inline bool read_counts(struct page_pool *pool, __u32 *hold,
					__u32 *release)
{
	return !bpf_core_read(hold, sizeof(*hold),
			      &pool->pages_state_hold_cnt) &&
	       !bpf_core_read(release, sizeof(*release),
			      &pool->pages_state_release_cnt.counter);
}

/* A name that is too long is cut. */
static __always_inline void read_name(char *name, __u32 size, const void *from)
{
	if (bpf_probe_read_kernel_str(name, size, from) < 0)
		name[0] = 0;
}

/* Who drives a net device: of a bus device its driver, else its kind. */
static __always_inline void describe_driver(struct pool_identity *id,
					    struct net_device *dev)
{
	const char *kind = compat_netdev_kind(dev);

	if (!kind)
		kind = BPF_CORE_READ(dev, dev.parent, driver, name);
	read_name(id->driver, sizeof(id->driver), kind);
}

static __always_inline void describe_netdev(struct pool_identity *id,
					    struct net_device *dev)
{
	id->ifindex = BPF_CORE_READ(dev, ifindex);
	id->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	read_name(id->device, sizeof(id->device), &dev->name);
	if (!id->driver[0])
		describe_driver(id, dev);
}

/* The net device that this device is part of (veth); NULL: it is on a bus. */
static __always_inline struct net_device *netdev_of(struct device *device)
{
	const char *class_name = BPF_CORE_READ(device, class, name);
	char class[8] = {};

	bpf_probe_read_kernel_str(class, sizeof(class), class_name);
	if (class[0] == 'n' && class[1] == 'e' && class[2] == 't' && !class[3])
		return compat_netdev_of_device(device);
	return NULL;
}

/* A pool's struct device is a bus device, or the one inside a net_device. */
static __always_inline void describe_device(struct pool_identity *id,
					    struct device *device)
{
	struct device_driver *driver = BPF_CORE_READ(device, driver);
	struct net_device *dev = netdev_of(device);

	id->flags |= POOL_HAS_DEVICE;
	if (driver) {
		id->flags |= POOL_DRIVER_BOUND;
		read_name(id->driver, sizeof(id->driver),
			  BPF_CORE_READ(driver, name));
	}
	if (dev) {
		describe_netdev(id, dev);
		return;
	}
	id->bus_device = (__u64)device;
	read_name(id->device, sizeof(id->device),
		  BPF_CORE_READ(device, kobj.name));
}

/* The queue that the pool serves, where its device tells. */
static __always_inline void describe_queue(struct pool_identity *id,
					   struct net_device *dev,
					   struct napi_struct *napi)
{
	__u32 queue = COMPAT_NO_QUEUE;

	if (napi)
		queue = compat_queue_of_napi((__u64)dev, (__u64)napi);
	else if (id->driver[0] == 'v' && id->driver[1] == 'e' &&
		 id->driver[2] == 't' && id->driver[3] == 'h' && !id->driver[4])
		queue = compat_queue_of_veth((__u64)dev, id->pool);
	if (queue == COMPAT_NO_QUEUE)
		return;
	id->queue = queue;
	id->flags |= POOL_HAS_QUEUE;
}

/*
 * The device of a pool that was destroyed already, whose pointers to it may
 * lead nowhere. These are to be trusted:
 *
 *  - Linux 6.8 and later keep the net device that the driver named (slow.netdev)
 *    as long as it is there, and put the loopback of its namespace in its
 *    place, or an address that cannot be read, when it goes;
 *  - a pool that maps for DMA has a reference on its device;
 *  - a net device inside which the pool's device is (veth): when one is
 *    registered there that is older than the destroy, it is the same. Without
 *    a time the driver is just destroying the pool.
 */
static __always_inline void describe_forgotten(struct pool_identity *id,
					       struct page_pool *pool)
{
	struct net_device *named = compat_pool_netdev(pool), *dev = NULL;
	struct device *device = BPF_CORE_READ(pool, p.dev);
	unsigned long ended = BPF_CORE_READ(pool, defer_start), since;

	if (device && id->flags & POOL_DMA_MAP && !netdev_of(device))
		describe_device(id, device);
	else if (device && !named)
		dev = compat_netdev_of_device(device);
	if (dev && compat_netdev_is_registered(dev) && netdev_of(device)) {
		since = compat_netdev_since((__u64)dev);
		if (!ended || (since && (long)(since - ended) < 0))
			describe_device(id, device);
	}
	if (named && compat_netdev_is_registered(named)) {
		if (BPF_CORE_READ(named, ifindex) != COMPAT_LOOPBACK_IFINDEX)
			describe_netdev(id, named);
		else
			id->netns = BPF_CORE_READ(named, nd_net.net, ns.inum);
	}
	if (id->ifindex || (id->flags & POOL_DRIVER_BOUND && !named))
		return;
	if (device || named || compat_pool_napi(pool))
		id->flags |= POOL_FORGOTTEN;
}

/* What page_pool_create() sets and nobody changes: a pool has it to its end. */
static __always_inline __u32 sum_parameters(struct page_pool *pool)
{
	return (__u32)(__u64)BPF_CORE_READ(pool, p.dev) ^
	       BPF_CORE_READ(pool, p.pool_size) << 8 ^
	       BPF_CORE_READ(pool, p.order) ^
	       BPF_CORE_READ(pool, ring.size) << 16;
}

static __always_inline void describe_kind(struct pool_identity *id,
					  struct page_pool *pool)
{
	__u32 flags = compat_pool_flags(pool);
	int cpu = compat_pool_cpu(pool);

	id->netlink_id = compat_pool_netlink_id(pool);
	id->xdp_mem_id = compat_pool_xdp_mem_id(pool);
	id->order = BPF_CORE_READ(pool, p.order);
	id->pool_size = BPF_CORE_READ(pool, p.pool_size);
	id->parameters = sum_parameters(pool);
	if (flags & COMPAT_PP_FLAG_DMA_MAP)
		id->flags |= POOL_DMA_MAP;
	if (flags & COMPAT_PP_FLAG_PAGE_FRAG)
		id->flags |= POOL_FRAGMENTS;
	if (compat_dma_tracked())
		id->flags |= POOL_DMA_TRACKED;
	if (compat_is_provided(pool))
		id->flags |= POOL_PROVIDED;
	if (cpu >= 0) {
		id->flags |= POOL_OF_CPU;
		id->cpu = cpu;
	}
}

static __always_inline void describe_living(struct pool_identity *id,
					    struct page_pool *pool)
{
	struct net_device *dev = compat_pool_netdev(pool);
	struct napi_struct *napi = compat_pool_napi(pool);
	struct device *device = BPF_CORE_READ(pool, p.dev);

	if (napi) {
		id->napi_id = BPF_CORE_READ(napi, napi_id);
		if (!dev)
			dev = BPF_CORE_READ(napi, dev);
	}
	if (device)
		describe_device(id, device);
	if (dev)
		describe_netdev(id, dev);
	else if (device)
		dev = netdev_of(device);
	if (dev)
		describe_queue(id, dev, napi);
}

static __always_inline struct untracked_key untracked_key(__u64 pool)
{
	return (struct untracked_key){
		.pool = pool,
		.netlink_id = compat_pool_netlink_id((void *)pool),
		.parameters = sum_parameters((void *)pool),
	};
}

/* Where the identity of a pool stands: in its slot, or among those without. */
static __always_inline struct pool_identity *identity_of(__u32 slot, __u64 pool)
{
	struct pool_record *record;
	struct untracked_key key;

	if (slot == SLOT_NONE) {
		key = untracked_key(pool);
		return bpf_map_lookup_elem(&untracked, &key);
	}
	record = pool_record(slot);
	if (!record)
		return NULL;
	/* The verifier refuses an offset before the check. */
	barrier_var(record);
	return &record->id;
}

/*
 * Reads who a pool is; once per pool, so cost does not matter. Returns whether
 * it is alive: 0 when it was destroyed already and only waits for its pages.
 * Global and weak as pool_begin().
 */
__weak __noinline int describe_pool(__u32 slot, __u64 address)
{
	struct pool_identity *id = identity_of(slot, address);
	struct page_pool *pool = (void *)address;
	bool gone = BPF_CORE_READ(pool, destroy_cnt);

	if (!id)
		return 0;
	__builtin_memset(id, 0, sizeof(*id));
	id->pool = address;
	describe_kind(id, pool);
	if (gone)
		describe_forgotten(id, pool);
	else
		describe_living(id, pool);
	return !gone;
}

/*
 * When a pool that we found destroyed was, by our clock; 0: nobody knows. Before
 * the kernel notes it, it is being destroyed now.
 */
static __always_inline __u64 destroyed_since(__u64 addr)
{
	__u64 detached, now = bpf_ktime_get_ns();

	if (!compat_keeps_detached())
		return 0;
	detached = compat_pool_detached((void *)addr);
	return detached ? now - (bpf_ktime_get_boot_ns() - detached) : now;
}

/* The last samples of a pool that reported 0 in flight, against its windows. */
static __always_inline bool
incarnation_is_complete(const struct pool_record *record)
{
	struct stream_sample hold = { record->final_hold, record->hold_seen };
	struct stream_sample release = { record->final_release,
					 record->release_seen };

	return window_judge(&record->windows.hold, hold) == WINDOW_COMPLETE &&
	       window_judge(&record->windows.release, release) ==
		       WINDOW_COMPLETE &&
	       record->windows.trust == TRUST_FULL;
}

/*
 * May a slot go to another pool? When it is free; when its pool is gone, all
 * its events came, and neither a judgement nor a reader waits; or when it is
 * gone for long. Pools that come and go at one address must not fill its
 * probes: a reader follows one of them at a time and is done in its next tick.
 */
static __always_inline bool slot_is_vacant(const struct pool_record *record,
					   __u64 now)
{
	__u64 age = now - record->retired_ns;

	if (record->status == POOL_FREE)
		return true;
	if (record->status != POOL_RETIRED)
		return false;
	return age > POOL_REUSE_NS ||
	       (age > POOL_WHOLE_NS && !record->suspected &&
		record->watched_seq != record->seq &&
		incarnation_is_complete(record));
}

static __always_inline bool slot_take(struct pool_record *record, __u64 now)
{
	__u32 status = record->status;

	if (!slot_is_vacant(record, now))
		return false;
	return __sync_val_compare_and_swap(&record->status, status,
					   POOL_CLAIMED) == status;
}

/* This CPU's sum for the pool's device: its own entry, else the first. */
static __always_inline struct folded_pools *
folded_of(const struct pool_identity *id)
{
	__u32 index = id->ifindex % (FOLDED_MAX - 1) + 1, first = 0;
	struct folded_pools *sum;

	sum = id->ifindex ? bpf_map_lookup_elem(&folded, &index) : NULL;
	if (sum && !sum->pools) {
		sum->ifindex = id->ifindex;
		sum->netns = id->netns;
		__builtin_memcpy(sum->device, id->device, DEVICE_LEN);
	}
	if (sum && sum->ifindex == id->ifindex && sum->netns == id->netns)
		return sum;
	return bpf_map_lookup_elem(&folded, &first);
}

/* Keeps what a reader would miss when a slot changes hands before it came. */
static __always_inline void fold_incarnation(const struct pool_record *record)
{
	const struct pool_windows *windows = &record->windows;
	__u64 conclusive = windows->complete_events, events;
	struct folded_pools *sum = folded_of(&record->id);

	events = (__u32)(record->final_hold - windows->hold.counted) +
		 (__u64)(__u32)(record->final_release -
				windows->release.counted);
	if (incarnation_is_complete(record))
		conclusive += events;
	if (!sum)
		return;
	/* Per processor, but programs interrupt each other. */
	__sync_fetch_and_add(&sum->pools, 1);
	__sync_fetch_and_add(&sum->events, windows->complete_events +
						   windows->other_events +
						   events);
	__sync_fetch_and_add(&sum->conclusive, conclusive);
}

/* How we came to know a pool. */
enum pool_origin {
	ORIGIN_BORN, /* by its first event, or before any */
	ORIGIN_OLDER, /* by the scan or registry at arming */
	ORIGIN_MET, /* else: it was idle, or its first events were lost */
};

/* A pool with more events than this before we met it was there before us. */
#define HEAD_MAX 4096

/*
 * What a pool that we met late did before: lost to us, if it is young. Its
 * words are not to be trusted before a scan.
 */
static __always_inline void begin_late(struct pool_windows *windows,
				       __u64 address)
{
	struct page_pool *pool = (void *)address;
	__u64 head =
		(__u64)BPF_CORE_READ(pool, pages_state_hold_cnt) +
		(__u32)BPF_CORE_READ(pool, pages_state_release_cnt.counter);

	/* It has had no page: nothing was lost. */
	if (!head)
		return;
	windows->trust = TRUST_LOST;
	windows->gaps = 1;
	windows->other_events = head <= HEAD_MAX ? head : 0;
}

/* A pool born under our eyes has offset 0; others wait for the loader. */
static __always_inline void begin_windows(struct pool_windows *windows,
					  bool born_seen)
{
	windows->hold.offset = 0;
	windows->hold.counted = 0;
	windows->hold.open = born_seen;
	windows->release.offset = 0;
	windows->release.counted = 0;
	windows->release.open = born_seen;
	windows->gaps = 0;
	windows->trust = TRUST_FULL;
	windows->complete_events = 0;
	windows->other_events = 0;
}

/*
 * A slot that was taken begins anew for this pool. A global function: verified by
 * itself, so that hooks stay small for the verifier; weak, because each linked
 * object brings it.
 */
__weak __noinline int pool_begin(__u32 slot, __u64 pool, __u32 origin)
{
	struct pool_record *record = pool_record(slot);
	bool born_seen = origin == ORIGIN_BORN, alive;

	if (!record)
		return 0;
	if (record->id.pool)
		fold_incarnation(record);
	begin_windows(&record->windows, born_seen);
	if (origin == ORIGIN_MET && seeding != SEEDING_ALL)
		begin_late(&record->windows, pool);
	alive = describe_pool(slot, pool);
	if (born_seen)
		record->id.flags |= POOL_BORN_SEEN;
	record->seq++;
	record->generation++;
	record->net_iov = 0;
	record->destroyed_ns = alive ? 0 : destroyed_since(pool);
	record->retired_ns = 0;
	record->final_hold = 0;
	record->final_release = 0;
	record->final_inflight = 0;
	record->hold_stack_depth = 0;
	record->suspected = 0;
	record->born_age = age_now();
	record->outside = 0;
	record->unstepped = 0;
	record->pages_outside = 0;
	record->hold_seen = 0;
	record->hold_last = 0;
	record->inside = 0;
	record->met = 0;
	record->function_lost = 0;
	record->frag_page = 0;
	record->take_stacks = 0;
	record->destroying = 0;
	record->stacks_due[0] = 0;
	record->stacks_due[1] = 0;
	record->frames = 0;
	record->frames_misaligned = 0;
	record->misaligned_stored = 0;
	record->release_seen = 0;
	record->status = alive ? POOL_ACTIVE : POOL_DESTROYED;
	return 1;
}

/* Who is not tracked, once a pool. Global and weak as pool_begin(). */
__weak __noinline int note_untracked(__u64 pool)
{
	static const struct pool_identity unknown;
	struct untracked_key key = untracked_key(pool);

	if (bpf_map_lookup_elem(&untracked, &key))
		return 0;
	bpf_map_update_elem(&untracked, &key, &unknown, BPF_NOEXIST);
	if (bpf_map_lookup_elem(&untracked, &key))
		describe_pool(SLOT_NONE, pool);
	else
		COUNT(pools_unlisted);
	return 0;
}

/* Gives a pool its slot; SLOT_NONE when its probes are all taken. */
__weak __noinline __u32 pool_claim(__u64 pool, __u32 origin)
{
	__u32 slot = pool_hash(pool), probe;
	__u64 now = bpf_ktime_get_ns();
	struct pool_record *record;

	for (probe = 0; probe < POOL_PROBES; probe++) {
		slot = (slot + (probe > 0)) & (SLOT_COUNT - 1);
		record = pool_record(slot);
		if (!record)
			return SLOT_NONE;
		if (slot && slot_take(record, now))
			goto taken;
	}
	note_untracked(pool);
	return SLOT_NONE;
taken:
	pool_begin(slot, pool, origin);
	return slot;
}

/* The origin of a pool that the scan or the registry finds. */
static __always_inline enum pool_origin found_origin(void)
{
	return seeding ? ORIGIN_OLDER : ORIGIN_MET;
}

/*
 * Is there a page_pool at this address? For pointers that were read from a
 * page which may have gone to another user meanwhile.
 */
static __always_inline bool looks_like_pool(__u64 address)
{
	struct page_pool *pool = (void *)address;
	__u32 cached = ~0U, size = 0;

	if (!address || address & 63)
		return false;
	if (bpf_core_read(&cached, sizeof(cached), &pool->alloc.count) ||
	    bpf_core_read(&size, sizeof(size), &pool->ring.size))
		return false;
	return cached <= AUDIT_CACHE_MAX && size && size <= 1U << 16;
}

/*
 * Its last page is back, or its memory is freed: the destroy event is over,
 * and a slot claimed now would stay for ever.
 */
static __always_inline bool pool_is_over(struct page_pool *pool)
{
	__u32 hold = BPF_CORE_READ(pool, pages_state_hold_cnt);
	__u32 release = BPF_CORE_READ(pool, pages_state_release_cnt.counter);

	if (!BPF_CORE_READ(pool, ring.queue))
		return true;
	return BPF_CORE_READ(pool, destroy_cnt) && hold == release;
}

/*
 * The kernel freed the pool, and no event told us. It frees a pool when as many
 * pages left as entered: what is missing of either number is lost.
 */
static __always_inline void pool_end_unseen(struct pool_record *record,
					    __u32 status)
{
	const struct pool_windows *windows = &record->windows;
	__u32 hold = windows->hold.offset + record->hold_seen;
	__u32 release = windows->release.offset + record->release_seen;
	__u32 count = (__s32)(hold - release) > 0 ? hold : release;

	record->final_hold = count;
	record->final_release = count;
	record->final_inflight = 0;
	record->retired_ns = bpf_ktime_get_ns();
	if (__sync_val_compare_and_swap(&record->status, status,
					POOL_RETIRED) == status)
		COUNT(ends_unseen);
}

/*
 * To be asked after a pool was read: is what was read still that pool's? The
 * event of its end may be lost; then its memory may have another user, and the
 * slot is given up. Global and weak as pool_begin().
 */
__weak __noinline int pool_is_there(__u32 slot)
{
	struct pool_record *record = pool_record(slot);
	struct page_pool *pool;
	__u32 status;

	if (!record || !pool_is_live(record))
		return 0;
	status = record->status;
	pool = (void *)record->id.pool;
	if (looks_like_pool((__u64)pool) &&
	    sum_parameters(pool) == record->id.parameters &&
	    compat_pool_netlink_id(pool) == record->id.netlink_id)
		return 1;
	pool_end_unseen(record, status);
	return 0;
}

#endif
