/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of checks: one entry a check, and the only one. Ids, JSON keys,
 * `netmem-check checks`, docs/checks.md and the tests all derive from it.
 *
 * CHECK(id, severity, tier, headline, causes, next)
 *   severity  what a confirmed finding does to the verdict
 *   tier      TRACEPOINT, FUNCTION, AUDIT or XDP: what must run to see it
 *   headline  one line, lower case, without a full stop
 *   causes    what usually causes it
 *   next      what to do next
 *
 * Ids are stable: they are keys in JSON, in recordings and in people's scripts.
 */
CHECK(hold_twice, FAIL, TRACEPOINT,
	"page enters a pool while a pool already holds it",
	"The page allocator returned a page that a pool still counts as its own: the page was freed without the pool (a plain put_page() on a pool page, an skb without pp_recycle), or it was returned twice.",
	"Look for freed_while_held on the same pfn: its stack shows which code freed the page. Then check that every skb built from pool pages is marked for recycling.")
CHECK(release_not_held, FAIL, TRACEPOINT,
	"page leaves a pool that does not hold it",
	"A double release: the driver or the stack released the page from its pool twice, or released a page that never came from a pool.",
	"The stack is that of the second release. Compare the error paths of the function in it: each page must be put exactly once.")
CHECK(release_wrong_pool, FAIL, TRACEPOINT,
	"page leaves through another pool than the one that holds it",
	"A page of one receive queue was returned to the pool of another queue or device, so the counters of both pools drift apart.",
	"Take the pool from the page (page->pp) when you return it, not from the current queue.")
CHECK(freed_while_held, FAIL, TRACEPOINT,
	"page allocator gets a page that still carries the pool signature",
	"The last reference was dropped with put_page() or __free_page() while a pool still counts the page: an skb without pp_recycle, stack code that treats a pool fragment as an ordinary page, or an error path of the driver.",
	"The stack shows the code that freed the page. The pool will wait for this page forever (stalled pool shutdown).")
CHECK(negative_inflight, FAIL, TRACEPOINT,
	"pool reports fewer than zero pages in flight",
	"More releases than holds: at least one page was released twice, or a page of another pool was released through this one.",
	"Look for release_not_held and release_wrong_pool of the same pool. If there is none, run again and start before the pool is created.")
CHECK(count_mismatch, FAIL, TRACEPOINT,
	"pool's own counters and the pages that it holds disagree",
	"No event was lost, and yet the signature scan or the shadow found another number of pages than the pool's hold and release counters give: a page lost its signature or its pool pointer while it was held, or left without being counted.",
	"Compare the three numbers in the evidence. Fewer pages than counted: they were freed or overwritten. More: they were released twice, or page descriptors were copied.")
CHECK(leaked, FAIL, TRACEPOINT,
	"page is out after the drain and has no holder",
	"The driver or the stack did not return the page: a put is missing on an error, XDP_DROP, redirect or TX completion path. Two holder walks visited every place of the network stack where a page of a destroyed pool can be, and neither found it. If one of these places could not be walked, this check is blind.",
	"The allocation stack (allocation or allocated in the report) shows which path the page took: every exit of the function in it must return the page. Without such a stack, run again with the function tier.")
CHECK(stalled_shutdown, INCONCLUSIVE, TRACEPOINT,
	"destroyed pool is still waiting for its pages",
	"Either a leak or a legitimate hold: an unread socket, a deferred free on an idle CPU, a packet in a queue. The holder walk distinguishes them. If each page has a holder, this is only a warning (WARN). If a page has no known holder, or no walk was done, it is INCONCLUSIVE, and the reasons of the verdict say which. A page that two walks through every place did not find is reported as leaked.",
	"Read or close the sockets that the table of holders names, or kick idle CPUs (holders --nudge), and look again: a hold clears, a leak stays. The pages and their ages are in the evidence.")
CHECK(put_while_pooled, FAIL, FUNCTION,
	"page returned while already in the pool",
	"Double recycle: the same page was put twice, so that the pool can hand it out to two users.",
	"The two put stacks show both. One of the puts must be removed.")
CHECK(handed_out_twice, FAIL, FUNCTION,
	"pool hands out a page that is already out",
	"A consequence of a double recycle, or of a race on the lock-less cache: two users now write to one page.",
	"Look for put_while_pooled and cache_race of the same pool first: they are the cause.")
CHECK(put_after_destroy, FAIL, FUNCTION,
	"direct return into the cache of a destroyed pool",
	"The driver recycles with allow_direct after page_pool_destroy(): the cache is not emptied any more, and the page is lost.",
	"Stop NAPI and TX completion before the pool is destroyed.")
CHECK(cache_race, FAIL, FUNCTION,
	"two contexts inside one pool's lock-less cache at once",
	"Allocation or direct return runs outside the pool's NAPI context, so that two CPUs change the cache array at the same time.",
	"Use the non-direct return outside the owning NAPI, and bind the pool to one NAPI instance.")
CHECK(frag_underflow, FAIL, FUNCTION,
	"fragment count is below the fragments that are out",
	"A fragment was returned more often than it was taken: a clone, coalesce or GRO path that does not take a reference.",
	"Compare the put stacks: one of them returns a fragment that it does not own.")
CHECK(frag_overflow, FAIL, FUNCTION,
	"fragment count is above its bias",
	"References were added without limit, or the bias was applied twice. The counter will become negative.",
	"Check which code calls the fragment reference helpers on this page.")
CHECK(frag_undrained, FAIL, FUNCTION,
	"fragment count is not drained at the last return",
	"The page went back to its pool while its fragment counter still says that fragments are out.",
	"Check that the driver drains the unused bias exactly once.")
CHECK(frag_bounds, FAIL, FUNCTION,
	"pool hands out a fragment outside its page or over another",
	"The offset that the pool gives to the driver does not follow from the fragments before it: two users would write to the same bytes.",
	"Compare offset and size in the evidence with the pool's frag_offset. The stack shows which code asked for the fragment.")
CHECK(pool_duplicate, FAIL, AUDIT,
	"same page twice in a pool's cache and ring",
	"A double recycle has already happened: the pool will hand this page out to two users.",
	"Run with the function tier, which reports the second put when it happens.")
CHECK(pool_foreign, FAIL, AUDIT,
	"cache or ring holds a page of another pool, or a freed one",
	"A page was returned to the wrong pool, or freed while it was in the pool.",
	"Look for release_wrong_pool and freed_while_held of the same pfn.")
CHECK(pool_refcount, FAIL, AUDIT,
	"page in cache or ring with a wrong refcount, signature or pool pointer",
	"A page reference was kept or dropped across the return, or the page descriptor was overwritten.",
	"A refcount above one: find the code that still has a reference. Below one: the page was freed while it was in the pool.")
CHECK(xdp_foreign_page, FAIL, XDP,
	"frame's page carries the signature of a pool that does not hold it",
	"The page under a received frame was released, or belongs to another pool: a use after free in the receive path, or a wrong XDP memory type on return.",
	"Check the XDP return path of the device that created the frame: the memory type of the xdp_frame must describe the real owner of the page.")
CHECK(xdp_frag_bounds, FAIL, XDP,
	"multi-buffer fragment outside its page, overlapping, or not held",
	"The driver filled the fragment descriptors of a multi-buffer frame with a wrong page, offset or size.",
	"Check how the driver fills skb_shared_info for frames larger than one buffer.")
CHECK(frag_misaligned, WARN, XDP,
	"buffer is not aligned to 8 bytes",
	"The head of a buffer, its skb_shared_info or a fragment that the pool gave out begins at an address that is no multiple of 8: the driver or the stack cuts fragments of odd sizes from a page, and page_pool places the next one behind them as it is. skb_shared_info has atomic counters: one that crosses a cache line is a split lock, which is slow, and a fault or a panic on machines that trap it.",
	"Round the size up before page_pool_alloc_frag() and its relatives, and in frame_sz: SKB_DATA_ALIGN(). The stack of the finding shows which code asked for the fragment.")
CHECK(dma_after_unbind, FAIL, TRACEPOINT,
	"dma-mapped pool outlives its driver's unbind with pages in flight",
	"Pages stay mapped for a device whose driver is gone; a later unmap or DMA access uses a device that no longer exists.",
	"Wait for the pages before the driver unbinds, or unmap them when the pool is destroyed, as kernels with page_pool.dma_mapped do.")
