// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/output.h"
#include "user/util/build.h"
#include "user/util/util.h"

bool output_is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

static int explain(const char *path, int err)
{
	if (err == BUILD_FAILED)
		return err;
	if (err && path)
		pr_error("cannot write '%s': %s", path, error_text(err));
	else if (err)
		pr_error("cannot write the report: %s", error_text(err));
	return err;
}

int output_check(const char *path)
{
	FILE *file;

	if (!path || output_is_stdout(path))
		return 0;
	file = fopen(path, "ae");
	if (!file)
		return explain(path, -errno);
	fclose(file);
	return 0;
}

FILE *output_open(const char *path)
{
	FILE *file = stdout;

	if (path && !output_is_stdout(path))
		file = fopen(path, "we");
	if (!file)
		explain(path, -errno);
	return file;
}

int output_close(FILE *file, const char *path, int err)
{
	if (file != stdout && fclose(file) && !err)
		err = -errno;
	return explain(path, err);
}

int output_report(const char *path, const struct report_format *format,
		  const struct session *session, const struct verdict *verdict)
{
	FILE *file = output_open(path);

	if (!file)
		return -EIO;
	return output_close(file, path, format->write(file, session, verdict));
}

int output_json(const char *path, json_t *value)
{
	FILE *file = output_open(path);

	if (!file) {
		json_decref(value);
		return -EIO;
	}
	return output_close(file, path, build_write(file, value));
}

int output_recorder_open(struct recorder **recorder, const char *path)
{
	int err = 0;

	if (!path)
		return 0;
	*recorder = recorder_open(path, &err);
	return explain(path, err);
}

int output_recorder_close(struct recorder **recorder, const char *path,
			  uint64_t duration_ms)
{
	int err = recorder_close(*recorder, duration_ms);

	*recorder = NULL;
	return explain(path, err);
}
