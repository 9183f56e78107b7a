// SPDX-License-Identifier: GPL-2.0
/* Addresses go, each by its name; what only looks like one stays. */
#include "unit.h"

#include "user/bundle/redact.h"

static void expect(struct redaction *redaction, const char *text,
		   const char *wanted)
{
	char *redacted;
	size_t size;

	assert_int_equal(
		redact(redaction, text, strlen(text), &redacted, &size), 0);
	assert_string_equal(redacted, wanted);
	assert_int_equal(size, strlen(wanted));
	free(redacted);
}

/* One text by itself. */
static void expect_alone(const char *text, const char *wanted)
{
	struct redaction redaction = {};

	expect(&redaction, text, wanted);
	redaction_clear(&redaction);
}

static void addresses_go(void **state)
{
	expect_alone("10.0.0.1", "ip1");
	expect_alone("10.0.0.1:80", "ip1:80");
	expect_alone("192.168.0.1/24", "ip1/24");
	expect_alone("[fe80::1]:80 < [2001:db8::2]:443",
		     "[ip1]:80 < [ip2]:443");
	expect_alone("fe80::1%eth0", "ip1%eth0");
	expect_alone("::ffff:10.0.0.1", "ip1");
	expect_alone("10.0.0.1->10.0.0.2", "ip1->ip2");
	expect_alone("mac 02:00:00:00:00:01.", "mac mac1.");
	expect_alone("{\"local\":\"10.0.0.1:80\",\"n\":1.5}",
		     "{\"local\":\"ip1:80\",\"n\":1.5}");
}

/* What stands before and behind is of the sentence, or a port. */
static void addresses_go_from_what_is_around_them(void **state)
{
	expect_alone("a:02:00:00:00:00:01", "a:mac1");
	expect_alone("bc:10.0.0.1:80", "bc:ip1:80");
	expect_alone("2001:db8:1:2:3:4:5:6:80", "ip1:80");
	expect_alone("from 10.0.0.1. To 10.0.0.2: none",
		     "from ip1. To ip2: none");
	expect_alone("src=10.0.0.1,dst=10.0.0.2", "src=ip1,dst=ip2");
	expect_alone("addr:fe80::1", "addr:ip1");
}

static void one_address_has_one_name(void **state)
{
	struct redaction redaction = {};

	expect(&redaction, "10.0.0.1 10.0.0.2 10.0.0.1", "ip1 ip2 ip1");
	expect(&redaction, "10.0.0.2 FE80::a fe80::A", "ip2 ip3 ip3");
	expect(&redaction, "02:00:00:00:00:0a 02:00:00:00:00:0A", "mac1 mac1");
	assert_int_equal(redaction.ips.count, 3);
	assert_int_equal(redaction.macs.count, 1);
	redaction_clear(&redaction);
}

static void what_is_no_address_stays(void **state)
{
	static const char *const texts[] = {
		"",
		"0000:3b:00.0",
		"2026-01-02T03:04:05Z",
		"6.12.107",
		"core::fmt",
		"cafe 0xffff888100001000",
		"netif_receive_skb+0x1a/0x20",
		"{\"a\":1,\"b\":[2,3],\"share\":0.95}",
		"127.0.0.1:5 0.0.0.0:80 [::1]:2 [::]:80",
		"00:00:00:00:00:00 ff:ff:ff:ff:ff:ff",
		"[\"hold\",1,1,\"10f\",3,\"0\",\"8000000000000001\",0,\"\"]",
		"300.1.1.1",
		"x1.2.3.4",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		expect_alone(texts[i], texts[i]);
}

static void bytes_of_any_kind_stay(void **state)
{
	static const char text[] = "a\0b\xff 10.0.0.1\n";
	struct redaction redaction = {};
	char *redacted;
	size_t size;

	assert_int_equal(redact(&redaction, text, sizeof(text) - 1, &redacted,
				&size),
			 0);
	assert_int_equal(size, 9);
	assert_memory_equal(redacted, "a\0b\xff ip1\n", 9);
	free(redacted);
	redaction_clear(&redaction);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_go),
		cmocka_unit_test(addresses_go_from_what_is_around_them),
		cmocka_unit_test(one_address_has_one_name),
		cmocka_unit_test(what_is_no_address_stays),
		cmocka_unit_test(bytes_of_any_kind_stay),
	};

	return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
