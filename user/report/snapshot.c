// SPDX-License-Identifier: GPL-2.0
/* The reports of audit and holders: one look at a system, for people. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/report.h"
#include "user/report/text.h"
#include "user/util/util.h"

/* The device's name is of the kernel, or of whoever wrote the recording. */
static void print_first(FILE *to, const struct session *session,
			const struct finding *finding)
{
	char name[80];

	fputs(", first in ", to);
	pool_name(finding_pool(session, finding), name, sizeof(name));
	print_clean(to, name, strlen(name));
}

static void print_found(FILE *to, const struct session *session)
{
	const struct finding *finding;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		finding = &session->findings[check];
		if (!finding->count)
			continue;
		fprintf(to, "\n%s: %s (%" PRIu64 ")", check_infos[check].id,
			check_infos[check].headline, finding->count);
		print_first(to, session, finding);
		putc('\n', to);
	}
}

static int report_audit(FILE *to, const struct session *session)
{
	size_t i, shown = 0;
	int err = 0;

	for (i = 0; i < session->pool_count; i++)
		shown += session->pools[i]->judged;
	if (!shown)
		fputs("no page pool has pages\n", to);
	else
		err = report_pools(to, session, 0);
	print_found(to, session);
	return err;
}

static void print_leaked(FILE *to, const struct session *session)
{
	const struct finding *finding = &session->findings[CHECK_leaked];
	char pages[48];

	if (!finding->count)
		return;
	fprintf(to, "\nleaked: %s of destroyed pools without a holder",
		count_of(finding->count, "page", pages, sizeof(pages)));
	print_first(to, session, finding);
	fputs("; netmem-check run shows where they were allocated\n", to);
}

/* What the verdict of a snapshot rests on, beside findings. */
static void print_reasons(FILE *to, const struct session *session,
			  const struct reasons *reasons)
{
	char text[512];
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		reason_text(session, &reasons->items[i], text, sizeof(text));
		fputs("\nINCONCLUSIVE: ", to);
		print_clean(to, text, strlen(text));
		putc('\n', to);
	}
}

int report_snapshot(FILE *to, const struct session *session,
		    const struct verdict *verdict)
{
	int err;

	if (session->meta.walk) {
		err = report_holders(to, session);
		print_leaked(to, session);
	} else {
		err = report_audit(to, session);
	}
	if (verdict->code == EXIT_INCONCLUSIVE)
		print_reasons(to, session, &verdict->reasons);
	if (err)
		return err;
	return fflush(to) ? -errno : 0;
}
