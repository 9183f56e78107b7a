// SPDX-License-Identifier: GPL-2.0
/*
 * netmem_bench: what page_pool costs, in instructions.
 *
 * It is only right in a QEMU with -icount shift=0, where time is the number of
 * instructions that have run: on x86-64 the time stamp counter counts them, on
 * arm64 the cycle counter. It checks that first. Interrupts are off while it
 * counts, so the same kernel gives the same numbers.
 *
 * One line for each measure:
 *
 *   netmem_bench: INTERFACE ELEMENTS LEAST MOST PATH
 *
 * with the instructions for all ELEMENTS together, of the cheapest and of the
 * dearest of the repetitions.
 */
#define pr_fmt(fmt) "netmem_bench: " fmt

#include <linux/bpf.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/page_pool.h>
#include <net/xdp.h>

#define GFP_BENCH (GFP_ATOMIC | __GFP_NOWARN)

#define ROUND 64
#define ROUNDS 150
#define REPEATS 5

enum {
	EMPTY,
	CACHE,
	RING,
	RING_DMA,
	RING_FULL,
	ELEVATED,
	RELEASE,
	RELEASE_DMA,
	RELEASE_HIGH,
	FRAGMENT,
	SKB_PAGE,
	SKB_TAIL_PAGE,
	SKB_HEAD,
	SKB_FRAGS,
	SKB_FOREIGN,
	XDP_RETURN,
	XDP_RETURN_NAPI,
	XDP_BULK,
	XDP_FRAGS,
	FOREIGN_PAGE,
	FOREIGN_TAIL_PAGE,
	NR_PATHS,
};

struct bench {
	struct page_pool *pool;
	/* a page that was never a pool's, and a compound one */
	struct page *foreign;
	struct page *foreign_compound;
	/* a round, and the one more that fills a ring */
	void *buffers[ROUND + 1];
};

typedef void (*path_t)(struct bench *b, unsigned int rounds);

/* What is told of a path, and the pool that it needs. */
static const struct {
	const char *title;
	/* elements of a round */
	unsigned int elements;
	unsigned int flags;
	unsigned int order;
	unsigned int pool_size;
	bool frames;
} about[NR_PATHS] = {
	[EMPTY] = { "(loop)", ROUND },
	[CACHE] = { "alloc + put, cache", ROUND },
	[RING] = { "alloc + put, ring", ROUND },
	[RING_DMA] = { "alloc + put, ring, DMA synced", ROUND,
		       PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV },
	[RING_FULL] = { "alloc + put, ring full", ROUND + 1, .pool_size = 1 },
	[ELEVATED] = { "alloc + put, page shared", ROUND },
	[RELEASE] = { "alloc + release + put_page", ROUND },
	[RELEASE_DMA] = { "alloc + release + put_page, DMA mapped", ROUND,
			  PP_FLAG_DMA_MAP },
	[RELEASE_HIGH] = { "alloc + release + put_page, order 1", ROUND,
			   .order = 1 },
	[FRAGMENT] = { "alloc + put, fragment", ROUND, PP_FLAG_PAGE_FRAG },
	[SKB_PAGE] = { "alloc + return from skb", ROUND },
	[SKB_TAIL_PAGE] = { "alloc + return from skb, tail page", ROUND,
			    .order = 1 },
	[SKB_HEAD] = { "skb of 1 page: build + free", ROUND },
	[SKB_FRAGS] = { "skb of 4 pages: build + free", ROUND / 4 },
	[SKB_FOREIGN] = { "skb of 1 page + 3 others: build + free", ROUND / 4 },
	[XDP_RETURN] = { "alloc + xdp_return_frame", ROUND, .frames = true },
	[XDP_RETURN_NAPI] = { "alloc + xdp_return_frame_rx_napi", ROUND,
			      .frames = true },
	[XDP_BULK] = { "alloc + xdp_return_frame_bulk", ROUND, .frames = true },
	[XDP_FRAGS] = { "frame of 4 pages: alloc + xdp_return_frame", ROUND / 4,
			.frames = true },
	[FOREIGN_PAGE] = { "other page in skb: drop a reference", ROUND },
	[FOREIGN_TAIL_PAGE] = { "other tail page in skb: drop a reference",
				ROUND },
};

/* The interface that all drivers have, and its form in the series. */
#define PATH(name) page_##name
#define b_t struct page
#define b_alloc(pool) page_pool_alloc_pages(pool, GFP_BENCH)
#define b_put(pool, x) page_pool_put_full_page(pool, x, false)
#define b_recycle(pool, x) page_pool_recycle_direct(pool, x)
#define b_release(pool, x) page_pool_release_page(pool, x)
#define b_free(x) put_page(x)
#define b_of_page(page) (page)
#define b_page(x) (x)
#define b_virt(x) page_address(x)
#define b_frag_set(f, x) __skb_frag_set_page(f, x)
#include "bench_paths.h"
#undef PATH
#undef b_t
#undef b_alloc
#undef b_put
#undef b_recycle
#undef b_release
#undef b_free
#undef b_of_page
#undef b_page
#undef b_virt
#undef b_frag_set

#ifdef HAVE_NETMEM
#define PATH(name) netmem_##name
#define b_t struct netmem
#define b_alloc(pool) page_pool_alloc_netmem(pool, GFP_BENCH)
#define b_put(pool, x) page_pool_put_full_netmem(pool, x, false)
#define b_recycle(pool, x) page_pool_recycle_direct(pool, x)
#define b_release(pool, x) page_pool_release_netmem(pool, x)
#define b_free(x) netmem_put(x)
#define b_of_page(page) page_netmem(page)
#define b_page(x) netmem_page(x)
#define b_virt(x) netmem_to_virt(x)
#define b_frag_set(f, x) __skb_frag_set_netmem(f, x)
#include "bench_paths.h"
#endif

static noinline void foreign_page(struct bench *b, unsigned int rounds)
{
	skb_frag_t frag;
	int i;

	__skb_frag_set_page(&frag, b->foreign);
	while (rounds--) {
		for (i = 0; i < ROUND; i++) {
			page_ref_inc(b->foreign);
			__skb_frag_unref(&frag, true);
		}
	}
}

static noinline void foreign_tail_page(struct bench *b, unsigned int rounds)
{
	skb_frag_t frag;
	int i;

	__skb_frag_set_page(&frag, b->foreign_compound + 1);
	while (rounds--) {
		for (i = 0; i < ROUND; i++) {
			page_ref_inc(b->foreign_compound);
			__skb_frag_unref(&frag, true);
		}
	}
}

#ifdef CONFIG_X86_64
static void counter_enable(void)
{
}

static __always_inline u64 counter(void)
{
	return rdtsc_ordered();
}

static void known_loop(unsigned long times)
{
	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(times) : : "cc");
}
#else
/* QEMU counts one cycle for each instruction; nobody else uses the counter. */
static void counter_enable(void)
{
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(BIT(31), pmcntenset_el0);
	/* enable, and count in 64 bits */
	write_sysreg(BIT(0) | BIT(6), pmcr_el0);
	isb();
}

static __always_inline u64 counter(void)
{
	u64 value;

	isb();
	value = read_sysreg(pmccntr_el0);
	isb();
	return value;
}

static void known_loop(unsigned long times)
{
	asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(times) : : "cc");
}
#endif

/* Two instructions a turn must count as two. */
static int calibrate(void)
{
	unsigned long flags;
	u64 a, b, c;

	local_irq_save(flags);
	a = counter();
	known_loop(100000);
	b = counter();
	known_loop(300000);
	c = counter();
	local_irq_restore(flags);
	pr_info("calibration: 400000 instructions counted as %llu\n",
		(c - b) - (b - a));
	if ((c - b) - (b - a) == 400000)
		return 0;
	pr_err("the counter does not count instructions; run under QEMU with -icount shift=0\n");
	return -EINVAL;
}

static u64 count(path_t path, struct bench *b, unsigned int rounds)
{
	unsigned long flags;
	u64 start, end;

	local_bh_disable();
	local_irq_save(flags);
	start = counter();
	path(b, rounds);
	end = counter();
	local_irq_restore(flags);
	local_bh_enable();
	return end - start;
}

static void tell(const char *interface, unsigned int elements, u64 least,
		 u64 most, const char *title)
{
	pr_info("%s %u %llu %llu %s\n", interface, elements, least, most,
		title);
}

static struct xdp_rxq_info rxq;

#ifdef HAVE_NETMEM
static void put_frame(struct netmem *nmem, void *arg)
{
	void *data = netmem_to_virt(nmem);
#else
static void put_frame(struct page *page, void *arg)
{
	void *data = page_address(page);
#endif
	struct skb_shared_info *shared;
	struct xdp_buff xdp;

	xdp_init_buff(&xdp, PAGE_SIZE, &rxq);
	xdp_prepare_buff(&xdp, data, XDP_PACKET_HEADROOM, 64, false);
	shared = xdp_get_shared_info_from_buff(&xdp);
	memset(shared, 0, sizeof(*shared));
	xdp_convert_buff_to_frame(&xdp);
}

static struct page_pool *pool_new(int path, struct device *dev)
{
	struct page_pool_params params = {
		.flags = about[path].flags,
		.order = about[path].order,
		.pool_size = about[path].pool_size,
		.nid = NUMA_NO_NODE,
		.dev = dev,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = 256,
		.init_callback = about[path].frames ? put_frame : NULL,
	};

	return page_pool_create(&params);
}

static int rxq_new(struct page_pool *pool)
{
	int err;

	memset(&rxq, 0, sizeof(rxq));
	err = xdp_rxq_info_reg(&rxq, init_net.loopback_dev, 0, 0);
	if (err)
		return err;
	err = xdp_rxq_info_reg_mem_model(&rxq, MEM_TYPE_PAGE_POOL, pool);
	if (err)
		xdp_rxq_info_unreg(&rxq);
	return err;
}

static int measure(struct bench *b, int number, path_t path,
		   const char *interface, struct device *dev)
{
	u64 least = U64_MAX, most = 0, n;
	int i, err;

	b->pool = pool_new(number, dev);
	if (IS_ERR(b->pool))
		return PTR_ERR(b->pool);
	if (about[number].frames) {
		err = rxq_new(b->pool);
		if (err) {
			page_pool_destroy(b->pool);
			return err;
		}
	}
	/* until pages go round, and caches of the page allocator are warm */
	count(path, b, 20);
	for (i = 0; i < REPEATS; i++) {
		n = count(path, b, ROUNDS);
		least = min(least, n);
		most = max(most, n);
	}
	tell(interface, about[number].elements * ROUNDS, least, most,
	     about[number].title);
	if (about[number].frames)
		xdp_rxq_info_unreg(&rxq);
	page_pool_destroy(b->pool);
	return 0;
}

static noinline void destroy(struct bench *b, unsigned int rounds)
{
	page_pool_destroy(b->pool);
}

/*
 * Pools with ROUND pages in their rings; a page is the element. So few pages
 * stay in the page allocator's list of this processor: what it does with more
 * depends on what lies beside them.
 */
static int count_destroys(struct bench *b, unsigned int rounds, u64 *sum)
{
	int i;

	*sum = 0;
	while (rounds--) {
		b->pool = pool_new(RING, NULL);
		if (IS_ERR(b->pool))
			return PTR_ERR(b->pool);
		for (i = 0; i < ROUND; i++)
			b->buffers[i] =
				page_pool_alloc_pages(b->pool, GFP_KERNEL);
		for (i = 0; i < ROUND; i++)
			page_pool_put_full_page(b->pool, b->buffers[i], false);
		*sum += count(destroy, b, 1);
	}
	return 0;
}

static int measure_destroy(struct bench *b)
{
	u64 least = U64_MAX, most = 0, n;
	int err, i;

	err = count_destroys(b, 20, &n);
	for (i = 0; i < REPEATS && !err; i++) {
		err = count_destroys(b, ROUNDS, &n);
		least = min(least, n);
		most = max(most, n);
	}
	tell("page", ROUND * ROUNDS, least, most,
	     "destroy: each of 64 pages in the ring");
	return err;
}

static int measure_all(struct bench *b, struct device *dev)
{
	int err = 0, i;

	for (i = 0; i < NR_PATHS && !err; i++) {
		if (i == FOREIGN_PAGE)
			err = measure(b, i, foreign_page, "page", dev);
		else if (i == FOREIGN_TAIL_PAGE)
			err = measure(b, i, foreign_tail_page, "page", dev);
		else
			err = measure(b, i, page_paths[i], "page", dev);
#ifdef HAVE_NETMEM
		if (!err && netmem_paths[i])
			err = measure(b, i, netmem_paths[i], "netmem", dev);
#endif
	}
	return err ?: measure_destroy(b);
}

static int __init netmem_bench_init(void)
{
	struct platform_device *pdev;
	struct bench *b;
	int err;

	counter_enable();
	err = calibrate();
	if (err)
		return err;
#ifdef CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP
	pr_info("fake heads %s\n",
		static_key_enabled(&hugetlb_optimize_vmemmap_key) ? "on" :
								    "off");
#else
	pr_info("fake heads none\n");
#endif
	pdev = platform_device_register_simple("netmem_bench", -1, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		err = -ENOMEM;
	if (!err) {
		b->foreign = alloc_page(GFP_KERNEL);
		b->foreign_compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
		err = -ENOMEM;
		if (b->foreign && b->foreign_compound)
			err = measure_all(b, &pdev->dev);
		if (b->foreign)
			put_page(b->foreign);
		if (b->foreign_compound)
			put_page(b->foreign_compound);
	}
	kfree(b);
	platform_device_unregister(pdev);
	pr_info("end %d\n", err);
	return err;
}

static void __exit netmem_bench_exit(void)
{
}

module_init(netmem_bench_init);
module_exit(netmem_bench_exit);
MODULE_DESCRIPTION("what page_pool costs, in instructions");
MODULE_LICENSE("GPL");
