// SPDX-License-Identifier: GPL-2.0
/* The way of a fact to the sink and the recorder, and facts that many emit. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/collect/live.h"
#include "user/util/util.h"

void live_fail(struct live *live, int err)
{
	if (!err || live->error)
		return;
	live->error = err;
	pr_error("what was seen is not complete: %s", error_text(err));
}

void live_emit(struct live *live, struct fact *fact)
{
	struct fact text;
	int err, made;

	fact_complete(fact->type, &fact->has);
	made = fact_to_text(&text, fact);
	if (made < 0) {
		live_fail(live, made);
		return;
	}
	if (made)
		fact = &text;
	err = live->sink.take(live->sink.to, fact);
	if (err && !live->error)
		pr_error("internal: a fact of type '%s' was refused: %s",
			 fact_infos[fact->type].name, error_text(err));
	live_fail(live, err);
	if (live->recorder)
		recorder_fact(live->recorder, fact);
	if (made)
		fact_clear(text.type, &text.has);
}

void live_emit_note(struct live *live, enum note_code code, const char *format,
		    ...)
{
	struct fact fact = { .type = FACT_note };
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		live_fail(live, -ENOMEM);
		return;
	}
	fact_set(&fact.note, note, code, code);
	fact.note.text = text;
	live_emit(live, &fact);
	free(text);
}

void live_emit_blind(struct live *live, enum model_check check,
		     enum blind_code code, const char *why)
{
	struct fact fact = { .type = FACT_blind };

	fact.blind.check = check;
	fact_set(&fact.blind, blind, code, code);
	fact.blind.why = why;
	live_emit(live, &fact);
}

void live_emit_loss(struct live *live, enum loss_kind what, uint64_t count,
		    const char *why)
{
	struct fact fact = { .type = FACT_loss };

	if (!count)
		return;
	fact.loss.what = what;
	fact.loss.count = count;
	fact.loss.why = why;
	live_emit(live, &fact);
}
