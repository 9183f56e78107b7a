/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two JSON reports compared, such as those from before and after a patch: what
 * either does not say is not known, and then nothing is better or worse.
 */
#ifndef NETMEM_COMPARE_H
#define NETMEM_COMPARE_H

#include "user/diff/summary.h"

/* What is measured of pools: X(NAME, "key in JSON") */
#define MEASURES(X)                         \
	X(EVENTS, "events_per_s")           \
	X(ALLOCATIONS, "allocations_per_s") \
	X(RETURNS, "returns_per_s")         \
	X(RECYCLED, "recycled")             \
	X(OUT, "out")                       \
	X(INFLIGHT, "inflight")

#define MEASURE_VALUE(name, key) MEASURE_##name,
enum measure { MEASURES(MEASURE_VALUE) MEASURE_COUNT };
#undef MEASURE_VALUE

/* What two reports differ in. Codes are for ever, as those of reasons. */
#define DIFFERENCES(X)                    \
	X(FINDING_NEW, "finding_new")     \
	X(FINDING_GONE, "finding_gone")   \
	X(SEVERITY, "severity")           \
	X(RECYCLED, "recycled")           \
	X(OUT, "out")                     \
	X(OUT_GREW, "out_grew")           \
	X(INCONCLUSIVE, "inconclusive")   \
	X(SNAPSHOT, "snapshot")           \
	X(CHECK_NOT_RUN, "check_not_run") \
	X(NO_COMMON_POOL, "no_common_pool")

#define DIFFERENCE_VALUE(name, code) DIFFERENCE_##name,
enum difference_code { DIFFERENCES(DIFFERENCE_VALUE) DIFFERENCE_COUNT };
#undef DIFFERENCE_VALUE

/* What a difference says of B; UNKNOWN: nothing can be said because of it. */
enum effect { EFFECT_WORSE, EFFECT_BETTER, EFFECT_UNKNOWN };

struct difference {
	enum difference_code code;
	enum effect effect;
	const char *check; /* NULL: not about a check */
	const struct found *a, *b; /* of FINDING_* and SEVERITY; may be NULL */
	const struct pool_group *pool; /* of RECYCLED and OUT; NULL else */
	struct measured in_a, in_b;
	char side; /* INCONCLUSIVE, SNAPSHOT, CHECK_NOT_RUN: 'A' or 'B' */
};

/* One line of the table: a queue that either has. */
struct pool_pair {
	const struct pool_group *a, *b; /* NULL: it has none */
	struct measured in_a[MEASURE_COUNT], in_b[MEASURE_COUNT];
};

struct diff {
	const struct summary *a, *b;
	struct difference *items;
	size_t count;
	struct pool_pair *pairs;
	size_t pair_count;
	int exit_code; /* an enum exit_code */
};

/*
 * @tolerance: what a share may fall by, 0 to 1. The summaries must live as long
 * as @diff. Returns 0 or -ENOMEM; @diff is to be cleared.
 */
int diff_compare(struct diff *diff, const struct summary *a,
		 const struct summary *b, double tolerance);
void diff_clear(struct diff *diff);

extern const char *const difference_codes[DIFFERENCE_COUNT];
extern const char *const measure_keys[MEASURE_COUNT];

/* "worse", "no_worse" or "incomparable" */
const char *diff_result(const struct diff *diff);

#endif
