// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/bundle/redact.h"

#define MAC_LENGTH 17 /* "02:00:00:00:00:01" */

/* ---- what is an address ---- */

static bool is_word(int c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* What addresses are made of; a "%eth0" behind one is none of it. */
static bool is_part(int c)
{
	return isxdigit((unsigned char)c) || c == ':' || c == '.';
}

static bool is_mac(const char *text)
{
	size_t i;

	for (i = 0; i < MAC_LENGTH; i++)
		if (i % 3 == 2 ? text[i] != ':' :
				 !isxdigit((unsigned char)text[i]))
			return false;
	return strcmp(text, "00:00:00:00:00:00") &&
	       strcmp(text, "ff:ff:ff:ff:ff:ff");
}

/* Of a host, that is neither of none nor of this one. */
static bool is_ip4(const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1 && address.s_addr &&
	       ntohl(address.s_addr) >> 24 != 127;
}

static bool is_ip6(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, text, &address) == 1 &&
	       !IN6_IS_ADDR_UNSPECIFIED(&address) &&
	       !IN6_IS_ADDR_LOOPBACK(&address);
}

/* ---- names of addresses ---- */

/* Its place in the list, from 1 on; 0 without memory. */
static size_t number_of(struct strings *list, const char *address)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcasecmp(list->items[i], address))
			return i + 1;
	return strings_add(list, address) ? 0 : list->count;
}

/* Returns 1 or -ENOMEM. */
static int write_name(FILE *to, const char *kind, struct strings *list,
		      const char *address)
{
	size_t number = number_of(list, address);

	if (!number)
		return -ENOMEM;
	fprintf(to, "%s%zu", kind, number);
	return 1;
}

/* ---- text ---- */

/* The name of an address in place of it; 0 when @text is none. */
static int write_address(struct redaction *redaction, FILE *to,
			 const char *text, size_t length)
{
	char address[INET6_ADDRSTRLEN];

	if (length >= sizeof(address))
		return 0;
	memcpy(address, text, length);
	address[length] = 0;
	if (length == MAC_LENGTH && is_mac(address))
		return write_name(to, "mac", &redaction->macs, address);
	if (is_ip4(address) || is_ip6(address))
		return write_name(to, "ip", &redaction->ips, address);
	return 0;
}

/* Where a part of a run may end: before a colon or point that goes on. */
static bool is_end(const char *text, size_t length, size_t at)
{
	return at == length || text[at] == ':' || text[at] == '.' ||
	       text[at - 1] == ':';
}

/*
 * The longest address that begins at @text. Returns how many characters it had,
 * 0: there is none, or -ENOMEM.
 */
static long take_address(struct redaction *redaction, FILE *to,
			 const char *text, size_t length)
{
	size_t end = length < INET6_ADDRSTRLEN ? length : INET6_ADDRSTRLEN;
	int written;

	for (; end > 1; end--) {
		if (!is_end(text, length, end))
			continue;
		written = write_address(redaction, to, text, end);
		if (written)
			return written < 0 ? written : (long)end;
	}
	return 0;
}

/*
 * A run of characters that addresses have, with what may stand around one:
 * ports, and the points and colons of a sentence.
 */
static int write_run(struct redaction *redaction, FILE *to, const char *text,
		     size_t length)
{
	size_t at = 0;
	long taken;

	while (at < length) {
		/* Only where a group begins; "::1" begins with its colons. */
		taken = !at || text[at] == ':' || !isxdigit(text[at - 1]) ?
				take_address(redaction, to, text + at,
					     length - at) :
				0;
		if (taken < 0)
			return taken;
		if (!taken)
			putc(text[at++], to);
		at += taken;
	}
	return 0;
}

/* The run that begins at @text; returns its length, a negative errno. */
static long take_run(struct redaction *redaction, FILE *to, const char *text,
		     size_t left)
{
	size_t length = 0;
	int err = 0;

	while (length < left && is_part(text[length]))
		length++;
	/* The last group may be the beginning of a word: "1.2.3.4x". */
	while (length < left && length > 0 && is_word(text[length]) &&
	       isxdigit((unsigned char)text[length - 1]))
		length--;
	err = write_run(redaction, to, text, length);
	if (err || length)
		return err ? err : (long)length;
	/* A word, which hexadecimal digits begin. */
	putc(text[0], to);
	return 1;
}

static int write_redacted(struct redaction *redaction, FILE *to,
			  const char *text, size_t size)
{
	bool word = false;
	size_t at = 0;
	long length;

	while (at < size) {
		if (word || !is_part(text[at])) {
			word = is_word(text[at]);
			putc(text[at++], to);
			continue;
		}
		length = take_run(redaction, to, text + at, size - at);
		if (length < 0)
			return length;
		at += length;
		word = is_word(text[at - 1]);
	}
	return 0;
}

int redact(struct redaction *redaction, const char *text, size_t size,
	   char **to, size_t *to_size)
{
	FILE *file = open_memstream(to, to_size);
	int err;

	if (!file)
		return -ENOMEM;
	err = write_redacted(redaction, file, text, size);
	if (fclose(file) && !err)
		err = -ENOMEM;
	if (err) {
		free(*to);
		*to = NULL;
	}
	return err;
}

void redaction_clear(struct redaction *redaction)
{
	strings_clear(&redaction->ips);
	strings_clear(&redaction->macs);
}
