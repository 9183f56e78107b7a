// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "model/audit.h"
#include "user/collect/audit_agree.h"

static int compare_entry(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Does the same entry stand twice? */
static bool is_duplicate(const uint64_t *sorted, size_t count, uint64_t entry)
{
	const uint64_t *found =
		bsearch(&entry, sorted, count, sizeof(*sorted), compare_entry);

	return found && ((found > sorted && found[-1] == entry) ||
			 (found + 1 < sorted + count && found[1] == entry));
}

static uint64_t *sort_entries(const struct audit_entries *entries)
{
	uint64_t *sorted = calloc(entries->count + 1, sizeof(*sorted));
	uint32_t i;

	if (!sorted)
		return NULL;
	for (i = 0; i < entries->count; i++)
		sorted[i] = entries->pages[i].entry;
	qsort(sorted, entries->count, sizeof(*sorted), compare_entry);
	return sorted;
}

static enum model_check judge(const struct audit_entries *entries,
			      const uint64_t *sorted, uint32_t i, uint64_t pool,
			      bool has_mark)
{
	enum model_check check;

	if (is_duplicate(sorted, entries->count, entries->pages[i].entry))
		return CHECK_pool_duplicate;
	check = audit_entry(&entries->pages[i], pool, has_mark);
	if (check == CHECK_NONE && entries->states)
		check = audit_state(entries->states[i]);
	return check;
}

static void add_suspicion(struct audit_result *result, enum model_check check,
			  const struct audit_entries *entries, uint32_t i)
{
	result->confirmed[check]++;
	if (result->suspicion_count >= AUDIT_SUSPICIONS)
		return;
	result->suspicions[result->suspicion_count++] = (struct audit_suspicion){
		.check = check,
		.index = entries->index[i],
		.page = entries->pages[i],
		.state = entries->states ? entries->states[i] : STATE_UNKNOWN,
	};
}

int audit_agree(const struct audit_entries *first,
		const struct audit_entries *second, bool has_mark,
		struct audit_result *result)
{
	uint64_t *sorted_first = sort_entries(first);
	uint64_t *sorted_second = sort_entries(second);
	enum model_check check;
	uint32_t i;
	int err = 0;

	if (!sorted_first || !sorted_second) {
		err = -ENOMEM;
		goto free;
	}
	for (i = 0; i < first->count && i < second->count; i++) {
		if (first->pages[i].entry != second->pages[i].entry ||
		    first->index[i] != second->index[i])
			continue;
		check = judge(first, sorted_first, i, result->look.pool,
			      has_mark);
		if (check == CHECK_NONE ||
		    check != judge(second, sorted_second, i, result->look.pool,
				   has_mark))
			continue;
		if (check == CHECK_pooled_while_out &&
		    first->states[i] != second->states[i])
			continue;
		add_suspicion(result, check, second, i);
	}
free:
	free(sorted_first);
	free(sorted_second);
	return err;
}
