// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/util/util.h"
#include "user/util/when.h"

/* "", "Z", "+01:00": what local time is ahead of UTC. */
static int parse_zone(const char *text, int64_t *ahead)
{
	static const char digits[] = "0123456789";
	int hours, minutes;

	*ahead = 0;
	if (!*text || !strcmp(text, "Z") || !strcmp(text, "z"))
		return 0;
	/* Numbers of scanf() may have blanks and signs. */
	if (strlen(text) != 6 || !strchr("+-", *text) ||
	    strspn(text + 1, digits) != 2 || text[3] != ':' ||
	    strspn(text + 4, digits) != 2)
		return -EINVAL;
	hours = atoi(text + 1);
	minutes = atoi(text + 4);
	if (hours > 23 || minutes > 59)
		return -EINVAL;
	*ahead = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}

/* strptime() without the blanks that it takes before each number */
static const char *parse_numbers(const char *text, const char *format,
				 char separator, struct tm *time)
{
	const char *end = strptime(text, format, time), *at;

	for (at = text; end && at < end; at++)
		if (*at != separator && (*at < '0' || *at > '9'))
			return NULL;
	return end;
}

/* The time of day behind a date; what follows it is the zone. */
static const char *parse_clock(const char *text, struct tm *time)
{
	const char *end;

	if (!strchr("Tt ", *text))
		return NULL;
	end = parse_numbers(text + 1, "%H:%M:%S", ':', time);
	if (!end)
		end = parse_numbers(text + 1, "%H:%M", ':', time);
	/* A part of a second is less than what is kept. */
	if (end && *end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	return end;
}

int when_parse(const char *text, int64_t now, int64_t *seconds)
{
	struct tm time = {}, given;
	const char *end;
	int64_t ahead;
	uint64_t ms;

	if (!strcmp(text, "now")) {
		*seconds = now;
		return 0;
	}
	if (*text == '-') {
		if (parse_time(text + 1, &ms))
			return -EINVAL;
		*seconds = now - (int64_t)(ms / 1000);
		return 0;
	}
	end = parse_numbers(text, "%Y-%m-%d", '-', &time);
	if (end && *end)
		end = parse_clock(end, &time);
	if (!end || parse_zone(end, &ahead))
		return -EINVAL;
	given = time;
	*seconds = timegm(&time) - ahead;
	/* There is no 31st of November. */
	return time.tm_mday == given.tm_mday ? 0 : -EINVAL;
}

const char *when_text(int64_t seconds, char *text, size_t size)
{
	time_t at = seconds;
	struct tm time;

	if (!gmtime_r(&at, &time) ||
	    !strftime(text, size, "%Y-%m-%d %H:%M:%S", &time))
		snprintf(text, size, "%lld", (long long)seconds);
	return text;
}
