// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "user/cmd/monitor_outputs.h"
#include "user/monitor/metrics.h"
#include "user/monitor/serve.h"
#include "user/monitor/store.h"
#include "user/util/output_file.h"
#include "user/util/util.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define FILE_NS (5 * 1000000000ULL)
/* What failed gave its message. */
#define FILE_AGAIN_NS (60 * 1000000000ULL)
#define REOPEN_NS (10 * 1000000000ULL)

/* ---- /metrics ---- */

int monitor_outputs_listen(struct monitor_outputs *outputs)
{
	int err = 0;

	if (!outputs->options->listen)
		return EXIT_PASS;
	outputs->serve = serve_open(outputs->options->listen, &err);
	if (err)
		return err == -EINVAL ? EXIT_USAGE : EXIT_RUNTIME;
	if (serve_port(outputs->serve))
		fprintf(stderr, "serving /metrics and /healthz at port %u\n",
			serve_port(outputs->serve));
	else
		fprintf(stderr, "serving /metrics and /healthz at %s\n",
			outputs->options->listen);
	return EXIT_PASS;
}

/* ---- the textfile ---- */

static int write_metrics(const char *path, const struct view *view)
{
	struct output_file *file;
	int err;

	file = output_file_open(path, 0, &err);
	if (!file)
		return err;
	return output_file_close(file, metrics_write(output_file_stream(file),
						     view, METRICS_TEXT));
}

static void write_due_metrics(struct monitor_outputs *outputs,
			      const struct view *view)
{
	const char *path = outputs->options->metrics_path;
	uint64_t now = now_ns();

	if (!path || now < outputs->file_due_ns)
		return;
	outputs->file_due_ns =
		now + (write_metrics(path, view) ? FILE_AGAIN_NS : FILE_NS);
}

/* ---- the store ---- */

static void read_line(const char *path, char *text, size_t size)
{
	FILE *from = fopen(path, "re");

	if (!from || !fgets(text, size, from))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (from)
		fclose(from);
}

/* One of store_open()'s errors, after its message unless @again. */
static int open_store(struct monitor_outputs *outputs, bool reopened,
		      bool again)
{
	char boot_id[64];
	struct utsname os;
	struct store_run run = {
		.time_s = time(NULL),
		.boot_id = boot_id,
		.armed_ns = outputs->armed_ns,
		.kernel = os.release,
		.machine = os.machine,
		.reopened = reopened,
		.quiet = again,
	};
	int err;

	uname(&os);
	read_line(BOOT_ID, boot_id, sizeof(boot_id));
	outputs->store = store_open(outputs->options->store_path, &run, &err);
	return err;
}

int monitor_outputs_store(struct monitor_outputs *outputs, uint64_t armed_ns)
{
	outputs->armed_ns = armed_ns;
	return outputs->options->store_path ?
		       open_store(outputs, false, false) :
		       0;
}

static void close_store(struct monitor_outputs *outputs)
{
	outputs->missed += store_missed(outputs->store);
	store_close(outputs->store);
	outputs->store = NULL;
}

void monitor_outputs_reopen(struct monitor_outputs *outputs)
{
	outputs->file_due_ns = 0;
	if (!outputs->options->store_path)
		return;
	close_store(outputs);
	outputs->reopen_ns = 0;
	if (!open_store(outputs, true, false))
		return;
	pr_error("nothing is stored; opening it is tried again each 10 s");
	outputs->reopen_ns = now_ns() + REOPEN_NS;
}

static void reopen_if_due(struct monitor_outputs *outputs)
{
	if (!outputs->reopen_ns || now_ns() < outputs->reopen_ns)
		return;
	outputs->reopen_ns = now_ns() + REOPEN_NS;
	if (open_store(outputs, true, true))
		return;
	outputs->reopen_ns = 0;
	pr_error("'%s' is open and stored into again; samples missed: %" PRIu64,
		 outputs->options->store_path, outputs->missed);
}

/* ---- all of them ---- */

void monitor_outputs_sample(struct monitor_outputs *outputs, struct view *view)
{
	reopen_if_due(outputs);
	store_sample(outputs->store, view);
	outputs->missed += outputs->reopen_ns != 0;
	view->not_stored = outputs->missed + store_missed(outputs->store);
	if (serve_publish(outputs->serve, view))
		pr_error("cannot make the text of the metrics");
	write_due_metrics(outputs, view);
}

void monitor_outputs_look(struct monitor_outputs *outputs,
			  const struct view_look *look)
{
	store_look(outputs->store, look);
}

void monitor_outputs_end(struct monitor_outputs *outputs,
			 const struct verdict *verdict)
{
	store_end(outputs->store, time(NULL), verdict);
}

void monitor_outputs_close(struct monitor_outputs *outputs)
{
	serve_close(outputs->serve);
	store_close(outputs->store);
}
