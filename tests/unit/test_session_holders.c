// SPDX-License-Identifier: GPL-2.0
/* The holder walk in a session: its frames, what follows, how it is told. */
#include <errno.h>

#include "unit.h"

#include "user/report.h"

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
static int set_up(void **state)
{
	struct session *s = session_new();

	*state = s;
	return !s || feed(s, META) || feed(s, POOL(1, true)) ||
	       feed(s, POOL(2, true)) || feed(s, WINDOW(1, "complete"));
}

static int tear_down(void **state)
{
	session_free(*state);
	return 0;
}

static uint64_t found(const struct session *session, enum model_check check)
{
	return session->findings[check].count;
}

/* ---- frames ---- */

/* Frames that are right, and their members that must be there. */
static const struct {
	const char *frame;
	const char *needed[12];
} frames[] = {
	{ WALK(2),
	  { "walk", "took_us", "kernel_us", "namespaces", "sockets",
	    "packets" } },
	{ PLACE(1, "qdiscs", true), { "walk", "place", "walked", "objects" } },
	{ HOLDER(1, 1, 2, ""),
	  { "walk", "slot", "life", "kind", "what", "place", "pages", "bytes",
	    "oldest_ms", "confidence" } },
	{ HELD(1, 1, 3, 2, 0),
	  { "slot", "life", "walk", "out", "attributed", "unheld" } },
	{ UNHELD(1, 4096), { "slot", "life", "frame", "state", "age_ms" } },
	{ NUDGE, { "cpus" } },
	{ NUDGED(1, 3, 2), { "slot", "life", "before", "after" } },
};

static json_t *parse(const char *text)
{
	char *copy = strdup(text), *at;
	json_t *frame;

	for (at = copy; (at = strchr(at, '\''));)
		*at = '"';
	frame = json_loads(copy, 0, NULL);
	free(copy);
	assert_non_null(frame);
	return frame;
}

static void malformed_frames_are_refused(void **state)
{
	const char *const *member;
	json_t *frame;
	size_t i;

	feed(*state, WALK(1));
	for (i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		for (member = frames[i].needed; *member; member++) {
			frame = parse(frames[i].frame);
			json_object_set_new(frame, *member, json_array());
			assert_int_equal(session_feed(*state, frame), -EINVAL);
			json_object_del(frame, *member);
			assert_int_equal(session_feed(*state, frame), -EINVAL);
			json_decref(frame);
		}
	/* Whole they are taken. */
	for (i = sizeof(frames) / sizeof(*frames); i-- > 0;)
		assert_int_equal(feed(*state, frames[i].frame), 0);
}

static void members_that_may_be_missing_have_their_type(void **state)
{
	static const char *const members[] = { "pid",	    "comm",  "fd",
					       "processes", "local", "remote",
					       "state",	    "inode", "device",
					       "netns",	    "cpu",   "queue" };
	json_t *frame;
	size_t i;

	feed(*state, WALK(1));
	for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
		frame = parse(HOLDER(1, 1, 2, ""));
		json_object_set_new(frame, members[i], json_array());
		assert_int_equal(session_feed(*state, frame), -EINVAL);
		json_decref(frame);
	}
	assert_int_equal(feed(*state, "{'t':'nudge','cpus':0,'why':7}"),
			 -EINVAL);
	assert_int_equal(
		feed(*state,
		     "{'t':'place','walk':1,'place':'a','walked':true,'objects':1,'why':7}"),
		-EINVAL);
	assert_null(session_pool(*state, 1, 1)->holders);
}

static void pools_and_walks_come_before_who_names_them(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, PLACE(1, "qdiscs", true)), -EINVAL);
	assert_int_equal(feed(s, HOLDER(1, 1, 2, "")), -EINVAL);
	assert_int_equal(feed(s, HELD(1, 1, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, UNHELD(1, 4096)), -EINVAL);
	assert_int_equal(feed(s, WALK(0)), -EINVAL);
	assert_int_equal(feed(s, WALK(-1)), -EINVAL);
	assert_int_equal(feed(s, WALK(1)), 0);
	assert_int_equal(feed(s, WALK(1)), -EINVAL);
	assert_int_equal(feed(s, HELD(0, 1, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, HELD(2, 1, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, HELD(1, 9, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, HOLDER(1, 9, 2, "")), -EINVAL);
	assert_int_equal(feed(s, UNHELD(9, 4096)), -EINVAL);
	assert_int_equal(feed(s, NUDGED(9, 2, 1)), -EINVAL);
}

static void numbers_are_not_below_zero(void **state)
{
	feed(*state, WALK(1));
	assert_int_equal(feed(*state, HELD(1, 1, -1, 0, 0)), -EINVAL);
	assert_int_equal(feed(*state, HELD(1, 1, 3, -1, 0)), -EINVAL);
	assert_int_equal(feed(*state, HELD(1, 1, 3, 0, -1)), -EINVAL);
	assert_int_equal(feed(*state, HOLDER(1, 1, -2, "")), -EINVAL);
}

static void a_later_walk_replaces_an_earlier_one(void **state)
{
	struct session *s = *state;
	struct pool_fact *pool = session_pool(s, 1, 1);

	feed(s, WALK(1));
	feed(s, HOLDER(1, 1, 2, ""));
	feed(s, HOLDER(1, 1, 1, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	feed(s, HELD(1, 1, 3, 3, 0));
	assert_int_equal(json_array_size(pool->holders), 2);
	assert_int_equal(pool->held.walks, 1);
	feed(s, WALK(2));
	/* Until the second one tells of the pool, the first one counts. */
	assert_int_equal(json_array_size(pool->holders), 2);
	feed(s, HELD(2, 1, 3, 0, 3));
	assert_int_equal(json_array_size(pool->holders), 0);
	feed(s, HOLDER(1, 1, 2, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	assert_int_equal(json_array_size(pool->holders), 0);
	assert_int_equal(pool->held.unheld, 3);
	assert_int_equal(pool->held.walks, 2);
}

static void unheld_pages_may_come_before_their_number(void **state)
{
	struct session *s = *state;
	struct pool_fact *pool = session_pool(s, 1, 1);

	feed(s, WALK(1));
	feed(s, HELD(1, 1, 2, 1, 0));
	feed(s, WALK(2));
	feed(s, UNHELD(1, 4096));
	feed(s, HELD(2, 1, 2, 1, 1));
	assert_int_equal(pool->unheld_page_count, 1);
	/* They are of the second walk, not of the third. */
	feed(s, WALK(3));
	feed(s, HELD(3, 1, 2, 2, 0));
	assert_int_equal(pool->unheld_page_count, 0);
}

static void a_place_is_blind_when_any_walk_was(void **state)
{
	struct session *s = *state;
	char text[256];

	feed(s, WALK(1));
	feed(s, PLACE(1, "sockets", true));
	feed(s, PLACE(1, "old device", true));
	feed(s, PLACE(1, "qdiscs", false));
	feed(s, WALK(2));
	assert_int_equal(json_array_size(s->places), 1);
	feed(s, PLACE(2, "qdiscs", true));
	feed(s, PLACE(2, "sockets", true));
	feed(s, PLACE(2, "sockets", true));
	assert_int_equal(json_array_size(s->places), 2);
	assert_int_equal(session_blind_spots(s), 1);
	assert_string_equal(blind_spots_text(s, text, sizeof(text)), "qdiscs");
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(s->places, 1), "objects")),
			 24);
	/* Too late for the second walk, and still a blind spot. */
	feed(s, PLACE(1, "sockets", false));
	assert_int_equal(session_blind_spots(s), 2);
	assert_int_equal(s->walks_placed, 2);
}

static void many_blind_spots_are_shortened(void **state)
{
	struct session *s = *state;
	char text[256];

	assert_string_equal(blind_spots_text(s, text, sizeof(text)), "");
	feed(s, WALK(1));
	feed(s, PLACE(1, "a", false));
	feed(s, PLACE(1, "b", false));
	feed(s, PLACE(1, "c", false));
	feed(s, PLACE(1, "d", false));
	assert_string_equal(blind_spots_text(s, text, sizeof(text)),
			    "a, b, c, d");
	feed(s, PLACE(1, "e", false));
	feed(s, PLACE(1, "f", false));
	assert_string_equal(blind_spots_text(s, text, sizeof(text)),
			    "a, b, c, d and 2 more");
	/* Never beyond its buffer. */
	assert_int_equal(strlen(blind_spots_text(s, text, 5)), 4);
}

/* ---- what follows ---- */

/* What a leak takes beside the walks: a pool at rest that waits for @3 pages. */
static void feed_stalled(struct session *s)
{
	feed(s, STALLED(1, 3));
	feed(s, COUNT(1, 3, 3, 3, ",'quiet':true"));
	feed(s, COUNT(1, 3, 3, 3, ",'quiet':true"));
}

static void feed_first_walk(struct session *s)
{
	feed(s, WALK(1));
	feed(s, PLACE(1, "sockets", true));
	feed(s, HOLDER(1, 1, 1, ""));
	feed(s, HELD(1, 1, 3, 1, 0));
}

static void feed_second_walk(struct session *s)
{
	feed(s, WALK(2));
	feed(s, PLACE(2, "sockets", true));
	feed(s, HOLDER(2, 1, 1, ""));
	feed(s, HELD(2, 1, 3, 1, 2));
	feed(s, UNHELD(1, 4096));
	feed(s, UNHELD(1, 4097));
}

static void feed_leak(struct session *s)
{
	feed_stalled(s);
	feed_first_walk(s);
	feed_second_walk(s);
}

static void finish_in_doubt(struct session *s, const char *doubt)
{
	const char *why = session_pool(s, 1, 1)->unheld_doubt;

	assert_null(why);
	session_finish(s);
	why = session_pool(s, 1, 1)->unheld_doubt;
	assert_int_equal(found(s, CHECK_leaked), 0);
	assert_int_equal(found(s, CHECK_stalled_shutdown), 1);
	assert_int_equal(s->findings[CHECK_stalled_shutdown].severity,
			 SEVERITY_INCONCLUSIVE);
	if (!doubt)
		assert_null(why);
	else if (!why || !strstr(why, doubt))
		fail_msg("'%s', not '%s'", why, doubt);
}

static void a_page_that_two_walks_met_nowhere_is_leaked(void **state)
{
	struct session *s = *state;
	const struct finding *finding = &s->findings[CHECK_leaked];

	feed_leak(s);
	session_finish(s);
	assert_int_equal(finding->count, 2);
	assert_int_equal(finding->severity, SEVERITY_FAIL);
	assert_string_equal(finding->confidence, "holder walks");
	assert_int_equal(
		json_integer_value(json_object_get(finding->evidence, "frame")),
		4096);
	assert_int_equal(json_integer_value(json_object_get(finding->evidence,
							    "inflight")),
			 3);
	assert_null(blind_why(s, CHECK_leaked));
}

static void one_walk_proves_nothing(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	finish_in_doubt(*state, NULL);
	assert_string_equal(blind_why(*state, CHECK_leaked),
			    "needs two holder walks, and there was one");
}

static void the_second_walk_alone_proves_nothing(void **state)
{
	feed_stalled(*state);
	feed_second_walk(*state);
	finish_in_doubt(*state, "one walk");
}

static void a_blind_spot_of_either_walk(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	feed(*state, PLACE(1, "qdiscs", false));
	feed_second_walk(*state);
	feed(*state, PLACE(2, "qdiscs", true));
	finish_in_doubt(*state, "could not be looked into");
	assert_string_equal(blind_why(*state, CHECK_leaked),
			    "the walks could not look into qdiscs");
}

static void a_walk_that_told_no_places(void **state)
{
	feed_stalled(*state);
	feed(*state, WALK(1));
	feed(*state, HELD(1, 1, 3, 1, 0));
	feed_second_walk(*state);
	finish_in_doubt(*state, "did not tell where");
	assert_non_null(blind_why(*state, CHECK_leaked));
}

static void a_third_walk_that_never_came_to_the_pool(void **state)
{
	feed_leak(*state);
	feed(*state, WALK(3));
	feed(*state, PLACE(3, "sockets", true));
	finish_in_doubt(*state, "last walk did not tell");
}

static void a_check_that_was_told_blind_finds_nothing(void **state)
{
	feed(*state, "{'t':'blind','check':'leaked','why':'a snapshot'}");
	feed_leak(*state);
	finish_in_doubt(*state, "a snapshot");
	assert_int_equal(json_array_size(((struct session *)*state)->blind), 1);
}

static void numbers_that_do_not_add_up(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	feed(*state, WALK(2));
	feed(*state, PLACE(2, "sockets", true));
	feed(*state, HELD(2, 1, 3, 2, 2));
	feed(*state, UNHELD(1, 4096));
	finish_in_doubt(*state, "not whole");
}

static void no_page_that_shows_it(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	feed(*state, WALK(2));
	feed(*state, PLACE(2, "sockets", true));
	feed(*state, HELD(2, 1, 3, 1, 2));
	finish_in_doubt(*state, "not whole");
}

static void pages_that_came_back_since(void **state)
{
	feed_leak(*state);
	feed(*state, STALLED(1, 2));
	finish_in_doubt(*state, "came back");
}

static void a_pool_that_lost_events(void **state)
{
	feed_leak(*state);
	feed(*state, WINDOW(1, "gap"));
	finish_in_doubt(*state, "events of this pool were lost");
}

/* The scan corrected its words, and the next window was whole. */
static void a_pool_that_is_trusted_again(void **state)
{
	feed_leak(*state);
	feed(*state, WINDOW(1, "gap"));
	feed(*state, WINDOW(1, "untrusted"));
	feed(*state, WINDOW(1, "complete"));
	session_finish(*state);
	assert_int_equal(found(*state, CHECK_leaked), 2);
}

static void a_pool_with_net_iov(void **state)
{
	feed_leak(*state);
	feed(*state,
	     COUNT(1, 3, 3, 3, ",'quiet':true,'net_iov':1,'unfollowed':false"));
	finish_in_doubt(*state, "which the walk does not see");
}

/* None of them is known, and so none is counted. */
static void a_pool_with_older_net_iovs(void **state)
{
	feed_leak(*state);
	feed(*state,
	     COUNT(1, 3, 3, 3, ",'quiet':true,'net_iov':0,'unfollowed':true"));
	finish_in_doubt(*state, "which the walk does not see");
}

static void a_pool_that_never_rested(void **state)
{
	feed_leak(*state);
	feed(*state, COUNT(1, 3, 3, 3, ",'quiet':false"));
	finish_in_doubt(*state, "never at rest");
}

static void a_pool_without_a_look(void **state)
{
	feed(*state, STALLED(1, 3));
	feed_first_walk(*state);
	feed_second_walk(*state);
	finish_in_doubt(*state, "never at rest");
}

static void a_look_that_disagrees_once(void **state)
{
	feed_leak(*state);
	feed(*state, COUNT(1, 3, 3, 2, ",'quiet':true"));
	finish_in_doubt(*state, "do not agree");
}

static void a_kernel_without_a_signature_has_no_scan(void **state)
{
	feed_leak(*state);
	feed(*state, COUNT(1, 3, 3, -1, ",'quiet':true"));
	session_finish(*state);
	assert_int_equal(found(*state, CHECK_leaked), 2);
}

static void pools_that_are_no_matter(void **state)
{
	struct session *s = *state;

	feed_leak(s);
	/* All is back. */
	feed(s, "{'t':'state','slot':1,'life':1,'state':'gone'}");
	/* Active, and so its driver may have pages. */
	feed(s, HELD(2, 2, 3, 1, 2));
	feed(s, UNHELD(2, 5000));
	session_finish(s);
	assert_int_equal(found(s, CHECK_leaked), 0);
	assert_int_equal(found(s, CHECK_stalled_shutdown), 0);
}

static void pools_that_nobody_asked_for(void **state)
{
	feed_leak(*state);
	feed(*state, POOL(1, false));
	session_finish(*state);
	assert_int_equal(found(*state, CHECK_leaked), 0);
	assert_int_equal(found(*state, CHECK_stalled_shutdown), 0);
}

static void with_all_pages_named_it_only_warns(void **state)
{
	struct session *s = *state;

	feed_stalled(s);
	feed(s, WALK(1));
	feed(s, PLACE(1, "qdiscs", false));
	feed(s, HOLDER(1, 1, 3, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	session_finish(s);
	assert_int_equal(s->findings[CHECK_stalled_shutdown].severity,
			 SEVERITY_WARN);
	/* No page needed the blind spot. */
	assert_null(blind_why(s, CHECK_leaked));
}

/* Each is one less than all pages with a name. */
static void almost_all_is_not_all(void **state)
{
	static const char *const held[] = {
		HELD(1, 1, 3, 2, 0), /* one that moved */
		HELD(1, 1, 2, 2, 0), /* one that the walk did not know of */
		HELD(1, 1, 4, 4, 0), /* one that came back since */
	};
	struct session *s;
	size_t i;

	for (i = 0; i < sizeof(held) / sizeof(*held); i++) {
		assert_int_equal(set_up((void **)&s), 0);
		feed_stalled(s);
		feed(s, WALK(1));
		feed(s, HOLDER(1, 1, 3, ""));
		feed(s, held[i]);
		finish_in_doubt(s, NULL);
		session_free(s);
	}
	/* All, and nobody to name. */
	feed_stalled(*state);
	feed(*state, WALK(1));
	feed(*state, HELD(1, 1, 3, 3, 0));
	finish_in_doubt(*state, NULL);
}

static void the_worst_pool_decides(void **state)
{
	struct session *s = *state;
	const struct finding *finding = &s->findings[CHECK_stalled_shutdown];

	feed_stalled(s);
	feed(s, WALK(1));
	feed(s, HOLDER(1, 1, 3, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	feed(s, STALLED(2, 1));
	session_finish(s);
	assert_int_equal(finding->count, 2);
	assert_int_equal(finding->severity, SEVERITY_INCONCLUSIVE);
	assert_ptr_equal(finding_pool(s, finding), session_pool(s, 2, 1));
}

/* ---- how it is told ---- */

static void assert_named(const char *holder, const char *name)
{
	json_t *frame = parse(holder);
	char text[256];

	assert_string_equal(holder_name(frame, text, sizeof(text)), name);
	assert_int_equal(strlen(holder_name(frame, text, 4)), 3);
	json_decref(frame);
}

static void holders_have_names(void **state)
{
	assert_named(
		"{'kind':'socket','what':'tcp','local':'10.0.0.1:5201','remote':'10.0.0.2:40312','state':'ESTABLISHED','pid':1234,'comm':'iperf3','processes':1}",
		"tcp 10.0.0.1:5201 < 10.0.0.2:40312  iperf3[1234]");
	assert_named(
		"{'kind':'socket','what':'tcp','local':'10.0.0.1:5201','remote':'10.0.0.2:40312','state':'CLOSE_WAIT'}",
		"tcp 10.0.0.1:5201 < 10.0.0.2:40312 CLOSE_WAIT  no process");
	assert_named(
		"{'kind':'socket','what':'udp','local':'0.0.0.0:53','pid':7,'comm':'dnsmasq','processes':3}",
		"udp 0.0.0.0:53  dnsmasq[7] and 2 more");
	assert_named("{'kind':'socket','what':'packet','inode':99,'pid':0}",
		     "packet inode 99  no process");
	assert_named("{'kind':'cpu','what':'cpu 1','cpu':1}", "cpu 1");
	assert_named(
		"{'kind':'qdisc','what':'tbf','device':'eth0','queue':2,'cpu':-1}",
		"tbf on eth0, queue 2");
	assert_named("{'kind':'map','what':'cpumap','cpu':3,'queue':-1}",
		     "cpumap, cpu 3");
	assert_named("{'kind':'device','what':'veth0','device':'veth0'}",
		     "veth0");
}

/* What report_holders() prints; free it. */
static char *print_holders(const struct session *session)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(report_holders(to, session), 0);
	fclose(to);
	return text;
}

static void assert_in_order(const char *text, const char *const *parts)
{
	const char *at = text;

	for (; *parts; parts++) {
		at = strstr(at, *parts);
		if (!at)
			fail_msg("no '%s' (after those before it) in\n%s",
				 *parts, text);
	}
}

static void holders_of_all_pools_biggest_first(void **state)
{
	static const char *const parts[] = {
		"POOL",
		"dut0/2",
		"12",
		"4.2 s",
		"no process",
		"receive queue",
		"certain",
		"dut0/1",
		"comm",
		"dut0/1: 3 pages out, 1 named; 2 without a holder",
		"dut0/2: 12 pages out, 12 named",
		"walks: 2; the last one took 34.1 ms, of these 12.8 ms in the kernel, for 1,210 sockets and 57 packets in 3 network namespaces",
		"blind spot: qdiscs: no layout of qdiscs",
		NULL
	};
	struct session *s = *state;
	char *text;

	feed_stalled(s);
	feed_first_walk(s);
	feed(s, PLACE(1, "qdiscs", false));
	feed(s, WALK(2));
	feed(s, PLACE(2, "sockets", true));
	feed(s, HOLDER(2, 1, 1, ",'pid':3,'comm':'comm\\u001b[31m'"));
	feed(s, HELD(2, 1, 3, 1, 2));
	feed(s, HOLDER(2, 2, 12, ""));
	feed(s, HELD(2, 2, 12, 12, 0));
	session_finish(s);
	text = print_holders(s);
	assert_in_order(text, parts);
	/* Nothing that drives a terminal. */
	assert_null(strchr(text, '\033'));
	free(text);
}

static void pools_not_asked_for_are_not_in_it(void **state)
{
	struct session *s = *state;
	char *text;

	feed(s, POOL(2, false));
	feed(s, WALK(1));
	feed(s, HOLDER(1, 2, 12, ""));
	feed(s, HELD(1, 2, 12, 12, 0));
	session_finish(s);
	text = print_holders(s);
	assert_null(strstr(text, "dut0/2"));
	assert_non_null(strstr(text, "walks: 1; it took"));
	free(text);
}

static void without_a_walk_it_says_so(void **state)
{
	char *text;

	feed(*state, "{'t':'blind','check':'leaked','why':'no BTF'}");
	session_finish(*state);
	text = print_holders(*state);
	assert_string_equal(text, "no holder walk was done: no BTF\n");
	free(text);
}

static void the_json_report_has_it_all(void **state)
{
	struct session *s = *state;
	json_t *report, *pool, *other;
	struct verdict verdict;
	json_int_t number;
	const char *text;

	feed_leak(s);
	feed(s, NUDGE);
	feed(s, NUDGED(1, 131, 3));
	session_finish(s);
	verdict_reach(s, &verdict);
	report = report_json(s, &verdict);
	pool = json_array_get(json_object_get(report, "pools"), 0);
	other = json_array_get(json_object_get(report, "pools"), 1);
	assert_int_equal(
		json_unpack(pool, "{s:[{s:s}]}", "holders", "what", &text), 0);
	assert_null(json_object_get(
		json_array_get(json_object_get(pool, "holders"), 0), "slot"));
	assert_int_equal(
		json_unpack(pool, "{s:{s:I}}", "held", "unheld", &number), 0);
	assert_int_equal(number, 2);
	assert_int_equal(json_array_size(json_object_get(pool, "unheld_pages")),
			 2);
	assert_true(json_is_null(json_object_get(other, "held")));
	assert_int_equal(json_array_size(json_object_get(other, "holders")), 0);
	assert_true(json_is_array(json_object_get(other, "holders")));
	assert_int_equal(json_unpack(report, "{s:{s:I, s:[{s:s}]}}", "walks",
				     "count", &number, "places", "place",
				     &text),
			 0);
	assert_int_equal(number, 2);
	assert_string_equal(text, "sockets");
	assert_int_equal(json_unpack(report, "{s:{s:[{s:I}]}}", "nudge",
				     "pools", "before", &number),
			 0);
	assert_int_equal(number, 131);
	json_decref(report);
	verdict_clear(&verdict);
}

static void without_walks_the_json_report_has_null(void **state)
{
	struct verdict verdict;
	json_t *report;

	session_finish(*state);
	verdict_reach(*state, &verdict);
	report = report_json(*state, &verdict);
	assert_true(json_is_null(json_object_get(report, "walks")));
	assert_true(json_is_null(json_object_get(report, "nudge")));
	json_decref(report);
	verdict_clear(&verdict);
}

/* What report_text() or report_ktap() prints; free it. */
static char *print_report(const struct session *session,
			  int (*report)(FILE *to, const struct session *session,
					const struct verdict *verdict))
{
	struct verdict verdict;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	verdict_reach(session, &verdict);
	assert_int_equal(report(to, session, &verdict), 0);
	fclose(to);
	verdict_clear(&verdict);
	return text;
}

static void the_report_tells_of_walks_and_nudge(void **state)
{
	static const char *const parts[] = {
		"leaked: ",
		"hand-out     driver_refill+0x1",
		"others       frame 0x1001",
		"holders      dut0/1: 3 pages out, 1 named; 2 without a holder",
		"no holder: 2 pages, unmoved in two walks through every place",
		"walks        2;",
		"nudge        128 pages of dut0/1 came back",
		"8 processors pushed",
		NULL
	};
	char *text;

	feed(*state,
	     "{'t':'hold_stack','slot':1,'life':1,'stack':['driver_refill+0x1']}");
	feed_leak(*state);
	feed(*state, NUDGE);
	feed(*state, NUDGED(1, 131, 3));
	session_finish(*state);
	text = print_report(*state, report_text);
	assert_in_order(text, parts);
	free(text);
}

static void many_holders_are_cut_in_the_report(void **state)
{
	char *text;
	int i;

	feed_stalled(*state);
	feed(*state, WALK(1));
	for (i = 0; i < 13; i++)
		feed(*state, HOLDER(1, 1, 1, ""));
	feed(*state, HELD(1, 1, 3, 3, 0));
	session_finish(*state);
	text = print_report(*state, report_text);
	assert_non_null(strstr(text, "and 3 more"));
	assert_non_null(strstr(text, "severity     WARN"));
	free(text);
}

static void a_blind_spot_skips_the_check(void **state)
{
	char *text;

	feed_leak(*state);
	feed(*state, PLACE(2, "qdiscs", false));
	session_finish(*state);
	text = print_report(*state, report_ktap);
	assert_non_null(strstr(
		text, "leaked # SKIP the walks could not look into qdiscs"));
	assert_non_null(strstr(text, "maybe where we could not look: qdiscs"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(malformed_frames_are_refused),
		TEST(members_that_may_be_missing_have_their_type),
		TEST(pools_and_walks_come_before_who_names_them),
		TEST(numbers_are_not_below_zero),
		TEST(a_later_walk_replaces_an_earlier_one),
		TEST(unheld_pages_may_come_before_their_number),
		TEST(a_place_is_blind_when_any_walk_was),
		TEST(many_blind_spots_are_shortened),
		TEST(a_page_that_two_walks_met_nowhere_is_leaked),
		TEST(one_walk_proves_nothing),
		TEST(the_second_walk_alone_proves_nothing),
		TEST(a_blind_spot_of_either_walk),
		TEST(a_walk_that_told_no_places),
		TEST(a_third_walk_that_never_came_to_the_pool),
		TEST(a_check_that_was_told_blind_finds_nothing),
		TEST(numbers_that_do_not_add_up),
		TEST(no_page_that_shows_it),
		TEST(pages_that_came_back_since),
		TEST(a_pool_that_lost_events),
		TEST(a_pool_that_is_trusted_again),
		TEST(a_pool_with_net_iov),
		TEST(a_pool_with_older_net_iovs),
		TEST(a_pool_that_never_rested),
		TEST(a_pool_without_a_look),
		TEST(a_look_that_disagrees_once),
		TEST(a_kernel_without_a_signature_has_no_scan),
		TEST(pools_that_are_no_matter),
		TEST(pools_that_nobody_asked_for),
		TEST(with_all_pages_named_it_only_warns),
		TEST(almost_all_is_not_all),
		TEST(the_worst_pool_decides),
		TEST(holders_have_names),
		TEST(holders_of_all_pools_biggest_first),
		TEST(pools_not_asked_for_are_not_in_it),
		TEST(without_a_walk_it_says_so),
		TEST(the_json_report_has_it_all),
		TEST(without_walks_the_json_report_has_null),
		TEST(the_report_tells_of_walks_and_nudge),
		TEST(many_holders_are_cut_in_the_report),
		TEST(a_blind_spot_skips_the_check),
	};

	return cmocka_run_group_tests_name("session holders", tests, NULL,
					   NULL);
}
