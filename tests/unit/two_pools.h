/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of a session share: one with two pools, and what it found. */
#ifndef NETMEM_TWO_POOLS_H
#define NETMEM_TWO_POOLS_H

#include "unit.h"

#define POOL_1                                                       \
	"{'t':'pool','slot':1,'life':1,'pool':'0xffff888100001000'," \
	"'device':'eth0','queue':0,'judged':true}"
#define POOL_2                                                       \
	"{'t':'pool','slot':2,'life':1,'pool':'0xffff888100002000'," \
	"'device':'eth0','queue':1,'judged':true}"
#define WINDOW(slot, result)          \
	"{'t':'window','slot':" #slot \
	",'life':1,'events':10,'result':'" result "'}"
#define EVIDENCE(check, owner, extra)                            \
	"{'t':'evidence','check':'" check "','slot':1,'life':1," \
	"'owner_slot':" #owner ",'owner_life':1,'frame':4096" extra "}"
#define COUNT(hold, shadow, scan, quiet)                               \
	"{'t':'count','slot':1,'life':1,'hold':" #hold ",'release':0," \
	"'shadow':" #shadow ",'scan':" #scan ",'quiet':" #quiet "}"

static inline int set_up(void **state)
{
	struct session *session = session_new();

	*state = session;
	return !session || feed(session, POOL_1) || feed(session, POOL_2);
}

static inline int tear_down(void **state)
{
	session_free(*state);
	return 0;
}

static inline uint64_t found(const struct session *session,
			     enum model_check check)
{
	return session->findings[check].count;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
