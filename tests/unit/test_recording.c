// SPDX-License-Identifier: GPL-2.0
/* Recordings: what was written is read back, and nothing else is taken. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

#include "user/collect/replay.h"
#include "user/facts/record.h"
#include "user/judge/verdict.h"

#define META "{\"t\":\"meta\",\"schema\":\"netmem-check/1\"}\n"
#define POOL                                                         \
	"{\"t\":\"pool\",\"slot\":1,\"life\":1,\"pool\":\"0x1000\"," \
	"\"device\":\"eth0\",\"judged\":true}\n"
#define WINDOW                                                   \
	"{\"t\":\"window\",\"slot\":1,\"life\":1,\"events\":10," \
	"\"result\":\"complete\"}\n"
#define END(lines) "{\"t\":\"end\",\"lines\":" #lines ",\"duration_ms\":7}\n"

#define NET_IOV 0xffff888104c1d001ULL
#define SLOT 1
#define GEN 5

struct fixture {
	char path[64];
	struct session *session;
	char why[256];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int fd;

	strcpy(fixture->path, "/tmp/netmem-recording-XXXXXX");
	fd = mkstemp(fixture->path);
	if (fd < 0)
		return -1;
	close(fd);
	fixture->session = session_new();
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	session_free(fixture->session);
	free(fixture);
	return 0;
}

static void write_bytes(struct fixture *fixture, const void *bytes, size_t size)
{
	FILE *file = fopen(fixture->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void write_text(struct fixture *fixture, const char *text)
{
	write_bytes(fixture, text, strlen(text));
}

static int play(struct fixture *fixture)
{
	return replay(fixture->path, session_sink(fixture->session),
		      fixture->why, sizeof(fixture->why));
}

/* The file is refused, and the message says so in these words. */
static void refused(struct fixture *fixture, const char *words)
{
	if (play(fixture) >= 0)
		fail_msg("taken, but '%s' was expected", words);
	if (!strstr(fixture->why, words))
		fail_msg("'%s' does not say '%s'", fixture->why, words);
}

/* Steps the word as BPF does and fills the record of the event. */
static struct event_record step_at(uint64_t *word, enum model_event event,
				   uint32_t count, uint32_t age)
{
	struct model_input in = { .event = event,
				  .slot = SLOT,
				  .pool_gen = GEN,
				  .owner_gen = GEN,
				  .age = age };
	struct model_result result = model_step(*word, &in);
	struct event_record record = { .frame = 4096,
				       .before = *word,
				       .after = result.word,
				       .event = event,
				       .count = count,
				       .slot = SLOT,
				       .seq = 1,
				       .owner_gen = GEN,
				       .check = result.check };

	*word = result.word;
	return record;
}

static struct event_record step(uint64_t *word, enum model_event event,
				uint32_t count)
{
	return step_at(word, event, count, 77);
}

static void record_text(struct recorder *recorder, const char *text)
{
	json_t *line = json_loads(text, 0, NULL);
	struct fact fact;
	char why[128];

	assert_int_equal(fact_from_json(line, &fact, why, sizeof(why)), 0);
	recorder_fact(recorder, &fact);
	fact_clear(fact.type, &fact.has);
	json_decref(line);
}

static struct recorder *begin(struct fixture *fixture)
{
	struct recorder *recorder;
	int err;

	recorder = recorder_open(fixture->path, &err);
	assert_non_null(recorder);
	record_text(recorder, META);
	record_text(recorder, POOL);
	return recorder;
}

static void finish(struct fixture *fixture, struct recorder *recorder)
{
	record_text(recorder, WINDOW);
	assert_int_equal(recorder_close(recorder, 1234), 0);
	if (play(fixture))
		fail_msg("refused: %s", fixture->why);
	session_finish(fixture->session);
}

static uint64_t found(const struct fixture *fixture, enum model_check check)
{
	return fixture->session->findings[check].count;
}

/* Number of the replay's own losses, and that the verdict minds them. */
static uint64_t replay_losses(struct fixture *fixture)
{
	uint64_t count = 0;
	struct verdict verdict;
	size_t i;

	for (i = 0; i < fixture->session->losses.count; i++)
		count += fixture->session->losses.items[i].count;
	assert_int_equal(verdict_reach(fixture->session, &verdict), 0);
	if (count)
		assert_int_not_equal(verdict.code, EXIT_PASS);
	verdict_clear(&verdict);
	return count;
}

static void round_trip(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;
	uint32_t i;

	for (i = 0; i < 300; i++) {
		event = step(&word, i % 2 ? EVENT_RELEASE : EVENT_HOLD, i / 2);
		recorder_event(recorder, &event);
	}
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 0);
	assert_int_equal(f->session->pool_count, 1);
	assert_int_equal(f->session->pools[0]->conclusive, 10);
	assert_int_equal(f->session->duration_ms, 1234);
}

static void violations_come_from_the_model(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;
	uint32_t i;

	for (i = 1; i <= 3; i++) {
		event = step(&word, EVENT_HOLD, i);
		recorder_event(recorder, &event);
	}
	finish(f, recorder);
	assert_int_equal(found(f, CHECK_hold_twice), 2);
	assert_int_equal(replay_losses(f), 0);
}

/* Two net_iovs and a page, by names of their own; evidence has the same. */
static void net_iovs_keep_their_names(void **state)
{
	static const uint64_t frames[] = { 4096, NET_IOV, NET_IOV + 64 };
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	uint64_t words[3] = {};
	struct event_record event;
	uint32_t i;

	for (i = 0; i < 6; i++) {
		event = step(&words[i % 3], EVENT_HOLD, i);
		event.frame = frames[i % 3];
		if (i != 3 && i != 5)
			recorder_event(recorder, &event);
	}
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 0);
	/* of a net_iov it is suspected only: by its name it is told apart */
	assert_int_equal(found(f, CHECK_hold_twice), 0);
	assert_int_equal(f->session->unproven[CHECK_hold_twice], 1);
}

/* The kernel's evidence is the richer one, and both are one violation. */
static void recorded_evidence_counts_once(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;

	event = step(&word, EVENT_HOLD, 1);
	recorder_event(recorder, &event);
	event = step(&word, EVENT_HOLD, 2);
	recorder_event(recorder, &event);
	record_text(recorder, WINDOW);
	record_text(recorder,
		    "{\"t\":\"evidence\",\"check\":\"hold_twice\",\"slot\":1,"
		    "\"life\":1,\"key\":\"hold_twice:1:1:4096:2\",\"pid\":9}");
	finish(f, recorder);
	assert_int_equal(found(f, CHECK_hold_twice), 1);
	assert_int_equal(f->session->findings[CHECK_hold_twice].evidence.pid,
			 9);
}

/* A page's way through the pool and back, as the function tier sees it. */
static void hand_outs_and_returns_replay(void **state)
{
	static const enum model_event way[] = {
		EVENT_HOLD,	 EVENT_ALLOC, EVENT_PUT,       EVENT_PUT_RING,
		EVENT_ALLOC,	 EVENT_PUT,   EVENT_PUT_CACHE, EVENT_ALLOC,
		EVENT_SEEN_HELD, EVENT_PUT,   EVENT_LOST,      EVENT_PUT,
		EVENT_RELEASE,
	};
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;
	size_t i, n = sizeof(way) / sizeof(*way);

	/* Time goes on: each hand-out sets the page's age. */
	for (i = 0; i < 100 * n; i++) {
		event = step_at(&word, way[i % n], i, i);
		recorder_event(recorder, &event);
	}
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 0);
	assert_int_equal(f->session->suspicion_count, 0);
	for (i = 0; i < CHECK_COUNT; i++) {
		assert_int_equal(found(f, i), 0);
		assert_int_equal(f->session->unproven[i], 0);
	}
}

/* What the recording has no proof of was not proven when it was made. */
static void hand_outs_and_returns_are_history(void **state)
{
	static const struct {
		enum model_event before, event;
		enum model_check check;
	} wrong[] = {
		{ EVENT_ALLOC, EVENT_ALLOC, CHECK_handed_out_twice },
		{ EVENT_PUT, EVENT_PUT, CHECK_put_while_pooled },
		{ EVENT_PUT_RING, EVENT_PUT, CHECK_put_while_pooled },
		{ EVENT_PUT_CACHE, EVENT_PUT_RING, CHECK_put_while_pooled },
		{ EVENT_PUT_RING, EVENT_PUT_CACHE, CHECK_put_while_pooled },
		{ EVENT_RELEASE, EVENT_PUT, CHECK_release_not_held },
		{ EVENT_RELEASE, EVENT_PUT_RING, CHECK_release_not_held },
	};
	struct fixture *f = *state;
	struct event_record event;
	struct recorder *recorder;
	struct verdict verdict;
	uint64_t word;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		session_free(f->session);
		f->session = session_new();
		recorder = begin(f);
		word = 0;
		event = step(&word, EVENT_HOLD, 1);
		recorder_event(recorder, &event);
		event = step(&word, wrong[i].before, 0);
		recorder_event(recorder, &event);
		event = step(&word, wrong[i].event, 0);
		assert_int_equal(event.check, wrong[i].check);
		recorder_event(recorder, &event);
		finish(f, recorder);
		assert_int_equal(replay_losses(f), 0);
		assert_int_equal(found(f, wrong[i].check), 0);
		assert_int_equal(f->session->unproven[wrong[i].check], 1);
		verdict_reach(f->session, &verdict);
		assert_int_equal(verdict.code, EXIT_INCONCLUSIVE);
		verdict_clear(&verdict);
	}
}

/* The kernel's evidence names the page's generation: they have no number. */
static void recorded_proof_counts_once(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	char text[256];
	uint64_t word = 0;
	int i;

	for (i = 0; i < 2; i++) {
		event = step(&word, i ? EVENT_ALLOC : EVENT_HOLD, i);
		recorder_event(recorder, &event);
	}
	/* Twice more: the first is proven, the second is history. */
	for (i = 0; i < 2; i++) {
		event = step(&word, EVENT_ALLOC, 0);
		recorder_event(recorder, &event);
		snprintf(
			text, sizeof(text),
			"{\"t\":\"evidence\",\"check\":\"handed_out_twice\","
			"\"slot\":1,\"life\":1,\"frame\":4096,\"pid\":9,"
			"\"key\":\"handed_out_twice:1:1:4096:%u\",\"%s\":true}",
			word_page_gen(event.before), i ? "history" : "direct");
		record_text(recorder, text);
	}
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 0);
	assert_int_equal(found(f, CHECK_handed_out_twice), 2);
	assert_int_equal(f->session->unproven[CHECK_handed_out_twice], 0);
	assert_int_equal(
		f->session->findings[CHECK_handed_out_twice].evidence.pid, 9);
}

/* Beyond the evidence slots: the proven one speaks for it. */
static void unstored_history_is_proven_by_another(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;
	int i;

	for (i = 0; i < 3; i++) {
		event = step(&word, i ? EVENT_ALLOC : EVENT_HOLD, i);
		recorder_event(recorder, &event);
	}
	record_text(recorder,
		    "{\"t\":\"evidence\",\"check\":\"put_while_pooled\","
		    "\"slot\":1,\"life\":1,\"frame\":4096,\"direct\":true}");
	finish(f, recorder);
	assert_int_equal(found(f, CHECK_handed_out_twice), 1);
	assert_int_equal(found(f, CHECK_put_while_pooled), 1);
}

static void swapped_events_find_their_order(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record events[40];
	uint64_t word = 0;
	int i;

	/* Ten a block, and each block backwards. */
	for (i = 0; i < 40; i++)
		events[i] = step(&word, i % 2 ? EVENT_RELEASE : EVENT_HOLD, i);
	for (i = 0; i < 40; i++)
		recorder_event(recorder, &events[i / 10 * 10 + 9 - i % 10]);
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 0);
	assert_int_equal(found(f, CHECK_hold_twice), 0);
	assert_int_equal(found(f, CHECK_release_not_held), 0);
}

static void a_missing_event_is_one_loss(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;
	int i;

	for (i = 0; i < 400; i++) {
		event = step(&word, i % 2 ? EVENT_RELEASE : EVENT_HOLD, i);
		if (i != 100)
			recorder_event(recorder, &event);
	}
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 1);
	assert_int_equal(found(f, CHECK_release_not_held), 0);
}

static void an_event_left_over_is_a_loss(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;

	step(&word, EVENT_HOLD, 1);
	event = step(&word, EVENT_RELEASE, 1);
	recorder_event(recorder, &event);
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 1);
}

static void a_tampered_word_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;

	event = step(&word, EVENT_HOLD, 1);
	event.after = word_make(STATE_OUT, SLOT, GEN, 1, 77);
	recorder_event(recorder, &event);
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 1);
}

static void a_tampered_check_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct recorder *recorder = begin(f);
	struct event_record event;
	uint64_t word = 0;

	event = step(&word, EVENT_HOLD, 1);
	recorder_event(recorder, &event);
	event = step(&word, EVENT_HOLD, 2);
	event.check = CHECK_NONE;
	recorder_event(recorder, &event);
	event = step(&word, EVENT_RELEASE, 2);
	event.check = CHECK_release_not_held;
	recorder_event(recorder, &event);
	finish(f, recorder);
	assert_int_equal(replay_losses(f), 2);
	assert_int_equal(found(f, CHECK_hold_twice), 0);
	assert_int_equal(found(f, CHECK_release_not_held), 0);
}

static void a_truncated_file_is_refused(void **state)
{
	static const char whole[] = META POOL WINDOW END(3);
	struct fixture *f = *state;
	size_t size;

	write_text(f, whole);
	assert_int_equal(play(f), 0);
	/* Every shorter file is refused, wherever the cut is. */
	for (size = 0; size < sizeof(whole) - 1; size++) {
		write_bytes(f, whole, size);
		if (play(f) >= 0)
			fail_msg("%zu bytes of %zu were taken", size,
				 sizeof(whole) - 1);
	}
	write_bytes(f, whole, sizeof(whole) - 20);
	refused(f, "line 4: ends in the middle");
	write_text(f, META POOL);
	refused(f, "truncated");
	write_text(f, "");
	refused(f, "empty");
	assert_int_equal(f->session->pool_count, 1);
}

static void lines_that_are_missing_or_too_many(void **state)
{
	struct fixture *f = *state;

	write_text(f, META POOL END(3));
	refused(f, "line 3: 2 lines before the end, but 3 were recorded");
	write_text(f, META POOL END(2) POOL);
	refused(f, "line 4: comes after the end");
	write_text(f, META "{\"t\":\"end\"}\n");
	refused(f, "line 2: end without");
	write_text(f, META META END(2));
	refused(f, "line 2: second 'meta'");
}

static void another_version_is_named(void **state)
{
	struct fixture *f = *state;

	write_text(f, "{\"t\":\"meta\",\"schema\":\"netmem-check/2\"}\n"
		      "[\"from the future\"]\n" END(2));
	refused(f, "'netmem-check/2', this program reads 'netmem-check/1'");
}

static void random_bytes_are_refused(void **state)
{
	struct fixture *f = *state;
	unsigned char bytes[4096];
	unsigned int seed = 1;
	size_t i;
	int run;

	for (run = 0; run < 200; run++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = rand_r(&seed) >> 8;
		write_bytes(f, bytes, 1 + rand_r(&seed) % sizeof(bytes));
		assert_true(play(f) < 0);
	}
	/* Nothing in the message may drive a terminal. */
	for (i = 0; f->why[i]; i++)
		assert_true(f->why[i] >= ' ' && f->why[i] < 0x7f);
	memset(bytes, 0, sizeof(bytes));
	write_bytes(f, bytes, sizeof(bytes));
	assert_true(play(f) < 0);
	assert_int_equal(f->session->pool_count, 0);
}

/* One byte of a good file turned: refused or taken, but never a crash. */
static void damaged_bytes_do_no_harm(void **state)
{
	static const char whole[] = META POOL
		"[\"HOLD\",1,1,4096,1,\"0\",\"10000000a00d\",5,\"\"]\n" END(3);
	struct fixture *f = *state;
	char damaged[sizeof(whole)];
	size_t i;
	int bit;

	for (i = 0; i < sizeof(whole) - 1; i++) {
		for (bit = 0; bit < 8; bit++) {
			memcpy(damaged, whole, sizeof(whole));
			damaged[i] ^= 1 << bit;
			write_bytes(f, damaged, sizeof(whole) - 1);
			session_free(f->session);
			f->session = session_new();
			play(f);
		}
	}
}

static void bad_lines_are_named(void **state)
{
	static const struct {
		const char *line, *words;
	} bad[] = {
		{ "[\"HOLD\",1,1,4096,1,\"0\",\"1\",5]\n",
		  "line 2: not an event" },
		{ "[\"hold\",1,1,4096,1,\"0\",\"1\",5,\"\"]\n",
		  "line 2: not an event" },
		{ "[\"HOLD\",4096,1,4096,1,\"0\",\"1\",5,\"\"]\n",
		  "line 2: not an event" },
		{ "[\"HOLD\",-1,1,4096,1,\"0\",\"1\",5,\"\"]\n",
		  "line 2: not an event" },
		{ "[\"HOLD\",1,1,4096,1,\"0\",\"1\",5,\"no_check\"]\n",
		  "line 2: not an event" },
		{ "[\"HOLD\",1,1,4096,1,\"0\",\"1\",5,\"\"] x\n",
		  "line 2: not an event" },
		{ "[\"HOLD\",1,1,18446612682120003585,1,\"0\",\"1\",5,\"\"]\n",
		  "line 2: not an event" },
		{ "[\"HOLD\",1,1,\"1000\",1,\"0\",\"1\",5,\"\"]\n",
		  "line 2: not an event" },
		{ "[\"HOLD\",1,1,\"ffff888104c1d001,1,\"0\",\"1\",5,\"\"]\n",
		  "line 2: not an event" },
		{ "{\"t\":\"window\",\"slot\":9}\n",
		  "line 2: not a fact: window: member 'life' is missing" },
		{ "{\"t\":\"note\",\"text\":1}\n",
		  "line 2: not a fact: note: member 'text' is of a wrong type" },
		{ "{\"t\":\"frobnicate\"}\n",
		  "line 2: not a fact: 'frobnicate' is no type of fact" },
		{ WINDOW, "line 2: 'window' contradicts what came before it" },
		{ "{\"a\":1}\n", "line 2: not a fact: it has no type" },
		{ "hello\n", "line 2: not a recording" },
		{ "\n", "line 2: not a recording" },
	};
	struct fixture *f = *state;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), META "%s" END(2), bad[i].line);
		write_text(f, text);
		session_free(f->session);
		f->session = session_new();
		refused(f, bad[i].words);
	}
	write_text(f, "[1]\n" END(1));
	refused(f, "line 1: not a fact");
	write_text(f, POOL END(1));
	refused(f, "line 1: not a recording: no 'meta'");
}

static void files_that_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	struct fact_sink sink = session_sink(f->session);

	assert_int_equal(replay("/no/such/file", sink, f->why, sizeof(f->why)),
			 -ENOENT);
	assert_true(replay("/tmp", sink, f->why, sizeof(f->why)) < 0);
	assert_true(replay("/dev/zero", sink, f->why, sizeof(f->why)) < 0);
}

static void a_full_disk_is_reported(void **state)
{
	struct event_record event;
	struct recorder *recorder;
	uint64_t word = 0;
	int err, i;

	(void)state;
	recorder = recorder_open("/dev/full", &err);
	assert_non_null(recorder);
	for (i = 0; i < 100000; i++) {
		event = step(&word, EVENT_HOLD, i);
		recorder_event(recorder, &event);
	}
	assert_int_equal(recorder_close(recorder, 1), -ENOSPC);
	/* The same when all of it waited in the buffer. */
	recorder = recorder_open("/dev/full", &err);
	assert_int_equal(recorder_close(recorder, 1), -ENOSPC);
	assert_null(recorder_open("/no/such/dir/file", &err));
	assert_int_equal(err, -ENOENT);
	assert_int_equal(recorder_close(NULL, 1), 0);
}

static void an_abandoned_recording_is_not_complete(void **state)
{
	struct fixture *f = *state;
	char partial[80];
	glob_t found;

	snprintf(partial, sizeof(partial), "%s.partial-??????", f->path);
	recorder_discard(begin(f));
	assert_int_equal(glob(partial, 0, NULL, &found), GLOB_NOMATCH);
	recorder_abandon(begin(f));
	refused(f, "empty");
	assert_int_equal(glob(partial, 0, NULL, &found), 0);
	assert_int_equal(rename(found.gl_pathv[0], f->path), 0);
	globfree(&found);
	refused(f, "truncated");
	recorder_abandon(NULL);
	recorder_discard(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(round_trip),
		TEST(violations_come_from_the_model),
		TEST(net_iovs_keep_their_names),
		TEST(recorded_evidence_counts_once),
		TEST(hand_outs_and_returns_replay),
		TEST(hand_outs_and_returns_are_history),
		TEST(recorded_proof_counts_once),
		TEST(unstored_history_is_proven_by_another),
		TEST(swapped_events_find_their_order),
		TEST(a_missing_event_is_one_loss),
		TEST(an_event_left_over_is_a_loss),
		TEST(a_tampered_word_is_noticed),
		TEST(a_tampered_check_is_noticed),
		TEST(a_truncated_file_is_refused),
		TEST(lines_that_are_missing_or_too_many),
		TEST(another_version_is_named),
		TEST(random_bytes_are_refused),
		TEST(damaged_bytes_do_no_harm),
		TEST(bad_lines_are_named),
		TEST(files_that_cannot_be_read),
		TEST(a_full_disk_is_reported),
		TEST(an_abandoned_recording_is_not_complete),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
