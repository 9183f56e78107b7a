// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/collect/recording.h"
#include "user/facts/checks.h"
#include "user/util/util.h"

#define LINE_MAX_BYTES (1 << 20)

struct recording {
	FILE *file;
	char *line; /* LINE_MAX_BYTES, always terminated */
	size_t length;
	uint64_t number;
	char *why;
	size_t why_size;
};

int recording_refuse(struct recording *recording, const char *format, ...)
{
	va_list args;
	int length = 0;

	if (recording->number)
		length = snprintf(recording->why, recording->why_size,
				  "line %" PRIu64 ": ", recording->number);
	if (length < 0 || (size_t)length >= recording->why_size)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(recording->why + length, recording->why_size - length, format,
		  args);
	va_end(args);
	return -EINVAL;
}

static int refuse_file(struct recording *recording, int err)
{
	snprintf(recording->why, recording->why_size, "cannot read: %s",
		 error_text(err));
	return err;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	if (recording->file)
		fclose(recording->file);
	free(recording->line);
	free(recording);
}

static int open_file(struct recording *recording, const char *path)
{
	struct stat status;

	recording->file = fopen(path, "re");
	if (!recording->file || fstat(fileno(recording->file), &status))
		return refuse_file(recording, -errno);
	if (!S_ISREG(status.st_mode)) {
		snprintf(recording->why, recording->why_size,
			 "not a regular file, and it must be read twice");
		return -EINVAL;
	}
	recording->line = malloc(LINE_MAX_BYTES);
	return recording->line ? 0 : refuse_file(recording, -ENOMEM);
}

int recording_open(const char *path, struct recording **recording, char *why,
		   size_t size)
{
	int err;

	snprintf(why, size, "%s", error_text(-ENOMEM));
	*recording = calloc(1, sizeof(**recording));
	if (!*recording)
		return -ENOMEM;
	(*recording)->why = why;
	(*recording)->why_size = size;
	err = open_file(*recording, path);
	if (err) {
		recording_close(*recording);
		*recording = NULL;
	}
	return err;
}

void recording_rewind(struct recording *recording)
{
	rewind(recording->file);
	recording->number = 0;
}

uint64_t recording_line(const struct recording *recording)
{
	return recording->number;
}

/* 1: a line was read; 0: end of file; else negative errno. */
static int read_line(struct recording *recording)
{
	int c;

	recording->length = 0;
	errno = 0;
	while ((c = getc_unlocked(recording->file)) != EOF) {
		if (c == '\n')
			break;
		if (recording->length == LINE_MAX_BYTES - 1) {
			recording->number++;
			return recording_refuse(recording,
						"too long, not a recording");
		}
		recording->line[recording->length++] = c;
	}
	recording->line[recording->length] = 0;
	if (ferror(recording->file))
		return refuse_file(recording, errno ? -errno : -EIO);
	if (c == EOF && !recording->length)
		return 0;
	recording->number++;
	if (c == EOF)
		return recording_refuse(recording,
					"ends in the middle, the recording is "
					"truncated");
	return 1;
}

/* The line as a fact; the caller clears it. */
static int read_fact(struct recording *recording, struct fact *fact)
{
	json_error_t error;
	char why[160];
	json_t *json;
	int err;

	errno = 0;
	json = json_loadb(recording->line, recording->length,
			  JSON_REJECT_DUPLICATES, &error);
	/* What the parser says without memory is of no use. */
	if (!json && errno == ENOMEM)
		return refuse_file(recording, -ENOMEM);
	if (!json)
		return recording_refuse(recording, "not a recording: %s",
					error.text);
	err = fact_from_json(json, fact, why, sizeof(why));
	json_decref(json);
	if (err == -EINVAL)
		recording_refuse(recording, "not a fact: %s", why);
	else if (err)
		refuse_file(recording, err);
	return err;
}

/* ---- event lines: millions of them, so parsed by hand ---- */

static bool take(const char **at, char c)
{
	while (isspace((unsigned char)**at))
		(*at)++;
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool take_number(const char **at, int base, uint64_t max,
			uint64_t *number)
{
	char *end;

	while (isspace((unsigned char)**at))
		(*at)++;
	/* strtoull() alone would take signs. */
	if (!isxdigit((unsigned char)**at))
		return false;
	errno = 0;
	*number = strtoull(*at, &end, base);
	if (errno || end == *at || *number > max)
		return false;
	*at = end;
	return true;
}

static bool take_text(const char **at, char *text, size_t size)
{
	size_t length;

	if (!take(at, '"'))
		return false;
	length = strcspn(*at, "\"");
	if (length >= size || !(*at)[length])
		return false;
	memcpy(text, *at, length);
	text[length] = 0;
	*at += length + 1;
	return true;
}

static bool take_u32(const char **at, uint32_t max, __u32 *number)
{
	uint64_t value;

	if (!take(at, ',') || !take_number(at, 10, max, &value))
		return false;
	*number = value;
	return true;
}

static bool take_word(const char **at, __u64 *word)
{
	uint64_t value;

	if (!take(at, ',') || !take(at, '"') ||
	    !take_number(at, 16, UINT64_MAX, &value) || !take(at, '"'))
		return false;
	*word = value;
	return true;
}

/* A page's number, or a net_iov's reference in hexadecimal. */
static bool take_frame(const char **at, uint64_t *frame)
{
	if (!take(at, '"'))
		return take_number(at, 10, INT64_MAX, frame);
	return take_number(at, 16, UINT64_MAX, frame) && take(at, '"') &&
	       frame_is_net_iov(*frame);
}

/* ["EVENT", slot, seq, frame, count, "before", "after", owner_gen, "check"] */
static bool parse_event(const char *at, struct event_record *event)
{
	char name[32], check[32];
	uint64_t frame;

	if (!take(&at, '[') || !take_text(&at, name, sizeof(name)) ||
	    !take_u32(&at, SLOT_COUNT - 1, &event->slot) ||
	    !take_u32(&at, UINT32_MAX, &event->seq) || !take(&at, ',') ||
	    !take_frame(&at, &frame) ||
	    !take_u32(&at, UINT32_MAX, &event->count) ||
	    !take_word(&at, &event->before) || !take_word(&at, &event->after) ||
	    !take_u32(&at, UINT32_MAX, &event->owner_gen) || !take(&at, ',') ||
	    !take_text(&at, check, sizeof(check)) || !take(&at, ']'))
		return false;
	while (isspace((unsigned char)*at))
		at++;
	event->frame = frame;
	event->event = event_by_name(name);
	event->check = check_by_id(check);
	return !*at && event->event != EVENT_COUNT &&
	       (event->check != CHECK_NONE || !check[0]);
}

static int read_event(struct recording *recording, struct event_record *event)
{
	if (strlen(recording->line) == recording->length &&
	    parse_event(recording->line, event))
		return 0;
	return recording_refuse(recording, "not an event: '%.48s'",
				recording->line);
}

int recording_read(struct recording *recording, struct line *line,
		   bool skip_events)
{
	int err = read_line(recording);

	if (err <= 0)
		return err;
	/* An array as the first line is no recording, and read_fact() says so. */
	line->kind = recording->line[0] == '[' && recording->number > 1 ?
			     LINE_EVENT :
			     LINE_FACT;
	if (line->kind == LINE_FACT)
		err = read_fact(recording, &line->fact);
	else
		err = skip_events ? 0 : read_event(recording, &line->event);
	return err ? err : 1;
}
