/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports: take a finished session and its verdict, and never look at the
 * kernel. The three formats say the same.
 */
#ifndef NETMEM_REPORT_H
#define NETMEM_REPORT_H

#include <stdio.h>

#include "verdict.h"

/*
 * For people: plain text, with colour and the terminal's width when @to is
 * a terminal (NO_COLOR is respected). Returns 0 or a negative errno.
 */
int report_text(FILE *to, const struct session *session,
		const struct verdict *verdict);

/* The documented JSON (docs/json.md); a new reference, NULL without memory. */
json_t *report_json(const struct session *session,
		    const struct verdict *verdict);

/* KTAP version 1: one line a check, and one for the verdict. */
int report_ktap(FILE *to, const struct session *session,
		const struct verdict *verdict);

/*
 * The tables of the text report, for other commands as well. Pools that went
 * without anything to tell are one line where there are many. Returns 0 or a
 * negative errno.
 */
int report_pools(FILE *to, const struct session *session);
int report_xdp(FILE *to, const struct session *session);
/* Where pages went, where the function tier ran; nothing without it. */
int report_flows(FILE *to, const struct session *session);

/* A number for people: "1,234,567". */
const char *format_number(uint64_t number, char *buffer, size_t size);

/* Why a check is blind in this session, NULL when it is not. */
const char *blind_why(const struct session *session, enum model_check check);

/* The pool that a finding's evidence names, NULL when it is unknown. */
const struct pool_fact *finding_pool(const struct session *session,
				     const struct finding *finding);

#endif
