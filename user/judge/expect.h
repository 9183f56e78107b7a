/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Expectations (--expect): numbers of a watch that a verdict is to depend on.
 *
 *	[POOL:]NAME OP NUMBER[%]	recycled>=95%  eth0:out<=64  findings==0
 *
 * They are facts (meta.expect), so that a replay reaches the same verdict.
 */
#ifndef NETMEM_EXPECT_H
#define NETMEM_EXPECT_H

#include "user/judge/session.h"

/* X(NAME, "name", a percentage, of single pools as well, what it is) */
#define EXPECT_NAMES(X)                                                     \
	X(RECYCLED, "recycled", true, true,                                 \
	  "share of the pages that came back or left, which the pool kept") \
	X(COVERAGE, "coverage", true, true,                                 \
	  "share of events in conclusive windows")                          \
	X(EVENTS, "events", false, true, "pages that entered or left")      \
	X(FINDINGS, "findings", false, false, "violations of all checks")   \
	X(OUT, "out", false, true, "pages neither in cache nor ring")       \
	X(POOLS, "pools", false, true, "pools that are judged")             \
	X(ALLOCATIONS, "allocations", false, true, "pages allocated")       \
	X(ENTERED, "entered", false, true, "pages that entered")            \
	X(FAST, "fast", false, true, "the kernel's alloc_fast")             \
	X(REFILL, "refill", false, true, "the kernel's alloc_refill")       \
	X(SLOW, "slow", false, true,                                        \
	  "the kernel's alloc_slow and alloc_slow_high_order")

#define EXPECT_VALUE(name, text, percent, pools, about) EXPECT_##name,
enum expect_name { EXPECT_NAMES(EXPECT_VALUE) EXPECT_COUNT };
#undef EXPECT_VALUE

#define EXPECT_OPS(X) \
	X(GE, ">=")   \
	X(LE, "<=")   \
	X(EQ, "==")   \
	X(GT, ">")    \
	X(LT, "<")

#define EXPECT_OP_VALUE(name, text) EXPECT_OP_##name,
enum expect_op { EXPECT_OPS(EXPECT_OP_VALUE) EXPECT_OP_COUNT };
#undef EXPECT_OP_VALUE

struct expectation {
	enum expect_name name;
	enum expect_op op;
	double wanted; /* a percentage: 0 to 100 */
	char pool[64]; /* "eth0", "eth0/3"; "": all */
};

/* What is wrong with an expression; nothing: 0. */
enum expect_error {
	EXPECT_ERROR_NONE,
	EXPECT_ERROR_NAME, /* no such name */
	EXPECT_ERROR_OP, /* no operator */
	EXPECT_ERROR_NUMBER, /* no number, or text behind it */
	EXPECT_ERROR_PERCENT, /* a count is no percentage, or it is above 100 */
	EXPECT_ERROR_POOL, /* this number is not known of single pools */
};

enum expect_error expect_parse(const char *text, struct expectation *to);

const char *expect_name(enum expect_name name);
const char *expect_op(enum expect_op op);
bool expect_is_percent(enum expect_name name);

enum expect_result { EXPECT_MET, EXPECT_FAILED, EXPECT_UNKNOWN };

/* Why a number is not known. */
enum expect_reason {
	EXPECT_KNOWN,
	EXPECT_NOT_READ, /* another version recorded it */
	EXPECT_NO_POOL, /* no pool of this name was judged */
	EXPECT_NO_STATS, /* no statistics, no function tier */
	EXPECT_NOTHING, /* no event, no allocation */
	EXPECT_NOT_AT_REST, /* cache and ring could not be counted */
	EXPECT_FOLDED, /* pools that are gone are one sum */
};

/* An expectation and what became of it. */
struct expected {
	const char *text; /* of meta.expect */
	struct expectation asked; /* but for EXPECT_NOT_READ */
	enum expect_result result;
	enum expect_reason reason;
	double got; /* where it is known; a percentage: 0 to 100 */
};

/* @share: of all events in conclusive windows, of @events. */
void expect_judge(const struct session *session, const char *text,
		  uint64_t events, double share, struct expected *to);

#endif
