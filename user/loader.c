// SPDX-License-Identifier: GPL-2.0
/*
 * Load all, attach all, then arm with one flag: programs that come in one
 * after the other under traffic would see releases without their holds.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "user/kernel/kernel_btf.h"
#include "user/kernel/privileges.h"
#include "user/kernel/demand.h"
#include "user/kernel/hook_links.h"
#include "user/kernel/known_symbols.h"
#include "user/kernel/maps.h"
#include "user/kernel/plain_object.h"
#include "user/kernel/private.h"
#include "user/kernel/probe.h"
#include "user/kernel/skeletons.h"
#include "user/loader.h"
#include "user/util/testing.h"
#include "user/util/util.h"

#define RING_BYTES (32U << 20)
/* Programs, maps and links, at least. */
#define FILES_NEEDED 64
/* More holes than frames: a hash is cheaper than an array. */
#define SPARSE_FACTOR 8
#define SPARSE_ENTRIES (1U << 18)
/*
 * Places for net_iovs that pools have had since arming, where the kernel has
 * any: one for so many page frames, within limits. More net_iovs are a loss.
 */
#define NET_IOV_FRAMES 32
#define NET_IOV_MIN (1U << 12)
#define NET_IOV_MAX (1U << 17)
/*
 * A helper's call for each page that leaves would double what a release costs;
 * a path that never drops its references shows in one of these as well.
 */
#define RELEASES_A_READING 16
/* What the kernel takes for an entry of a hash beside its value, about. */
#define HASH_ENTRY_BYTES 72

/* Kernels before 5.11 charge BPF memory to RLIMIT_MEMLOCK. */
static void raise_memlock(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &limit);
}

/* libbpf takes a lack of files for a lack of features, and would blame those. */
static int check_files(void)
{
	int fds[FILES_NEEDED], count = 0, err = 0;

	while (!err && count < FILES_NEEDED) {
		fds[count] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
		if (fds[count] < 0)
			err = -errno;
		else
			count++;
	}
	while (count)
		close(fds[--count]);
	if (err)
		pr_error("cannot open %d files at once: %s; raise ulimit -n",
			 FILES_NEEDED, error_text(err));
	return err;
}

static int require(enum capability capability, const char *what)
{
	int err = probe_one(capability);

	if (!err)
		return 0;
	if (error_is_shortage(err)) {
		pr_error("cannot tell whether this kernel has %s: %s", what,
			 error_text(err));
		return err;
	}
	if (err == -ESRCH) {
		pr_error(
			"no BTF of this kernel (CONFIG_DEBUG_INFO_BTF) in /sys/kernel/btf, /boot, /lib/modules or /usr/lib/debug; --btf FILE names one, netmem-check probe shows more");
		return -EOPNOTSUPP;
	}
	pr_error("this kernel has no %s: %s; see netmem-check probe", what,
		 error_text(err));
	return -EOPNOTSUPP;
}

static int check_requirements(void)
{
	int err = check_privileges();

	if (!err)
		err = check_files();
	if (!err)
		err = require(CAP_BTF,
			      "BTF with page_pool (CONFIG_DEBUG_INFO_BTF)");
	if (!err)
		err = require(CAP_TEST_RUN, "on-demand tracing programs");
	return err;
}

/* Inspectors have been run with compare-and-swap only. */
static bool is_inspector(const char *name)
{
	return !strncmp(name, "inspect_", 8);
}

/* Programs that a snapshot has no use for: to verify them takes a while. */
static bool is_of_watch(const char *name)
{
	static const char *const names[] = {
		"netmem_reseed",
		"netmem_hold_nested",
		"netmem_release_nested",
		"netmem_connect",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return is_inspector(name);
}

static bool is_of_function(const char *section)
{
	return !strncmp(section, "fentry", 6) ||
	       !strncmp(section, "fexit", 5) ||
	       !strncmp(section, "kprobe", 6) ||
	       !strncmp(section, "kretprobe", 9);
}

/* Who does not see pages freed has no use for their references. */
static void choose_references(struct loader *loader,
			      const struct loader_options *options, bool typed)
{
	uint64_t every = RELEASES_A_READING;

	if (!options->references || !typed || !loader->cmpxchg)
		return;
	testing_limit("references-every", &every);
	loader->skel->rodata->reference_every = every;
}

static int choose_programs(struct loader *loader,
			   const struct loader_options *options)
{
	int frags = probe_has(CAP_XDP_FRAGS), xdp = probe_has(CAP_XDP);
	int typed = options->no_free_hook ? 0 : probe_has(CAP_TP_BTF);
	struct bpf_program *program;
	const char *name, *section;

	if (frags < 0 || xdp < 0 || typed < 0)
		return frags < 0 ? frags : xdp < 0 ? xdp : typed;
	bpf_object__for_each_program (program, loader->skel->obj) {
		name = bpf_program__name(program);
		section = bpf_program__section_name(program);
		if (is_of_function(section) ||
		    (!loader->cmpxchg && is_inspector(name)) ||
		    (options->snapshot && is_of_watch(name)) ||
		    (!strncmp(section, "tp_btf", 6) && !typed) ||
		    (!strcmp(section, "xdp") && !xdp) ||
		    (!strcmp(section, "xdp.frags") && !frags))
			bpf_program__set_autoload(program, false);
	}
	choose_references(loader, options, typed);
	return 0;
}

static int choose_program(struct loader *loader, size_t index,
			  enum attach_way way)
{
	struct hook_state *state = &loader->hooks[index];
	const char *name = hooks[index].programs[way];
	struct bpf_program *program;

	if (!name)
		return 0;
	program = bpf_object__find_program_by_name(loader->skel->obj, name);
	bpf_program__set_autoload(program, true);
	if (way == ATTACH_FENTRY)
		return bpf_program__set_attach_target(program, 0,
						      state->target);
	return 0;
}

/*
 * Are the ends of puts hooked? For bulks as for single ones: where their begins
 * do not tell where a page will go.
 */
static bool sees_put_ends(const struct loader *loader,
			  const char *const targets[HOOK_MAX])
{
	size_t i;

	if (!loader->vmemmap.shows_softirqs)
		return true;
	for (i = 0; i < hook_count; i++)
		if (hooks[i].put_ends && targets[i] &&
		    hooks_pool_decides(targets[i]))
			return true;
	return false;
}

/*
 * The function tier's programs. Which way a function can be hooked shows when it
 * is: so all are loaded that this kernel may take, and attach_hook() tries them.
 */
static int choose_functions(struct loader *loader)
{
	const int ways[] = { [ATTACH_KPROBE] = probe_has(CAP_KPROBE),
			     [ATTACH_FENTRY] = probe_has(CAP_FENTRY) };
	const char *targets[HOOK_MAX];
	int err = hooks_find_targets(targets), way;
	size_t i;

	for (way = ATTACH_KPROBE; way <= ATTACH_FENTRY; way++)
		if (ways[way] < 0)
			return ways[way];
	loader->sees_put_ends = !err && sees_put_ends(loader, targets);
	loader->skel->rodata->see_put_ends = loader->sees_put_ends;
	for (i = 0; !err && i < hook_count; i++) {
		if (!targets[i])
			continue;
		/* What only kprobes need. */
		if (ways[ATTACH_FENTRY] && !hooks[i].programs[ATTACH_FENTRY])
			continue;
		loader->hooks[i].target = targets[i];
		if (hooks[i].wraps)
			loader->skel->rodata->hooks_nest = true;
		if (hooks[i].put_ends && !loader->sees_put_ends)
			continue;
		for (way = ATTACH_KPROBE; !err && way <= ATTACH_FENTRY; way++)
			if (ways[way])
				err = choose_program(loader, i, way);
	}
	return err;
}

/* What the function tier keeps costs memory only where it runs. */
static int size_notes(struct loader *loader)
{
	struct netmem_bpf *skel = loader->skel;
	int cpus = libbpf_num_possible_cpus(), err;

	skel->rodata->following = true;
	if (cpus < 0)
		return cpus;
	loader->flow_cpus = cpus;
	skel->rodata->flow_cpus = cpus;
	err = bpf_map__set_max_entries(skel->maps.flows, SLOT_COUNT * cpus);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.stacks, STACKS_MAX);
	if (!err && !loader->sparse)
		err = bpf_map__set_max_entries(skel->maps.page_notes,
					       loader->frame_count);
	if (!err && loader->net_iov_count)
		err = bpf_map__set_max_entries(skel->maps.net_iov_notes,
					       loader->net_iov_count);
	if (!loader->sparse)
		loader->shadow_bytes +=
			loader->frame_count * sizeof(struct page_note);
	loader->net_iov_bytes += loader->net_iov_count *
				 (HASH_ENTRY_BYTES + sizeof(struct page_note));
	return err;
}

static uint64_t count_net_iovs(const struct vmemmap *vmemmap)
{
	uint64_t count = vmemmap->present / NET_IOV_FRAMES;

	if (!vmemmap->has_net_iov)
		return 0;
	if (count < NET_IOV_MIN)
		count = NET_IOV_MIN;
	if (count > NET_IOV_MAX)
		count = NET_IOV_MAX;
	testing_limit("net-iovs", &count);
	return count;
}

static void size_shadow(struct loader *loader)
{
	const struct vmemmap *vmemmap = &loader->vmemmap;
	const uint64_t entry = HASH_ENTRY_BYTES + sizeof(uint64_t);
	struct netmem_bpf *skel = loader->skel;
	uint64_t hashed;

	loader->frame_first = vmemmap->first;
	loader->frame_count = vmemmap->count;
	testing_limit("shadow-frames", &loader->frame_count);
	loader->sparse = vmemmap->count / SPARSE_FACTOR > vmemmap->present ||
			 testing_flag("sparse");
	skel->rodata->shadow_sparse = loader->sparse;
	skel->rodata->frame_first = loader->frame_first;
	skel->rodata->frame_count = loader->frame_count;
	loader->net_iov_count = count_net_iovs(vmemmap);
	loader->net_iov_bytes = loader->net_iov_count * entry;
	hashed = loader->net_iov_count;
	if (loader->sparse) {
		hashed += SPARSE_ENTRIES;
		loader->shadow_bytes = SPARSE_ENTRIES * entry;
	} else {
		bpf_map__set_max_entries(skel->maps.shadow,
					 loader->frame_count);
		loader->shadow_bytes = loader->frame_count * sizeof(uint64_t);
	}
	if (hashed)
		bpf_map__set_max_entries(skel->maps.shadow_hash, hashed);
}

static void configure(struct loader *loader,
		      const struct loader_options *options)
{
	struct netmem_bpf *skel = loader->skel;
	uint64_t value;

	skel->rodata->vmemmap_base = loader->vmemmap.vmemmap_base;
	skel->rodata->page_offset_base = loader->vmemmap.page_offset_base;
	skel->rodata->pp_mark = loader->vmemmap.mark;
	skel->rodata->pp_mark_mask = loader->vmemmap.mark_mask;
	skel->rodata->page_shift = ffs(sysconf(_SC_PAGESIZE)) - 1;
	set_symbols(skel->rodata);
	skel->rodata->recording = options->recording;
	if (options->recording)
		bpf_map__set_max_entries(skel->maps.events, RING_BYTES);
	if (testing_limit("evidence-slots", &value))
		skel->rodata->evidence_slots = value;
	if (testing_limit("swallow-hold-every", &value))
		skel->rodata->swallow_hold_every = value;
	if (testing_limit("swallow-hold-bulk", &value))
		skel->rodata->swallow_hold_bulk = value;
	if (testing_limit("swallow-release-every", &value))
		skel->rodata->swallow_release_every = value;
	if (testing_limit("leave-hold-every", &value))
		skel->rodata->leave_hold_every = value;
	if (testing_limit("leave-release-every", &value))
		skel->rodata->leave_release_every = value;
}

/* Which events need no more than bpf/track/quick.bpf.h: those of these pages. */
static void choose_quick(struct loader *loader)
{
	struct netmem_bpf *skel = loader->skel;

	if (loader->sparse || skel->rodata->recording ||
	    skel->rodata->swallow_hold_every ||
	    skel->rodata->swallow_release_every ||
	    skel->rodata->leave_hold_every || skel->rodata->leave_release_every)
		return;
	skel->rodata->quick.page =
		loader->vmemmap.vmemmap_base +
		loader->frame_first * loader->vmemmap.page_struct_size;
	skel->rodata->quick.count = loader->frame_count;
}

static void find_maps(struct loader *loader)
{
	struct bpf_map *map;
	int i;

	for (i = 0; i < MAP_COUNT; i++) {
		if (i == MAP_RODATA)
			map = loader->skel->maps.rodata;
		else if (i == MAP_BSS)
			map = loader->skel->maps.bss;
		else
			map = bpf_object__find_map_by_name(loader->skel->obj,
							   loader_map_name(i));
		loader->map_fds[i] = map ? bpf_map__fd(map) : -1;
	}
}

static int program_fd(const struct loader *loader, const char *name)
{
	struct bpf_program *program =
		bpf_object__find_program_by_name(loader->skel->obj, name);

	return program ? bpf_program__fd(program) : -1;
}

/* By enum xdp_action. */
static const char *const inspectors[XDP_ACTIONS] = {
	"inspect_aborted", "inspect_drop", "inspect_pass", "inspect_tx",
	"inspect_redir"
};

static const char *const frags_inspectors[XDP_ACTIONS] = {
	"inspect_f_abort", "inspect_f_drop", "inspect_f_pass", "inspect_f_tx",
	"inspect_f_redir"
};

static void find_programs(struct loader *loader)
{
	int i;

	for (i = 0; i < DEMAND_COUNT; i++)
		loader->demand_fds[i] =
			program_fd(loader, loader_demand_name(i));
	for (i = 0; i < XDP_ACTIONS; i++) {
		loader->inspector_fds[i] = program_fd(loader, inspectors[i]);
		loader->frags_inspector_fds[i] =
			program_fd(loader, frags_inspectors[i]);
	}
}

static int open_vmemmap(struct loader *loader)
{
	int err = vmemmap_read(&loader->vmemmap, IOMEM, ZONEINFO);

	if (err) {
		pr_error("cannot read memory ranges from '" IOMEM
			 "' or '" ZONEINFO "': %s",
			 error_text(err));
		return err;
	}
	err = vmemmap_calibrate(&loader->vmemmap);
	if (err)
		pr_error("cannot calibrate the page base: %s",
			 load_error_text(err));
	else if (!loader->vmemmap.vmemmap_base) {
		pr_error(
			"cannot find the base of struct page on this machine%s",
			loader->vmemmap.pfns_hidden ?
				": '/proc/self/pagemap' hides page frames (CAP_SYS_ADMIN is missing), and our page tables could not be read instead" :
				"");
		err = -EOPNOTSUPP;
	}
	return err;
}

const void *loader_object(size_t *size)
{
	return netmem_bpf__elf_bytes(size);
}

static int open_object(struct loader *loader)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = kernel_btf_path());

	loader->skel = netmem_bpf__open_opts(&opts);
	return loader->skel ? 0 : -errno;
}

/*
 * The same programs and maps without compare-and-swap (bpf/compat/plain.h): the
 * object's bytes in the one skeleton. That both have the same maps and programs
 * is checked when they are built (tools/same-layout).
 */
static int open_plain(struct loader *loader)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = kernel_btf_path());
	struct bpf_object_skeleton *skeleton;
	void *bytes;
	int err;

	loader->skel = calloc(1, sizeof(*loader->skel));
	if (!loader->skel || netmem_bpf__create_skeleton(loader->skel))
		return -ENOMEM;
	skeleton = loader->skel->skeleton;
	bytes = plain_object(&skeleton->data_sz);
	if (!bytes)
		return -ENOMEM;
	skeleton->data = bytes;
	err = bpf_object__open_skeleton(skeleton, &opts);
	/* All of it is read by then. */
	skeleton->data = NULL;
	free(bytes);
	return err;
}

/* Chooses what this kernel may load, and loads it. */
static int load_object(struct loader *loader,
		       const struct loader_options *options)
{
	int err = loader->cmpxchg ? open_object(loader) : open_plain(loader);

	if (!err)
		err = choose_programs(loader, options);
	if (err)
		return err;
	configure(loader, options);
	size_shadow(loader);
	choose_quick(loader);
	loader->function = options->function;
	if (loader->function)
		err = choose_functions(loader);
	if (!err && loader->function)
		err = size_notes(loader);
	return err ? err : netmem_bpf__load(loader->skel);
}

static int load_and_map(struct loader *loader,
			const struct loader_options *options)
{
	int err = load_object(loader, options);

	if (err) {
		pr_error("cannot load the BPF programs: %s%s",
			 load_error_text(err),
			 error_is_shortage(err) || err == -ESRCH ?
				 "" :
				 "; NETMEM_DEBUG=1 shows the verifier's log");
		return err;
	}
	find_maps(loader);
	find_programs(loader);
	err = loader_map_memory(loader);
	if (err)
		pr_error("cannot map the shadow into memory: %s",
			 error_text(err));
	return err;
}

int loader_open(struct loader *loader, const struct loader_options *options)
{
	int err, cmpxchg;

	memset(loader, 0, sizeof(*loader));
	raise_memlock();
	err = check_requirements();
	if (!err)
		err = open_vmemmap(loader);
	if (err)
		goto close;
	cmpxchg = probe_has(CAP_CMPXCHG);
	loader->cmpxchg = cmpxchg > 0 && !testing_flag("plain");
	err = cmpxchg < 0 ? cmpxchg : load_and_map(loader, options);
	if (!err)
		err = hook_links_attach(loader);
	if (!err)
		return 0;
close:
	loader_close(loader);
	return err;
}

const char *loader_tier(const struct loader *loader)
{
	return loader->function ? "function" : "tracepoint";
}

void loader_arm(struct loader *loader)
{
	loader->bss->early_hold_misses = loader_misses(loader, "hold");
	loader->bss->early_release_misses = loader_misses(loader, "release");
	loader->early_free_misses = loader_misses(loader, "mm_free");
	loader->bss->armed_ns = now_ns();
	__sync_synchronize();
	if (!testing_flag("unarmed"))
		loader->bss->armed = ARMED;
}

static void close_pin(int fd)
{
	if (fd > 0)
		close(fd);
}

void loader_leave(struct loader *loader)
{
	size_t i;

	loader_unmap_memory(loader);
	hook_links_leave(loader);
	if (loader->skel) {
		netmem_bpf__destroy(loader->skel);
	} else {
		for (i = 0; i < MAP_COUNT; i++)
			close_pin(loader->map_fds[i]);
		for (i = 0; i < DEMAND_COUNT; i++)
			close_pin(loader->demand_fds[i]);
		for (i = 0; i < hook_count; i++)
			close_pin(loader->hook_fds[i]);
	}
	vmemmap_clear(&loader->vmemmap);
	memset(loader, 0, sizeof(*loader));
}

void loader_close(struct loader *loader)
{
	/* What came from pins is not ours to disarm. */
	if (loader->skel && loader->bss)
		hook_links_detach(loader);
	loader_leave(loader);
}
