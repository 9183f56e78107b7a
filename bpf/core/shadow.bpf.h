/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shadow: one word per page frame, one slot per pool, evidence of broken
 * transitions. Hooks include this, translate their event and call
 * shadow_event(); nothing else changes a word.
 *
 * Rules of the hot path: no lock, no hash (unless the frames are too sparse
 * for an array), no stack trace. A net_iov has no frame: its word is in the
 * hash, by its reference, which stands where a page has its frame number.
 *
 * Kernels before 5.12 refuse compare-and-swap even in dead code: for them all
 * of bpf/ is compiled once more, with compat/plain.h. A race that is lost there
 * shows as a gap in its window.
 *
 * Maps and configuration are weak: each object of bpf/ that includes this is
 * linked into one, which keeps the first definition.
 */
#ifndef NETMEM_SHADOW_BPF_H
#define NETMEM_SHADOW_BPF_H

#include "bpf/compat/compat.bpf.h"
#include "model/records.h"

#define POOL_PROBES 8
#define CMPXCHG_RETRIES 4
#define POOL_REUSE_NS 10000000000ULL
#define POOL_WHOLE_NS 50000000ULL

/* Set by the loader before the load. */
const volatile __u64 page_base __weak = 0; /* struct page of frame 0 */
/* Direct map: address of frame 0, calibrated like the page base. 0: unknown. */
const volatile __u64 direct_base __weak = 0;
const volatile __u32 page_shift __weak = 12;
const volatile __u64 frame_first __weak = 0;
const volatile __u64 frame_count __weak = 0; /* frames in the shadow */
const volatile bool shadow_sparse __weak = false;
const volatile bool recording __weak = false;
const volatile __u32 evidence_slots __weak = EVIDENCE_SLOTS;

/* Test-only filters: swallow events as a lossy machine would. 0: off. */
const volatile __u32 swallow_hold_every __weak = 0;
const volatile __u32 swallow_hold_bulk __weak = 1;
const volatile __u32 swallow_release_every __weak = 0;
/* The first program leaves these to the second, as if the kernel skipped it. */
const volatile __u32 leave_hold_every __weak = 0;
const volatile __u32 leave_release_every __weak = 0;

/* The one switch: hooks do nothing before it is set. */
bool armed __weak = false;
/* True while the loader looks for the pools that are older than us. */
bool seeding __weak = false;
/* CLOCK_MONOTONIC at arming, for those who come later (pinned mode). */
__u64 armed_ns __weak = 0;
/* What the kernel skipped before arming, which lost nothing. */
__u64 early_hold_misses __weak = 0;
__u64 early_release_misses __weak = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} shadow __weak SEC(".maps");

/*
 * Words of net_iovs, and of all pages where the frames are too sparse for an
 * array. Preallocated: nothing but a full map keeps a word out, and none is
 * taken out again, so that a word stays the word of its key.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} shadow_hash __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLOT_COUNT);
	__type(key, __u32);
	__type(value, struct pool_record);
} pools __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CHECK_COUNT *EVIDENCE_SLOTS);
	__type(key, __u32);
	__type(value, struct evidence_record);
} evidence __weak SEC(".maps");

/* Violations per check, those that found no evidence slot included. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CHECK_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} violations __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_counters);
} counters __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FOLDED_MAX);
	__type(key, __u32);
	__type(value, struct folded_pools);
} folded __weak SEC(".maps");

/* Recordings only. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events __weak SEC(".maps");

static __always_inline struct hook_counters *hook_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* Per processor, but a program that interrupts another counts there as well. */
#define COUNT(member)                                          \
	({                                                     \
		struct hook_counters *c__ = hook_counters();   \
		if (c__)                                       \
			__sync_fetch_and_add(&c__->member, 1); \
	})

static __always_inline __u32 age_now(void)
{
	return bpf_jiffies64() >> AGE_SHIFT & WORD_MASK(WORD_AGE_BITS);
}

static __always_inline __u64 frame_of(__u64 page)
{
	__u64 distance = page - page_base;

	if (compat_is_net_iov(page))
		return page;
	/* 64 bytes nearly everywhere: then the division is a shift. */
	if (compat_page_size() == 64)
		return distance >> 6;
	return distance / compat_page_size();
}

static __always_inline __u64 page_of(__u64 frame)
{
	if (frame_is_net_iov(frame))
		return frame;
	return page_base + frame * compat_page_size();
}

/* Is the word made when it is first wanted? */
static __always_inline bool is_hashed(__u64 frame)
{
	return shadow_sparse || frame_is_net_iov(frame);
}

static __noinline __u64 *hashed_word(__u64 frame, bool create)
{
	__u64 *word = bpf_map_lookup_elem(&shadow_hash, &frame), zero = 0;

	if (word || !create)
		return word;
	bpf_map_update_elem(&shadow_hash, &frame, &zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&shadow_hash, &frame);
}

/* The frame's word, or NULL outside the shadow (@create makes hashed ones). */
static __always_inline __u64 *shadow_word(__u64 frame, bool create)
{
	__u32 index = frame - frame_first;

	if (!shadow_sparse && frame - frame_first < frame_count)
		return bpf_map_lookup_elem(&shadow, &index);
	return is_hashed(frame) ? hashed_word(frame, create) : NULL;
}

static __always_inline void count_outside(__u64 frame)
{
	if (frame_is_net_iov(frame))
		COUNT(net_iovs_outside);
	else
		COUNT(frames_outside);
}

static __always_inline struct pool_record *pool_record(__u32 slot)
{
	return bpf_map_lookup_elem(&pools, &slot);
}

static __always_inline __u32 pool_hash(__u64 pool)
{
	return (pool >> 6) * 0x9e3779b97f4a7c15ULL >> 52;
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

static __always_inline void read_name(char *name, const void *from)
{
	if (bpf_probe_read_kernel_str(name, DEVICE_LEN, from) < 0)
		name[0] = 0;
}

static __always_inline void describe_netdev(struct pool_identity *id,
					    struct net_device *dev)
{
	id->ifindex = BPF_CORE_READ(dev, ifindex);
	id->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	read_name(id->device, &dev->name);
}

/*
 * A pool's struct device is a bus device, or the one inside a net_device
 * (veth): the class tells.
 */
static __always_inline void describe_device(struct pool_identity *id,
					    struct device *device)
{
	const char *class_name = BPF_CORE_READ(device, class, name);
	char class[8] = {};

	id->flags |= POOL_HAS_DEVICE;
	if (BPF_CORE_READ(device, driver))
		id->flags |= POOL_DRIVER_BOUND;
	bpf_probe_read_kernel_str(class, sizeof(class), class_name);
	if (class[0] == 'n' && class[1] == 'e' && class[2] == 't' && !class[3])
		describe_netdev(id, (void *)device -
					    bpf_core_field_offset(
						    struct net_device, dev));
	else
		read_name(id->device, BPF_CORE_READ(device, kobj.name));
}

/*
 * Reads who a pool is; once per pool, so cost does not matter. False when the
 * pool was destroyed already and only waits for its pages.
 */
static __always_inline bool describe_pool(struct pool_identity *id, __u64 addr)
{
	struct page_pool *pool = (void *)addr;
	struct net_device *dev = compat_pool_netdev(pool);
	struct napi_struct *napi = compat_pool_napi(pool);
	struct device *device = BPF_CORE_READ(pool, p.dev);
	__u32 flags = compat_pool_flags(pool);
	bool gone = BPF_CORE_READ(pool, destroy_cnt);

	id->pool = addr;
	id->flags = 0;
	id->ifindex = 0;
	id->netns = 0;
	id->napi_id = 0;
	id->queue = 0;
	id->device[0] = 0;
	id->netlink_id = compat_pool_netlink_id(pool);
	id->xdp_mem_id = compat_pool_xdp_mem_id(pool);
	id->order = BPF_CORE_READ(pool, p.order);
	id->pool_size = BPF_CORE_READ(pool, p.pool_size);
	if (flags & COMPAT_PP_FLAG_DMA_MAP)
		id->flags |= POOL_DMA_MAP;
	if (flags & COMPAT_PP_FLAG_PAGE_FRAG)
		id->flags |= POOL_FRAGMENTS;
	if (compat_dma_tracked())
		id->flags |= POOL_DMA_TRACKED;
	if (compat_is_provided(pool))
		id->flags |= POOL_PROVIDED;
	/* A destroyed pool may outlive its device: do not follow pointers. */
	if (gone)
		return false;
	if (napi) {
		id->napi_id = BPF_CORE_READ(napi, napi_id);
		if (!dev)
			dev = BPF_CORE_READ(napi, dev);
	}
	if (device)
		describe_device(id, device);
	if (dev)
		describe_netdev(id, dev);
	return true;
}

/* The last samples of a pool that reported 0 in flight, against its windows. */
static __always_inline bool tenant_is_whole(const struct pool_record *record)
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
		record->watched_life != record->life &&
		tenant_is_whole(record));
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
static __always_inline void fold_tenant(const struct pool_record *record)
{
	const struct pool_windows *windows = &record->windows;
	__u64 conclusive = windows->complete_events, events;
	struct folded_pools *sum = folded_of(&record->id);

	events = (__u32)(record->final_hold - windows->hold.counted) +
		 (__u64)(__u32)(record->final_release -
				windows->release.counted);
	if (tenant_is_whole(record))
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

/* Gives a pool its slot; SLOT_NONE when its probes are all taken. */
static __always_inline __u32 pool_claim(__u64 pool, enum pool_origin origin)
{
	bool born_seen = origin == ORIGIN_BORN;
	__u32 slot = pool_hash(pool), probe;
	__u64 now = bpf_ktime_get_ns();
	struct pool_record *record;
	bool alive;

	for (probe = 0; probe < POOL_PROBES; probe++) {
		slot = (slot + (probe > 0)) & (SLOT_COUNT - 1);
		record = pool_record(slot);
		if (!record)
			return SLOT_NONE;
		if (slot && slot_take(record, now))
			goto taken;
	}
	COUNT(pools_untracked);
	return SLOT_NONE;
taken:
	if (record->id.pool)
		fold_tenant(record);
	begin_windows(&record->windows, born_seen);
	if (origin == ORIGIN_MET)
		begin_late(&record->windows, pool);
	alive = describe_pool(&record->id, pool);
	if (born_seen)
		record->id.flags |= POOL_BORN_SEEN;
	record->life++;
	record->generation++;
	record->net_iov = 0;
	record->destroyed_ns = alive ? 0 : now;
	record->retired_ns = 0;
	record->final_hold = 0;
	record->final_release = 0;
	record->final_inflight = 0;
	record->hold_stack_depth = 0;
	record->suspected = 0;
	record->unstored = 0;
	record->hold_seen = 0;
	record->hold_last = 0;
	record->inside = 0;
	record->met = 0;
	record->function_lost = 0;
	record->frag_page = 0;
	record->take_stacks = 0;
	record->release_seen = 0;
	record->status = alive ? POOL_ACTIVE : POOL_DESTROYED;
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

/* An event, as a hook translated it. */
struct shadow_event {
	__u64 page;
	__u64 frame;
	__u64 pool;
	__u32 event;
	__u32 slot;
	__u32 count;
	__u32 check; /* out */
	__u64 before; /* out */
	__u64 after; /* out */
	__u32 owner_gen; /* out */
};

/*
 * Writes evidence into the next slot of its check. The slot's ready flag is
 * taken by compare-and-swap, so that two processors never share one; full
 * slots only count, with the pool that the violation is charged to.
 */
static __always_inline bool evidence_take(struct evidence_record *record)
{
	return record->ready == EVIDENCE_FREE &&
	       __sync_val_compare_and_swap(&record->ready, EVIDENCE_FREE,
					   EVIDENCE_WRITING) == EVIDENCE_FREE;
}

static __always_inline struct evidence_record *evidence_find(__u32 check)
{
	struct evidence_record *record;
	__u32 slot, index;

	for (slot = 0; slot < EVIDENCE_SLOTS; slot++) {
		if (slot >= evidence_slots)
			break;
		index = check * EVIDENCE_SLOTS + slot;
		record = bpf_map_lookup_elem(&evidence, &index);
		if (record && evidence_take(record)) {
			record->place = index;
			return record;
		}
	}
	return NULL;
}

/* Returns the record filled but not published: the caller may add a stack. */
static __always_inline struct evidence_record *
evidence_fill(const struct shadow_event *event)
{
	__u32 owner = word_slot(event->before), check = event->check;
	struct pool_record *pool = pool_record(event->slot);
	struct pool_record *owner_pool = pool_record(owner);
	struct evidence_record *record;
	__u64 *total;

	total = bpf_map_lookup_elem(&violations, &check);
	if (!total)
		return NULL;
	__sync_fetch_and_add(total, 1);
	if (pool)
		__sync_fetch_and_add(&pool->suspected, 1);
	if (owner_pool)
		__sync_fetch_and_add(&owner_pool->suspected, 1);
	record = evidence_find(check);
	if (!record) {
		if (event->slot != SLOT_NONE && pool)
			__sync_fetch_and_add(&pool->unstored, 1);
		else
			COUNT(evidence_lost);
		return NULL;
	}
	record->check = check;
	record->sequence = *total;
	record->page = event->page;
	record->frame = event->frame;
	record->word = event->before;
	record->time_ns = bpf_ktime_get_ns();
	record->pool = event->pool;
	record->slot = event->slot;
	record->life = pool ? pool->life : 0;
	record->owner_slot =
		state_is_held(word_state(event->before)) ? owner : SLOT_NONE;
	record->owner_life = owner_pool ? owner_pool->life : 0;
	record->event = event->event;
	record->count = event->count;
	record->age_now = age_now();
	record->cpu = bpf_get_smp_processor_id();
	record->pid = 0;
	record->comm[0] = 0;
	record->stack_depth = 0;
	record->detail[0] = 0;
	record->detail[1] = 0;
	record->detail[2] = 0;
	record->detail[3] = 0;
	record->proof = PROOF_EVENTS;
	record->caller = 0;
	record->given = 0;
	record->taken = 0;
	record->recycled = 0;
	return record;
}

static __always_inline void evidence_publish(struct evidence_record *record)
{
	barrier();
	record->ready = EVIDENCE_SUSPECTED;
}

/* Adds task and kernel stack, which tracing hooks have, and publishes. */
static __always_inline void evidence_stack(void *ctx,
					   struct evidence_record *record)
{
	long bytes;

	if (!record)
		return;
	record->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
	bytes = bpf_get_stack(ctx, record->stack, sizeof(record->stack), 0);
	record->stack_depth = bytes > 0 ? bytes / sizeof(__u64) : 0;
	evidence_publish(record);
}

static __noinline void evidence_trace(void *ctx,
				      const struct shadow_event *event)
{
	evidence_stack(ctx, evidence_fill(event));
}

/* One attempt's input: the owner's generation is read for each old word. */
static __always_inline void owner_generation(struct model_input *in, __u64 word)
{
	struct pool_record *owner;

	in->owner_gen = in->pool_gen;
	if (!state_is_held(word_state(word)) || word_slot(word) == in->slot)
		return;
	owner = pool_record(word_slot(word));
	in->owner_gen = owner ? owner->generation : 0;
}

/* Steps a word; false when the retries ran out (then nothing changed). */
static __always_inline bool shadow_step(__u64 *word, __u32 pool_gen,
					struct shadow_event *event)
{
	struct model_input in = {
		.event = event->event,
		.slot = event->slot,
		.pool_gen = pool_gen,
		.age = age_now(),
	};
	__u64 old = *(volatile __u64 *)word, found;
	struct model_result result;
	int retry;

	for (retry = 0; retry < CMPXCHG_RETRIES; retry++) {
		owner_generation(&in, old);
		result = model_step(old, &in);
		found = __sync_val_compare_and_swap(word, old, result.word);
		if (found == old) {
			event->before = old;
			event->after = result.word;
			event->owner_gen = in.owner_gen;
			event->check = result.check;
			return true;
		}
		old = found;
	}
	return false;
}

static __always_inline void record_event(const struct shadow_event *event,
					 __u32 life)
{
	struct event_record *record;

	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		COUNT(recording_lost);
		return;
	}
	record->frame = event->frame;
	record->before = event->before;
	record->after = event->after;
	record->event = event->event;
	record->count = event->count;
	record->slot = event->slot;
	record->life = life;
	record->owner_gen = event->owner_gen;
	record->check = event->check;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

/*
 * Takes one event to its frame's word. False: the event had no effect (frame
 * outside the shadow, or retries exhausted) and must count as unseen.
 */
static __always_inline bool shadow_event(void *ctx, struct pool_record *pool,
					 struct shadow_event *event)
{
	__u64 *word;

	event->frame = frame_of(event->page);
	word = shadow_word(event->frame, true);
	if (!word) {
		count_outside(event->frame);
		return false;
	}
	if (!shadow_step(word, pool->generation, event)) {
		COUNT(steps_lost);
		return false;
	}
	if (event->check != CHECK_NONE)
		evidence_trace(ctx, event);
	if (recording)
		record_event(event, pool->life);
	return true;
}

#endif
