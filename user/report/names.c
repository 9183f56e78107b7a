// SPDX-License-Identifier: GPL-2.0
/* Words of the report: numbers, and what people call pools, holders, places. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "user/report.h"
#include "user/report/text.h"
#include "user/util/utf8.h"

/* Blind spots by name in one text; more are a number. */
#define BLIND_SPOTS_NAMED 4

const char *format_number(uint64_t number, char *buffer, size_t size)
{
	char digits[24];
	size_t length, i, at = 0;

	length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	for (i = 0; i < length && at + 2 < size; i++) {
		if (i && (length - i) % 3 == 0)
			buffer[at++] = ',';
		buffer[at++] = digits[i];
	}
	buffer[at] = 0;
	return buffer;
}

void append(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	if (text->at >= text->size)
		return;
	va_start(args, format);
	length = vsnprintf(text->buffer + text->at, text->size - text->at,
			   format, args);
	va_end(args);
	text->at += length > 0 ? length : 0;
	if (text->at >= text->size)
		utf8_cut(text->buffer);
}

const char *pool_name(const struct pool *pool, char *buffer, size_t size)
{
	struct text text = { buffer, size, 0 };

	buffer[0] = 0;
	if (!pool)
		append(&text, "unknown pool");
	else if (pool->cpu >= 0)
		append(&text, "system pool of CPU %d", pool->cpu);
	else if (pool->device[0])
		append(&text, "%s", pool->device);
	else
		append(&text, "pool");
	if (pool && pool->device[0] && pool->queue >= 0)
		append(&text, "/%d", pool->queue);
	if (pool && pool->netlink_id)
		append(&text, " id %u", pool->netlink_id);
	else if (pool && !pool->device[0] && pool->cpu < 0)
		append(&text, " 0x%" PRIx64, pool->address);
	if (pool && pool->has_twin)
		append(&text, " netns %" PRIu64, pool->netns);
	return buffer;
}

const char *blind_spots_text(const struct session *session, char *buffer,
			     size_t size)
{
	size_t count = session_blind_spots(session), named = 0, i;
	struct text text = { buffer, size, 0 };
	const struct place_fact *place;

	buffer[0] = 0;
	for (i = 0; i < session->places.count; i++) {
		place = &session->places.items[i];
		if (!session_is_blind_spot(session, place))
			continue;
		if (named == BLIND_SPOTS_NAMED) {
			append(&text, " and %zu more", count - named);
			break;
		}
		append(&text, "%s%s", named++ ? ", " : "", place->place);
	}
	return buffer;
}

/* Strings that are not there read as empty. */
static const char *text_of(const char *text)
{
	return text ? text : "";
}

static void append_process(struct text *text, const struct holder_fact *holder)
{
	if (holder->pid <= 0)
		return;
	append(text, "  %s[%d]", text_of(holder->comm), holder->pid);
	if (holder->processes > 1)
		append(text, " and %u more", holder->processes - 1);
}

/* Ends of the connection, and who has it open. */
static void append_socket(struct text *text, const struct holder_fact *holder)
{
	const char *local = text_of(holder->local);
	const char *remote = text_of(holder->remote);
	const char *state = text_of(holder->state);

	if (*local || *remote)
		append(text, " %s", *local ? local : "*");
	else if (holder->inode)
		append(text, " inode %" PRIu64, holder->inode);
	if (*remote)
		append(text, " < %s", remote);
	if (*state && strcmp(state, "ESTABLISHED"))
		append(text, " %s", state);
	if (holder->pid <= 0)
		append(text, "  no process");
	append_process(text, holder);
}

/* Where it comes from and goes to, whose it is, and who frees it. */
static void append_packet(struct text *text, const struct holder_fact *holder)
{
	append(text,
	       holder->no_recycle ? " packets without pp_recycle" : " packets");
	if (*text_of(holder->remote))
		append(text, " %s > %s", holder->remote,
		       text_of(holder->local));
	append_process(text, holder);
	if (*text_of(holder->destructor))
		append(text, ", %s", holder->destructor);
}

const char *holder_name(const struct holder_fact *holder, char *buffer,
			size_t size)
{
	const char *device = text_of(holder->device);
	struct text text = { buffer, size, 0 };

	buffer[0] = 0;
	append(&text, "%s", holder->what);
	if (holder->kind == HOLDER_SOCKET) {
		append_socket(&text, holder);
		return buffer;
	}
	if (holder->kind == HOLDER_PACKET) {
		append_packet(&text, holder);
		return buffer;
	}
	if (*device && strcmp(device, holder->what))
		append(&text, " on %s", device);
	if (holder->queue >= 0)
		append(&text, ", queue %d", holder->queue);
	/* A processor's own queues have it in their name. */
	if (holder->kind != HOLDER_CPU && holder->cpu >= 0)
		append(&text, ", cpu %d", holder->cpu);
	return buffer;
}

double percent_down(double share)
{
	/* What a recording claims may be any number. */
	return share < 1e12 ? (int64_t)(share * 1000) / 10.0 : share * 100;
}
