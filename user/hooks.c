// SPDX-License-Identifier: GPL-2.0
#include "hooks.h"

const char *hook_way_name(enum hook_way way)
{
	static const char *const names[WAY_COUNT] = { "none", "raw tracepoint",
						      "typed tracepoint",
						      "fentry", "kprobe" };

	return names[way];
}

/* Attached in this order, and run so where two share a tracepoint. */
const struct hook hooks[] = {
	{ "hold",
	  "page_pool_state_hold",
	  true,
	  "pages entering pools",
	  { [WAY_RAW_TP] = "netmem_hold" } },
	{ "nested hold",
	  "page_pool_state_hold",
	  false,
	  "holds that interrupt another's hook on the same processor",
	  { [WAY_RAW_TP] = "netmem_hold_nested" } },
	{ "release",
	  "page_pool_state_release",
	  true,
	  "pages leaving pools",
	  { [WAY_RAW_TP] = "netmem_release" } },
	{ "nested release",
	  "page_pool_state_release",
	  false,
	  "releases that interrupt another's hook on the same processor",
	  { [WAY_RAW_TP] = "netmem_release_nested" } },
	{ "destroy",
	  "page_pool_release",
	  true,
	  "pools being destroyed",
	  { [WAY_RAW_TP] = "netmem_destroy" } },
	{ "mm_free",
	  "mm_page_free",
	  false,
	  "pages freed behind a pool's back (freed_while_held)",
	  { [WAY_TP_BTF] = "netmem_mm_free" } },
	{ "connect",
	  "mem_connect",
	  false,
	  "queue numbers of pools made while we watch",
	  { [WAY_RAW_TP] = "netmem_connect" } },
	{ "disconnect",
	  "mem_disconnect",
	  false,
	  "the count of queues taken down",
	  { [WAY_RAW_TP] = "netmem_disconnect" } },
	{ "exception",
	  "xdp_exception",
	  false,
	  "the count of XDP exceptions",
	  { [WAY_RAW_TP] = "netmem_exception" } },
	{ "redirect error",
	  "xdp_redirect_err",
	  false,
	  "the count of failed redirects",
	  { [WAY_RAW_TP] = "netmem_redir_err" } },
};

const size_t hook_count = sizeof(hooks) / sizeof(*hooks);
