/* SPDX-License-Identifier: GPL-2.0 */
/* Facts of holder walks, for the tests of what becomes of them. */
#ifndef NETMEM_UNIT_WALKS_H
#define NETMEM_UNIT_WALKS_H

#include "unit.h"

#define META "{'t':'meta','schema':'netmem-check/1','tier':'tracepoint'}"
#define POOL(slot, judged)                                       \
	"{'t':'pool','slot':" #slot                              \
	",'life':1,'pool':'0xffff888100001000','device':'dut0'," \
	"'queue':" #slot ",'judged':" #judged "}"
#define WINDOW(slot, result)          \
	"{'t':'window','slot':" #slot \
	",'life':1,'events':10,'result':'" result "'}"
#define STALLED(slot, inflight)      \
	"{'t':'state','slot':" #slot \
	",'life':1,'state':'stalled','inflight':" #inflight "}"
#define COUNT(slot, hold, shadow, scan, extra)                 \
	"{'t':'count','slot':" #slot ",'life':1,'hold':" #hold \
	",'release':0,'shadow':" #shadow ",'scan':" #scan extra "}"
#define WALK(number)                                                        \
	"{'t':'walk','walk':" #number ",'took_us':34120,'kernel_us':12800," \
	"'namespaces':3,'sockets':1210,'packets':57}"
#define PLACE(number, name, walked)                                            \
	"{'t':'place','walk':" #number ",'place':'" name "','walked':" #walked \
	",'objects':12,'why':'no layout of " name "'}"
#define HOLDER(number, slot, pages, extra)                                \
	"{'t':'holder','walk':" #number ",'slot':" #slot                  \
	",'life':1,'kind':'socket','what':'tcp','place':'receive queue'," \
	"'pages':" #pages                                                 \
	",'bytes':1448,'oldest_ms':4200,'confidence':'certain'" extra "}"
#define HELD(number, slot, out, attributed, unheld)                            \
	"{'t':'held','walk':" #number ",'slot':" #slot ",'life':1,'out':" #out \
	",'attributed':" #attributed ",'unheld':" #unheld "}"
#define UNHELD(slot, frame)                                       \
	"{'t':'unheld','slot':" #slot ",'life':1,'frame':" #frame \
	",'state':'OUT','age_ms':900,'recycled':2,'xdp_verdict':'drop'}"
#define NUDGE "{'t':'nudge','cpus':8}"
#define NUDGED(slot, before, after)                                 \
	"{'t':'nudged','slot':" #slot ",'life':1,'before':" #before \
	",'after':" #after "}"

/* Two pools, the first one with events and not yet stalled. */
static inline int set_up(void **state)
{
	struct session *s = session_new();

	*state = s;
	return !s || feed(s, META) || feed(s, POOL(1, true)) ||
	       feed(s, POOL(2, true)) || feed(s, WINDOW(1, "complete"));
}

static inline int tear_down(void **state)
{
	session_free(*state);
	return 0;
}

/* What a leak takes beside the walks: a pool at rest that waits for @3 pages. */
static inline void feed_stalled(struct session *s)
{
	feed(s, STALLED(1, 3));
	feed(s, COUNT(1, 3, 3, 3, ",'quiet':true"));
	feed(s, COUNT(1, 3, 3, 3, ",'quiet':true"));
}

static inline void feed_first_walk(struct session *s)
{
	feed(s, WALK(1));
	feed(s, PLACE(1, "sockets", true));
	feed(s, HOLDER(1, 1, 1, ""));
	feed(s, HELD(1, 1, 3, 1, 0));
}

static inline void feed_second_walk(struct session *s)
{
	feed(s, WALK(2));
	feed(s, PLACE(2, "sockets", true));
	feed(s, HOLDER(2, 1, 1, ""));
	feed(s, HELD(2, 1, 3, 1, 2));
	feed(s, UNHELD(1, 4096));
	feed(s, UNHELD(1, 4097));
}

static inline void feed_leak(struct session *s)
{
	feed_stalled(s);
	feed_first_walk(s);
	feed_second_walk(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
