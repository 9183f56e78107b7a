// SPDX-License-Identifier: GPL-2.0
/*
 * Where a finding points to: what is true of its check in general, unless the
 * evidence shows that it would name somebody who only came upon it.
 */
#include <string.h>

#include "model/records.h"
#include "user/report.h"
#include "user/util/util.h"

/* Does a symbol with its offset ("name+0x10", "name.part.0+0x10") name it? */
static bool is_function(const char *symbol, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(symbol, name, length) &&
	       (!symbol[length] || symbol[length] == '+' ||
		symbol[length] == '.');
}

/* Of the functions that give back what is in a pool when it ends. */
static bool is_of_teardown(const char *symbol)
{
	static const char *const names[] = { "page_pool_destroy",
					     "page_pool_release",
					     "page_pool_release_retry",
					     "page_pool_scrub" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (is_function(symbol, names[i]))
			return true;
	return false;
}

bool finding_is_at_teardown(const struct finding *finding)
{
	const struct strings *stack = &finding->evidence.stack;
	size_t i;

	for (i = 0; i < stack->count; i++)
		if (is_of_teardown(stack->items[i]))
			return true;
	return false;
}

/* A page that was in the pool once too often, and shows so when that ends. */
static bool shows_late(const struct finding *finding)
{
	return (finding->check == CHECK_release_not_held ||
		finding->check == CHECK_release_wrong_pool) &&
	       finding_is_at_teardown(finding);
}

/*
 * By its last event the page came back, and yet it is nowhere. Where allocations
 * were missed it may have gone out again.
 */
static bool is_lost_by_pool(const struct session *session,
			    const struct finding *finding)
{
	const struct pool *pool = finding_pool(session, finding);

	return finding->check == CHECK_leaked && pool && !pool->flow.lost &&
	       state_is_pooled(finding->evidence.state);
}

/* The pool had met each of its pages, and this one not. */
static bool is_of_stranger(const struct finding *finding)
{
	return finding->check == CHECK_release_not_held &&
	       finding->evidence.state == STATE_UNKNOWN;
}

const char *finding_causes(const struct session *session,
			   const struct finding *finding)
{
	if (is_lost_by_pool(session, finding))
		return "The page was put, and is neither in the pool's cache nor in its ring: the page pool's own return path lost it (a bulk, a full ring), or a put that could not be seen to fail. The code that put it did its part.";
	if (is_of_stranger(finding))
		return "The page never entered the pool, which was watched from its first page on and lost no event: a page that the driver allocated by itself, or not the first page of a compound page (a tail page: virt_to_page() where virt_to_head_page() is needed).";
	if (shows_late(finding) && finding->check == CHECK_release_not_held)
		return "The page was returned twice, or handed out twice, earlier: it was in the pool twice, and the pool's end gives both back. Neither the stack nor the process is the cause: they took the device or its program down.";
	if (shows_late(finding))
		return "The page was put into this pool earlier, though it is another one's. Neither the stack nor the process is the cause: they took the device or its program down.";
	return check_infos[finding->check].causes;
}

const char *finding_next(const struct session *session,
			 const struct finding *finding)
{
	if (is_lost_by_pool(session, finding))
		return "Look at page_pool's path behind the last put (\"returned\" in the report has its stack): the bulk return, and what it does with what the ring does not take.";
	if (is_of_stranger(finding))
		return "The stack is that of the code that gave the page away. Look where it has the page from: only what page_pool_alloc_pages() and its relatives returned, and the head of that, may go back.";
	if (shows_late(finding))
		return "Run again with the function tier (--tier function): it reports the wrong put when it happens, with its stack. Where that does not run, shorten the watch, and audit the pool (netmem-check audit) after each step of the traffic: pool_duplicate or pool_foreign shows which step it is.";
	return check_infos[finding->check].next;
}
