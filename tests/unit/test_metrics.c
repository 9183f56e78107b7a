// SPDX-License-Identifier: GPL-2.0
/* The text of the metrics: escapes, families, bounds, and who serves it. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/monitor/metrics.h"
#include "user/monitor/serve.h"

static char *text_of(const struct view *view, enum metrics_format format)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(metrics_write(to, view, format), 0);
	fclose(to);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static struct view_pool one_pool(void)
{
	struct view_pool pool = {
		.slot = 1,
		.seq = 1,
		.address = 0xffff8881000,
		.netns = 4026531840,
		.netlink_id = 17,
		.queue = 2,
		.device = "eth0",
		.inflight = 100,
		.cache = 10,
		.ring = 20,
		.oldest_ms = -1,
		.stalled_ms = -1,
		.events = 5,
		.conclusive = 4,
	};

	return pool;
}

#define LABELS "{device=\"eth0\",queue=\"2\",netns=\"4026531840\",pool=\"17\"}"

static void test_a_pool(void **state)
{
	struct view_pool pool = one_pool();
	struct view view = { .pools = &pool, .pool_count = 1 };
	char *text = text_of(&view, METRICS_TEXT);

	has(text, "netmem_pools{state=\"active\"} 1\n");
	has(text, "netmem_pools{state=\"stalled\"} 0\n");
	has(text, "netmem_pool_inflight_pages" LABELS " 100\n");
	has(text, "netmem_pool_out_pages" LABELS " 70\n");
	has(text, "netmem_pool_events_total" LABELS " 5\n");
	/* What nobody knows is not there. */
	lacks(text, "netmem_pool_oldest_page_seconds{");
	lacks(text, "netmem_pool_stalled_seconds{");
	/* Nobody looked yet. */
	lacks(text, "netmem_verdict");
	free(text);
	pool.state = POOL_STATE_STALLED;
	pool.stalled_ms = 31999;
	text = text_of(&view, METRICS_TEXT);
	has(text, "netmem_pools{state=\"stalled\"} 1\n");
	has(text, "netmem_pool_stalled_seconds" LABELS " 31\n");
	has(text, "netmem_pool_out_pages" LABELS " 100\n");
	free(text);
	view.pool_count = 0;
	text = text_of(&view, METRICS_TEXT);
	lacks(text, "eth0");
	free(text);
}

/* Names of devices may be any bytes. */
static void test_hostile_names(void **state)
{
	struct view_pool pool = one_pool();
	struct view view = { .pools = &pool, .pool_count = 1 };
	char *text;

	snprintf(pool.device, sizeof(pool.device), "a\"} 1\nb\\\xff\xc3\xa9");
	text = text_of(&view, METRICS_TEXT);
	has(text, "device=\"a\\\"} 1\\nb\\\\\\\\xff\xc3\xa9\",queue");
	lacks(text, "\nb");
	free(text);
}

/* A line of each kind, as the formats want them. */
static void test_formats(void **state)
{
	struct view_pool pool = one_pool();
	struct view view = { .pools = &pool, .pool_count = 1 };
	char *text = text_of(&view, METRICS_TEXT);
	size_t length = strlen(text);

	has(text, "# TYPE netmem_pool_events_total counter\n");
	assert_string_equal(text + length - 6, "# EOF\n");
	free(text);
	text = text_of(&view, METRICS_OPEN);
	length = strlen(text);
	has(text, "# TYPE netmem_pool_events counter\n");
	has(text, "\nnetmem_pool_events_total" LABELS " 5\n");
	assert_string_equal(text + length - 6, "# EOF\n");
	assert_ptr_equal(strstr(text, "# EOF"), text + length - 6);
	free(text);
}

/* Each family is said once, and each sample is of the one before it. */
static void test_families_are_whole(void **state)
{
	struct view_pool pools[2] = { one_pool(), one_pool() };
	struct view view = { .pools = pools, .pool_count = 2 };
	char *text, *line, *rest, family[128] = "", seen[64][128];
	size_t count = 0, i;

	pools[1].netlink_id = 18;
	text = text_of(&view, METRICS_TEXT);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "# TYPE %127s", family) == 1) {
			for (i = 0; i < count; i++)
				assert_string_not_equal(seen[i], family);
			strcpy(seen[count++], family);
		} else if (line[0] != '#') {
			assert_int_equal(strncmp(line, family, strlen(family)),
					 0);
			assert_true(line[strlen(family)] == '{' ||
				    line[strlen(family)] == ' ');
		}
	}
	assert_true(count > 10);
	free(text);
}

static void test_size_of_1000_pools(void **state)
{
	struct view_pool *pools = calloc(1000, sizeof(*pools));
	struct view view = { .pools = pools, .pool_count = 1000 };
	char *text;
	size_t i;

	for (i = 0; i < 1000; i++) {
		pools[i] = one_pool();
		pools[i].netlink_id = 10000 + i;
		pools[i].events = pools[i].conclusive = 123456789012ULL;
		pools[i].oldest_ms = 86400000;
		snprintf(pools[i].device, sizeof(pools[i].device),
			 "enp129s0f%zunp0", i);
	}
	text = text_of(&view, METRICS_OPEN);
	assert_true(strlen(text) < 1 << 20);
	print_message("1000 pools: %zu bytes\n", strlen(text));
	free(text);
	free(pools);
}

/* ---- over HTTP ---- */

/* What comes back for a request; to be freed. */
static char *request(unsigned int port, const char *lines)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char *answer = calloc(1, 1 << 16), text[512];
	size_t at = 0;
	ssize_t got;

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	snprintf(text, sizeof(text),
		 "%s\r\nHost: localhost\r\nConnection: close\r\n\r\n", lines);
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	while ((got = recv(fd, answer + at, (1 << 16) - 1 - at, 0)) > 0)
		at += got;
	close(fd);
	return answer;
}

static void answers(unsigned int port, const char *lines, const char *status,
		    const char *part)
{
	char *answer = request(port, lines);

	assert_int_equal(strncmp(answer, status, strlen(status)), 0);
	has(answer, part);
	free(answer);
}

static void test_served(void **state)
{
	struct view_pool pool = one_pool();
	struct view view = { .pools = &pool, .pool_count = 1 };
	struct serve *serve;
	unsigned int port;
	int err;

	serve = serve_open("127.0.0.1:0", &err);
	assert_non_null(serve);
	port = serve_port(serve);
	answers(port, "GET /metrics HTTP/1.1", "HTTP/1.1 503", "no sample yet");
	answers(port, "GET /healthz HTTP/1.1", "HTTP/1.1 503", "no sample");
	assert_int_equal(serve_publish(serve, &view), 0);
	answers(port, "GET /metrics HTTP/1.1", "HTTP/1.1 200",
		"# TYPE netmem_pool_events_total counter");
	answers(port,
		"GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text; version=1.0.0",
		"HTTP/1.1 200", "# TYPE netmem_pool_events counter");
	answers(port, "GET /healthz HTTP/1.1", "HTTP/1.1 200", "ok\n");
	answers(port, "GET / HTTP/1.1", "HTTP/1.1 404", "/metrics");
	answers(port, "POST /metrics HTTP/1.1\r\nContent-Length: 0",
		"HTTP/1.1 405", "only GET");
	serve_close(serve);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "",	    "localhost:1", "1.2.3.4",
					   ":",	    ":x",	   ":65536",
					   ":-1",   "1.2.3:9555",  "[::1]",
					   "[x]:1", "::1:1" };
	struct serve *serve, *second;
	char text[32];
	size_t i;
	int err;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_null(serve_open(bad[i], &err));
		assert_int_equal(err, -EINVAL);
	}
	/* Without an address: the loopback one. */
	serve = serve_open(":0", &err);
	assert_non_null(serve);
	snprintf(text, sizeof(text), "127.0.0.1:%u", serve_port(serve));
	second = serve_open(text, &err);
	assert_null(second);
	assert_int_equal(err, -EADDRINUSE);
	assert_null(serve_open("192.0.2.1:0", &err));
	assert_int_equal(err, -EADDRNOTAVAIL);
	serve_close(serve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pool),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_families_are_whole),
		cmocka_unit_test(test_size_of_1000_pools),
		cmocka_unit_test(test_served),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
