// SPDX-License-Identifier: GPL-2.0
/*
 * Cases on pools that map their pages for a device, which is one of ours.
 */
#include <linux/dma-direct.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include "test.h"

static dma_addr_t page_dma(struct device *dev, struct page *page)
{
	return phys_to_dma(dev, page_to_phys(page));
}

static void mapped(struct kase *t, struct device *dev, unsigned int order,
		   unsigned int flags, enum dma_data_direction dir)
{
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | flags,
		.order = order,
		.nid = NUMA_NO_NODE,
		.dev = dev,
		.dma_dir = dir,
		.max_len = PAGE_SIZE << order,
	};
	unsigned int users = kref_read(&dev->kobj.kref);
	struct page_pool *pool = pool_new_params(t, &params);
	struct page *page, *other;
	unsigned int offset;

	if (!pool)
		return;
	expect(t, kref_read(&dev->kobj.kref), users + 1);
	expect(t, page_pool_get_dma_dir(pool), dir);
	if (flags & PP_FLAG_PAGE_FRAG) {
		/* whole pages of such a pool have no count of users */
		local_bh_disable();
		page = page_pool_dev_alloc_frag(pool, &offset, 500);
		local_bh_enable();
		expect(t, page_pool_get_dma_addr(page) == page_dma(dev, page),
		       true);
		page_pool_put_full_page(pool, page, false);
		goto destroy;
	}
	page = pool_page(pool);
	expect(t, page_pool_get_dma_addr(page) == page_dma(dev, page), true);
	/* syncs a part, all, and more than there is */
	page_pool_put_page(pool, page, 100, false);
	page_pool_put_full_page(pool, pool_page(pool), false);
	pool_put_napi(pool, pool_page(pool));

	page = pool_page(pool);
	other = pool_page(pool);
	expect(t, page_pool_get_dma_addr(page) == page_dma(dev, page), true);
	expect(t, page_pool_get_dma_addr(other) == page_dma(dev, other), true);
	/* who leaves the pool is unmapped */
	page_pool_release_page(pool, page);
	expect(t, page_pool_get_dma_addr(page), 0);
	put_page(page);
	get_page(other);
	page_pool_put_full_page(pool, other, false);
	expect(t, page_pool_get_dma_addr(other), 0);
	put_page(other);
	expect(t, released(pool), 2);
destroy:
	pool_done(t, pool);
	expect(t, kref_read(&dev->kobj.kref), users);
}

static void case_dma(struct kase *t)
{
	struct platform_device *pdev;
	struct device *dev;

	pdev = platform_device_register_simple("netmem_test", -1, NULL, 0);
	if (!expect(t, PTR_ERR_OR_ZERO(pdev), 0))
		return;
	dev = &pdev->dev;
	expect(t, dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)), 0);
	mapped(t, dev, 0, 0, DMA_FROM_DEVICE);
	mapped(t, dev, 0, PP_FLAG_DMA_SYNC_DEV, DMA_FROM_DEVICE);
	mapped(t, dev, 0, PP_FLAG_DMA_SYNC_DEV | PP_FLAG_PAGE_FRAG,
	       DMA_BIDIRECTIONAL);
	mapped(t, dev, 2, PP_FLAG_DMA_SYNC_DEV, DMA_BIDIRECTIONAL);
	platform_device_unregister(pdev);
}

/* What an address with all its bits becomes. */
static void case_dma_addr(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	dma_addr_t address = (dma_addr_t)0x123456789abcd000ULL;
	struct page *page;

	if (!pool)
		return;
	page = pool_page(pool);
	page_pool_set_dma_addr(page, address);
	expect(t, page_pool_get_dma_addr(page) == address, true);
	page_pool_set_dma_addr(page, 0);
	page_pool_put_full_page(pool, page, false);
	pool_done(t, pool);
}

struct kase dma_cases[] = {
	{ "dma", case_dma },
	{ "dma_addr", case_dma_addr },
	{},
};
