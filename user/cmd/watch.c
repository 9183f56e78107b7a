// SPDX-License-Identifier: GPL-2.0
/*
 * The course of a watch: open, arm, workload, ticks, drain, looks, verdict.
 * Whatever ends it, nothing of ours is left: maps and programs go with their
 * descriptors, XDP programs with their links, the workload with us.
 */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "user/cmd/options.h"
#include "user/cmd/output.h"
#include "user/cmd/screen.h"
#include "user/cmd/subtests.h"
#include "user/cmd/refuse.h"
#include "user/cmd/watch.h"
#include "user/cmd/workload.h"
#include "user/kernel/memory.h"
#include "user/kernel/privileges.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"
#include "user/kernel/xdp_attach.h"
#include "user/report.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

#define TICK_MS 1000
#define POLL_MS 50
#define DRAIN_TICK_MS 100
/* A drain may end early after this long without any event or waiting pool. */
#define DRAIN_QUIET_MS 600
#define MEMORY_TICKS 10

struct run {
	struct run_options *options;
	struct live *live;
	struct session *session;
	struct workload workload;
	struct subtests subtests;
	struct screen *screen;
	struct xdp_attachment *attachments[DEVICES_MAX];
	size_t attachment_count;
	int signal_fd;
	uint64_t start_ns; /* of all */
	uint64_t stop_ns; /* of the watching, the drain taken off */
	unsigned long memory_start_kib;
	unsigned int signals;
	bool judge_running; /* the workload stays until the verdict */
	bool watched; /* there is something to record */
	const char *stopped; /* by what; NULL: the workload ended the watch */
};

static int open_signals(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd >= 0)
		return 0;
	pr_error("cannot take signals: %s", strerror(errno));
	return -EIO;
}

static void note_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signal_fd, &info, sizeof(info)) == sizeof(info))
		run->signals++;
	run->signals += screen_keys(run->screen);
}

/* Waits, and notes signals that came; the key `q` is one. */
static void wait_ms(struct run *run, int ms)
{
	struct pollfd inputs[] = {
		{ .fd = run->signal_fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	/* A window that changed its size interrupts, and is a key then. */
	poll(inputs, screen_has_keys(run->screen) ? 2 : 1, ms);
	note_signals(run);
}

/* The first signal ends the watch, or the drain; a second wants the verdict now. */
static bool is_cut(void *data)
{
	struct run *run = data;

	note_signals(run);
	return run->signals > 1;
}

static void note(struct run *run, enum note_code code, const char *text)
{
	pr_error("%s", text);
	live_emit_note(run->live, code, "%s", text);
}

/* A report for programs has standard output for itself. */
static bool owns_stdout(const struct run_options *options)
{
	return output_owns_stdout(options->ktap_path, options->record_path) ||
	       output_owns_stdout(options->json_path, options->tap_path);
}

static int attach_device(struct run *run, const char *device)
{
	struct xdp_attach_options options = {
		.ifindex = if_nametoindex(device),
		.replace = run->options->xdp_replace,
		/* Of a page that is missing later, its verdict tells the path. */
		.sample = run->options->loader.function ? 1 : 0,
		.hold = workload_hold_xdp,
		.hold_data = &run->workload,
	};
	struct xdp_attachment *attachment;
	char text[256];
	__u32 present;
	int err;

	xdp_parse_target(run->options->xdp, &options.target);
	attachment = xdp_attach(&options, &err);
	if (attachment) {
		run->attachments[run->attachment_count++] = attachment;
		return 0;
	}
	if ((err == -EBUSY || err == -EEXIST) &&
	    !xdp_attached_program(options.ifindex, &present)) {
		snprintf(
			text, sizeof(text),
			"device '%s' already has XDP program %u: no program is attached (--xdp-replace replaces it)",
			device, present);
		note(run, NOTE_XDP_PRESENT, text);
		return 0;
	}
	pr_error("cannot attach XDP to '%s': %s%s", device, error_text(err),
		 err == -EPERM && !privileges_has(CAP_NET_ADMIN) ?
			 "; CAP_NET_ADMIN is missing" :
			 "");
	return err;
}

static int attach_xdp(struct run *run)
{
	const struct strings *devices = run->options->live.devices;
	size_t i;
	int err = 0;

	for (i = 0; run->options->xdp && !err && i < devices->count; i++)
		err = attach_device(run, devices->items[i]);
	return err;
}

static void detach_xdp(struct run *run)
{
	while (run->attachment_count)
		xdp_detach(run->attachments[--run->attachment_count]);
	workload_forget_xdp(&run->workload);
}

/* What has to outlive us where we are killed. */
static int open_workload(struct run *run)
{
	const struct strings *command = run->options->live.command;
	struct workload_options options = {
		.argv = command ? command->items : NULL,
		.stdout_fd = owns_stdout(run->options) ? STDERR_FILENO : -1,
		.keep = run->options->keep_workload,
	};
	int err = 0;

	if (!command && !run->options->xdp_replace)
		return 0;
	/* What outlives us has nobody to read what it prints. */
	if (command && !options.keep &&
	    output_path_is_stdout(run->options->tap_path)) {
		err = subtests_open(&run->subtests);
		options.stdout_fd = run->subtests.to;
	}
	if (!err)
		err = workload_open(&run->workload, &options);
	subtests_close_end(&run->subtests);
	if (err)
		pr_error("cannot start the workload's supervisor: %s",
			 error_text(err));
	return err;
}

static void show(struct run *run, const char *phase, uint64_t since,
		 uint64_t total_ms)
{
	struct run_progress progress = {
		.phase = phase,
		.elapsed_ms = (now_ns() - since) / 1000000,
		.total_ms = total_ms,
	};

	screen_show(run->screen, run->session, &progress);
}

static void warn_vanished(struct run *run)
{
	const struct strings *devices = run->options->live.devices;
	enum note_code code;
	char text[256];
	size_t i;

	live_follow_devices(run->live);
	for (i = 0; i < devices->count; i++) {
		code = live_device_news(run->live, devices->items[i], text,
					sizeof(text));
		if (code != NOTE_OTHER)
			note(run, code, text);
	}
}

/* Watches until the time is up, the workload ends, or a signal comes. */
static void watch(struct run *run)
{
	uint64_t start = now_ns(), tick = start, now;
	uint64_t limit = run->options->for_ms;
	unsigned int ticks = 0;

	show(run, "watching", start, limit);
	for (;;) {
		wait_ms(run, POLL_MS);
		subtests_pass_on(&run->subtests);
		now = now_ns();
		if (now - tick >= TICK_MS * 1000000ULL) {
			tick = now;
			live_tick(run->live);
			/* Names and tables are read in by then. */
			if (++ticks <= MEMORY_TICKS)
				run->memory_start_kib = resident_kib();
			show(run, "watching", start, limit);
		} else {
			live_tick_moving(run->live);
		}
		if (run->signals || run->live->error)
			run->stopped = "stopped by a signal";
		else if (limit && now - start >= limit * 1000000ULL)
			run->stopped = "stopped by --for";
		if (run->stopped)
			break;
		if (run->options->live.command && workload_poll(&run->workload))
			break;
	}
	run->judge_running = run->workload.judged_running;
}

/* Nobody waits for pages, and nothing was counted since the last look. */
static bool is_calm(const struct live *live, uint64_t *events)
{
	uint64_t sum = 0;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		if (live->loader.pools[slot].status == POOL_DESTROYED)
			return false;
		sum += live->loader.pools[slot].hold_seen +
		       live->loader.pools[slot].release_seen;
	}
	if (sum == *events)
		return live_windows_stable(live);
	*events = sum;
	return false;
}

/* Late pages get their time; a signal cuts it short. */
static void drain(struct run *run)
{
	uint64_t start = now_ns(), calm = start, now = start, events = ~0ULL;
	uint64_t limit = run->options->live.drain_ms;
	unsigned int signals = run->signals;

	live_begin_drain(run->live);
	while (now - start < limit * 1000000ULL && run->signals == signals) {
		if (live_skips(run->live, CUT_DRAIN))
			break;
		live_tick(run->live);
		show(run, "draining", start, limit);
		if (!is_calm(run->live, &events))
			calm = now_ns();
		else if (now_ns() - calm > DRAIN_QUIET_MS * 1000000ULL)
			break;
		wait_ms(run, DRAIN_TICK_MS);
		subtests_pass_on(&run->subtests);
		now = now_ns();
	}
	if (now - start < limit * 1000000ULL && run->signals != signals)
		live_skips(run->live, CUT_DRAIN);
	run->stop_ns += now_ns() - start;
}

/*
 * Each is written, whatever becomes of the others. Returns 0, or what one of
 * them failed with.
 */
static int write_reports(const struct run *run, const struct verdict *verdict)
{
	const struct {
		bool wanted;
		const char *path, *format;
	} reports[] = {
		{ !owns_stdout(run->options), NULL, "text" },
		{ run->options->json_path, run->options->json_path, "json" },
		{ run->options->ktap_path, run->options->ktap_path, "ktap" },
		{ run->options->tap_path, run->options->tap_path, "tap" },
	};
	int err = 0, failed;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reports); i++) {
		failed = reports[i].wanted ?
				 output_report(reports[i].path,
					       report_format(reports[i].format),
					       run->session, verdict) :
				 0;
		err = err ? err : failed;
	}
	return err;
}

static int close_recorder(struct run *run)
{
	int err =
		recorder_close(run->live->recorder, run->session->duration_ms);

	run->live->recorder = NULL;
	return err;
}

static int judge(struct run *run)
{
	struct verdict verdict;
	int code, err, failed;

	/* Facts are missing: there is nothing to judge. */
	if (run->live->error)
		return EXIT_RUNTIME;
	session_finish(run->session);
	subtests_end(&run->subtests);
	failed = close_recorder(run);
	kselftest_command(run->session);
	err = verdict_reach(run->session, &verdict);
	if (err)
		pr_error("cannot reach a verdict: %s", error_text(err));
	else
		failed = write_reports(run, &verdict) || failed;
	code = err ? EXIT_RUNTIME : output_exit_code(verdict.code, failed);
	verdict_clear(&verdict);
	return code;
}

static void emit_workload(struct run *run)
{
	struct fact fact = { .type = FACT_workload };

	if (!run->options->live.command)
		return;
	if (run->judge_running) {
		report_tap_unended(false, "it runs on, as it asked for");
		return;
	}
	/* No failure of the workload, but of a test that did not come to its end. */
	if (!run->workload.ended) {
		report_tap_unended(true, run->stopped);
		kselftest_command_failed();
		return;
	}
	fact.workload.status = run->workload.status;
	live_emit(run->live, &fact);
}

static void emit_timing(struct run *run)
{
	const struct loader *loader = &run->live->loader;
	struct fact fact = { .type = FACT_timing };
	struct timing_fact *timing = &fact.timing;
	uint64_t bytes;

	fact_set(timing, timing, start_to_armed_ms,
		 (loader->bss->armed_ns - run->start_ns) / 1000000);
	fact_set(timing, timing, stop_to_verdict_ms,
		 (now_ns() - run->stop_ns) / 1000000);
	fact_set(timing, timing, memory_start_kib, run->memory_start_kib);
	fact_set(timing, timing, memory_end_kib, resident_kib());
	fact_set(timing, timing, maps_kib,
		 (loader->shadow_bytes + loader->net_iov_bytes) / 1024);
	bytes = loader_kernel_bytes(loader);
	if (bytes)
		fact_set(timing, timing, kernel_kib, bytes / 1024);
	live_emit(run->live, &fact);
}

/* A pool that is not there now never will be: numbers are not used again. */
static int check_pool(const struct run *run)
{
	const struct pool_filter *filter = &run->options->live.filter;
	char text[128];

	if (!filter->pool || session_has_judged(run->session))
		return 0;
	pr_error("no %s here; netmem-check audit --json lists them",
		 filter_text(filter, text, sizeof(text)));
	return -ENODEV;
}

static int open_recorder(struct run *run)
{
	int err = 0;

	if (run->options->record_path)
		run->live->recorder =
			recorder_open(run->options->record_path, &err);
	return err;
}

/* Something ended the run: a recording that is worth it stays, in part. */
static void end_recorder(struct run *run, int code)
{
	if (run->watched && code != EXIT_CANNOT)
		recorder_abandon(run->live->recorder);
	else
		recorder_discard(run->live->recorder);
	run->live->recorder = NULL;
}

static int watch_and_judge(struct run *run)
{
	int err = open_recorder(run);

	if (!err)
		err = live_start(run->live);
	if (run->live->error)
		return EXIT_RUNTIME;
	if (!err)
		err = check_pool(run);
	if (!err)
		err = attach_xdp(run);
	if (!err && run->options->live.command)
		err = workload_start(&run->workload);
	if (err)
		return err == -ENODEV ? EXIT_USAGE : open_exit_code(err);
	live_find_xdp(run->live);
	run->watched = true;
	watch(run);
	emit_workload(run);
	if (!run->judge_running)
		workload_stop(&run->workload, is_cut, run);
	if (run->options->scenario && run->workload.ended &&
	    run->workload.status == EXIT_CANNOT)
		return EXIT_CANNOT;
	run->stop_ns = now_ns();
	warn_vanished(run);
	live_tick(run->live);
	live_emit_xdp(run->live);
	live_end_netdevs(run->live);
	if (run->attachment_count)
		live_emit_attached(run->live);
	detach_xdp(run);
	drain(run);
	show(run, "judging", now_ns(), 0);
	live_finish(run->live);
	emit_timing(run);
	screen_close(run->screen);
	run->screen = NULL;
	return judge(run);
}

static int check_action(const struct run *run)
{
	struct xdp_target target;
	int err;

	if (!run->options->xdp)
		return 0;
	err = xdp_parse_target(run->options->xdp, &target);
	if (err == -ENODEV)
		pr_error(
			"--xdp: '%s' names no device of this network namespace",
			run->options->xdp);
	else if (err)
		pr_error(
			"--xdp: '%s' is not pass, drop, tx, redirect:DEV, cpu:N or aborted",
			run->options->xdp);
	return err;
}

/* Returns an enum exit_code. */
static int run_with_memory(struct run *run)
{
	struct run_options *options = run->options;
	int err, code;

	run->live->options = options->live;
	run->live->options.running = options->screen;
	run->live->options.is_cut = is_cut;
	run->live->options.cut_data = run;
	run->live->sink = session_sink(run->session);
	err = open_signals(run);
	if (err) {
		pr_error("cannot wait for signals: %s", error_text(err));
		return EXIT_RUNTIME;
	}
	if (open_workload(run))
		return EXIT_RUNTIME;
	run->screen = screen_open(options->screen && !owns_stdout(options));
	options->loader.recording = options->record_path != NULL;
	err = loader_open(&run->live->loader, &options->loader);
	if (err)
		return open_exit_code(err);
	code = watch_and_judge(run);
	end_recorder(run, code);
	workload_stop(&run->workload, is_cut, run);
	detach_xdp(run);
	live_stop(run->live);
	loader_close(&run->live->loader);
	return code;
}

int run_session(struct run_options *options)
{
	struct run run = {
		.options = options,
		.subtests = { -1, -1, false },
		.signal_fd = -1,
		.start_ns = now_ns(),
	};
	int code = check_devices(options->live.devices);

	if (code)
		return code;
	if (check_action(&run))
		return EXIT_USAGE;
	code = EXIT_RUNTIME;
	run.live = calloc(1, sizeof(*run.live));
	run.session = session_new();
	if (run.live && run.session)
		code = run_with_memory(&run);
	else
		pr_error("out of memory");
	workload_close(&run.workload);
	subtests_end_early(&run.subtests, code);
	screen_close(run.screen);
	session_free(run.session);
	symbols_free();
	if (run.signal_fd >= 0)
		close(run.signal_fd);
	free(run.live);
	return code;
}
