// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "user/util/output_place.h"
#include "user/util/util.h"

#define LINKS_MAX 40
#define OWN_DESCRIPTORS "/proc/self/fd"
#define PLANTED \
	"it is of another user, in a directory where everybody may make files"

int output_place_refuse(const struct output_place *place, int err,
			const char *why)
{
	why = why ? why : error_text(err);
	if (place->path && strcmp(place->path, "-"))
		pr_error("cannot write '%s': %s", place->path, why);
	else
		pr_error("cannot write to standard output: %s", why);
	return err;
}

void output_place_path(const struct output_place *place, const char *name,
		       char path[OUTPUT_PATH_MAX])
{
	const char *directory = place->directory;
	bool here = !strcmp(directory, "."), root = !strcmp(directory, "/");

	snprintf(path, OUTPUT_PATH_MAX, "%s%s%s", here || root ? "" : directory,
		 here ? "" : "/", name);
}

/* ---- where a path leads ---- */

/* Sets directory and name from @path. */
static int split(const char *path, struct output_place *place)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (!*name)
		return *path ? -EISDIR : -ENOENT;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	strcpy(place->name, name);
	strcpy(place->directory, slash == path ? "/" : ".");
	if (slash > path)
		snprintf(place->directory, sizeof(place->directory), "%.*s",
			 (int)(slash - path), path);
	return stat(place->directory, &place->directory_status) ? -errno : 0;
}

/* The number in /dev/fd/N and /proc/self/fd/N; -1: it is none of these. */
static int descriptor_of(const struct output_place *place)
{
	char own[PATH_MAX], directory[PATH_MAX], *end;
	long fd = strtol(place->name, &end, 10);

	if (end == place->name || *end || fd < 0 || fd > INT_MAX ||
	    !realpath(OWN_DESCRIPTORS, own) ||
	    !realpath(place->directory, directory) || strcmp(own, directory))
		return -1;
	return fd;
}

/*
 * In a directory where everybody may make files (/tmp), one of another user may
 * have been put in our way: the kernel's own rule (fs.protected_symlinks,
 * fs.protected_regular), whatever its settings are here.
 */
static bool may_be_planted(const struct output_place *place)
{
	const struct stat *directory = &place->directory_status;
	const mode_t shared = S_ISVTX | S_IWOTH;

	return (directory->st_mode & shared) == shared &&
	       place->status.st_uid != geteuid() &&
	       place->status.st_uid != directory->st_uid;
}

/* Sets @path to where the link leads; 1, or a negative errno. */
static int read_link(int link, const struct output_place *place, char *path)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = 0;
	if (may_be_planted(place))
		return -EACCES;
	if (snprintf(path, PATH_MAX, "%s%s%s",
		     *target == '/' ? "" : place->directory,
		     *target == '/' ? "" : "/", target) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 1;
}

/* /proc/PID/fd/N of another process: an open file, with or without a path. */
static bool is_open_file(int link)
{
	struct statfs system;

	return !fstatfs(link, &system) && system.f_type == PROC_SUPER_MAGIC;
}

static int look_through(const char *path, struct output_place *place)
{
	if (stat(path, &place->status))
		return -errno;
	place->exists = place->direct = true;
	return 0;
}

/* One step: 1 when @path was a link, and is now where it leads. */
static int follow(char *path, struct output_place *place)
{
	int node, err = split(path, place);

	if (err)
		return err;
	place->fd = descriptor_of(place);
	if (place->fd >= 0)
		return 0;
	/* So that what is looked at and what is read are one link. */
	node = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (node < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(node, &place->status))
		err = -errno;
	else if (!S_ISLNK(place->status.st_mode))
		place->exists = true;
	else if (is_open_file(node))
		err = look_through(path, place);
	else
		err = read_link(node, place, path);
	close(node);
	return err;
}

static int locate_descriptor(struct output_place *place)
{
	if (fstat(place->fd, &place->status))
		return -errno;
	place->exists = place->direct = true;
	return 0;
}

static int locate(const char *path, struct output_place *place)
{
	char at[PATH_MAX];
	int links, more = 1;

	memset(place, 0, sizeof(*place));
	place->path = path;
	place->fd = -1;
	if (!path || !strcmp(path, "-")) {
		place->fd = STDOUT_FILENO;
		return locate_descriptor(place);
	}
	if (snprintf(at, sizeof(at), "%s", path) >= (int)sizeof(at))
		return -ENAMETOOLONG;
	for (links = 0; more > 0 && links <= LINKS_MAX; links++)
		more = follow(at, place);
	if (more)
		return more > 0 ? -ELOOP : more;
	if (place->fd >= 0)
		return locate_descriptor(place);
	if (place->exists && !S_ISREG(place->status.st_mode))
		place->direct = true;
	return 0;
}

int output_place_of_input(const char *path, struct output_place *place)
{
	memset(place, 0, sizeof(*place));
	place->path = path;
	place->fd = -1;
	place->exists = true;
	return stat(path, &place->status) ? -errno : 0;
}

bool output_path_is_stdout(const char *path)
{
	struct output_place place;

	return path && !locate(path, &place) && place.fd == STDOUT_FILENO;
}

static int check_descriptor(const struct output_place *place)
{
	int flags = fcntl(place->fd, F_GETFL);

	if (flags < 0)
		return output_place_refuse(place, -errno, NULL);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return output_place_refuse(place, -EBADF, NULL);
	return 0;
}

static int check_kind(const struct output_place *place)
{
	const char *why = NULL;

	switch (place->status.st_mode & S_IFMT) {
	case S_IFCHR:
		return 0;
	case S_IFDIR:
		return output_place_refuse(place, -EISDIR, NULL);
	case S_IFSOCK:
		why = "it is a socket";
		break;
	case S_IFBLK:
		why = "it is a block device";
		break;
	}
	if (why)
		return output_place_refuse(place, -EINVAL, why);
	if (may_be_planted(place))
		return output_place_refuse(place, -EACCES, PLANTED);
	return 0;
}

int output_place_find(const char *path, struct output_place *place)
{
	int err = locate(path, place);

	if (err)
		return output_place_refuse(
			place, err,
			err == -EACCES && may_be_planted(place) ? PLANTED :
								  NULL);
	if (place->fd >= 0)
		return check_descriptor(place);
	return place->exists ? check_kind(place) : 0;
}

/* ---- before the start ---- */

static int check_directory(const struct output_place *place)
{
	char why[PATH_MAX + 128];
	int err;

	if (!faccessat(AT_FDCWD, place->directory, W_OK | X_OK, AT_EACCESS))
		return 0;
	err = -errno;
	snprintf(why, sizeof(why),
		 "a file is made beside it first, and in '%s' none can be: %s",
		 place->directory, error_text(err));
	return output_place_refuse(place, err, why);
}

int output_place_check(const struct output_place *place)
{
	char path[OUTPUT_PATH_MAX];
	struct statx about;

	if (place->fd >= 0)
		return 0;
	if (place->exists && faccessat(AT_FDCWD, place->path, W_OK, AT_EACCESS))
		return output_place_refuse(place, -errno, NULL);
	if (place->direct)
		return 0;
	output_place_path(place, place->name, path);
	if (place->exists && !statx(AT_FDCWD, path, 0, 0, &about) &&
	    about.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return output_place_refuse(
			place, -EBUSY,
			"it is mounted, and cannot be replaced; mount its directory");
	return check_directory(place);
}

/* ---- one file by two names ---- */

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool output_places_same(const struct output_place *one,
			const struct output_place *other)
{
	if (one->fd >= 0 && one->fd == other->fd)
		return true;
	if (one->exists != other->exists)
		return false;
	if (one->exists)
		return is_same(&one->status, &other->status) &&
		       !S_ISCHR(one->status.st_mode);
	return is_same(&one->directory_status, &other->directory_status) &&
	       !strcmp(one->name, other->name);
}
