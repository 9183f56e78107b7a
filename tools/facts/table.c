// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the table of facts of docs/recording.md, from the table that the
 * program itself is made from (user/facts/facts.def).
 */
#include <stdio.h>

#include "user/facts/facts.h"

/* What a member looks like in JSON. */
static const char *const kinds[] = {
	[KIND_BOOL] = "true or false",
	[KIND_U32] = "number",
	[KIND_I32] = "number",
	[KIND_U64] = "number",
	[KIND_I64] = "number",
	[KIND_BITS] = "number, 64 bits",
	[KIND_SHARE] = "number",
	[KIND_ADDRESS] = "address",
	[KIND_NETMEM] = "page or net_iov",
	[KIND_STRING] = "string",
	[KIND_STRINGS] = "strings",
	[KIND_COUNTS] = "numbers",
	[KIND_NUMBERS] = "4 numbers",
	[KIND_CHECK] = "id of a check",
	[KIND_STATE] = "page state",
	[KIND_EVENT] = "event",
};

static void print_kind(const struct fact_member *member)
{
	if (member->kind == KIND_PART)
		printf("{%s}", fact_infos[member->part].name);
	else if (member->kind == KIND_PARTS)
		printf("list of {%s}", fact_infos[member->part].name);
	else if (member->kind < sizeof(kinds) / sizeof(*kinds) &&
		 kinds[member->kind])
		fputs(kinds[member->kind], stdout);
	else
		fputs("name", stdout);
}

/* Members in brackets may be missing. */
static void print_members(const struct fact_info *info)
{
	const struct fact_member *member;
	size_t i;

	for (i = 0; i < info->count; i++) {
		member = &info->members[i];
		printf("| | %s%s%s | ", member->required ? "" : "[",
		       member->kind == KIND_NETMEM ? "frame or net_iov" :
						     member->name,
		       member->required ? "" : "]");
		print_kind(member);
		printf(" | %s |\n", member->doc);
	}
}

static void print_type(enum fact_type type)
{
	const struct fact_info *info = &fact_infos[type];

	if (type == FACT_LINES)
		return;
	if (info->same != type) {
		printf("| **%s** | as %s | | %s |\n", info->name,
		       fact_infos[info->same].name, info->doc);
		return;
	}
	printf("| **%s%s%s** | | | %s |\n", type > FACT_LINES ? "{" : "",
	       info->name, type > FACT_LINES ? "}" : "", info->doc);
	print_members(info);
}

int main(void)
{
	int type;

	puts("| fact | member | in JSON | meaning |\n|---|---|---|---|");
	for (type = 0; type < FACT_TYPES; type++)
		print_type(type);
	return fflush(stdout) ? 1 : 0;
}
