// SPDX-License-Identifier: GPL-2.0
/* When a search ends before it has gone through all memory. */
#include <unistd.h>

#include "user/holders/search.h"
#include "user/util/testing.h"
#include "user/util/util.h"

#define STEPS_A_QUESTION 64 /* of whether it is to end */

bool search_is_over(struct search *search)
{
	const struct search_request *request = search->request;
	unsigned int share = search->done * 100 / search->all;
	uint64_t took_ms, pause_us = 0;

	if (search->steps++ % STEPS_A_QUESTION)
		return false;
	if (testing_limit("search-pause", &pause_us))
		usleep(pause_us);
	took_ms = (now_ns() - search->begun_ns) / 1000000;
	if (request->progress)
		request->progress(request->data, search->done, search->all);
	if (request->is_cut && request->is_cut(request->data))
		sweep_is_not_whole(search->sweep,
				   "a signal ended it at %u%% of memory",
				   share);
	else if (took_ms >= request->longest_ms)
		sweep_is_not_whole(search->sweep,
				   "its time limit ended it at %u%% of memory",
				   share);
	else
		return false;
	return true;
}
