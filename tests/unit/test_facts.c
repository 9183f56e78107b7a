// SPDX-License-Identifier: GPL-2.0
/* The table of facts: what is encoded is decoded, and nothing else is taken. */
#include <errno.h>

#include "unit.h"

#include "user/facts/checks.h"
#include "user/facts/facts.h"

static void decode(const char *text, struct fact *fact)
{
	json_t *json = parse(text);
	char why[160] = "";

	if (fact_from_json(json, fact, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	json_decref(json);
}

/* The text is refused, and the message says so in these words. */
static void refused(const char *text, const char *words)
{
	json_t *json = parse(text);
	struct fact fact;
	char why[160] = "";

	assert_int_equal(fact_from_json(json, &fact, why, sizeof(why)),
			 -EINVAL);
	if (!strstr(why, words))
		fail_msg("'%s' does not say '%s'", why, words);
	json_decref(json);
}

/* One of each kind of member. */
static const char *const lines[] = {
	"{'t':'meta','schema':'netmem-check/1','tier':'function',"
	"'coverage_threshold':0.5,'devices':['eth0','eth1'],'command':[],"
	"'page_size':4096,'shadow':{'kind':'array','bytes':8,'frames':1}}",
	"{'t':'hook','hook':'hold','how':'raw tracepoint'}",
	"{'t':'blind','check':'leaked','code':'one_walk','why':'because'}",
	"{'t':'pool','slot':1,'life':2,'pool':'0xffff888100001000',"
	"'device':'','judged':false,'dma_map':true,'queue':-1}",
	"{'t':'evidence','check':'hold_twice','frame':4096,'page':'0x10',"
	"'state':'HELD','event':'HOLD','stack':['a','b'],"
	"'detail':[1,-2,3,4],'magic':-5,'refcount':-1,'place':'ring',"
	"'xdp_verdict':'redirect'}",
	"{'t':'evidence','check':'hold_twice','net_iov':'0xffff888104c1d001'}",
	"{'t':'window','slot':1,'life':1,'events':3,'result':'untrusted'}",
	"{'t':'state','slot':1,'life':1,'state':'stalled','inflight':-3}",
	"{'t':'unheld','slot':1,'life':1,'frame':7,'state':'OUT','age_ms':9}",
	"{'t':'flow','slot':1,'life':1,'flow':{'handed_out':3,'lost':1}}",
	"{'t':'xdp','id':7,'programs':['p'],'places':[{'device':'eth0',"
	"'ifindex':2,'attached':true},{'device':'eth1'}],"
	"'packets':{'drop':5},'queues':[{'queue':0,'packets':{'tx':1},"
	"'memory_type':'page_pool'}],'sizes':[0,1,2],'headroom':[]}",
	"{'t':'holder','walk':1,'slot':1,'life':1,'kind':'qdisc','what':'tbf',"
	"'place':'queue','pages':1,'bytes':2,'oldest_ms':-1,"
	"'confidence':'likely'}",
	"{'t':'holder','walk':1,'slot':1,'life':1,'kind':'socket','what':'tcp',"
	"'place':'receive queue','place_code':'receive_queue','pages':1,"
	"'bytes':2,'oldest_ms':-1,'confidence':'certain'}",
	"{'t':'note','code':'xdp_present','text':'a'}",
	"{'t':'netlink','pools':[{'id':1,'ifindex':2,'inflight':3}]}",
	"{'t':'loss','what':'short-lived','count':1,'why':'too fast'}",
	"{'t':'nudge','cpus':0}",
	/* A key that is no name in C, and lines as parts: these keep their type. */
	"{'t':'probe','kernel':'6.1','capabilities':[{'id':'kprobe',"
	"'name':'kprobes','supported':false,'checks':['leaked']}],'hooks':[{'t':'hook','hook':'hold',"
	"'how':'none'}],'functions':[{'hook':'put','how':'fentry'}],"
	"'tiers':{'auto':'tracepoint','why':''},'blind':[{'t':'blind',"
	"'check':'leaked','code':'no_walk','why':'because'}],"
	"'holders':{'walked':true,'places':[{'place':'cpus','walked':true}]}}",
	"{'t':'meta','schema':'netmem-check/1','walk':true,'hidden':'x'}",
	"{'t':'loss','what':'registry','count':1,'why':'too deep'}",
};

static void what_is_decoded_is_encoded_alike(void **state)
{
	struct fact fact, copy;
	json_t *before, *after;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		before = parse(lines[i]);
		decode(lines[i], &fact);
		copy.type = fact.type;
		assert_int_equal(fact_copy(fact.type, &copy.has, &fact.has), 0);
		fact_clear(fact.type, &fact.has);
		after = fact_to_json(&copy);
		if (!json_equal(before, after))
			fail_msg("%s became %s", lines[i],
				 json_dumps(after, JSON_COMPACT));
		fact_clear(copy.type, &copy.has);
		json_decref(before);
		json_decref(after);
	}
}

/* Missing members read as the table says, and null is missing. */
static void what_is_not_there_reads_as_its_fallback(void **state)
{
	struct fact fact;

	(void)state;
	decode("{'t':'pool','slot':1,'life':1,'pool':'0x1','device':'a',"
	       "'judged':true,'queue':null}",
	       &fact);
	assert_int_equal(fact.pool.queue, -1);
	assert_false(fact_has(&fact.pool, pool, queue));
	assert_true(fact_has(&fact.pool, pool, slot));
	fact_clear(fact.type, &fact.has);
	decode("{'t':'meta','schema':'x'}", &fact);
	assert_true(fact.meta.coverage_threshold == 0.95);
	assert_int_equal(fact.meta.devices.count, 0);
	assert_null(fact.meta.kernel);
	fact_clear(fact.type, &fact.has);
	decode("{'t':'evidence','check':'hold_twice'}", &fact);
	assert_int_equal(fact.evidence.state, STATE_COUNT);
	assert_int_equal(fact.evidence.event, EVENT_COUNT);
	fact_clear(fact.type, &fact.has);
}

/* What a collector fills reads the same as what is decoded. */
static void what_is_filled_is_completed(void **state)
{
	struct fact fact = { .type = FACT_pool,
			     .pool = { .slot = 3, .device = "eth0" } };

	(void)state;
	fact_set(&fact.pool, pool, ifindex, 7);
	fact_complete(fact.type, &fact.has);
	assert_int_equal(fact.pool.queue, -1);
	assert_int_equal(fact.pool.ifindex, 7);
	assert_true(fact_has(&fact.pool, pool, slot));
	assert_true(fact_has(&fact.pool, pool, ifindex));
	assert_false(fact_has(&fact.pool, pool, queue));
}

static void both_spellings_of_an_address_are_read(void **state)
{
	struct fact fact;

	(void)state;
	decode("{'t':'pool','slot':1,'life':1,'pool':'ffff888100001000',"
	       "'device':'','judged':true}",
	       &fact);
	assert_true(fact.pool.pool == 0xffff888100001000ULL);
	fact_clear(fact.type, &fact.has);
	decode("{'t':'pool','slot':1,'life':1,'pool':4096,'device':'',"
	       "'judged':true}",
	       &fact);
	assert_int_equal(fact.pool.pool, 4096);
	fact_clear(fact.type, &fact.has);
}

static void each_state_is_read_by_its_name(void **state)
{
	struct fact fact;
	char line[128];
	int i;

	(void)state;
	for (i = 0; i < STATE_COUNT; i++) {
		snprintf(line, sizeof(line),
			 "{'t':'page','slot':1,'life':1,'frame':1,"
			 "'state':'%s','age_ms':1}",
			 state_name(i));
		decode(line, &fact);
		assert_int_equal(fact.page.state, i);
		fact_clear(fact.type, &fact.has);
	}
	refused("{'t':'page','slot':1,'life':1,'frame':1,'state':'held','age_ms':1}",
		"member 'state'");
}

static void unknown_members_are_ignored(void **state)
{
	struct fact fact;
	json_t *json;

	(void)state;
	decode("{'t':'note','text':'a','author':'b'}", &fact);
	json = fact_to_json(&fact);
	assert_null(json_object_get(json, "author"));
	assert_string_equal(json_string_value(json_object_get(json, "text")),
			    "a");
	json_decref(json);
	fact_clear(fact.type, &fact.has);
}

static void wrong_members_are_named(void **state)
{
	static const struct {
		const char *line, *words;
	} bad[] = {
		{ "{'a':1}", "it has no type" },
		{ "{'t':'paths'}", "'paths' is no type of fact" },
		{ "{'t':'note'}", "note: member 'text' is missing" },
		{ "{'t':'note','text':1}",
		  "note: member 'text' is of a wrong type" },
		{ "{'t':'window','slot':-1,'life':1,'events':1,'result':'gap'}",
		  "member 'slot'" },
		{ "{'t':'window','slot':4294967296,'life':1,'events':1,'result':'gap'}",
		  "member 'slot'" },
		{ "{'t':'window','slot':1,'life':1,'events':1,'result':'Gap'}",
		  "member 'result'" },
		{ "{'t':'window','slot':1,'life':1,'events':1.5,'result':'gap'}",
		  "member 'events'" },
		{ "{'t':'window','slot':1,'life':1,'events':9007199254740993,'result':'gap'}",
		  "member 'events'" },
		{ "{'t':'evidence','check':'leaked','inflight':-9007199254740993}",
		  "member 'inflight'" },
		{ "{'t':'blind','check':'','why':'x'}", "member 'check'" },
		{ "{'t':'loss','what':'all','count':1,'why':''}",
		  "member 'what'" },
		{ "{'t':'page','slot':1,'life':1,'state':'OUT','age_ms':1}",
		  "member 'frame' is missing" },
		{ "{'t':'unheld','slot':1,'life':1,'frame':'x','state':'OUT','age_ms':1}",
		  "unheld: member 'frame' is of a wrong" },
		{ "{'t':'evidence','check':'leaked','detail':[1,2,3]}",
		  "member 'detail'" },
		{ "{'t':'evidence','check':'leaked','stack':[1]}",
		  "member 'stack'" },
		{ "{'t':'evidence','check':'leaked','page':'0x1g'}",
		  "member 'page'" },
		{ "{'t':'meta','schema':'x','shadow':[]}", "shadow: not an" },
		{ "{'t':'meta','schema':'x','coverage_threshold':'1'}",
		  "member 'coverage_threshold'" },
		{ "{'t':'netlink','pools':[{'id':'1'}]}",
		  "netlink_pool: member 'id'" },
		{ "{'t':'probe'}", "probe: member 'capabilities' is missing" },
		{ "{'t':'probe','capabilities':{}}", "member 'capabilities'" },
		{ "{'t':'probe','capabilities':[],'hooks':[{'hook':'a'}]}",
		  "hook: member 'how' is missing" },
		{ "{'t':'netlink','pools':{}}", "netlink: member 'pools'" },
		{ "{'t':'xdp','id':1,'sizes':['a']}", "member 'sizes'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(bad[i].line, bad[i].words);
}

/* A process calls itself as it likes. */
static void names_that_are_not_utf8_are_escaped(void **state)
{
	struct fact fact = { .type = FACT_note,
			     .note = { .text = "a\xff"
					       "b" } };
	json_t *json;

	(void)state;
	json = fact_to_json(&fact);
	assert_string_equal(json_string_value(json_object_get(json, "text")),
			    "a\\xffb");
	json_decref(json);
}

static void lists_grow_and_shrink(void **state)
{
	struct loss_facts list = {};
	struct loss_fact loss = { .why = "one" };

	(void)state;
	assert_int_equal(facts_append(FACT_loss, &list, &loss), 0);
	loss.why = "two";
	assert_int_equal(facts_append(FACT_loss, &list, &loss), 0);
	assert_int_equal(list.count, 2);
	facts_remove(FACT_loss, &list, 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].why, "two");
	facts_clear(FACT_loss, &list);
	assert_int_equal(list.count, 0);
	assert_null(list.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_decoded_is_encoded_alike),
		cmocka_unit_test(what_is_not_there_reads_as_its_fallback),
		cmocka_unit_test(what_is_filled_is_completed),
		cmocka_unit_test(both_spellings_of_an_address_are_read),
		cmocka_unit_test(each_state_is_read_by_its_name),
		cmocka_unit_test(unknown_members_are_ignored),
		cmocka_unit_test(wrong_members_are_named),
		cmocka_unit_test(names_that_are_not_utf8_are_escaped),
		cmocka_unit_test(lists_grow_and_shrink),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
