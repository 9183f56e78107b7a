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
#include <unistd.h>

#include "user/facts/netmem.h"
#include "user/report.h"
#include "user/util/util.h"

#define LABEL_WIDTH 13
#define WIDTH_MIN 60
#define WIDTH_MAX 100
#define WIDTH_DEFAULT 80
#define WARNINGS_MAX 5
#define PAGES_MAX 8
#define STACK_MAX 12
#define HOLDER_POOLS_MAX 4 /* pools with a table of holders */
#define SITE_DEPTH 3 /* functions in the one-line form of a stack */

struct page {
	FILE *to;
	int width;
	bool colour;
};

static void open_page(struct page *page, FILE *to)
{
	const char *no_colour = getenv("NO_COLOR");
	int columns = text_columns(to);

	page->to = to;
	page->width = columns ? columns : WIDTH_DEFAULT;
	page->colour = isatty(fileno(to)) && !(no_colour && *no_colour);
	if (page->width > WIDTH_MAX)
		page->width = WIDTH_MAX;
	if (page->width < WIDTH_MIN)
		page->width = WIDTH_MIN;
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

/*
 * A stack in one line: "mvneta_rx_refill+0x48 < mvneta_poll+0x1b4", without
 * page_pool's own functions and those of kretprobes. False: no stack.
 */
static bool site_text(json_t *stack, char *text, size_t size)
{
	static const char *const inner[] = {
		"page_pool_", "__page_pool_", "napi_pp_put_page",
		"kretprobe",  "__kretprobe",  "arch_rethook"
	};
	size_t count = json_array_size(stack), i, k, at = 0, shown = 0;
	const char *name;

	text[0] = 0;
	for (i = 0; i < count && shown < SITE_DEPTH && at < size; i++) {
		name = json_string_value(json_array_get(stack, i));
		for (k = 0; name && k < ARRAY_LEN(inner); k++)
			if (!strncmp(name, inner[k], strlen(inner[k])))
				break;
		/* When all are: the last one. */
		if (!name || (k < ARRAY_LEN(inner) && i + 1 < count))
			continue;
		if (k < ARRAY_LEN(inner) && shown)
			break;
		at += snprintf(text + at, size - at, "%s%s",
			       shown++ ? " < " : "", name);
	}
	return shown > 0;
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

/* Evidence about a pool as a whole has no frame, or none that is a page. */
static bool names_netmem(json_t *evidence, uint64_t *frame)
{
	return !netmem_named(evidence, frame) && *frame && *frame != FRAME_NONE;
}

static void put_where(const struct page *page, json_t *evidence,
		      const struct pool_fact *pool,
		      const struct pool_fact *owner)
{
	const char *address = member_text(evidence, "pool", "");
	uint64_t frame;
	char name[80];

	if (names_netmem(evidence, &frame))
		put_fact(page, frame_is_net_iov(frame) ? "netmem" : "page",
			 "%s%s%s", netmem_name(frame, name, sizeof(name)),
			 json_object_get(evidence, "page") ? ", struct page " :
							     "",
			 member_text(evidence, "page", ""));
	pool_name(pool, name, sizeof(name));
	/* Without a device the name is the address. */
	if (pool && !pool->device[0])
		address = "";
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

/*
 * Was it the state that forbade the event? What the function tier and XDP find
 * may be wrong in another way: a race, a fragment's place, a memory type.
 */
static bool state_forbids(enum model_check check, enum model_state state,
			  enum model_event event, bool elsewhere)
{
	enum check_tier tier = check_infos[check].tier;

	return (tier != TIER_FUNCTION && tier != TIER_XDP) ||
	       state == STATE_COUNT ||
	       model_table[elsewhere ? STATE_ELSEWHERE : state][event].check ==
		       check;
}

static void put_transition(const struct page *page, enum model_check check,
			   json_t *evidence, const struct pool_fact *owner)
{
	enum model_event event =
		event_by_name(member_text(evidence, "event", ""));
	enum model_state state =
		state_by_name(member_text(evidence, "state", ""));
	char states[128];
	uint64_t frame;

	/* Evidence about a pool as a whole has no page that an event is of. */
	if (event == EVENT_COUNT || !names_netmem(evidence, &frame))
		return;
	if (!state_forbids(check, state, event,
			   owner && state_is_held(state))) {
		put_fact(
			page, "happened", "%s (%s)%s", event_name(event),
			event_text(event),
			check == CHECK_xdp_foreign_page ?
				"; the frame was given back as memory of no pool, with the page's last reference" :
				"");
		return;
	}
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
	long long pool =
		json_integer_value(json_object_get(evidence, "page_pool"));
	json_int_t index, refcount = 0;
	const char *place;
	uint64_t frame;

	if (json_unpack(evidence, "{s:s, s:I, s?I}", "place", &place, "index",
			&index, "refcount", &refcount))
		return;
	if (names_netmem(evidence, &frame) && frame_is_net_iov(frame)) {
		put_fact(page, "expected", "a net_iov of this pool, once");
		put_fact(page, "happened",
			 "entry %lld of the %s: pool pointer 0x%llx",
			 (long long)index, place, pool);
		return;
	}
	put_fact(page, "expected",
		 "a page of this pool, signed, once, with one reference");
	put_fact(
		page, "happened",
		"entry %lld of the %s: refcount %lld, signature 0x%llx, pool pointer 0x%llx",
		(long long)index, place, (long long)refcount,
		json_integer_value(json_object_get(evidence, "magic")), pool);
}

/* Hand-outs and returns are followed: the function tier ran. */
static bool is_followed(const struct session *session)
{
	return !strcmp(member_text(session->meta, "tier", ""), "function");
}

static bool is_frag_check(enum model_check check)
{
	return check == CHECK_frag_underflow || check == CHECK_frag_overflow ||
	       check == CHECK_frag_undrained || check == CHECK_frag_bounds;
}

/* Offset, size, the page's counter, and how many the pool gave out. */
static void put_fragment(const struct page *page, const long long number[4])
{
	long long bias = frag_bias_of(number[2]);
	char issued[48] = "";

	if (number[1])
		put_fact(page, "fragment", "%lld bytes at offset %lld",
			 number[1], number[0]);
	if (number[3])
		snprintf(issued, sizeof(issued), "; %lld given out", number[3]);
	/* While the pool gives out of a page, its counter is near the bias. */
	if (number[2] > bias / 2)
		put_fact(page, "counter",
			 "0x%llx: %lld below the bias, so that many are back%s",
			 number[2], bias - number[2], issued);
	else
		put_fact(page, "counter", "%lld%s", number[2], issued);
}

/* What the numbers in "detail" mean; docs/json.md says the same. */
static void put_detail(const struct page *page, enum model_check check,
		       json_t *detail)
{
	long long number[4] = {};
	size_t i;

	for (i = 0; i < 4; i++)
		number[i] = json_integer_value(json_array_get(detail, i));
	if (check == CHECK_cache_race ||
	    (!number[0] && !number[1] && !number[2] && !number[3]))
		return;
	if (check == CHECK_xdp_frag_bounds || check == CHECK_xdp_foreign_page)
		put_fact(page, "detail", "%lld bytes at offset %lld", number[0],
			 number[1]);
	else if (is_frag_check(check))
		put_fragment(page, number);
	else
		put_fact(page, "detail", "%lld %lld %lld %lld", number[0],
			 number[1], number[2], number[3]);
}

/* The age tells of the last hand-out where hand-outs are followed. */
static const char *age_format(const struct session *session,
			      enum model_state state)
{
	if (!is_followed(session))
		return "held by the pool for %s";
	if (state == STATE_OUT)
		return "out for %s";
	if (state == STATE_HELD)
		return "in the pool for %s, not yet handed out";
	if (state_is_held(state))
		return "%s since its last hand-out, or since it entered the pool";
	return NULL;
}

static void put_when(const struct page *page, const struct session *session,
		     json_t *evidence)
{
	json_t *time = json_object_get(evidence, "time_ms");
	json_t *age = json_object_get(evidence, "age_ms");
	json_int_t sequence =
		json_integer_value(json_object_get(evidence, "sequence"));
	const char *format = age_format(
		session, state_by_name(member_text(evidence, "state", "")));
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
	if (format && json_is_integer(age) && json_integer_value(age) >= 0)
		put_fact(page, "age", format,
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

/* "sampled", or how many came after the one that the stack is of. */
static const char *sampled_text(json_t *object, const char *member,
				const char *what, char *text, size_t size)
{
	json_t *since = json_object_get(object, member);
	char number[48];

	if (json_integer_value(since) > 0)
		snprintf(text, size, "sampled: %s since",
			 count_of(json_integer_value(since), what, number,
				  sizeof(number)));
	else
		snprintf(text, size, "%s", since ? "the last one" : "sampled");
	return text;
}

/* Stacks of a page's own last hand-out and last return. */
static void put_sites(const struct page *page, json_t *evidence)
{
	static const struct {
		const char *member, *label, *since, *what;
	} sites[] = {
		{ "handed_out", "handed out", "hand_outs_since", "hand-out" },
		{ "returned", "returned", "returns_since", "return" },
	};
	char text[64];
	json_t *stack;
	size_t i;

	for (i = 0; i < ARRAY_LEN(sites); i++) {
		stack = json_object_get(evidence, sites[i].member);
		if (!json_array_size(stack))
			continue;
		put_fact(page, sites[i].label, "(%s)",
			 sampled_text(evidence, sites[i].since, sites[i].what,
				      text, sizeof(text)));
		put_stack(page, "", stack);
	}
}

/* What the function tier knows of the page beside the event. */
static void put_history(const struct page *page, json_t *evidence)
{
	json_t *recycled = json_object_get(evidence, "recycled");
	const char *verdict = member_text(evidence, "xdp_verdict", "");
	uint64_t frame;
	char times[48];

	if (recycled && names_netmem(evidence, &frame))
		put_fact(page, "recycled", "%s since it entered the pool",
			 count_of(json_integer_value(recycled), "time", times,
				  sizeof(times)));
	if (*verdict)
		put_fact(page, "XDP", "the last verdict on the page is %s",
			 verdict);
}

/* "frame 0x1234, out for 4.2 s, recycled 3 times, XDP pass" and its sites. */
static void put_listed(const struct page *page, const char *label,
		       const struct page_fact *listed, bool followed)
{
	json_t *recycled = json_object_get(listed->known, "recycled");
	const char *verdict = member_text(listed->known, "xdp_verdict", "");
	char name[40], age[32], times[48], since[64], site[512], again[64] = "";

	if (recycled)
		snprintf(again, sizeof(again), ", recycled %s",
			 count_of(json_integer_value(recycled), "time", times,
				  sizeof(times)));
	put_fact(page, label, "%s, %s for %s%s%s%s",
		 netmem_name(listed->frame, name, sizeof(name)),
		 followed && listed->state == STATE_OUT ?
			 "out" :
			 state_name(listed->state),
		 format_time(listed->age_ms, age, sizeof(age)), again,
		 *verdict ? ", last XDP verdict " : "", verdict);
	if (site_text(json_object_get(listed->known, "handed_out"), site,
		      sizeof(site)))
		put_fact(page, "", "handed out by %s (%s)", site,
			 sampled_text(listed->known, "hand_outs_since",
				      "hand-out", since, sizeof(since)));
	if (site_text(json_object_get(listed->known, "returned"), site,
		      sizeof(site)))
		put_fact(page, "", "before that returned by %s (%s)", site,
			 sampled_text(listed->known, "returns_since", "return",
				      since, sizeof(since)));
}

/* Pages of a stalled pool that were handed out in one place, with one verdict. */
struct site {
	char text[512];
	const char *verdict; /* of XDP, or "" */
	size_t count;
	uint64_t oldest_ms;
	json_int_t recycled; /* of the page that was most often */
};

static int compare_sites(const void *a, const void *b)
{
	const struct site *left = a, *right = b;

	return (left->count < right->count) - (left->count > right->count);
}

/* Returns the sites, most pages first, their number in *count. */
static struct site *group_pages(const struct session *session,
				const struct pool_fact *pool, size_t *count)
{
	const struct page_fact *listed;
	const char *verdict;
	json_int_t recycled;
	struct site *sites;
	char text[512];
	size_t i, at;

	*count = 0;
	sites = calloc(pool->page_count, sizeof(*sites));
	for (i = 0; sites && i < pool->page_count; i++) {
		listed = &pool->pages[i];
		if (!is_old_enough(session, listed->age_ms))
			continue;
		if (!site_text(json_object_get(listed->known, "handed_out"),
			       text, sizeof(text)))
			strcpy(text, "somebody unknown: no stack was taken");
		verdict = member_text(listed->known, "xdp_verdict", "");
		for (at = 0; at < *count; at++)
			if (!strcmp(sites[at].text, text) &&
			    !strcmp(sites[at].verdict, verdict))
				break;
		if (at == *count)
			strcpy(sites[(*count)++].text, text);
		sites[at].verdict = verdict;
		sites[at].count++;
		recycled = json_integer_value(
			json_object_get(listed->known, "recycled"));
		if (recycled > sites[at].recycled)
			sites[at].recycled = recycled;
		if (listed->age_ms > sites[at].oldest_ms)
			sites[at].oldest_ms = listed->age_ms;
	}
	if (sites)
		qsort(sites, *count, sizeof(*sites), compare_sites);
	return sites;
}

static void put_page_groups(const struct page *page,
			    const struct session *session,
			    const struct pool_fact *pool)
{
	struct site *sites;
	size_t count, i;
	char age[32], pages[48], times[48];

	sites = group_pages(session, pool, &count);
	for (i = 0; i < count; i++)
		put_fact(
			page, i ? "" : "pages",
			"%s, out for up to %s, recycled up to %s%s%s, handed out by %s",
			count_of(sites[i].count, "page", pages, sizeof(pages)),
			format_time(sites[i].oldest_ms, age, sizeof(age)),
			count_of(sites[i].recycled, "time", times,
				 sizeof(times)),
			*sites[i].verdict ? ", last XDP verdict " : "",
			sites[i].verdict, sites[i].text);
	free(sites);
}

static void put_pages(const struct page *page, const struct session *session,
		      const struct pool_fact *pool)
{
	size_t listed = count_listed_pages(session, pool), shown = 0, i;
	size_t younger = pool->page_count - listed;
	size_t rest = pool->pages_unlisted;
	bool followed = is_followed(session);
	char age[32];

	if (followed && listed > PAGES_MAX) {
		put_page_groups(page, session, pool);
	} else {
		for (i = 0; i < pool->page_count && shown < PAGES_MAX; i++)
			if (is_old_enough(session, pool->pages[i].age_ms))
				put_listed(page, shown++ ? "" : "pages",
					   &pool->pages[i], followed);
		rest += listed - shown;
	}
	if (younger)
		put_fact(page, listed ? "" : "pages",
			 "not listed: %zu younger than %s", younger,
			 format_time(session->min_age_ms, age, sizeof(age)));
	if (pool->page_count && rest)
		put_fact(page, "", "and %zu more", rest);
}

/* The other pages of the pool that nobody holds; the first is the evidence. */
static void put_unheld(const struct page *page, const struct session *session,
		       const struct pool_fact *pool)
{
	size_t i;

	for (i = 1; i < pool->unheld_page_count && i < PAGES_MAX; i++)
		put_listed(page, i > 1 ? "" : "others", &pool->unheld_pages[i],
			   is_followed(session));
	if (i < (size_t)pool->held.unheld)
		put_fact(page, i > 1 ? "" : "others", "%s%zu more of this pool",
			 i > 1 ? "and " : "", (size_t)pool->held.unheld - i);
}

/* The table of a pool's holders, indented like the facts around it. */
static void put_holder_table(const struct page *page,
			     const struct session *session,
			     const struct pool_fact *pool)
{
	char *text = NULL, *line, *rest;
	size_t size;
	FILE *to;

	to = open_memstream(&text, &size);
	if (!to)
		return;
	report_pool_holders(to, session, pool);
	fclose(to);
	for (rest = text; rest && (line = strsep(&rest, "\n")) && *line;)
		fprintf(page->to, "%*s%s\n", LABEL_WIDTH, "", line);
	free(text);
}

/* Pages that have no holder, in one line: what is known of them. */
static void put_holderless(const struct page *page,
			   const struct pool_fact *pool)
{
	const struct held_fact *held = &pool->held;
	int64_t moved = held->out - held->attributed - held->unheld;
	char pages[48];

	if (held->unheld > 0)
		put_fact(page, "", "no holder: %s, unmoved in two walks%s",
			 count_of(held->unheld, "page", pages, sizeof(pages)),
			 pool->unheld_doubt ? "" : " through every place");
	if (moved > 0)
		put_fact(page, "", "no holder: %s, %s",
			 count_of(moved, "page", pages, sizeof(pages)),
			 held->walks > 1 ? "which moved between the walks" :
					   "which the only walk met nowhere");
}

/* Who has the pages of the pools that wait: of each a table. */
static void put_holders(const struct page *page, const struct session *session)
{
	const struct pool_fact *pool;
	size_t shown = 0, more = 0, i;
	char name[80], text[160];

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || pool->state != POOL_STATE_STALLED ||
		    !pool->inflight || !pool->held.walks)
			continue;
		if (shown == HOLDER_POOLS_MAX) {
			more++;
			continue;
		}
		put_fact(page, shown++ ? "" : "holders", "%s: %s",
			 pool_name(pool, name, sizeof(name)),
			 held_text(pool, text, sizeof(text)));
		put_holder_table(page, session, pool);
		put_holderless(page, pool);
	}
	if (more)
		put_fact(page, "",
			 "and those of %zu more pools, all in the JSON report",
			 more);
}

/* Who else was inside the cache (cache_race): processor, pid, stack. */
static void put_met(const struct page *page, json_t *evidence)
{
	json_t *detail = json_object_get(evidence, "detail");
	json_t *stack = json_object_get(evidence, "met");

	if (check_by_id(member_text(evidence, "check", "")) !=
		    CHECK_cache_race ||
	    !json_array_size(detail))
		return;
	put_fact(page, "met", "pid %lld, on processor %lld, in the same cache",
		 (long long)json_integer_value(json_array_get(detail, 1)),
		 (long long)json_integer_value(json_array_get(detail, 0)));
	put_stack(page, "", stack);
}

static void put_confidence(const struct page *page,
			   const struct finding *finding)
{
	static const struct {
		const char *confidence, *meaning;
	} meanings[] = {
		{ "direct",
		  "the kernel's own word, or its memory at that moment" },
		{ "complete window",
		  "no event of the pools was lost around it" },
		{ "counters", "the pool's own counters at rest" },
		{ "holder walks",
		  "two walks looked into every place and met it in none" },
		{ "proven by another",
		  "a finding in the kernel's memory bears it out" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(meanings); i++)
		if (!strcmp(meanings[i].confidence, finding->confidence))
			put_fact(page, "confidence", "%s (%s)",
				 finding->confidence, meanings[i].meaning);
}

/* The pool's own sample of hand-outs, where its pages tell of none. */
static bool needs_hold_stack(const struct session *session,
			     const struct finding *finding,
			     const struct pool_fact *pool)
{
	json_t *handed_out = json_object_get(finding->evidence, "handed_out");

	if (json_array_size(handed_out))
		return false;
	/* A page that was forgotten is found by who got it. */
	return finding->check == CHECK_leaked || !is_followed(session) ||
	       !pool || !pool->page_count;
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
	put_transition(page, finding->check, evidence, owner);
	put_entry(page, evidence);
	put_counts(page, evidence);
	put_detail(page, finding->check, json_object_get(evidence, "detail"));
	put_when(page, session, evidence);
	put_history(page, evidence);
	if (pool && finding->check == CHECK_stalled_shutdown)
		put_pages(page, session, pool);
	if (finding->check == CHECK_stalled_shutdown)
		put_holders(page, session);
	put_sites(page, evidence);
	if ((owner || pool) && needs_hold_stack(session, finding, pool))
		put_stack(page, "hand-out", (owner ? owner : pool)->hold_stack);
	if (pool && finding->check == CHECK_leaked)
		put_unheld(page, session, pool);
	put_stack(page, "stack", json_object_get(evidence, "stack"));
	put_process(page, evidence);
	put_met(page, evidence);
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

/* Hooks of functions are many: one line for each way. */
static void put_hooks(const struct page *page, const struct session *session)
{
	static const char *const ways[] = { "fentry", "kprobe" };
	json_t *others = json_array(), *targets, *hook;
	const char *how;
	size_t i, way, counts[ARRAY_LEN(ways)] = {};
	char text[48], functions[48];

	json_array_foreach (session->hooks, i, hook) {
		how = member_text(hook, "how", "?");
		if (strcmp(how, ways[0]) && strcmp(how, ways[1]))
			json_array_append(others, hook);
	}
	put_groups(page, "hooks", others, "hook", "how", " (", ")");
	for (way = 0; way < ARRAY_LEN(ways); way++) {
		targets = json_object();
		json_array_foreach (session->hooks, i, hook) {
			if (strcmp(member_text(hook, "how", "?"), ways[way]))
				continue;
			counts[way]++;
			json_object_set_new(targets,
					    member_text(hook, "target", "?"),
					    json_true());
		}
		if (counts[way])
			put_fact(page, json_array_size(others) ? "" : "hooks",
				 "%s on %s (%s)",
				 count_of(counts[way], "hook", text,
					  sizeof(text)),
				 count_of(json_object_size(targets), "function",
					  functions, sizeof(functions)),
				 ways[way]);
		json_decref(targets);
	}
	json_decref(others);
}

/* What stands behind the numbers of the tables of paths. */
static void put_paths(const struct page *page, const struct session *session)
{
	bool flows = false, ends = false;
	json_t *hook;
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		flows = flows ||
			(session->pools[i]->judged && session->pools[i]->flow);
	if (!flows)
		return;
	/* Kprobes are on the begin of a put alone. */
	json_array_foreach (session->hooks, i, hook)
		ends = ends ||
		       (!strcmp(member_text(hook, "hook", ""), "put") &&
			strcmp(member_text(hook, "how", "none"), "none"));
	put_fact(
		page, "paths",
		"observed: pages handed out, returned%s, foreign, left while out; fragments issued, and back where an skb returned them",
		ends ? ", to cache" : "");
	put_fact(
		page, "",
		"inferred: to %s; ring full and refcount (released on return: by the page's references then); the other fragments of a page that is back",
		ends ? "ring (returned, and neither in the cache nor released)" :
		       "cache and ring (as the kernel decides when a page comes back)");
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
	put_hooks(page, session);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		dropped += session->dropped[check];
	if (dropped)
		put_fact(page, "dropped",
			 "%s where events were lost: they prove nothing",
			 count_of(dropped, "suspicion", number,
				  sizeof(number)));
}

/* Freed packets that waited on idle processors: what pushing them gave back. */
static void put_nudge(const struct page *page, const struct session *session)
{
	json_t *cpus = json_object_get(session->nudge, "cpus");
	const char *why = member_text(session->nudge, "why", "");
	const struct pool_fact *pool;
	char name[80], pages[48];
	bool told = false;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || !pool->nudged ||
		    pool->nudged_before <= pool->nudged_after)
			continue;
		put_fact(page, told ? "" : "nudge", "%s of %s came back",
			 count_of(pool->nudged_before - pool->nudged_after,
				  "page", pages, sizeof(pages)),
			 pool_name(pool, name, sizeof(name)));
		told = true;
	}
	if (!session->nudge)
		return;
	if (!told)
		put_fact(page, "nudge", "no page came back");
	put_fact(page, "", "%s pushed%s%s",
		 count_of(json_integer_value(cpus), "processor", pages,
			  sizeof(pages)),
		 *why ? ": " : "", why);
}

/* What the holder walks looked at, where they could not, and the nudge. */
static void put_walks(const struct page *page, const struct session *session)
{
	const char *label = "blind spots";
	json_t *place;
	char text[256];
	size_t i;

	if (session->walk_count)
		put_fact(page, "walks", "%s",
			 walks_text(session, text, sizeof(text)));
	json_array_foreach (session->places, i, place) {
		if (json_is_true(json_object_get(place, "walked")))
			continue;
		put_fact(page, label, "%s: %s", member_text(place, "place", ""),
			 member_text(place, "why", ""));
		label = "";
	}
	put_nudge(page, session);
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
		err = report_flows(to, session);
	if (!err)
		err = report_xdp(to, session);
	if (err)
		return err;
	put_coverage(&page, session, verdict);
	put_paths(&page, session);
	put_walks(&page, session);
	put_losses(&page, session);
	put_circumstances(&page, session);
	return fflush(to) ? -errno : 0;
}
