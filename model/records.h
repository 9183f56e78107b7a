/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every struct that crosses from BPF to user space: fixed width, declared
 * here once, size asserted. Map dumps show these by name (BTF).
 */
#ifndef NETMEM_RECORDS_H
#define NETMEM_RECORDS_H

#include "model/window.h"

#define RECORD_SIZE(type, size) \
	_Static_assert(sizeof(struct type) == (size), #type " changed its size")

#define NAME_LEN 16
#define DEVICE_LEN 24 /* a net_device's name, or most of a bus device's */
#define STACK_DEPTH 24
#define EVIDENCE_SLOTS 8
#define STACKS_MAX 16384 /* that the function tier samples */

/*
 * What names a netmem in words, records and recordings, where it is called its
 * frame: of a page its frame number, of a net_iov, which has no page, its
 * netmem_ref: a kernel address, and so above all frame numbers.
 */
#define FRAME_NONE (~0ULL) /* a pool as a whole */

MODEL_INLINE int frame_is_net_iov(__u64 frame)
{
	return frame >> 63 && frame != FRAME_NONE;
}

/* What the hooks do: the one switch. */
enum arming {
	ARMED_NOT, /* nothing */
	ARMED, /* all */
	ARMED_CONTROL, /* our control pool may come: core/control.bpf.h */
	ARMED_UNPROVEN, /* there is none: the first events prove the hooks */
};

/* Which pools that are met have lost nothing, though their first page was not seen. */
enum seeding {
	SEEDING_NOT, /* none */
	SEEDING_LISTS, /* those of the kernel's lists: they were idle */
	SEEDING_ALL, /* all: from arming until those older than us were looked for */
};

/*
 * The control pool: a page pool of ours that the kernel makes for one XDP live
 * frame. Its size is that of the batch that was asked for, and no driver has it.
 */
#define CONTROL_POOL_SIZE 229

/* Hooks that are proven by it. */
enum control_hook {
	CONTROL_HOLD,
	CONTROL_RELEASE,
	CONTROL_DESTROY,
	CONTROL_FREE,
	CONTROL_ALLOC,
	CONTROL_PUT,
	CONTROL_HOOKS
};

/* What was seen of it; without one, of the first events of any pool. */
struct control_state {
	__u64 task; /* the one that makes it */
	__u64 pool; /* its address; 0: no hook met it yet */
	__u64 page; /* that it held or released last */
	__u32 fired; /* hooks, one bit for each of enum control_hook */
	__u32 marked; /* pages held that carried the mark */
	__u32 unmarked; /* and that did not */
	__u32 reserved;
};
RECORD_SIZE(control_state, 40);

/* A pool's slot goes FREE -> CLAIMED -> ACTIVE -> DESTROYED -> RETIRED -> FREE. */
enum pool_status {
	POOL_FREE,
	POOL_CLAIMED, /* being described */
	POOL_ACTIVE,
	POOL_DESTROYED, /* destroy was called, pages are still in flight */
	POOL_RETIRED, /* reported 0 in flight: late releases may still come */
	POOL_CLOSING, /* the loader closes its last window */
};

enum pool_flags {
	POOL_BORN_SEEN = 1 << 0, /* we saw its first event: its offset is 0 */
	POOL_DMA_MAP = 1 << 1,
	POOL_DMA_TRACKED = 1 << 2, /* this kernel unmaps at destroy */
	POOL_FRAGMENTS = 1 << 3,
	POOL_HAS_DEVICE = 1 << 4, /* struct device known */
	POOL_DRIVER_BOUND = 1 << 5, /* that device has a driver */
	POOL_HAS_QUEUE = 1 << 6,
	POOL_PROVIDED = 1 << 7, /* a memory provider gives it net_iovs */
	POOL_OF_CPU = 1 << 8, /* a processor's own (system) pool */
	POOL_FORGOTTEN =
		1 << 9, /* destroyed; the kernel no longer knows its device */
};

/* Who met a misaligned buffer of a pool: one is evidence, all are counted. */
enum misaligned_by {
	MISALIGNED_BY_XDP = 1 << 0,
	MISALIGNED_BY_FRAGMENT = 1 << 1,
};

/*
 * Who a pool is: read once, when its slot is claimed. So it keeps its device
 * when that is renamed, moved or gone.
 */
struct pool_identity {
	__u64 pool; /* address of its struct page_pool */
	__u32 flags; /* enum pool_flags */
	__u32 netlink_id; /* 6.8+; 0: none */
	__u32 xdp_mem_id;
	__u32 napi_id;
	__u32 ifindex; /* 0: device is no net_device, or unknown */
	__u32 queue; /* with POOL_HAS_QUEUE */
	__u64 netns; /* inode of the net namespace; 0: unknown */
	__u32 order;
	__u32 pool_size;
	__u32 cpu; /* with POOL_OF_CPU */
	__u32 parameters; /* a sum of those that never change */
	__u64 bus_device; /* address of its struct device; 0: of no bus, unknown */
	char device[DEVICE_LEN]; /* net_device, else bus device; "": none */
	char driver[NAME_LEN]; /* of the bus device, or kind of net_device */
};
RECORD_SIZE(pool_identity, 104);

/* After a gap a pool's words are wrong until the scan corrected them. */
enum word_trust {
	TRUST_FULL,
	TRUST_LOST, /* wants a scan */
	TRUST_CORRECTED, /* scanned: windows that begin from now on count */
};

/*
 * A pool's two windows and what the closed ones gave. Opened at the claim for
 * pools whose birth we saw, else by the loader; closed by the loader only.
 */
struct pool_windows {
	struct stream_window hold;
	struct stream_window release;
	__u32 gaps;
	__u32 trust; /* enum word_trust */
	__u64 complete_events;
	__u64 other_events; /* in gaps, or untrusted */
};
RECORD_SIZE(pool_windows, 48);

/*
 * PP_ALLOC_CACHE_REFILL: pages that one call of the page allocator brings, and
 * that a driver may take at once without using all of them.
 */
#define POOL_REFILL 64

/* A pool as it was when the hooks were armed; user space writes it. */
struct pool_first {
	__u32 seq; /* the incarnation that it is of; 0: none */
	__u32 kernel_id;
	__u32 hold;
	__u32 release;
	__u32 cache;
	__u32 ring;
	__u64 contents; /* of cache and ring: equal while nothing moved */
	__u32 stable; /* the numbers above belong to one instant */
	__u32 reserved;
};
RECORD_SIZE(pool_first, 40);

/*
 * One slot of the map `pools`. The hold fields are written by the one context
 * that allocates from the pool, the release fields by any, so they sit in
 * cache lines of their own.
 */
struct pool_record {
	__u32 status; /* enum pool_status */
	__u32 generation; /* bumped by the loader at each gap */
	struct pool_identity id; /* each event reads its first member, too */
	__u32 seq; /* counts the incarnations of the slot */
	__u32 net_iov; /* holds of net_iovs */
	__u64 destroyed_ns; /* CLOCK_MONOTONIC; 0: not destroyed, or nobody knows */
	__u64 retired_ns;
	__u32 final_hold; /* kernel's counters in the last release report */
	__u32 final_release;
	__s32 final_inflight;
	__u32 hold_stack_depth;
	__u32 suspected; /* violations that name this pool */
	__u32 born_age; /* age tick when this incarnation began */

	__u64 hold_seen __attribute__((aligned(64)));
	__u32 hold_last;
	__u32 reserved_hold;

	__u64 release_seen __attribute__((aligned(64)));

	struct pool_windows windows __attribute__((aligned(64)));
	/* The incarnation that a reader follows: its slot waits for the reader. */
	__u32 watched_seq;
	/* Events without effect: no word for the page, or retries exhausted. */
	__u32 outside;
	__u32 unstepped;
	__u32 pages_outside; /* that the last scan found; the loader zeroes it */

	__u64 hold_stack[STACK_DEPTH] __attribute__((aligned(64)));

	/*
	 * Function tier. Who is inside the lock-less cache (0: nobody), and whom
	 * of these somebody else met there: bpf/track/cache.bpf.h says how both
	 * prove a race.
	 */
	__u64 inside __attribute__((aligned(64)));
	__u64 met;
	__u32 met_cpu;
	__u32 met_pid;
	__u32 met_stack;
	__u32 function_lost; /* events of this pool that we know we lost */
	/* The page that fragments are given out of. */
	__u64 frag_page;
	__u32 frag_issued;
	__u32 frag_end; /* where the last one ends */
	__u16 take_stacks; /* of each allocation and put */
	__u16 destroying; /* its destroy was called, and nothing else says so yet */
	/* Of XDP, on its pages: frames inspected, and of these with a misaligned buffer. */
	__u32 frames;
	__u32 frames_misaligned;
	__u32 misaligned_stored; /* enum misaligned_by: has evidence */
	/* When stacks of allocations and puts taken so far are paid for. */
	__u64 stacks_due[2];

	struct pool_first first; /* written and read by user space alone */
};
RECORD_SIZE(pool_record, 704);

/*
 * What the function tier knows of a page beside its word. Stacks are ids in
 * the map `stacks` plus one; 0: none was taken.
 */
struct page_note {
	__u32 recycled; /* times allocated again since it entered the pool */
	__u32 given; /* stack of the last allocation that was sampled */
	__u32 taken; /* stack of the last put that was sampled */
	__u16 given_since; /* allocations since that stack */
	__u16 taken_since;
	/* The fragment cycle, 16 bits, and the puts seen in it, 16 bits. */
	__u32 cycle_seen;
	__u16 frags_issued; /* in this cycle */
	__u16 xdp; /* the last XDP verdict on a frame in it, plus one */
};
RECORD_SIZE(page_note, 24);

/* Pages that a processor has just put, and the jiffies of its last bulk. */
#define PUTS_NOTED 4
#define PUT_NOTES 512

struct put_notes {
	__u64 pages[PUTS_NOTED];
	__u64 bulk;
} __attribute__((aligned(64)));
RECORD_SIZE(put_notes, 64);

/*
 * Where a pool's pages went, per processor and slot. Names as in the kernel's
 * struct page_pool_recycle_stats where they count the same.
 */
struct pool_flow {
	__u64 seq; /* of the slot: numbers of another incarnation read as 0 */
	__u64 handed_out;
	__u64 returned; /* final puts */
	__u64 cached;
	__u64 ring;
	__u64 ring_full; /* released: no room */
	__u64 released_refcnt; /* released: somebody else has a reference */
	__u64 foreign; /* put to a pool that is not the page's */
	__u64 left; /* released by the driver or stack while out */
	__u64 frags_issued;
	__u64 frags_seen; /* returned where we can see it */
	__u64 frags_done; /* of pages that are back or begin a new cycle */
	__u64 skb_returns;
	__u64 xdp_returns;
	__u64 lost; /* events that must have been, and that we did not get */
	__u64 frags_misaligned; /* of those issued */
};
RECORD_SIZE(pool_flow, 128);

enum evidence_ready {
	EVIDENCE_FREE,
	EVIDENCE_WRITING,
	EVIDENCE_SUSPECTED,
	EVIDENCE_CONFIRMED, /* pinned mode: kept for every report */
};

/* What a violation rests on. */
enum evidence_proof {
	PROOF_EVENTS, /* holds and releases: the pool's windows prove these */
	PROOF_DIRECT, /* the kernel's memory, read at that moment */
	PROOF_HISTORY, /* allocations and puts, of which some may be lost */
};

/* A broken transition with all that we know of it. */
struct evidence_record {
	__u32 ready; /* enum evidence_ready */
	__u32 check; /* enum model_check */
	__u64 sequence; /* running number of violations of this check */
	__u64 page; /* address of its struct page; a net_iov's reference */
	__u64 frame;
	__u64 word; /* shadow word before the event */
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 pool; /* the event's pool */
	__u32 slot; /* of the event's pool; SLOT_NONE: unknown */
	__u32 seq;
	__u32 owner_slot; /* of the pool in the word */
	__u32 owner_seq;
	__u32 event; /* enum model_event */
	__u32 count; /* the kernel's running hold or release number */
	__u32 age_now; /* age tick at the event */
	__u32 cpu;
	__u32 pid;
	__u32 stack_depth;
	char comm[NAME_LEN];
	__u64 detail[4]; /* check's own numbers, see docs/json.md */
	__u32 proof; /* enum evidence_proof */
	__u32 given; /* the page's last sampled allocation, as in page_note */
	__u32 taken; /* ... and put */
	__u32 recycled;
	__u32 place; /* of this record in its map */
	__u32 rx_ifindex; /* XDP: who received the frame; 0: it was not one */
	__u32 rx_queue;
	__u32 reserved;
	char rx_device[NAME_LEN];
	__u64 caller; /* stands second in the stack, if it is missing there */
	__u64 stack[STACK_DEPTH];
};
RECORD_SIZE(evidence_record, 392);

/*
 * Violations that found no evidence slot are counted, by what decides about
 * them: the incarnations of both pools, and what they rest on.
 */
struct unstored_key {
	__u32 slot; /* of the event's pool; SLOT_NONE: unknown */
	__u32 seq;
	__u32 owner_slot; /* of the pool in the word */
	__u32 owner_seq;
	__u16 check; /* enum model_check */
	__u8 proof; /* enum evidence_proof */
	__u8 reordered; /* a hold or release of a net_iov */
};
RECORD_SIZE(unstored_key, 20);
#define UNSTORED_MAX 512

/* One event of a recording: the model's input and what it made of it. */
struct event_record {
	__u64 frame;
	__u64 before;
	__u64 after;
	__u32 event;
	__u32 count;
	__u32 slot;
	__u32 seq;
	__u32 owner_gen;
	__u32 check;
};
RECORD_SIZE(event_record, 48);

/* Losses that no pool can be charged with, and counters of the hooks. */
struct hook_counters {
	__u64 frames_outside; /* page frame outside the shadow */
	__u64 steps_lost; /* compare-and-swap retries exhausted */
	__u64 pools_unlisted; /* found neither slot nor place in untracked */
	__u64 recording_lost; /* ring buffer full */
	__u64 xdp_exceptions;
	__u64 redirect_errors;
	__u64 xdp_inspected;
	__u64 xdp_frags_inspected;
	__u64 xdp_unpooled; /* inspected frames whose page has no signature */
	__u64 mem_connects;
	__u64 mem_disconnects;
	__u64 evidence_lost; /* violations neither stored nor counted by pool */
	__u64 nested_holds; /* taken by the second program of the hook */
	__u64 nested_releases;
	__u64 function_lost; /* calls whose end did not find their beginning */
	__u64 net_iovs_outside; /* no place for another net_iov's word */
	__u64 ends_unseen; /* pools whose memory went without an event */
};
RECORD_SIZE(hook_counters, 136);

/* Where a redirected frame was refused: by the target, or by its driver. */
enum redirect_stage {
	REDIRECT_TARGET,
	REDIRECT_TRANSMIT,
};

/* Redirected frames of one device that the kernel dropped with one error. */
struct redirect_key {
	__u32 ifindex; /* where they came from */
	__u32 netns; /* inode of its net namespace */
	__s32 error; /* errno, negative; 0: the driver took fewer than it got */
	__u32 stage; /* enum redirect_stage */
};
RECORD_SIZE(redirect_key, 16);

struct redirect_record {
	__u64 count;
	char device[NAME_LEN];
	char to[NAME_LEN]; /* device that refused the first one; "": not known */
};
RECORD_SIZE(redirect_record, 40);
#define REDIRECT_ERRORS_MAX 256

/*
 * Pools whose slots changed hands before a reader came, as a sum for each
 * device; the first of FOLDED_MAX is for those of unknown device.
 */
struct folded_pools {
	__u64 pools; /* 0: not in use */
	__u64 events;
	__u64 conclusive;
	__u64 netns;
	__u32 ifindex;
	__u32 reserved;
	char device[DEVICE_LEN];
};
RECORD_SIZE(folded_pools, 64);
#define FOLDED_MAX 16

/*
 * Pools that found no slot, each with its struct pool_identity: which of them
 * would have been judged user space can tell. Addresses are used again, so the
 * key has what else tells pools apart.
 */
struct untracked_key {
	__u64 pool; /* address of its struct page_pool */
	__u32 netlink_id; /* 6.8+; 0: none */
	__u32 parameters; /* as in struct pool_identity */
};
RECORD_SIZE(untracked_key, 16);
#define UNTRACKED_MAX 4096

/* A net device as it is now. */
struct netdev_look {
	__u64 address; /* of its struct net_device; 0: there is none */
	__u64 netns;
	__u64 hardware; /* its MAC address */
	__u64 bus_device; /* address of the struct device that it hangs on */
	__u32 ifindex;
	__u32 reserved;
	char name[NAME_LEN];
};
RECORD_SIZE(netdev_look, 56);

/* One consistent reading of a pool's counters (audit program). */
struct pool_reading {
	__u32 hold; /* kernel's pages_state_hold_cnt */
	__u32 release; /* kernel's pages_state_release_cnt */
	__u32 hold_seen; /* ours, low 32 bits */
	__u32 release_seen;
	__u32 stable; /* counters did not move while we read */
	__u32 readable;
	__u32 driver_bound;
	__u32 destroy_count;
	__u32 has_frag_page; /* one page is with the pool to be cut up */
	__u32 reserved;
};
RECORD_SIZE(pool_reading, 40);

/*
 * The kernel's statistics of a pool, those of processors summed up, and its
 * counters at that time. Names as netlink has them.
 */
struct stats_reading {
	__u64 alloc_fast;
	__u64 alloc_slow;
	__u64 alloc_slow_high_order;
	__u64 alloc_empty;
	__u64 alloc_refill;
	__u64 alloc_waive;
	__u64 recycle_cached;
	__u64 recycle_cache_full;
	__u64 recycle_ring;
	__u64 recycle_ring_full;
	__u64 recycle_released_refcnt;
	__u32 hold;
	__u32 release;
	__u32 readable;
	__u16 has_alloc; /* this kernel keeps those */
	__u16 has_recycle; /* ... and these, and they could be read */
};
RECORD_SIZE(stats_reading, 104);
/* With more processors than this, those that each counts are not read. */
#define STATS_CPUS_MAX 1024

/* The pages of the shadow of which most events need little: how many, from where. */
struct quick_range {
	__u64 page; /* address of the first one's struct page */
	__u64 count;
};
RECORD_SIZE(quick_range, 16);

/*
 * The log of pages that entered a pool lately: lists of pages made from the
 * words are completed with it. The entry with number n stands at n % PAGE_LOG.
 */
#define PAGE_LOG 16384

struct logged_page {
	__u64 frame;
	__u32 slot;
	__u32 reserved;
};
RECORD_SIZE(logged_page, 16);

/* Numbers of its entries: the next one, and the first that nobody wants. */
struct page_log_range {
	__u64 next;
	__u64 end;
};
RECORD_SIZE(page_log_range, 16);

/*
 * A page with the mark of a pool that is gone: nothing has this address now, or
 * another pool. The word says whose it was.
 */
struct stray_page {
	__u64 frame;
	__u64 pool; /* address that it carries */
	__u64 word;
};
RECORD_SIZE(stray_page, 24);
#define STRAYS_MAX 1024

/* What one scan finds beside the words; more of them cannot be told. */
#define SCAN_FOUND 4096

/*
 * One run of the look: so many pages of a pool's list, between two readings of
 * its counters. About 0.1 us a page.
 */
#define LOOK_BATCH 64
#define LOOK_BATCHES 64
#define LOOK_CHUNK (LOOK_BATCH * LOOK_BATCHES)

struct look_result {
	__u32 readable; /* the pool was there before and after */
	__u32 hold; /* the kernel's counters before the pages were read */
	__u32 release;
	__u32 hold_after;
	__u32 release_after;
	__u32 hold_seen; /* ours, low 32 bits */
	__u32 release_seen;
	__u32 held; /* pages whose word says that the pool has them */
	__u32 marked; /* pages that say so themselves */
	__u32 both; /* of those held, pages that say so as well */
	__u32 net_iovs; /* of those held */
	__u32 reserved;
	__u64 took_ns;
};
RECORD_SIZE(look_result, 56);

/* What the audit found in one slot of a cache or ring. */
struct audit_page {
	__u64 entry; /* raw: struct page * or netmem_ref */
	__u64 frame;
	__u64 pool; /* the page's pp pointer */
	__u64 magic; /* the page's pp_magic, unmasked */
	__s32 refcount; /* 0: a net_iov has none */
	__u16 readable;
	__u16 is_signed; /* under this kernel's mask */
};
RECORD_SIZE(audit_page, 40);

#define AUDIT_CACHE_MAX 128
#define AUDIT_RING_MAX 16384
#define AUDIT_CHUNK 128 /* entries whose pages one run reads */

/* One look at a pool's cache and ring; the entries are read beside it. */
struct audit_look {
	__u64 pool;
	__u32 readable;
	__u32 hold;
	__u32 release;
	__u32 cache_count; /* before the entries were read */
	__u32 cache_count_after;
	__u32 ring_size;
	__u32 producer;
	__u32 consumer_head;
	__u32 producer_after;
	__u32 consumer_head_after;
	__u32 head_used; /* the ring's entry at consumer_head is not NULL */
	__u32 kernel_id; /* the pool's own number, as pool_identity has it */
	__u64 contents; /* changes when other pages are in the cache */
};
RECORD_SIZE(audit_look, 64);

/*
 * The scan reads struct pages in batches, and begins a range at a multiple of
 * one; a run stays well below a millisecond.
 */
#define SCAN_BATCH 64
#define SCAN_BATCHES 16
#define SCAN_STEP (SCAN_BATCH * SCAN_BATCHES)

/*
 * page_offset_base is a multiple of DIRECT_STEP; one run of netmem_direct tries
 * so many of them.
 */
#define DIRECT_STEP (1ULL << 30)
#define DIRECT_TRIES 64

#endif
