// SPDX-License-Identifier: GPL-2.0
/* What the live screen computes of a session from sample to sample. */
#include "unit.h"

#include "user/cmd/rates.h"

#define META "{'t':'meta','schema':'netmem-check/1'}"
#define SECOND 1000000000ULL

static void add_pool(struct session *session, uint32_t slot, const char *device)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "{'t':'pool','slot':%u,'life':1,'pool':'0x%x','device':'%s',"
		 "'judged':true}",
		 slot, slot, device);
	feed(session, text);
}

static void add_events(struct session *session, uint32_t slot, uint32_t events)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "{'t':'window','slot':%u,'life':1,'events':%u,"
		 "'result':'complete'}",
		 slot, events);
	feed(session, text);
}

/* 30 of them are in the cache and the ring. */
static void add_audit(struct session *session, uint32_t slot, uint32_t inflight)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "{'t':'audit','slot':%u,'life':1,'cache':10,'ring':20,"
		 "'rested':true,'inflight':%u}",
		 slot, inflight);
	feed(session, text);
}

static void retire(struct session *session, uint32_t slot)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "{'t':'state','slot':%u,'life':1,'state':'gone'}", slot);
	feed(session, text);
}

struct watched {
	struct session *session;
	struct rates *rates;
};

static int set_up(void **state)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	watched->session = session_new();
	watched->rates = rates_new();
	*state = watched;
	return feed(watched->session, META);
}

static int tear_down(void **state)
{
	struct watched *watched = *state;

	rates_free(watched->rates);
	session_free(watched->session);
	free(watched);
	return 0;
}

static void a_rate_needs_two_samples(void **state)
{
	struct watched *w = *state;
	const struct rates_row *rows;
	size_t count;

	add_pool(w->session, 1, "eth0");
	assert_true(rates_sample(w->rates, w->session, SECOND));
	rows = rates_rows(w->rates, RATES_BY_NAME, &count);
	assert_int_equal(count, 1);
	assert_true(rows[0].events < 0 && rates_events(w->rates) < 0);
	assert_int_equal(rows[0].inflight, -1);
	add_events(w->session, 1, 500);
	assert_true(rates_sample(w->rates, w->session, 3 * SECOND));
	rows = rates_rows(w->rates, RATES_BY_NAME, &count);
	assert_true(rows[0].events == 250 && rates_events(w->rates) == 250);
}

static void samples_are_a_second_apart(void **state)
{
	struct watched *w = *state;

	assert_true(rates_sample(w->rates, w->session, SECOND));
	assert_false(rates_sample(w->rates, w->session, SECOND + SECOND / 2));
	assert_true(rates_sample(w->rates, w->session, 2 * SECOND));
}

static void out_is_of_one_audit(void **state)
{
	struct watched *w = *state;
	const struct rates_row *rows;
	size_t count;

	add_pool(w->session, 1, "eth0");
	rates_sample(w->rates, w->session, SECOND);
	add_audit(w->session, 1, 64);
	rates_sample(w->rates, w->session, 2 * SECOND);
	rows = rates_rows(w->rates, RATES_BY_NAME, &count);
	assert_int_equal(rows[0].out, 34);
	assert_int_equal(rows[0].history_count, 2);
	assert_int_equal(rows[0].history[0], -1);
	assert_int_equal(rows[0].history[1], 34);
}

static void history_keeps_the_newest(void **state)
{
	struct watched *w = *state;
	const struct rates_row *rows;
	size_t count, i;

	add_pool(w->session, 1, "eth0");
	for (i = 0; i < RATES_HISTORY + 5; i++) {
		add_audit(w->session, 1, 30 + i);
		rates_sample(w->rates, w->session, (i + 1) * SECOND);
	}
	rows = rates_rows(w->rates, RATES_BY_NAME, &count);
	assert_int_equal(rows[0].history_count, RATES_HISTORY);
	assert_int_equal(rows[0].history[0], 5);
	assert_int_equal(rows[0].history[RATES_HISTORY - 1], RATES_HISTORY + 4);
}

static void rows_are_in_order(void **state)
{
	struct watched *w = *state;
	const struct rates_row *rows;
	char device[16];
	size_t count, i;

	for (i = 1; i <= 300; i++) {
		snprintf(device, sizeof(device), "eth%03zu", 301 - i);
		add_pool(w->session, i, device);
		add_audit(w->session, i, 30 + i);
	}
	rates_sample(w->rates, w->session, SECOND);
	rows = rates_rows(w->rates, RATES_BY_NAME, &count);
	assert_int_equal(count, 300);
	assert_string_equal(rows[0].device, "eth001");
	assert_string_equal(rows[299].device, "eth300");
	rows = rates_rows(w->rates, RATES_BY_OUT, &count);
	assert_int_equal(rows[0].out, 300);
	assert_int_equal(rows[299].out, 1);
}

static void pools_that_are_gone_have_no_row(void **state)
{
	struct watched *w = *state;
	size_t count;

	add_pool(w->session, 1, "eth0");
	add_pool(w->session, 2, "eth1");
	rates_sample(w->rates, w->session, SECOND);
	retire(w->session, 1);
	rates_sample(w->rates, w->session, 2 * SECOND);
	assert_string_equal(rates_rows(w->rates, RATES_BY_NAME, &count)->device,
			    "eth1");
	assert_int_equal(count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_rate_needs_two_samples),
		TEST(samples_are_a_second_apart),
		TEST(out_is_of_one_audit),
		TEST(history_keeps_the_newest),
		TEST(rows_are_in_order),
		TEST(pools_that_are_gone_have_no_row),
	};

	return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
