// SPDX-License-Identifier: GPL-2.0
/*
 * The sweep: all sk_buffs of the machine that own a page of a pool, whatever
 * queue they are in. sweep_find lists the slab pages of their caches, a run for
 * some struct pages; sweep_visit goes through the objects of some of these
 * slabs. Nothing is locked, so:
 * - a packet's references are read first, and then the lists of free objects:
 *   one that is on none was in use when it had them;
 * - an owner has the mark pp_recycle, which goes with the packet's data. What is
 *   stale in a list that nobody sees (of a processor that is offline) lacks it;
 * - `users` and data_len say nothing: freed packets keep one of theirs, and some
 *   that wait to be freed have none;
 * - packets move on. One sweep meets not all; many that begin anywhere do.
 */
#include "model/holder_records.h"
#include "bpf/compat/packets.bpf.h"
#include "bpf/compat/slab.bpf.h"
#include "bpf/compat/sockets.bpf.h"
#include "bpf/compat/processors.bpf.h"
#include "bpf/compat/xdp.bpf.h"
#include "bpf/holders/memory.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PAGES_A_READ 64
#define PAGE_BYTES 64 /* of a struct page; another size: not available */
#define PACKET_BYTES 256 /* at least a struct sk_buff */
#define CACHES 2
#define CACHES_LISTED 2048
#define FRAGMENTS_MAX 45
#define NAPI_CACHE_MAX 256
#define SHEAF_OBJECTS_MAX 256
#define BARN_SHEAVES_MAX 64
#define NODES_MAX 64
#define SWEPT_A_SLAB 4096
#define FCLONE_NAME "skbuff_fclone_cache"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SWEPT_PAGES);
	__type(key, __u32);
	__type(value, struct swept_page);
} swept_pages SEC(".maps");

/* Addresses of struct pages; the low bit is the cache. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SWEEP_SLABS);
	__type(key, __u32);
	__type(value, __u64);
} sweep_slabs SEC(".maps");

struct sweep_scratch {
	__u64 pages[PAGES_A_READ * PAGE_BYTES / 8];
	__u64 packet[PACKET_BYTES / 8];
	__u64 entries[NAPI_CACHE_MAX];
	struct compat_frag frags[FRAGMENTS_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sweep_scratch);
} sweep_scratch SEC(".maps");

/* Of user space: distances of per-CPU copies plus 1, and napi_alloc_caches; 0: none. */
__u64 cpu_distance[SWEEP_CPUS] = {};
__u64 napi_cache[SWEEP_CPUS] = {};
__u32 cpu_count = 0;
__u32 node_count = 0; /* of memory */

struct packet_cache caches[CACHES] = {};
__u32 slab_count = 0; /* listed */
__u32 slab_max = 0; /* objects of the biggest */
__u32 swept_count = 0; /* user space zeroes it before a run */
__u32 sweep_next = 0; /* slabs that the run visited */
__u64 sweep_lost = 0; /* beyond our bounds, or no room */
__u64 sweep_objects = 0, sweep_owners = 0, sweep_free = 0;
bool wants_unmarked = false; /* packets that lack pp_recycle, and only these */
__u64 own_packet = 0; /* in the receive queue of our own socket */
__u32 probe_result = 0; /* enum sweep_probe */
__u64 probe_slab = 0;
struct found_packet found_packet = {};

/* What this kernel's BTF describes. */
bool knows_slabs = false;
bool knows_mark = false;
bool has_quarantine = false;
bool knows_napi_cache = false;
bool knows_sizes = false;

/* The slab that is visited, and which of its objects are on a free list. */
static __u64 slab_base = 0;
static __u32 slab_objects = 0, slab_cache = 0;
static __u64 slab_free[SWEEP_OBJECTS / 64] = {};

#include "bpf/holders/free_lists.bpf.h"

/* ---- packets ---- */

static __always_inline void add_swept(__u64 page, __u64 packet, __u32 bytes,
				      __u32 object)
{
	__u64 head = pool_page(page);
	struct swept_page *swept;
	__u32 index = swept_count;

	if (!head)
		return;
	swept = bpf_map_lookup_elem(&swept_pages, &index);
	if (!swept) {
		sweep_lost++;
		return;
	}
	swept->packet = packet;
	swept->frame = (head - vmemmap_base) / compat_page_size();
	swept->bytes = bytes;
	swept->object = object;
	swept_count = index + 1;
}

/*
 * The pages of the packet at @address, if it is marked as their owner; or, when
 * these are wanted, if it is not.
 */
__noinline int visit_packet(__u64 address, __u32 object)
{
	struct sweep_scratch *scratch;
	__u32 zero = 0, count = 0, i;
	struct skb_shared_info *info;
	struct sk_buff *skb;
	__u64 head;

	scratch = bpf_map_lookup_elem(&sweep_scratch, &zero);
	if (!scratch)
		return 0;
	sweep_objects++;
	/* Freed ones of KFENCE cannot be read. */
	if (bpf_probe_read_kernel(scratch->packet,
				  bpf_core_type_size(struct sk_buff),
				  (void *)address))
		return 0;
	skb = (void *)scratch->packet;
	head = (__u64)skb->head;
	if (compat_recycles(skb) == wants_unmarked || !head)
		return 0;
	add_swept(page_of_address(head), address, 0, object);
	info = (void *)(head + skb->end);
	bpf_core_read(&count, bpf_core_field_size(info->nr_frags),
		      &info->nr_frags);
	if (!count || count > FRAGMENTS_MAX)
		return 0;
	if (bpf_probe_read_kernel(
		    scratch->frags, count * sizeof(struct compat_frag),
		    (void *)info + bpf_core_field_offset(struct skb_shared_info,
							 frags)))
		return 0;
	for (i = 0; i < FRAGMENTS_MAX && i < count; i++)
		add_swept(scratch->frags[i].page, address,
			  scratch->frags[i].size, object);
	return 0;
}

/*
 * One object: a packet, or a packet and the room for its clone. What is in that
 * room while there is no clone lacks the mark.
 */
__noinline int visit_object(__u64 address, __u32 object)
{
	visit_packet(address, object);
	if (slab_cache && !wants_unmarked)
		visit_packet(address + bpf_core_type_size(struct sk_buff),
			     object);
	return 0;
}

/* Keeps the entry at @from as the one at @to, unless its object is free. */
__noinline int keep_swept(__u32 from, __u32 to)
{
	struct swept_page *swept = bpf_map_lookup_elem(&swept_pages, &from);
	struct swept_page *kept = bpf_map_lookup_elem(&swept_pages, &to);

	if (!swept || !kept)
		return 0;
	if (is_free(swept->object)) {
		sweep_free++;
		return 0;
	}
	*kept = *swept;
	return 1;
}

/* Takes those from @first on that are of free objects out again. */
__noinline int drop_free(__u32 first)
{
	__u32 i, count = swept_count - first, kept = first;

	if (count > SWEPT_A_SLAB) {
		sweep_lost++;
		return 0;
	}
	for (i = 0; i < SWEPT_A_SLAB && i < count; i++)
		kept += keep_swept(first + i, kept) & 1;
	swept_count = kept;
	return 0;
}

/* KFENCE gives an object a page: it begins with it, or ends with it. */
static __always_inline bool is_kfence(void)
{
	return slab_objects == 1 &&
	       own_cache()->size <= (1ULL << page_shift) / 2;
}

static __always_inline __u64 kfence_end(void)
{
	const struct packet_cache *cache = own_cache();
	__u64 align = cache->align ? cache->align : 1;

	return (slab_base + (1ULL << page_shift) - cache->object_size) &
	       ~(align - 1);
}

/* Is it still such a slab? Sets what the functions above go by. */
static __always_inline bool enter_slab(__u64 page, __u32 cache)
{
	struct slab *slab = (void *)page;

	slab_cache = cache & (CACHES - 1);
	if ((__u64)BPF_CORE_READ(slab, slab_cache) != own_cache()->address)
		return false;
	slab_base = page_offset_base +
		    ((page - vmemmap_base) / compat_page_size() << page_shift);
	slab_objects = compat_slab_objects(BPF_CORE_READ(slab, counters));
	if (slab_objects > SWEEP_OBJECTS) {
		sweep_lost++;
		slab_objects = SWEEP_OBJECTS;
	}
	if (slab_objects > slab_max)
		slab_max = slab_objects;
	return true;
}

__noinline int visit_slab(__u64 page, __u32 cache)
{
	__u32 first = swept_count, i;
	__u64 object;

	if (!enter_slab(page, cache))
		return 0;
	if (is_kfence()) {
		visit_object(slab_base, SWEEP_OBJECTS - 1);
		visit_object(kfence_end(), SWEEP_OBJECTS - 1);
		sweep_owners += swept_count != first;
		return 0;
	}
	object = slab_base + own_cache()->left;
	for (i = 0; i < SWEEP_OBJECTS && i < slab_objects; i++) {
		visit_object(object, i);
		object += own_cache()->size;
	}
	if (swept_count == first)
		return 0;
	sweep_owners++;
	mark_all(page);
	return drop_free(first);
}

/* ctx[0]: the first of the listed slabs, ctx[1]: how many at most */
SEC("raw_tp")
int sweep_visit(__u64 *ctx)
{
	__u32 i, index, count = slab_count;
	__u64 *slab;

	sweep_next = 0;
	for (i = 0; i < SWEEP_SLABS_A_RUN; i++) {
		if (i >= ctx[1] || !count || swept_count > SWEPT_PAGES / 4)
			break;
		index = (ctx[0] + i) % count;
		slab = bpf_map_lookup_elem(&sweep_slabs, &index);
		if (!slab)
			break;
		visit_slab(*slab & ~1ULL, *slab & 1);
		sweep_next = i + 1;
	}
	return 0;
}

/* ---- finding slabs ---- */

__noinline int note_slab(__u64 page, __u32 cache)
{
	__u32 index = slab_count;
	__u64 *slab = bpf_map_lookup_elem(&sweep_slabs, &index);

	if (!slab) {
		sweep_lost++;
		return 0;
	}
	*slab = page | cache;
	slab_count = index + 1;
	return 0;
}

/* The struct pages from @page on, as they were read. */
__noinline int find_in_copy(__u64 page, __u32 count)
{
	struct sweep_scratch *scratch;
	__u32 zero = 0, i;
	struct slab *slab;
	__u64 cache;

	scratch = bpf_map_lookup_elem(&sweep_scratch, &zero);
	if (!scratch)
		return 0;
	for (i = 0; i < PAGES_A_READ && i < count; i++) {
		slab = (void *)&scratch->pages[i * (PAGE_BYTES / 8)];
		if (!compat_is_slab((void *)slab))
			continue;
		cache = (__u64)slab->slab_cache;
		if (cache == caches[0].address)
			note_slab(page + i * PAGE_BYTES, 0);
		else if (cache == caches[1].address)
			note_slab(page + i * PAGE_BYTES, 1);
	}
	return 0;
}

__noinline int find_slabs(__u64 page)
{
	struct sweep_scratch *scratch;
	__u32 zero = 0, i;

	scratch = bpf_map_lookup_elem(&sweep_scratch, &zero);
	if (!scratch)
		return 0;
	if (!bpf_probe_read_kernel(scratch->pages, sizeof(scratch->pages),
				   (void *)page))
		return find_in_copy(page, PAGES_A_READ);
	/* Struct pages that are not there: one by one. */
	for (i = 0; i < PAGES_A_READ; i++) {
		if (!bpf_probe_read_kernel(scratch->pages, PAGE_BYTES,
					   (void *)page))
			find_in_copy(page, 1);
		page += PAGE_BYTES;
	}
	return 0;
}

/* ctx[0]: a pfn: SWEEP_PAGES_A_RUN of them; ctx[1]: behind the last one */
SEC("raw_tp")
int sweep_find(__u64 *ctx)
{
	__u64 pfn = ctx[0];
	__u32 i;

	if (!compat_knows_slabs() || compat_page_size() != PAGE_BYTES)
		return 0;
	for (i = 0; i < SWEEP_PAGES_A_RUN / PAGES_A_READ; i++) {
		if (pfn >= ctx[1])
			break;
		/* Some behind the end: they are listed twice, at most. */
		find_slabs(vmemmap_base + pfn * PAGE_BYTES);
		pfn += PAGES_A_READ;
	}
	return 0;
}

/* ---- caches, and the self-test ---- */

static __always_inline void learn_cache(__u32 index, __u64 address)
{
	struct kmem_cache *cache = (void *)address;
	struct packet_cache *known = &caches[index & (CACHES - 1)];

	__builtin_memset(known, 0, sizeof(*known));
	known->address = address;
	known->random = compat_cache_random(cache);
	if (compat_has_cpu_slab())
		known->cpu_slab = (__u64)BPF_CORE_READ(cache, cpu_slab);
	known->sheaves = compat_cache_sheaves(address);
	known->size = BPF_CORE_READ(cache, size);
	known->object_size = BPF_CORE_READ(cache, object_size);
	known->offset = BPF_CORE_READ(cache, offset);
	known->align = BPF_CORE_READ(cache, align);
	known->left = BPF_CORE_READ(cache, red_left_pad);
}

/* Is the cache at @address that of packets with room for a clone? */
__noinline int is_clone_cache(__u64 address)
{
	static const char wanted[] = FCLONE_NAME;
	struct kmem_cache *cache = (void *)address;
	char name[sizeof(FCLONE_NAME)] = {};
	__u32 i;

	bpf_probe_read_kernel_str(name, sizeof(name),
				  BPF_CORE_READ(cache, name));
	for (i = 0; i < sizeof(wanted); i++)
		if (name[i] != wanted[i])
			return 0;
	return 1;
}

/* Merged with others it has another name; then it is left out. */
__noinline int learn_clones(__u64 first)
{
	__u32 offset = bpf_core_field_offset(struct kmem_cache, list), i;
	__u64 entry = first + offset;

	for (i = 0; i < CACHES_LISTED; i++) {
		entry = read_word(entry);
		if (!entry || entry == first + offset)
			return 0;
		if (is_clone_cache(entry - offset)) {
			learn_cache(1, entry - offset);
			return 0;
		}
	}
	return 0;
}

/* ctx[0]: our descriptor of a socket that has received a packet */
static __always_inline __u64 packet_of(__u64 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct socket *socket = BPF_CORE_READ(own_file(task, fd), private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	return (__u64)BPF_CORE_READ(sk, sk_receive_queue.next);
}

static __always_inline __u64 slab_of(__u64 address)
{
	__u64 page = page_of_address(address);

	return page ? compat_head_page(
			      page, read_word(page + compat_magic_offset())) :
		      0;
}

/* ctx[0]: the same. What its cache is, and what this kernel has. */
SEC("raw_tp")
int sweep_learn(__u64 *ctx)
{
	struct slab *slab;

	knows_slabs = compat_knows_slabs();
	knows_mark = compat_has_recycle_mark();
	has_quarantine = compat_has_quarantine();
	knows_napi_cache = compat_has_napi_cache();
	knows_sizes = compat_page_size() == PAGE_BYTES &&
		      bpf_core_type_size(struct sk_buff) <= PACKET_BYTES;
	own_packet = packet_of(ctx[0]);
	slab = (void *)slab_of(own_packet);
	if (!knows_slabs || !slab)
		return 0;
	learn_cache(0, (__u64)BPF_CORE_READ(slab, slab_cache));
	caches[1].address = 0;
	return learn_clones(caches[0].address);
}

/* ctx[0]: a descriptor as above: its packet's address in own_packet */
SEC("raw_tp")
int sweep_own(__u64 *ctx)
{
	own_packet = packet_of(ctx[0]);
	return 0;
}

/* ctx[0]: the address of a packet, or what was one: probe_result */
SEC("raw_tp")
int sweep_probe(__u64 *ctx)
{
	__u64 page = slab_of(ctx[0]);
	__u32 object;

	probe_result = 0;
	probe_slab = page;
	if (!compat_knows_slabs() || !page || !enter_slab(page, 0))
		return 0;
	if (is_kfence()) {
		if (ctx[0] == slab_base || ctx[0] == kfence_end())
			probe_result = SWEEP_IS_OBJECT;
		return 0;
	}
	object = object_of(ctx[0]);
	if (object >= SWEEP_OBJECTS ||
	    (ctx[0] - slab_base - own_cache()->left) % own_cache()->size)
		return 0;
	mark_all(page);
	probe_result = SWEEP_IS_OBJECT;
	if (is_free(object))
		probe_result |= SWEEP_IS_FREE;
	return 0;
}

/* ctx[0]: the address of a packet: found_packet */
SEC("raw_tp")
int sweep_packet(__u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];
	struct found_packet found = {};
	__u16 protocol;

	found.length = BPF_CORE_READ(skb, len);
	protocol = BPF_CORE_READ(skb, protocol);
	found.protocol = (protocol & 0xff) << 8 | protocol >> 8;
	found.socket = (__u64)BPF_CORE_READ(skb, sk);
	found.destructor = (__u64)BPF_CORE_READ(skb, destructor);
	bpf_probe_read_kernel(found.header, sizeof(found.header),
			      BPF_CORE_READ(skb, head) +
				      BPF_CORE_READ(skb, network_header));
	found_packet = found;
	return 0;
}

#include "bpf/holders/search.bpf.h"
