/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which objects of the visited slab are free: the lists of the slab itself, of
 * processors, and of NAPI. Part of sweep.bpf.c, which has the caches and the
 * slab.
 */
#ifndef NETMEM_FREE_LISTS_BPF_H
#define NETMEM_FREE_LISTS_BPF_H

static __always_inline const struct packet_cache *own_cache(void)
{
	return &caches[slab_cache & (CACHES - 1)];
}

/* Which object of the slab; SWEEP_OBJECTS: none. */
static __always_inline __u32 object_of(__u64 address)
{
	const struct packet_cache *cache = own_cache();
	__u64 first = slab_base + cache->left, index;

	if (address < first || !cache->size)
		return SWEEP_OBJECTS;
	index = (address - first) / cache->size;
	return index < slab_objects && index < SWEEP_OBJECTS ? index :
							       SWEEP_OBJECTS;
}

/* A function of its own: verified once. */
__noinline int mark_free(__u64 address)
{
	__u32 index = object_of(address);

	if (index >= SWEEP_OBJECTS)
		return 0;
	slab_free[index / 64 & (SWEEP_OBJECTS / 64 - 1)] |= 1ULL
							    << (index & 63);
	return 1;
}

static __always_inline bool is_free(__u32 index)
{
	return slab_free[index / 64 & (SWEEP_OBJECTS / 64 - 1)] >>
		       (index & 63) &
	       1;
}

/* A list in the objects themselves; one that changes leads elsewhere. */
__noinline int mark_chain(__u64 address)
{
	const struct packet_cache *cache = own_cache();
	__u64 at;
	__u32 i;

	for (i = 0; i < SWEEP_OBJECTS && address; i++) {
		if (!mark_free(address))
			break;
		at = address + cache->offset;
		address = compat_free_pointer(read_word(at), cache->random, at);
	}
	return 0;
}

/* Each processor allocates from one slab, by a list of its own. */
__noinline int mark_cpus(__u64 page)
{
	const struct packet_cache *cache = own_cache();
	struct kmem_cache_cpu *cpu;
	__u32 i;

	if (!compat_has_cpu_slab() || !cache->cpu_slab)
		return 0;
	for (i = 0; i < SWEEP_CPUS && i < cpu_count; i++) {
		if (!cpu_distance[i])
			continue;
		cpu = (void *)(cache->cpu_slab + cpu_distance[i] - 1);
		if ((__u64)BPF_CORE_READ(cpu, slab) == page)
			mark_chain((__u64)BPF_CORE_READ(cpu, freelist));
	}
	return 0;
}

/* Objects in an array of pointers. */
__noinline int mark_array(__u64 address, __u32 count)
{
	struct sweep_scratch *scratch;
	__u32 zero = 0, i;

	scratch = bpf_map_lookup_elem(&sweep_scratch, &zero);
	if (!scratch || !count)
		return 0;
	if (count > NAPI_CACHE_MAX) {
		sweep_lost++;
		count = NAPI_CACHE_MAX;
	}
	if (bpf_probe_read_kernel(scratch->entries, count * sizeof(__u64),
				  (void *)address))
		return 0;
	for (i = 0; i < NAPI_CACHE_MAX && i < count; i++)
		mark_free(scratch->entries[i]);
	return 0;
}

__noinline int mark_napi(void)
{
	__u32 i, count, most = compat_napi_cache_size();
	struct napi_alloc_cache *napi;

	if (!compat_has_napi_cache())
		return 0;
	for (i = 0; i < SWEEP_CPUS && i < cpu_count; i++) {
		napi = (void *)napi_cache[i];
		if (!napi)
			continue;
		count = BPF_CORE_READ(napi, skb_count);
		mark_array((__u64)napi +
				   bpf_core_field_offset(
					   struct napi_alloc_cache, skb_cache),
			   count < most ? count : most);
	}
	return 0;
}

__noinline int mark_sheaf(__u64 address)
{
	struct slab_sheaf *sheaf = (void *)address;

	if (!address || !compat_has_sheaves())
		return 0;
	return mark_array(address + bpf_core_field_offset(struct slab_sheaf,
							  objects),
			  BPF_CORE_READ(sheaf, size));
}

__noinline int mark_sheaves(void)
{
	const struct packet_cache *cache = own_cache();
	struct slub_percpu_sheaves *sheaves;
	__u32 i;

	if (!compat_has_sheaves() || !cache->sheaves)
		return 0;
	for (i = 0; i < SWEEP_CPUS && i < cpu_count; i++) {
		if (!cpu_distance[i])
			continue;
		sheaves = (void *)(cache->sheaves + cpu_distance[i] - 1);
		mark_sheaf((__u64)BPF_CORE_READ(sheaves, main));
		mark_sheaf((__u64)BPF_CORE_READ(sheaves, spare));
		mark_sheaf((__u64)BPF_CORE_READ(sheaves, rcu_free));
	}
	return 0;
}

/* Full sheaves of a memory node. */
__noinline int mark_barn(__u32 node)
{
	const struct packet_cache *cache = own_cache();
	__u64 barn, head, entry;
	__u32 i;

	if (!compat_has_sheaves() || !cache->sheaves)
		return 0;
	barn = compat_barn(cache->address, node);
	if (!barn)
		return 0;
	head = barn + bpf_core_field_offset(struct node_barn, sheaves_full);
	entry = read_word(head);
	for (i = 0; i < BARN_SHEAVES_MAX && entry && entry != head; i++) {
		mark_sheaf(entry -
			   bpf_core_field_offset(struct slab_sheaf, barn_list));
		entry = read_word(entry);
	}
	return 0;
}

__noinline int mark_all(__u64 page)
{
	struct slab *slab = (void *)page;
	__u32 i;

	for (i = 0; i < SWEEP_OBJECTS / 64; i++)
		slab_free[i] = 0;
	mark_chain((__u64)BPF_CORE_READ(slab, freelist));
	mark_cpus(page);
	mark_napi();
	mark_sheaves();
	for (i = 0; i < NODES_MAX && i < node_count; i++)
		mark_barn(i);
	return 0;
}

#endif
