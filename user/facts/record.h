/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The writer of recordings: facts and events in a file, one JSON value a line
 * (docs/recording.md). Errors stick: after the first nothing is written.
 */
#ifndef NETMEM_RECORD_H
#define NETMEM_RECORD_H

#include "model/records.h"
#include "user/facts/facts.h"

struct recorder;

/*
 * Opens the file (output_file.h), which has its name when it is whole; NULL
 * after a message, with a negative errno in *err.
 */
struct recorder *recorder_open(const char *path, int *err);

/*
 * Append one fact or event. Errors are kept for recorder_close(). Facts of type
 * "end" are ignored: recorder_close() writes the one that counts.
 */
void recorder_fact(struct recorder *recorder, const struct fact *fact);
void recorder_event(struct recorder *recorder,
		    const struct event_record *event);

/*
 * Writes the end line and closes; NULL is fine. Returns 0 or, after a message,
 * what failed first, a negative errno of writing or BUILD_FAILED (util/build.h):
 * then the file has no end line, and no reader takes it for complete.
 */
int recorder_close(struct recorder *recorder, uint64_t duration_ms);

/*
 * Closes without an end line; NULL is fine. What was recorded stays under a name
 * that says "partial" (a message tells it), or nothing does.
 */
void recorder_abandon(struct recorder *recorder);
void recorder_discard(struct recorder *recorder);

#endif
