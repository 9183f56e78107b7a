/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Metrics of a monitor as text: the format that Prometheus' text parser and the
 * textfile collector of node_exporter read, or OpenMetrics. They differ in the
 * names of counters' families only; both end with "# EOF".
 */
#ifndef NETMEM_METRICS_H
#define NETMEM_METRICS_H

#include <stdio.h>

#include "user/monitor/view.h"

enum metrics_format {
	METRICS_TEXT,
	METRICS_OPEN,
	METRICS_FORMATS,
};

/* The HTTP content type of a format. */
const char *metrics_type(enum metrics_format format);

/* Writes all; 0 or a negative errno. */
int metrics_write(FILE *to, const struct view *view,
		  enum metrics_format format);

#endif
