/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Codes of all that a verdict may rest on beside findings: reasons, warnings,
 * doubts, notes, and why a check did not run. Codes are for ever: they are in JSON and
 * in people's scripts. Texts for people are built in report/, from the code and
 * its facts; nothing is ever decided by a text.
 */
#ifndef NETMEM_REASONS_H
#define NETMEM_REASONS_H

/*
 * X(NAME, "code", "what it means", "what to do"): why a verdict is not a plain
 * PASS (a reason), or what stands beside it (a warning). The same may be either.
 */
#define REASONS(X)                                                                                                                           \
	X(FINDING, "finding",                                                                                                                \
	  "A check found something that is not a failure by itself.",                                                                        \
	  "Read the finding; `netmem-check checks CHECK` explains it.")                                                                      \
	X(NO_EVENTS, "no_events",                                                                                                            \
	  "No page entered or left any judged pool during the watch.",                                                                       \
	  "Send traffic through the device, or watch for longer.")                                                                           \
	X(NO_POOL, "no_pool",                                                                                                                \
	  "The kernel lists no page pool of the device, or none at all, so nothing was checked.",                                            \
	  "Watch the device that has the pools; the report names it where the kernel does. --lower takes those below.")                      \
	X(NO_POOL_FOUND, "no_pool_found",                                                                                                    \
	  "No page pool was found, on a kernel whose list of pools cannot be read: one without pages cannot be seen.",                       \
	  "Watch the device that has the pools; the report names it where the kernel does. --lower takes those below.")                      \
	X(NO_POOL_MATCHES, "no_pool_matches",                                                                                                \
	  "No page pool is what --pool, --driver and --queue ask for, so nothing was checked.",                                              \
	  "The reason names pools that there are; `netmem-check audit` lists them all.")                                                     \
	X(POOL_NOT_FOUND, "pool_not_found",                                                                                                  \
	  "The kernel lists a page pool with pages that was not found, so it was not checked.",                                              \
	  "Start the watch before the pool is created, or create it anew (set the device down and up).")                                     \
	X(POOL_IDLE_UNSEEN, "pool_idle_unseen",                                                                                              \
	  "The kernel lists a page pool without pages, which nothing can be checked of.",                                                    \
	  "Nothing: a pool is checked as soon as a page enters it.")                                                                         \
	X(NO_TRAFFIC, "no_traffic",                                                                                                          \
	  "Nothing shows that the device worked: no page moved in its pools, and it received nothing.",                                      \
	  "Send traffic through the device; `-i` leaves other devices out.")                                                                 \
	X(IDENTITY_CHANGED, "identity_changed",                                                                                              \
	  "Another pool has the address of this one now, and its end was not seen.",                                                         \
	  "Watch again.")                                                                                                                    \
	X(NO_RECORD, "no_record",                                                                                                            \
	  "No window of this pool was closed, so nothing says that its events are complete.",                                                \
	  "Watch for longer.")                                                                                                               \
	X(NOT_AUDITED, "not_audited",                                                                                                        \
	  "Cache and ring changed at every read, so pool_duplicate, pool_foreign and pool_refcount did not run.",                            \
	  "Nothing; or stop the traffic before the watch ends.")                                                                             \
	X(OUT_GREW, "out_grew",                                                                                                              \
	  "More pages are out of the pool than when the watch began.",                                                                       \
	  "Read who holds them; watch again, and for longer: a leak goes on growing.")                                                       \
	X(COVERAGE_LOW, "coverage_low",                                                                                                      \
	  "Too few events are in windows without losses.",                                                                                   \
	  "Watch under less load, or for longer; the report lists what was lost.")                                                           \
	X(EVENTS_LOST, "events_lost",                                                                                                        \
	  "The kernel did not deliver some events to the hooks.",                                                                            \
	  "Watch under less load. Findings in the affected windows were dropped.")                                                           \
	X(POOL_GAPS, "pool_gaps",                                                                                                            \
	  "Some windows of this pool lost events; suspicions in them were dropped.",                                                         \
	  "Nothing, as long as enough events are in complete windows.")                                                                      \
	X(NEVER_AT_REST, "never_at_rest",                                                                                                    \
	  "The pool changed at every read, so its counters were not compared.",                                                              \
	  "Stop the traffic before the watch ends, or use a longer --drain.")                                                                \
	X(NOT_COMPARED_AT_END, "not_compared_at_end",                                                                                        \
	  "The counters agreed while the watch went on; at its end the pool was never at rest.",                                             \
	  "Nothing, if the traffic has to go on. Else use a longer --drain.")                                                                \
	X(COUNTS_DIFFER_ONCE, "counts_differ_once",                                                                                          \
	  "The counters differed from the pages once, and the pool was not at rest again.",                                                  \
	  "Stop the traffic before the watch ends, or use a longer --drain.")                                                                \
	X(POOL_UNREAD, "pool_unread",                                                                                                        \
	  "The pool's counters, or its cache and ring, could not be read.",                                                                  \
	  "Look again; the report has the kernel's answer.")                                                                                 \
	X(COUNTS_DIFFER_LOSSY, "counts_differ_lossy",                                                                                        \
	  "The pool's counters differ from the events, but events of this pool were lost.",                                                  \
	  "Watch again under less load.")                                                                                                    \
	X(COUNTS_DIFFER_NET_IOVS, "counts_differ_net_iovs",                                                                                  \
	  "The pool's counters differ from the events, but the pool may hold unknown net_iovs.",                                             \
	  "Start the watch before the pool is created.")                                                                                     \
	X(COUNTS_DIFFER_REORDERED, "counts_differ_reordered",                                                                                \
	  "The pool's counters differ from the events, but events of its net_iovs came out of order.",                                       \
	  "Watch again.")                                                                                                                    \
	X(NETLINK_DIFFERS, "netlink_differs",                                                                                                \
	  "Netlink reports another number of pages in flight than the pool's counters.",                                                     \
	  "Compare again at rest: the two are not read at the same time.")                                                                   \
	X(STATS_DIFFER, "stats_differ",                                                                                                      \
	  "The kernel's statistics of the pool contradict its counters or the hooks.",                                                       \
	  "Compare `pools[].stats` with `pools[].flow` in the JSON report; watch again.")                                                    \
	X(NET_IOVS_UNKNOWN, "net_iovs_unknown",                                                                                              \
	  "The pool may hold net_iovs from before the watch.",                                                                               \
	  "Start the watch before the pool is created.")                                                                                     \
	X(OUTSIDE_SHADOW, "outside_shadow",                                                                                                  \
	  "Pages lie outside the memory that the shadow covers (memory that was added during the watch, for one), so nobody followed them.", \
	  "Start the watch again: it covers all memory that is there then.")                                                                 \
	X(STEPS_LOST, "steps_lost",                                                                                                          \
	  "Events had no effect, because the word of their page changed at each try.",                                                       \
	  "Watch under less load. Findings in the affected windows were dropped.")                                                           \
	X(POOLS_UNTRACKED, "pools_untracked",                                                                                                \
	  "There was no free slot for some pools of judged or unknown devices, so nothing of them was looked at.",                           \
	  "Watch when there are fewer pools.")                                                                                               \
	X(FUNCTION_LOST, "function_lost",                                                                                                    \
	  "The function tier missed allocations or puts, and cannot say of which pool.",                                                     \
	  "Watch under less load.")                                                                                                          \
	X(REGISTRY_CUT, "registry_cut",                                                                                                      \
	  "The kernel's list of pools could not be followed to its end: idle pools may be missing.",                                         \
	  "Send traffic: a pool with pages is found without the list.")                                                                      \
	X(HOOKS_NOT_ALIVE, "hooks_not_alive",                                                                                                \
	  "Hooks are attached, but did not see the page pool that netmem-check made to prove them.",                                         \
	  "See `netmem-check probe`: this kernel does not call them.")                                                                       \
	X(HOOKS_NOT_EXERCISED, "hooks_not_exercised",                                                                                        \
	  "No page entered or left any pool, and no pool could be made to prove the hooks.",                                                 \
	  "Send traffic through a device whose pools take new pages, or set one up during the watch.")                                       \
	X(MARK_NOT_PROVEN, "mark_not_proven",                                                                                                \
	  "It was not proven that a pool's page carries the mark that scan, audit and holder walk look for.",                                \
	  "See `netmem-check probe`; the checks that rest on the mark are listed as blind.")                                                 \
	X(UNHELD_BLIND, "unheld_blind",                                                                                                      \
	  "Pages have no known holder, but some places could not be inspected.",                                                             \
	  "The blind spots list these places; `netmem-check holders` shows who holds the other pages.")                                      \
	X(UNHELD_DOUBT, "unheld_doubt",                                                                                                      \
	  "Pages have no known holder, but a doubt remains, so they are not reported as leaked.",                                            \
	  "Watch for longer, or look again with `netmem-check holders`.")                                                                    \
	X(WALK_NOT_DONE, "walk_not_done",                                                                                                    \
	  "The holder walk was asked for, and was not done or was cut short.",                                                               \
	  "See why in the report; `netmem-check probe` lists what a walk needs.")                                                            \
	X(NOT_WALKED, "not_walked",                                                                                                          \
	  "No holder walk was done for this pool's pages.",                                                                                  \
	  "Run `netmem-check holders`.")                                                                                                     \
	X(WALKED_ONCE, "walked_once",                                                                                                        \
	  "Pages had no holder in the only walk, but may have moved during it.",                                                             \
	  "Run `netmem-check holders`, which walks again.")                                                                                  \
	X(MOVED_BETWEEN_WALKS, "moved_between_walks",                                                                                        \
	  "Pages moved between the two walks.",                                                                                              \
	  "Look again when there is less traffic.")                                                                                          \
	X(WALK_DIFFERS, "walk_differs",                                                                                                      \
	  "The walk saw another number of pages than the pool counts.",                                                                      \
	  "Look again: the number changed after the walk.")                                                                                  \
	X(HOLDERS_NOT_TOLD, "holders_not_told",                                                                                              \
	  "The walk reports that each page has a holder, but does not list the holders.",                                                    \
	  "The recording is incomplete; make it again.")                                                                                     \
	X(HELD, "held",                                                                                                                      \
	  "A destroyed pool waits for pages, and each of them has a known holder.",                                                          \
	  "See the table of holders (an unread socket, for example). This is not a leak.")                                                   \
	X(DRAINING, "draining",                                                                                                              \
	  "A destroyed pool waits for pages, and they are coming back.",                                                                     \
	  "Look again later: pages that leak do not come back.")                                                                             \
	X(HAND_OUTS_LOST, "hand_outs_lost",                                                                                                  \
	  "The function tier missed allocations or puts of this pool.",                                                                      \
	  "Watch under less load.")                                                                                                          \
	X(FOLLOWED_DIFFERS, "followed_differs",                                                                                              \
	  "The number of pages out by allocations and puts differs from the pool's own count.",                                              \
	  "Watch under less load: some allocations or puts were missed.")                                                                    \
	X(UNPROVEN, "unproven",                                                                                                              \
	  "A suspicion is based on events alone, and nothing else confirms it.",                                                             \
	  "An event may be lost. Watch again; a real fault shows up again.")                                                                 \
	X(UNSTORED, "unstored",                                                                                                              \
	  "There was no free evidence slot for some suspicions.",                                                                            \
	  "Fix what the report shows, and watch again.")                                                                                     \
	X(UNDECIDED, "undecided",                                                                                                            \
	  "Some suspicions are undecided, because their pools did not come to rest.",                                                        \
	  "Use a longer --drain.")                                                                                                           \
	X(REPLAY_DIFFERS, "replay_differs",                                                                                                  \
	  "The recorded events cannot be replayed: some are missing, or another model recorded them.",                                       \
	  "Record again, with the same version.")                                                                                            \
	X(NET_IOVS_LOST, "net_iovs_lost",                                                                                                    \
	  "Events of net_iovs were lost, because the shadow had no room for them.",                                                          \
	  "Watch fewer pools at once.")                                                                                                      \
	X(CUT_SHORT, "cut_short",                                                                                                            \
	  "A second signal ended the watch before everything was looked at.",                                                                \
	  "Watch again, and let it end: one Ctrl-C ends the watch, and judges in full.")                                                     \
	X(REDIRECT_ERRORS, "redirect_errors",                                                                                                \
	  "The kernel dropped redirected frames of this device, because the target did not take them.",                                      \
	  "Read the error: it is one of the target's configuration. The pages came back.")                                                   \
	X(WORKLOAD_FAILED, "workload_failed",                                                                                                \
	  "The workload failed, so its traffic is no evidence.",                                                                             \
	  "Run the command on its own, and fix it.")                                                                                         \
	X(EXPECTATION_FAILED, "expectation_failed",                                                                                          \
	  "A number is not as `--expect` asks for. No check found anything by that.",                                                        \
	  "See the number in the report, and what it is in docs/verdict.md.")                                                                \
	X(EXPECTATION_UNKNOWN, "expectation_unknown",                                                                                        \
	  "A number that `--expect` asks for is not known here.",                                                                            \
	  "The reason says why; the function tier or CONFIG_PAGE_POOL_STATS may help.")                                                      \
	X(NO_SIGNATURE, "no_signature",                                                                                                      \
	  "Pages of pools carry no signature on this kernel (before 5.14), so a scan cannot find them.",                                     \
	  "Use `netmem-check run`, which follows events.")

/* Why pages without a holder are not reported as leaked. */
#define LEAK_REASONS(X)                         \
	X(ONE_WALK, "one_walk")                 \
	X(BLIND_SPOT, "blind_spot")             \
	X(CHECK_BLIND, "check_blind")           \
	X(NOT_IN_LAST_WALK, "not_in_last_walk") \
	X(WALK_NOT_PLACED, "walk_not_placed")   \
	X(NOT_WHOLE, "not_whole")               \
	X(CAME_BACK, "came_back")               \
	X(REFERENCED, "referenced")             \
	X(EVENTS_LOST, "events_lost")           \
	X(NET_IOVS, "net_iovs")                 \
	X(NOT_AT_REST, "not_at_rest")           \
	X(COUNTS_DIFFER, "counts_differ")

/* Why a check did not run. */
#define BLINDS(X)                                                       \
	X(OTHER, "other") /* recordings from before there were codes */ \
	X(NO_FUNCTION_TIER, "no_function_tier")                         \
	X(NO_HOOK, "no_hook")                                           \
	X(NO_SIGNATURE, "no_signature")                                 \
	X(HOOK_SILENT, "hook_silent")                                   \
	X(NOT_EXERCISED, "not_exercised")                               \
	X(MARK_NOT_PROVEN, "mark_not_proven")                           \
	X(NOT_APPLICABLE, "not_applicable")                             \
	X(XDP_UNLISTED, "xdp_unlisted")                                 \
	X(XDP_REFUSED, "xdp_refused")                                   \
	X(XDP_OCCUPIED, "xdp_occupied")                                 \
	X(NO_INSPECTORS, "no_inspectors")                               \
	X(NO_DIRECT_MAP, "no_direct_map")                               \
	X(NO_XDP_FRAME, "no_xdp_frame")                                 \
	X(NO_FRAGMENTS, "no_fragments")                                 \
	X(NO_REST, "no_rest")                                           \
	X(SNAPSHOT, "snapshot")                                         \
	X(NO_WALK, "no_walk")                                           \
	X(WALK_FAILED, "walk_failed")                                   \
	X(WALK_TIMEOUT, "walk_timeout")                                 \
	X(ONE_WALK, "one_walk")                                         \
	X(BLIND_SPOTS, "blind_spots")                                   \
	X(WALK_NOT_PLACED, "walk_not_placed")                           \
	X(NOT_LOOKED, "not_looked") /* recordings from before */        \
	X(RING_UNKNOWN, "ring_unknown")                                 \
	X(NOT_TRUSTED, "not_trusted")                                   \
	X(NO_SWEEP, "no_sweep")                                         \
	X(CUT, "cut")

/* What a note is about. */
#define NOTES(X)                                                        \
	X(OTHER, "other") /* recordings from before there were codes */ \
	X(XDP_PRESENT, "xdp_present") /* another program is attached */ \
	X(DEVICE_VANISHED, "device_vanished")                           \
	X(DEVICE_MOVED, "device_moved") /* or renamed */                \
	X(QUEUES_UNKNOWN, "queues_unknown") /* --queue cannot tell */   \
	X(IDLE_POOLS, "idle_pools_unseen")                              \
	X(PRIVILEGES, "privileges_missing")                             \
	X(TEST_OPTIONS, "test_options")                                 \
	X(TYPES, "types_not_verified") /* of the file of --btf */

/* Why a net device has no page pool of its own. */
#define NO_POOLS(X)                                                   \
	X(GONE, "gone")                                               \
	X(LOWER, "lower") /* those below have them, if any */         \
	X(LOWER_ELSEWHERE, "lower_elsewhere") /* another namespace */ \
	X(DOWN, "down")                                               \
	X(GENERIC_XDP, "generic_xdp")                                 \
	X(VETH, "veth") /* without native XDP and GRO */              \
	X(LOOPBACK, "loopback")                                       \
	X(SOFTWARE, "software")                                       \
	X(DRIVER, "driver")

#define REASON_VALUE(name, code, meaning, action) REASON_##name,
enum reason_code { REASONS(REASON_VALUE) REASON_COUNT };
#undef REASON_VALUE

#define LEAK_REASON_VALUE(name, code) LEAK_REASON_##name,
enum leak_reason {
	LEAK_REASON_NONE,
	LEAK_REASONS(LEAK_REASON_VALUE) LEAK_REASON_COUNT
};
#undef LEAK_REASON_VALUE

#define BLIND_VALUE(name, code) BLIND_##name,
enum blind_code { BLINDS(BLIND_VALUE) BLIND_COUNT };
#undef BLIND_VALUE

#define NOTE_VALUE(name, code) NOTE_##name,
enum note_code { NOTES(NOTE_VALUE) NOTE_COUNT };
#undef NOTE_VALUE

#define NO_POOL_VALUE(name, code) NO_POOL_##name,
enum no_pool { NO_POOLS(NO_POOL_VALUE) NO_POOL_COUNT };
#undef NO_POOL_VALUE

struct reason_info {
	const char *code;
	const char *meaning;
	const char *action;
};

/* Indexed by enum reason_code. */
extern const struct reason_info reason_infos[REASON_COUNT];

/* The reason with this code, REASON_COUNT: none. */
enum reason_code reason_by_code(const char *code);

const char *
leak_reason_code(enum leak_reason reason); /* NULL: LEAK_REASON_NONE */
const char *blind_code_name(enum blind_code code);
const char *note_code_name(enum note_code code);
const char *no_pool_name(enum no_pool why);

#endif
