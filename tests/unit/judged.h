/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the verdict share: a session with one pool, and its reasons. */
#ifndef NETMEM_JUDGED_H
#define NETMEM_JUDGED_H

#include "unit.h"

#include "user/facts/checks.h"
#include "user/judge/verdict.h"

#define META "{'t':'meta','schema':'netmem-check/1','coverage_threshold':0.9}"
#define POOL                                                          \
	"{'t':'pool','slot':1,'life':1,'pool':'0x1','device':'eth0'," \
	"'judged':true}"
#define WINDOW(events, result)                              \
	"{'t':'window','slot':1,'life':1,'events':" #events \
	",'result':'" result "'}"
#define COUNT(hold, witness, quiet)                                    \
	"{'t':'count','slot':1,'life':1,'hold':" #hold ",'release':0," \
	"'shadow':" #witness ",'scan':" #witness ",'quiet':" #quiet "}"
#define COUNT_OF(hold, release, shadow, scan, quiet)                          \
	"{'t':'count','slot':1,'life':1,'hold':" #hold ",'release':" #release \
	",'shadow':" #shadow ",'scan':" #scan ",'quiet':" #quiet "}"

/* Of the function tier: a page of pool 1. */
#define FOLLOWED(check, extra)                                           \
	"{'t':'evidence','check':'" check "','slot':1,'life':1,'frame':" \
	"4096,'" extra "':true}"
#define FLOW(handed_out, returned, lost)                                  \
	"{'t':'flow','slot':1,'life':1,'flow':{'handed_out':" #handed_out \
	",'returned':" #returned ",'lost':" #lost "}}"
#define FOLLOWED_OUT(out, unsure, kernel)                                    \
	"{'t':'followed','slot':1,'life':1,'out':" #out ",'unsure':" #unsure \
	",'kernel':" #kernel "}"

#define LOSS(what, count)                                         \
	"{'t':'loss','what':'" what "','count':" #count ",'why':" \
	"'9 came, the second program took 2'}"

struct judged {
	struct session *session;
	struct verdict verdict;
};

/* A session with one pool; more facts come from the test. */
static inline int set_up(void **state)
{
	struct judged *judged = calloc(1, sizeof(*judged));

	judged->session = session_new();
	*state = judged;
	return feed(judged->session, META) || feed(judged->session, POOL);
}

static inline int tear_down(void **state)
{
	struct judged *judged = *state;

	verdict_clear(&judged->verdict);
	session_free(judged->session);
	free(judged);
	return 0;
}

static inline void reach(struct judged *judged, enum exit_code code)
{
	const struct reasons *reasons = &judged->verdict.reasons;

	session_finish(judged->session);
	assert_int_equal(verdict_reach(judged->session, &judged->verdict), 0);
	if (judged->verdict.code != code)
		fail_msg("%s, expected %d: %s", verdict_name(&judged->verdict),
			 code,
			 reasons->count ?
				 reason_infos[reasons->items[0].code].code :
				 "no reason");
}

/* The first reason with this code; there must be one. */
static inline const struct reason *find_reason(const struct reasons *list,
					       enum reason_code code)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->items[i].code == code)
			return &list->items[i];
	fail_msg("no reason '%s'", reason_infos[code].code);
	return NULL;
}

/* One with this code is about the pool 1. */
static inline void assert_of_pool(const struct judged *judged,
				  const struct reasons *list,
				  enum reason_code code)
{
	const struct reason *reason = find_reason(list, code);

	assert_ptr_equal(reason->pool, session_pool(judged->session, 1, 1));
}

/* One with this code is about so many, out of so many. */
static inline void assert_counts(const struct reasons *list,
				 enum reason_code code, uint64_t count,
				 uint64_t of)
{
	const struct reason *reason = find_reason(list, code);

	assert_int_equal(reason->count, count);
	assert_int_equal(reason->of, of);
}

/* One with this code is about a loss of this kind. */
static inline void assert_loss(const struct reasons *list,
			       enum reason_code code, enum loss_kind what,
			       uint64_t count)
{
	const struct reason *reason = find_reason(list, code);

	assert_non_null(reason->loss);
	assert_int_equal(reason->loss->what, what);
	assert_int_equal(reason->loss->count, count);
}

/* A check is suspected so many times. */
static inline void assert_suspected(const struct reasons *list,
				    enum model_check check, uint64_t count)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->items[i].code == REASON_UNPROVEN &&
		    list->items[i].check == check) {
			assert_int_equal(list->items[i].count, count);
			return;
		}
	fail_msg("%s is not suspected", check_infos[check].id);
}

/* All that a PASS takes: events in a complete window, counters that agree. */
static inline void feed_good(struct judged *judged)
{
	feed(judged->session,
	     "{'t':'posted','slot':1,'life':1,'pages':513,'out':5}");
	feed(judged->session, "{'t':'counters','referenced':0}");
	feed(judged->session, WINDOW(100, "complete"));
	feed(judged->session, COUNT(5, 5, true));
	feed(judged->session, COUNT(5, 5, true));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
