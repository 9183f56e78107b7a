/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /metrics and /healthz over HTTP, in a thread of its own. It answers from the
 * last text that was published, so that no scrape waits for a look, and none
 * costs the watch anything.
 */
#ifndef NETMEM_SERVE_H
#define NETMEM_SERVE_H

#include "user/monitor/view.h"

struct serve;

/*
 * Listens as listen_open() does; @listen stays the caller's, and port 0 is any free
 * one. NULL after a message, with its error in *@err.
 */
struct serve *serve_open(const char *listen, int *err);

/* The port that it listens at; 0: a path. */
unsigned int serve_port(const struct serve *serve);

/* From now on these numbers; 0 or a negative errno. NULL is fine. */
int serve_publish(struct serve *serve, const struct view *view);

/* NULL is fine. */
void serve_close(struct serve *serve);

#endif
