/* SPDX-License-Identifier: GPL-2.0 */
/* What a watch shows while it runs. */
#ifndef NETMEM_SCREEN_H
#define NETMEM_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "user/judge/session.h"

/* Where a run is. */
struct run_progress {
	const char *phase; /* "watching", "draining", "judging" */
	uint64_t elapsed_ms, total_ms; /* total 0: open end */
};

struct screen;

/* NULL without memory, which all take: nothing is shown then. */
struct screen *screen_open(bool table);
void screen_show(struct screen *screen, const struct session *session,
		 const struct run_progress *progress);
/* Are keys of standard input ours? */
bool screen_has_keys(const struct screen *screen);
/* Handles those that were pressed; true: the user wants the watch to end. */
bool screen_keys(struct screen *screen);
void screen_close(struct screen *screen);

/* This process's own memory in KiB, without mapped files and maps. */
unsigned long resident_kib(void);

#endif
