// SPDX-License-Identifier: GPL-2.0
/* What `status --fail-on` asks, and when it holds. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "user/judge/fail_on.h"

static struct fail_on parsed(const char *text)
{
	struct fail_on asked;
	char why[64];

	assert_int_equal(fail_on_parse(text, &asked, why, sizeof(why)), 0);
	return asked;
}

static void test_parse(void **state)
{
	struct fail_on asked = parsed("stalled>10m,findings,losses>1.5%");

	assert_true(asked.stalled && asked.findings && asked.losses);
	assert_int_equal(asked.stalled_ms, 600000);
	assert_int_equal(asked.findings_count, 0);
	assert_true(asked.losses_share > 0.0149 && asked.losses_share < 0.0151);
	asked = parsed("findings>7");
	assert_false(asked.stalled || asked.losses);
	assert_int_equal(asked.findings_count, 7);
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "",
					   "stall",
					   "stalled>",
					   "stalled>x",
					   "stalled,",
					   "findings>-1",
					   "findings>1x",
					   "losses>1",
					   "losses>101%",
					   "losses>nan%",
					   "losses>-1%",
					   "stalled >1m",
					   "stalled=1m",
					   "findings>1>2",
					   "losses>1%%",
					   "findings>99999999999999999999" };
	struct fail_on asked;
	char why[64];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (fail_on_parse(bad[i], &asked, why, sizeof(why)) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

/* A pool that waits for 5 pages for 30 s; or nobody knows for how long. */
static struct session *stalled_session(const char *since)
{
	struct session *session = session_new();
	char text[256];

	feed(session, "{'t':'meta','schema':'netmem-check/1'}");
	feed(session, "{'t':'pool','slot':1,'life':1,'pool':'0x1',"
		      "'device':'eth0','judged':true}");
	snprintf(text, sizeof(text),
		 "{'t':'state','slot':1,'life':1,'state':'stalled',"
		 "'inflight':5%s}",
		 since);
	feed(session, text);
	session_finish(session);
	return session;
}

static void holds(const struct session *session, const char *text,
		  const char *wanted)
{
	struct fail_on asked = parsed(text);
	struct fail_numbers numbers;
	struct verdict verdict;
	char held[64];

	assert_int_equal(verdict_reach(session, &verdict), 0);
	fail_on_count(&asked, session, &verdict, &numbers);
	assert_string_equal(fail_on_held(&asked, &numbers, held, sizeof(held)),
			    wanted);
	verdict_clear(&verdict);
}

static void test_stalled(void **state)
{
	struct session *session = stalled_session(",'destroyed_ms':30000");

	holds(session, "stalled", "stalled");
	holds(session, "stalled>29s", "stalled");
	holds(session, "stalled>30s", "");
	holds(session, "findings,losses", "");
	session_free(session);
	session = stalled_session("");
	holds(session, "stalled>1d", "stalled");
	session_free(session);
}

static void test_findings(void **state)
{
	struct session *session = session_new();

	feed(session, "{'t':'meta','schema':'netmem-check/1'}");
	feed(session, "{'t':'pool','slot':1,'life':1,'pool':'0x1',"
		      "'device':'eth0','judged':true}");
	feed(session, "{'t':'evidence','check':'freed_while_held','slot':1,"
		      "'life':1,'direct':true}");
	feed(session, "{'t':'evidence','check':'freed_while_held','slot':1,"
		      "'life':1,'direct':true}");
	session_finish(session);
	holds(session, "stalled,findings,losses", "findings");
	holds(session, "findings>1", "findings");
	holds(session, "findings>2", "");
	session_free(session);
}

/* 10 of 20 events in a window were not delivered: none of it is conclusive. */
static void test_losses(void **state)
{
	struct session *session = session_new();

	feed(session, "{'t':'meta','schema':'netmem-check/1'}");
	feed(session, "{'t':'pool','slot':1,'life':1,'pool':'0x1',"
		      "'device':'eth0','judged':true}");
	feed(session, "{'t':'window','slot':1,'life':1,'events':80,"
		      "'result':'complete'}");
	feed(session, "{'t':'window','slot':1,'life':1,'events':20,'lost':10,"
		      "'result':'gap'}");
	session_finish(session);
	holds(session, "losses", "losses");
	holds(session, "losses>19%", "losses");
	holds(session, "losses>20%", "");
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stalled), cmocka_unit_test(test_findings),
		cmocka_unit_test(test_losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
