/* SPDX-License-Identifier: GPL-2.0 */
/* One watch from arming to verdict, as `run` and `watch` share it. */
#ifndef NETMEM_WATCH_H
#define NETMEM_WATCH_H

#include "user/collect/live.h"

struct run_options {
	struct live_options live;
	struct loader_options loader;
	uint64_t for_ms; /* 0: until the workload ends */
	const char *xdp; /* action, or NULL: attach nothing */
	bool xdp_replace;
	bool keep_workload; /* it outlives us */
	const char *json_path, *record_path, *scenario;
	const char *ktap_path,
		*tap_path; /* as json_path: "-" is standard output */
	bool screen; /* `watch`: a live screen */
};

/* Runs it all and returns an enum exit_code. */
int run_session(struct run_options *options);

#endif
