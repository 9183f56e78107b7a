// SPDX-License-Identifier: GPL-2.0
#include "user/util/attach.h"

const char *attach_way_name(enum attach_way way)
{
#define NAME(name, text) text,
	static const char *const names[] = { ATTACH_WAYS(NAME) };
#undef NAME

	return names[way];
}
