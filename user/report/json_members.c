// SPDX-License-Identifier: GPL-2.0
/* Members of the JSON report: facts, and lists of facts. */
#include "user/report/json.h"

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
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < count; i++)
		add_item(array,
			 encode_without(type,
					(const char *)items +
						i * fact_infos[type].size,
					names));
	return array;
}

const char *const all_members[] = { NULL };
