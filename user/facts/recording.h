/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings: a session's frames and events in a file, one JSON value a line
 * (docs/recording.md). A recording that is replayed through the model gives
 * the same session, hence the same verdict.
 */
#ifndef NETMEM_RECORDING_H
#define NETMEM_RECORDING_H

#include "user/judge/session.h"

struct recorder;

/* Creates the file; NULL with a negative errno in *err. */
struct recorder *recorder_open(const char *path, int *err);

/*
 * Append one frame or event. Errors are kept for recorder_close(). Frames of
 * type "end" are ignored: recorder_close() writes the one that counts.
 */
void recorder_frame(struct recorder *recorder, json_t *frame);
void recorder_event(struct recorder *recorder,
		    const struct event_record *event);

/*
 * Writes the end line and closes; NULL is fine. Returns 0 or the negative
 * errno of the first write that failed: then the file has no end line, and
 * no reader takes it for complete.
 */
int recorder_close(struct recorder *recorder, uint64_t duration_ms);

/* Closes without an end line: the recording stays visibly incomplete. */
void recorder_abandon(struct recorder *recorder);

/*
 * Feeds a recording into an empty session; session_finish() stays with the
 * caller. Returns 0, or a negative errno with the reason in @why ("line 12:
 * ..."); nothing was fed then, unless the line itself is to blame.
 */
int replay(const char *path, struct session *session, char *why, size_t size);

#endif
