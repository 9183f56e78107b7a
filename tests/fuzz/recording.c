// SPDX-License-Identifier: GPL-2.0
/* A recording, from its lines to the verdict and all reports. */
#include "tests/fuzz/fuzz.h"

#define MEND_END
#include "tests/fuzz/mutate.h"
#include "user/cmd/filtered.h"
#include "user/collect/replay.h"

static void must_be_reason(const char *why)
{
	MUST(why[0]);
	must_be_clean(why, strlen(why));
}

/* As `report -i eth0 --queue 0 --expect ...` does it. */
static void replay_asked(const char *path)
{
	static char device[] = "eth0", expectation[] = "eth0:recycled>=50%",
		    another[] = "out<=64";
	char *devices[] = { device }, *expect[] = { expectation, another };
	const struct strings asked = { devices, 1 }, expected = { expect, 2 };
	struct filtered filtered = { .devices = &asked,
				     .filter.queue = { true, 0 } };
	struct session *session = session_new();
	char why[512] = "";

	MUST(session);
	MUST(!replay(path, filtered_learn(&filtered), why, sizeof(why)));
	if (!filtered_check(&filtered) &&
	    !replay(path, filtered_sink(&filtered, session_sink(session)), why,
		    sizeof(why))) {
		MUST(!session_expect(session, &expected));
		judge_and_report(session);
	}
	filtered_clear(&filtered);
	session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = file_of(data, size, "", 0);
	struct session *session = session_new();
	char why[512] = "";

	MUST(session);
	if (replay(path, session_sink(session), why, sizeof(why))) {
		must_be_reason(why);
	} else {
		judge_and_report(session);
		replay_asked(path);
	}
	session_free(session);
	return 0;
}
