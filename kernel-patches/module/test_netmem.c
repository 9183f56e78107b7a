// SPDX-License-Identifier: GPL-2.0
/*
 * Cases on the interface that the series brings; base has none of them.
 */
#include <linux/mm.h>
#include "test.h"

#ifdef HAVE_NETMEM
static struct netmem *pool_netmem(struct page_pool *pool)
{
	struct netmem *nmem;

	local_bh_disable();
	nmem = page_pool_alloc_netmem(pool, GFP_TEST);
	local_bh_enable();
	return nmem;
}

static void case_netmem_convert(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 2, 0);
	struct netmem *nmem;
	struct page *page;

	if (!pool)
		return;
	nmem = pool_netmem(pool);
	page = netmem_page(nmem);
	expect(t, (void *)page == (void *)nmem, true);
	expect(t, page_netmem(page) == nmem, true);
	expect(t, netmem_pfn(nmem), page_to_pfn(page));
	expect(t, netmem_nid(nmem), page_to_nid(page));
	expect(t, netmem_to_virt(nmem) == page_address(page), true);
	expect(t, netmem_is_pfmemalloc(nmem), false);
	expect(t, nmem->pp == pool, true);

	/* any address inside, of the first page and of tail pages */
	expect(t, virt_to_netmem(page_address(page)) == nmem, true);
	expect(t, virt_to_netmem(page_address(page) + 100) == nmem, true);
	expect(t, virt_to_netmem(page_address(page + 1)) == nmem, true);
	expect(t, virt_to_netmem(page_address(page + 3) + 4095) == nmem, true);

	expect(t, netmem_ref_count(nmem), 1);
	get_page(page);
	expect(t, netmem_ref_count(nmem), 2);
	netmem_put(nmem);
	expect(t, netmem_ref_count(nmem), 1);
	expect(t, page_ref_count(page), 1);
	page_pool_put_full_netmem(pool, nmem, false);
	pool_done(t, pool);
}

static void case_netmem_pool(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct netmem *nmem;
	struct page *page;
	u32 all;

	if (!pool)
		return;
	nmem = pool_netmem(pool);
	all = held(pool);
	local_bh_disable();
	page_pool_recycle_direct(pool, nmem);
	expect(t, cached(pool), all);
	nmem = page_pool_dev_alloc_netmem(pool);
	expect(t, cached(pool), all - 1);
	/* what one world took, the other gives back */
	page = netmem_page(nmem);
	page_pool_recycle_direct(pool, page);
	expect(t, cached(pool), all);
	page = page_pool_dev_alloc_pages(pool);
	expect(t, page_netmem(page) == nmem, true);
	page_pool_put_netmem(pool, page_netmem(page), 100, true);
	expect(t, cached(pool), all);
	local_bh_enable();

	page_pool_put_full_netmem(pool, pool_netmem(pool), false);
	expect(t, in_ring(pool), 1);
	page_pool_put_defragged_netmem(pool, pool_netmem(pool), -1, false);
	expect(t, in_ring(pool), 2);
	expect(t, held(pool), all);
	expect(t, released(pool), 0);

	nmem = pool_netmem(pool);
	page_pool_release_netmem(pool, nmem);
	expect(t, released(pool), 1);
	expect(t, !nmem->pp, true);
	expect(t, page_is_signed(netmem_page(nmem)), false);
	expect(t, netmem_ref_count(nmem), 1);
	netmem_put(nmem);
	expect(t, out(pool), 0);
	pool_done(t, pool);
}

static void case_netmem_fragment(struct kase *t)
{
	struct page_pool *pool = pool_new(t, PP_FLAG_PAGE_FRAG, 0, 0);
	struct netmem *nmem;

	if (!pool)
		return;
	nmem = pool_netmem(pool);
	page_pool_fragment_netmem(nmem, 4);
	page_pool_put_full_netmem(pool, nmem, false);
	expect(t, out(pool), 1);
	expect(t, page_pool_defrag_netmem(nmem, 2), 1);
	expect(t, page_pool_defrag_netmem(nmem, 1), 0);
	page_pool_put_defragged_netmem(pool, nmem, -1, false);
	expect(t, out(pool), 0);
	expect(t, in_ring(pool), 1);
	pool_done(t, pool);
}

static void case_netmem_skb(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 1, 0);
	struct netmem *head, *nmem;
	struct sk_buff *skb;
	skb_frag_t *frag;

	if (!pool)
		return;
	head = pool_netmem(pool);
	nmem = pool_netmem(pool);
	skb = build_skb(netmem_to_virt(head), PAGE_SIZE);
	if (!expect(t, !skb, false))
		goto destroy;
	skb_mark_for_recycle(skb);
	frag = &skb_shinfo(skb)->frags[0];
	__skb_frag_set_netmem(frag, nmem);
	skb_frag_off_set(frag, PAGE_SIZE + 200);
	skb_frag_size_set(frag, 500);
	skb_shinfo(skb)->nr_frags = 1;
	skb->len += 500;
	skb->data_len += 500;
	skb->truesize += PAGE_SIZE;
	expect(t, skb_frag_netmem(frag) == nmem, true);
	expect(t, skb_frag_page(frag) == netmem_page(nmem), true);
	expect(t,
	       skb_frag_address(frag) == netmem_to_virt(nmem) + PAGE_SIZE + 200,
	       true);
	expect(t, out(pool), 2);
	consume_skb(skb);
	expect(t, in_ring(pool), 2);
	expect(t, out(pool), 0);
destroy:
	pool_done(t, pool);
}

static void case_netmem_dma_addr(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	dma_addr_t address = (dma_addr_t)0xfedcba9876543000ULL;
	struct netmem *nmem;

	if (!pool)
		return;
	nmem = pool_netmem(pool);
	netmem_set_dma_addr(nmem, address);
	expect(t, netmem_get_dma_addr(nmem) == address, true);
	expect(t, page_pool_get_dma_addr(netmem_page(nmem)) == address, true);
	page_pool_set_dma_addr(netmem_page(nmem), 0);
	expect(t, netmem_get_dma_addr(nmem), 0);
	page_pool_put_full_netmem(pool, nmem, false);
	pool_done(t, pool);
}
#endif

struct kase netmem_cases[] = {
#ifdef HAVE_NETMEM
	{ "netmem_convert", case_netmem_convert },
	{ "netmem_pool", case_netmem_pool },
	{ "netmem_fragment", case_netmem_fragment },
	{ "netmem_skb", case_netmem_skb },
	{ "netmem_dma_addr", case_netmem_dma_addr },
#endif
	{},
};
