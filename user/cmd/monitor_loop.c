// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd/arm.h"
#include "user/cmd/monitor_loop.h"
#include "user/cmd/monitor_outputs.h"
#include "user/cmd/monitor_tell.h"
#include "user/cmd/output.h"
#include "user/cmd/pins.h"
#include "user/cmd/refuse.h"
#include "user/cmd/status.h"
#include "user/cmd/workload.h"
#include "user/kernel/pool_events.h"
#include "user/kernel/skeletons.h"
#include "user/kernel/symbols.h"
#include "user/monitor/hook.h"
#include "user/monitor/notify.h"
#include "user/report.h"
#include "user/util/util.h"

#define SECOND_NS 1000000000ULL
#define POLL_MS 50
/* Between samples that notifications cause */
#define EARLY_NS 200000000ULL
#define EARLY_TICKS 4 /* or this often what a sample takes, if that is more */
/* A whole look costs a second or two, most of it waiting. */
#define LOOK_NS (300 * SECOND_NS)
#define LOOK_STALLED_NS (60 * SECOND_NS)
#define HOOK_LIMIT_MS 30000
#define HOOK_END_MS 5000

struct monitor {
	const struct monitor_options *options;
	struct live *live;
	struct session *session; /* of the ticks */
	struct view view;
	struct view_look look;
	uint64_t looked_ns;
	struct stall stalls[SLOT_COUNT];
	struct told told, told_looks;
	struct workload workload;
	bool workload_ended; /* by itself, before we stopped it, with: */
	int workload_status;
	struct hook_runner *hooks;
	struct monitor_outputs outputs;
	int signal_fd;
	struct pool_events pool_events;
	bool armed; /* by us */
	bool opened; /* live->loader */
	bool stop, status_due, reopen_due;
	bool locked_out; /* the last try to lock the pinned state failed */
	int error; /* that ends the watch without a verdict */
};

/* ---- signals ---- */

static int open_signals(struct monitor *monitor)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Ignored by who started us, it would take the status of children. */
	signal(SIGCHLD, SIG_DFL);
	monitor->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (monitor->signal_fd >= 0)
		return 0;
	pr_error("cannot take signals: %s", strerror(errno));
	return -EIO;
}

static void take_signals(struct monitor *monitor)
{
	struct signalfd_siginfo info;

	while (read(monitor->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1)
			monitor->status_due = true;
		else if (info.ssi_signo == SIGHUP)
			monitor->reopen_due = true;
		else
			monitor->stop = true;
	}
}

/* ---- the pinned hooks ---- */

/* With pin_lock(): arms them if there are none. An enum exit_code. */
static int arm_if_none(struct monitor *monitor)
{
	int state = pinned_check(), code;
	struct armed armed;

	if (!state)
		return EXIT_PASS;
	if (state != -ENOENT && state != -ESTALE)
		return refuse_pinned(state);
	code = pinned_arm(&monitor->options->loader, &armed);
	monitor->armed = !code;
	return code;
}

static void follow(struct monitor *monitor)
{
	struct live *live = monitor->live;

	live->sink = session_sink(monitor->session);
	live->options.pinned = true;
	live->options.proven_only = true;
	live->options.devices = monitor->options->devices;
	live->options.coverage = 0.95;
	live_resume(live);
}

/* With pin_lock(), where what is pinned is what we armed. An enum exit_code. */
static int remove_ours(struct monitor *monitor)
{
	int err = monitor->armed ? pinned_remove() : 0;

	monitor->armed = false;
	if (!err)
		return EXIT_PASS;
	pr_error("cannot take away the hooks: %s; netmem-check detach does",
		 error_text(err));
	return EXIT_RUNTIME;
}

/* Arms or takes over. An enum exit_code. */
static int take_hooks(struct monitor *monitor)
{
	int lock = pin_lock(), code, err;
	char since[32];

	if (lock < 0)
		return refuse_pinned(lock);
	code = arm_if_none(monitor);
	if (!code) {
		err = pinned_open(&monitor->live->loader);
		monitor->opened = !err;
		if (err) {
			code = refuse_pinned(err);
			remove_ours(monitor);
		} else {
			follow(monitor);
		}
	}
	close(lock);
	if (code)
		return code;
	format_time((now_ns() - monitor->live->loader.bss->armed_ns) / 1000000,
		    since, sizeof(since));
	fprintf(stderr,
		"watching below " PIN_DIRECTORY ", %s tier: hooks %s%s%s\n",
		loader_tier(&monitor->live->loader),
		monitor->armed ? "armed" : "taken over, armed ",
		monitor->armed ? "" : since, monitor->armed ? "" : " ago");
	return EXIT_PASS;
}

/* What somebody else detached is no longer ours to judge. */
static bool is_still_pinned(struct monitor *monitor)
{
	int err = pinned_compare(&monitor->live->loader);

	if (!err)
		return true;
	pr_error(
		"the hooks were detached or attached anew by another process; start the monitor again");
	monitor->error = err;
	return false;
}

/* Says once that there are no samples, and when they go on. */
static int take_lock(struct monitor *monitor)
{
	int lock = pin_lock();
	char why[512];

	if (lock < 0 && !monitor->locked_out) {
		pin_lock_why(why, sizeof(why), lock);
		pr_error("no samples are taken, the hooks go on: %s", why);
	} else if (lock >= 0 && monitor->locked_out) {
		pr_error("samples are taken again");
	}
	monitor->locked_out = lock < 0;
	return lock;
}

/*
 * Where another reader has the lock for long, this second is left out. Returns
 * whether the step ran.
 */
static bool with_lock(struct monitor *monitor,
		      void (*step)(struct monitor *monitor))
{
	int lock = take_lock(monitor);
	bool ours;

	if (lock < 0)
		return false;
	ours = is_still_pinned(monitor);
	if (ours)
		step(monitor);
	close(lock);
	return ours;
}

static void tick_and_view(struct monitor *monitor)
{
	live_tick(monitor->live);
	monitor->error = monitor->live->error;
	/* Reads pools through memory that all readers share. */
	if (!monitor->error)
		monitor->error = monitor_view(monitor->live, monitor->session,
					      monitor->stalls, &monitor->view);
}

static void tick_moving(struct monitor *monitor)
{
	live_tick_moving(monitor->live);
	monitor->error = monitor->live->error;
}

/* ---- looks: all that `report --pinned` says ---- */

static int add_workload(const struct monitor *monitor, struct session *session)
{
	struct fact fact = { .type = FACT_workload };

	if (!monitor->workload_ended)
		return 0;
	fact.workload.status = monitor->workload_status;
	return session_feed(session, &fact);
}

static void take_look(struct monitor *monitor, struct view_look *look)
{
	int check;

	view_look_clear(&monitor->look);
	monitor->look = *look;
	monitor->view.look = &monitor->look;
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (look->session->findings[check].count >
		    monitor->view.findings[check])
			monitor->view.findings[check] =
				look->session->findings[check].count;
	monitor_outputs_look(&monitor->outputs, &monitor->look);
}

/* Returns 0, or a negative errno after a message; the last look stays then. */
static int look(struct monitor *monitor)
{
	const struct pinned_question question = {
		.devices = monitor->options->devices,
	};
	struct view_look next = { .session = session_new(),
				  .time_s = time(NULL) };
	char why[512] = "out of memory";
	int err = next.session ? 0 : -ENOMEM;

	monitor->looked_ns = now_ns();
	if (!err)
		err = pinned_session(next.session, &question, why, sizeof(why));
	if (!err)
		err = add_workload(monitor, next.session);
	if (!err) {
		session_finish(next.session);
		err = verdict_reach(next.session, &next.verdict);
	}
	if (!err) {
		take_look(monitor, &next);
		return 0;
	}
	pr_error("cannot look at the pinned state: %s", why);
	view_look_clear(&next);
	return err;
}

static bool has_stalled(const struct monitor *monitor)
{
	size_t i;

	for (i = 0; i < monitor->view.pool_count; i++)
		if (monitor->view.pools[i].stalled_ms >=
		    (int64_t)monitor->options->stalled_after_ms)
			return true;
	return false;
}

static bool is_look_due(const struct monitor *monitor)
{
	uint64_t since = now_ns() - monitor->looked_ns;

	return monitor->status_due || since > LOOK_NS ||
	       tell_is_due(&monitor->view, monitor->stalls,
			   monitor->options->stalled_after_ms) ||
	       (has_stalled(monitor) && since > LOOK_STALLED_NS);
}

/* A look that failed is not tried again for what it was due for. */
static void look_and_tell(struct monitor *monitor)
{
	bool status_due = monitor->status_due, failed = look(monitor);

	monitor->status_due = false;
	tell_stalled(&monitor->view, monitor->session, !failed, monitor->stalls,
		     monitor->options->stalled_after_ms, monitor->hooks);
	if (failed)
		return;
	tell_findings(&monitor->view, monitor->look.session,
		      &monitor->told_looks, monitor->hooks);
	if (status_due)
		status_print(stderr, monitor->look.session,
			     &monitor->look.verdict);
}

/* ---- the watch ---- */

/* What follows from a view that was just made, for which the tick began at @start. */
static void use_view(struct monitor *monitor, uint64_t start)
{
	monitor->view.tick_us = (now_ns() - start) / 1000;
	monitor->view.hooks_failed = hook_failures(monitor->hooks);
	monitor->view.notifications = monitor->pool_events.taken;
	monitor_outputs_sample(&monitor->outputs, &monitor->view);
	tell_findings(&monitor->view, monitor->session, &monitor->told,
		      monitor->hooks);
	if (is_look_due(monitor))
		look_and_tell(monitor);
}

static void tick(struct monitor *monitor)
{
	uint64_t start = now_ns();

	if (with_lock(monitor, tick_and_view) && !monitor->error)
		use_view(monitor, start);
	hook_tick(monitor->hooks);
}

static bool is_over(struct monitor *monitor, uint64_t start)
{
	uint64_t limit = monitor->options->for_ms;

	take_signals(monitor);
	if (monitor->reopen_due)
		monitor_outputs_reopen(&monitor->outputs);
	monitor->reopen_due = false;
	if (monitor->stop || monitor->error)
		return true;
	if (limit && now_ns() - start >= limit * 1000000ULL)
		return true;
	return monitor->options->command.count &&
	       workload_poll(&monitor->workload);
}

/* Waits a step; true: the kernel says that a pool was detached meanwhile. */
static bool wait_step(struct monitor *monitor)
{
	struct pollfd inputs[] = {
		{ .fd = monitor->signal_fd, .events = POLLIN },
		{ .fd = pool_events_fd(&monitor->pool_events),
		  .events = POLLIN },
	};

	return poll(inputs, ARRAY_LEN(inputs), POLL_MS) > 0 &&
	       inputs[1].revents && pool_events_take(&monitor->pool_events);
}

static void watch(struct monitor *monitor)
{
	uint64_t start = now_ns(), next = start, began, last = 0, early = 0;

	monitor->looked_ns = start;
	while (!is_over(monitor, start)) {
		if (now_ns() >= next) {
			began = now_ns();
			tick(monitor);
			last = now_ns();
			early = EARLY_TICKS * (last - began);
			if (early < EARLY_NS)
				early = EARLY_NS;
			next += SECOND_NS;
			/* A look took longer: those seconds are gone. */
			if (next < now_ns())
				next = now_ns();
		} else if (live_is_moving(monitor->live)) {
			with_lock(monitor, tick_moving);
		}
		if (wait_step(monitor) && last + early < next)
			next = last + early;
	}
}

/* ---- the end ---- */

static bool no_workload_cut(void *data)
{
	return false;
}

static int write_reports(const struct monitor *monitor)
{
	const struct monitor_options *options = monitor->options;
	const struct view_look *look = &monitor->look;
	int err = 0, failed = 0;

	if (!output_owns_stdout(options->json_path, NULL))
		err = output_report(NULL, report_format("text"), look->session,
				    &look->verdict);
	if (options->json_path)
		failed = output_report(options->json_path,
				       report_format("json"), look->session,
				       &look->verdict);
	return err ?: failed;
}

static int judge(struct monitor *monitor)
{
	int err = look(monitor);

	if (err)
		return EXIT_RUNTIME;
	tell_findings(&monitor->view, monitor->look.session,
		      &monitor->told_looks, monitor->hooks);
	monitor_outputs_end(&monitor->outputs, &monitor->look.verdict);
	return output_exit_code(monitor->look.verdict.code,
				write_reports(monitor));
}

/* Only what we armed ends with us. Not 0 after a message. */
static int end_hooks(struct monitor *monitor)
{
	int lock, code = EXIT_PASS, err;

	if (!monitor->armed || monitor->options->keep)
		return EXIT_PASS;
	lock = pin_lock();
	if (lock < 0) {
		refuse_pinned(lock);
		return EXIT_RUNTIME;
	}
	err = pinned_compare(&monitor->live->loader);
	if (!err) {
		code = remove_ours(monitor);
	} else if (err != -ENOENT && err != -ESTALE) {
		refuse_pinned(err);
		code = EXIT_RUNTIME;
	}
	close(lock);
	return code;
}

static int watch_and_judge(struct monitor *monitor)
{
	int code = monitor_outputs_listen(&monitor->outputs);

	if (!code)
		code = take_hooks(monitor);
	if (code)
		return code;
	if (monitor_outputs_store(&monitor->outputs,
				  monitor->live->loader.bss->armed_ns))
		return EXIT_RUNTIME;
	if (monitor->options->command.count &&
	    workload_start(&monitor->workload))
		return EXIT_RUNTIME;
	/* Without them a detached pool is seen with the next sample. */
	pool_events_open(&monitor->pool_events);
	service_notify("READY=1");
	watch(monitor);
	monitor->workload_ended = monitor->workload.ended;
	monitor->workload_status = monitor->workload.status;
	service_notify("STOPPING=1");
	workload_stop(&monitor->workload, no_workload_cut, NULL);
	if (monitor->error)
		return EXIT_RUNTIME;
	return judge(monitor);
}

static int open_workload(struct monitor *monitor)
{
	const struct monitor_options *options = monitor->options;
	const struct workload_options workload = {
		.argv = options->command.items,
		.stdout_fd = output_owns_stdout(options->json_path, NULL) ?
				     STDERR_FILENO :
				     -1,
	};
	int err;

	if (!options->command.count)
		return 0;
	err = workload_open(&monitor->workload, &workload);
	if (err)
		pr_error("cannot start the workload's supervisor: %s",
			 error_text(err));
	return err;
}

static int run_with_memory(struct monitor *monitor)
{
	int code = EXIT_RUNTIME;

	if (monitor->options->on_finding &&
	    !(monitor->hooks =
		      hook_new(monitor->options->on_finding, HOOK_LIMIT_MS)))
		pr_error("out of memory");
	else if (!open_signals(monitor) && !open_workload(monitor))
		code = watch_and_judge(monitor);
	workload_stop(&monitor->workload, no_workload_cut, NULL);
	if (monitor->opened) {
		if (end_hooks(monitor))
			code = EXIT_RUNTIME;
		live_stop(monitor->live);
		loader_close(&monitor->live->loader);
	}
	monitor_outputs_close(&monitor->outputs);
	hook_free(monitor->hooks, HOOK_END_MS);
	workload_close(&monitor->workload);
	return code;
}

int monitor_run(const struct monitor_options *options)
{
	struct monitor *monitor;
	int code = check_devices(options->devices);

	if (code)
		return code;
	if (!may_pin())
		return EXIT_CANNOT;
	code = EXIT_RUNTIME;
	monitor = calloc(1, sizeof(*monitor));
	if (monitor) {
		monitor->options = options;
		monitor->outputs.options = options;
		monitor->signal_fd = -1;
		monitor->live = calloc(1, sizeof(*monitor->live));
		monitor->session = session_new();
		monitor->view.start_s = time(NULL);
	}
	if (monitor && monitor->live && monitor->session)
		code = run_with_memory(monitor);
	else
		pr_error("out of memory");
	if (monitor) {
		view_look_clear(&monitor->look);
		view_clear(&monitor->view);
		session_free(monitor->session);
		free(monitor->live);
		if (monitor->signal_fd >= 0)
			close(monitor->signal_fd);
	}
	if (monitor)
		pool_events_close(&monitor->pool_events);
	symbols_free();
	free(monitor);
	return code;
}
