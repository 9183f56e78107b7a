// SPDX-License-Identifier: GPL-2.0
/* The findings of the text report, each in a fixed order of facts. */
#include <inttypes.h>
#include <string.h>

#include "model/records.h"
#include "user/facts/netmem.h"
#include "user/report.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#define OLDEST_SHOWN 8

/* ---- where ---- */

/* The pool in the page's word, when it is another than the event's. */
static const struct pool *other_owner(const struct session *session,
				      const struct evidence_fact *evidence)
{
	if (!fact_has(evidence, evidence, owner_slot) ||
	    (evidence->slot == evidence->owner_slot &&
	     evidence->seq == evidence->owner_seq))
		return NULL;
	return session_pool(session, evidence->owner_slot, evidence->owner_seq);
}

/* Evidence about a pool as a whole has no frame, or none that is a page. */
static bool names_netmem(const struct evidence_fact *evidence)
{
	return fact_has(evidence, evidence, netmem) && evidence->netmem &&
	       evidence->netmem != FRAME_NONE;
}

static void print_where(const struct out *out,
			const struct evidence_fact *evidence,
			const struct pool *pool, const struct pool *owner)
{
	char name[128], address[40] = "";

	if (fact_has(evidence, evidence, page))
		snprintf(address, sizeof(address), ", struct page 0x%" PRIx64,
			 evidence->page);
	if (names_netmem(evidence))
		print_fact(out,
			   frame_is_net_iov(evidence->netmem) ? "netmem" :
								"page",
			   "%s%s",
			   netmem_name(evidence->netmem, name, sizeof(name)),
			   address);
	address[0] = 0;
	/* Without a device the name is the address. */
	if (fact_has(evidence, evidence, pool) && !(pool && !pool->device[0]))
		snprintf(address, sizeof(address), ", 0x%" PRIx64,
			 evidence->pool);
	print_fact(out, "pool", "%s%s", pool_name(pool, name, sizeof(name)),
		   address);
	if (owner)
		print_fact(out, "held by", "%s, 0x%" PRIx64,
			   pool_name(owner, name, sizeof(name)),
			   owner->address);
}

/* ---- what was expected, and what happened ---- */

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
		at = utf8_print(text, size, "this pool's, ");
	for (i = 0; i < count && at < size; i++)
		at += utf8_print(text + at, size - at, "%s%s",
				 !i		? "" :
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

static void print_expected(const struct out *out, enum model_event event)
{
	char states[128];

	list_states(event, states, sizeof(states));
	if (states[0])
		print_fact(out, "expected", "before %s the page is %s",
			   event_name(event), states);
	else
		print_fact(out, "expected",
			   "no %s before the page leaves its pool",
			   event_name(event));
}

static void print_transition(const struct out *out, enum model_check check,
			     const struct evidence_fact *evidence,
			     const struct pool *owner)
{
	enum model_event event = evidence->event;
	enum model_state state = evidence->state;
	bool elsewhere = owner && state_is_held(state);

	/* Evidence about a pool as a whole has no page that an event is of. */
	if (event == EVENT_COUNT || !names_netmem(evidence))
		return;
	if (!state_forbids(check, state, event, elsewhere)) {
		print_fact(
			out, "happened", "%s (%s)%s", event_name(event),
			event_text(event),
			check == CHECK_xdp_foreign_page ?
				"; the frame was returned with a memory type that is not page_pool, and dropped the page's last reference" :
				"");
		return;
	}
	print_expected(out, event);
	if (state == STATE_COUNT)
		print_fact(out, "happened", "%s: the page is %s",
			   event_name(event), event_text(event));
	else if (state == STATE_ELSEWHERE || elsewhere)
		print_fact(out, "happened",
			   "%s (%s) of a page that another pool holds",
			   event_name(event), event_text(event));
	else
		print_fact(out, "happened", "%s (%s) of a page that is %s (%s)",
			   event_name(event), event_text(event),
			   state_name(state), state_text(state));
}

/* Findings from a pool's counters carry numbers in place of an event. */
static void print_counts(const struct out *out, enum model_check check,
			 const struct evidence_fact *evidence,
			 const struct pool *pool)
{
	char times[48];

	if (!fact_has(evidence, evidence, inflight))
		return;
	print_fact(out, "counted",
		   "%" PRId64 " in flight by the pool's counters",
		   evidence->inflight);
	if (evidence->shadow >= 0)
		print_fact(out, "", "%" PRId64 " by the events",
			   evidence->shadow);
	if (evidence->scan >= 0)
		print_fact(out, "", "%" PRId64 " by the scan", evidence->scan);
	if (check == CHECK_count_mismatch && pool && pool->miscounted)
		print_fact(out, "miscounted",
			   "%s that were none: no event was lost",
			   count_of(pool->lost,
				    pool->lost_releases ? "release" : "hold",
				    times, sizeof(times)));
}

/* Of a pool that is alive: what of its pages that are out has no holder. */
static void print_posted(const struct out *out, const struct pool *pool)
{
	const struct posted_fact *posted = &pool->posted;
	char pages[48], apart[32];

	print_fact(out, "out",
		   "%s: neither in the pool's cache nor in its ring",
		   count_of(posted->out, "page", pages, sizeof(pages)));
	print_fact(out, "",
		   "%" PRIu64 " of them met nowhere, in looks %s apart",
		   posted->unmet,
		   format_time(posted->apart_ms, apart, sizeof(apart)));
	print_fact(out, "", "%" PRIu64 " may be with the device",
		   posted->pages);
}

/* A pool that leaks: what its last looks met nowhere. */
static void print_looks(const struct out *out, const struct pool *pool)
{
	const struct suspects_fact *looks = pool->looks;
	char first[32], second[32];

	if (!pool->leaking)
		return;
	print_fact(out, "looks",
		   "three, %s and %s apart, and pages moved between them",
		   format_time(looks[1].apart_ms, first, sizeof(first)),
		   format_time(looks[2].apart_ms, second, sizeof(second)));
	print_fact(out, "",
		   "met nowhere: %" PRIu64 ", %" PRIu64 ", %" PRIu64
		   " pages; the same %" PRIu64 " in all three",
		   looks[0].unmet, looks[1].unmet, looks[2].unmet,
		   looks[2].thrice);
	print_fact(out, "",
		   "%" PRIu64 " in the second look and the one before, %" PRIu64
		   " in the third: they become more",
		   looks[1].again, looks[2].again);
}

/* Pages that left a pool with more than one reference. */
static void print_referenced(const struct out *out,
			     const struct session *session,
			     const struct pool *pool)
{
	const struct referenced_fact *referenced =
		pool_referenced(session, pool);
	const struct left_page_facts *oldest;
	char pages[48], age[32], netmem[40];
	size_t i;

	/* Of a recording that names a page and no pool that pages left. */
	if (!referenced)
		return;
	oldest = &referenced->oldest;
	print_fact(out, "left",
		   "%s with more than one reference, and not freed since",
		   count_of(referenced->pages, "page", pages, sizeof(pages)));
	if (fact_has(referenced, referenced, sampled))
		print_fact(
			out, "",
			"one release in 16 was looked at: more may have left so");
	if (referenced->unseen)
		print_fact(
			out, "",
			"any of %" PRIu64
			" frees that were not inspected may be of one of them",
			referenced->unseen);
	for (i = 0; i < oldest->count && i < OLDEST_SHOWN; i++)
		print_fact(out, i ? "" : "oldest", "%s: %s ago",
			   netmem_name(oldest->items[i].netmem, netmem,
				       sizeof(netmem)),
			   format_time(oldest->items[i].age_ms, age,
				       sizeof(age)));
}

/* What the audit read in a cache or ring, in place of an event. */
static void print_entry(const struct out *out, enum model_check check,
			const struct evidence_fact *evidence)
{
	const char *place;

	if (!fact_has(evidence, evidence, place) ||
	    !fact_has(evidence, evidence, index))
		return;
	place = entry_place_name(evidence->place);
	if (check == CHECK_pooled_while_out &&
	    fact_has(evidence, evidence, state)) {
		print_fact(out, "expected",
			   "pages that are in the pool by their events, too");
		print_fact(out, "happened",
			   "entry %u of the %s: the page is %s (%s)",
			   evidence->index, place, state_name(evidence->state),
			   state_text(evidence->state));
		return;
	}
	if (names_netmem(evidence) && frame_is_net_iov(evidence->netmem)) {
		print_fact(out, "expected",
			   "a net_iov of this pool, in one entry only");
		print_fact(out, "happened",
			   "entry %u of the %s: pool pointer 0x%" PRIx64,
			   evidence->index, place, evidence->page_pool);
		return;
	}
	print_fact(
		out, "expected",
		"a page of this pool with its signature and one reference, in one entry only");
	print_fact(out, "happened",
		   "entry %u of the %s: refcount %" PRId64
		   ", signature 0x%" PRIx64 ", pool pointer 0x%" PRIx64,
		   evidence->index, place, evidence->refcount, evidence->magic,
		   evidence->page_pool);
}

/* Who received the frame. */
static void print_receiver(const struct out *out,
			   const struct evidence_fact *evidence)
{
	if (fact_has(evidence, evidence, rx_device))
		print_fact(out, "received", "on %s (ifindex %u), queue %d",
			   evidence->rx_device, evidence->rx_ifindex,
			   evidence->rx_queue);
}

/* ---- numbers of the check ---- */

static bool is_frag_check(enum model_check check)
{
	return check == CHECK_frag_underflow || check == CHECK_frag_overflow ||
	       check == CHECK_frag_undrained || check == CHECK_frag_bounds;
}

/* Offset, size, the page's counter, and how many the pool issued. */
static void print_fragment(const struct out *out, const int64_t number[4])
{
	int64_t bias = frag_bias_of(number[2]);
	char issued[48] = "";

	if (number[1])
		print_fact(out, "fragment",
			   "%" PRId64 " bytes at offset %" PRId64, number[1],
			   number[0]);
	if (number[3])
		snprintf(issued, sizeof(issued), "; issued: %" PRId64,
			 number[3]);
	/* While the pool issues fragments of a page, its counter is near the bias. */
	if (number[2] > bias / 2)
		print_fact(out, "counter",
			   "0x%" PRIx64 ": %" PRId64
			   " below the bias; fragments back: %" PRId64 "%s",
			   number[2], bias - number[2], bias - number[2],
			   issued);
	else
		print_fact(out, "counter", "%" PRId64 "%s", number[2], issued);
}

/* Of a pool's own buffers: "12 of 480 inspected frames on its pages (2.5 %)". */
static void print_share(const struct out *out, uint64_t misaligned, uint64_t of,
			const char *what)
{
	if (of)
		print_fact(out, "share",
			   "%" PRIu64 " of %" PRIu64 " %s (%.1f %%)",
			   misaligned, of, what, misaligned * 1000 / of / 10.0);
}

/* The buffer of a frame, or the fragment that the pool gave out. */
static void print_buffer(const struct out *out,
			 const struct evidence_fact *evidence,
			 const struct pool *pool)
{
	const int64_t *number = evidence->detail.of;

	if (evidence->event != EVENT_XDP_FRAME) {
		print_fact(out, "fragment",
			   "%" PRId64 " bytes at offset %" PRId64
			   " of its page, which is no multiple of %d",
			   number[1], number[0], BUFFER_ALIGN);
		if (pool)
			print_share(out, pool->flow.frags_misaligned,
				    pool->flow.frags_issued,
				    "fragments that the pool gave out");
		return;
	}
	print_fact(out, "buffer",
		   "%" PRId64 " bytes; head at offset %" PRId64
		   " of its page, skb_shared_info at %" PRId64
		   ": %s no multiple of %d",
		   number[2], number[0], number[1],
		   number[0] % BUFFER_ALIGN && number[1] % BUFFER_ALIGN ?
			   "both are" :
		   number[0] % BUFFER_ALIGN ? "the first is" :
					      "the second is",
		   BUFFER_ALIGN);
	if (pool)
		print_share(out, pool->frames_misaligned, pool->frames,
			    "inspected frames on the pool's pages");
}

/* What the numbers in "detail" mean; docs/json.md says the same. */
static void print_detail(const struct out *out, enum model_check check,
			 const struct evidence_fact *evidence,
			 const struct pool *pool)
{
	const int64_t *number = evidence->detail.of;

	if (check == CHECK_released_in_use && pool)
		print_share(out, pool->flow.released_refcnt,
			    pool->flow.returned,
			    "pages that came back to this pool");
	if (check == CHECK_frag_misaligned) {
		print_buffer(out, evidence, pool);
		return;
	}
	if (check == CHECK_cache_race ||
	    (!number[0] && !number[1] && !number[2] && !number[3]))
		return;
	if (check == CHECK_xdp_frag_bounds || check == CHECK_xdp_foreign_page)
		print_fact(out, "detail",
			   "%" PRId64 " bytes at offset %" PRId64, number[0],
			   number[1]);
	else if (is_frag_check(check))
		print_fragment(out, number);
	else
		print_fact(out, "detail",
			   "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
			   number[0], number[1], number[2], number[3]);
}

/* ---- when, and by whom ---- */

/* Where allocations are followed, the age is that of the last one. */
static const char *age_format(const struct session *session,
			      enum model_check check, enum model_state state)
{
	/* It has more of them, and all are told. */
	if (check == CHECK_never_freed)
		return NULL;
	if (!is_followed(session))
		return "held by the pool for %s";
	if (state == STATE_OUT)
		return "out for %s";
	if (state == STATE_HELD)
		return "in the pool for %s, not yet allocated";
	if (state_is_held(state))
		return "%s since its last allocation, or since it entered the pool";
	return NULL;
}

static void print_when(const struct out *out, const struct session *session,
		       enum model_check check,
		       const struct evidence_fact *evidence)
{
	const char *format = age_format(session, check, evidence->state);
	char at[32], held[32], number[64] = "";

	if (evidence->sequence)
		snprintf(number, sizeof(number),
			 ", occurrence %" PRIu64 " of this check",
			 evidence->sequence);
	if (fact_has(evidence, evidence, time_ms))
		print_fact(out, "when", "%s after the start%s",
			   format_time(evidence->time_ms, at, sizeof(at)),
			   number);
	else if (evidence->replayed)
		print_fact(
			out, "when",
			"unknown: found when the recorded events were replayed");
	if (format && fact_has(evidence, evidence, age_ms) &&
	    evidence->age_ms >= 0)
		print_fact(out, "age", format,
			   format_time(evidence->age_ms, held, sizeof(held)));
}

/* What the function tier knows of the page beside the event. */
static void print_history(const struct out *out,
			  const struct evidence_fact *evidence)
{
	char times[48];

	if (fact_has(evidence, evidence, recycled) && names_netmem(evidence))
		print_fact(out, "recycled", "%s since it entered the pool",
			   count_of(evidence->recycled, "time", times,
				    sizeof(times)));
	if (fact_has(evidence, evidence, xdp_verdict))
		print_fact(out, "XDP", "the last verdict on the page is %s",
			   xdp_verdict_name(evidence->xdp_verdict));
}

static void print_sample(const struct out *out, const char *label,
			 const struct sample *sample)
{
	char text[64];

	if (!sample->stack->count)
		return;
	print_fact(out, label, "(%s)",
		   sampled_text(sample, text, sizeof(text)));
	print_stack(out, "", sample->stack);
}

/* Stacks of a page's own last allocation and last put. */
static void print_samples(const struct out *out,
			  const struct evidence_fact *evidence)
{
	const struct sample allocated = {
		&evidence->handed_out,
		fact_has(evidence, evidence, hand_outs_since),
		evidence->hand_outs_since, "allocation"
	};
	const struct sample put = { &evidence->returned,
				    fact_has(evidence, evidence, returns_since),
				    evidence->returns_since, "put" };

	print_sample(out, "allocated", &allocated);
	print_sample(out, "returned", &put);
}

/* At a pool's end it is who took the device down, and nobody to blame. */
static void print_process(const struct out *out, const struct finding *finding)
{
	const struct evidence_fact *evidence = &finding->evidence;
	const char *label = finding_is_at_teardown(finding) ? "torn down by" :
							      "process";
	const char *comm = evidence->comm;
	char where[32] = "";

	if (fact_has(evidence, evidence, cpu))
		snprintf(where, sizeof(where), "on CPU %d", evidence->cpu);
	if (comm && *comm)
		print_fact(out, label, "%s, pid %d%s%s", comm, evidence->pid,
			   *where ? ", " : "", where);
	else if (*where)
		print_fact(out, label, "%s", where);
}

/* Who else was inside the cache (cache_race): processor, pid, stack. */
static void print_met(const struct out *out, enum model_check check,
		      const struct evidence_fact *evidence)
{
	if (check != CHECK_cache_race || !fact_has(evidence, evidence, detail))
		return;
	print_fact(out, "concurrent",
		   "pid %" PRId64 " on CPU %" PRId64 ", in the same cache",
		   evidence->detail.of[1], evidence->detail.of[0]);
	print_stack(out, "", &evidence->met);
}

/* ---- one finding ---- */

static void print_confidence(const struct out *out, enum confidence confidence)
{
	static const char *const meanings[CONFIDENCE_COUNT] = {
		[CONFIDENCE_DIRECT] =
			"reported by the kernel, or read from its memory at that moment",
		[CONFIDENCE_WINDOW] =
			"no event of these pools was lost around it",
		[CONFIDENCE_COUNTERS] = "the pool's own counters, read at rest",
		[CONFIDENCE_WALKS] =
			"two walks of all places did not find the page",
		[CONFIDENCE_SWEEP] =
			"read from the packets of this machine, which move on meanwhile",
		[CONFIDENCE_OTHER] =
			"confirmed by a finding in the kernel's memory",
		[CONFIDENCE_EVENTS] =
			"the page's last event that was seen, beside where it lies",
	};

	print_fact(out, "confidence", "%s (%s)", confidence_name(confidence),
		   meanings[confidence]);
}

/* The pool's own sample of allocations, where its pages have none. */
static bool needs_hold_stack(const struct session *session,
			     const struct finding *finding,
			     const struct pool *pool)
{
	if (finding->evidence.handed_out.count)
		return false;
	/* A page that was forgotten is found by who got it. */
	return finding->check == CHECK_leaked ||
	       finding->check == CHECK_suspect_leak || !is_followed(session) ||
	       !pool || !pool->pages.count;
}

/* The facts of what was seen: where, what, when. */
static void print_evidence(const struct out *out, const struct session *session,
			   const struct finding *finding,
			   const struct pool *pool, const struct pool *owner)
{
	const struct evidence_fact *evidence = &finding->evidence;

	print_where(out, evidence, pool, owner);
	print_transition(out, finding->check, evidence, owner);
	print_entry(out, finding->check, evidence);
	print_counts(out, finding->check, evidence, pool);
	if (finding->check == CHECK_suspect_leak && pool) {
		print_posted(out, pool);
		print_looks(out, pool);
	}
	if (finding->check == CHECK_never_freed && pool)
		print_referenced(out, session, pool);
	print_receiver(out, evidence);
	print_detail(out, finding->check, evidence, pool);
	print_when(out, session, finding->check, evidence);
	print_history(out, evidence);
}

void print_seen(const struct out *out, const struct session *session,
		const struct finding *finding)
{
	const struct evidence_fact *evidence = &finding->evidence;
	const struct pool *owner = other_owner(session, evidence);
	const struct pool *pool = finding_pool(session, finding);

	print_evidence(out, session, finding, pool, owner);
	if (pool && finding->check == CHECK_stalled_shutdown)
		print_pages(out, session, pool);
	/* A page has them in a table of its own. */
	if (finding->check == CHECK_stalled_shutdown && !out->html)
		print_holders(out, session);
	print_samples(out, evidence);
	if ((owner || pool) && needs_hold_stack(session, finding, pool))
		print_stack(out, "allocation",
			    &(owner ? owner : pool)->hold_stack);
	if (pool && (finding->check == CHECK_leaked ||
		     finding->check == CHECK_suspect_leak))
		print_unheld(out, session, pool);
	print_stack(out, "stack", &evidence->stack);
	print_process(out, finding);
	print_met(out, finding->check, evidence);
}

static void print_finding(const struct out *out, const struct session *session,
			  const struct finding *finding)
{
	const struct check_info *info = &check_infos[finding->check];
	char times[48];

	fprintf(out->to, "\n%s%s: %s%s\n", out->colour ? "\033[1m" : "",
		info->id, info->headline, out->colour ? "\033[0m" : "");
	print_fact(out, "severity", "%s", severity_name(finding->severity));
	if (finding->count > 1 || finding->at_least)
		print_fact(out, "seen", "%s%s; the first one is shown",
			   finding->at_least ? "at least " : "",
			   count_of(finding->count, "time", times,
				    sizeof(times)));
	print_seen(out, session, finding);
	print_confidence(out, finding->confidence);
	print_fact(out, "causes", "%s", finding_causes(session, finding));
	print_fact(out, "next", "%s", finding_next(session, finding));
}

void print_findings(const struct out *out, const struct session *session)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count)
			print_finding(out, session, &session->findings[check]);
}
