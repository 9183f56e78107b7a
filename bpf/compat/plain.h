/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For kernels before 5.12 (91c960b00566, "bpf: Rename BPF_XADD and prepare to
 * encode other atomics", and what followed it): their BPF has no
 * compare-and-swap. All of bpf/ is compiled a second time with this header
 * before everything else, so that nothing else has to know.
 *
 * It is no atomic operation. Where two processors change one word at a time,
 * one of the changes is lost, and the window of its pool shows a gap.
 */
#define __sync_val_compare_and_swap(place, old, new)                       \
	({                                                                 \
		__typeof__(*(place)) was_ =                                \
			*(volatile __typeof__(*(place)) *)(place);         \
		if (was_ == (old))                                         \
			*(volatile __typeof__(*(place)) *)(place) = (new); \
		was_;                                                      \
	})

/* Nor has it an addition that returns what was there. */
#define take_number(place)                                               \
	({                                                               \
		__typeof__(*(place)) number_ =                           \
			*(volatile __typeof__(*(place)) *)(place);       \
		*(volatile __typeof__(*(place)) *)(place) = number_ + 1; \
		number_;                                                 \
	})
