/* SPDX-License-Identifier: GPL-2.0 */
/* The live screen of `watch` on a terminal: status, findings, pools, keys. */
#ifndef NETMEM_TERMINAL_H
#define NETMEM_TERMINAL_H

#include "user/cmd/rates.h"
#include "user/cmd/screen.h"

struct terminal;

/* Takes the terminal of standard output; NULL: it cannot be used so. */
struct terminal *terminal_open(void);
/* Gives it back as it was. */
void terminal_close(struct terminal *terminal);

void terminal_draw(struct terminal *terminal, struct rates *rates,
		   const struct session *session,
		   const struct run_progress *progress, const char *status);

/* Handles the keys that were pressed; true: the user wants to end. */
bool terminal_keys(struct terminal *terminal);

#endif
