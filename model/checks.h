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
	"The page allocator returned a page that a pool still counts as its own: the page was freed without the pool (a plain put_page() on a pool page, an skb without pp_recycle), or it was returned twice. Or one page was announced and counted twice when it entered.",
	"Look for freed_while_held on the same pfn: its stack shows which code freed the page. Then check that every skb built from pool pages is marked for recycling. If the page was never freed, the stack of this finding has the code that counted it again.")
CHECK(release_not_held, FAIL, TRACEPOINT,
	"page leaves a pool that does not hold it",
	"A double release: the driver or the stack released the page from its pool twice, or released a page that never came from a pool (a page of its own, or not the first page of a compound page). Or the page was put twice, or handed out twice, before: then it is in the pool twice, and leaves it twice.",
	"The stack is that of the second release. If it is a driver's or the stack's own, compare the error paths of the function in it: each page must be put exactly once. If the pool itself gives the page back (page_pool_destroy, a full ring), the mistake was earlier: the function tier reports it when it happens, as put_while_pooled or handed_out_twice, with both stacks.")
CHECK(release_wrong_pool, FAIL, TRACEPOINT,
	"page leaves through another pool than the one that holds it",
	"A page of one receive queue was returned to the pool of another queue or device, so the counters of both pools drift apart.",
	"Take the pool from the page (page->pp) when you return it, not from the current queue.")
CHECK(freed_while_held, FAIL, TRACEPOINT,
	"page allocator gets a page that still carries the pool signature",
	"The last reference was dropped with put_page() or __free_page() while a pool still counts the page: an skb without pp_recycle, stack code that treats a pool fragment as an ordinary page, or an error path of the driver.",
	"The stack shows the code that freed the page. If that frees an skb (skb_release_data), the mistake is where the skb was built or merged: it was not marked for recycling, or merged with one that is not. If it returns a frame (__xdp_return), the frame has the wrong memory type. The pool will wait for this page forever (stalled pool shutdown).")
CHECK(negative_inflight, FAIL, TRACEPOINT,
	"pool reports fewer than zero pages in flight",
	"More releases than holds were counted: a page was released twice, a page of another pool was released through this one, or a hold was not counted (an allocation path that forgets it, or a counter that two CPUs changed at once).",
	"Look for release_not_held and release_wrong_pool of the same pool: their stacks have the release that is too many; the stack here is only the pool's end. If there is none, run again and start before the pool is created. If there still is none, compare holds and pages that entered: the code that allocates for this pool does not count each of them.")
CHECK(count_mismatch, FAIL, TRACEPOINT,
	"pool's own counters and the pages that it holds disagree",
	"No event was lost, and yet the signature scan or the shadow found another number of pages than the pool's hold and release counters give: a page lost its signature or its pool pointer while it was held, or left without being counted. Or the kernel counted a hold or a release that was none: then the evidence says so (miscounted).",
	"Compare the three numbers in the evidence. Fewer pages than counted: they were freed or overwritten. More: they were released twice, or page descriptors were copied. Miscounted: read each place that changes pages_state_hold_cnt or pages_state_release_cnt.")
CHECK(leaked, FAIL, TRACEPOINT,
	"page is out after the drain and has no holder",
	"The driver or the stack did not return the page: a put is missing on an error, XDP_DROP, redirect, TX completion or failed allocation path, or a fragment count never reaches its last put. A page whose last event was its return was lost by the page pool itself, in a bulk or at a full ring. Two holder walks visited every place of the network stack where a page of a destroyed pool can be, and neither found it. If one of these places could not be walked, this check is blind.",
	"The allocation stack (allocation or allocated in the report) shows which path the page took: every exit of the function in it must return the page. The last XDP verdict on the page, where it is shown, says which exit. Without such a stack, run again with the function tier.")
CHECK(stalled_shutdown, INCONCLUSIVE, TRACEPOINT,
	"destroyed pool is still waiting for its pages",
	"Either a leak or a legitimate hold: an unread socket, a deferred free on an idle CPU, a packet in a queue. The holder walk distinguishes them. If each page has a holder, this is only a warning (WARN). If a page has no known holder, or no walk was done, it is INCONCLUSIVE, and the reasons of the verdict say which. A page that two walks through every place did not find is reported as leaked.",
	"Read or close the sockets that the table of holders names, or kick idle CPUs (holders --kick), and look again: a hold clears, a leak stays. The pages and their ages are in the evidence.")
CHECK(put_while_pooled, FAIL, FUNCTION,
	"page returned while already in the pool",
	"Double recycle: the same page was put twice, so that the pool can hand it out to two users.",
	"The two put stacks show both. One of the puts must be removed. If one of them is in the page pool's own bulk return, look at who filled the bulk.")
CHECK(handed_out_twice, FAIL, FUNCTION,
	"pool hands out a page that is already out",
	"A consequence of a double recycle, or of a race on the lock-less cache: two users now write to one page. Or the allocation left the page in the cache that it gave out.",
	"Look for put_while_pooled and cache_race of the same pool first: they are the cause. If there is neither, it is the code that takes the page out of the cache: the stack has it.")
CHECK(put_after_destroy, FAIL, FUNCTION,
	"direct return into the cache of a destroyed pool",
	"The driver recycles with allow_direct after page_pool_destroy(): the cache is not emptied any more, and the page is lost.",
	"The stack shows which path still returns pages. Stop NAPI and TX completion before the pool is destroyed.")
CHECK(cache_race, FAIL, FUNCTION,
	"two contexts inside one pool's lock-less cache at once",
	"Allocation or direct return runs outside the pool's NAPI context, so that two CPUs change the cache array at the same time.",
	"Use the non-direct return outside the owning NAPI, and bind the pool to one NAPI instance.")
CHECK(frag_underflow, FAIL, FUNCTION,
	"fragment count is below the fragments that are out",
	"A fragment was returned more often than it was taken: a clone, coalesce or GRO path that does not take a reference. Or more of the bias was drained than was left of it.",
	"Compare the put stacks: one of them returns a fragment that it does not own. If the stack of the finding is an allocation, look at how it drains the page before.")
CHECK(frag_overflow, FAIL, FUNCTION,
	"fragment count is above its bias",
	"References were added without limit, or the bias was applied twice. The counter will become negative.",
	"Check which code calls the fragment reference helpers on this page.")
CHECK(frag_undrained, FAIL, FUNCTION,
	"fragment count is not drained at the last return",
	"The page went back to its pool while its fragment counter still says that fragments are out: less of the bias was drained than was left of it, or a fragment was returned as if it were the whole page.",
	"The stack shows the return. Check that the driver drains the unused bias exactly once, and that a fragment is returned as a fragment.")
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
	"Look for release_wrong_pool and freed_while_held of the same pfn. If there is neither, run with the function tier, which reports a put into another pool when it happens.")
CHECK(pool_refcount, FAIL, AUDIT,
	"page in cache or ring with a wrong refcount, signature or pool pointer",
	"A page reference was kept or dropped across the return, or the page descriptor was overwritten.",
	"A refcount above one: find the code that still has a reference. One that GUP-fast or a page cache lookup takes for a moment is not reported: two looks, 2 ms apart, saw the same. Below one: the page was freed while it was in the pool.")
CHECK(xdp_foreign_page, FAIL, XDP,
	"frame's page carries the signature of a pool that does not hold it",
	"The page under a received frame was released, or belongs to another pool: a use after free in the receive path, or a wrong XDP memory type on return.",
	"If the page left its pool before the frame came, look at the refill of the receiving driver: it gave the device a page that it had released. Else check the XDP return path of the device that created the frame: the memory type of the xdp_frame must describe the real owner of the page.")
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
CHECK(left_behind, FAIL, TRACEPOINT,
	"page still carries the mark of a pool that is gone",
	"The kernel freed the pool while it had this page: the pool's counters said that all pages were back. Another page was released twice, or counted so, which made up for this one; or this one was released and its mark was set again.",
	"Look for release_not_held of the same pool: its stack has the release that is too many. This page is leaked besides: the code that allocated it did not return it. Start the watch before the pool is created, with the function tier, for both stacks.")
CHECK(released_in_use, WARN, FUNCTION,
	"page leaves its pool while somebody else has a reference",
	"A page came back with more than one reference, so that the pool could not recycle it. Whoever has the other one may drop it later, or never: then the page is lost, and no pool counts it. A driver that takes a reference for each frame and a stack that recycles cause none; get_page() on a pool's page does (splice, zero-copy transmission, a driver's own half-page scheme).",
	"Compare the number with the traffic: one that grows with each packet is a path that never recycles. Look for who takes a reference on pages of this pool and which of its exits does not drop it; free memory that falls while the pools stay as they are shows that it is never dropped.")
CHECK(never_freed, WARN, TRACEPOINT,
	"page left its pool with more than one reference, and has not been freed since",
	"Somebody beside the pool had a reference to the page when it left, and the page allocator has not got the page since. That may be right: a socket that nobody reads, a pipe (splice), a process that maps the page (zero-copy receive), a packet or a device that still needs it. Or a get_page() on a pool's page has no put_page(): then the memory is lost, and no pool counts it.",
	"See whether the number grows with the traffic. Watch again, and end the processes that had the traffic before the watch ends: what sockets, pipes and mappings have is freed then, and does not count. Look for who takes references on pages of this pool and which of its exits does not drop one; released_in_use of the function tier counts such pages as they leave.")
CHECK(skb_no_recycle, WARN, TRACEPOINT,
	"packet without the recycle mark has a page that its pool still counts",
	"An skb has the page, and is not marked for recycling (pp_recycle): when it is freed, the page goes to the page allocator and not to its pool, which then waits for it for ever. The driver did not mark the skb that it built, or the mark was lost when packets were copied, merged or segmented.",
	"The table of holders names the packet. Look at where the driver builds its skbs: skb_mark_for_recycle() belongs to each that has pages of a pool. If it does, follow what the stack did with this kind of packet. The stack of the allocation shows who took the page; freed_while_held shows who frees it, when the packet goes.")
CHECK(suspect_leak, WARN, TRACEPOINT,
	"page of a pool that is alive is out and has no holder",
	"More pages are out than the device can have in its receive ring, and nobody is known to have them: two holder walks, each with a sweep over all packets of the machine, met them nowhere. The driver or the stack did not return them: a put is missing on an error, XDP_DROP, redirect, TX completion or failed allocation path. Or the driver keeps pages beside its ring: then their number does not grow with the traffic. If the same pages were met nowhere in three looks, and they became more while pages moved, the pool leaks: FAIL.",
	"Watch again, and for longer: a leak goes on growing, and each page of it is in the pool's count until the pool is destroyed. Looks follow --suspect-after during the watch, where the traffic pauses. Which of the pages the device has nobody can say from outside: with the function tier the oldest ones have the allocation stack of the path that lost them. To prove it, destroy the pool (set the device down): leaked then names each page.")
CHECK(pooled_while_out, WARN, FUNCTION,
	"page in its pool's cache or ring that is out, or has left, by its events",
	"Two looks at a pool that did not move met the page in cache or ring, and the last event of it says that it is somewhere else. It is in two places at once: it came back and was not taken from its user, or it was allocated and stayed in the pool (then the pool allocates it to a second user: handed_out_twice). Or its put was not seen.",
	"See whether followed_differs or function_lost is among the reasons and warnings: then it may be events that are missing. Else the stacks of the page are those of its last allocation and its last put: look there for the code that puts a page it still uses, or that takes a page from the ring and leaves it there.")
