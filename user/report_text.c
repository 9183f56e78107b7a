// SPDX-License-Identifier: GPL-2.0
/*
 * The report for people: verdict and why, each finding in a fixed order of
 * facts, then tables, coverage, losses. Whoever reads only the first two
 * lines knows the answer.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report.h"
#include "util.h"

#define LABEL_WIDTH 13
#define WIDTH_MIN 60
#define WIDTH_MAX 100
#define WIDTH_DEFAULT 80
#define WARNINGS_MAX 5
#define PAGES_MAX 8
#define STACK_MAX 12

struct page {
	FILE *to;
	int width;
	bool colour;
};

static void open_page(struct page *page, FILE *to)
{
	const char *no_colour = getenv("NO_COLOR");
	struct winsize size;

	page->to = to;
	page->width = WIDTH_DEFAULT;
	page->colour = isatty(fileno(to)) && !(no_colour && *no_colour);
	if (!ioctl(fileno(to), TIOCGWINSZ, &size) && size.ws_col)
		page->width = size.ws_col;
	if (page->width > WIDTH_MAX)
		page->width = WIDTH_MAX;
	if (page->width < WIDTH_MIN)
		page->width = WIDTH_MIN;
}

/* Text from the kernel or a file: control bytes must not reach a terminal. */
static void put_clean(FILE *to, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		putc((unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' :
								       text[i],
		     to);
}

/* Prints words from column @at on, wrapped to the page and indented. */
static void put_wrapped(const struct page *page, int indent, int at,
			const char *text)
{
	size_t length;
	bool first = true;

	while (*(text += strspn(text, " "))) {
		length = strcspn(text, " ");
		if (!first && at + 1 + (int)length > page->width) {
			fprintf(page->to, "\n%*s", indent, "");
			at = indent;
			first = true;
		}
		if (!first) {
			putc(' ', page->to);
			at++;
		}
		put_clean(page->to, text, length);
		at += length;
		text += length;
		first = false;
	}
	putc('\n', page->to);
}

/* "label        text", wrapped; an empty label continues the one before. */
static void __attribute__((format(printf, 3, 4)))
put_fact(const struct page *page, const char *label, const char *format, ...)
{
	char *text;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return;
	fprintf(page->to, "%-*s", LABEL_WIDTH, label);
	put_wrapped(page, LABEL_WIDTH, LABEL_WIDTH, text);
	free(text);
}

static const char *member_text(json_t *object, const char *name,
			       const char *fallback)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && *text ? text : fallback;
}

static void put_headline(const struct page *page, const struct verdict *verdict)
{
	const char *colour = verdict->code == EXIT_PASS ? "\033[1;32m" :
			     verdict->code == EXIT_FAIL ? "\033[1;31m" :
							  "\033[1;33m";

	fprintf(page->to, "%snetmem-check: %s%s\n", page->colour ? colour : "",
		verdict->name, page->colour ? "\033[0m" : "");
}

static size_t count_findings(const struct session *session)
{
	size_t count = 0;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		count += session->findings[check].count > 0;
	return count;
}

/* "1 pool", "2,310 pools" */
static const char *count_of(uint64_t count, const char *what, char *text,
			    size_t size)
{
	char number[32];

	snprintf(text, size, "%s %s%s",
		 format_number(count, number, sizeof(number)), what,
		 count == 1 ? "" : "s");
	return text;
}

/* One line why, under the headline. */
static void put_summary(const struct page *page, const struct session *session,
			const struct verdict *verdict)
{
	const struct coverage *coverage = &verdict->coverage;
	char events[48], pools[48], number[48], line[256];

	count_of(coverage->events, "event", events, sizeof(events));
	count_of(coverage->pools_judged, "pool", pools, sizeof(pools));
	if (verdict->code == EXIT_PASS)
		snprintf(line, sizeof(line),
			 "Nothing wrong in %s of %s; %.1f %% conclusive.",
			 events, pools, (int)(coverage->share * 1000) / 10.0);
	else if (verdict->code == EXIT_FAIL)
		snprintf(line, sizeof(line), "%s found something in %s of %s.",
			 count_of(count_findings(session), "check", number,
				  sizeof(number)),
			 events, pools);
	else
		snprintf(
			line, sizeof(line),
			"Neither right nor wrong can be told, for %s (%s of %s).",
			count_of(json_array_size(verdict->reasons), "reason",
				 number, sizeof(number)),
			events, pools);
	put_wrapped(page, 0, 0, line);
}

static void put_list(const struct page *page, const char *label, json_t *texts)
{
	json_t *text;
	size_t i;

	json_array_foreach (texts, i, text) {
		if (i == WARNINGS_MAX) {
			put_fact(page, "",
				 "and %zu more, all in the JSON report",
				 json_array_size(texts) - i);
			return;
		}
		put_fact(page, i ? "" : label, "%s", json_string_value(text));
	}
}

/* ---- findings ---- */

static void put_stack(const struct page *page, const char *label, json_t *stack)
{
	size_t i, shown = 0;
	json_t *entry;

	json_array_foreach (stack, i, entry) {
		fprintf(page->to, "%-*s", LABEL_WIDTH, shown ? "" : label);
		if (shown++ == STACK_MAX) {
			fputs("...\n", page->to);
			return;
		}
		if (json_is_string(entry))
			put_clean(page->to, json_string_value(entry),
				  json_string_length(entry));
		else
			fprintf(page->to, "0x%llx",
				(long long)json_integer_value(entry));
		putc('\n', page->to);
	}
}

/* The pool in the page's word, when it is another than the event's. */
static const struct pool_fact *other_owner(const struct session *session,
					   json_t *evidence)
{
	int slot, life, owner, owner_life;

	if (json_unpack(evidence, "{s:i, s:i, s:i, s:i}", "slot", &slot, "life",
			&life, "owner_slot", &owner, "owner_life",
			&owner_life) ||
	    (slot == owner && life == owner_life))
		return NULL;
	return session_pool(session, owner, owner_life);
}

static void put_where(const struct page *page, json_t *evidence,
		      const struct pool_fact *pool,
		      const struct pool_fact *owner)
{
	json_t *frame = json_object_get(evidence, "frame");
	const char *address = member_text(evidence, "pool", "");
	char name[80];

	pool_name(pool, name, sizeof(name));
	/* Evidence about a pool as a whole has no frame, or ~0. */
	if (json_integer_value(frame) > 0)
		put_fact(page, "page", "frame 0x%llx%s%s",
			 (long long)json_integer_value(frame),
			 json_object_get(evidence, "page") ? ", struct page " :
							     "",
			 member_text(evidence, "page", ""));
	put_fact(page, "pool", "%s%s%s", name, *address ? ", " : "", address);
	if (owner)
		put_fact(page, "held by", "%s, 0x%" PRIx64,
			 pool_name(owner, name, sizeof(name)), owner->pool);
}

/* "FREE", or "this pool's, OUT or HELD": where the event would have been right. */
static void list_states(enum model_event event, char *text, size_t size)
{
	enum model_state legal[STATE_COUNT];
	size_t count = 0, at = 0, i;
	int state;

	for (state = STATE_FREE; state <= STATE_HELD; state++)
		if (model_table[state][event].check == CHECK_NONE)
			legal[count++] = state;
	text[0] = 0;
	if (count && state_is_held(legal[0]))
		at = snprintf(text, size, "this pool's, ");
	for (i = 0; i < count && at < size; i++)
		at += snprintf(text + at, size - at, "%s%s",
			       !i	      ? "" :
			       i == count - 1 ? " or " :
						", ",
			       state_name(legal[i]));
}

static void put_transition(const struct page *page, json_t *evidence,
			   const struct pool_fact *owner)
{
	enum model_event event =
		event_by_name(member_text(evidence, "event", ""));
	enum model_state state =
		state_by_name(member_text(evidence, "state", ""));
	char states[128];

	if (event == EVENT_COUNT)
		return;
	list_states(event, states, sizeof(states));
	if (states[0])
		put_fact(page, "expected", "before %s the page is %s",
			 event_name(event), states);
	else
		put_fact(page, "expected",
			 "never %s: a pool's page leaves its pool first",
			 event_name(event));
	if (state == STATE_COUNT)
		put_fact(page, "happened", "%s: the page is %s",
			 event_name(event), event_text(event));
	else if (state == STATE_ELSEWHERE || (owner && state_is_held(state)))
		put_fact(page, "happened",
			 "%s (%s) of a page that another pool holds",
			 event_name(event), event_text(event));
	else
		put_fact(page, "happened", "%s (%s) of a page that is %s (%s)",
			 event_name(event), event_text(event),
			 state_name(state), state_text(state));
}

/* Findings from a pool's counters carry numbers in place of an event. */
static void put_counts(const struct page *page, json_t *evidence)
{
	json_int_t inflight, shadow, scan;

	if (json_unpack(evidence, "{s:I, s:I, s:I}", "inflight", &inflight,
			"shadow", &shadow, "scan", &scan))
		return;
	put_fact(page, "counted", "%lld in flight by the pool's own counters",
		 (long long)inflight);
	if (shadow >= 0)
		put_fact(page, "", "%lld by our events", (long long)shadow);
	if (scan >= 0)
		put_fact(page, "", "%lld by the scan", (long long)scan);
}

/* What the audit read in a cache or ring, in place of an event. */
static void put_entry(const struct page *page, json_t *evidence)
{
	json_int_t index, refcount;
	const char *place;

	if (json_unpack(evidence, "{s:s, s:I, s:I}", "place", &place, "index",
			&index, "refcount", &refcount))
		return;
	put_fact(page, "expected",
		 "a page of this pool, signed, once, with one reference");
	put_fact(
		page, "happened",
		"entry %lld of the %s: refcount %lld, signature 0x%llx, pool pointer 0x%llx",
		(long long)index, place, (long long)refcount,
		json_integer_value(json_object_get(evidence, "magic")),
		json_integer_value(json_object_get(evidence, "page_pool")));
}

/* What the numbers in "detail" mean; docs/json.md says the same. */
static void put_detail(const struct page *page, enum model_check check,
		       json_t *detail)
{
	long long number[4] = {};
	size_t i;

	for (i = 0; i < 4; i++)
		number[i] = json_integer_value(json_array_get(detail, i));
	if (!number[0] && !number[1] && !number[2] && !number[3])
		return;
	if (check == CHECK_xdp_frag_bounds || check == CHECK_xdp_foreign_page)
		put_fact(page, "detail", "%lld bytes at offset %lld", number[0],
			 number[1]);
	else if (check == CHECK_frag_underflow ||
		 check == CHECK_frag_overflow || check == CHECK_frag_undrained)
		put_fact(page, "detail",
			 "fragment counter %lld, compared with %lld", number[0],
			 number[1]);
	else
		put_fact(page, "detail", "%lld %lld %lld %lld", number[0],
			 number[1], number[2], number[3]);
}

static void put_when(const struct page *page, json_t *evidence)
{
	json_t *time = json_object_get(evidence, "time_ms");
	json_t *age = json_object_get(evidence, "age_ms");
	json_int_t sequence =
		json_integer_value(json_object_get(evidence, "sequence"));
	char at[32], held[32], number[64] = "";

	if (sequence > 0)
		snprintf(number, sizeof(number), ", number %lld of its check",
			 (long long)sequence);
	if (json_is_integer(time))
		put_fact(page, "when", "%s after the start%s",
			 format_time(json_integer_value(time), at, sizeof(at)),
			 number);
	else if (json_is_true(json_object_get(evidence, "replayed")))
		put_fact(page, "when",
			 "not known: found in the recorded events");
	if (json_is_integer(age) && json_integer_value(age) >= 0)
		put_fact(page, "age", "held by the pool for %s",
			 format_time(json_integer_value(age), held,
				     sizeof(held)));
}

static void put_process(const struct page *page, json_t *evidence)
{
	const char *comm = member_text(evidence, "comm", "");
	json_t *cpu = json_object_get(evidence, "cpu");
	json_int_t pid = json_integer_value(json_object_get(evidence, "pid"));
	char where[32] = "";

	if (json_is_integer(cpu))
		snprintf(where, sizeof(where), "on processor %lld",
			 (long long)json_integer_value(cpu));
	if (*comm)
		put_fact(page, "process", "%s, pid %lld%s%s", comm,
			 (long long)pid, *where ? ", " : "", where);
	else if (*where)
		put_fact(page, "process", "%s", where);
}

static void put_pages(const struct page *page, const struct pool_fact *pool)
{
	char age[32];
	size_t i;

	for (i = 0; i < pool->page_count && i < PAGES_MAX; i++)
		put_fact(page, i ? "" : "pages",
			 "frame 0x%" PRIx64 ", %s for %s", pool->pages[i].frame,
			 state_name(pool->pages[i].state),
			 format_time(pool->pages[i].age_ms, age, sizeof(age)));
	if (i && pool->page_count - i + pool->pages_unlisted)
		put_fact(page, "", "and %zu more",
			 pool->page_count - i + pool->pages_unlisted);
}

static void put_confidence(const struct page *page,
			   const struct finding *finding)
{
	static const struct {
		const char *confidence, *meaning;
	} meanings[] = {
		{ "direct", "the kernel's own word, or the bytes in the page" },
		{ "complete window",
		  "no event of the pools was lost around it" },
		{ "counters", "the pool's own counters at rest" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(meanings); i++)
		if (!strcmp(meanings[i].confidence, finding->confidence))
			put_fact(page, "confidence", "%s (%s)",
				 finding->confidence, meanings[i].meaning);
}

static void put_finding(const struct page *page, const struct session *session,
			const struct finding *finding)
{
	const struct check_info *info = &check_infos[finding->check];
	const struct pool_fact *pool = finding_pool(session, finding);
	json_t *evidence = finding->evidence;
	const struct pool_fact *owner = other_owner(session, evidence);

	fprintf(page->to, "\n%s%s: %s%s\n", page->colour ? "\033[1m" : "",
		info->id, info->headline, page->colour ? "\033[0m" : "");
	put_fact(page, "severity", "%s", severity_name(finding->severity));
	if (finding->count > 1)
		put_fact(page, "seen",
			 "%" PRIu64 " times; this is the first one",
			 finding->count);
	put_where(page, evidence, pool, owner);
	put_transition(page, evidence, owner);
	put_entry(page, evidence);
	put_counts(page, evidence);
	put_detail(page, finding->check, json_object_get(evidence, "detail"));
	put_when(page, evidence);
	if (pool && finding->check == CHECK_stalled_shutdown)
		put_pages(page, pool);
	if (owner || pool)
		put_stack(page, "hand-out", (owner ? owner : pool)->hold_stack);
	put_stack(page, "stack", json_object_get(evidence, "stack"));
	put_process(page, evidence);
	put_confidence(page, finding);
	put_fact(page, "causes", "%s", info->causes);
	put_fact(page, "next", "%s", info->next);
}

static void put_findings(const struct page *page, const struct session *session)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count)
			put_finding(page, session, &session->findings[check]);
}

/* ---- coverage and what lies around it ---- */

/*
 * Members @name of all frames that share member @by, one fact for each value
 * of @by, which stands between @before and @after: "hold, release (raw_tp)".
 */
static void put_groups(const struct page *page, const char *label,
		       json_t *frames, const char *name, const char *by,
		       const char *before, const char *after)
{
	json_t *groups = json_object(), *frame, *members, *member;
	char text[1024] = "";
	bool first = true;
	const char *key;
	size_t i, at;

	json_array_foreach (frames, i, frame) {
		key = member_text(frame, by, "?");
		if (!json_object_get(groups, key))
			json_object_set_new(groups, key, json_array());
		json_array_append(json_object_get(groups, key),
				  json_object_get(frame, name));
	}
	json_object_foreach (groups, key, members) {
		at = 0;
		json_array_foreach (members, i, member)
			if (at < sizeof(text))
				at += snprintf(text + at, sizeof(text) - at,
					       "%s%s", i ? ", " : "",
					       json_string_value(member));
		put_fact(page, first ? label : "", "%s%s%s%s", text, before,
			 key, after);
		first = false;
	}
	json_decref(groups);
}

static void put_coverage(const struct page *page, const struct session *session,
			 const struct verdict *verdict)
{
	const struct coverage *coverage = &verdict->coverage;
	uint64_t dropped = 0;
	char number[48];
	int check;

	put_fact(
		page, "coverage",
		"%zu checks active, %zu blind; events %.1f %% conclusive (%.0f %% needed)",
		coverage->checks_active, coverage->checks_blind,
		(int)(coverage->share * 1000) / 10.0,
		coverage->threshold * 100);
	put_groups(page, "blind", session->blind, "check", "why", ": ", "");
	put_groups(page, "hooks", session->hooks, "hook", "how", " (", ")");
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		dropped += session->dropped[check];
	if (dropped)
		put_fact(page, "dropped",
			 "%s where events were lost: they prove nothing",
			 count_of(dropped, "suspicion", number,
				  sizeof(number)));
}

static void put_losses(const struct page *page, const struct session *session)
{
	const char *label = "losses";
	const char *what, *why;
	json_int_t count;
	json_t *loss;
	size_t i;

	json_array_foreach (session->losses, i, loss) {
		if (json_unpack(loss, "{s:s, s:I, s:s}", "what", &what, "count",
				&count, "why", &why))
			continue;
		put_fact(page, label, "%s: %lld (%s)", what, (long long)count,
			 why);
		label = "";
	}
	if (*label)
		put_fact(page, label, "none");
}

static void put_workload(const struct page *page, const struct session *session)
{
	json_t *command = json_object_get(session->meta, "command"), *word;
	char text[512];
	size_t i, at = 0;

	if (!json_array_size(command))
		return;
	json_array_foreach (command, i, word)
		if (at < sizeof(text) && json_is_string(word))
			at += snprintf(text + at, sizeof(text) - at, "%s%s",
				       i ? " " : "", json_string_value(word));
	put_fact(page, "workload", "%s%s", text,
		 session->workload_failed ? " (failed)" : "");
}

static void put_circumstances(const struct page *page,
			      const struct session *session)
{
	char time[32];

	put_workload(page, session);
	put_list(page, "notes", session->notes);
	put_fact(page, "watched", "%s, %s tier, kernel %s",
		 format_time(session->duration_ms, time, sizeof(time)),
		 member_text(session->meta, "tier", "unknown"),
		 member_text(session->meta, "kernel", "unknown"));
}

int report_text(FILE *to, const struct session *session,
		const struct verdict *verdict)
{
	struct page page;
	int err;

	open_page(&page, to);
	put_headline(&page, verdict);
	put_summary(&page, session, verdict);
	if (json_array_size(verdict->reasons) ||
	    json_array_size(verdict->warnings))
		putc('\n', to);
	put_list(&page, "because", verdict->reasons);
	put_list(&page, "warning", verdict->warnings);
	put_findings(&page, session);
	putc('\n', to);
	err = report_pools(to, session);
	if (!err)
		err = report_xdp(to, session);
	if (err)
		return err;
	put_coverage(&page, session, verdict);
	put_losses(&page, session);
	put_circumstances(&page, session);
	return fflush(to) ? -errno : 0;
}
