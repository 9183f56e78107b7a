// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs on pools whose memory a provider gives: net_iovs, which have no struct
 * page. The provider is ours, as those of device memory and of io_uring are
 * the kernel's; what these call and no module may is looked up by name.
 */
#include <linux/delay.h>
#include <linux/jump_label.h>
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <net/netmem.h>
#include <net/page_pool/memory_provider.h>

#include "fault.h"

#define NIOVS 256
#define RING 16 /* small: what does not fit leaves the pool */
#define FRAGS 4
#define FRAG_SIZE (PAGE_SIZE / FRAGS)

/* What gives a pool its net_iovs; goes with the pool. */
struct provider {
	spinlock_t lock;
	/* what is out for ever, or until `release` */
	netmem_ref kept;
	u32 free;
	struct net_iov *stack[NIOVS];
	struct net_iov niovs[NIOVS];
};

/* Of the kernel, by name: what net_mp_niov_set_page_pool() is made of. */
static struct {
	void (*set_pp_info)(struct page_pool *pool, netmem_ref netmem);
	void (*clear_pp_info)(netmem_ref netmem);
	int (*trace_hold)(void *data, const struct page_pool *pool,
			  netmem_ref netmem, u32 hold);
	struct static_key *providers;
} kernel;

static unsigned long (*find_lookup(void))(const char *)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long (*lookup)(const char *name);

	if (register_kprobe(&probe))
		return NULL;
	lookup = (void *)probe.addr;
	unregister_kprobe(&probe);
	return lookup;
}

static bool find_kernel(void)
{
	unsigned long (*lookup)(const char *name);

	if (kernel.providers)
		return true;
	lookup = find_lookup();
	if (!lookup)
		return false;
	kernel.set_pp_info = (void *)lookup("page_pool_set_pp_info");
	kernel.clear_pp_info = (void *)lookup("page_pool_clear_pp_info");
	kernel.trace_hold = (void *)lookup("__traceiter_page_pool_state_hold");
	if (!kernel.set_pp_info || !kernel.clear_pp_info || !kernel.trace_hold)
		return false;
	kernel.providers = (void *)lookup("page_pool_mem_providers");
	return kernel.providers;
}

/* ---- the provider ---- */

static struct net_iov *take_free(struct provider *provider)
{
	struct net_iov *niov = NULL;

	spin_lock_bh(&provider->lock);
	if (provider->free)
		niov = provider->stack[--provider->free];
	spin_unlock_bh(&provider->lock);
	return niov;
}

static netmem_ref provider_alloc(struct page_pool *pool, gfp_t gfp)
{
	struct net_iov *niov = take_free(pool->mp_priv);
	netmem_ref netmem;

	if (!niov)
		return 0;
	netmem = net_iov_to_netmem(niov);
	kernel.set_pp_info(pool, netmem);
	pool->pages_state_hold_cnt++;
	preempt_disable();
	kernel.trace_hold(NULL, pool, netmem, pool->pages_state_hold_cnt);
	preempt_enable();
	return netmem;
}

/* A net_iov that is free already comes back in knobs only. */
static bool provider_release(struct page_pool *pool, netmem_ref netmem)
{
	struct provider *provider = pool->mp_priv;
	struct net_iov *niov = netmem_to_net_iov(netmem);
	u32 i;

	kernel.clear_pp_info(netmem);
	spin_lock_bh(&provider->lock);
	for (i = 0; i < provider->free; i++)
		if (provider->stack[i] == niov)
			break;
	if (i == provider->free)
		provider->stack[provider->free++] = niov;
	spin_unlock_bh(&provider->lock);
	return false;
}

static void provider_destroy(struct page_pool *pool)
{
	kfree(pool->mp_priv);
}

static const struct memory_provider_ops provider_ops = {
	.alloc_netmems = provider_alloc,
	.release_netmem = provider_release,
	.destroy = provider_destroy,
};

static struct provider *provider_of(struct fault_pool *fp)
{
	return fp->pool->mp_priv;
}

/* The kernel counts such pools; it takes them off its count when they go. */
static struct fault_pool *niov_pool(void)
{
	struct provider *provider;
	struct fault_pool *fp;
	u32 i;

	if (!find_kernel())
		return NULL;
	provider = kzalloc(sizeof(*provider), GFP_KERNEL);
	if (!provider)
		return NULL;
	fp = fault_pool_new(0, 0, RING);
	if (!fp) {
		kfree(provider);
		return NULL;
	}
	spin_lock_init(&provider->lock);
	for (i = 0; i < NIOVS; i++)
		provider->stack[i] = &provider->niovs[i];
	provider->free = NIOVS;
	fp->pool->mp_priv = provider;
	fp->pool->mp_ops = &provider_ops;
	static_key_slow_inc(kernel.providers);
	return fp;
}

/* ---- traffic ---- */

static netmem_ref take(struct fault_pool *fp)
{
	netmem_ref netmem;

	local_bh_disable();
	netmem = page_pool_alloc_netmems(fp->pool, GFP_ATOMIC | __GFP_NOWARN);
	local_bh_enable();
	return netmem;
}

static void put_direct(struct fault_pool *fp, netmem_ref netmem)
{
	local_bh_disable();
	page_pool_put_full_netmem(fp->pool, netmem, true);
	local_bh_enable();
}

static void put_ring(struct fault_pool *fp, netmem_ref netmem)
{
	page_pool_put_full_netmem(fp->pool, netmem, false);
}

static void put_bulk(struct fault_pool *fp, netmem_ref *netmems, u32 count)
{
	local_bh_disable();
#ifdef HAVE_PUT_NETMEM_BULK
	page_pool_put_netmem_bulk(netmems, count);
#else
	while (count--)
		put_ring(fp, netmems[count]);
#endif
	local_bh_enable();
}

static int whole_round(struct fault_pool *fp)
{
	netmem_ref taken[FAULT_ROUND], bulk[FAULT_ROUND];
	u32 count, bulked = 0, i;

	for (count = 0; count < FAULT_ROUND; count++) {
		taken[count] = take(fp);
		if (!taken[count])
			break;
	}
	for (i = 0; i < count; i++) {
		if (i % 3 == 0)
			put_direct(fp, taken[i]);
		else if (i % 3 == 1)
			put_ring(fp, taken[i]);
		else
			bulk[bulked++] = taken[i];
	}
	put_bulk(fp, bulk, bulked);
	return count < FAULT_ROUND ? -ENOMEM : 0;
}

/* All of one net_iov, and the first of the next: so it is drained. */
static int take_frags(struct fault_pool *fp, netmem_ref *frags)
{
	unsigned int offset, i;

	for (i = 0; i <= FRAGS; i++) {
		local_bh_disable();
		frags[i] = page_pool_alloc_frag_netmem(
			fp->pool, &offset, FRAG_SIZE,
			GFP_ATOMIC | __GFP_NOWARN);
		local_bh_enable();
		if (!frags[i])
			return -ENOMEM;
		/* begin with a net_iov of our own */
		if (offset && !i)
			put_ring(fp, frags[i--]);
	}
	return 0;
}

static int frag_round(struct fault_pool *fp)
{
	netmem_ref frags[FRAGS + 1] = {};
	int err = take_frags(fp, frags);
	u32 i;

	for (i = 0; i <= FRAGS; i++)
		if (frags[i])
			put_ring(fp, frags[i]);
	return err;
}

static int traffic(struct fault_pool *fp, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	int err;

	do {
		err = whole_round(fp) ?: frag_round(fp);
		msleep(20);
	} while (!err && time_before(jiffies, end));
	return err;
}

/* What is in the ring goes to the cache, by way of whoever takes it. */
static int empty_ring(struct fault_pool *fp)
{
	netmem_ref *taken;
	u32 count = 0;

	taken = kcalloc(NIOVS, sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return -ENOMEM;
	while (count < NIOVS && !__ptr_ring_empty(&fp->pool->ring)) {
		taken[count] = take(fp);
		if (!taken[count])
			break;
		count++;
	}
	while (count)
		put_direct(fp, taken[--count]);
	kfree(taken);
	return __ptr_ring_empty(&fp->pool->ring) ? 0 : -EAGAIN;
}

/* A pool that has had half of its traffic, and one net_iov of it. */
static int begin(struct fault_pool **fp, netmem_ref *netmem)
{
	int err;

	*fp = niov_pool();
	if (!*fp)
		return -ENOMEM;
	err = traffic(*fp, fault_half());
	*netmem = take(*fp);
	return *netmem ? err : -ENOMEM;
}

/* ---- knobs ---- */

static int niov_traffic(bool wrong)
{
	struct fault_pool *fp = niov_pool();
	int err;

	if (!fp)
		return -ENOMEM;
	err = traffic(fp, fault_ms);
	return fault_pool_end(fp) ?: err;
}

static int niov_put_twice(bool wrong)
{
	struct fault_pool *fp;
	netmem_ref netmem;
	int err = begin(&fp, &netmem);

	if (err)
		return err;
	err = empty_ring(fp);
	put_ring(fp, netmem);
	if (wrong) {
		put_ring(fp, netmem);
		/* one of both out again, before somebody gets it */
		ptr_ring_consume_bh(&fp->pool->ring);
	}
	err = traffic(fp, fault_half()) ?: err;
	return fault_pool_end(fp) ?: err;
}

static int niov_frag_undrained(bool wrong)
{
	struct fault_pool *fp = niov_pool();
	netmem_ref frags[FRAGS + 1] = {};
	int err;
	u32 i;

	if (!fp)
		return -ENOMEM;
	err = traffic(fp, fault_half()) ?: take_frags(fp, frags);
	if (err)
		return fault_pool_end(fp) ?: err;
	for (i = 1; i <= FRAGS; i++)
		put_ring(fp, frags[i]);
	if (wrong) {
		/* as if another user had a part of it still */
		atomic_long_set(netmem_get_pp_ref_count_ref(frags[0]), 2);
		page_pool_put_unrefed_netmem(fp->pool, frags[0], -1, false);
		atomic_long_set(netmem_get_pp_ref_count_ref(frags[0]), 1);
	} else {
		put_ring(fp, frags[0]);
	}
	err = traffic(fp, fault_half());
	return fault_pool_end(fp) ?: err;
}

/* What lies longest in the ring, which nobody else may get. */
static void take_out(struct fault_pool *fp)
{
	ptr_ring_consume_bh(&fp->pool->ring);
}

static int niov_duplicate(bool wrong)
{
	struct fault_pool *fp;
	netmem_ref netmem;
	int err = begin(&fp, &netmem);

	if (err)
		return err;
	err = empty_ring(fp);
	if (wrong)
		ptr_ring_produce_bh(&fp->pool->ring, (__force void *)netmem);
	put_ring(fp, netmem);
	return fault_pool_keep(fp, wrong ? take_out : NULL, NULL) ?: err;
}

static void put_kept(struct fault_pool *fp)
{
	put_ring(fp, provider_of(fp)->kept);
}

static int niov_stalled(bool wrong)
{
	struct fault_pool *fp;
	netmem_ref netmem;
	int err = begin(&fp, &netmem);

	if (err)
		return err;
	provider_of(fp)->kept = netmem;
	fault_pool_destroy(fp);
	fault_pool_keep(fp, put_kept, NULL);
	return wrong ? err : fault_release() ?: err;
}

/* A check has a knob for pages elsewhere, so here they have other names. */
/* clang-format off */
#define NIOV_KNOB(id, check, wrong_about, clean_about)	\
	{ #id, #check, wrong_about, id, true },		\
	{ #id "_clean", NULL, clean_about, id, false }

const struct knob iov_knobs[] = {
	{ "niov_clean", NULL,
	  "net_iovs by way of cache, ring and bulks, whole and in fragments",
	  niov_traffic, false },
	NIOV_KNOB(niov_put_twice, put_while_pooled,
		  "a net_iov is put into the ring twice",
		  "a net_iov is put into the ring once"),
	NIOV_KNOB(niov_frag_undrained, frag_undrained,
		  "a net_iov comes back with a fragment out",
		  "a net_iov comes back with its last fragment"),
	NIOV_KNOB(niov_duplicate, pool_duplicate,
		  "a net_iov is in the ring twice",
		  "a net_iov is in the ring once"),
	NIOV_KNOB(niov_stalled, stalled_shutdown,
		  "a net_iov stays out when its pool is destroyed",
		  "a net_iov comes back after its pool was destroyed"),
	{},
};
/* clang-format on */
