// SPDX-License-Identifier: GPL-2.0
/*
 * The transition table, cell by cell, against a second table that was written
 * from the meaning of the states and not copied from the first: one line a
 * state, "NEXT" or "NEXT!check" for each event in order.
 */
#include <stdio.h>

#include "unit.h"
#include "user/util/util.h"

#define SLOT 7
#define OTHER 9
#define GEN 5
#define AGE 1000
#define NOW 2000

/* HOLD, RELEASE, MM_FREE, ALLOC, PUT, PUT_CACHE, PUT_RING, XDP_FRAME,
 * XDP_FRAG, SEEN_HELD, SEEN_GONE, LOST
 */
static const char *const wanted[STATE_COUNT][EVENT_COUNT] = {
	/* Never seen: only the signature on a freed page is wrong. */
	[STATE_UNKNOWN] = { "HELD", "FREE", "FREE!freed_while_held", "OUT",
			    "RETURNING", "CACHED", "RING", "UNKNOWN", "UNKNOWN",
			    "UNKNOWN", "UNKNOWN", "UNKNOWN" },
	/* In no pool: it can only enter one. */
	[STATE_FREE] = { "HELD", "FREE!release_not_held",
			 "FREE!freed_while_held", "OUT!handed_out_twice",
			 "RETURNING!release_not_held",
			 "CACHED!release_not_held", "RING!release_not_held",
			 "FREE!xdp_foreign_page", "FREE!xdp_frag_bounds",
			 "UNKNOWN", "FREE", "UNKNOWN" },
	/* Pooled: it can be handed out or leave, not be put or received. */
	[STATE_CACHED] = { "HELD!hold_twice", "FREE", "FREE!freed_while_held",
			   "OUT", "RETURNING!put_while_pooled",
			   "CACHED!put_while_pooled", "RING!put_while_pooled",
			   "CACHED!xdp_foreign_page", "CACHED!xdp_frag_bounds",
			   "CACHED", "UNKNOWN", "UNKNOWN" },
	[STATE_RING] = { "HELD!hold_twice", "FREE", "FREE!freed_while_held",
			 "OUT", "RETURNING!put_while_pooled",
			 "CACHED!put_while_pooled", "RING!put_while_pooled",
			 "RING!xdp_foreign_page", "RING!xdp_frag_bounds",
			 "RING", "UNKNOWN", "UNKNOWN" },
	/* Out: it can be put, leave or be received, not be handed out. */
	[STATE_OUT] = { "HELD!hold_twice", "FREE", "FREE!freed_while_held",
			"OUT!handed_out_twice", "RETURNING", "CACHED", "RING",
			"OUT", "OUT", "OUT", "UNKNOWN", "UNKNOWN" },
	/* Somewhere in the pool or out: only entering again is wrong. */
	[STATE_HELD] = { "HELD!hold_twice", "FREE", "FREE!freed_while_held",
			 "OUT", "RETURNING", "CACHED", "RING", "HELD", "HELD",
			 "HELD", "UNKNOWN", "UNKNOWN" },
	/*
	 * Given back: it comes to rest or leaves, and may be handed out before
	 * we are told where it came to rest. Nobody may put or receive it.
	 */
	[STATE_RETURNING] = { "HELD!hold_twice", "FREE",
			      "FREE!freed_while_held", "OUT",
			      "RETURNING!put_while_pooled", "CACHED", "RING",
			      "RETURNING!xdp_foreign_page",
			      "RETURNING!xdp_frag_bounds", "RETURNING",
			      "UNKNOWN", "UNKNOWN" },
	/* Another pool's: nothing that this pool does with it is right. */
	[STATE_ELSEWHERE] = { "HELD!hold_twice", "FREE!release_wrong_pool",
			      "FREE!freed_while_held", "OUT!handed_out_twice",
			      "RETURNING!release_wrong_pool",
			      "CACHED!release_wrong_pool",
			      "RING!release_wrong_pool",
			      "UNKNOWN!xdp_foreign_page",
			      "UNKNOWN!xdp_frag_bounds", "UNKNOWN", "UNKNOWN",
			      "UNKNOWN" },
};

/* A word that makes model_row() choose this row for an event of SLOT. */
static uint64_t word_in_row(enum model_state row)
{
	if (row == STATE_ELSEWHERE)
		return word_make(STATE_HELD, OTHER, GEN, 3, AGE);
	return word_make(row, SLOT, GEN, 3, AGE);
}

static struct model_input input(enum model_event event)
{
	return (struct model_input){ .event = event,
				     .slot = SLOT,
				     .pool_gen = GEN,
				     .owner_gen = GEN,
				     .age = NOW };
}

static void every_cell_is_filled(void **state)
{
	int row, event;

	(void)state;
	for (row = 0; row < STATE_COUNT; row++)
		for (event = 0; event < EVENT_COUNT; event++)
			if (!model_table[row][event].next_plus_one)
				fail_msg("nobody filled in [%s][%s]",
					 state_name(row), event_name(event));
}

static void every_cell_goes_where_it_should(void **state)
{
	int row, event;

	(void)state;
	for (row = 0; row < STATE_COUNT; row++) {
		for (event = 0; event < EVENT_COUNT; event++) {
			struct model_input in = input(event);
			struct model_result result;
			char got[64];

			assert_non_null(wanted[row][event]);
			assert_int_equal(model_row(word_in_row(row), &in), row);
			result = model_step(word_in_row(row), &in);
			snprintf(got, sizeof(got), "%s%s%s",
				 state_name(word_state(result.word)),
				 result.check ? "!" : "",
				 result.check ? check_infos[result.check].id :
						"");
			if (strcmp(got, wanted[row][event]))
				fail_msg("[%s][%s] is %s, expected %s",
					 state_name(row), event_name(event),
					 got, wanted[row][event]);
			assert_int_equal(word_slot(result.word), SLOT);
			assert_int_equal(word_page_gen(result.word), 4);
		}
	}
}

/* No event on an unknown page may accuse, but for the signature itself. */
static void unknown_accuses_nobody(void **state)
{
	int event;

	(void)state;
	for (event = 0; event < EVENT_COUNT; event++) {
		struct model_input in = input(event);

		if (event == EVENT_MM_FREE)
			continue;
		assert_int_equal(model_step(0, &in).check, CHECK_NONE);
	}
}

/* But a pool that has met each of its pages takes back no other. */
static void a_stranger_comes_back_to_a_whole_pool(void **state)
{
	struct model_input release = input(EVENT_RELEASE);
	struct model_input put = input(EVENT_PUT);
	struct model_input hold = input(EVENT_HOLD);

	(void)state;
	release.whole = put.whole = hold.whole = 1;
	assert_int_equal(model_step(0, &release).check, CHECK_release_not_held);
	assert_int_equal(word_state(model_step(0, &release).word), STATE_FREE);
	assert_int_equal(model_step(0, &put).check, CHECK_release_not_held);
	assert_int_equal(model_step(0, &hold).check, CHECK_NONE);
	/* The scan saw these, or an event was lost. */
	assert_int_equal(model_step(word_in_row(STATE_UNKNOWN), &release).check,
			 CHECK_NONE);
	assert_int_equal(
		model_step(word_make(STATE_UNKNOWN, SLOT_NONE, 0, 1, AGE),
			   &release)
			.check,
		CHECK_NONE);
	assert_int_equal(model_step(word_in_row(STATE_HELD), &release).check,
			 CHECK_NONE);
}

/* A word that was stepped is never 0 again, or a page would look unseen. */
static void a_seen_page_never_looks_unseen(void **state)
{
	int row, event;

	(void)state;
	for (row = 0; row < STATE_COUNT; row++)
		for (event = 0; event < EVENT_COUNT; event++) {
			struct model_input in = input(event);

			in.slot = SLOT_NONE;
			in.pool_gen = 0;
			assert_true(model_step(word_in_row(row), &in).word);
		}
}

static void stale_generation_reads_as_unknown(void **state)
{
	struct model_input in = input(EVENT_HOLD);
	int row;

	(void)state;
	in.owner_gen = GEN + 1;
	for (row = STATE_CACHED; row <= STATE_RETURNING; row++)
		assert_int_equal(model_row(word_in_row(row), &in),
				 STATE_UNKNOWN);
	assert_int_equal(model_row(word_in_row(STATE_ELSEWHERE), &in),
			 STATE_UNKNOWN);
	/* FREE names no owner, so no generation makes it stale. */
	assert_int_equal(model_row(word_in_row(STATE_FREE), &in), STATE_FREE);
	/* Only the bits that fit the word count. */
	in.owner_gen = GEN + (1 << WORD_POOL_GEN_BITS);
	assert_int_equal(model_row(word_in_row(STATE_HELD), &in), STATE_HELD);
}

static void another_slot_reads_as_elsewhere(void **state)
{
	struct model_input in = input(EVENT_RELEASE);
	int row;

	(void)state;
	in.slot = OTHER;
	for (row = STATE_CACHED; row <= STATE_RETURNING; row++)
		assert_int_equal(model_row(word_in_row(row), &in),
				 STATE_ELSEWHERE);
	assert_int_equal(model_row(word_in_row(STATE_UNKNOWN), &in),
			 STATE_UNKNOWN);
}

static void an_event_out_of_range_changes_no_check(void **state)
{
	struct model_input in = input(EVENT_COUNT);

	(void)state;
	assert_int_equal(model_step(word_in_row(STATE_HELD), &in).check,
			 CHECK_NONE);
}

static void words_keep_what_was_packed(void **state)
{
	static const uint32_t slots[] = { 0, 1, SLOT_COUNT - 1 };
	static const uint32_t ages[] = { 0, 1, (1 << WORD_AGE_BITS) - 1 };
	size_t s, a;
	int value;

	(void)state;
	assert_int_equal(WORD_AGE_SHIFT + WORD_AGE_BITS, 64);
	assert_true(STATE_COUNT <= 1 << WORD_STATE_BITS);
	for (s = 0; s < 3; s++) {
		for (a = 0; a < 3; a++) {
			for (value = 0; value < STATE_ELSEWHERE; value++) {
				uint64_t word = word_make(value, slots[s], 63,
							  127, ages[a]);

				assert_int_equal(word_state(word), value);
				assert_int_equal(word_slot(word), slots[s]);
				assert_int_equal(word_pool_gen(word), 63);
				assert_int_equal(word_page_gen(word), 127);
				assert_int_equal(word_age(word), ages[a]);
			}
		}
	}
	/* Generations wrap inside their fields. */
	assert_int_equal(word_make(STATE_FREE, 1, 64, 128, 0),
			 word_make(STATE_FREE, 1, 0, 0, 0));
}

/* A flag of a page that has left, until anything happens to it. */
static void a_page_that_left_is_marked_until_its_next_step(void **state)
{
	uint64_t held = word_make(STATE_HELD, SLOT, GEN, 3, AGE);
	uint64_t left = word_make(STATE_FREE, SLOT, GEN, 3, AGE);
	struct model_input in = input(EVENT_HOLD);

	(void)state;
	assert_true(word_is_referenced(left | WORD_REFERENCED));
	assert_false(word_is_referenced(left));
	assert_false(word_is_referenced(held | WORD_REFERENCED));
	assert_int_equal(word_age(left | WORD_REFERENCED), AGE);
	assert_int_equal(word_page_gen(left | WORD_REFERENCED), 3);
	assert_int_equal(model_step(left | WORD_REFERENCED, &in).word,
			 model_step(left, &in).word);
	assert_int_equal(model_plain_hold(left, &in),
			 model_step(left, &in).word);
	/* Who takes the flag off has to count. */
	assert_int_equal(model_plain_hold(left | WORD_REFERENCED, &in), 0);
	assert_int_equal(word_plain(left | WORD_REFERENCED),
			 word_plain(word_make(STATE_FREE, SLOT, GEN, 3, 0)));
	assert_int_equal(word_plain(held), held);
}

static void the_page_generation_wraps(void **state)
{
	struct model_input in = input(EVENT_RELEASE);
	uint64_t word = word_make(STATE_HELD, SLOT, GEN, 127, AGE);
	struct model_result result = model_step(word, &in);

	(void)state;
	assert_int_equal(word_page_gen(result.word), 0);
	assert_int_equal(word_pool_gen(result.word), GEN);
	assert_int_equal(word_slot(result.word), SLOT);
}

/* The age that a page has after a step at NOW + @later. */
static uint32_t age_after(uint64_t *word, enum model_event event,
			  uint32_t later)
{
	struct model_input in = input(event);

	in.age = NOW + later;
	*word = model_step(*word, &in).word;
	return word_age(*word);
}

static void the_age_is_kept_while_one_pool_holds(void **state)
{
	uint64_t word = word_make(STATE_UNKNOWN, 0, 0, 0, AGE);

	(void)state;
	assert_int_equal(age_after(&word, EVENT_HOLD, 0), NOW);
	assert_int_equal(age_after(&word, EVENT_SEEN_HELD, 5), NOW);
	/* Handed out: from now on somebody has it. */
	assert_int_equal(age_after(&word, EVENT_ALLOC, 10), NOW + 10);
	assert_int_equal(age_after(&word, EVENT_XDP_FRAME, 11), NOW + 10);
	assert_int_equal(age_after(&word, EVENT_PUT, 12), NOW + 10);
	assert_int_equal(age_after(&word, EVENT_PUT_RING, 13), NOW + 10);
	assert_int_equal(age_after(&word, EVENT_ALLOC, 14), NOW + 14);
	assert_int_equal(age_after(&word, EVENT_PUT_CACHE, 15), NOW + 14);
	/* Released and held again: a new stay. */
	age_after(&word, EVENT_RELEASE, 16);
	assert_int_equal(age_after(&word, EVENT_HOLD, 20), NOW + 20);
	/* A violation begins a new stay, too: the old one ended unseen. */
	assert_int_equal(age_after(&word, EVENT_HOLD, 30), NOW + 30);
	assert_int_equal(age_after(&word, EVENT_ALLOC, 40), NOW + 40);
	assert_int_equal(age_after(&word, EVENT_ALLOC, 50), NOW + 50);
}

/* The same for every cell: what ends a stay, or the pool's own hand-out. */
static void every_cell_has_its_age(void **state)
{
	int row, event;

	(void)state;
	for (row = 0; row < STATE_COUNT; row++) {
		for (event = 0; event < EVENT_COUNT; event++) {
			struct model_input in = input(event);
			bool stays = row != STATE_UNKNOWN &&
				     row != STATE_FREE &&
				     row != STATE_ELSEWHERE &&
				     event != EVENT_ALLOC &&
				     !strchr(wanted[row][event], '!');
			uint64_t word = model_step(word_in_row(row), &in).word;

			if (word_age(word) != (stays ? AGE : NOW))
				fail_msg("[%s][%s]: age %u", state_name(row),
					 event_name(event), word_age(word));
		}
	}
}

/* After a loss no event accuses anybody, until the page has been seen anew. */
static void a_lost_page_accuses_nobody(void **state)
{
	int row, event;

	(void)state;
	for (row = 0; row < STATE_COUNT; row++) {
		for (event = 0; event < EVENT_COUNT; event++) {
			struct model_input lost = input(EVENT_LOST);
			struct model_input in = input(event);
			struct model_result result;

			if (event == EVENT_MM_FREE)
				continue;
			result = model_step(word_in_row(row), &lost);
			assert_int_equal(result.check, CHECK_NONE);
			assert_int_equal(word_state(result.word),
					 STATE_UNKNOWN);
			result = model_step(result.word, &in);
			assert_int_equal(result.check, CHECK_NONE);
		}
	}
}

static uint64_t plain_step(uint64_t word, const struct model_input *in)
{
	switch (in->event) {
	case EVENT_HOLD:
		return model_plain_hold(word, in);
	case EVENT_RELEASE:
		return model_plain_release(word, in);
	case EVENT_ALLOC:
		return model_plain_alloc(word, in);
	case EVENT_PUT:
		return model_plain_put(word, in, STATE_RETURNING);
	case EVENT_PUT_CACHE:
		return model_plain_put(word, in, STATE_CACHED) |
		       model_plain_put_end(word, in, STATE_CACHED);
	default:
		return model_plain_put(word, in, STATE_RING) |
		       model_plain_put_end(word, in, STATE_RING);
	}
}

/* Either 0, or the word of model_step(), which breaks no check. */
static bool plain_agrees(uint64_t word, const struct model_input *in)
{
	struct model_result result = model_step(word, in);
	uint64_t plain = plain_step(word, in);

	if (!plain)
		return false;
	assert_int_equal(plain, result.word);
	assert_int_equal(result.check, CHECK_NONE);
	return true;
}

/*
 * In each state, of the event's pool and of another, of its generation, an older
 * one, and one that only the bits beyond its field tell from it.
 */
static void plain_steps_are_those_of_the_table(void **state)
{
	static const uint32_t gens[] = { GEN, GEN - 1,
					 GEN + (1 << WORD_POOL_GEN_BITS) };
	static const enum model_event events[] = {
		EVENT_HOLD, EVENT_RELEASE,   EVENT_ALLOC,
		EVENT_PUT,  EVENT_PUT_CACHE, EVENT_PUT_RING
	};
	uint32_t at, slot, page_gen, taken[ARRAY_LEN(events)] = {};
	const uint64_t most = (1 << WORD_AGE_BITS) - 1;

	(void)state;
	for (at = 0; at < STATE_ELSEWHERE * 3 * 2 * 128; at++) {
		uint32_t gen = gens[at / STATE_ELSEWHERE % 3], i;
		uint64_t word;

		slot = at / STATE_ELSEWHERE / 3 % 2 ? OTHER : SLOT;
		page_gen = at / STATE_ELSEWHERE / 3 / 2;
		word = word_make(at % STATE_ELSEWHERE, slot, GEN, page_gen,
				 page_gen & 1 ? most : AGE);
		for (i = 0; i < ARRAY_LEN(events); i++) {
			struct model_input in = input(events[i]);

			in.pool_gen = gen;
			in.owner_gen = slot == SLOT ? gen : GEN;
			taken[i] += plain_agrees(word, &in);
		}
	}
	/* Two states can be entered from; all else is of the pool's generation: */
	assert_int_equal(taken[0], 128 * 2 * 3 * 2);
	/* five left, four allocated from, */
	assert_int_equal(taken[1], 128 * 5 * 2);
	assert_int_equal(taken[2], 128 * 4 * 2);
	/* two put from, and one more where a put ends. */
	assert_int_equal(taken[3], 128 * 2 * 2);
	assert_int_equal(taken[4], 128 * 3 * 2);
	assert_int_equal(taken[5], 128 * 3 * 2);
}

static void states_that_hold_and_states_that_pool(void **state)
{
	static const struct {
		enum model_state state;
		bool held, pooled;
	} known[] = {
		{ STATE_UNKNOWN, false, false },
		{ STATE_FREE, false, false },
		{ STATE_CACHED, true, true },
		{ STATE_RING, true, true },
		{ STATE_OUT, true, false },
		{ STATE_HELD, true, false },
		{ STATE_RETURNING, true, true },
		/* A row, and no state of a word. */
		{ STATE_ELSEWHERE, false, false },
	};
	size_t i;

	(void)state;
	assert_int_equal(sizeof(known) / sizeof(*known), STATE_COUNT);
	for (i = 0; i < STATE_COUNT; i++) {
		assert_int_equal(known[i].state, i);
		assert_int_equal(!!state_is_held(i), known[i].held);
		assert_int_equal(!!state_is_pooled(i), known[i].pooled);
	}
}

static void names_and_back(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < EVENT_COUNT; i++)
		assert_int_equal(event_by_name(event_name(i)), i);
	for (i = CHECK_NONE + 1; i < CHECK_COUNT; i++)
		assert_int_equal(check_by_id(check_infos[i].id), i);
	assert_int_equal(event_by_name(""), EVENT_COUNT);
	assert_int_equal(check_by_id("no_such_check"), CHECK_NONE);
}

/* A page of an earlier pool, and pages that say nothing of one. */
static void words_older_than_a_pool(void **state)
{
	const __u32 end = WORD_MASK(WORD_AGE_BITS);

	(void)state;
	assert_true(word_is_older(word_make(STATE_HELD, 5, 1, 0, 99), 100));
	assert_true(word_is_older(word_make(STATE_UNKNOWN, 5, 1, 0, 99), 100));
	/* in the same tick nobody knows, and later it is the pool's own */
	assert_false(word_is_older(word_make(STATE_HELD, 5, 1, 0, 100), 100));
	assert_false(word_is_older(word_make(STATE_HELD, 5, 1, 0, 101), 100));
	/* released: its hold by the pool may be lost */
	assert_false(word_is_older(word_make(STATE_FREE, 5, 1, 0, 99), 100));
	/* never seen */
	assert_false(word_is_older(0, 100));
	/* ticks wrap */
	assert_true(word_is_older(word_make(STATE_HELD, 5, 1, 0, end), 3));
	assert_false(word_is_older(word_make(STATE_HELD, 5, 1, 0, 3), end));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_filled),
		cmocka_unit_test(every_cell_goes_where_it_should),
		cmocka_unit_test(unknown_accuses_nobody),
		cmocka_unit_test(a_stranger_comes_back_to_a_whole_pool),
		cmocka_unit_test(a_seen_page_never_looks_unseen),
		cmocka_unit_test(words_older_than_a_pool),
		cmocka_unit_test(stale_generation_reads_as_unknown),
		cmocka_unit_test(another_slot_reads_as_elsewhere),
		cmocka_unit_test(an_event_out_of_range_changes_no_check),
		cmocka_unit_test(words_keep_what_was_packed),
		cmocka_unit_test(
			a_page_that_left_is_marked_until_its_next_step),
		cmocka_unit_test(the_page_generation_wraps),
		cmocka_unit_test(the_age_is_kept_while_one_pool_holds),
		cmocka_unit_test(every_cell_has_its_age),
		cmocka_unit_test(a_lost_page_accuses_nobody),
		cmocka_unit_test(plain_steps_are_those_of_the_table),
		cmocka_unit_test(states_that_hold_and_states_that_pool),
		cmocka_unit_test(names_and_back),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
