// SPDX-License-Identifier: GPL-2.0
/* XDP statistics programs on the system, whoever loaded them. */
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/netns.h"
#include "user/kernel/xdp_read.h"
#include "user/util/testing.h"
#include "user/util/util.h"

/* Those of 0 are left out. */
static struct actions_fact count_actions(const __u64 counts[XDP_ACTIONS])
{
	struct actions_fact actions = {};

	if (counts[XDP_ABORTED])
		fact_set(&actions, actions, aborted, counts[XDP_ABORTED]);
	if (counts[XDP_DROP])
		fact_set(&actions, actions, drop, counts[XDP_DROP]);
	if (counts[XDP_PASS])
		fact_set(&actions, actions, pass, counts[XDP_PASS]);
	if (counts[XDP_TX])
		fact_set(&actions, actions, tx, counts[XDP_TX]);
	if (counts[XDP_REDIRECT])
		fact_set(&actions, actions, redirect, counts[XDP_REDIRECT]);
	return actions;
}

/* A histogram without its empty end; it borrows the buckets. */
static struct counts histogram(__u64 *buckets, size_t count)
{
	while (count && !buckets[count - 1])
		count--;
	return (struct counts){ (uint64_t *)buckets, count };
}

static void describe_programs(const struct xdp_instance *instance,
			      struct strings *list)
{
	for (; list->count < instance->program_count; list->count++)
		list->items[list->count] = instance->programs[list->count].name;
}

static int describe_loaded(const struct xdp_instance *instance,
			   const struct xdp_reading *reading,
			   struct xdp_program_facts *list)
{
	const struct xdp_program *program;
	struct xdp_program_fact *fact;
	char path[512], tag[2 * BPF_TAG_SIZE + 1];
	int err = 0, i;

	for (; !err && list->count < instance->program_count; list->count++) {
		program = &instance->programs[list->count];
		fact = &list->items[list->count];
		for (i = 0; i < BPF_TAG_SIZE; i++)
			snprintf(tag + 2 * i, 3, "%02x", program->tag[i]);
		fact_set(fact, xdp_program, id, program->id);
		fact_set(fact, xdp_program, name, program->name);
		fact_set(fact, xdp_program, tag, strdup(tag));
		if (!reading->place_count &&
		    xdp_pin_path(program->id, path, sizeof(path)))
			fact_set(fact, xdp_program, pinned, strdup(path));
		err = fact->tag ? 0 : -ENOMEM;
	}
	return err;
}

static void free_loaded(struct xdp_program_facts *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free((char *)list->items[i].tag);
		free((char *)list->items[i].pinned);
	}
	free(list->items);
}

static int describe_places(const struct xdp_reading *reading,
			   struct xdp_places *places,
			   struct xdp_place_facts *list)
{
	const struct xdp_place *place;
	struct xdp_place_fact *fact;
	char text[NAME_MAX + 1];
	const char *netns;

	for (; list->count < reading->place_count; list->count++) {
		place = &reading->places[list->count];
		fact = &list->items[list->count];
		netns = xdp_places_netns(places, place->netns, text,
					 sizeof(text));
		fact_set(fact, xdp_place, device, place->device);
		fact_set(fact, xdp_place, ifindex, place->ifindex);
		fact_set(fact, xdp_place, netns, place->netns);
		fact_set(fact, xdp_place, attached, place->attached);
		if (place->mode)
			fact_set(fact, xdp_place, mode, place->mode);
		if (place->link)
			fact_set(fact, xdp_place, link, place->link);
		if (!*netns)
			continue;
		fact_set(fact, xdp_place, netns_name, strdup(netns));
		if (!fact->netns_name)
			return -ENOMEM;
	}
	return 0;
}

static void free_places(struct xdp_place_facts *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free((char *)list->items[i].netns_name);
	free(list->items);
}

static void describe_queues(const struct xdp_reading *reading,
			    struct xdp_queue_facts *list)
{
	const struct xdp_queue_reading *queue;
	struct xdp_queue_fact *fact;

	for (; list->count < reading->queue_count; list->count++) {
		queue = &reading->queues[list->count];
		fact = &list->items[list->count];
		fact_set(fact, xdp_queue, queue, queue->queue);
		fact_set(fact, xdp_queue, packets,
			 count_actions(queue->packets));
		fact_set(fact, xdp_queue, bytes, count_actions(queue->bytes));
		fact_set(fact, xdp_queue, memory_type,
			 xdp_memory_type_name(queue->rxq.memory_type));
		fact_set(fact, xdp_queue, memory_id, queue->rxq.memory_id);
	}
}

/* What the items of the lists point to is the instance's and the reading's. */
static int describe_lists(const struct xdp_instance *instance,
			  const struct xdp_reading *reading,
			  struct xdp_places *places, struct xdp_fact *xdp)
{
	int err;

	xdp->programs.items = calloc(instance->program_count + 1,
				     sizeof(*xdp->programs.items));
	xdp->loaded.items =
		calloc(instance->program_count + 1, sizeof(*xdp->loaded.items));
	xdp->places.items =
		calloc(reading->place_count + 1, sizeof(*xdp->places.items));
	xdp->queues.items =
		calloc(reading->queue_count + 1, sizeof(*xdp->queues.items));
	if (!xdp->programs.items || !xdp->loaded.items || !xdp->places.items ||
	    !xdp->queues.items)
		return -ENOMEM;
	describe_programs(instance, &xdp->programs);
	fact_mark(xdp, xdp, programs);
	describe_queues(reading, &xdp->queues);
	fact_mark(xdp, xdp, queues);
	err = describe_places(reading, places, &xdp->places);
	fact_mark(xdp, xdp, places);
	if (!err)
		err = describe_loaded(instance, reading, &xdp->loaded);
	fact_mark(xdp, xdp, loaded);
	return err;
}

static void free_lists(struct xdp_fact *xdp)
{
	free(xdp->programs.items);
	free_places(&xdp->places);
	free_loaded(&xdp->loaded);
	free(xdp->queues.items);
}

static void describe_samples(struct xdp_reading *reading, struct xdp_fact *xdp)
{
	struct xdp_sample_stats *samples = &reading->samples;

	fact_set(xdp, xdp, sample, reading->sample);
	fact_set(xdp, xdp, sampled, samples->frames);
	fact_set(xdp, xdp, multi_buffer, samples->multi_buffer);
	fact_set(xdp, xdp, headroom,
		 histogram(samples->headroom, XDP_HEADROOM_BUCKETS));
	fact_set(xdp, xdp, fragments,
		 histogram(samples->fragments, XDP_FRAG_BUCKETS));
	fact_set(xdp, xdp, reuse, histogram(reading->reuse, XDP_REUSE_BUCKETS));
	fact_set(xdp, xdp, reuse_max, reading->reuse_max);
}

static void subtract(__u64 difference[XDP_ACTIONS], const __u64 *now,
		     const __u64 *start)
{
	int i;

	for (i = 0; i < XDP_ACTIONS; i++)
		difference[i] = now[i] - start[i];
}

/* What came since the watch began; a page's sightings only if they became more. */
static void describe_watched(const struct xdp_reading *reading,
			     const struct xdp_totals *start,
			     struct xdp_watched_fact *watched)
{
	struct xdp_totals now = xdp_reading_totals(reading);
	__u64 difference[XDP_ACTIONS];

	subtract(difference, now.packets, start->packets);
	fact_set(watched, xdp_watched, packets, count_actions(difference));
	subtract(difference, now.bytes, start->bytes);
	fact_set(watched, xdp_watched, bytes, count_actions(difference));
	fact_set(watched, xdp_watched, multi_buffer,
		 now.multi_buffer - start->multi_buffer);
	fact_set(watched, xdp_watched, reuse_max,
		 now.reuse_max > start->reuse_max ? now.reuse_max : 0);
}

static void note_failure(struct xdp_failure *failure, int err)
{
	if (!failure->count++)
		failure->error = err;
}

static bool is_place_wanted(const struct live *live,
			    const struct xdp_place *place)
{
	struct netdev_place at = { place->ifindex, place->netns };
	struct pool_identity id = { .ifindex = place->ifindex,
				    .netns = place->netns };

	return testing_netns_wanted(place->netns) &&
	       (live_place_wanted(live, at) || live_is_lower(live, &id));
}

/* Of a judged device; without -i also what is on no known device. */
static bool is_reading_wanted(const struct live *live,
			      const struct xdp_reading *reading)
{
	size_t i;

	for (i = 0; i < reading->place_count; i++)
		if (is_place_wanted(live, &reading->places[i]))
			return true;
	return !reading->place_count && !live_has_devices(live) &&
	       testing_netns_wanted(0);
}

/* Each device that frames came from is one that it is attached to? */
static bool is_attached_throughout(const struct xdp_reading *reading)
{
	size_t i;

	for (i = 0; i < reading->place_count; i++)
		if (!reading->places[i].attached)
			return false;
	return reading->place_count;
}

static int read_instance(const struct xdp_instance *instance,
			 struct xdp_places *places, struct xdp_reading *reading)
{
	int err = xdp_read(instance, places, reading);

	if (err || places->everywhere || is_attached_throughout(reading))
		return err;
	/* On a device of another namespace, then, or on none. */
	err = xdp_places_find_everywhere(places);
	if (!err)
		err = xdp_reading_add_places(instance, places, reading);
	if (err)
		xdp_reading_free(reading);
	return err;
}

static void emit_reading(struct live *live, const struct xdp_watch *watch,
			 struct xdp_places *places, struct xdp_reading *reading)
{
	struct fact fact = { .type = FACT_xdp };
	struct xdp_fact *xdp = &fact.xdp;
	int err;

	err = describe_lists(&watch->instance, reading, places, xdp);
	if (err) {
		live_fail(live, err);
		goto free;
	}
	xdp->id = watch->instance.id;
	fact_set(xdp, xdp, packets, count_actions(reading->packets));
	fact_set(xdp, xdp, bytes, count_actions(reading->bytes));
	fact_set(xdp, xdp, sizes, histogram(reading->sizes, XDP_SIZE_BUCKETS));
	describe_samples(reading, xdp);
	/* What is pinned began before this process came. */
	if (!live->options.pinned) {
		describe_watched(reading, &watch->start, &xdp->watched);
		fact_mark(xdp, xdp, watched);
	}
	if (!watch->alive)
		fact_set(xdp, xdp, ended, true);
	live_emit(live, &fact);
free:
	free_lists(xdp);
}

/* A program that is gone was where it was last. */
static int read_gone(const struct xdp_watch *watch, struct xdp_places *places,
		     struct xdp_reading *reading)
{
	int err = xdp_read(&watch->instance, places, reading);

	if (err)
		return err;
	err = xdp_reading_add_past(watch->places, watch->place_count, reading);
	if (err)
		xdp_reading_free(reading);
	return err;
}

/* The reading's places become the watch's. */
static void keep_places(struct xdp_watch *watch, struct xdp_reading *reading)
{
	free(watch->places);
	watch->places = reading->places;
	watch->place_count = reading->place_count;
	reading->places = NULL;
	reading->place_count = 0;
}

static void emit_instance(struct live *live, struct xdp_watch *watch,
			  struct xdp_places *places)
{
	struct xdp_reading reading;
	int err = watch->alive ?
			  read_instance(&watch->instance, places, &reading) :
			  read_gone(watch, places, &reading);

	if (err) {
		note_failure(&live->xdp_unread, err);
		return;
	}
	if (is_reading_wanted(live, &reading))
		emit_reading(live, watch, places, &reading);
	keep_places(watch, &reading);
	xdp_reading_free(&reading);
}

/* ---- which there are ---- */

static struct xdp_watch *find_program(struct live *live, uint32_t program)
{
	const struct xdp_instance *instance;
	size_t i, k;

	for (i = 0; i < live->xdp_count; i++) {
		instance = &live->xdp[i].instance;
		for (k = 0; k < instance->program_count; k++)
			if (instance->programs[k].id == program)
				return &live->xdp[i];
	}
	return NULL;
}

static bool is_known(void *data, uint32_t program)
{
	struct xdp_watch *watch = find_program(data, program);

	if (watch)
		watch->alive = true;
	return watch;
}

static bool has_id(const struct live *live, uint32_t id)
{
	size_t i;

	for (i = 0; i < live->xdp_count; i++)
		if (live->xdp[i].instance.id == id)
			return true;
	return false;
}

/* What an instance that is older than the watch has counted by now. */
static void read_start(struct live *live, struct xdp_watch *watch)
{
	static const struct xdp_places nowhere;
	struct xdp_reading reading;
	int err;

	if (live->xdp_begun || live->options.pinned)
		return;
	err = xdp_read(&watch->instance, &nowhere, &reading);
	if (err) {
		note_failure(&live->xdp_unread, err);
		return;
	}
	watch->start = xdp_reading_totals(&reading);
	xdp_reading_free(&reading);
}

/* Takes an instance over from a list, which forgets it. */
static int adopt(struct live *live, struct xdp_instance *from)
{
	struct xdp_watch *grown, *watch;

	grown = realloc(live->xdp, (live->xdp_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	live->xdp = grown;
	watch = &grown[live->xdp_count++];
	*watch = (struct xdp_watch){ .instance = *from, .alive = true };
	memset(from, 0, sizeof(*from));
	from->stats = from->samples = from->rxq = from->reuse = -1;
	from->inspect = from->inspect_frags = -1;
	read_start(live, watch);
	return 0;
}

static void free_watch(struct xdp_watch *watch)
{
	struct xdp_instance *instance = malloc(sizeof(*instance));

	if (!instance)
		return;
	free(watch->places);
	*instance = watch->instance;
	xdp_instances_free(instance, 1);
}

/* Programs that are gone: their last numbers, then farewell. */
static void drop_gone(struct live *live)
{
	struct xdp_places places = {};
	size_t i, kept = 0;

	for (i = 0; i < live->xdp_count; i++) {
		if (live->xdp[i].alive) {
			live->xdp[kept++] = live->xdp[i];
			continue;
		}
		places.own = netns_own();
		emit_instance(live, &live->xdp[i], &places);
		free_watch(&live->xdp[i]);
	}
	live->xdp_count = kept;
	xdp_places_clear(&places);
}

static void find_new(struct live *live)
{
	struct xdp_instance *list = NULL;
	size_t count = 0, i;
	int err;

	for (i = 0; i < live->xdp_count; i++)
		live->xdp[i].alive = false;
	err = xdp_find(is_known, live, &list, &count);
	if (err) {
		for (i = 0; i < live->xdp_count; i++)
			live->xdp[i].alive = true;
		note_failure(&live->xdp_unlisted, err);
		return;
	}
	drop_gone(live);
	for (i = 0; !err && i < count; i++)
		if (!has_id(live, list[i].id))
			err = adopt(live, &list[i]);
	live_fail(live, err);
	xdp_instances_free(list, count);
}

/* ---- inspectors ---- */

/* Is it on a judged device? On none that is known: then perhaps, too. */
static bool is_instance_wanted(const struct live *live,
			       const struct xdp_instance *instance,
			       const struct xdp_places *places)
{
	bool placed = false;
	size_t i, k;

	for (i = 0; i < places->count; i++)
		for (k = 0; k < instance->program_count; k++) {
			if (instance->programs[k].id !=
			    places->items[i].program)
				continue;
			if (is_place_wanted(live, &places->items[i].place))
				return true;
			placed = true;
		}
	return !placed;
}

static void inspect(struct live *live, struct xdp_watch *watch)
{
	int err = xdp_set_inspectors(&watch->instance,
				     live->loader.inspector_fds,
				     live->loader.frags_inspector_fds);

	watch->inspected = !err;
	watch->occupied = err == -EEXIST;
	watch->refused = err && err != -EEXIST;
	if (watch->refused)
		note_failure(&live->xdp_uninspected, err);
}

/* A program may come to a device, or be left by another netmem-check, at any time. */
static void inspect_all(struct live *live)
{
	struct xdp_places places = {};
	bool narrow = live_has_devices(live), found = false;
	struct xdp_watch *watch;
	size_t i;
	int err;

	for (i = 0; i < live->xdp_count; i++) {
		watch = &live->xdp[i];
		if (watch->inspected || watch->refused)
			continue;
		if (narrow && !found) {
			err = xdp_places_find(&places);
			if (err) {
				note_failure(&live->xdp_unlisted, err);
				return;
			}
			found = true;
		}
		if (!narrow ||
		    is_instance_wanted(live, &watch->instance, &places))
			inspect(live, watch);
	}
	xdp_places_clear(&places);
}

bool live_xdp_occupied(const struct live *live)
{
	size_t i;

	for (i = 0; i < live->xdp_count; i++)
		if (live->xdp[i].occupied)
			return true;
	return false;
}

void live_find_xdp(struct live *live)
{
	uint64_t fingerprint = xdp_programs_fingerprint();

	/*
	 * Reading a map from here keeps kprobe programs of this processor from
	 * running (bpf_disable_instrumentation() in kernel/bpf/syscall.c): so only
	 * when a program came or went.
	 */
	if (fingerprint != live->xdp_fingerprint) {
		live->xdp_fingerprint = fingerprint;
		find_new(live);
	}
	live->xdp_begun = true;
	inspect_all(live);
}

/* ---- facts ---- */

static void emit_redirect_error(struct live *live,
				const struct redirect_count *count,
				struct xdp_places *places)
{
	struct fact fact = { .type = FACT_redirect_error };
	struct redirect_error_fact *error = &fact.redirect_error;
	struct xdp_place place = { .ifindex = count->key.ifindex,
				   .netns = count->key.netns };
	char text[NAME_MAX + 1], number[16];
	const char *netns, *name;

	memcpy(place.device, count->record.device, NAME_LEN);
	if (!is_place_wanted(live, &place))
		return;
	netns = xdp_places_netns(places, place.netns, text, sizeof(text));
	snprintf(number, sizeof(number), "%d", -count->key.error);
	name = count->key.error ? strerrorname_np(-count->key.error) : "none";
	error->device = place.device;
	error->ifindex = place.ifindex;
	error->error = name ? name : number;
	error->count = count->record.count;
	fact_set(error, redirect_error, netns, place.netns);
	fact_set(error, redirect_error, stage,
		 count->key.stage == REDIRECT_TARGET ? "redirect" : "transmit");
	if (*netns)
		fact_set(error, redirect_error, netns_name, netns);
	if (*count->record.to)
		fact_set(error, redirect_error, to, count->record.to);
	live_emit(live, &fact);
}

static void emit_redirect_errors(struct live *live, struct xdp_places *places)
{
	struct redirect_count *counts;
	int count = loader_redirects(&live->loader, &counts), i;

	for (i = 0; i < count; i++)
		emit_redirect_error(live, &counts[i], places);
	free(counts);
	if (count < 0)
		live_fail(live, count);
}

void live_emit_xdp(struct live *live)
{
	struct xdp_places places = {};
	size_t i;
	int err;

	err = xdp_places_find(&places);
	if (err)
		note_failure(&live->xdp_unlisted, err);
	for (i = 0; !err && i < live->xdp_count; i++)
		emit_instance(live, &live->xdp[i], &places);
	emit_redirect_errors(live, &places);
	xdp_places_clear(&places);
}

static void emit_failure(struct live *live, const struct xdp_failure *failure,
			 const char *what)
{
	char why[160];

	snprintf(why, sizeof(why), "%s: %s", what, error_text(failure->error));
	live_emit_loss(live, LOSS_XDP, failure->count, why);
}

void live_emit_xdp_losses(struct live *live)
{
	emit_failure(live, &live->xdp_unlisted,
		     "looks for XDP programs and their devices");
	emit_failure(live, &live->xdp_unread,
		     "readings of XDP programs' statistics");
	emit_failure(live, &live->xdp_uninspected,
		     "XDP programs whose frames were not inspected");
}

void live_release_xdp(struct live *live)
{
	size_t i;

	for (i = 0; i < live->xdp_count; i++)
		free_watch(&live->xdp[i]);
	free(live->xdp);
	live->xdp = NULL;
	live->xdp_count = 0;
}
