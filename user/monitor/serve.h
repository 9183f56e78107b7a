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
 * Listens at @listen: ADDR:PORT, [ADDR6]:PORT, or :PORT for the loopback
 * address. Port 0 is any free one. NULL after a message, with a negative errno in
 * *@err: -EINVAL for what is no such address.
 */
struct serve *serve_open(const char *listen, int *err);

/* The port that it listens at. */
unsigned int serve_port(const struct serve *serve);

/* From now on these numbers; 0 or a negative errno. NULL is fine. */
int serve_publish(struct serve *serve, const struct view *view);

/* NULL is fine. */
void serve_close(struct serve *serve);

#endif
