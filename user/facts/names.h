/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Enumerations of facts, and the names that JSON and people know them by: one
 * line a value. Names are for ever, numbers are not.
 */
#ifndef NETMEM_NAMES_H
#define NETMEM_NAMES_H

#include "model/holder_records.h"
#include "user/util/attach.h"

/* What becomes of a pool. */
#define POOL_STATES(X)                                             \
	X(ACTIVE, "active")                                        \
	X(STALLED, "stalled") /* destroyed, and waits for pages */ \
	X(GONE, "gone")

/* How a window was closed. */
#define CLOSED_RESULTS(X)         \
	X(COMPLETE, "complete")   \
	X(GAP, "gap")             \
	X(UNTRUSTED, "untrusted") \
	X(UNJUDGED, "unjudged")

/* What was lost; of a replay, what it could not retrace. */
#define LOSSES(X)                     \
	X(HOLDS, "holds")             \
	X(RELEASES, "releases")       \
	X(FRAMES, "frames")           \
	X(NET_IOVS, "net_iovs")       \
	X(STEPS, "steps")             \
	X(POOLS, "pools")             \
	X(EVIDENCE, "evidence")       \
	X(RECORDING, "recording")     \
	X(FREES, "frees")             \
	X(FUNCTION, "function")       \
	X(SCAN, "scan")               \
	X(REGISTRY, "registry")       \
	X(XDP, "xdp")                 \
	X(SHORT_LIVED, "short-lived") \
	X(REPLAY, "replay")

/* What kind of thing holds pages. */
#define HOLDER_KINDS(X)     \
	X(SOCKET, "socket") \
	X(CPU, "cpu")       \
	X(QDISC, "qdisc")   \
	X(NAPI, "napi")     \
	X(DEVICE, "device") \
	X(MAP, "map")       \
	X(POOL, "pool")     \
	X(PACKET, "packet") /* in whatever queue */

/* How sure it is that a holder has these pages. */
#define SURENESSES(X)         \
	X(CERTAIN, "certain") \
	X(LIKELY, "likely")   \
	X(PRESUMED, "presumed")

/* What kind of memory refers to a page. */
#define CONTAINER_KINDS(X)    \
	X(SLAB, "slab")       \
	X(KMALLOC, "kmalloc") \
	X(VMALLOC, "vmalloc")

/* How a word of memory refers to a page. */
#define REFERENCE_KINDS(X)     \
	X(PAGE, "struct page") \
	X(ADDRESS, "address")

/* XDP actions by their number in the kernel. */
#define XDP_VERDICTS(X)       \
	X(ABORTED, "aborted") \
	X(DROP, "drop")       \
	X(PASS, "pass")       \
	X(TX, "tx")           \
	X(REDIRECT, "redirect")

/* How an XDP program runs on a device. */
#define XDP_MODES(X)          \
	X(NONE, "none")       \
	X(NATIVE, "native")   \
	X(GENERIC, "generic") \
	X(OFFLOAD, "offload") \
	X(SEVERAL, "several") /* more than one of these */

/* Where an audited entry stands. */
#define ENTRY_PLACES(X)   \
	X(CACHE, "cache") \
	X(RING, "ring")

/* Is the mark that tells a pool's page the one that we look for? */
#define MARK_STATES(X)                                          \
	X(NONE, "none") /* the kernel has no such mark */       \
	X(UNPROVEN, "unproven") /* no page of a pool was met */ \
	X(PROVEN, "proven")                                     \
	X(DIFFERS, "differs") /* a pool's page has it not */

/* What a finding rests on. */
#define CONFIDENCES(X)                \
	X(DIRECT, "direct")           \
	X(WINDOW, "complete window")  \
	X(COUNTERS, "counters")       \
	X(WALKS, "holder walks")      \
	X(SWEEP, "sweep")             \
	X(OTHER, "proven by another") \
	X(EVENTS, "events")

/* What a second signal may leave undone: for programs, and for people. */
#define CUT_STEPS(X)                                         \
	X(DRAIN, "drain", "the rest of the drain")           \
	X(WINDOWS, "windows", "waiting for late events")     \
	X(COUNTS, "counts", "comparing the pools' counters") \
	X(HOLDERS, "holders", "the holder walk")             \
	X(AUDIT, "audit", "auditing caches and rings")

#define VALUE(prefix, name) prefix##_##name,
#define POOL_STATE_VALUE(name, text) VALUE(POOL_STATE, name)
#define CLOSED_VALUE(name, text) VALUE(CLOSED, name)
#define LOSS_VALUE(name, text) VALUE(LOSS, name)
#define HOLDER_VALUE(name, text) VALUE(HOLDER, name)
#define SURENESS_VALUE(name, text) VALUE(SURENESS, name)
#define CONTAINER_VALUE(name, text) VALUE(CONTAINER, name)
#define REFERENCE_VALUE(name, text) VALUE(REFERENCE, name)
#define VERDICT_VALUE(name, text) VALUE(XDP_VERDICT, name)
#define XDP_MODE_VALUE(name, text) VALUE(XDP_MODE, name)
#define ENTRY_VALUE(name, text) VALUE(ENTRY, name)
#define MARK_VALUE(name, text) VALUE(MARK, name)
#define CONFIDENCE_VALUE(name, text) VALUE(CONFIDENCE, name)

enum pool_state { POOL_STATES(POOL_STATE_VALUE) POOL_STATE_COUNT };
enum closed_result { CLOSED_RESULTS(CLOSED_VALUE) CLOSED_COUNT };
enum loss_kind { LOSSES(LOSS_VALUE) LOSS_COUNT };
enum holder_kind { HOLDER_KINDS(HOLDER_VALUE) HOLDER_COUNT };
enum sureness { SURENESSES(SURENESS_VALUE) SURENESS_COUNT };
enum container_kind { CONTAINER_KINDS(CONTAINER_VALUE) CONTAINER_COUNT };
enum reference_kind { REFERENCE_KINDS(REFERENCE_VALUE) REFERENCE_COUNT };
enum xdp_verdict { XDP_VERDICTS(VERDICT_VALUE) XDP_VERDICT_COUNT };
enum xdp_mode { XDP_MODES(XDP_MODE_VALUE) XDP_MODE_COUNT };
enum entry_place { ENTRY_PLACES(ENTRY_VALUE) ENTRY_COUNT };
enum mark_state { MARK_STATES(MARK_VALUE) MARK_COUNT };
enum confidence { CONFIDENCES(CONFIDENCE_VALUE) CONFIDENCE_COUNT };

enum cut_step {
#define CUT_VALUE(name, code, text) CUT_##name,
	CUT_STEPS(CUT_VALUE)
#undef CUT_VALUE
		CUT_STEP_COUNT
};

#undef VALUE
#undef POOL_STATE_VALUE
#undef CLOSED_VALUE
#undef LOSS_VALUE
#undef HOLDER_VALUE
#undef SURENESS_VALUE
#undef CONTAINER_VALUE
#undef REFERENCE_VALUE
#undef VERDICT_VALUE
#undef XDP_MODE_VALUE
#undef ENTRY_VALUE
#undef MARK_VALUE
#undef CONFIDENCE_VALUE

const char *pool_state_name(enum pool_state state);
const char *closed_name(enum closed_result result);
const char *loss_name(enum loss_kind loss);
const char *holder_kind_name(enum holder_kind kind);
const char *sureness_name(enum sureness sureness);
const char *container_kind_name(enum container_kind kind);
const char *reference_kind_name(enum reference_kind kind);
const char *xdp_verdict_name(enum xdp_verdict verdict);
const char *xdp_mode_name(enum xdp_mode mode);
const char *entry_place_name(enum entry_place place);
const char *mark_state_name(enum mark_state mark);
const char *confidence_name(enum confidence confidence);

const char *cut_step_code(enum cut_step step);
/* For people; the code itself where it is not known. */
const char *cut_step_text(const char *code);

/* Of model/holder_records.h: for programs, and for people. */
const char *holder_place_code(enum holder_place place);
const char *holder_place_text(enum holder_place place);

#endif
