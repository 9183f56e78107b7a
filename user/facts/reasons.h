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
#define REASONS(X)                                                                                       \
	X(FINDING, "finding",                                                                            \
	  "A check found something that is no failure by itself.",                                       \
	  "Read the finding; `netmem-check checks CHECK` explains it.")                                  \
	X(NO_EVENTS, "no_events",                                                                        \
	  "No page entered or left any judged pool while it was watched.",                               \
	  "Send traffic over the device, or watch for longer.")                                          \
	X(COVERAGE_LOW, "coverage_low",                                                                  \
	  "Too few events lie in windows of which all events were seen.",                                \
	  "Watch under less load, or for longer; losses name what was missed.")                          \
	X(EVENTS_LOST, "events_lost",                                                                    \
	  "The kernel skipped events, because a hook was interrupted by its own tracepoint.",            \
	  "Watch under less load. Findings in those windows were dropped.")                              \
	X(POOL_GAPS, "pool_gaps",                                                                        \
	  "Some windows of this pool miss events; suspicions in them were dropped.",                     \
	  "Nothing, as long as enough events are in complete windows.")                                  \
	X(NEVER_AT_REST, "never_at_rest",                                                                \
	  "The pool moved at each look, so its counters were not compared.",                             \
	  "Stop the traffic before the watch ends, or give it a longer --drain.")                        \
	X(COUNTS_DIFFER_LOSSY, "counts_differ_lossy",                                                    \
	  "The pool's counters differ from ours, but events of it were lost.",                           \
	  "Watch again under less load.")                                                                \
	X(COUNTS_DIFFER_NET_IOVS, "counts_differ_net_iovs",                                              \
	  "The pool's counters differ from ours, but it may have net_iovs that are not known.",          \
	  "Start the watch before the pool is created.")                                                 \
	X(COUNTS_DIFFER_REORDERED, "counts_differ_reordered",                                            \
	  "The pool's counters differ from ours, but events of its net_iovs came out of order.",         \
	  "Watch again.")                                                                                \
	X(NETLINK_DIFFERS, "netlink_differs",                                                            \
	  "Netlink says another number of pages in flight than the pool's counters.",                    \
	  "Compare again at rest: the two are not read at one instant.")                                 \
	X(NET_IOVS_UNKNOWN, "net_iovs_unknown",                                                          \
	  "The pool may have net_iovs from before the watch.",                                           \
	  "Start the watch before the pool is created.")                                                 \
	X(UNHELD_BLIND, "unheld_blind",                                                                  \
	  "Pages without a known holder, while some places could not be looked into.",                   \
	  "The blind spots say which; `netmem-check holders` shows who has the others.")                 \
	X(UNHELD_DOUBT, "unheld_doubt",                                                                  \
	  "Pages without a known holder, which are not called leaked because of a doubt.",               \
	  "Watch for longer, or look again with `netmem-check holders`.")                                \
	X(NOT_WALKED, "not_walked",                                                                      \
	  "Nobody looked for the holders of this pool's pages.",                                         \
	  "`netmem-check holders` walks them.")                                                          \
	X(WALKED_ONCE, "walked_once",                                                                    \
	  "Pages had no holder in the only walk, and may have moved meanwhile.",                         \
	  "`netmem-check holders` walks again.")                                                         \
	X(MOVED_BETWEEN_WALKS, "moved_between_walks",                                                    \
	  "Pages came and went between two walks.",                                                      \
	  "Look again when there is less traffic.")                                                      \
	X(WALK_DIFFERS, "walk_differs",                                                                  \
	  "The walk knew of another number of pages than the pool counts.",                              \
	  "Look again: some came or went since.")                                                        \
	X(HOLDERS_NOT_TOLD, "holders_not_told",                                                          \
	  "The walk says that each page has a holder, and does not tell which.",                         \
	  "The recording is not whole; make it again.")                                                  \
	X(HELD, "held",                                                                                  \
	  "A destroyed pool waits for pages, and each of them has a known holder.",                      \
	  "See the holders: an unread socket, say. It is no leak.")                                      \
	X(HAND_OUTS_LOST, "hand_outs_lost",                                                              \
	  "Allocations and puts of this pool were not seen by the function tier.",                       \
	  "Watch under less load.")                                                                      \
	X(FOLLOWED_DIFFERS, "followed_differs",                                                          \
	  "Pages out by allocations and puts differ from the pool's own count.",                         \
	  "Watch under less load: some were not seen.")                                                  \
	X(UNPROVEN, "unproven",                                                                          \
	  "A suspicion that rests on events alone, which nothing else bears out.",                       \
	  "An event may be lost. Watch again; a real fault shows again.")                                \
	X(UNSTORED, "unstored", "Suspicions that found no evidence slot.",                               \
	  "Watch again; what is stored is judged first.")                                                \
	X(UNDECIDED, "undecided",                                                                        \
	  "Suspicions whose pools did not come to rest.",                                                \
	  "Give a longer --drain.")                                                                      \
	X(REPLAY_DIFFERS, "replay_differs",                                                              \
	  "The recorded events cannot be retraced: some are missing, or another model wrote them.",      \
	  "Record again, with the same version.")                                                        \
	X(NET_IOVS_LOST, "net_iovs_lost",                                                                \
	  "Events of net_iovs for which the shadow had no place.",                                       \
	  "Watch fewer pools at once.")                                                                  \
	X(WORKLOAD_FAILED, "workload_failed",                                                            \
	  "The workload failed, so its traffic proves little.",                                          \
	  "Run the command by itself.")                                                                  \
	X(NO_SIGNATURE, "no_signature",                                                                  \
	  "Pages of pools carry no signature on this kernel (before 5.14), so a scan cannot find them.", \
	  "Use `netmem-check run`, which follows events.")

/* Why pages without a holder are not called leaked. */
#define DOUBTS(X)                               \
	X(ONE_WALK, "one_walk")                 \
	X(BLIND_SPOT, "blind_spot")             \
	X(CHECK_BLIND, "check_blind")           \
	X(NOT_IN_LAST_WALK, "not_in_last_walk") \
	X(WALK_NOT_PLACED, "walk_not_placed")   \
	X(NOT_WHOLE, "not_whole")               \
	X(CAME_BACK, "came_back")               \
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
	X(NOT_APPLICABLE, "not_applicable")                             \
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
	X(WALK_NOT_PLACED, "walk_not_placed")

/* What a note is about. */
#define NOTES(X)                                                        \
	X(OTHER, "other") /* recordings from before there were codes */ \
	X(XDP_PRESENT, "xdp_present") /* another program is attached */ \
	X(DEVICE_VANISHED, "device_vanished")                           \
	X(IDLE_POOLS, "idle_pools_unseen")                              \
	X(TEST_OPTIONS, "test_options")

#define REASON_VALUE(name, code, meaning, action) REASON_##name,
enum reason_code { REASONS(REASON_VALUE) REASON_COUNT };
#undef REASON_VALUE

#define DOUBT_VALUE(name, code) DOUBT_##name,
enum doubt { DOUBT_NONE, DOUBTS(DOUBT_VALUE) DOUBT_COUNT };
#undef DOUBT_VALUE

#define BLIND_VALUE(name, code) BLIND_##name,
enum blind_code { BLINDS(BLIND_VALUE) BLIND_COUNT };
#undef BLIND_VALUE

#define NOTE_VALUE(name, code) NOTE_##name,
enum note_code { NOTES(NOTE_VALUE) NOTE_COUNT };
#undef NOTE_VALUE

struct reason_info {
	const char *code;
	const char *meaning;
	const char *action;
};

/* Indexed by enum reason_code. */
extern const struct reason_info reason_infos[REASON_COUNT];

/* The reason with this code, REASON_COUNT: none. */
enum reason_code reason_by_code(const char *code);

const char *doubt_code(enum doubt doubt); /* NULL: DOUBT_NONE */
const char *blind_code_name(enum blind_code code);
const char *note_code_name(enum note_code code);

#endif
