// SPDX-License-Identifier: GPL-2.0
/* Redirected frames that the kernel dropped: what an errno means there. */
#include <inttypes.h>
#include <string.h>

#include "user/report.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#define AT_TARGET 1
#define AT_TRANSMIT 2

/* xdp_do_redirect() and what it calls; ndo_xdp_xmit of the drivers. */
static const struct {
	const char *error;
	int stages;
	const char *meaning;
} meanings[] = {
	{ "EOPNOTSUPP", AT_TARGET | AT_TRANSMIT,
	  "the target device takes no XDP frames (its driver has no ndo_xdp_xmit or has it off; a veth's peer needs XDP or GRO)" },
	{ "ENETDOWN", AT_TARGET | AT_TRANSMIT, "the target device is down" },
	{ "EMSGSIZE", AT_TARGET, "the frame is larger than the target's MTU" },
	{ "EINVAL", AT_TARGET,
	  "there is no target: no such ifindex, or an empty entry of the map" },
	{ "EOVERFLOW", AT_TARGET,
	  "the frame has no headroom left for what a redirect needs" },
	{ "ENOSPC", AT_TARGET,
	  "the ring of the target (an AF_XDP socket or a CPU) was full" },
	{ "ENOBUFS", AT_TARGET, "the AF_XDP socket's fill ring had no buffer" },
	{ "ENOMEM", AT_TARGET | AT_TRANSMIT, "no memory" },
	{ "ENXIO", AT_TARGET | AT_TRANSMIT,
	  "the target's transmit queue is not ready (a veth's peer is down, or has no XDP)" },
	{ "EBADRQC", AT_TARGET, "the kernel cannot redirect to this map" },
	{ "none", AT_TRANSMIT,
	  "the target's driver did not take all frames: its transmit ring was full" },
};

static int stage_of(const struct redirect_error_fact *error)
{
	return error->stage && !strcmp(error->stage, "transmit") ? AT_TRANSMIT :
								   AT_TARGET;
}

const char *redirect_error_text(const struct redirect_error_fact *error,
				char *text, size_t size)
{
	bool is_named = strcmp(error->error, "none") != 0;
	const char *meaning = "";
	char name[160];
	size_t i;

	for (i = 0; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].stages & stage_of(error) &&
		    !strcmp(meanings[i].error, error->error))
			meaning = meanings[i].meaning;
	utf8_print(text, size,
		   "%s: %" PRIu64 " redirected frame%s dropped%s%s%s%s%s%s",
		   netdev_name(error->netns_name, error->device, name,
			       sizeof(name)),
		   error->count, error->count == 1 ? "" : "s",
		   error->to && *error->to ? ", target " : "",
		   error->to ? error->to : "", is_named ? ": " : "",
		   is_named ? error->error : "", *meaning ? ": " : "", meaning);
	return text;
}

const char *netdev_name(const char *netns, const char *device, char *text,
			size_t size)
{
	utf8_print(text, size, "%s%s%s", netns ? netns : "",
		   netns && *netns ? "/" : "", device ? device : "");
	return text;
}
