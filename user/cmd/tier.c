// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "user/cmd/tier.h"
#include "user/judge/verdict.h"
#include "user/kernel/privileges.h"
#include "user/kernel/probe.h"
#include "user/util/util.h"

/* Says why functions cannot be followed here, where they are asked for. */
static int refuse_functions(void)
{
	int fentry, kprobe, cmpxchg;

	if (check_privileges())
		return EXIT_CANNOT;
	fentry = probe_has(CAP_FENTRY);
	kprobe = fentry ? fentry : probe_has(CAP_KPROBE);
	cmpxchg = probe_has(CAP_CMPXCHG);
	if (kprobe < 0 || cmpxchg < 0)
		return EXIT_RUNTIME;
	if (kprobe && cmpxchg)
		return EXIT_PASS;
	pr_error("--tier function: this kernel %s; see netmem-check probe",
		 kprobe ? "has no compare-and-swap in BPF" :
			  "refuses function tracing (fentry and kprobe)");
	return EXIT_CANNOT;
}

/* auto: functions where fentry costs little; kprobes only when asked for. */
int tier_choose(const char *tier, bool *function)
{
	*function = !strcmp(tier, "function");
	if (*function)
		return refuse_functions();
	if (!strcmp(tier, "auto"))
		*function = !probe_one(CAP_FENTRY) && !probe_one(CAP_CMPXCHG);
	return EXIT_PASS;
}
