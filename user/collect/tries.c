// SPDX-License-Identifier: GPL-2.0
#include "user/collect/tries.h"

static int64_t difference(const struct look *look, int64_t witness)
{
	return (int32_t)(look->hold - look->release) - witness;
}

bool look_agrees(const struct look *look)
{
	return !difference(look, look->held) &&
	       (look->marked < 0 || !difference(look, look->marked));
}

static bool is_alike(const struct look *a, const struct look *b)
{
	if (difference(a, a->held) != difference(b, b->held))
		return false;
	if (a->marked < 0 || b->marked < 0)
		return a->marked == b->marked;
	return difference(a, a->marked) == difference(b, b->marked);
}

void tries_add(struct tries *tries, const struct look *look)
{
	bool alike = tries->stable && is_alike(&tries->last, look);

	tries->count++;
	if (look->stable) {
		tries->alike = alike ? tries->alike + 1 : 1;
		tries->stable++;
	}
	if (look->stable || !tries->stable)
		tries->last = *look;
	tries->done = tries->count >= LOOK_TRIES ||
		      (tries_caught(tries) && look_agrees(&tries->last));
}

bool tries_caught(const struct tries *tries)
{
	return tries->alike >= 2;
}
