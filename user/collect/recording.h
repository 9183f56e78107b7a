/* SPDX-License-Identifier: GPL-2.0 */
/* The reader of recordings: one line after the other, as a fact or an event. */
#ifndef NETMEM_RECORDING_H
#define NETMEM_RECORDING_H

#include <stdbool.h>

#include "model/records.h"
#include "user/facts/facts.h"

struct recording;

enum line_kind { LINE_FACT, LINE_EVENT };

struct line {
	enum line_kind kind;
	union {
		struct fact fact; /* fact_clear() frees it */
		struct event_record event;
	};
};

/*
 * Opens a regular file. 0, or a negative errno with the reason in @why, which
 * must live as long as the recording.
 */
int recording_open(const char *path, struct recording **recording, char *why,
		   size_t size);
void recording_close(struct recording *recording);

/*
 * Reads the next line. 1: there is one; 0: the end of the file; else a negative
 * errno with the reason in @why. Events have to be where events may be, and
 * are not looked into when @skip_events.
 */
int recording_read(struct recording *recording, struct line *line,
		   bool skip_events);

/* Back to the first line. */
void recording_rewind(struct recording *recording);

/* Number of the line that was read last, from 1. */
uint64_t recording_line(const struct recording *recording);

/*
 * Says why the last line is refused: "line 12: ..."; without the number when
 * none was read. Returns -EINVAL.
 */
int __attribute__((format(printf, 2, 3)))
recording_refuse(struct recording *recording, const char *format, ...);

#endif
