// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/facts/checks.h"
#include "user/facts/record.h"
#include "user/util/build.h"
#include "user/util/output_file.h"

#define WRITE_BUFFER (1 << 20)

struct recorder {
	struct output_file *output;
	FILE *file; /* of the output */
	uint64_t lines;
	int error; /* negative errno of the first failure */
};

struct recorder *recorder_open(const char *path, int *err)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	*err = -ENOMEM;
	if (!recorder)
		return NULL;
	recorder->output = output_file_open(path, OUTPUT_KEEP, err);
	if (!recorder->output) {
		free(recorder);
		return NULL;
	}
	recorder->file = output_file_stream(recorder->output);
	setvbuf(recorder->file, NULL, _IOFBF, WRITE_BUFFER);
	return recorder;
}

static void keep_error(struct recorder *recorder, int fallback)
{
	recorder->error = errno ? -errno : -fallback;
}

void recorder_fact(struct recorder *recorder, const struct fact *fact)
{
	if (recorder->error || fact->type == FACT_end)
		return;
	recorder->error = build_write_line(recorder->file, fact_to_json(fact));
	recorder->lines++;
}

void recorder_event(struct recorder *recorder, const struct event_record *event)
{
	const char *check = "";
	char netmem[24];

	if (recorder->error)
		return;
	/* The record comes out of shared memory: trust no index. */
	if (event->event >= EVENT_COUNT || event->check >= CHECK_COUNT) {
		recorder->error = -EBADMSG;
		return;
	}
	if (event->check != CHECK_NONE)
		check = check_infos[event->check].id;
	/* Not all readers of JSON have numbers of 64 bits. */
	snprintf(netmem, sizeof(netmem),
		 frame_is_net_iov(event->frame) ? "\"%" PRIx64 "\"" :
						  "%" PRIu64,
		 (uint64_t)event->frame);
	errno = 0;
	if (fprintf(recorder->file,
		    "[\"%s\",%" PRIu32 ",%" PRIu32 ",%s,%" PRIu32 ",\"%" PRIx64
		    "\",\"%" PRIx64 "\",%" PRIu32 ",\"%s\"]\n",
		    event_name(event->event), event->slot, event->seq, netmem,
		    event->count, (uint64_t)event->before,
		    (uint64_t)event->after, event->owner_gen, check) < 0)
		keep_error(recorder, EIO);
	recorder->lines++;
}

int recorder_close(struct recorder *recorder, uint64_t duration_ms)
{
	int err;

	if (!recorder)
		return 0;
	/* All else must be in the file before the line that vouches for it. */
	errno = 0;
	if (!recorder->error && fflush(recorder->file))
		keep_error(recorder, EIO);
	if (!recorder->error) {
		fprintf(recorder->file,
			"{\"t\":\"end\",\"lines\":%" PRIu64
			",\"duration_ms\":%" PRIu64 "}\n",
			recorder->lines, duration_ms);
	}
	err = output_file_close(recorder->output, recorder->error);
	free(recorder);
	return err;
}

void recorder_abandon(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->error)
		output_file_close(recorder->output, recorder->error);
	else
		output_file_abandon(recorder->output);
	free(recorder);
}

void recorder_discard(struct recorder *recorder)
{
	if (recorder)
		output_file_discard(recorder->output);
	free(recorder);
}
