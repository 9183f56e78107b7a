// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/build.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

static const char no_memory[] = "out of memory";

/* The first failure since a value was written. */
static struct {
	const char *why; /* NULL: none */
	const json_t *array; /* of which it is an item, to be compared only */
	char member[64]; /* "": not of one, or not set yet */
} failure;

static void fail(const char *why)
{
	if (!failure.why)
		failure.why = why;
}

/* What jansson made of something that it has a form for. */
static json_t *made(json_t *value)
{
	if (!value)
		fail(no_memory);
	return value;
}

json_t *build_object(void)
{
	return made(json_object());
}

json_t *build_array(void)
{
	return made(json_array());
}

json_t *build_integer(int64_t number)
{
	return made(json_integer(number));
}

json_t *build_real(double number)
{
	if (isfinite(number))
		return made(json_real(number));
	fail("a number that is not finite");
	return NULL;
}

json_t *build_string(const char *text)
{
	json_t *string;
	char *escaped;

	if (!text) {
		fail("no text where one is needed");
		return NULL;
	}
	if (utf8_is_valid(text))
		return made(json_string(text));
	escaped = utf8_escape(text);
	string = made(escaped ? json_string(escaped) : NULL);
	free(escaped);
	return string;
}

json_t *build_strings(const struct strings *list)
{
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		add_item(array, build_string(list->items[i]));
	return array;
}

json_t *build_address(uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return build_string(text);
}

void set_member(json_t *object, const char *name, json_t *value)
{
	bool failed = !value || value == failure.array;

	if (json_object_set_new(object, name, value)) {
		fail(no_memory);
		failed = true;
	}
	if (failed && !failure.member[0])
		snprintf(failure.member, sizeof(failure.member), "%s", name);
}

void add_item(json_t *array, json_t *value)
{
	if (!json_array_append_new(array, value))
		return;
	fail(no_memory);
	if (!failure.array)
		failure.array = array;
}

void set_number(json_t *object, const char *name, int64_t value)
{
	set_member(object, name, build_integer(value));
}

void set_string(json_t *object, const char *name, const char *text)
{
	set_member(object, name, build_string(text));
}

void set_known(json_t *object, const char *name, bool known, int64_t value)
{
	set_member(object, name, known ? build_integer(value) : json_null());
}

void set_optional(json_t *object, const char *name, const char *text)
{
	set_member(object, name, text ? build_string(text) : json_null());
}

const char *null_if_empty(const char *text)
{
	return text && *text ? text : NULL;
}

static int refuse(void)
{
	if (failure.member[0])
		pr_error("cannot make the JSON: member '%s': %s",
			 failure.member, failure.why);
	else
		pr_error("cannot make the JSON: %s", failure.why);
	memset(&failure, 0, sizeof(failure));
	return BUILD_FAILED;
}

/*
 * As text, first in memory: what there is no memory for is not half written.
 * NULL without memory. The stream's error counts, because jansson (2.14)
 * ignores it where it writes the name of a member.
 */
static char *print_value(json_t *value, size_t flags)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	bool failed;

	if (!to)
		return NULL;
	failed = json_dumpf(value, to, flags) || ferror(to);
	if (!fclose(to) && !failed)
		return text;
	free(text);
	return NULL;
}

static int write_value(FILE *to, json_t *value, size_t flags)
{
	char *text = failure.why ? NULL : print_value(value, flags);
	int err = 0;

	json_decref(value);
	if (!text) {
		fail(no_memory);
		return refuse();
	}
	errno = 0;
	if (fputs(text, to) == EOF || putc('\n', to) == EOF)
		err = errno ? -errno : -EIO;
	free(text);
	return err;
}

int build_write(FILE *to, json_t *value)
{
	int err = write_value(to, value, JSON_INDENT(2));

	if (!err && fflush(to))
		err = -errno;
	return err;
}

int build_write_line(FILE *to, json_t *value)
{
	return write_value(to, value, JSON_COMPACT);
}
