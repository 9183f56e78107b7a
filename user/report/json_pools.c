// SPDX-License-Identifier: GPL-2.0
/* The JSON report of pools, and of the devices that have them or have none. */
#include "user/report/json.h"

/* What names the pool of a page, or pool and walk of a holder. */
static const char *const page_of[] = { "slot", "life", NULL };
static const char *const holder_of[] = { "walk", "slot", "life", NULL };

static void set_pages(json_t *object, const struct session *session,
		      const struct pool *pool)
{
	const struct page_facts *pages = &pool->pages;
	size_t listed = count_listed_pages(session, pool), i;
	json_t *array = build_array();

	for (i = 0; i < pages->count; i++)
		if (is_old_enough(session, pages->items[i].age_ms))
			add_item(array,
				 encode_without(FACT_page, &pages->items[i],
						page_of));
	set_member(object, "pages", array);
	set_number(object, "pages_unlisted",
		   pool->pages_unlisted + pages->count - listed);
}

/* Queues that have pages of the pool. */
static void set_holders(json_t *object, const struct session *session,
			const struct pool *pool)
{
	const struct holder_facts *holders = &pool->holders;
	json_t *array = build_array();
	size_t i;

	for (i = 0; i < holders->count; i++)
		if (is_old_enough(session, holders->items[i].oldest_ms))
			add_item(array,
				 encode_without(FACT_holder, &holders->items[i],
						holder_of));
	set_number(object, "holders_unlisted",
		   holders->count - json_array_size(array));
	set_member(object, "holders", array);
}

static json_t *build_held(const struct held *held)
{
	json_t *object;

	if (!held->walks)
		return json_null();
	object = build_object();
	set_number(object, "out", held->out);
	set_number(object, "attributed", held->attributed);
	set_number(object, "unheld", held->unaccounted);
	if (held->referenced)
		set_number(object, "referenced", held->referenced);
	set_number(object, "returned", held->returned);
	set_number(object, "walks", held->walks);
	return object;
}

static void set_identity(json_t *object, const struct pool *pool)
{
	char name[128];

	set_string(object, "name", pool_name(pool, name, sizeof(name)));
	set_member(object, "pool", build_address(pool->address));
	set_number(object, "slot", pool->slot);
	set_number(object, "life", pool->seq);
	set_optional(object, "device", null_if_empty(pool->device));
	set_known(object, "queue", pool->queue >= 0, pool->queue);
	set_known(object, "cpu", pool->cpu >= 0, pool->cpu);
	set_optional(object, "driver", null_if_empty(pool->driver));
	set_member(object, "forgotten", json_boolean(pool->forgotten));
	set_number(object, "ifindex", pool->ifindex);
	set_number(object, "netns", pool->netns);
	set_number(object, "netlink_id", pool->netlink_id);
	set_number(object, "xdp_mem_id", pool->xdp_mem_id);
	set_number(object, "napi_id", pool->napi_id);
	set_number(object, "order", pool->order);
	set_number(object, "size", pool->size);
	set_member(object, "dma_map", json_boolean(pool->dma_map));
	set_member(object, "born_seen", json_boolean(pool->born_seen));
}

/* Pages out as the function tier followed them, and as the pool counts them. */
static json_t *build_followed(const struct pool *pool)
{
	json_t *object;

	if (!pool->followed)
		return json_null();
	object = build_object();
	set_number(object, "out", pool->followed_out);
	set_number(object, "unsure", pool->followed_unsure);
	set_number(object, "kernel", pool->followed_kernel);
	return object;
}

/* The pool at the traffic's end, with the names of the pool's own members. */
static json_t *build_attached(const struct pool *pool)
{
	const struct attached_fact *attached = &pool->attached;
	json_t *object;

	if (!pool->was_attached)
		return json_null();
	object = build_object();
	set_number(object, "hold", attached->hold);
	set_number(object, "release", attached->release);
	set_number(object, "in_cache", attached->cache);
	set_number(object, "in_ring", attached->ring);
	set_number(object, "out",
		   (int64_t)(int32_t)(attached->hold - attached->release) -
			   attached->cache - attached->ring);
	set_member(object, "audit_rested", json_boolean(attached->stable));
	if (fact_has(attached, attached, flow))
		set_member(object, "flow",
			   fact_encode(FACT_paths, &attached->flow));
	return object;
}

static json_t *build_look(const struct suspects_fact *look)
{
	json_t *object = build_object();

	set_number(object, "pages", look->pages);
	set_number(object, "unmet", look->unmet);
	set_number(object, "again", look->again);
	set_number(object, "thrice", look->thrice);
	set_known(object, "apart_ms", fact_has(look, suspects, apart_ms),
		  look->apart_ms);
	set_number(object, "hold", look->hold);
	set_number(object, "release", look->release);
	return object;
}

/* Those in a row that prove something by themselves. */
static json_t *build_looks(const struct pool *pool)
{
	json_t *looks = build_array();
	unsigned int i;

	for (i = 0; i < pool->look_count; i++)
		add_item(looks, build_look(&pool->looks[i]));
	return looks;
}

/* Alive: what its device may have, what is out, and what of it nobody has. */
static json_t *build_posted(const struct pool *pool)
{
	const struct posted_fact *posted = &pool->posted;
	json_t *object;

	if (!pool->has_posted)
		return json_null();
	object = build_object();
	set_known(object, "pages", fact_has(posted, posted, pages),
		  posted->pages);
	set_known(object, "out", fact_has(posted, posted, out), posted->out);
	set_known(object, "unmet", fact_has(posted, posted, unmet),
		  posted->unmet);
	set_known(object, "apart_ms", fact_has(posted, posted, apart_ms),
		  posted->apart_ms);
	set_optional(object, "unavailable",
		     fact_has(posted, posted, code) ?
			     blind_code_name(posted->code) :
			     NULL);
	set_member(object, "looks", build_looks(pool));
	return object;
}

/* Pages that left it with more than one reference, and were not freed. */
static json_t *build_referenced(const struct session *session,
				const struct pool *pool)
{
	const struct referenced_fact *referenced =
		pool_referenced(session, pool);

	return referenced ?
		       encode_without(FACT_referenced, referenced, page_of) :
		       json_null();
}

/* Its windows, and the last look after the drain. */
static void set_counts(json_t *object, const struct pool *pool)
{
	bool shadow = pool->counted && pool->shadow_held >= 0;
	bool scan = pool->counted && pool->scan_held >= 0;

	set_member(object, "judged", json_boolean(pool->judged));
	set_string(object, "state", pool_state_name(pool->state));
	set_number(object, "events", pool->events);
	set_number(object, "conclusive", pool->conclusive);
	set_number(object, "windows", pool->windows);
	set_number(object, "gaps", pool->gaps);
	set_number(object, "net_iov", pool->net_iov);
	set_member(object, "unfollowed", json_boolean(pool->untracked));
	set_member(object, "quiet",
		   json_boolean(pool->counted && pool->stable));
	set_known(object, "hold", pool->counted, pool->hold);
	set_known(object, "release", pool->counted, pool->release);
	set_number(object, "inflight", pool->inflight);
	set_known(object, "shadow", shadow, pool->shadow_held);
	set_known(object, "scan", scan, pool->scan_held);
	set_known(object, "netlink", pool->netlink_counted,
		  pool->netlink_inflight);
	set_known(object, "bytes", pool->has_bytes, pool->bytes);
	set_known(object, "destroyed_ms", pool->destroyed_ms >= 0,
		  pool->destroyed_ms);
	set_member(object, "mismatch", json_boolean(pool->mismatch));
}

/* What became of its pages, by whoever counts them; null: nobody read it. */
static json_t *build_usage(const struct session *session,
			   const struct pool *pool)
{
	struct usage usage = pool_usage(session, pool);
	double recycled = usage_recycled(&usage);
	json_t *object;

	if (!pool->readings)
		return json_null();
	object = build_object();
	set_string(object, "since", usage.totals ? "pool" : "watch");
	set_number(object, "entered", usage.entered);
	set_number(object, "left", usage.left);
	set_known(object, "allocations", usage.has_allocations,
		  usage.allocations);
	set_known(object, "kept", usage.has_kept, usage.kept);
	set_member(object, "recycled",
		   recycled < 0 ? json_null() : build_real(recycled));
	return object;
}

/* The kernel's own numbers of the same time; null: it keeps none. */
static json_t *build_stats(const struct session *session,
			   const struct pool *pool)
{
	struct usage usage = pool_usage(session, pool);
	enum stats_count differs = stats_compare(session, pool).of;
	json_t *object;

	if (!pool->has_stats)
		return json_null();
	object = fact_encode(FACT_statistics, &usage.numbers);
	set_member(object, "compared",
		   json_boolean(differs != STATS_NOT_COMPARED));
	set_member(object, "differs",
		   json_boolean(differs > STATS_NOT_COMPARED));
	return object;
}

static json_t *build_inspected(const struct pool *pool)
{
	json_t *object = build_object();

	set_number(object, "frames", pool->frames);
	set_number(object, "misaligned", pool->frames_misaligned);
	return object;
}

static json_t *build_pool(const struct session *session,
			  const struct pool *pool)
{
	const char *reason = leak_reason_code(pool->leak_reason);
	json_t *object = build_object();

	set_identity(object, pool);
	set_counts(object, pool);
	set_known(object, "in_cache", pool->audited, pool->in_cache);
	set_known(object, "in_ring", pool->audited, pool->in_ring);
	set_known(object, "out", pool->audited, pool->out);
	set_member(object, "audit_rested",
		   json_boolean(pool->audited && pool->audit_stable));
	set_member(object, "usage", build_usage(session, pool));
	set_member(object, "stats", build_stats(session, pool));
	set_member(object, "flow",
		   pool->has_flow ? fact_encode(FACT_paths, &pool->flow) :
				    json_null());
	if (pool->frames)
		set_member(object, "inspected", build_inspected(pool));
	set_member(object, "followed", build_followed(pool));
	set_member(object, "attached", build_attached(pool));
	set_known(object, "oldest_ms", pool->oldest_ms >= 0, pool->oldest_ms);
	set_pages(object, session, pool);
	set_holders(object, session, pool);
	set_member(object, "held", build_held(&pool->held));
	set_member(object, "posted", build_posted(pool));
	set_member(object, "referenced", build_referenced(session, pool));
	set_member(object, "unheld_pages",
		   encode_list(FACT_page, pool->unheld_pages.items,
			       pool->unheld_pages.count, page_of));
	if (session->search.walk)
		set_member(object, "containers",
			   encode_list(FACT_container, pool->containers.items,
				       pool->containers.count, holder_of));
	set_optional(object, "unheld_doubt", reason);
	set_member(object, "hold_stack", build_strings(&pool->hold_stack));
	return object;
}

json_t *build_pools(const struct session *session)
{
	json_t *pools = build_array();
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		add_item(pools, build_pool(session, session->pools[i]));
	return pools;
}

/* With why it has no pool, null where it has one. */
json_t *build_devices(const struct session *session)
{
	const struct device_facts *devices = &session->devices;
	json_t *array = build_array(), *object;
	enum no_pool why;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		object = fact_encode(FACT_device, &devices->items[i]);
		why = session_why_no_pool(&devices->items[i]);
		set_member(object, "why_no_pool",
			   session_device_is_judged(session,
						    &devices->items[i]) ?
				   json_null() :
				   build_string(no_pool_name(why)));
		add_item(array, object);
	}
	return array;
}

/* Pools that went and are not kept one by one. */
json_t *build_gone(const struct gone_pools *gone)
{
	json_t *object = build_object();

	set_number(object, "pools", gone->pools);
	set_number(object, "events", gone->events);
	set_number(object, "conclusive", gone->conclusive);
	set_number(object, "gaps", gone->gaps);
	return object;
}
