// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>

#include "user/kernel/hook_links.h"
#include "user/kernel/private.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"
#include "user/util/util.h"

/* The hook's program of one way; NULL: none loaded. */
static struct bpf_program *hook_program(const struct loader *loader,
					const struct hook *hook,
					enum attach_way way)
{
	struct bpf_program *program;

	if (!hook->programs[way])
		return NULL;
	program = bpf_object__find_program_by_name(loader->skel->obj,
						   hook->programs[way]);
	return program && bpf_program__fd(program) >= 0 ? program : NULL;
}

static struct bpf_link *attach_function(struct bpf_program *program,
					const struct hook *hook,
					const char *target, enum attach_way way)
{
	if (!target) {
		errno = ENOENT;
		return NULL;
	}
	if (way == ATTACH_KPROBE)
		return bpf_program__attach_kprobe(
			program, hook->when == HOOK_EXIT, target);
	return bpf_program__attach(program);
}

static struct bpf_link *attach_tracepoint(struct bpf_program *program,
					  const struct hook *hook,
					  enum attach_way way)
{
	char target[64];
	bool hidden;

	if (way != ATTACH_RAW_TP)
		return bpf_program__attach(program);
	hidden = testing_is("hide", hook->targets[0]) ||
		 testing_is("hide", hook->name);
	snprintf(target, sizeof(target), "%s%s", hook->targets[0],
		 hidden ? ".hidden" : "");
	return bpf_program__attach_raw_tracepoint(program, target);
}

/* Test only: it looks attached, and is never called. */
static void silence(struct loader *loader, size_t index)
{
	bpf_link__destroy(loader->links[index]);
	loader->links[index] = NULL;
}

/* Takes the first way that this kernel allows. */
static void attach_hook(struct loader *loader, size_t index)
{
	struct hook_state *state = &loader->hooks[index];
	const struct hook *hook = &hooks[index];
	struct bpf_program *program;
	int way;

	state->error = -EOPNOTSUPP;
	loader->hook_fds[index] = -1;
	for (way = ATTACH_COUNT - 1; way > ATTACH_NONE; way--) {
		program = hook_program(loader, hook, way);
		if (!program)
			continue;
		loader->links[index] =
			hook->when == HOOK_TRACEPOINT ?
				attach_tracepoint(program, hook, way) :
				attach_function(program, hook, state->target,
						way);
		if (loader->links[index]) {
			loader->hook_fds[index] = bpf_program__fd(program);
			if (testing_is("silent", hook->name))
				silence(loader, index);
			state->way = way;
			state->error = 0;
			return;
		}
		state->error = -errno;
	}
}

/*
 * In the table's order: the kernel calls the programs of a tracepoint in the
 * order in which they came, and a nested hook must come after its first.
 */
int hook_links_attach(struct loader *loader)
{
	size_t i;
	int err;

	for (i = 0; i < hook_count; i++) {
		attach_hook(loader, i);
		err = loader->hooks[i].error;
		if (error_is_shortage(err)) {
			pr_error("cannot attach to '%s': %s",
				 hooks[i].targets[0], error_text(err));
			return err;
		}
		if (loader->hooks[i].way != ATTACH_NONE || !hooks[i].required)
			continue;
		pr_error(
			"this kernel has no tracepoint '%s': %s; is page_pool built in (CONFIG_PAGE_POOL)?",
			hooks[i].targets[0], error_text(err));
		return -EOPNOTSUPP;
	}
	return 0;
}

void hook_links_detach(struct loader *loader)
{
	size_t i;

	loader->bss->armed = ARMED_NOT;
	for (i = 0; i < hook_count; i++) {
		bpf_link__destroy(loader->links[i]);
		loader->links[i] = NULL;
	}
}

/* What is pinned of it goes on: to destroy that of a kprobe would disable it. */
static void leave_link(struct bpf_link *link)
{
	int fd = link ? bpf_link__fd(link) : -1;

	if (link)
		bpf_link__disconnect(link);
	bpf_link__destroy(link);
	close_fd(&fd);
}

void hook_links_leave(struct loader *loader)
{
	size_t i;

	for (i = 0; i < HOOK_MAX; i++) {
		leave_link(loader->links[i]);
		loader->links[i] = NULL;
	}
}
