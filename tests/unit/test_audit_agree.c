// SPDX-License-Identifier: GPL-2.0
/* Two looks at a cache and ring: what both show counts, what one shows does not. */
#include "unit.h"

#include "user/collect/audit_agree.h"

#define POOL 0xffff888100001000ULL
#define PAGES 4

/* A cache of two pages and a ring of two, as one look finds them. */
struct look {
	struct audit_page pages[PAGES];
	uint32_t index[PAGES];
	struct audit_entries entries;
};

static void at_rest(struct look *look)
{
	uint32_t i;

	for (i = 0; i < PAGES; i++) {
		look->pages[i] =
			(struct audit_page){ .entry = 0xffffea0000000000 +
						      64 * i,
					     .frame = 4096 + i,
					     .pool = POOL,
					     .refcount = 1,
					     .readable = 1,
					     .is_signed = 1 };
		look->index[i] = i < 2 ? i : AUDIT_CACHE_MAX + i;
	}
	look->entries = (struct audit_entries){ .pages = look->pages,
						.index = look->index,
						.count = PAGES,
						.in_cache = 2 };
}

static struct audit_result agree(struct look *first, struct look *second)
{
	struct audit_result result = { .look.pool = POOL };

	assert_int_equal(audit_agree(&first->entries, &second->entries, true,
				     &result),
			 0);
	return result;
}

static void nothing_at_rest(void **state)
{
	struct look first, second;

	at_rest(&first);
	at_rest(&second);
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
}

/* GUP-fast or a page cache lookup, in the cache and in the ring */
static void a_count_that_one_look_sees_raised(void **state)
{
	struct look first, second;
	uint32_t i;

	for (i = 0; i < PAGES; i++) {
		at_rest(&first);
		at_rest(&second);
		first.pages[i].refcount = 2;
		assert_int_equal(agree(&first, &second).suspicion_count, 0);
		assert_int_equal(agree(&second, &first).suspicion_count, 0);
	}
}

/* Each look sees another page: nothing was seen twice. */
static void a_count_that_is_raised_on_another_page(void **state)
{
	struct look first, second;

	at_rest(&first);
	at_rest(&second);
	first.pages[1].refcount = 2;
	second.pages[2].refcount = 2;
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
}

/* The page was used between the looks, and something else is in its place. */
static void a_raised_count_that_moved(void **state)
{
	struct look first, second;

	at_rest(&first);
	at_rest(&second);
	first.pages[3].refcount = second.pages[3].refcount = 2;
	second.index[3]++;
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
	at_rest(&second);
	second.pages[3].refcount = 2;
	second.pages[3].entry += 64;
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
}

static void a_count_that_stays_raised(void **state)
{
	struct audit_result result;
	struct look first, second;

	at_rest(&first);
	at_rest(&second);
	first.pages[2].refcount = 3;
	second.pages[2].refcount = 2;
	result = agree(&first, &second);
	assert_int_equal(result.suspicion_count, 1);
	assert_int_equal(result.confirmed[CHECK_pool_refcount], 1);
	assert_int_equal(result.suspicions[0].check, CHECK_pool_refcount);
	assert_int_equal(result.suspicions[0].index, second.index[2]);
	assert_int_equal(result.suspicions[0].page.refcount, 2);
}

static void a_page_twice_in_both_looks(void **state)
{
	struct audit_result result;
	struct look first, second;

	at_rest(&first);
	at_rest(&second);
	first.pages[3] = first.pages[0];
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
	second.pages[3] = second.pages[0];
	result = agree(&first, &second);
	assert_int_equal(result.confirmed[CHECK_pool_duplicate], 2);
}

/* By their words one is in the cache, and the others are in the ring, HELD, RETURNING. */
static void followed(struct look *look, uint32_t states[PAGES])
{
	const uint32_t at_home[PAGES] = { STATE_CACHED, STATE_RING, STATE_HELD,
					  STATE_RETURNING };

	at_rest(look);
	memcpy(states, at_home, sizeof(at_home));
	look->entries.states = states;
}

static void words_that_say_the_same(void **state)
{
	uint32_t first_states[PAGES], second_states[PAGES];
	struct look first, second;

	followed(&first, first_states);
	followed(&second, second_states);
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
	first_states[1] = second_states[1] = STATE_UNKNOWN;
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
}

/* It went out, or came back, between the words of the two looks. */
static void a_word_that_one_look_sees_out(void **state)
{
	uint32_t first_states[PAGES], second_states[PAGES];
	struct look first, second;

	followed(&first, first_states);
	followed(&second, second_states);
	first_states[2] = STATE_OUT;
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
	assert_int_equal(agree(&second, &first).suspicion_count, 0);
	second_states[2] = STATE_FREE;
	assert_int_equal(agree(&first, &second).suspicion_count, 0);
}

static void a_page_that_is_out_in_both_looks(void **state)
{
	const uint32_t elsewhere[] = { STATE_OUT, STATE_FREE };
	uint32_t first_states[PAGES], second_states[PAGES], i;
	struct audit_result result;
	struct look first, second;

	for (i = 0; i < 2; i++) {
		followed(&first, first_states);
		followed(&second, second_states);
		first_states[2] = second_states[2] = elsewhere[i];
		result = agree(&first, &second);
		assert_int_equal(result.suspicion_count, 1);
		assert_int_equal(result.confirmed[CHECK_pooled_while_out], 1);
		assert_int_equal(result.suspicions[0].state, elsewhere[i]);
		assert_int_equal(result.suspicions[0].index, second.index[2]);
	}
}

/* What its page itself says comes first. */
static void an_outside_page_with_a_wrong_count(void **state)
{
	uint32_t first_states[PAGES], second_states[PAGES];
	struct audit_result result;
	struct look first, second;

	followed(&first, first_states);
	followed(&second, second_states);
	first_states[2] = second_states[2] = STATE_OUT;
	first.pages[2].refcount = second.pages[2].refcount = 2;
	result = agree(&first, &second);
	assert_int_equal(result.suspicion_count, 1);
	assert_int_equal(result.confirmed[CHECK_pool_refcount], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_at_rest),
		cmocka_unit_test(a_count_that_one_look_sees_raised),
		cmocka_unit_test(a_count_that_is_raised_on_another_page),
		cmocka_unit_test(a_raised_count_that_moved),
		cmocka_unit_test(a_count_that_stays_raised),
		cmocka_unit_test(a_page_twice_in_both_looks),
		cmocka_unit_test(words_that_say_the_same),
		cmocka_unit_test(a_word_that_one_look_sees_out),
		cmocka_unit_test(a_page_that_is_out_in_both_looks),
		cmocka_unit_test(an_outside_page_with_a_wrong_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
