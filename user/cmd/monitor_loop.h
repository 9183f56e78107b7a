/* SPDX-License-Identifier: GPL-2.0 */
/* The long watch over the pinned hooks, from taking them over to the verdict. */
#ifndef NETMEM_MONITOR_LOOP_H
#define NETMEM_MONITOR_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "user/loader.h"
#include "user/util/strings.h"

struct monitor_options {
	const struct strings *devices; /* -i: judge the pools of these only */
	struct strings command; /* the workload; empty: none */
	uint64_t for_ms; /* 0: until a signal, or the workload's end */
	uint64_t stalled_after_ms;
	const char *store_path, *listen, *metrics_path; /* NULL: none */
	const char *on_finding, *json_path;
	bool keep; /* what it armed stays armed at the end */
	struct loader_options loader; /* of what it arms */
};

/* Runs it all and returns an enum exit_code. */
int monitor_run(const struct monitor_options *options);

#endif
