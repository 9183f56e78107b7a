// SPDX-License-Identifier: GPL-2.0
/*
 * What page_pool keeps in its memory is in struct netmem, and struct page
 * does not have it any more. For `bad` lines see functions.c.
 */
#include <net/page_pool.h>

#ifdef BAD_pp_magic
#define MEM_PP_MAGIC page
#else
#define MEM_PP_MAGIC nmem
#endif
#ifdef BAD_pp
#define MEM_PP page
#else
#define MEM_PP nmem
#endif
#ifdef BAD_pp_mapping_pad
#define MEM_PAD page
#else
#define MEM_PAD nmem
#endif
#ifdef BAD_dma_addr
#define MEM_DMA page
#else
#define MEM_DMA nmem
#endif
#ifdef BAD_dma_addr_upper
#define MEM_DMA_UPPER page
#else
#define MEM_DMA_UPPER nmem
#endif
#ifdef BAD_pp_frag_count
#define MEM_FRAG page
#else
#define MEM_FRAG nmem
#endif
#ifdef BAD_lru
#define MEM_LRU nmem
#else
#define MEM_LRU page
#endif

/* bad pp_magic: 'struct page' has no member named 'pp_magic' */
/* bad pp: 'struct page' has no member named 'pp' */
/* bad pp_mapping_pad: 'struct page' has no member named '_pp_mapping_pad' */
/* bad dma_addr: 'struct page' has no member named 'dma_addr' */
/* bad dma_addr_upper: 'struct page' has no member named 'dma_addr_upper' */
/* bad pp_frag_count: 'struct page' has no member named 'pp_frag_count' */
/* bad lru: 'struct netmem' has no member named 'lru' */
void members(struct netmem *nmem, struct page *page)
{
	MEM_PP_MAGIC->pp_magic = 0;
	MEM_PP->pp = NULL;
	MEM_PAD->_pp_mapping_pad = 0;
	MEM_DMA->dma_addr = 0;
	MEM_DMA_UPPER->dma_addr_upper = 0;
	atomic_long_set(&MEM_FRAG->pp_frag_count, 0);
	INIT_LIST_HEAD(&MEM_LRU->lru);
}
