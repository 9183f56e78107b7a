// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "user/kernel/kernel_btf.h"
#include "user/kernel/live_frame.h"
#include "user/kernel/pool_events.h"
#include "user/kernel/probe.h"
#include "user/util/testing.h"
#include "user/util/util.h"

#define BPF_FS_MAGIC_NUMBER 0xcafe4a11
#define MEMLOCK_MOST (64U << 20)

static const struct bpf_insn return_zero[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* *(u64 *)(fp - 8) = 0; r0 = cmpxchg(fp - 8, 0, 0); return 0 */
static const struct bpf_insn cmpxchg_insns[] = {
	{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1 },
	{ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
	  .dst_reg = BPF_REG_10,
	  .src_reg = BPF_REG_1,
	  .off = -8,
	  .imm = BPF_CMPXCHG },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int print_warnings(enum libbpf_print_level level, const char *format,
			  va_list args)
{
	if (level == LIBBPF_WARN && getenv("NETMEM_DEBUG"))
		return vfprintf(stderr, format, args);
	return 0;
}

void libbpf_quiet(void)
{
	libbpf_set_print(print_warnings);
}

static int load(enum bpf_prog_type type, const struct bpf_insn *insns,
		size_t count, struct bpf_prog_load_opts *opts)
{
	int fd = bpf_prog_load(type, "netmem_probe", "GPL", insns, count, opts);

	return fd < 0 ? -errno : fd;
}

static int close_ok(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Loads and attaches a program to a kernel type's BTF id. */
static int probe_btf_attach(const char *target,
			    enum bpf_attach_type attach_type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = attach_type);
	int fd, link, id;

	id = libbpf_find_vmlinux_btf_id(target, attach_type);
	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	fd = load(BPF_PROG_TYPE_TRACING, return_zero, ARRAY_LEN(return_zero),
		  &opts);
	if (fd < 0)
		return fd;
	link = bpf_raw_tracepoint_open(NULL, fd);
	link = link < 0 ? -errno : link;
	close(fd);
	return close_ok(link);
}

/*
 * libbpf tries several files, and says only that none of them is it: also where
 * it had no file or no memory for the kernel's, a few copies of which it needs.
 */
static int try_btf_again(struct btf **btf)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *memory;

	if (fd < 0)
		return error_is_shortage(-errno) ? -errno : -ESRCH;
	memory = fstat(fd, &status) ? NULL : malloc(4 * status.st_size);
	close(fd);
	if (!memory)
		return -ENOMEM;
	free(memory);
	*btf = kernel_btf_load();
	return libbpf_get_error(*btf);
}

/* A map above the limit is tried. Whoever has more has enough. */
static bool memlock_is_short(void)
{
	struct rlimit limit;
	int fd;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur > MEMLOCK_MOST)
		return false;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "netmem_limit", sizeof(__u32),
			    sizeof(__u64), limit.rlim_cur / sizeof(__u64) + 1,
			    NULL);
	if (fd >= 0)
		close(fd);
	return fd == -EPERM;
}

const char *load_error_text(int err)
{
	if (err == -EPERM && memlock_is_short())
		return "this kernel charges BPF memory to RLIMIT_MEMLOCK, which is too low; CAP_SYS_RESOURCE (missing) or 'ulimit -l' raises it";
	if (err == -ESRCH)
		return "no BTF of this kernel is found (--btf FILE names one), or there are too few files or too little memory to read it";
	return error_text(err);
}

static int probe_btf(void)
{
	struct btf *btf = kernel_btf_load();
	int err = libbpf_get_error(btf);

	if (err == -ESRCH)
		err = try_btf_again(&btf);
	if (err)
		return err;
	err = btf__find_by_name_kind(btf, "page_pool", BTF_KIND_STRUCT) < 0 ?
		      -ENOENT :
		      0;
	btf__free(btf);
	return err;
}

static int probe_raw_tp(void)
{
	int fd = load(BPF_PROG_TYPE_RAW_TRACEPOINT, return_zero,
		      ARRAY_LEN(return_zero), NULL);
	int link;

	if (fd < 0)
		return fd;
	link = bpf_raw_tracepoint_open("page_pool_state_hold", fd);
	link = link < 0 ? -errno : link;
	close(fd);
	return close_ok(link);
}

static int probe_tp_btf(void)
{
	return probe_btf_attach("mm_page_free", BPF_TRACE_RAW_TP);
}

static int probe_fentry(void)
{
	if (testing_flag("no-fentry"))
		return -EOPNOTSUPP;
	return probe_btf_attach("page_pool_destroy", BPF_TRACE_FENTRY);
}

static int probe_test_run(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int fd, err;

	fd = load(BPF_PROG_TYPE_RAW_TRACEPOINT, return_zero,
		  ARRAY_LEN(return_zero), NULL);
	if (fd < 0)
		return fd;
	err = bpf_prog_test_run_opts(fd, &opts) ? -errno : 0;
	close(fd);
	return err;
}

static int probe_cmpxchg(void)
{
	return close_ok(load(BPF_PROG_TYPE_RAW_TRACEPOINT, cmpxchg_insns,
			     ARRAY_LEN(cmpxchg_insns), NULL));
}

static int probe_ringbuf(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, 4096, NULL);

	return close_ok(fd < 0 ? -errno : fd);
}

static int probe_xdp(void)
{
	return close_ok(load(BPF_PROG_TYPE_XDP, return_zero,
			     ARRAY_LEN(return_zero), NULL));
}

static int probe_xdp_frags(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_XDP,
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);

	return close_ok(load(BPF_PROG_TYPE_XDP, return_zero,
			     ARRAY_LEN(return_zero), &opts));
}

/* A kprobe needs the perf event type; its number is in sysfs. */
static int probe_kprobe(void)
{
	if (access("/sys/bus/event_source/devices/kprobe/type", R_OK))
		return -errno;
	return close_ok(load(BPF_PROG_TYPE_KPROBE, return_zero,
			     ARRAY_LEN(return_zero), NULL));
}

static int probe_bpffs(void)
{
	struct statfs fs;

	if (statfs("/sys/fs/bpf", &fs))
		return -errno;
	return (unsigned int)fs.f_type == BPF_FS_MAGIC_NUMBER ? 0 : -ENODEV;
}

static const struct {
	const char *id;
	const char *name;
	const char *without;
	bool required;
	int (*probe)(void);
	enum model_check checks[4];
} capabilities[CAP_COUNT] = {
	[CAP_BTF] = { "btf", "kernel BTF with page_pool",
		      "everything (gives the kernel's types)", true,
		      probe_btf },
	[CAP_RAW_TP] = { "raw_tracepoints", "page_pool tracepoints",
			 "everything (shows pages enter and leave pools)", true,
			 probe_raw_tp },
	[CAP_TP_BTF] = { "typed_tracepoints",
			 "typed tracepoints",
			 "freed_while_held",
			 false,
			 probe_tp_btf,
			 { CHECK_freed_while_held } },
	[CAP_TEST_RUN] = { "test_run", "running tracing programs on demand",
			   "scan, audit and windows, and so for every verdict",
			   true, probe_test_run },
	[CAP_CMPXCHG] = { "compare_and_swap",
			  "atomic compare-and-swap in BPF",
			  "XDP inspection and the function tier",
			  false,
			  probe_cmpxchg,
			  { CHECK_xdp_foreign_page, CHECK_xdp_frag_bounds,
			    CHECK_frag_misaligned } },
	[CAP_RINGBUF] = { "ring_buffer", "BPF ring buffer",
			  "recordings (--record)", false, probe_ringbuf },
	[CAP_XDP] = { "xdp",
		      "XDP programs",
		      "XDP statistics and checks",
		      false,
		      probe_xdp,
		      { CHECK_xdp_foreign_page, CHECK_xdp_frag_bounds } },
	[CAP_XDP_FRAGS] = { "xdp_multi_buffer",
			    "multi-buffer XDP",
			    "XDP with an MTU above one page, and xdp_frag_bounds",
			    false,
			    probe_xdp_frags,
			    { CHECK_xdp_frag_bounds } },
	[CAP_LIVE_FRAMES] = { "xdp_live_frames", "XDP live frames",
			      "a control pool that proves the hooks, and scenarios with such frames",
			      false, live_frame_drop },
	[CAP_FENTRY] = { "fentry", "fentry/fexit",
			 "function tier by fentry (kprobe may stand in)", false,
			 probe_fentry },
	[CAP_KPROBE] = { "kprobe", "kprobes", "function tier by kprobe", false,
			 probe_kprobe },
	[CAP_BPFFS] = { "bpffs", "bpffs at /sys/fs/bpf",
			"attach, detach, status (pinned mode)", false,
			probe_bpffs },
	[CAP_POOL_EVENTS] = { "pool_notifications",
			      "netlink notifications of page pools",
			      "monitor to see a destroyed pool before its next sample",
			      false, pool_events_probe },
};

int probe_one(enum capability capability)
{
	return capabilities[capability].probe();
}

int probe_has(enum capability capability)
{
	int err = probe_one(capability);

	if (!error_is_shortage(err))
		return !err;
	pr_error("cannot tell whether this kernel has %s: %s",
		 capabilities[capability].name, error_text(err));
	return err;
}

void probe_all(struct capability_state states[CAP_COUNT])
{
	int i;

	for (i = 0; i < CAP_COUNT; i++)
		states[i] = (struct capability_state){
			.id = capabilities[i].id,
			.name = capabilities[i].name,
			.without = capabilities[i].without,
			.checks = capabilities[i].checks,
			.required = capabilities[i].required,
			.error = capabilities[i].probe(),
		};
}
