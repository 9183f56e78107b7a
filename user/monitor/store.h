/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The store of a monitor: one SQLite file (docs/store.md), which outlives it and
 * may be read by anybody's SQL meanwhile. What cannot be written ends the
 * storing for a while, never the watch.
 */
#ifndef NETMEM_STORE_H
#define NETMEM_STORE_H

#include "user/monitor/view.h"

struct store;

/* The monitor that writes; texts are the caller's until store_open() returns. */
struct store_run {
	int64_t time_s;
	const char *boot_id;
	uint64_t armed_ns; /* with the boot: the epoch */
	const char *kernel, *machine;
	bool reopened; /* by a monitor that had it open */
	bool quiet; /* what fails was said before */
};

/*
 * Opens a store or makes it (mode 0600) and begins a run. NULL after a message
 * (unless it is quiet), with a negative errno in *@err: what is there is damaged, of another program or
 * version, has another writer, or cannot be written.
 */
struct store *store_open(const char *path, const struct store_run *run,
			 int *err);

/* A sample of all pools. What fails is told once, and tried again after 10 s. */
void store_sample(struct store *store, const struct view *view);

/* What a whole look says beside samples: findings, holders, losses, reasons. */
void store_look(struct store *store, const struct view_look *look);

/* The run ended with a verdict. */
void store_end(struct store *store, int64_t time_s,
	       const struct verdict *verdict);

/* Samples that were not stored so far. */
uint64_t store_missed(const struct store *store);

/* NULL is fine. */
void store_close(struct store *store);

#endif
