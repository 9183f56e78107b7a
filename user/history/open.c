// SPDX-License-Identifier: GPL-2.0
/*
 * Opens a store so that nothing of it is missed and nothing is left beside it.
 * What a monitor wrote last may be in a log beside the file (FILE-wal), and who
 * reads the log together with a writer needs FILE-shm.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/history/private.h"
#include "user/monitor/store_check.h"

#define BUSY_MS 2000
/* Where the locks are in a file: part of the format */
#define LOCKS_AT 0x40000000
#define LOCKS_SIZE 512

bool history_is_store(const char *path)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof(magic)];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
		  !memcmp(head, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return is;
}

/* A path as SQLite's URI; NULL: no memory. */
static char *make_uri(const char *path, const char *query)
{
	size_t size = strlen(path) * 3 + strlen(query) + 16, at;
	char *uri = malloc(size);

	if (!uri)
		return NULL;
	/* Else "//" would begin a name of a host. */
	at = sprintf(uri, "file:%s", *path == '/' ? "//" : "");
	for (; *path; path++)
		at += sprintf(uri + at, strchr("?#%", *path) ? "%%%02x" : "%c",
			      (unsigned char)*path);
	strcpy(uri + at, query);
	return uri;
}

/* What is there with this behind the file's name: 0, or a negative errno. */
static int look_at(const char *path, const char *behind, struct stat *status)
{
	char *name;
	int err;

	memset(status, 0, sizeof(*status));
	if (asprintf(&name, "%s%s", path, behind) < 0)
		return -ENOMEM;
	err = stat(name, status) ? -errno : 0;
	free(name);
	return err;
}

/*
 * Does anybody have a lock of SQLite's? Closing drops such locks of our own, so
 * this is for a time when we have none.
 */
static bool is_locked(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = LOCKS_AT,
			      .l_len = LOCKS_SIZE };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 &&
		  (fcntl(fd, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK);

	if (fd >= 0)
		close(fd);
	return is;
}

/* What cannot be looked at may be there: SQLite says what is wrong with it. */
static void look_around(struct history_file *file)
{
	struct stat unused;

	look_at(file->path, "", &file->status);
	file->has_log = look_at(file->path, "-wal", &file->log) != -ENOENT;
	file->is_shared = file->has_log &&
			  (look_at(file->path, "-shm", &unused) != -ENOENT ||
			   is_locked(file->path));
}

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_size == other->st_size &&
	       one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

bool history_file_changed(const struct history_file *file)
{
	struct history_file now = { .path = file->path };

	/* Locks kept writers away from what was read. */
	if (!file->path || file->is_shared)
		return false;
	look_around(&now);
	return now.has_log != file->has_log || now.is_shared ||
	       !is_same(&now.status, &file->status) ||
	       !is_same(&now.log, &file->log);
}

/*
 * With FILE-shm or a lock somebody may write: it is read with locks. Else nobody
 * does, and none is needed, which would make FILE-shm: without a log the file is
 * all there is, and a log that was left is read with its index in memory.
 */
static const char *choose_query(const struct history_file *file)
{
	if (file->is_shared)
		return "?mode=ro";
	return file->has_log ? "?mode=ro&vfs=unix-none" :
			       "?mode=ro&immutable=1";
}

int history_open(const char *path, struct history_file *file, sqlite3 **db)
{
	int code = SQLITE_NOMEM;
	char *uri;

	*db = NULL;
	memset(file, 0, sizeof(*file));
	/* SQLite looks for the log beside what a symbolic link leads to. */
	file->path = realpath(path, NULL);
	if (!file->path)
		return -errno;
	look_around(file);
	if (S_ISREG(file->status.st_mode) && file->status.st_nlink > 1)
		return -EMLINK;
	uri = make_uri(file->path, choose_query(file));
	if (uri)
		code = sqlite3_open_v2(
			uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	free(uri);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(*db, BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
					 1, NULL);
	if (code == SQLITE_OK && file->has_log && !file->is_shared)
		code = sqlite3_exec(*db, "PRAGMA locking_mode = EXCLUSIVE",
				    NULL, NULL, NULL);
	return store_errno(code);
}
