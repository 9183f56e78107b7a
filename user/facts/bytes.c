// SPDX-License-Identifier: GPL-2.0
/* Strings of a fact as text: what came from the kernel may be any bytes. */
#include <errno.h>
#include <stdlib.h>

#include "user/facts/facts.h"
#include "user/util/utf8.h"

/* Every struct TYPE_facts begins like this. */
struct any_facts {
	char *items;
	size_t count;
};

typedef int (*visit_string)(char **string);

static int visit_fact(enum fact_type type, void *fact, visit_string visit);

static int visit_strings(struct strings *list, visit_string visit)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < list->count; i++)
		err = visit(&list->items[i]);
	return err;
}

static int visit_parts(enum fact_type type, struct any_facts *list,
		       visit_string visit)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < list->count; i++)
		err = visit_fact(type, list->items + i * fact_infos[type].size,
				 visit);
	return err;
}

static int visit_member(const struct fact_member *member, void *at,
			visit_string visit)
{
	switch (member->kind) {
	case KIND_STRING:
		return visit(at);
	case KIND_STRINGS:
		return visit_strings(at, visit);
	case KIND_PART:
		return visit_fact(member->part, at, visit);
	case KIND_PARTS:
		return visit_parts(member->part, at, visit);
	default: /* has no text */
		return 0;
	}
}

/* Calls @visit for each string that @fact has, until one returns other than 0. */
static int visit_fact(enum fact_type type, void *fact, visit_string visit)
{
	const struct fact_info *info = &fact_infos[type];
	int err = 0;
	size_t i;

	for (i = 0; !err && i < info->count; i++)
		err = visit_member(&info->members[i],
				   (char *)fact + info->members[i].offset,
				   visit);
	return err;
}

static int check_string(char **string)
{
	return *string && !utf8_is_escaped(*string) ? -EILSEQ : 0;
}

static int escape_string(char **string)
{
	char *text;

	if (!check_string(string))
		return 0;
	text = utf8_escape(*string);
	if (!text)
		return -ENOMEM;
	free(*string);
	*string = text;
	return 0;
}

int fact_to_text(struct fact *text, const struct fact *fact)
{
	int err;

	/* The check writes nothing. */
	if (!visit_fact(fact->type, (void *)&fact->has, check_string))
		return 0;
	text->type = fact->type;
	err = fact_copy(fact->type, &text->has, &fact->has);
	if (err)
		return err;
	err = visit_fact(text->type, &text->has, escape_string);
	if (!err)
		return 1;
	fact_clear(text->type, &text->has);
	return err;
}
