// SPDX-License-Identifier: GPL-2.0
/* Two JSON reports, a line each, read and compared as by `diff`. */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/mutate.h"
#include "user/diff/compare.h"

static bool load(struct summary *summary, const char *text, size_t size)
{
	char why[512] = "";

	if (!summary_load(summary, file_of(text, size, "", 0), why,
			  sizeof(why)))
		return true;
	MUST(why[0]);
	return false;
}

static void compare(const struct summary *a, const struct summary *b)
{
	struct diff diff = {};
	char *text = NULL, *dump;
	size_t size = 0;
	json_t *json;
	FILE *file;

	MUST(!diff_compare(&diff, a, b, 0.05));
	MUST(diff.exit_code == EXIT_PASS || diff.exit_code == EXIT_FAIL ||
	     diff.exit_code == EXIT_INCONCLUSIVE);
	file = open_memstream(&text, &size);
	MUST(file && !report_diff(file, &diff));
	fclose(file);
	must_be_clean(text, size);
	json = report_diff_json(&diff);
	dump = json_dumps(json, 0);
	MUST(dump);
	free(dump);
	json_decref(json);
	free(text);
	diff_clear(&diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end;
	struct summary a = {}, b = {};
	size_t length;

	end = size ? memchr(data, '\n', size) : NULL;
	length = end ? (size_t)(end - text) : size;
	if (load(&a, text, length)) {
		if (end && load(&b, end + 1, size - length - 1)) {
			compare(&a, &b);
			compare(&b, &a);
		}
		compare(&a, &a);
	}
	summary_clear(&a);
	summary_clear(&b);
	return 0;
}
