// SPDX-License-Identifier: GPL-2.0
/* Sessions: what they keep of the facts, and what the looks prove. */
#include <errno.h>

#include "two_pools.h"

#include "user/report.h"

#define DEVICE(netns, received)                                   \
	"{'t':'device','name':'eth0','ifindex':3,'netns':" #netns \
	",'received':" #received "}"

/* The last fact of a device counts; one of another namespace is another. */
static void devices_by_namespace(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);

	assert_int_equal(feed(s, DEVICE(7, 1)), 0);
	assert_int_equal(feed(s, DEVICE(8, 2)), 0);
	assert_int_equal(feed(s, DEVICE(7, 3)), 0);
	assert_int_equal(s->devices.count, 2);
	assert_null(session_device(s, pool));
	pool->ifindex = 3;
	pool->netns = 7;
	assert_int_equal(session_device(s, pool)->received, 3);
	pool->netns = 8;
	assert_int_equal(session_device(s, pool)->received, 2);
	pool->netns = 9;
	assert_null(session_device(s, pool));
}

#define STACKED(name, ifindex, lower)                         \
	"{'t':'device','name':'" name "','ifindex':" #ifindex \
	",'netns':7,'asked':true,'lower':['" lower "']}"

/* Devices that stand on one another in a ring: a recording may say so. */
static void ring_of_devices(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);
	const struct device_fact *device;

	assert_int_equal(feed(s, STACKED("a", 3, "b")), 0);
	assert_int_equal(feed(s, STACKED("b", 4, "a")), 0);
	device = &s->devices.items[0];
	pool->ifindex = 9;
	session_pool(s, 2, 1)->ifindex = 9;
	assert_true(session_lacks_pools(s, device));
	assert_null(session_pools_below(s, device, "b"));
	pool->ifindex = 4;
	pool->netns = 7;
	assert_false(session_lacks_pools(s, device));
	assert_string_equal(session_pools_below(s, device, "b")->name, "b");
	pool->judged = false;
	assert_true(session_lacks_pools(s, device));
	assert_string_equal(session_pools_below(s, device, "b")->name, "b");
}

static void flow_is_the_last_that_came(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);

	assert_false(pool->has_flow);
	assert_int_equal(
		feed(s,
		     "{'t':'flow','slot':1,'life':1,'flow':{'handed_out':1}}"),
		0);
	assert_int_equal(
		feed(s,
		     "{'t':'flow','slot':1,'life':1,'flow':{'handed_out':7,'lost':2}}"),
		0);
	assert_true(pool->has_flow);
	assert_int_equal(pool->flow.handed_out, 7);
	assert_int_equal(pool->flow.lost, 2);
	assert_false(session_pool(s, 2, 1)->has_flow);
}

static void followed_is_kept(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);

	assert_false(pool->followed);
	assert_int_equal(
		feed(s,
		     "{'t':'followed','slot':1,'life':1,'out':3,'unsure':2,'kernel':5}"),
		0);
	assert_true(pool->followed);
	assert_int_equal(pool->followed_out, 3);
	assert_int_equal(pool->followed_unsure, 2);
	assert_int_equal(pool->followed_kernel, 5);
	assert_false(session_pool(s, 2, 1)->followed);
}

/* Pages of the first pool that were out with our XDP programs on, in JSON. */
static json_int_t reported_out(const struct session *session)
{
	struct verdict verdict;
	json_int_t out = -1;
	char *text = NULL;
	json_t *report;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(verdict_reach(session, &verdict), 0);
	assert_int_equal(report_json(to, session, &verdict), 0);
	fclose(to);
	report = json_loads(text, 0, NULL);
	assert_int_equal(json_unpack(report, "{s:[{s:{s:I}}]}", "pools",
				     "attached", "out", &out),
			 0);
	json_decref(report);
	verdict_clear(&verdict);
	free(text);
	return out;
}

static void attached_has_its_flow(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);

	assert_int_equal(
		feed(s,
		     "{'t':'attached','slot':1,'life':1,'hold':9,'release':1,'cache':2,'ring':3,'rested':true}"),
		0);
	assert_true(pool->was_attached);
	assert_false(fact_has(&pool->attached, attached, flow));
	assert_int_equal(
		feed(s,
		     "{'t':'attached','slot':1,'life':1,'hold':9,'release':1,'cache':2,'ring':3,'rested':true,'flow':{'ring':4}}"),
		0);
	assert_true(fact_has(&pool->attached, attached, flow));
	assert_int_equal(pool->attached.flow.ring, 4);
	session_finish(s);
	assert_int_equal(reported_out(s), 3);
}

static void a_page_has_what_is_known_of_it(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);

	feed(s,
	     "{'t':'page','slot':1,'life':1,'frame':9,'state':'RETURNING','age_ms':5,'recycled':17,'xdp_verdict':'tx'}");
	feed(s,
	     "{'t':'page','slot':1,'life':1,'frame':10,'state':'HELD','age_ms':6}");
	assert_int_equal(pool->pages.count, 2);
	assert_int_equal(pool->pages.items[0].state, STATE_RETURNING);
	assert_int_equal(pool->pages.items[0].recycled, 17);
	assert_int_equal(pool->pages.items[0].xdp_verdict, XDP_VERDICT_TX);
	assert_false(fact_has(&pool->pages.items[1], page, recycled));
}

static void mismatch_needs_two_looks(void **state)
{
	struct session *s = *state;

	feed(s, WINDOW(1, "complete"));
	feed(s, COUNT(5, 4, 5, true));
	assert_false(session_pool(s, 1, 1)->mismatch);
	feed(s, COUNT(5, 4, 5, true));
	assert_true(session_pool(s, 1, 1)->mismatch);
	session_finish(s);
	assert_int_equal(found(s, CHECK_count_mismatch), 1);
}

static void mismatch_that_moves_is_none(void **state)
{
	struct session *s = *state;

	feed(s, COUNT(5, 4, 5, true));
	feed(s, COUNT(6, 4, 6, true));
	assert_false(session_pool(s, 1, 1)->mismatch);
	feed(s, COUNT(6, 6, 6, true));
	feed(s, COUNT(6, 6, 6, true));
	session_finish(s);
	assert_int_equal(found(s, CHECK_count_mismatch), 0);
}

static void mismatch_in_motion_is_none(void **state)
{
	struct session *s = *state;

	feed(s, COUNT(5, 4, 4, false));
	feed(s, COUNT(5, 4, 4, false));
	assert_false(session_pool(s, 1, 1)->mismatch);
}

static void mismatch_after_a_gap_is_no_finding(void **state)
{
	struct session *s = *state;

	feed(s, WINDOW(1, "gap"));
	feed(s, COUNT(5, 4, 4, true));
	feed(s, COUNT(5, 4, 4, true));
	session_finish(s);
	assert_true(session_pool(s, 1, 1)->mismatch);
	assert_int_equal(found(s, CHECK_count_mismatch), 0);
}

static void a_witness_that_did_not_look_is_no_mismatch(void **state)
{
	struct session *s = *state;

	feed(s, COUNT(5, -1, -1, true));
	feed(s, COUNT(5, -1, -1, true));
	assert_false(session_pool(s, 1, 1)->mismatch);
	feed(s, COUNT(5, 5, -1, true));
	feed(s, COUNT(5, 5, -1, true));
	assert_false(session_pool(s, 1, 1)->mismatch);
}

static void filter_drops_what_touches_no_judged_pool(void **state)
{
	struct session *s = *state;

	feed(s,
	     "{'t':'pool','slot':1,'life':1,'pool':1,'device':'eth0','judged':false}");
	feed(s, EVIDENCE("pool_foreign", 1, ""));
	assert_int_equal(found(s, CHECK_pool_foreign), 0);
	/* The owner is asked for: then it counts. */
	feed(s, EVIDENCE("pool_foreign", 2, ""));
	assert_int_equal(found(s, CHECK_pool_foreign), 1);
	feed(s, COUNT(5, 4, 4, true));
	feed(s, COUNT(5, 4, 4, true));
	session_finish(s);
	assert_int_equal(found(s, CHECK_count_mismatch), 0);
}

static void stalled_pool_and_its_mapped_pages(void **state)
{
	struct session *s = *state;

	feed(s,
	     "{'t':'pool','slot':1,'life':1,'pool':1,'device':'eth0','judged':true,'dma_map':true}");
	feed(s,
	     "{'t':'state','slot':1,'life':1,'state':'stalled','inflight':3,'driver_bound':false}");
	feed(s,
	     "{'t':'page','slot':1,'life':1,'frame':9,'state':'HELD','age_ms':5}");
	session_finish(s);
	assert_int_equal(found(s, CHECK_stalled_shutdown), 1);
	assert_int_equal(found(s, CHECK_dma_after_unbind), 1);
	assert_int_equal(session_pool(s, 1, 1)->pages.count, 1);
	assert_int_equal(session_pool(s, 1, 1)->pages_unlisted, 2);
	/* Once is enough. */
	session_finish(s);
	assert_int_equal(found(s, CHECK_stalled_shutdown), 1);
}

static void audit_gives_what_is_out(void **state)
{
	struct session *s = *state;

	feed(s, COUNT(100, 100, 100, true));
	feed(s,
	     "{'t':'audit','slot':1,'life':1,'cache':30,'ring':50,'rested':true}");
	session_finish(s);
	assert_int_equal(session_pool(s, 1, 1)->out, 20);
}

static void netlink_joins_by_id(void **state)
{
	struct session *s = *state;

	feed(s,
	     "{'t':'pool','slot':1,'life':1,'pool':1,'device':'eth0','judged':true,'netlink_id':12}");
	feed(s,
	     "{'t':'netlink','pools':[{'id':11,'inflight':1},{'id':12,'ifindex':3,'inflight':64}]}");
	session_finish(s);
	assert_true(session_pool(s, 1, 1)->netlink_counted);
	assert_int_equal(session_pool(s, 1, 1)->netlink_inflight, 64);
	assert_false(session_pool(s, 2, 1)->netlink_counted);
}

static void pools_of_one_slot_are_apart(void **state)
{
	struct session *s = *state;

	feed(s,
	     "{'t':'pool','slot':1,'life':2,'pool':1,'device':'eth1','judged':true}");
	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s,
	     "{'t':'window','slot':1,'life':2,'events':1,'result':'complete'}");
	assert_int_equal(s->suspicion_count, 1);
	assert_string_equal(session_pool(s, 1, 2)->device, "eth1");
	assert_string_equal(session_pool(s, 1, 1)->device, "eth0");
}

static void bad_facts_are_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{'t':'no such'}",
		"{'t':1}",
		"{'t':'meta','schema':'netmem-check/2'}",
		"{'t':'meta','schema':'netmem-check/1','min_age_ms':-1}",
		"{'t':'meta','schema':'netmem-check/1','min_age_ms':'1h'}",
		"{'t':'pool','slot':1}",
		"{'t':'pool','slot':1,'life':1,'pool':'0xzz','device':'','judged':true}",
		"{'t':'window','slot':1,'life':1,'events':1,'result':'good'}",
		"{'t':'window','slot':5,'life':1,'events':1,'result':'gap'}",
		"{'t':'evidence','check':'no_such_check'}",
		"{'t':'state','slot':1,'life':1,'state':'?'}",
		"{'t':'blind','check':'no_such_check','why':''}",
		"{'t':'count','slot':1,'life':1}",
		"{'t':'flow','slot':1,'life':1}",
		"{'t':'flow','slot':1,'life':1,'flow':[1]}",
		"{'t':'flow','slot':1,'life':1,'flow':7}",
		"{'t':'flow','slot':5,'life':1,'flow':{}}",
		"{'t':'flow','flow':{}}",
		"{'t':'followed','slot':1,'life':1,'out':1,'unsure':0}",
		"{'t':'followed','slot':1,'life':1,'out':1,'kernel':1}",
		"{'t':'followed','slot':1,'life':1,'unsure':1,'kernel':1}",
		"{'t':'followed','slot':1,'life':1,'out':'1','unsure':0,'kernel':1}",
		"{'t':'followed','slot':1,'life':9,'out':1,'unsure':0,'kernel':1}",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (feed(*state, bad[i]) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
}

static void pools_have_names(void **state)
{
	struct pool pool = { .queue = -1, .cpu = -1, .address = 0xabc };
	char name[80];

	(void)state;
	assert_string_equal(pool_name(&pool, name, sizeof(name)), "pool 0xabc");
	strcpy(pool.device, "veth0");
	assert_string_equal(pool_name(&pool, name, sizeof(name)), "veth0");
	pool.queue = 3;
	assert_string_equal(pool_name(&pool, name, sizeof(name)), "veth0/3");
	pool.netlink_id = 17;
	assert_string_equal(pool_name(&pool, name, sizeof(name)),
			    "veth0/3 id 17");
	pool.netns = 4026532598;
	pool.has_twin = true;
	assert_string_equal(pool_name(&pool, name, sizeof(name)),
			    "veth0/3 id 17 netns 4026532598");
	pool = (struct pool){ .queue = -1, .cpu = -1, .netlink_id = 18 };
	assert_string_equal(pool_name(&pool, name, sizeof(name)), "pool id 18");
	pool.cpu = 2;
	assert_string_equal(pool_name(&pool, name, sizeof(name)),
			    "system pool of CPU 2 id 18");
	assert_string_equal(pool_name(NULL, name, sizeof(name)),
			    "unknown pool");
}

static void pool_fed(struct session *s, int slot, const char *more)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "{'t':'pool','slot':%d,'life':1,'pool':%d,'judged':true,%s}",
		 slot, slot, more);
	assert_int_equal(feed(s, line), 0);
}

static void devices_of_one_name_in_two_namespaces_are_twins(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, "{'t':'meta','schema':'netmem-check/1'}"), 0);
	pool_fed(s, 11, "'device':'eth0','netns':10,'ifindex':2");
	pool_fed(s, 12, "'device':'eth0','netns':10,'ifindex':2,'queue':1");
	assert_false(session_pool(s, 11, 1)->has_twin);
	/* Whose namespace is not known proves nothing. */
	pool_fed(s, 13, "'device':'eth0'");
	pool_fed(s, 14, "'device':'eth1','netns':11,'ifindex':2");
	assert_false(session_pool(s, 11, 1)->has_twin);
	assert_false(session_pool(s, 14, 1)->has_twin);
	/* Nor does one that nobody asked for. */
	assert_int_equal(
		feed(s,
		     "{'t':'pool','slot':16,'life':1,'pool':16,'judged':false,'device':'eth0','netns':12,'ifindex':2}"),
		0);
	assert_false(session_pool(s, 11, 1)->has_twin);
	pool_fed(s, 15, "'device':'eth0','netns':11,'ifindex':3");
	assert_true(session_pool(s, 11, 1)->has_twin);
	assert_true(session_pool(s, 12, 1)->has_twin);
	assert_true(session_pool(s, 15, 1)->has_twin);
	assert_false(session_pool(s, 13, 1)->has_twin);
	assert_false(session_pool(s, 14, 1)->has_twin);
}

static void bytes_are_the_kernels_or_counted(void **state)
{
	struct session *s = *state;

	assert_int_equal(
		feed(s,
		     "{'t':'meta','schema':'netmem-check/1','page_size':4096}"),
		0);
	pool_fed(s, 11, "'device':'eth0','netlink_id':7,'order':1");
	pool_fed(s, 12, "'device':'eth0','netlink_id':8,'order':1");
	assert_int_equal(
		feed(s,
		     "{'t':'state','slot':11,'life':1,'state':'stalled','inflight':3,'destroyed_ms':1500}"),
		0);
	assert_int_equal(
		feed(s,
		     "{'t':'state','slot':12,'life':1,'state':'stalled','inflight':3}"),
		0);
	assert_int_equal(
		feed(s,
		     "{'t':'netlink','pools':[{'id':8,'inflight':3,'inflight_mem':9000,'detach_time':4}]}"),
		0);
	session_finish(s);
	assert_int_equal(session_pool(s, 11, 1)->bytes, 3 * 8192);
	assert_int_equal(session_pool(s, 11, 1)->destroyed_ms, 1500);
	assert_int_equal(session_pool(s, 12, 1)->bytes, 9000);
	assert_int_equal(session_pool(s, 12, 1)->destroyed_ms, -1);
}

static void a_probe_comes_once_and_has_capabilities(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, "{'t': 'probe'}"), -EINVAL);
	assert_int_equal(feed(s, "{'t': 'probe', 'capabilities': {}}"),
			 -EINVAL);
	assert_false(s->has_probe);
	assert_int_equal(feed(s, "{'t': 'probe', 'capabilities': []}"), 0);
	assert_true(s->has_probe);
	assert_int_equal(feed(s, "{'t': 'probe', 'capabilities': []}"),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_by_namespace),
		TEST(ring_of_devices),
		TEST(flow_is_the_last_that_came),
		TEST(followed_is_kept),
		TEST(attached_has_its_flow),
		TEST(a_page_has_what_is_known_of_it),
		TEST(mismatch_needs_two_looks),
		TEST(mismatch_that_moves_is_none),
		TEST(mismatch_in_motion_is_none),
		TEST(mismatch_after_a_gap_is_no_finding),
		TEST(a_witness_that_did_not_look_is_no_mismatch),
		TEST(filter_drops_what_touches_no_judged_pool),
		TEST(stalled_pool_and_its_mapped_pages),
		TEST(audit_gives_what_is_out),
		TEST(netlink_joins_by_id),
		TEST(pools_of_one_slot_are_apart),
		TEST(bad_facts_are_refused),
		TEST(pools_have_names),
		TEST(devices_of_one_name_in_two_namespaces_are_twins),
		TEST(bytes_are_the_kernels_or_counted),
		TEST(a_probe_comes_once_and_has_capabilities),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
