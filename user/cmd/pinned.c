// SPDX-License-Identifier: GPL-2.0
/* netmem-check attach, detach and status: the pinned mode. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/collect/live.h"
#include "user/cmd/pins.h"
#include "user/report.h"
#include "user/kernel/symbols.h"
#include "user/util/util.h"

static error_t parse_attach(int key, char *arg, struct argp_state *state)
{
	struct loader_options *options = state->input;

	(void)arg;
	if (key == 'n')
		options->no_free_hook = true;
	else if (key == ARGP_KEY_ARG)
		argp_usage(state);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp_option attach_options[] = {
	{ "no-free-hook", 'n', NULL, 0,
	  "Cheap mode: leave the page allocator's free path alone; freed_while_held is then blind",
	  0 },
	{ 0 }
};

static const char attach_text[] =
	"Start the pinned mode: hooks and maps stay below " PIN_DIRECTORY
	" without a process, for bpftool sessions and days-long runs.\v"
	"Read it at any time with netmem-check status or netmem-check report --pinned, or with bpftool map dump pinned " PIN_DIRECTORY
	"/pools. netmem-check detach removes all of it.\n\n"
	"XDP statistics programs (xdp_netmem_stats.bpf.o) that are loaded now are inspected; later ones are only counted.\n\n"
	"Exit status: 0 attached, 2 usage, 4 cannot run on this system (no bpffs, for one), 5 runtime error (already attached, for one).";

static const char detach_text[] =
	"End the pinned mode: detach all hooks and remove everything below " PIN_DIRECTORY
	".\v"
	"Exit status: 0 detached, 2 usage, 4 cannot run on this system, 5 nothing was attached.";

static const char status_text[] =
	"Tell in a few lines what the pinned mode has seen so far; netmem-check report --pinned tells all.\v"
	"Exit status: that of the verdict so far (0 PASS, 1 FAIL, 3 INCONCLUSIVE), 2 usage, 4 cannot run on this system, 5 nothing is attached.";

static error_t parse_nothing(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_usage(state);
	return 0;
}

static void parse_plain(int argc, char **argv, const char *text)
{
	const struct argp argp = { NULL, parse_nothing, NULL, text,
				   NULL, NULL,		NULL };

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
}

/* Root, a bpffs, and nothing attached (or something, as @want says). */
static int check_pins(int want)
{
	int state;

	if (geteuid()) {
		complain(
			"must run as root (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN)");
		return EXIT_CANNOT;
	}
	state = pinned_check();
	if (state == -ENODEV) {
		complain(
			"bpffs is not mounted at '/sys/fs/bpf'; mount -t bpf bpf /sys/fs/bpf");
		return EXIT_CANNOT;
	}
	if (state == want)
		return EXIT_PASS;
	if (state)
		complain("nothing is attached; start with netmem-check attach");
	else
		complain("already attached below '" PIN_DIRECTORY
			 "'; netmem-check detach ends it");
	return EXIT_RUNTIME;
}

static int arm_and_pin(struct live *live)
{
	size_t i;
	int err;

	err = live_start(live);
	if (!err)
		err = pinned_create(&live->loader);
	for (i = 0; !err && i < live->xdp_count; i++)
		err = pinned_keep_inspectors(&live->xdp[i]);
	if (err) {
		complain("cannot pin below '" PIN_DIRECTORY "': %s",
			 error_text(err));
		pinned_remove();
	}
	return err;
}

int cmd_attach(int argc, char **argv)
{
	const struct argp argp = {
		attach_options, parse_attach, NULL, attach_text,
		NULL,		NULL,	      NULL
	};
	struct loader_options options = {};
	struct live *live;
	int err, code;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	code = check_pins(-ENOENT);
	if (code)
		return code;
	live = calloc(1, sizeof(*live));
	if (!live)
		return EXIT_RUNTIME;
	live->options.tier = "tracepoint";
	live->options.pinned = true;
	live->session = session_new();
	err = loader_open(&live->loader, &options);
	code = err == -EOPNOTSUPP || err == -EPERM ? EXIT_CANNOT : EXIT_RUNTIME;
	if (!err) {
		err = arm_and_pin(live);
		if (!err)
			printf("attached below " PIN_DIRECTORY
			       ": %.1f MiB for the shadow, %zu pools now\n",
			       (live->loader.shadow_bytes +
				live->loader.net_iov_bytes) /
				       1048576.0,
			       live->session->pool_count);
		if (err)
			loader_close(&live->loader);
		else
			loader_leave(&live->loader);
	}
	session_free(live->session);
	symbols_free();
	free(live);
	return err ? code : EXIT_PASS;
}

int cmd_detach(int argc, char **argv)
{
	int err, code;

	parse_plain(argc, argv, detach_text);
	code = check_pins(0);
	if (code)
		return code;
	err = pinned_remove();
	if (err) {
		complain("cannot remove '" PIN_DIRECTORY "': %s",
			 error_text(err));
		return EXIT_RUNTIME;
	}
	puts("detached");
	return EXIT_PASS;
}

static void print_status(const struct session *session,
			 const struct verdict *verdict)
{
	char since[32], events[32];
	size_t i, live_pools = 0, stalled = 0, findings = 0;

	for (i = 0; i < session->pool_count; i++) {
		live_pools += session->pools[i]->state == POOL_STATE_ACTIVE;
		stalled += session->pools[i]->state == POOL_STATE_STALLED;
	}
	for (i = 0; i < CHECK_COUNT; i++)
		findings += session->findings[i].count;
	printf("attached for %s: %s so far\n",
	       format_time(session->duration_ms, since, sizeof(since)),
	       verdict->name);
	printf("%zu live pools, %zu stalled; %s events, %.1f %% conclusive; %zu findings\n",
	       live_pools, stalled,
	       format_number(verdict->coverage.events, events, sizeof(events)),
	       verdict->coverage.share * 100, findings);
}

int cmd_status(int argc, char **argv)
{
	struct session *session;
	struct verdict verdict;
	char why[256];
	int code;

	parse_plain(argc, argv, status_text);
	code = check_pins(0);
	if (code)
		return code;
	session = session_new();
	if (pinned_session(session, why, sizeof(why))) {
		complain("%s", why);
		session_free(session);
		return EXIT_RUNTIME;
	}
	session_finish(session);
	verdict_reach(session, &verdict);
	print_status(session, &verdict);
	code = verdict.code;
	verdict_clear(&verdict);
	session_free(session);
	symbols_free();
	return code;
}
