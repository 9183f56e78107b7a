// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "user/cmd/output.h"
#include "user/judge/verdict.h"
#include "user/util/build.h"
#include "user/util/output_file.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

/* ---- before the start ---- */

/* Options of one subcommand that name an output, its word, and ours. */
#define OUTPUTS_MAX 8

struct outputs {
	struct output_place places[OUTPUTS_MAX];
	char names[OUTPUTS_MAX][32]; /* "--json" */
	size_t count;
};

static int refuse_one(const struct outputs *outputs, size_t i, const char *name)
{
	pr_error("%s and %s are one file, '%s'; name two", outputs->names[i],
		 name, outputs->places[i].path);
	return EXIT_USAGE;
}

/* Returns EXIT_PASS, or the exit code after a message. */
static int compare(const struct outputs *outputs, const char *name,
		   const struct output_place *place)
{
	size_t i;

	for (i = 0; i < outputs->count; i++)
		if (output_places_same(&outputs->places[i], place))
			return refuse_one(outputs, i, name);
	return EXIT_PASS;
}

/* @name: with the dashes, of an option. */
static int add_output(struct outputs *outputs, const char *name,
		      const char *path)
{
	struct output_place *place = &outputs->places[outputs->count];
	int code;

	if (output_place_find(path, place) || output_place_check(place))
		return EXIT_RUNTIME;
	code = compare(outputs, name, place);
	if (code)
		return code;
	snprintf(outputs->names[outputs->count++], sizeof(*outputs->names),
		 "%s", name);
	/* The other outputs are written even if nobody reads this one. */
	if (place->fd != STDOUT_FILENO)
		signal(SIGPIPE, SIG_IGN);
	return EXIT_PASS;
}

static int add_options(struct outputs *outputs, const struct command *command,
		       const char *options)
{
	const struct option_row *row = command->rows;
	const char *path;
	char name[32];
	size_t i;
	int code = EXIT_PASS;

	for (i = 0; !code && i < command->row_count; i++, row++) {
		if (row->type != OPTION_OUTPUT)
			continue;
		path = *(const char *const *)(options + row->target);
		snprintf(name, sizeof(name), "--%s", row->name);
		if (path)
			code = add_output(outputs, name, path);
	}
	return code;
}

/*
 * What the shell redirected our texts to is another file than an output, but
 * for one that names the redirection (/dev/stderr).
 */
static int compare_standard(const struct outputs *outputs)
{
	static const char *const names[] = { NULL, "standard output",
					     "standard error" };
	struct output_place place = { .fd = -1, .exists = true };
	size_t i;
	int fd;

	for (i = 0; i < outputs->count; i++) {
		fd = outputs->places[i].fd;
		if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
			continue;
		for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
			if (!fstat(fd, &place.status) &&
			    S_ISREG(place.status.st_mode) &&
			    output_places_same(&outputs->places[i], &place))
				return refuse_one(outputs, i, names[fd]);
	}
	return EXIT_PASS;
}

static int compare_words(const struct outputs *outputs,
			 const struct words *words, size_t first)
{
	struct output_place place;
	size_t i;
	int code = EXIT_PASS;

	for (i = first; !code && i < words->count; i++)
		/* Who reads it says that it is not there. */
		if (!output_place_of_input(words->items[i], &place))
			code = compare(outputs, "what is read", &place);
	return code;
}

int outputs_check(const struct command *command, const void *options,
		  const struct words *words)
{
	bool writes = command->word_use == WORDS_WRITE_READ && words->count;
	struct outputs outputs = {};
	int code = add_options(&outputs, command, options);

	if (!code && writes)
		code = add_output(&outputs, "the archive", words->items[0]);
	if (!code)
		code = compare_standard(&outputs);
	if (!code && command->word_use != WORDS_NO_FILES)
		code = compare_words(&outputs, words, writes);
	return code;
}

bool output_owns_stdout(const char *report, const char *recording)
{
	return output_path_is_stdout(report) ||
	       output_path_is_stdout(recording);
}

/* ---- reports ---- */

int output_report(const char *path, const struct report_format *format,
		  const struct session *session, const struct verdict *verdict)
{
	struct output_file *file;
	int err;

	file = output_file_open(path, 0, &err);
	if (!file)
		return err;
	err = format->write(output_file_stream(file), session, verdict);
	return output_file_close(file, err);
}

int output_probe(const char *path, const struct report_format *format,
		 const struct probe_fact *probe)
{
	struct output_file *file;
	int err;

	file = output_file_open(path, 0, &err);
	if (!file)
		return err;
	err = format->write_probe(output_file_stream(file), probe);
	return output_file_close(file, err);
}

int output_history(const char *path, const struct report_format *format,
		   const struct history *history)
{
	struct output_file *file;
	int err;

	file = output_file_open(path, 0, &err);
	if (!file)
		return err;
	err = history_write(output_file_stream(file), history, format->name);
	return output_file_close(file, err);
}

int output_json(const char *path, json_t *value)
{
	int err;
	struct output_file *file = output_file_open(path, 0, &err);

	if (file)
		return output_file_close(
			file, build_write(output_file_stream(file), value));
	json_decref(value);
	return err;
}

int output_text(int err)
{
	int opened;
	struct output_file *file = output_file_open(NULL, 0, &opened);

	return file ? output_file_close(file, err) : opened;
}

int output_exit_code(int code, int err)
{
	return err && code != EXIT_FAIL ? EXIT_RUNTIME : code;
}

int output_probe_exit_code(const struct probe_fact *probe, int err)
{
	const struct capability_fact *row;
	bool named = false;
	size_t i;

	if (probe_can_run(probe))
		return output_exit_code(EXIT_PASS, err);
	for (i = 0; i < probe->capabilities.count; i++) {
		row = &probe->capabilities.items[i];
		if (row->supported || !row->required)
			continue;
		pr_error("nothing can be watched without %s (%s)",
			 row->name ? row->name : "",
			 row->error ? row->error : "");
		named = true;
	}
	if (!named)
		pr_error("nothing can be watched: no hook could be tried");
	return output_exit_code(EXIT_CANNOT, err);
}
