/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON values of which no part is missing. What could not be made is never left
 * out and never null: the first failure stays until a value is written, which
 * then is not, with a message. Nothing else in user/ makes values of JSON.
 */
#ifndef NETMEM_BUILD_H
#define NETMEM_BUILD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "user/util/strings.h"

/* A part could not be made: nothing was written, and a message said which. */
#define BUILD_FAILED (-ENODATA)

/*
 * Write a value, and take it over: indented and flushed, or as one line. 0,
 * BUILD_FAILED, or the negative errno of the writing.
 */
int build_write(FILE *to, json_t *value);
int build_write_line(FILE *to, json_t *value);

/* NULL where they could not be made; all of the below take that, too. */
json_t *build_object(void);
json_t *build_array(void);
json_t *build_integer(int64_t number);
/* Fails for what is infinite or no number. */
json_t *build_real(double number);
/*
 * Any bytes: those that are no UTF-8 are escaped (utf8_escape()). Fails for
 * NULL: a text that may be missing is the caller's to make null.
 */
json_t *build_string(const char *text);
json_t *build_strings(const struct strings *list);
/* "0x...": the integers of JSON are signed. */
json_t *build_address(uint64_t address);

/* Take @value over; NULL, which is one that could not be made, is a failure. */
void set_member(json_t *object, const char *name, json_t *value);
void add_item(json_t *array, json_t *value);

void set_number(json_t *object, const char *name, int64_t value);
void set_string(json_t *object, const char *name, const char *text);
/* null where nobody looked, or nobody knows */
void set_known(json_t *object, const char *name, bool known, int64_t value);
/* null for NULL; what is empty and not known is to be NULL first */
void set_optional(json_t *object, const char *name, const char *text);
const char *null_if_empty(const char *text);

#endif
