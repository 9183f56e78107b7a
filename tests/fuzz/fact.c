// SPDX-License-Identifier: GPL-2.0
/* One line of a recording as a fact or an event, and what is written of it. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/mutate.h"
#include "user/collect/recording.h"

static json_t *again(json_t *json)
{
	char why[160] = "";
	struct fact fact;
	json_t *encoded;

	MUST(!fact_from_json(json, &fact, why, sizeof(why)));
	encoded = fact_to_json(&fact);
	MUST(encoded);
	fact_clear(fact.type, &fact.has);
	return encoded;
}

/* What is written of it is a fact, and the same one. */
static void must_return(const struct fact *fact)
{
	json_t *first = fact_to_json(fact), *second;
	struct fact copy = { .type = fact->type }, text;

	MUST(first);
	second = again(first);
	MUST(json_equal(first, second));
	MUST(!fact_copy(fact->type, &copy.has, &fact->has));
	json_decref(second);
	second = fact_to_json(&copy);
	MUST(json_equal(first, second));
	fact_clear(copy.type, &copy.has);
	if (fact_to_text(&text, fact) == 1)
		fact_clear(text.type, &text.has);
	json_decref(first);
	json_decref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char meta[] = "{\"t\":\"meta\",\"schema\":\"" FACTS_SCHEMA
				   "\"}\n";
	struct recording *recording;
	struct line line;
	char why[160];
	int got;

	MUST(!recording_open(file_of(meta, strlen(meta), data, size),
			     &recording, why, sizeof(why)));
	while ((got = recording_read(recording, &line, false)) > 0) {
		if (line.kind == LINE_FACT) {
			must_return(&line.fact);
			fact_clear(line.fact.type, &line.fact.has);
		} else {
			MUST(line.event.event < EVENT_COUNT &&
			     line.event.check < CHECK_COUNT &&
			     line.event.slot < SLOT_COUNT);
		}
	}
	MUST(!got || why[0]);
	recording_close(recording);
	return 0;
}
