// SPDX-License-Identifier: GPL-2.0
/*
 * A JSON report as it is compared. It may come from any machine and any later
 * version: members that nobody asks for are ignored, those that are asked for
 * are checked, and the first that is not as docs/json.md says is named.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "user/diff/summary.h"
#include "user/facts/facts.h"
#include "user/util/util.h"

/* No queue has such a number. */
#define QUEUES_MAX (1 << 20)

/* Who reads; the first error stays. */
struct reader {
	char *why;
	size_t size;
	int err;
};

static void __attribute__((format(printf, 2, 3)))
refuse(struct reader *reader, const char *format, ...)
{
	va_list args;

	if (reader->err)
		return;
	reader->err = -EINVAL;
	va_start(args, format);
	vsnprintf(reader->why, reader->size, format, args);
	va_end(args);
}

/* ---- members; @at is the place of the object, "" or "pools[3]." ---- */

/* NULL where it is null or missing, which only @needed refuses. */
static json_t *member(struct reader *reader, json_t *object, const char *at,
		      const char *name, bool needed)
{
	json_t *value = json_object_get(object, name);

	if (value && !json_is_null(value))
		return value;
	if (needed)
		refuse(reader, "%s%s is missing", at, name);
	return NULL;
}

static const char *read_text(struct reader *reader, json_t *object,
			     const char *at, const char *name, bool needed)
{
	json_t *value = member(reader, object, at, name, needed);

	if (value && !json_is_string(value))
		refuse(reader, "%s%s is no string", at, name);
	return json_string_value(value);
}

/* Not known: null or missing. */
static struct measured read_number(struct reader *reader, json_t *object,
				   const char *at, const char *name,
				   bool needed)
{
	json_t *value = member(reader, object, at, name, needed);

	if (value && !json_is_number(value))
		refuse(reader, "%s%s is no number", at, name);
	return (struct measured){ json_is_number(value),
				  json_number_value(value) };
}

/* A count: it cannot be below 0. */
static double read_count(struct reader *reader, json_t *object, const char *at,
			 const char *name)
{
	struct measured number = read_number(reader, object, at, name, true);

	if (number.known && number.value < 0)
		refuse(reader, "%s%s is below 0", at, name);
	return number.value;
}

static bool read_flag(struct reader *reader, json_t *object, const char *at,
		      const char *name)
{
	json_t *value = member(reader, object, at, name, true);

	if (value && !json_is_boolean(value))
		refuse(reader, "%s%s is neither true nor false", at, name);
	return json_is_true(value);
}

static json_t *read_object(struct reader *reader, json_t *object,
			   const char *at, const char *name, bool needed)
{
	json_t *value = member(reader, object, at, name, needed);

	if (value && !json_is_object(value))
		refuse(reader, "%s%s is no object", at, name);
	return json_is_object(value) ? value : NULL;
}

static json_t *read_array(struct reader *reader, json_t *object, const char *at,
			  const char *name)
{
	json_t *value = member(reader, object, at, name, true);

	if (value && !json_is_array(value))
		refuse(reader, "%s%s is no array", at, name);
	return json_is_array(value) ? value : NULL;
}

static json_t *read_texts(struct reader *reader, json_t *object, const char *at,
			  const char *name)
{
	json_t *array = read_array(reader, object, at, name), *value;
	size_t i;

	json_array_foreach (array, i, value)
		if (!json_is_string(value))
			refuse(reader, "%s%s[%zu] is no string", at, name, i);
	return array;
}

/* ---- the whole watch ---- */

static void read_schema(struct reader *reader, json_t *root)
{
	const char *schema = read_text(reader, root, "", "schema", true);

	if (schema && strcmp(schema, FACTS_SCHEMA))
		refuse(reader, "schema is '%s', and this version reads '%s'",
		       schema, FACTS_SCHEMA);
}

/* The verdict, which has to be that of the exit code. */
static void read_verdict(struct reader *reader, struct summary *summary)
{
	static const struct {
		const char *verdict;
		int code;
	} verdicts[] = { { "PASS", 0 }, { "FAIL", 1 }, { "INCONCLUSIVE", 3 } };
	double code = read_count(reader, summary->root, "", "exit_code");
	const char *verdict =
		read_text(reader, summary->root, "", "verdict", true);
	size_t i;

	summary->verdict = verdict;
	for (i = 0; verdict && i < ARRAY_LEN(verdicts); i++)
		if (!strcmp(verdict, verdicts[i].verdict))
			break;
	if (!verdict)
		return;
	if (i == ARRAY_LEN(verdicts))
		refuse(reader, "verdict is '%s', which is no verdict", verdict);
	else if (code != verdicts[i].code)
		refuse(reader, "exit_code is %g, which is not that of %s", code,
		       verdict);
}

static void read_watch(struct reader *reader, struct summary *summary)
{
	json_t *root = summary->root, *coverage, *checks;

	read_schema(reader, root);
	read_verdict(reader, summary);
	summary->reasons = read_texts(reader, root, "", "reasons");
	summary->reason_codes = read_texts(reader, root, "", "reason_codes");
	summary->warning_codes = read_texts(reader, root, "", "warning_codes");
	summary->kernel = read_text(reader, root, "", "kernel", false);
	summary->version = read_text(reader, root, "", "version", false);
	summary->tier = read_text(reader, root, "", "tier", false);
	summary->started = read_text(reader, root, "", "started", false);
	summary->duration_s =
		read_count(reader, root, "", "duration_ms") / 1000;
	coverage = read_object(reader, root, "", "coverage", true);
	summary->events = read_count(reader, coverage, "coverage.", "events");
	summary->share = read_count(reader, coverage, "coverage.", "share");
	checks = read_object(reader, coverage, "coverage.", "checks", true);
	summary->active =
		read_texts(reader, checks, "coverage.checks.", "active");
}

static void read_findings(struct reader *reader, struct summary *summary)
{
	json_t *array = read_array(reader, summary->root, "", "findings");
	struct found *found;
	json_t *object;
	char at[48];
	size_t i;

	summary->findings =
		calloc(json_array_size(array) + 1, sizeof(*summary->findings));
	if (!summary->findings) {
		reader->err = -ENOMEM;
		return;
	}
	json_array_foreach (array, i, object) {
		found = &summary->findings[summary->finding_count++];
		snprintf(at, sizeof(at), "findings[%zu].", i);
		found->check = read_text(reader, object, at, "check", true);
		found->severity =
			read_text(reader, object, at, "severity", true);
		found->count = read_count(reader, object, at, "count");
	}
}

/* ---- pools ---- */

/* The group of this device and queue, made where there is none yet. */
static struct pool_group *group_of(struct summary *summary, const char *device,
				   int64_t queue)
{
	struct pool_group *group = summary->groups;
	size_t i;

	for (i = 0; i < summary->group_count; i++, group++)
		if (group->queue == queue && !strcmp(group->device, device))
			return group;
	group->device = device;
	group->queue = queue;
	summary->group_count++;
	return group;
}

/* What the function tier followed. */
static void add_flow(struct reader *reader, struct flow_sum *sum, json_t *flow,
		     const char *at)
{
	if (!flow)
		return;
	sum->pools++;
	sum->allocated +=
		read_number(reader, flow, at, "handed_out", false).value;
	sum->returned += read_number(reader, flow, at, "returned", false).value;
	sum->recycled += read_number(reader, flow, at, "cached", false).value +
			 read_number(reader, flow, at, "ring", false).value;
}

static double sum_numbers(struct reader *reader, json_t *object, const char *at,
			  const char *const *names)
{
	double sum = 0;

	for (; *names; names++)
		sum += read_number(reader, object, at, *names, false).value;
	return sum;
}

/* The kernel's own statistics: each allocation and put counts in one of them. */
static void add_stats(struct reader *reader, struct flow_sum *sum,
		      json_t *stats, const char *at)
{
	static const char *const allocated[] = { "alloc_fast", "alloc_refill",
						 "alloc_slow",
						 "alloc_slow_high_order",
						 NULL };
	static const char *const recycled[] = { "recycle_cached",
						"recycle_ring", NULL };
	static const char *const released[] = { "recycle_ring_full",
						"recycle_released_refcnt",
						NULL };
	double kept;

	if (!stats || !json_object_get(stats, recycled[0]))
		return;
	kept = sum_numbers(reader, stats, at, recycled);
	sum->pools++;
	sum->allocated += sum_numbers(reader, stats, at, allocated);
	sum->recycled += kept;
	sum->returned += kept + sum_numbers(reader, stats, at, released);
}

/* What is there at the end; a pool that is gone has nothing. */
static void add_state(struct reader *reader, struct pool_group *group,
		      json_t *object, const char *at)
{
	struct measured out = read_number(reader, object, at, "out", false);
	const char *state = read_text(reader, object, at, "state", true);
	bool stable = read_flag(reader, object, at, "audit_rested");
	double inflight =
		read_number(reader, object, at, "inflight", true).value;

	if (!state || !strcmp(state, "gone"))
		return;
	group->alive++;
	group->inflight += inflight;
	/* All that a destroyed pool has in flight is out. */
	if (!strcmp(state, "stalled"))
		out = (struct measured){ true, inflight };
	else if (!stable)
		out.known = false;
	group->out_known += out.known;
	group->out += out.known ? out.value : 0;
}

static void read_pool(struct reader *reader, struct summary *summary,
		      json_t *object, size_t index)
{
	struct pool_group *group;
	struct measured queue;
	const char *device;
	char at[48];

	snprintf(at, sizeof(at), "pools[%zu].", index);
	device = read_text(reader, object, at, "device", false);
	queue = read_number(reader, object, at, "queue", false);
	if (queue.known && !(queue.value >= 0 && queue.value < QUEUES_MAX))
		refuse(reader, "%squeue is %g", at, queue.value);
	if (!read_flag(reader, object, at, "judged"))
		return;
	group = group_of(summary, device ? device : "",
			 reader->err || !queue.known ? -1 :
						       (int64_t)queue.value);
	group->pools++;
	group->events += read_count(reader, object, at, "events");
	add_state(reader, group, object, at);
	add_flow(reader, &group->flow,
		 read_object(reader, object, at, "flow", false), at);
	add_stats(reader, &group->stats,
		  read_object(reader, object, at, "stats", false), at);
}

static void read_pools(struct reader *reader, struct summary *summary)
{
	json_t *array = read_array(reader, summary->root, "", "pools"), *object;
	size_t i;

	summary->groups =
		calloc(json_array_size(array) + 1, sizeof(*summary->groups));
	if (!summary->groups) {
		reader->err = -ENOMEM;
		return;
	}
	json_array_foreach (array, i, object)
		read_pool(reader, summary, object, i);
}

/* ---- the file ---- */

int summary_read(struct summary *summary, json_t *root, char *why, size_t size)
{
	struct reader reader = { why, size, 0 };

	memset(summary, 0, sizeof(*summary));
	summary->root = root;
	if (!json_is_object(root))
		refuse(&reader, "it is no JSON object");
	else if (json_object_get(root, "capabilities"))
		refuse(&reader, "it is what netmem-check probe found");
	if (!reader.err)
		read_watch(&reader, summary);
	if (!reader.err)
		read_findings(&reader, summary);
	if (!reader.err)
		read_pools(&reader, summary);
	if (reader.err == -ENOMEM)
		snprintf(why, size, "%s", error_text(reader.err));
	if (reader.err)
		summary_clear(summary);
	return reader.err;
}

/* A recording is a line of JSON after the other, and begins with its meta. */
static bool is_recording(FILE *file)
{
	char begin[] = "{\"t\":\"meta\"", text[sizeof(begin) + 8] = "";
	size_t i, kept = 0, length;

	rewind(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	for (i = 0; i < length; i++)
		if (text[i] != ' ')
			text[kept++] = text[i];
	return kept >= sizeof(begin) - 1 &&
	       !memcmp(text, begin, sizeof(begin) - 1);
}

int summary_load(struct summary *summary, const char *path, char *why,
		 size_t size)
{
	FILE *file = fopen(path, "re");
	json_error_t error;
	json_t *root;
	int err = 0;

	memset(summary, 0, sizeof(*summary));
	if (!file) {
		err = -errno;
		snprintf(why, size, "%s", error_text(err));
		return err;
	}
	errno = 0;
	root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	/* What the parser says without memory is of no use. */
	if (!root && errno == ENOMEM) {
		err = -ENOMEM;
		snprintf(why, size, "%s", error_text(err));
	} else if (!root) {
		err = -EINVAL;
		if (is_recording(file))
			snprintf(
				why, size,
				"it is a recording; netmem-check report FILE --json makes a report of it");
		else
			snprintf(why, size, "line %d, column %d: %s",
				 error.line, error.column, error.text);
	}
	fclose(file);
	if (!err)
		err = summary_read(summary, root, why, size);
	summary->path = path;
	return err;
}

void summary_clear(struct summary *summary)
{
	json_decref(summary->root);
	free(summary->findings);
	free(summary->groups);
	memset(summary, 0, sizeof(*summary));
}
