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
	char name[128];

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
		fprintf(to, "\n%s: %s (%s%" PRIu64 ")", check_infos[check].id,
			check_infos[check].headline,
			finding->at_least ? "at least " : "", finding->count);
		print_first(to, session, finding);
		putc('\n', to);
	}
}

static void print_line(FILE *to, const char *text)
{
	print_clean(to, text, strlen(text));
	putc('\n', to);
}

/* Without a device that was asked for: then it is a reason. */
static void print_no_pool(FILE *to, const struct session *session,
			  const struct verdict *verdict)
{
	const struct reasons *warnings = &verdict->warnings;
	char text[512];
	size_t i;

	for (i = 0; i < warnings->count; i++)
		if (warnings->items[i].code == REASON_NO_POOL ||
		    warnings->items[i].code == REASON_NO_POOL_FOUND)
			print_line(to, reason_text(session, &warnings->items[i],
						   text, sizeof(text)));
	if (!session->has_pool_list)
		fputs("no page pool has pages\n", to);
}

static int report_audit(FILE *to, const struct session *session,
			const struct verdict *verdict)
{
	size_t i, shown = 0;
	int err = 0;

	for (i = 0; i < session->pool_count; i++)
		shown += session->pools[i]->judged;
	if (!shown)
		print_no_pool(to, session, verdict);
	else
		err = report_pools(to, session, 0);
	if (!err)
		err = report_stats(to, session, 0);
	if (stats_source_text(session) && shown)
		fprintf(to, "statistics: %s\n", stats_source_text(session));
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

/* Why a snapshot without failures is no PASS. An audit has named its findings. */
static void print_reasons(FILE *to, const struct session *session,
			  const struct verdict *verdict)
{
	const struct reason *reason;
	char text[512];
	size_t i;

	if (verdict->code != EXIT_INCONCLUSIVE)
		return;
	putc('\n', to);
	for (i = 0; i < verdict->reasons.count; i++) {
		reason = &verdict->reasons.items[i];
		if (reason->code == REASON_FINDING && !session->meta.walk)
			continue;
		if (!reason_line(session, &verdict->reasons, i, text,
				 sizeof(text)))
			continue;
		fputs("INCONCLUSIVE: ", to);
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
		err = report_audit(to, session, verdict);
	}
	print_reasons(to, session, verdict);
	if (err)
		return err;
	return fflush(to) ? -errno : 0;
}
