// SPDX-License-Identifier: GPL-2.0
/* Lines of the text report: labels, wrapped words, stacks. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/report.h"
#include "user/report/page.h"
#include "user/report/text.h"
#include "user/util/util.h"

#define WIDTH_MAX 100
#define WIDTH_DEFAULT 80
#define STACK_MAX 12
#define SPARE_MAX 2048

void open_out(struct out *out, FILE *to)
{
	const char *no_colour = getenv("NO_COLOR");
	int columns = text_columns(to);

	out->to = to;
	out->html = false;
	out->width = columns ? columns : WIDTH_DEFAULT;
	out->colour = isatty(fileno(to)) && !(no_colour && *no_colour);
	if (out->width > WIDTH_MAX)
		out->width = WIDTH_MAX;
	if (out->width < WIDTH_MIN)
		out->width = WIDTH_MIN;
}

void print_wrapped(const struct out *out, int indent, int at, const char *text)
{
	if (out->html)
		page_element(out->to, "p", text);
	else
		print_words(out->to, out->width, indent, at, text);
}

/* "<p class="fact"><b>LABEL</b> <span>TEXT</span></p>" */
static void write_fact(const struct out *out, const char *label,
		       const char *element, const char *text)
{
	fputs("<p class=\"fact\"><b>", out->to);
	page_text(out->to, label);
	fprintf(out->to, "</b> <%s>", element);
	page_text(out->to, text);
	fprintf(out->to, "</%s></p>\n", element);
}

void print_fact(const struct out *out, const char *label, const char *format,
		...)
{
	char *text, spare[SPARE_MAX];
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		/* No memory: what a line says is not lost, only cut. */
		va_start(args, format);
		vsnprintf(spare, sizeof(spare), format, args);
		va_end(args);
		text = spare;
	}
	if (out->html) {
		write_fact(out, label, "span", text);
	} else {
		fprintf(out->to, "%-*s", LABEL_WIDTH, label);
		print_wrapped(out, LABEL_WIDTH, LABEL_WIDTH, text);
	}
	if (text != spare)
		free(text);
}

void print_stack(const struct out *out, const char *label,
		 const struct strings *stack)
{
	size_t i;

	for (i = 0; out->html && i < stack->count; i++)
		write_fact(out, i ? "" : label, "code", stack->items[i]);
	for (i = 0; !out->html && i < stack->count; i++) {
		fprintf(out->to, "%-*s", LABEL_WIDTH, i ? "" : label);
		if (i == STACK_MAX) {
			fputs("...\n", out->to);
			return;
		}
		print_clean(out->to, stack->items[i], strlen(stack->items[i]));
		putc('\n', out->to);
	}
}

void print_text(FILE *to, const char *text)
{
	print_clean(to, text, strlen(text));
}

const char *count_of(uint64_t count, const char *what, char *text, size_t size)
{
	char number[32];

	snprintf(text, size, "%s %s%s",
		 format_number(count, number, sizeof(number)), what,
		 count == 1 ? "" : "s");
	return text;
}
