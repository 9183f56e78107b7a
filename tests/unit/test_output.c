// SPDX-License-Identifier: GPL-2.0
/* Outputs: the old file or the whole new one, and where a path leads. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "user/util/output_file.h"
#include "user/util/output_place.h"

#define OLD "old"
#define NEW "new"

/* Each test has a directory of its own as the current one. */
static int set_up(void **state)
{
	char *directory = strdup("/tmp/netmem-output-XXXXXX");

	*state = directory;
	umask(022);
	return !mkdtemp(directory) || chdir(directory) ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *where)
{
	return remove(path);
}

static int tear_down(void **state)
{
	int err = chdir("/");

	err |= nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return err;
}

static void put(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void assert_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "r");
	char read[64] = "";

	assert_non_null(file);
	assert_true(!*text || fgets(read, sizeof(read), file));
	assert_string_equal(read, text);
	fclose(file);
}

static void assert_mode(const char *path, mode_t mode)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, mode);
}

static size_t partials(void)
{
	glob_t found;
	size_t count;

	if (glob("*.partial-??????", 0, NULL, &found))
		return 0;
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

static struct output_file *begin(const char *path, unsigned int flags)
{
	struct output_file *file;
	int err;

	file = output_file_open(path, flags, &err);
	assert_non_null(file);
	assert_int_equal(err, 0);
	fputs(NEW, output_file_stream(file));
	return file;
}

static void written(const char *path, unsigned int flags)
{
	struct output_file *file = begin(path, flags);

	assert_int_equal(output_file_close(file, 0), 0);
	assert_int_equal(partials(), 0);
}

/* In either way of finding it: before the start, and when it is opened. */
static void refused(const char *path, int wanted)
{
	struct output_place place;
	int err;

	assert_int_equal(output_place_find(path, &place), wanted);
	assert_null(output_file_open(path, 0, &err));
	assert_int_equal(err, wanted);
	assert_int_equal(partials(), 0);
}

static void a_new_file(void **state)
{
	written("file", 0);
	assert_text("file", NEW);
	assert_mode("file", 0644);
	written("private", OUTPUT_PRIVATE);
	assert_mode("private", 0600);
}

static void an_old_file_stays_until_the_new_one_is_whole(void **state)
{
	struct output_file *file;

	put("file", OLD, 0640);
	file = begin("file", 0);
	assert_int_equal(fflush(output_file_stream(file)), 0);
	assert_text("file", OLD);
	assert_int_equal(output_file_close(file, 0), 0);
	assert_text("file", NEW);
	assert_mode("file", 0640);
	assert_int_equal(partials(), 0);
}

static bool has_unnamed_files(void)
{
	int fd = open(".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* begun_and_killed FLAGS: by a process that does not come to its end */
static void begun_and_killed(unsigned int flags)
{
	struct output_file *file;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		file = begin("file", flags);
		fflush(output_file_stream(file));
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void nothing_stays_of_what_was_killed(void **state)
{
	if (!has_unnamed_files())
		skip();
	put("file", OLD, 0644);
	begun_and_killed(0);
	assert_int_equal(partials(), 0);
	begun_and_killed(OUTPUT_KEEP);
	assert_int_equal(partials(), 1);
	assert_text("file", OLD);
}

static void an_old_file_survives(void **state)
{
	put("file", OLD, 0644);
	assert_int_equal(output_file_close(begin("file", 0), -ENOSPC), -ENOSPC);
	output_file_abandon(begin("file", 0));
	output_file_discard(begin("file", OUTPUT_KEEP));
	assert_int_equal(partials(), 0);
	assert_text("file", OLD);
	output_file_abandon(begin("file", OUTPUT_KEEP));
	assert_int_equal(partials(), 1);
	output_file_close(begin("file", OUTPUT_KEEP), -EIO);
	assert_int_equal(partials(), 2);
	assert_text("file", OLD);
}

/* A part without anything in it is worth nothing. */
static void an_empty_part_goes(void **state)
{
	struct output_file *file;
	int err;

	file = output_file_open("file", OUTPUT_KEEP, &err);
	assert_non_null(file);
	output_file_abandon(file);
	assert_int_equal(partials(), 0);
}

/* What the kernel says only when the file is renamed: nothing is lost. */
static void a_whole_file_without_its_place_stays(void **state)
{
	struct output_file *file = begin("file", 0);

	assert_int_equal(mkdir("file", 0755), 0);
	assert_int_equal(output_file_close(file, 0), -EISDIR);
	assert_int_equal(partials(), 1);
}

static void the_owner_stays(void **state)
{
	struct stat status;

	if (geteuid())
		skip();
	put("file", OLD, 0604);
	assert_int_equal(chown("file", 1234, 4321), 0);
	written("file", 0);
	assert_int_equal(stat("file", &status), 0);
	assert_int_equal(status.st_uid, 1234);
	assert_int_equal(status.st_gid, 4321);
	assert_mode("file", 0604);
	written("file", OUTPUT_PRIVATE);
	assert_int_equal(stat("file", &status), 0);
	assert_int_equal(status.st_uid, 0);
	assert_mode("file", 0600);
}

static void a_name_that_must_be_new(void **state)
{
	struct output_file *file;
	int err;

	written("file", OUTPUT_NEW);
	assert_null(output_file_open("file", OUTPUT_NEW, &err));
	assert_int_equal(err, -EEXIST);
	/* Somebody was faster. */
	file = begin("other", OUTPUT_NEW);
	put("other", OLD, 0644);
	assert_int_equal(output_file_close(file, 0), -EEXIST);
	assert_text("other", OLD);
	assert_int_equal(partials(), 0);
}

static void links_lead_to_what_they_name(void **state)
{
	assert_int_equal(mkdir("there", 0755), 0);
	put("there/file", OLD, 0600);
	assert_int_equal(symlink("file", "there/one"), 0);
	assert_int_equal(symlink("there/one", "two"), 0);
	written("two", 0);
	assert_text("there/file", NEW);
	assert_mode("there/file", 0600);
	assert_int_equal(symlink("there/none", "dangling"), 0);
	written("./dangling", 0);
	assert_text("there/none", NEW);
	assert_mode("there/none", 0644);
	assert_int_equal(symlink("loop", "loop"), 0);
	refused("loop", -ELOOP);
}

static void a_name_as_long_as_it_may_be(void **state)
{
	char name[NAME_MAX + 2];

	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = 0;
	written(name, 0);
	assert_text(name, NEW);
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = 0;
	refused(name, -ENAMETOOLONG);
}

static void what_nobody_can_write_to(void **state)
{
	struct sockaddr_un address = { AF_UNIX, "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char path[32];

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	refused("socket", -EINVAL);
	close(fd);
	refused(".", -EISDIR);
	refused("there/", -EISDIR);
	refused("", -ENOENT);
	refused("none/file", -ENOENT);
	refused("/dev/fd/987", -EBADF);
	put("file", OLD, 0644);
	fd = open("file", O_RDONLY);
	assert_true(fd >= 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	refused(path, -EBADF);
	close(fd);
}

static void descriptors_are_written_to_directly(void **state)
{
	int fd = open("file", O_RDWR | O_CREAT, 0644);
	char path[32];

	assert_int_equal(write(fd, OLD, 3), 3);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	written(path, 0);
	assert_int_equal(write(fd, OLD, 3), 3);
	assert_text("file", OLD NEW OLD);
	assert_int_equal(unlink("file"), 0);
	assert_int_equal(symlink(path, "link"), 0);
	written("link", 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 12);
	close(fd);
}

static void a_fifo_waits_for_nobody(void **state)
{
	struct output_place place;
	char text[8] = "";
	int fd, err;

	assert_int_equal(mkfifo("fifo", 0644), 0);
	/* Its reader may come before it is written. */
	assert_int_equal(output_place_find("fifo", &place), 0);
	assert_int_equal(output_place_check(&place), 0);
	assert_null(output_file_open("fifo", 0, &err));
	assert_int_equal(err, -ENXIO);
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	written("fifo", 0);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_string_equal(text, NEW);
	close(fd);
}

static void devices(void **state)
{
	struct output_file *file;

	written("/dev/null", 0);
	file = begin("/dev/full", OUTPUT_KEEP);
	assert_int_equal(output_file_close(file, 0), -ENOSPC);
}

/* What others put into /tmp, whatever fs.protected_* say. */
static void what_others_put_in_our_way(void **state)
{
	if (geteuid())
		skip();
	assert_int_equal(mkdir("shared", 0755), 0);
	assert_int_equal(chmod("shared", 01777), 0);
	put("target", OLD, 0644);
	assert_int_equal(symlink("../target", "shared/link"), 0);
	put("shared/file", OLD, 0666);
	written("shared/link", 0);
	written("shared/file", 0);
	assert_int_equal(lchown("shared/link", 1234, 1234), 0);
	assert_int_equal(lchown("shared/file", 1234, 1234), 0);
	refused("shared/link", -EACCES);
	refused("shared/file", -EACCES);
	assert_int_equal(chmod("shared", 0755), 0);
	written("shared/link", 0);
	written("shared/file", 0);
}

static bool same(const char *one, const char *other)
{
	struct output_place a, b;

	assert_int_equal(output_place_find(one, &a), 0);
	assert_int_equal(output_place_find(other, &b), 0);
	assert_int_equal(output_places_same(&a, &b),
			 output_places_same(&b, &a));
	return output_places_same(&a, &b);
}

static void one_file_by_two_names(void **state)
{
	struct output_place read, place;

	put("file", OLD, 0644);
	put("another", OLD, 0644);
	assert_int_equal(mkdir("there", 0755), 0);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(link("file", "hard"), 0);
	assert_int_equal(symlink("there/none", "dangling"), 0);
	assert_true(same("file", "file"));
	assert_true(same("file", "there/../file"));
	assert_true(same("file", "link"));
	assert_true(same("file", "hard"));
	assert_true(same("none", "./none"));
	assert_true(same("dangling", "there/none"));
	assert_true(same("-", "/dev/stdout"));
	assert_true(same("-", "/proc/self/fd/1"));
	assert_false(same("file", "another"));
	assert_false(same("file", "none"));
	assert_false(same("none", "none2"));
	assert_false(same("none", "there/none"));
	assert_false(same("/dev/null", "/dev/null"));
	assert_true(output_path_is_stdout("/dev/stdout"));
	assert_false(output_path_is_stdout("file"));
	assert_false(output_path_is_stdout(NULL));
	assert_int_equal(output_place_of_input("hard", &read), 0);
	assert_int_equal(output_place_find("file", &place), 0);
	assert_true(output_places_same(&read, &place));
	assert_int_equal(output_place_of_input("none", &read), -ENOENT);
}

/* Looking opens nothing and makes nothing. */
static void looking_changes_nothing(void **state)
{
	struct output_place place;

	assert_int_equal(output_place_find("none", &place), 0);
	assert_int_equal(output_place_check(&place), 0);
	assert_int_equal(access("none", F_OK), -1);
	put("file", OLD, 0644);
	assert_int_equal(output_place_find("file", &place), 0);
	assert_int_equal(output_place_check(&place), 0);
	assert_text("file", OLD);
	/* Root may write everywhere but there. */
	assert_int_equal(output_place_find("/proc/self/x", &place), 0);
	assert_true(output_place_check(&place) < 0 || !geteuid());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_file),
		TEST(an_old_file_stays_until_the_new_one_is_whole),
		TEST(nothing_stays_of_what_was_killed),
		TEST(an_old_file_survives),
		TEST(an_empty_part_goes),
		TEST(a_whole_file_without_its_place_stays),
		TEST(the_owner_stays),
		TEST(a_name_that_must_be_new),
		TEST(links_lead_to_what_they_name),
		TEST(a_name_as_long_as_it_may_be),
		TEST(what_nobody_can_write_to),
		TEST(descriptors_are_written_to_directly),
		TEST(a_fifo_waits_for_nobody),
		TEST(devices),
		TEST(what_others_put_in_our_way),
		TEST(one_file_by_two_names),
		TEST(looking_changes_nothing),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
