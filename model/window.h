/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Windows: how a pool's event stream proves its own completeness.
 *
 * The kernel counts each hold and each release of a pool (u32, wrapping); we
 * count the events that we saw and stepped. Their distance, the offset, stays
 * the same for as long as nothing is lost. An event between the kernel's
 * count and our step raises it for a moment only; a lost event for ever. So
 * of several samples the smallest offset is the true one, and a window is
 * complete when its offset at the close is the one at its opening.
 */
#ifndef NETMEM_WINDOW_H
#define NETMEM_WINDOW_H

#include "model/model.h"

/* One reading of one stream, both numbers modulo 2^32. */
struct stream_sample {
	__u32 counted; /* by the kernel */
	__u32 seen; /* by us */
};

struct stream_window {
	__u32 offset; /* at the opening */
	__u32 counted; /* by the kernel, at the opening */
	__u32 open; /* the two above are valid */
};

enum window_result {
	WINDOW_OPENED, /* first sample: nothing to compare yet */
	WINDOW_COMPLETE,
	WINDOW_UNSETTLED, /* more counted than seen: late, or lost */
	WINDOW_IMPOSSIBLE, /* more seen than counted: another pool's memory */
};

MODEL_INLINE __u32 stream_offset(struct stream_sample sample)
{
	return sample.counted - sample.seen;
}

/* Compares a sample with the opening of its window. */
MODEL_INLINE enum window_result window_judge(const struct stream_window *window,
					     struct stream_sample sample)
{
	__s32 deficit = (__s32)(stream_offset(sample) - window->offset);

	if (!window->open)
		return WINDOW_OPENED;
	if (deficit == 0)
		return WINDOW_COMPLETE;
	return deficit > 0 ? WINDOW_UNSETTLED : WINDOW_IMPOSSIBLE;
}

/*
 * Events that the kernel counted since the window was opened; 0 when its
 * counter went back, which is another pool's counter.
 */
MODEL_INLINE __u32 window_events(const struct stream_window *window,
				 struct stream_sample sample)
{
	__u32 events = sample.counted - window->counted;

	return window->open && (__s32)events > 0 ? events : 0;
}

/* Opens the next window at this sample. */
MODEL_INLINE void window_open(struct stream_window *window,
			      struct stream_sample sample)
{
	window->offset = stream_offset(sample);
	window->counted = sample.counted;
	window->open = 1;
}

#endif
