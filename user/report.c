// SPDX-License-Identifier: GPL-2.0
/* The formats of the report. */
#include <string.h>

#include "user/report.h"

const struct report_format report_formats[] = {
	{ "text", "for people", report_text, report_probe },
	{ "json", "stable, documented in docs/json.md", report_json,
	  report_probe_json },
	{ "ktap", "the kernel's format of test results", report_ktap, NULL },
	{ "html", "a page to look at, in one file", report_html, NULL },
	{ "tap", "for prove, kselftest and NIPA (docs/ci.md)", report_tap,
	  NULL },
	{}
};

const struct report_format *report_format(const char *name)
{
	const struct report_format *format;

	for (format = report_formats; format->name; format++)
		if (!strcmp(format->name, name))
			return format;
	return NULL;
}
