/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The measured paths, written once and included once for each interface: with
 * struct page, and, where there is one, with struct netmem. Before that,
 * PATH(name) names the functions and the words b_*() are defined:
 *
 *   b_t                 what a pool gives out
 *   b_alloc(pool)       takes one
 *   b_put(pool, x)      gives it back, without asking for the cache
 *   b_recycle(pool, x)  gives it back straight into the cache
 *   b_release(pool, x)  takes it away from its pool
 *   b_free(x)           drops a reference
 *   b_of_page(page)     for what only comes as a page: fragments
 *   b_page(x), b_virt(x)
 *   b_frag_set(f, x)
 *
 * Each path does its work for ROUND buffers a round.
 */

/* The loops of the others, around nothing; it is subtracted from them. */
static noinline void PATH(empty)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	b_t *one = (b_t *)b;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++) {
			barrier();
			x[i] = one;
		}
		for (i = 0; i < ROUND; i++) {
			one = x[i];
			barrier();
		}
	}
}

static noinline void PATH(cache)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_alloc(b->pool);
		for (i = 0; i < ROUND; i++)
			b_recycle(b->pool, x[i]);
	}
}

static noinline void PATH(ring)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_alloc(b->pool);
		for (i = 0; i < ROUND; i++)
			b_put(b->pool, x[i]);
	}
}

/* One of ROUND is kept by a ring of one entry, the others are freed. */
static noinline void PATH(ring_full)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND + 1; i++)
			x[i] = b_alloc(b->pool);
		for (i = 0; i < ROUND + 1; i++)
			b_put(b->pool, x[i]);
	}
}

/* Somebody else holds a reference, so the pool lets go. */
static noinline void PATH(elevated)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++) {
			x[i] = b_alloc(b->pool);
			page_ref_inc(b_page(x[i]));
		}
		for (i = 0; i < ROUND; i++) {
			b_put(b->pool, x[i]);
			b_free(x[i]);
		}
	}
}

static noinline void PATH(release)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_alloc(b->pool);
		for (i = 0; i < ROUND; i++) {
			b_release(b->pool, x[i]);
			b_free(x[i]);
		}
	}
}

static noinline void PATH(fragment)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	unsigned int offset;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_of_page(page_pool_alloc_frag(b->pool, &offset,
							      2048, GFP_BENCH));
		for (i = 0; i < ROUND; i++)
			b_recycle(b->pool, x[i]);
	}
}

/* What freeing an skb does with each of its pages, without the skb. */
static noinline void PATH(skb_page)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_alloc(b->pool);
		for (i = 0; i < ROUND; i++)
			page_pool_return_skb_page(b_page(x[i]));
	}
}

static noinline void PATH(skb_tail_page)(struct bench *b, unsigned int rounds)
{
	b_t **x = (b_t **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_alloc(b->pool);
		for (i = 0; i < ROUND; i++)
			page_pool_return_skb_page(b_page(x[i]) + 1);
	}
}

/* The shared info lies where build_skb() will find it, as drivers do it. */
static __always_inline struct sk_buff *PATH(skb_build)(struct bench *b,
						       int nr_frags)
{
	void *data = b_virt(b_alloc(b->pool));
	struct skb_shared_info *shared;
	struct sk_buff *skb;
	int i;

	skb = build_skb(data, PAGE_SIZE);
	if (unlikely(!skb))
		return NULL;
	skb_mark_for_recycle(skb);
	shared = skb_shinfo(skb);
	for (i = 0; i < nr_frags; i++) {
		skb_frag_off_set(&shared->frags[i], 0);
		skb_frag_size_set(&shared->frags[i], 1500);
		b_frag_set(&shared->frags[i], b_alloc(b->pool));
	}
	shared->nr_frags = nr_frags;
	return skb;
}

static noinline void PATH(skb_head)(struct bench *b, unsigned int rounds)
{
	struct sk_buff **skb = (struct sk_buff **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			skb[i] = PATH(skb_build)(b, 0);
		for (i = 0; i < ROUND; i++)
			consume_skb(skb[i]);
	}
}

static noinline void PATH(skb_frags)(struct bench *b, unsigned int rounds)
{
	struct sk_buff **skb = (struct sk_buff **)b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND / 4; i++)
			skb[i] = PATH(skb_build)(b, 3);
		for (i = 0; i < ROUND / 4; i++)
			consume_skb(skb[i]);
	}
}

/* Three pages of somebody else in an skb of ours. */
static noinline void PATH(skb_foreign)(struct bench *b, unsigned int rounds)
{
	struct sk_buff **skb = (struct sk_buff **)b->buffers;
	struct skb_shared_info *shared;
	int i, j;

	while (rounds--) {
		for (i = 0; i < ROUND / 4; i++) {
			skb[i] = PATH(skb_build)(b, 0);
			shared = skb_shinfo(skb[i]);
			for (j = 0; j < 3; j++) {
				page_ref_inc(b->foreign);
				__skb_frag_set_page(&shared->frags[j],
						    b->foreign);
			}
			shared->nr_frags = 3;
		}
		for (i = 0; i < ROUND / 4; i++)
			consume_skb(skb[i]);
	}
}

/* The pool's init_callback has put a frame on each page. */
static noinline void PATH(xdp_return)(struct bench *b, unsigned int rounds)
{
	void **x = b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_virt(b_alloc(b->pool));
		for (i = 0; i < ROUND; i++)
			xdp_return_frame(x[i]);
	}
}

static noinline void PATH(xdp_return_napi)(struct bench *b, unsigned int rounds)
{
	void **x = b->buffers;
	int i;

	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_virt(b_alloc(b->pool));
		for (i = 0; i < ROUND; i++)
			xdp_return_frame_rx_napi(x[i]);
	}
}

static noinline void PATH(xdp_bulk)(struct bench *b, unsigned int rounds)
{
	struct xdp_frame_bulk bulk;
	void **x = b->buffers;
	int i;

	xdp_frame_bulk_init(&bulk);
	rcu_read_lock();
	while (rounds--) {
		for (i = 0; i < ROUND; i++)
			x[i] = b_virt(b_alloc(b->pool));
		for (i = 0; i < ROUND; i++)
			xdp_return_frame_bulk(x[i], &bulk);
		xdp_flush_frame_bulk(&bulk);
	}
	rcu_read_unlock();
}

/* Frames of four pages. */
static noinline void PATH(xdp_frags)(struct bench *b, unsigned int rounds)
{
	struct xdp_frame **x = (struct xdp_frame **)b->buffers;
	struct skb_shared_info *shared;
	int i, j;

	while (rounds--) {
		for (i = 0; i < ROUND / 4; i++) {
			x[i] = b_virt(b_alloc(b->pool));
			x[i]->flags = XDP_FLAGS_HAS_FRAGS;
			shared = xdp_get_shared_info_from_frame(x[i]);
			for (j = 0; j < 3; j++)
				b_frag_set(&shared->frags[j], b_alloc(b->pool));
			shared->nr_frags = 3;
		}
		for (i = 0; i < ROUND / 4; i++)
			xdp_return_frame(x[i]);
	}
}

static const path_t PATH(paths)[NR_PATHS] = {
	[EMPTY] = PATH(empty),
	[CACHE] = PATH(cache),
	[RING] = PATH(ring),
	[RING_DMA] = PATH(ring),
	[RING_FULL] = PATH(ring_full),
	[ELEVATED] = PATH(elevated),
	[RELEASE] = PATH(release),
	[RELEASE_DMA] = PATH(release),
	[RELEASE_HIGH] = PATH(release),
	[FRAGMENT] = PATH(fragment),
	[SKB_PAGE] = PATH(skb_page),
	[SKB_TAIL_PAGE] = PATH(skb_tail_page),
	[SKB_HEAD] = PATH(skb_head),
	[SKB_FRAGS] = PATH(skb_frags),
	[SKB_FOREIGN] = PATH(skb_foreign),
	[XDP_RETURN] = PATH(xdp_return),
	[XDP_RETURN_NAPI] = PATH(xdp_return_napi),
	[XDP_BULK] = PATH(xdp_bulk),
	[XDP_FRAGS] = PATH(xdp_frags),
	/* the last two do not take from a pool: one interface is enough */
};
