// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "user/util/build.h"
#include "user/util/output_file.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

#define TRIES_MAX 100
#define SUFFIX ".partial-"
#define RANDOM_LENGTH 6
#define FD_PATH_MAX 32

struct output_file {
	struct output_place place;
	unsigned int flags;
	FILE *stream;
	int directory; /* -1: it is written to directly */
	char partial[NAME_MAX + 1]; /* "": it has no name yet */
};

/* ---- opening ---- */

/* Standard output keeps its stream, and with it the order of what is in it. */
static int open_descriptor(struct output_file *file)
{
	int fd = file->place.fd;

	if (fd == STDOUT_FILENO) {
		file->stream = stdout;
		return fd;
	}
	fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? output_place_refuse(&file->place, -errno, NULL) : fd;
}

/* Opening does not wait for a reader or a carrier; writing may. */
static int open_device(const struct output_place *place)
{
	int fd = open(place->path,
		      O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat opened;

	if (fd < 0 && errno == ENXIO && S_ISFIFO(place->status.st_mode))
		return output_place_refuse(
			place, -ENXIO,
			"nobody reads from this FIFO; start its reader first");
	if (fd < 0)
		return output_place_refuse(place, -errno, NULL);
	if (!fstat(fd, &opened) && opened.st_mode == place->status.st_mode &&
	    !fcntl(fd, F_SETFL, O_APPEND))
		return fd;
	close(fd);
	return output_place_refuse(place, -EAGAIN, "it changed meanwhile");
}

static const char *fd_path(int fd, char path[FD_PATH_MAX])
{
	snprintf(path, FD_PATH_MAX, "/proc/self/fd/%d", fd);
	return path;
}

/* NAME.partial-XXXXXX; of a long name what there is room for. */
static void name_partial(struct output_file *file)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	const size_t room = NAME_MAX - strlen(SUFFIX) - RANDOM_LENGTH;
	unsigned char bytes[RANDOM_LENGTH] = {};
	size_t i;
	char *at;

	if (getrandom(bytes, sizeof(bytes), 0) < 0)
		bytes[0] = getpid();
	at = file->partial + snprintf(file->partial, sizeof(file->partial),
				      "%.*s" SUFFIX, (int)room,
				      file->place.name);
	for (i = 0; i < RANDOM_LENGTH; i++)
		*at++ = letters[bytes[i] % (sizeof(letters) - 1)];
	*at = 0;
}

static int make_partial(struct output_file *file, mode_t mode)
{
	int fd = -1, tries;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		name_partial(file);
		fd = openat(file->directory, file->partial,
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

/*
 * Nothing stays of a file without a name, whatever ends us. Not each file system
 * has such; and /proc is needed to name it.
 */
static int make_unnamed(const struct output_file *file, mode_t mode)
{
	char path[FD_PATH_MAX];
	int fd;

	if (file->flags & OUTPUT_KEEP)
		return -EOPNOTSUPP;
	fd = openat(file->directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC,
		    mode);
	if (fd < 0)
		return -errno;
	if (!access(fd_path(fd, path), F_OK))
		return fd;
	close(fd);
	return -ENOENT;
}

static int name_unnamed(struct output_file *file)
{
	int fd = fileno(file->stream), tries;
	char path[FD_PATH_MAX];

	for (tries = 0; tries < TRIES_MAX; tries++) {
		name_partial(file);
		if (!linkat(AT_FDCWD, fd_path(fd, path), file->directory,
			    file->partial, AT_SYMLINK_FOLLOW))
			return 0;
		if (errno != EEXIST)
			break;
	}
	file->partial[0] = 0;
	return -errno;
}

/* Whose the file is, and who may read it, stays as it was. */
static int keep_owner(const struct output_file *file, int fd)
{
	const struct stat *old = &file->place.status;
	struct stat own;

	if (fstat(fd, &own))
		return -errno;
	if ((own.st_uid != old->st_uid || own.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid))
		return -errno;
	return fchmod(fd, old->st_mode & 0777) ? -errno : 0;
}

static int open_partial(struct output_file *file)
{
	bool private = file->flags & OUTPUT_PRIVATE;
	bool keeps = file->place.exists && !private;
	int fd, err = 0;

	file->directory =
		open(file->place.directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (file->directory < 0)
		return output_place_refuse(&file->place, -errno, NULL);
	fd = make_unnamed(file, private || keeps ? 0600 : 0666);
	if (fd < 0)
		fd = make_partial(file, private || keeps ? 0600 : 0666);
	if (fd < 0)
		return output_place_refuse(&file->place, fd, NULL);
	if (keeps)
		err = keep_owner(file, fd);
	if (!err)
		return fd;
	close(fd);
	unlinkat(file->directory, file->partial, 0);
	return output_place_refuse(&file->place, err,
				   "its owner and mode cannot be kept");
}

/* Returns a descriptor, or a negative errno. */
static int open_kind(struct output_file *file)
{
	if (file->place.fd >= 0)
		return open_descriptor(file);
	if (file->place.direct)
		return open_device(&file->place);
	if (file->flags & OUTPUT_NEW && file->place.exists)
		return -EEXIST;
	return open_partial(file);
}

static void free_file(struct output_file *file)
{
	if (file->directory >= 0)
		close(file->directory);
	free(file);
}

struct output_file *output_file_open(const char *path, unsigned int flags,
				     int *err)
{
	struct output_file *file = calloc(1, sizeof(*file));
	int fd;

	*err = -ENOMEM;
	if (!file) {
		pr_error("out of memory");
		return NULL;
	}
	file->flags = flags;
	file->directory = -1;
	*err = output_place_find(path, &file->place);
	fd = *err ? *err : open_kind(file);
	if (fd >= 0 && !file->stream)
		file->stream = fdopen(fd, "w");
	if (file->stream)
		return file;
	*err = fd;
	if (fd >= 0) {
		*err = output_place_refuse(&file->place, -errno, NULL);
		close(fd);
		if (file->directory >= 0)
			unlinkat(file->directory, file->partial, 0);
	}
	free_file(file);
	return NULL;
}

FILE *output_file_stream(const struct output_file *file)
{
	return file->stream;
}

/* ---- the end ---- */

static int close_stream(struct output_file *file, int err)
{
	bool failed;

	errno = 0;
	failed = fflush(file->stream) || ferror(file->stream);
	if (!err && failed)
		err = errno ? -errno : -EIO;
	if (!err && file->directory >= 0 && fsync(fileno(file->stream)))
		err = -errno;
	if (!err && file->directory >= 0 && !file->partial[0])
		err = name_unnamed(file);
	if (file->stream != stdout) {
		if (fclose(file->stream) && !err)
			err = -errno;
	} else if (err) {
		/* It is said here, and not again when the program ends. */
		__fpurge(stdout);
		clearerr(stdout);
	}
	return err;
}

/* Not every file system can rename to a name that must not be there. */
static int put_new(const struct output_file *file)
{
	const char *name = file->place.name;
	int at = file->directory;

	if (!renameat2(at, file->partial, at, name, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(at, file->partial, at, name, 0))
		return -errno;
	unlinkat(at, file->partial, 0);
	return 0;
}

static int put_in_place(const struct output_file *file)
{
	int at = file->directory;

	if (file->flags & OUTPUT_NEW)
		return put_new(file);
	return renameat(at, file->partial, at, file->place.name) ? -errno : 0;
}

/* What was written in part goes, or its name is told. */
static void leave_part(const struct output_file *file, bool keep)
{
	char path[OUTPUT_PATH_MAX];
	struct stat part;

	if (file->directory < 0)
		return;
	if (!keep || fstatat(file->directory, file->partial, &part, 0) ||
	    !part.st_size) {
		unlinkat(file->directory, file->partial, 0);
		return;
	}
	output_place_path(&file->place, file->partial, path);
	pr_error("what there is of it is in '%s'", path);
}

int output_file_close(struct output_file *file, int err)
{
	bool keep = file->flags & OUTPUT_KEEP;

	err = close_stream(file, err);
	if (!err && file->directory >= 0) {
		err = put_in_place(file);
		/* It is whole, and only its name is wrong. */
		keep |= err && err != -EEXIST;
	}
	/* What built the value said why there is none. */
	if (err && err != -EEXIST && err != BUILD_FAILED)
		output_place_refuse(&file->place, err, NULL);
	if (err)
		leave_part(file, keep);
	free_file(file);
	return err;
}

void output_file_abandon(struct output_file *file)
{
	close_stream(file, -ECANCELED);
	output_place_refuse(&file->place, -ECANCELED,
			    "what writes it did not come to its end");
	leave_part(file, file->flags & OUTPUT_KEEP);
	free_file(file);
}

void output_file_discard(struct output_file *file)
{
	close_stream(file, -ECANCELED);
	leave_part(file, false);
	free_file(file);
}
