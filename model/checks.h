/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of checks: one entry a check, and the only one. Ids, JSON keys,
 * `netmem-check checks`, docs/checks.md and the tests all derive from it.
 *
 * CHECK(id, severity, tier, headline, causes, next)
 *   severity  what a confirmed finding does to the verdict
 *   tier      TRACEPOINT, FUNCTION, AUDIT or XDP: what must run to see it
 *   headline  one line, lower case, without a full stop
 *   causes    what usually stands behind it
 *   next      what to do next
 *
 * Ids are stable: they are keys in JSON, in recordings and in people's scripts.
 */
CHECK(hold_twice, FAIL, TRACEPOINT,
	"page enters a pool while a pool already holds it",
	"The page allocator gave out a page that a pool still counts as its own: the page was freed behind the pool's back (a plain put_page() on a pool page, a skb without its recycle mark), or it was returned twice.",
	"Look for freed_while_held on the same page frame: its stack names who freed the page. Then check that every skb built from pool pages is marked for recycling.")
CHECK(release_not_held, FAIL, TRACEPOINT,
	"page leaves a pool that does not hold it",
	"A double release: the driver or the stack released the page from its pool twice, or released a page that never came from a pool.",
	"The stack is the second release. Compare the error paths of the function in it: each page must be put exactly once.")
CHECK(release_wrong_pool, FAIL, TRACEPOINT,
	"page leaves through another pool than the one that holds it",
	"A page of one receive queue was returned to the pool of another queue or device, so both pools' counters drift apart.",
	"Take the pool from the page (page->pp) when you return it, not from the queue at hand.")
CHECK(freed_while_held, FAIL, TRACEPOINT,
	"page allocator gets a page that still carries the pool signature",
	"Somebody dropped the last reference with put_page() or __free_page() although a pool still counts the page: a skb without its recycle mark, stack code that treats a pool fragment as an ordinary page, or a driver's error path.",
	"The stack is the culprit or its caller. The pool will wait for this page for ever (stalled pool shutdown).")
CHECK(negative_inflight, FAIL, TRACEPOINT,
	"pool reports fewer than zero pages in flight",
	"More releases than holds: at least one page was released twice, or a foreign page was released through this pool.",
	"Look for release_not_held and release_wrong_pool of the same pool; without them run again from before the pool is made.")
CHECK(count_mismatch, FAIL, TRACEPOINT,
	"pool's own counters and the pages that it holds disagree",
	"With nothing lost, the pages found by the signature scan and by the shadow are not as many as the pool's hold and release counters say: a page lost its signature or its pool pointer while it was held, or left without being counted.",
	"Compare the three numbers in the evidence. Fewer pages than counted: they were freed or overwritten. More: released twice or copied descriptors.")
CHECK(leaked, FAIL, TRACEPOINT,
	"page is out after the drain and nobody holds it",
	"The driver or the stack forgot the page: a return is missing on an error, XDP_DROP, redirect or TX completion path. Two holder walks looked into every place of the network stack where a page of a destroyed pool can be, and both met it in none; with one place that could not be walked this check is blind.",
	"The hand-out stack shows which path the page took: each way out of the function in it must give the page back. Without a stack run again with the function tier.")
CHECK(stalled_shutdown, INCONCLUSIVE, TRACEPOINT,
	"destroyed pool is still waiting for its pages",
	"Either a leak, or a legitimate hold: an unread socket, a deferred free on an idle processor, a frame in a queue. The holder walk tells these apart: with a holder for each page this is only a warning (WARN); where a page has none that we can see, or nobody walked, it is INCONCLUSIVE, and the verdict's reasons say which. A page that two walks through every place met nowhere is leaked.",
	"Read or close the sockets that the table of holders names, or nudge idle processors, and look again: a hold clears, a leak stays. The pages and their ages are in the evidence.")
CHECK(put_while_pooled, FAIL, FUNCTION,
	"page returned while already in the pool",
	"Double recycle: the same page was put twice, so that the pool can hand it out to two users.",
	"The two return stacks show both puts. One of them must go.")
CHECK(handed_out_twice, FAIL, FUNCTION,
	"pool hands out a page that is already out",
	"Follow-on of a double recycle or of a race on the lock-less cache: two users now write to one page.",
	"Look for put_while_pooled and cache_race on the same pool; they come first.")
CHECK(put_after_destroy, FAIL, FUNCTION,
	"direct return into the cache of a destroyed pool",
	"The driver recycles with allow_direct after page_pool_destroy(): the cache is no longer emptied and the page is lost.",
	"Stop NAPI and TX completion before the pool is destroyed.")
CHECK(cache_race, FAIL, FUNCTION,
	"two contexts inside one pool's lock-less cache at once",
	"Allocation or direct return runs outside the pool's NAPI context, so that two processors change the cache array together.",
	"Use the non-direct return outside the owning NAPI, and bind the pool to one NAPI instance.")
CHECK(frag_underflow, FAIL, FUNCTION,
	"fragment count is below the fragments that are out",
	"A fragment was returned more often than it was taken: clone, coalesce or GRO paths that forget a reference.",
	"Compare the return stacks: one of them returns a fragment that it does not own.")
CHECK(frag_overflow, FAIL, FUNCTION,
	"fragment count is above its bias",
	"References were added without end, or the bias was applied twice; the counter will change its sign.",
	"Check who calls the fragment reference helpers on this page.")
CHECK(frag_undrained, FAIL, FUNCTION,
	"fragment count is not drained at the last return",
	"The page went back to its pool while its counter still says that fragments are out.",
	"Check that the driver drains the unused bias exactly once.")
CHECK(frag_bounds, FAIL, FUNCTION,
	"pool hands out a fragment outside its page or over another",
	"The offset that the pool gives to the driver does not follow from the fragments before it: two users would write to the same bytes.",
	"Compare the offset and size in the evidence with frag_offset of the pool: the stack names who asked for the fragment.")
CHECK(pool_duplicate, FAIL, AUDIT,
	"same page twice in a pool's cache and ring",
	"Double recycle that has already happened: the pool will hand this page to two users.",
	"Run with the function tier to catch the second put in the act.")
CHECK(pool_foreign, FAIL, AUDIT,
	"cache or ring holds a page of another pool, or a freed one",
	"A page was returned to the wrong pool, or freed while it sat in the pool.",
	"Look for release_wrong_pool and freed_while_held of the same page frame.")
CHECK(pool_refcount, FAIL, AUDIT,
	"page in cache or ring with a wrong refcount, signature or pool pointer",
	"Somebody kept or dropped a page reference across the return, or wrote over the page's descriptor.",
	"A refcount above one: find who still holds the page. Below one: it was freed while pooled.")
CHECK(xdp_foreign_page, FAIL, XDP,
	"frame's page carries the signature of a pool that does not hold it",
	"The page under a received frame was released or belongs elsewhere: use after free in the receive path, or a wrong XDP memory type on return.",
	"Check the XDP return path of the device that made the frame: xdp_frame's memory type must describe the page's real owner.")
CHECK(xdp_frag_bounds, FAIL, XDP,
	"multi-buffer fragment outside its page, overlapping, or not held",
	"The driver filled the fragment descriptors of a multi-buffer frame with a wrong page, offset or size.",
	"Check how the driver fills skb_shared_info for frames above one buffer.")
CHECK(dma_after_unbind, FAIL, TRACEPOINT,
	"dma-mapped pool outlives its driver's unbind with pages in flight",
	"Pages stay mapped for a device whose driver is gone; a later unmap or device access goes to nowhere.",
	"Wait for the pages before the driver unbinds, or unmap them at destroy as kernels with page_pool.dma_mapped do.")
