// SPDX-License-Identifier: GPL-2.0
/* Facts as JSON, and back: one encoder and one decoder for all of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/facts/checks.h"
#include "user/facts/facts.h"
#include "user/facts/netmem.h"
#include "user/util/build.h"
#include "user/util/util.h"

/* ---- enumerations ---- */

/* How many values a kind has; 0: it is no enumeration. */
static int value_count(enum fact_kind kind)
{
	switch (kind) {
	case KIND_CHECK:
		return CHECK_COUNT;
	case KIND_STATE:
		return STATE_COUNT;
	case KIND_EVENT:
		return EVENT_COUNT;
	case KIND_WAY:
		return ATTACH_COUNT;
	case KIND_BLIND:
		return BLIND_COUNT;
	case KIND_NOTE:
		return NOTE_COUNT;
	case KIND_CLOSED:
		return CLOSED_COUNT;
	case KIND_POOL_STATE:
		return POOL_STATE_COUNT;
	case KIND_LOSS:
		return LOSS_COUNT;
	case KIND_HOLDER:
		return HOLDER_COUNT;
	case KIND_PLACE:
		return PLACE_COUNT;
	case KIND_SURENESS:
		return SURENESS_COUNT;
	case KIND_CONTAINER:
		return CONTAINER_COUNT;
	case KIND_REFERENCE:
		return REFERENCE_COUNT;
	case KIND_VERDICT:
		return XDP_VERDICT_COUNT;
	case KIND_XDP_MODE:
		return XDP_MODE_COUNT;
	case KIND_ENTRY:
		return ENTRY_COUNT;
	case KIND_MARK:
		return MARK_COUNT;
	default:
		return 0;
	}
}

/* NULL for CHECK_NONE, which has no name. */
static const char *value_name(enum fact_kind kind, int value)
{
	switch (kind) {
	case KIND_CHECK:
		return check_infos[value].id;
	case KIND_STATE:
		return state_name(value);
	case KIND_EVENT:
		return event_name(value);
	case KIND_WAY:
		return attach_way_name(value);
	case KIND_BLIND:
		return blind_code_name(value);
	case KIND_NOTE:
		return note_code_name(value);
	case KIND_CLOSED:
		return closed_name(value);
	case KIND_POOL_STATE:
		return pool_state_name(value);
	case KIND_LOSS:
		return loss_name(value);
	case KIND_HOLDER:
		return holder_kind_name(value);
	case KIND_PLACE:
		return holder_place_code(value);
	case KIND_SURENESS:
		return sureness_name(value);
	case KIND_CONTAINER:
		return container_kind_name(value);
	case KIND_REFERENCE:
		return reference_kind_name(value);
	case KIND_VERDICT:
		return xdp_verdict_name(value);
	case KIND_XDP_MODE:
		return xdp_mode_name(value);
	case KIND_ENTRY:
		return entry_place_name(value);
	case KIND_MARK:
		return mark_state_name(value);
	default:
		return NULL;
	}
}

static json_t *encode_value(enum fact_kind kind, const void *at)
{
	int value = *(const int *)at;

	return build_string(value >= 0 && value < value_count(kind) ?
				    value_name(kind, value) :
				    NULL);
}

static int decode_value(enum fact_kind kind, json_t *json, void *at)
{
	const char *text = json_string_value(json), *name;
	int value;

	for (value = 0; text && value < value_count(kind); value++) {
		name = value_name(kind, value);
		if (!name || strcmp(name, text))
			continue;
		*(int *)at = value;
		return 0;
	}
	return -EINVAL;
}

/* ---- encoder ---- */

static json_t *encode_counts(const struct counts *list)
{
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		add_item(array, build_integer(list->items[i]));
	return array;
}

static json_t *encode_numbers(const struct numbers *numbers)
{
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < ARRAY_LEN(numbers->of); i++)
		add_item(array, build_integer(numbers->of[i]));
	return array;
}

static json_t *encode_line(enum fact_type type, const void *fact);

/* Every struct TYPE_facts begins like this. */
struct any_facts {
	const char *items;
	size_t count;
};

/* Facts that are lines by themselves keep their type as parts. */
static json_t *encode_parts(enum fact_type type, const struct any_facts *list)
{
	json_t *array = build_array();
	const char *item;
	size_t i;

	for (i = 0; i < list->count; i++) {
		item = list->items + i * fact_infos[type].size;
		add_item(array, type < FACT_LINES ? encode_line(type, item) :
						    fact_encode(type, item));
	}
	return array;
}

static json_t *encode_member(const struct fact_member *member, const void *at)
{
	switch (member->kind) {
	case KIND_BOOL:
		return json_boolean(*(const bool *)at);
	case KIND_U32:
		return build_integer(*(const uint32_t *)at);
	case KIND_I32:
		return build_integer(*(const int32_t *)at);
	case KIND_U64:
	case KIND_I64:
	case KIND_BITS:
		return build_integer(*(const int64_t *)at);
	case KIND_SHARE:
		return build_real(*(const double *)at);
	case KIND_ADDRESS:
		return build_address(*(const uint64_t *)at);
	case KIND_NETMEM:
		return netmem_value(*(const uint64_t *)at);
	case KIND_STRING:
		return build_string(*(const char *const *)at);
	case KIND_STRINGS:
		return build_strings(at);
	case KIND_COUNTS:
		return encode_counts(at);
	case KIND_NUMBERS:
		return encode_numbers(at);
	case KIND_PART:
		return fact_encode(member->part, at);
	case KIND_PARTS:
		return encode_parts(member->part, at);
	default:
		return encode_value(member->kind, at);
	}
}

static const char *member_key(const struct fact_member *member, const void *at)
{
	return member->kind == KIND_NETMEM ? netmem_key(*(const uint64_t *)at) :
					     member->name;
}

static void set_members(json_t *object, enum fact_type type, const void *fact)
{
	const struct fact_info *info = &fact_infos[type];
	const struct fact_member *member;
	const void *at;
	size_t i;

	for (i = 0; i < info->count; i++) {
		member = &info->members[i];
		at = (const char *)fact + member->offset;
		if (member->required || *(const uint64_t *)fact >> i & 1)
			set_member(object, member_key(member, at),
				   encode_member(member, at));
	}
}

json_t *fact_encode(enum fact_type type, const void *fact)
{
	json_t *object = build_object();

	set_members(object, type, fact);
	return object;
}

static json_t *encode_line(enum fact_type type, const void *fact)
{
	json_t *line = build_object();

	set_string(line, "t", fact_infos[type].name);
	set_members(line, type, fact);
	return line;
}

json_t *fact_to_json(const struct fact *fact)
{
	return encode_line(fact->type, &fact->has);
}

/* ---- decoder ---- */

/*
 * No count, time or size of a fact is larger, either way: sums and differences of
 * them stay far inside 64 bits, and every reader of JSON has them exactly (RFC
 * 8259, section 6). Addresses and bits have kinds of their own.
 */
#define NUMBER_MAX (INT64_C(1) << 53)

static int decode_integer(json_t *json, int64_t min, int64_t max, int64_t *to)
{
	if (!json_is_integer(json))
		return -EINVAL;
	*to = json_integer_value(json);
	return *to < min || *to > max ? -EINVAL : 0;
}

static int decode_address(json_t *json, uint64_t *address)
{
	const char *text = json_string_value(json);
	char *end;

	if (json_is_integer(json)) {
		*address = json_integer_value(json);
		return 0;
	}
	if (!text || !*text)
		return -EINVAL;
	errno = 0;
	*address = strtoull(text, &end, 16);
	return errno || *end ? -EINVAL : 0;
}

static int decode_string(json_t *json, const char **text)
{
	if (!json_is_string(json))
		return -EINVAL;
	*text = strdup(json_string_value(json));
	return *text ? 0 : -ENOMEM;
}

static int decode_strings(json_t *json, struct strings *list)
{
	json_t *one;
	size_t i;

	if (!json_is_array(json))
		return -EINVAL;
	json_array_foreach (json, i, one) {
		if (!json_is_string(one))
			return -EINVAL;
		if (strings_add(list, json_string_value(one)))
			return -ENOMEM;
	}
	return 0;
}

static int decode_counts(json_t *json, struct counts *list)
{
	json_t *one;
	size_t i;

	if (!json_is_array(json))
		return -EINVAL;
	list->items = calloc(json_array_size(json) + 1, sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	json_array_foreach (json, i, one) {
		if (!json_is_integer(one))
			return -EINVAL;
		list->items[list->count++] = json_integer_value(one);
	}
	return 0;
}

static int decode_numbers(json_t *json, struct numbers *numbers)
{
	json_int_t of[4];
	int i;

	if (json_unpack(json, "[I,I,I,I!]", &of[0], &of[1], &of[2], &of[3]))
		return -EINVAL;
	for (i = 0; i < 4; i++)
		numbers->of[i] = of[i];
	return 0;
}

static int decode_parts(enum fact_type type, json_t *json, void *list,
			char *why, size_t size)
{
	_Alignas(8) char part[1024]; /* of any type that is a part */
	json_t *one;
	size_t i;
	int err;

	_Static_assert(sizeof(struct xdp_queue_fact) <= sizeof(part),
		       "a part is too large");
	if (!json_is_array(json))
		return -EINVAL;
	json_array_foreach (json, i, one) {
		err = fact_decode(type, one, part, why, size);
		if (err)
			return err;
		err = facts_append(type, list, part);
		fact_clear(type, part);
		if (err)
			return err;
	}
	return 0;
}

static int decode_member(const struct fact_member *member, json_t *json,
			 void *at, char *why, size_t size)
{
	int64_t number = 0;
	int err;

	switch (member->kind) {
	case KIND_BOOL:
		*(bool *)at = json_is_true(json);
		return json_is_boolean(json) ? 0 : -EINVAL;
	case KIND_U32:
		err = decode_integer(json, 0, UINT32_MAX, &number);
		*(uint32_t *)at = number;
		return err;
	case KIND_I32:
		err = decode_integer(json, INT32_MIN, INT32_MAX, &number);
		*(int32_t *)at = number;
		return err;
	case KIND_U64:
		return decode_integer(json, 0, NUMBER_MAX, at);
	case KIND_I64:
		return decode_integer(json, -NUMBER_MAX, NUMBER_MAX, at);
	case KIND_BITS:
		return decode_integer(json, INT64_MIN, INT64_MAX, at);
	case KIND_SHARE:
		*(double *)at = json_number_value(json);
		return json_is_number(json) ? 0 : -EINVAL;
	case KIND_ADDRESS:
		return decode_address(json, at);
	case KIND_STRING:
		return decode_string(json, at);
	case KIND_STRINGS:
		return decode_strings(json, at);
	case KIND_COUNTS:
		return decode_counts(json, at);
	case KIND_NUMBERS:
		return decode_numbers(json, at);
	case KIND_PART:
		return fact_decode(member->part, json, at, why, size);
	case KIND_PARTS:
		return decode_parts(member->part, json, at, why, size);
	default:
		return decode_value(member->kind, json, at);
	}
}

/* The member's value in @object, NULL: it is not there. null is not there. */
static json_t *find_member(const struct fact_member *member, json_t *object)
{
	json_t *json = json_object_get(object, member->name);

	if (member->kind == KIND_NETMEM) {
		json = json_object_get(object, "frame");
		if (!json)
			json = json_object_get(object, "net_iov");
	}
	return json_is_null(json) ? NULL : json;
}

/* What the object calls it. */
static const char *name_in(const struct fact_member *member, json_t *object)
{
	if (member->kind != KIND_NETMEM)
		return member->name;
	return json_object_get(object, "net_iov") ? "net_iov" : "frame";
}

static int decode_or_explain(enum fact_type type,
			     const struct fact_member *member, json_t *object,
			     void *fact, char *why, size_t size)
{
	void *at = (char *)fact + member->offset;
	json_t *json = find_member(member, object);
	int err;

	if (!json && !member->required)
		return 0;
	why[0] = 0;
	if (!json)
		err = -EINVAL;
	else if (member->kind == KIND_NETMEM)
		err = netmem_named(object, at);
	else
		err = decode_member(member, json, at, why, size);
	if (!err)
		*(uint64_t *)fact |= 1ULL
				     << (member - fact_infos[type].members);
	else if (err == -ENOMEM)
		snprintf(why, size, "out of memory");
	else if (!why[0])
		snprintf(why, size, "%s: member '%s' is %s",
			 fact_infos[type].name, name_in(member, object),
			 json ? "of a wrong type or value" : "missing");
	return err;
}

int fact_decode(enum fact_type type, json_t *object, void *fact, char *why,
		size_t size)
{
	const struct fact_info *info = &fact_infos[type];
	size_t i;
	int err = json_is_object(object) ? 0 : -EINVAL;

	if (err)
		snprintf(why, size, "%s: not an object", info->name);
	fact_init(type, fact);
	for (i = 0; !err && i < info->count; i++)
		err = decode_or_explain(type, &info->members[i], object, fact,
					why, size);
	if (err)
		fact_clear(type, fact);
	return err;
}

int fact_from_json(json_t *object, struct fact *fact, char *why, size_t size)
{
	const char *name = json_string_value(json_object_get(object, "t"));
	enum fact_type type = name ? fact_type_by_name(name) : FACT_LINES;

	fact->type = type;
	fact->has = 0;
	if (type == FACT_LINES) {
		snprintf(why, size,
			 name ? "'%.64s' is no type of fact" :
				"it has no type 't'",
			 name);
		return -EINVAL;
	}
	return fact_decode(type, object, &fact->has, why, size);
}
