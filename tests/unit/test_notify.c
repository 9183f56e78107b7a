// SPDX-License-Identifier: GPL-2.0
/* What a service manager is told, by a socket in a folder and one without. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

#include "user/monitor/notify.h"

/* A socket of that name; "@..." has no file. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	if (name[0] == '@')
		address.sun_path[0] = 0;
	assert_return_code(
		bind(fd, (struct sockaddr *)&address,
		     offsetof(struct sockaddr_un, sun_path) + strlen(name)),
		0);
	return fd;
}

static void takes_what_is_told(const char *name)
{
	char text[32] = "";
	int fd = listen_at(name);

	setenv("NOTIFY_SOCKET", name, 1);
	service_notify("READY=1");
	assert_int_equal(recv(fd, text, sizeof(text), 0), strlen("READY=1"));
	assert_string_equal(text, "READY=1");
	unsetenv("NOTIFY_SOCKET");
	service_notify("STOPPING=1");
	assert_int_equal(recv(fd, text, sizeof(text), 0), -1);
	close(fd);
}

static void test_a_file(void **state)
{
	char dir[] = "/tmp/netmem-notify.XXXXXX", name[64];

	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/socket", dir);
	takes_what_is_told(name);
	unlink(name);
	rmdir(dir);
}

static void test_without_a_file(void **state)
{
	char name[64];

	snprintf(name, sizeof(name), "@netmem-notify-%d", getpid());
	takes_what_is_told(name);
}

/* Nobody there, and no name at all: nothing happens. */
static void test_nobody(void **state)
{
	char text[200];

	setenv("NOTIFY_SOCKET", "/nosuch/socket", 1);
	service_notify("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	service_notify("READY=1");
	memset(text, '/', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	setenv("NOTIFY_SOCKET", text, 1);
	service_notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file),
		cmocka_unit_test(test_without_a_file),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
