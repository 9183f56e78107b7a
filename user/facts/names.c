// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "user/facts/names.h"

#define NAME(name, text) text,

const char *pool_state_name(enum pool_state state)
{
	static const char *const names[] = { POOL_STATES(NAME) };

	return names[state];
}

const char *closed_name(enum closed_result result)
{
	static const char *const names[] = { CLOSED_RESULTS(NAME) };

	return names[result];
}

const char *loss_name(enum loss_kind loss)
{
	static const char *const names[] = { LOSSES(NAME) };

	return names[loss];
}

const char *holder_kind_name(enum holder_kind kind)
{
	static const char *const names[] = { HOLDER_KINDS(NAME) };

	return names[kind];
}

const char *sureness_name(enum sureness sureness)
{
	static const char *const names[] = { SURENESSES(NAME) };

	return names[sureness];
}

const char *container_kind_name(enum container_kind kind)
{
	static const char *const names[] = { CONTAINER_KINDS(NAME) };

	return names[kind];
}

const char *reference_kind_name(enum reference_kind kind)
{
	static const char *const names[] = { REFERENCE_KINDS(NAME) };

	return names[kind];
}

const char *xdp_verdict_name(enum xdp_verdict verdict)
{
	static const char *const names[] = { XDP_VERDICTS(NAME) };

	return names[verdict];
}

const char *xdp_mode_name(enum xdp_mode mode)
{
	static const char *const names[] = { XDP_MODES(NAME) };

	return names[mode];
}

const char *entry_place_name(enum entry_place place)
{
	static const char *const names[] = { ENTRY_PLACES(NAME) };

	return names[place];
}

const char *mark_state_name(enum mark_state mark)
{
	static const char *const names[] = { MARK_STATES(NAME) };

	return names[mark];
}

const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = { CONFIDENCES(NAME) };

	return names[confidence];
}

#define CUT_NAMES(name, code, text) { code, text },
static const struct {
	const char *code, *text;
} cut_steps[] = { CUT_STEPS(CUT_NAMES) };
#undef CUT_NAMES

const char *cut_step_code(enum cut_step step)
{
	return cut_steps[step].code;
}

const char *cut_step_text(const char *code)
{
	int step;

	for (step = 0; step < CUT_STEP_COUNT; step++)
		if (!strcmp(cut_steps[step].code, code))
			return cut_steps[step].text;
	return code;
}

const char *holder_place_code(enum holder_place place)
{
	static const char *const codes[] = {
#define HOLDER_PLACE(id, code, text) code,
		HOLDER_PLACES(HOLDER_PLACE)
#undef HOLDER_PLACE
	};

	return codes[place];
}

const char *holder_place_text(enum holder_place place)
{
	static const char *const texts[] = {
#define HOLDER_PLACE(id, code, text) text,
		HOLDER_PLACES(HOLDER_PLACE)
#undef HOLDER_PLACE
	};

	return texts[place];
}
