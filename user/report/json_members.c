// SPDX-License-Identifier: GPL-2.0
/* Members of the JSON report: single values, facts, and lists of facts. */
#include "user/facts/netmem.h"
#include "user/report/json.h"

void set_member(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value ? value : json_null());
}

void set_number(json_t *object, const char *name, int64_t value)
{
	set_member(object, name, json_integer(value));
}

void set_known(json_t *object, const char *name, bool known, int64_t value)
{
	set_member(object, name, known ? json_integer(value) : json_null());
}

void set_address(json_t *object, const char *name, uint64_t address)
{
	set_member(object, name, address_value(address));
}

json_t *encode_without(enum fact_type type, const void *fact,
		       const char *const *names)
{
	json_t *object = fact_encode(type, fact);

	for (; *names; names++)
		json_object_del(object, *names);
	return object;
}

json_t *encode_list(enum fact_type type, const void *items, size_t count,
		    const char *const *names)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(
			array, encode_without(type,
					      (const char *)items +
						      i * fact_infos[type].size,
					      names));
	return array;
}

const char *const all_members[] = { NULL };
