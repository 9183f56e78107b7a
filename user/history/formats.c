// SPDX-License-Identifier: GPL-2.0
/* The formats of a store, by the names that those of a session have. */
#include <errno.h>
#include <string.h>

#include "user/history/history.h"
#include "user/util/util.h"

int history_write(FILE *to, const struct history *history, const char *format)
{
	static const struct {
		const char *name;
		int (*write)(FILE *to, const struct history *history);
	} formats[] = {
		{ "text", history_write_text },
		{ "json", history_write_json },
		{ "ktap", history_write_ktap },
		{ "html", history_write_html },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(formats); i++)
		if (!strcmp(formats[i].name, format))
			return formats[i].write(to, history);
	return -EINVAL;
}
