/* SPDX-License-Identifier: GPL-2.0 */
/* One watch from arming to verdict, as `run` and `watch` share it. */
#ifndef NETMEM_RUN_H
#define NETMEM_RUN_H

#include "user/collect/live.h"
#include "user/judge/verdict.h"

struct run_options {
	struct live_options live;
	struct loader_options loader;
	uint64_t for_ms; /* 0: until the workload ends */
	const char *xdp; /* action, or NULL: attach nothing */
	bool xdp_replace;
	const char *json_path, *record_path, *scenario;
	const char *ktap_path; /* as json_path: "-" is standard output */
	bool screen; /* `watch`: a live screen */
	char **command; /* workload, or NULL */
};

/* Where a run is, for those who show it. */
struct run_progress {
	const char *phase; /* "watching", "draining", "judging" */
	uint64_t elapsed_ms, total_ms; /* total 0: open end */
};

/* Runs it all and returns an enum exit_code. */
int run_session(struct run_options *options);

/* This process's own memory in KiB, without mapped files and maps. */
unsigned long resident_kib(void);

/* screen.c: shows a session while it grows. */
struct screen;
struct screen *screen_open(bool live_table);
void screen_show(struct screen *screen, const struct live *live,
		 const struct run_progress *progress);
void screen_close(struct screen *screen);

#endif
