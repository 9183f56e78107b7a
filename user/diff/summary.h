/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A JSON report as it is compared: what it says, and nothing judged anew. What
 * it does not say is not known.
 */
#ifndef NETMEM_SUMMARY_H
#define NETMEM_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number that a report may not have. */
struct measured {
	bool known;
	double value;
};

/* A finding of a report; strings are the report's. */
struct found {
	const char *check, *severity;
	double count;
};

/* The pools of one queue of one device, those of a pool made anew summed. */
struct pool_group {
	const char *device; /* "": unknown */
	int64_t queue; /* -1: unknown */
	size_t pools;
	double events, alive, inflight, out;
	/* By the kernel's statistics, and by the function tier. */
	struct flow_sum {
		size_t pools; /* that have it; it is known when all do */
		double allocated, returned, recycled;
	} stats, flow;
	size_t out_known; /* of those alive */
};

/* A report as far as it is compared. Strings and arrays are those of @root. */
struct summary {
	const char *path;
	json_t *root;
	const char *verdict;
	const char *kernel, *version, *tier, *started; /* NULL: not known */
	double duration_s, share, events;
	json_t *reasons, *reason_codes, *warning_codes, *active;
	struct found *findings;
	size_t finding_count;
	struct pool_group *groups;
	size_t group_count;
};

/*
 * Reads a JSON report. Returns 0, or a negative errno with the reason, which
 * names the place, in @why: -EINVAL when it is no report of this schema.
 */
int summary_load(struct summary *summary, const char *path, char *why,
		 size_t size);
/* The same of what was parsed; takes @root over. */
int summary_read(struct summary *summary, json_t *root, char *why, size_t size);
void summary_clear(struct summary *summary);

#endif
