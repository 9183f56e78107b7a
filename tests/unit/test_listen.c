// SPDX-License-Identifier: GPL-2.0
/* The socket of monitor --listen: who takes a place that several want. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.h"
#include "user/monitor/listen.h"

#define MONITORS 16
#define ROUNDS 20
#define WON '+'
#define LOST '-'

static char at[128];

/* What a killed monitor leaves: a socket that nobody listens at. */
static void leave_socket(void)
{
	struct listening left;

	assert_int_equal(listen_open(at, &left), 0);
	close(left.fd);
}

/*
 * From when @begin is closed: says at @result whether it may listen there, and does
 * so until @end is closed.
 */
static void monitor(int begin, int result, int end)
{
	struct listening to;
	char byte;

	if (read(begin, &byte, 1))
		_exit(1);
	byte = listen_open(at, &to) ? LOST : WON;
	if (write(result, &byte, 1) != 1 || read(end, &byte, 1))
		_exit(1);
	_exit(0);
}

/* Returns how many of them got the place. */
static int race(void)
{
	int begin[2], results[2], end[2], i, winners = 0, losers = 0;
	char byte;

	assert_int_equal(pipe(begin) | pipe(results) | pipe(end), 0);
	for (i = 0; i < MONITORS; i++) {
		if (fork())
			continue;
		close(begin[1]);
		close(end[1]);
		if (freopen("/dev/null", "w", stderr))
			monitor(begin[0], results[1], end[0]);
		_exit(1);
	}
	close(begin[1]);
	close(results[1]);
	while (winners + losers < MONITORS && read(results[0], &byte, 1) == 1) {
		winners += byte == WON;
		losers += byte == LOST;
	}
	close(end[1]);
	while (wait(NULL) > 0)
		;
	close(begin[0]);
	close(results[0]);
	close(end[0]);
	assert_int_equal(winners + losers, MONITORS);
	return winners;
}

static void test_stale_socket(void **state)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		leave_socket();
		assert_int_equal(race(), 1);
	}
}

/* Anybody may lock the directory for good: nobody is kept out by that. */
static void test_locked_directory(void **state)
{
	int fd = open(directory, O_RDONLY);
	struct listening to;

	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(listen_open(at, &to), 0);
	listen_remove(&to);
	close(to.fd);
	close(fd);
	assert_int_equal(access(path, F_OK), -1);
}

static int set_up(void **state)
{
	int err = make_place("socket");

	snprintf(at, sizeof(at), "unix:%s", path);
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stale_socket, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_locked_directory, set_up,
						tear_down),
	};

	return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
