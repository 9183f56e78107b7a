// SPDX-License-Identifier: GPL-2.0
/* The table of facts as data, and what goes through members by it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/facts/facts.h"

#define REQ true
#define OPT false

#define FACT(type, doc) static const struct fact_member type##_table[] = {
#define PART(type, doc) FACT(type, doc)
#define SAME(type, as, doc)
#define M(type, member, kind, need, fallback, doc)                    \
	{ #member, KIND_##kind, 0,                                    \
	  need,	   fallback,	offsetof(struct type##_fact, member), \
	  doc },
#define K(type, key, member, kind, need, fallback, doc)            \
	{ key,	KIND_##kind, 0,                                    \
	  need, fallback,    offsetof(struct type##_fact, member), \
	  doc },
#define N(type, member, part, need, doc)                            \
	{ #member, KIND_PART, FACT_##part,                          \
	  need,	   0,	      offsetof(struct type##_fact, member), \
	  doc },
#define L(type, member, part, need, doc)                             \
	{ #member, KIND_PARTS, FACT_##part,                          \
	  need,	   0,	       offsetof(struct type##_fact, member), \
	  doc },
#define END(type) \
	}         \
	;
#include "user/facts/facts.def"

const struct fact_info fact_infos[FACT_TYPES] = {
#define FACT(type, doc)                               \
	[FACT_##type] = { #type,                      \
			  doc,                        \
			  type##_table,               \
			  type##_members,             \
			  sizeof(struct type##_fact), \
			  FACT_##type },
#define PART(type, doc) FACT(type, doc)
#define SAME(type, as, doc)                         \
	[FACT_##type] = { #type,                    \
			  doc,                      \
			  as##_table,               \
			  as##_members,             \
			  sizeof(struct as##_fact), \
			  FACT_##as },
#define M(type, member, kind, need, fallback, doc)
#define N(type, member, part, need, doc)
#define L(type, member, part, need, doc)
#define END(type)
#include "user/facts/facts.def"
};

/* Layout of every struct TYPE_facts. */
struct any_facts {
	void *items;
	size_t count;
};

enum fact_type fact_type_by_name(const char *name)
{
	int type;

	for (type = 0; type < FACT_LINES; type++)
		if (!strcmp(fact_infos[type].name, name))
			break;
	return type;
}

static void set_fallback(const struct fact_member *member, void *at)
{
	switch (member->kind) {
	case KIND_I32:
		*(int32_t *)at = member->fallback;
		break;
	case KIND_I64:
		*(int64_t *)at = member->fallback;
		break;
	case KIND_SHARE:
		*(double *)at = member->fallback;
		break;
	case KIND_STATE:
		*(enum model_state *)at = member->fallback;
		break;
	case KIND_EVENT:
		*(enum model_event *)at = member->fallback;
		break;
	case KIND_PART:
		fact_init(member->part, at);
		break;
	default: /* all bits 0 */
		break;
	}
}

void fact_init(enum fact_type type, void *fact)
{
	const struct fact_info *info = &fact_infos[type];
	size_t i;

	memset(fact, 0, info->size);
	for (i = 0; i < info->count; i++)
		set_fallback(&info->members[i],
			     (char *)fact + info->members[i].offset);
}

void fact_complete(enum fact_type type, void *fact)
{
	const struct fact_info *info = &fact_infos[type];
	uint64_t *has = fact;
	size_t i;

	for (i = 0; i < info->count; i++) {
		if (info->members[i].required)
			*has |= 1ULL << i;
		else if (!(*has >> i & 1))
			set_fallback(&info->members[i],
				     (char *)fact + info->members[i].offset);
	}
}

void fact_add(enum fact_type type, void *sum, const void *fact)
{
	const struct fact_info *info = &fact_infos[type];
	size_t i, at;

	for (i = 0; i < info->count; i++) {
		at = info->members[i].offset;
		*(uint64_t *)((char *)sum + at) +=
			*(const uint64_t *)((const char *)fact + at);
	}
	*(uint64_t *)sum |= *(const uint64_t *)fact;
}

static void clear_member(const struct fact_member *member, void *at)
{
	switch (member->kind) {
	case KIND_STRING:
		free(*(void **)at);
		break;
	case KIND_STRINGS:
		strings_clear(at);
		break;
	case KIND_COUNTS:
		counts_clear(at);
		break;
	case KIND_PART:
		fact_clear(member->part, at);
		break;
	case KIND_PARTS:
		facts_clear(member->part, at);
		break;
	default: /* has nothing on the heap */
		break;
	}
}

void fact_clear(enum fact_type type, void *fact)
{
	const struct fact_info *info = &fact_infos[type];
	size_t i;

	for (i = 0; i < info->count; i++)
		clear_member(&info->members[i],
			     (char *)fact + info->members[i].offset);
	fact_init(type, fact);
}

static int copy_string(const char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

static int copy_parts(enum fact_type type, struct any_facts *to,
		      const struct any_facts *from)
{
	size_t size = fact_infos[type].size, i;
	int err = 0;

	for (i = 0; !err && i < from->count; i++)
		err = facts_append(type, to,
				   (const char *)from->items + i * size);
	return err;
}

/* @to was initialised. */
static int copy_member(const struct fact_member *member, void *to,
		       const void *from, size_t plain)
{
	switch (member->kind) {
	case KIND_STRING:
		return copy_string(to, *(const char *const *)from);
	case KIND_STRINGS:
		return strings_copy(to, from);
	case KIND_COUNTS:
		return counts_copy(to, from);
	case KIND_PART:
		return fact_copy(member->part, to, from);
	case KIND_PARTS:
		return copy_parts(member->part, to, from);
	default:
		memcpy(to, from, plain);
		return 0;
	}
}

/* Bytes of a member that has nothing on the heap. */
static size_t plain_size(enum fact_kind kind)
{
	switch (kind) {
#define KIND_SIZE(name, type) \
	case KIND_##name:     \
		return sizeof(type);
		FACT_PLAIN_KINDS(KIND_SIZE)
		FACT_ENUM_KINDS(KIND_SIZE)
#undef KIND_SIZE
	default:
		return 0;
	}
}

int fact_copy(enum fact_type type, void *to, const void *from)
{
	const struct fact_info *info = &fact_infos[type];
	const struct fact_member *member;
	size_t i;

	fact_init(type, to);
	*(uint64_t *)to = *(const uint64_t *)from;
	for (i = 0; i < info->count; i++) {
		member = &info->members[i];
		if (!copy_member(member, (char *)to + member->offset,
				 (const char *)from + member->offset,
				 plain_size(member->kind)))
			continue;
		fact_clear(type, to);
		return -ENOMEM;
	}
	return 0;
}

int facts_append(enum fact_type type, void *list, const void *fact)
{
	size_t size = fact_infos[type].size;
	struct any_facts *facts = list;
	void *items = realloc(facts->items, (facts->count + 1) * size);
	int err;

	if (!items)
		return -ENOMEM;
	facts->items = items;
	err = fact_copy(type, (char *)items + facts->count * size, fact);
	facts->count += !err;
	return err;
}

void facts_remove(enum fact_type type, void *list, size_t index)
{
	size_t size = fact_infos[type].size;
	struct any_facts *facts = list;
	char *at = (char *)facts->items + index * size;

	fact_clear(type, at);
	facts->count--;
	memmove(at, at + size, (facts->count - index) * size);
}

void facts_clear(enum fact_type type, void *list)
{
	struct any_facts *facts = list;
	size_t i;

	for (i = 0; i < facts->count; i++)
		fact_clear(type,
			   (char *)facts->items + i * fact_infos[type].size);
	free(facts->items);
	memset(facts, 0, sizeof(*facts));
}
