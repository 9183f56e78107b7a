// SPDX-License-Identifier: GPL-2.0
/* Any bytes become text, nothing is lost, and text is printed as it is. */
#include "unit.h"

#include "user/facts/facts.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

static const char *const texts[] = {
	"",    "eth0",	"a\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
	"\\x", "\\xg0", "\\xFF",     "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf",
};

static const struct {
	const char *bytes, *text;
} escaped[] = {
	{ "eth\xff", "eth\\xff" },
	{ "\xff\x80\xfe", "\\xff\\x80\\xfe" },
	{ "a\xc3\xa9\xc3", "a\xc3\xa9\\xc3" }, /* cut by the kernel */
	{ "\xe2\x82", "\\xe2\\x82" },
	{ "\xc0\xaf", "\\xc0\\xaf" }, /* overlong */
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* a surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80" },
	{ "eth\\xff", "eth\\x5cxff" }, /* is not eth\xff */
	{ "\\\\xff", "\\\\x5cxff" },
};

/* What utf8_escape() did, undone: each escape is a byte. */
static void unescape(const char *text, char *bytes)
{
	unsigned int byte;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' &&
		    strspn(text + 2, "0123456789abcdef") >= 2) {
			assert_int_equal(sscanf(text + 2, "%2x", &byte), 1);
			*bytes++ = byte;
			text += 4;
			continue;
		}
		*bytes++ = *text++;
	}
	*bytes = 0;
}

static void text_stays(void **state)
{
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		assert_true(utf8_is_escaped(texts[i]));
		text = utf8_escape(texts[i]);
		assert_string_equal(text, texts[i]);
		free(text);
	}
}

static void bytes_are_escaped(void **state)
{
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(escaped); i++) {
		assert_false(utf8_is_escaped(escaped[i].bytes));
		text = utf8_escape(escaped[i].bytes);
		assert_string_equal(text, escaped[i].text);
		assert_true(utf8_is_valid(text));
		free(text);
	}
}

/* All strings of five bytes of these kinds */
static void nothing_is_lost(void **state)
{
	static const char bytes[] = "\\xf0\x01\x80\xa0\xbf\xc3\xe0\xed\xf4\xff";
	char from[6] = "", back[sizeof(from)], *text;
	size_t at, i, number, count = 1;

	(void)state;
	for (i = 0; i < sizeof(from) - 1; i++)
		count *= sizeof(bytes) - 1;
	for (number = 0; number < count; number++) {
		for (i = 0, at = number; i < sizeof(from) - 1; i++) {
			from[i] = bytes[at % (sizeof(bytes) - 1)];
			at /= sizeof(bytes) - 1;
		}
		text = utf8_escape(from);
		assert_true(utf8_is_valid(text));
		unescape(text, back);
		assert_string_equal(back, from);
		free(text);
	}
}

static void a_cut_character_goes(void **state)
{
	static const struct {
		const char *from, *to;
	} cuts[] = {
		{ "", "" },
		{ "abc", "abc" },
		{ "a\xc3", "a" },
		{ "a\xc3\xa9", "a\xc3\xa9" },
		{ "a\xe2\x82", "a" },
		{ "\xf0\x9f\x98", "" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	};
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cuts); i++) {
		strcpy(text, cuts[i].from);
		utf8_cut(text);
		assert_string_equal(text, cuts[i].to);
	}
}

static void prints(const char *from, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	print_clean(file, from, strlen(from));
	fclose(file);
	assert_string_equal(text, expected);
	free(text);
	text = strdup(from);
	assert_string_equal(clean_text(text), expected);
	free(text);
}

static void a_text_that_does_not_fit_is_cut(void **state)
{
	char text[6];

	(void)state;
	assert_int_equal(utf8_print(text, sizeof(text), "%s", "abcd"), 4);
	assert_string_equal(text, "abcd");
	assert_int_equal(utf8_print(text, sizeof(text), "%s", "abc\xc3\xa9"),
			 5);
	assert_string_equal(text, "abc\xc3\xa9");
	assert_int_equal(utf8_print(text, sizeof(text), "%s", "abcd\xc3\xa9"),
			 4);
	assert_string_equal(text, "abcd");
	assert_int_equal(utf8_print(text, sizeof(text), "%s%d", "abc", 12345),
			 5);
	assert_string_equal(text, "abc12");
	assert_int_equal(utf8_print(text + 5, 1, "x"), 0);
	assert_string_equal(text, "abc12");
}

static void no_control_character_is_printed(void **state)
{
	(void)state;
	prints("a\xc3\xa9 \xe2\x82\xac\xc2\xa0",
	       "a\xc3\xa9 \xe2\x82\xac\xc2\xa0");
	prints("\033[31m\n\r\x7f", "?[31m???");
	prints("\xc2\x80\xc2\x9b\x33m\xc2\x9f", "??3m?");
	prints("a\xff\xc3", "a??");
	prints("\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6", "???");
	prints("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "???");
	prints("\xd8\x9b\xe2\x80\x8d\xe2\x80\x90",
	       "\xd8\x9b\xe2\x80\x8d\xe2\x80\x90");
	prints("\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf");
}

/* What is text is not copied. */
static void facts_become_text(void **state)
{
	char *words[] = { "ok", "\xff" };
	struct fact fact = { .type = FACT_meta }, text;

	(void)state;
	fact.meta.command.items = words;
	fact.meta.command.count = 1;
	fact_complete(fact.type, &fact.has);
	assert_int_equal(fact_to_text(&text, &fact), 0);
	fact.meta.command.count = 2;
	assert_int_equal(fact_to_text(&text, &fact), 1);
	assert_string_equal(text.meta.command.items[0], "ok");
	assert_string_equal(text.meta.command.items[1], "\\xff");
	assert_string_equal(fact.meta.command.items[1], "\xff");
	fact_clear(text.type, &text.has);
}

static void parts_become_text(void **state)
{
	struct fact fact = { .type = FACT_xdp }, text;
	struct xdp_place_fact place = { .device = "eth\xff" };

	(void)state;
	fact.xdp.places.items = &place;
	fact.xdp.places.count = 1;
	fact_complete(fact.type, &fact.has);
	assert_int_equal(fact_to_text(&text, &fact), 1);
	assert_string_equal(text.xdp.places.items[0].device, "eth\\xff");
	fact_clear(text.type, &text.has);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays),
		cmocka_unit_test(bytes_are_escaped),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(a_cut_character_goes),
		cmocka_unit_test(no_control_character_is_printed),
		cmocka_unit_test(a_text_that_does_not_fit_is_cut),
		cmocka_unit_test(facts_become_text),
		cmocka_unit_test(parts_become_text),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
