// SPDX-License-Identifier: GPL-2.0
/*
 * XDP statistics of page_pool frames, and the place where netmem-check looks
 * into live frames. Needs no loader of ours:
 *
 *	ip link set dev DEV xdp obj xdp_netmem_stats.bpf.o sec xdp
 *
 * Each program counts a frame and returns its action: netmem_pass (the first
 * of its section, so `sec xdp` takes it), netmem_drop, netmem_tx,
 * netmem_redirect, netmem_redirect_cpu, netmem_aborted, and the same with
 * _frags in section xdp.frags for multi-buffer frames (5.18).
 *
 * Each frame costs one per-CPU map lookup. One frame in config.sample_mask + 1
 * is looked at closely, and then passed to the program that a running
 * netmem-check keeps in netmem_inspect, if any.
 *
 * No kfuncs, no bpf_loop, no subprograms, no atomics with a result: 5.10 loads
 * the section xdp.
 */
#include "bpf/compat/xdp.bpf.h"

#include <linux/if_ether.h>

#include "model/xdp_records.h"

/* 2^32 and 2^64 over the golden ratio: multiples spread evenly. */
#define GOLDEN32 0x9e3779b1U
#define GOLDEN64 0x9e3779b97f4a7c15ULL
#define REUSE_HASH_SHIFT 54 /* leaves the bits of XDP_REUSE_PAGES - 1 */

_Static_assert(XDP_REUSE_PAGES == 1ULL << (64 - REUSE_HASH_SHIFT),
	       "hash and table disagree");

/* The only read-only data: user/kernel/xdp.c takes .rodata for this struct. */
const volatile struct xdp_config netmem_config = {
	.sample_mask = XDP_SAMPLE - 1,
	.queues = XDP_QUEUES,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XDP_QUEUES);
	__type(key, __u32);
	__type(value, struct xdp_queue_stats);
} netmem_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_sample_stats);
} netmem_samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XDP_QUEUES);
	__type(key, __u32);
	__type(value, struct xdp_rxq_record);
} netmem_rxq SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XDP_REUSE_PAGES);
	__type(key, __u32);
	__type(value, struct xdp_reuse_record);
} netmem_reuse SEC(".maps");

/*
 * A program with fragments and one without cannot share a map that hands
 * frames on (the kernel compares them), hence each of these twice.
 *
 * Key 0: ifindex of the device that netmem_redirect sends to.
 */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} netmem_devmap SEC(".maps"), netmem_dev_frg SEC(".maps");

/* Key config.cpu: length of the queue to that CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} netmem_cpumap SEC(".maps"), netmem_cpu_frg SEC(".maps");

/*
 * Inspectors by action, empty unless a netmem-check is armed; the kernel
 * empties them when their last file descriptor goes. Each must return the
 * action of its slot.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, XDP_ACTIONS);
	__type(key, __u32);
	__type(value, __u32);
} netmem_inspect SEC(".maps"), netmem_insp_frg SEC(".maps");

/* The barriers keep the compiler from checking another copy of the index. */
static __always_inline __u64 clamp(__u64 value, __u64 buckets)
{
	asm volatile("" : "+r"(value));
	if (value >= buckets)
		value = buckets - 1;
	asm volatile("" : "+r"(value));
	return value;
}

static __always_inline __u64 frame_size(struct xdp_md *ctx)
{
	return (void *)(long)ctx->data_end - (void *)(long)ctx->data;
}

static __always_inline __u64 size_bucket(__u64 size)
{
	__u64 bucket = size >> XDP_SMALL_SHIFT;

	asm volatile("" : "+r"(bucket));
	if (__builtin_expect(bucket < XDP_SMALL_BUCKETS, 1))
		return bucket;
	return clamp(XDP_SMALL_BUCKETS + (size >> XDP_LARGE_SHIFT),
		     XDP_SIZE_BUCKETS);
}

static __always_inline __u32 log2_bucket(__u32 value)
{
	__u32 bucket = 0;

#pragma clang loop unroll(full)
	for (__u32 shift = 16; shift; shift >>= 1) {
		if (value >> shift) {
			value >>= shift;
			bucket += shift;
		}
	}
	return bucket & (XDP_REUSE_BUCKETS - 1);
}

/*
 * Counts a sampled frame on its page. The table is a sample of pages: a page
 * whose slot is in use by a page that is still seen is only counted as missed.
 */
static __always_inline void count_reuse(struct xdp_sample_stats *samples,
					__u64 address)
{
	__u32 now = bpf_jiffies64() >> XDP_REUSE_AGE_SHIFT;
	__u64 page = address >> XDP_PAGE_SHIFT;
	__u32 key = page * GOLDEN64 >> REUSE_HASH_SHIFT;
	struct xdp_reuse_record *entry;

	entry = bpf_map_lookup_elem(&netmem_reuse, &key);
	if (!entry)
		return;
	if (entry->page != page) {
		if (entry->page && now - entry->seen < XDP_REUSE_AGE_MAX) {
			samples->reuse_missed++;
			return;
		}
		if (entry->page)
			samples->reuse_ended[log2_bucket(entry->count)]++;
		entry->page = page;
		entry->count = 0;
	}
	entry->seen = now;
	entry->count++;
}

/* Writes only what changed: queues of all CPUs share these lines. */
static __always_inline void describe_queue(struct xdp_sample_stats *samples,
					   struct xdp_rxq_info *rxq,
					   __u32 queue)
{
	__u32 key = clamp(queue, netmem_config.queues);
	struct net_device *dev = BPF_CORE_READ(rxq, dev);
	__u32 type = BPF_CORE_READ(rxq, mem.type);
	__u32 id = BPF_CORE_READ(rxq, mem.id);
	__u32 ifindex = BPF_CORE_READ(dev, ifindex);
	struct xdp_rxq_record *record;

	samples->memory_types[clamp(type, XDP_MEM_TYPES)]++;
	record = bpf_map_lookup_elem(&netmem_rxq, &key);
	if (!record)
		return;
	if (record->ifindex == ifindex && record->memory_type == type &&
	    record->memory_id == id)
		return;
	record->ifindex = ifindex;
	record->memory_type = type;
	record->memory_id = id;
	record->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	BPF_CORE_READ_STR_INTO(&record->device, dev, name);
	record->changes++;
}

/*
 * The verifier lets no program read the struct xdp_buff behind its context.
 * Written to a map and read back, its address is a number, on every kernel
 * and without the kfunc of 6.2. The map is this CPU's and XDP programs do not
 * nest, so that nobody else writes between.
 */
static __always_inline struct xdp_buff *
kernel_context(struct xdp_sample_stats *samples, struct xdp_md *ctx)
{
	volatile __u64 *scratch = &samples->scratch;
	__u64 address;

	*scratch = (__u64)ctx;
	address = *scratch;
	*scratch = 0;
	return (struct xdp_buff *)address;
}

/* The memory behind a frame in one buffer is not a skb_shared_info yet. */
static __always_inline __u32 fragment_count(struct xdp_buff *xdp)
{
	struct skb_shared_info *info = (void *)compat_shared_info(xdp);

	return compat_has_frags(xdp) ? BPF_CORE_READ(info, nr_frags) : 0;
}

static __always_inline void sample(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct xdp_sample_stats *samples;
	struct xdp_buff *xdp;
	__u64 data, start;
	__u32 fragments;

	samples = bpf_map_lookup_elem(&netmem_samples, &key);
	if (!samples)
		return;
	xdp = kernel_context(samples, ctx);
	data = (__u64)BPF_CORE_READ(xdp, data);
	start = (__u64)BPF_CORE_READ(xdp, data_hard_start);
	samples->frames++;
	if (!start) {
		samples->unread++;
		return;
	}
	samples->headroom[clamp((data - start) >> XDP_HEADROOM_SHIFT,
				XDP_HEADROOM_BUCKETS)]++;
	fragments = fragment_count(xdp);
	if (fragments)
		samples->multi_buffer++;
	samples->fragments[clamp(fragments, XDP_FRAG_BUCKETS)]++;
	describe_queue(samples, BPF_CORE_READ(xdp, rxq), ctx->rx_queue_index);
	count_reuse(samples, start);
}

/*
 * Counts a frame; true if it is one of the sample. Multiples of the golden
 * ratio pick frames at uneven distances: with even ones, all samples would
 * fall on the same place of a NAPI batch, and so on the same few pages.
 */
static __always_inline bool count(struct xdp_md *ctx, __u32 action, __u64 size)
{
	__u32 queue = ctx->rx_queue_index;
	struct xdp_verdict_stats *verdict;
	struct xdp_queue_stats *stats;
	__u32 number;

	stats = bpf_map_lookup_elem(&netmem_stats, &queue);
	if (!stats) {
		queue = netmem_config.queues - 1;
		stats = bpf_map_lookup_elem(&netmem_stats, &queue);
		if (!stats)
			return false;
	}
	verdict = xdp_verdict(stats, action);
	number = verdict->packets++;
	verdict->bytes += size;
	stats->sizes[size_bucket(size)]++;
	return !(number * GOLDEN32 >> 16 & netmem_config.sample_mask);
}

static __always_inline int finish(struct xdp_md *ctx, const __u32 action)
{
	if (count(ctx, action, frame_size(ctx))) {
		sample(ctx);
		bpf_tail_call_static(ctx, &netmem_inspect, action);
	}
	return action;
}

static __always_inline int finish_frags(struct xdp_md *ctx, const __u32 action)
{
	if (count(ctx, action, bpf_xdp_get_buff_len(ctx))) {
		sample(ctx);
		bpf_tail_call_static(ctx, &netmem_insp_frg, action);
	}
	return action;
}

/* A frame too short for two addresses is sent back as it is. */
static __always_inline void swap_addresses(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u8 address[ETH_ALEN];

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return;
	__builtin_memcpy(address, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, address, ETH_ALEN);
}

/* Without a target in its map, bpf_redirect_map() returns its flags. */
static __always_inline bool redirect(void *map, __u32 key)
{
	return bpf_redirect_map(map, key, XDP_ABORTED) == XDP_REDIRECT;
}

SEC("xdp")
int netmem_pass(struct xdp_md *ctx)
{
	return finish(ctx, XDP_PASS);
}

SEC("xdp")
int netmem_drop(struct xdp_md *ctx)
{
	return finish(ctx, XDP_DROP);
}

SEC("xdp")
int netmem_tx(struct xdp_md *ctx)
{
	swap_addresses(ctx);
	return finish(ctx, XDP_TX);
}

SEC("xdp")
int netmem_redirect(struct xdp_md *ctx)
{
	if (!redirect(&netmem_devmap, 0))
		return finish(ctx, XDP_ABORTED);
	return finish(ctx, XDP_REDIRECT);
}

SEC("xdp")
int netmem_redirect_cpu(struct xdp_md *ctx)
{
	if (!redirect(&netmem_cpumap, netmem_config.cpu))
		return finish(ctx, XDP_ABORTED);
	return finish(ctx, XDP_REDIRECT);
}

SEC("xdp")
int netmem_aborted(struct xdp_md *ctx)
{
	return finish(ctx, XDP_ABORTED);
}

SEC("xdp.frags")
int netmem_pass_frags(struct xdp_md *ctx)
{
	return finish_frags(ctx, XDP_PASS);
}

SEC("xdp.frags")
int netmem_drop_frags(struct xdp_md *ctx)
{
	return finish_frags(ctx, XDP_DROP);
}

SEC("xdp.frags")
int netmem_tx_frags(struct xdp_md *ctx)
{
	swap_addresses(ctx);
	return finish_frags(ctx, XDP_TX);
}

SEC("xdp.frags")
int netmem_redirect_frags(struct xdp_md *ctx)
{
	if (!redirect(&netmem_dev_frg, 0))
		return finish_frags(ctx, XDP_ABORTED);
	return finish_frags(ctx, XDP_REDIRECT);
}

SEC("xdp.frags")
int netmem_redirect_cpu_frags(struct xdp_md *ctx)
{
	if (!redirect(&netmem_cpu_frg, netmem_config.cpu))
		return finish_frags(ctx, XDP_ABORTED);
	return finish_frags(ctx, XDP_REDIRECT);
}

SEC("xdp.frags")
int netmem_aborted_frags(struct xdp_md *ctx)
{
	return finish_frags(ctx, XDP_ABORTED);
}

char LICENSE[] SEC("license") = "GPL";
