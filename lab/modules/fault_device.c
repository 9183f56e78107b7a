// SPDX-License-Identifier: GPL-2.0
/*
 * The knob with a device: pages that are mapped for it for DMA when its driver
 * goes.
 */
#include <linux/dma-mapping.h>
#include <linux/platform_device.h>

#include "fault.h"

static struct platform_device *device;

static int no_probe(struct platform_device *unused)
{
	return 0;
}

static struct platform_driver driver = {
	.probe = no_probe,
	.driver.name = "netmem_fault",
};

static int bind(void)
{
	int err = platform_driver_register(&driver);

	if (err)
		return err;
	device = platform_device_register_simple("netmem_fault", -1, NULL, 0);
	if (IS_ERR(device)) {
		platform_driver_unregister(&driver);
		return PTR_ERR(device);
	}
	return dma_set_mask_and_coherent(&device->dev, DMA_BIT_MASK(64));
}

static void unbind(void)
{
	platform_driver_unregister(&driver);
}

static void put_mapped(struct fault_pool *fp)
{
	fault_put_ring(fp, fp->page);
	/* the pool has a reference of its own */
	platform_device_unregister(device);
}

static int dma_after_unbind(bool wrong)
{
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP,
		.nid = NUMA_NO_NODE,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
	};
	struct fault_pool *fp;
	struct page *page;
	int err = bind();

	if (err)
		return err;
	params.dev = &device->dev;
	fp = fault_pool_new_params(&params);
	if (!fp) {
		unbind();
		platform_device_unregister(device);
		return -ENOMEM;
	}
	err = fault_traffic(fp, fault_ms);
	page = fault_take(fp);
	if (page && wrong) {
		fault_pool_destroy(fp);
		unbind();
		return fault_pool_keep(fp, put_mapped, page) ?: err;
	}
	if (page)
		fault_put_ring(fp, page);
	err = fault_pool_end(fp) ?: err;
	unbind();
	platform_device_unregister(device);
	return err;
}

const struct knob device_knobs[] = {
	KNOB(dma_after_unbind,
	     "a mapped page is out when its device's driver goes",
	     "all mapped pages are back when their device's driver goes"),
	{},
};
