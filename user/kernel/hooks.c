// SPDX-License-Identifier: GPL-2.0
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "user/kernel/kernel_btf.h"
#include "user/kernel/hooks.h"
#include "user/util/testing.h"
#include "user/util/util.h"

/* Attached in this order, and run so where two share a tracepoint. */
const struct hook hooks[] = {
	{ "hold",
	  { "page_pool_state_hold" },
	  true,
	  "pages entering pools",
	  .programs = { [ATTACH_RAW_TP] = "netmem_hold" } },
	{ "nested hold",
	  { "page_pool_state_hold" },
	  false,
	  "holds that interrupt another hold's hook on the same CPU",
	  .programs = { [ATTACH_RAW_TP] = "netmem_hold_nested" } },
	{ "release",
	  { "page_pool_state_release" },
	  true,
	  "pages leaving pools",
	  .programs = { [ATTACH_RAW_TP] = "netmem_release" } },
	{ "nested release",
	  { "page_pool_state_release" },
	  false,
	  "releases that interrupt another release's hook on the same CPU",
	  .programs = { [ATTACH_RAW_TP] = "netmem_release_nested" } },
	{ "destroy",
	  { "page_pool_release" },
	  true,
	  "pools being destroyed",
	  .programs = { [ATTACH_RAW_TP] = "netmem_destroy" } },
	{ "mm_free",
	  { "mm_page_free" },
	  false,
	  "pages freed while a pool holds them (freed_while_held)",
	  .programs = { [ATTACH_TP_BTF] = "netmem_mm_free" } },
	{ "connect",
	  { "mem_connect" },
	  false,
	  "queue numbers of pools created during the watch",
	  .programs = { [ATTACH_RAW_TP] = "netmem_connect" } },
	{ "disconnect",
	  { "mem_disconnect" },
	  false,
	  "the number of queues taken down",
	  .programs = { [ATTACH_RAW_TP] = "netmem_disconnect" } },
	{ "exception",
	  { "xdp_exception" },
	  false,
	  "the number of XDP exceptions",
	  .programs = { [ATTACH_RAW_TP] = "netmem_exception" } },
	{ "redirect error",
	  { "xdp_redirect_err" },
	  false,
	  "failed redirects",
	  .programs = { [ATTACH_RAW_TP] = "netmem_redir_err" } },
	{ "transmit error",
	  { "xdp_devmap_xmit" },
	  false,
	  "redirected frames that a driver does not transmit",
	  .programs = { [ATTACH_RAW_TP] = "netmem_xmit_err" } },

	/*
	 * Functions. The names of older kernels stand behind those of newer ones.
	 * Where one is a wrapper of the other, or was made one by the compiler,
	 * both are hooked: "wrapper" rows.
	 */
	{ "hand-out begins",
	  { "page_pool_alloc_netmems", "page_pool_alloc_netmem",
	    "page_pool_alloc_pages" },
	  false,
	  "two contexts in one pool's cache (cache_race)",
	  HOOK_ENTRY,
	  2,
	  .programs = { [ATTACH_FENTRY] = "fe_alloc",
			[ATTACH_KPROBE] = "kp_alloc" } },
	{ "hand-out wrapper begins",
	  { "page_pool_alloc_pages" },
	  false,
	  NULL,
	  HOOK_ENTRY,
	  2,
	  .programs = { [ATTACH_FENTRY] = "fe_alloc_outer",
			[ATTACH_KPROBE] = "kp_alloc_outer" },
	  .wraps = true },
	{ "hand-out",
	  { "page_pool_alloc_netmems", "page_pool_alloc_netmem",
	    "page_pool_alloc_pages" },
	  false,
	  "page allocations",
	  HOOK_EXIT,
	  2,
	  .programs = { [ATTACH_FENTRY] = "fx_alloc",
			[ATTACH_KPROBE] = "kr_alloc" } },
	{ "hand-out wrapper",
	  { "page_pool_alloc_pages" },
	  false,
	  NULL,
	  HOOK_EXIT,
	  2,
	  .programs = { [ATTACH_FENTRY] = "fx_alloc_outer",
			[ATTACH_KPROBE] = "kr_alloc_outer" },
	  .wraps = true },
	{ "fragment begins",
	  { "page_pool_alloc_frag_netmem", "page_pool_alloc_frag" },
	  false,
	  NULL,
	  HOOK_ENTRY,
	  4,
	  .programs = { [ATTACH_KPROBE] = "kp_frag" } },
	{ "fragment",
	  { "page_pool_alloc_frag_netmem", "page_pool_alloc_frag" },
	  false,
	  "fragment allocations",
	  HOOK_EXIT,
	  4,
	  .programs = { [ATTACH_FENTRY] = "fx_frag",
			[ATTACH_KPROBE] = "kr_frag" } },
	{ "fragment wrapper",
	  { "page_pool_alloc_frag" },
	  false,
	  NULL,
	  HOOK_EXIT,
	  4,
	  .programs = { [ATTACH_FENTRY] = "fx_frag_outer" },
	  .wraps = true },
	{ "put wrapper begins",
	  { "page_pool_put_unrefed_page" },
	  false,
	  NULL,
	  HOOK_ENTRY,
	  4,
	  .programs = { [ATTACH_FENTRY] = "fe_put_outer",
			[ATTACH_KPROBE] = "kp_put_outer" },
	  .wraps = true },
	{ "put begins",
	  { "page_pool_put_unrefed_netmem", "page_pool_put_defragged_netmem",
	    "page_pool_put_defragged_page", "page_pool_put_page" },
	  false,
	  "pages returned",
	  HOOK_ENTRY,
	  4,
	  .programs = { [ATTACH_FENTRY] = "fe_put", [ATTACH_KPROBE] = "kp_put" } },
	{ "put",
	  { "page_pool_put_unrefed_netmem", "page_pool_put_defragged_netmem",
	    "page_pool_put_defragged_page", "page_pool_put_page" },
	  false,
	  "where pages are returned to",
	  HOOK_EXIT,
	  4,
	  .programs = { [ATTACH_FENTRY] = "fx_put" },
	  .put_ends = true },
	{ "put wrapper",
	  { "page_pool_put_unrefed_page" },
	  false,
	  NULL,
	  HOOK_EXIT,
	  4,
	  .programs = { [ATTACH_FENTRY] = "fx_put_outer" },
	  .wraps = true,
	  .put_ends = true },
	{ "bulk put begins",
	  { "page_pool_put_page_bulk" },
	  false,
	  NULL,
	  HOOK_ENTRY,
	  3,
	  .programs = { [ATTACH_FENTRY] = "fe_bulk",
			[ATTACH_KPROBE] = "kp_bulk" } },
	{ "netmem bulk put begins",
	  { "page_pool_put_netmem_bulk", "page_pool_put_page_bulk" },
	  false,
	  NULL,
	  HOOK_ENTRY,
	  2,
	  .programs = { [ATTACH_FENTRY] = "fe_bulk_netmem",
			[ATTACH_KPROBE] = "kp_bulk_netmem" } },
	{ "bulk put",
	  { "page_pool_put_netmem_bulk", "page_pool_put_page_bulk" },
	  false,
	  "bulk returns (XDP)",
	  HOOK_EXIT,
	  0,
	  .programs = { [ATTACH_FENTRY] = "fx_bulk" },
	  .put_ends = true },
	{ "skb return",
	  { "napi_pp_put_page", "page_pool_return_skb_page" },
	  false,
	  "returns by skbs",
	  HOOK_ENTRY,
	  0,
	  .programs = { [ATTACH_FENTRY] = "fe_skb", [ATTACH_KPROBE] = "kp_skb" } },
	{ "XDP return",
	  { "xdp_return_frame" },
	  false,
	  "the memory type of frames that XDP returns",
	  HOOK_ENTRY,
	  1,
	  .programs = { [ATTACH_FENTRY] = "fe_xdp_return",
			[ATTACH_KPROBE] = "kp_xdp_return" } },
	{ "XDP return in NAPI",
	  { "xdp_return_frame_rx_napi" },
	  false,
	  NULL,
	  HOOK_ENTRY,
	  1,
	  .programs = { [ATTACH_FENTRY] = "fe_xdp_napi",
			[ATTACH_KPROBE] = "kp_xdp_return" } },
	{ "XDP bulk return",
	  { "xdp_return_frame_bulk" },
	  false,
	  NULL,
	  HOOK_ENTRY,
	  2,
	  .programs = { [ATTACH_FENTRY] = "fe_xdp_bulk",
			[ATTACH_KPROBE] = "kp_xdp_return" } },
	{ "destroy begins",
	  { "page_pool_destroy" },
	  false,
	  "a pool destroyed while its cache is in use",
	  HOOK_ENTRY,
	  1,
	  .programs = { [ATTACH_FENTRY] = "fe_destroy",
			[ATTACH_KPROBE] = "kp_destroy" } },
	{ "destroy ends",
	  { "page_pool_destroy" },
	  false,
	  NULL,
	  HOOK_EXIT,
	  1,
	  .programs = { [ATTACH_FENTRY] = "fx_destroy",
			[ATTACH_KPROBE] = "kr_destroy" } },
};

const size_t hook_count = ARRAY_LEN(hooks);

_Static_assert(ARRAY_LEN(hooks) <= HOOK_MAX, "HOOK_MAX is too low");

bool has_function(const struct btf *btf, const char *name,
		  unsigned int arguments)
{
	const struct btf_type *type;
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	if (id < 0)
		return false;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	return !arguments || btf_vlen(type) == arguments;
}

/* Another hook of the same kind has this function; a wrapper's comes later. */
static bool is_taken(const char *const *targets, size_t index, const char *name)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (hooks[i].when == hooks[index].when && targets[i] &&
		    !strcmp(targets[i], name))
			return true;
	return false;
}

static const char *find_target(const struct btf *btf,
			       const char *const *targets, size_t index)
{
	const struct hook *hook = &hooks[index];
	const char *name;
	int i;

	for (i = 0; i < HOOK_TARGETS && hook->targets[i]; i++) {
		name = hook->targets[i];
		if (testing_is("hide", name) ||
		    !has_function(btf, name, hook->arguments))
			continue;
		return is_taken(targets, index, name) ? NULL : name;
	}
	return NULL;
}

bool hooks_pool_decides(const char *put_function)
{
	return strstr(put_function, "_unrefed_") != NULL;
}

int hooks_find_targets(const char *targets[HOOK_MAX])
{
	struct btf *btf = kernel_btf_load();
	int err = libbpf_get_error(btf);
	size_t i;

	memset(targets, 0, HOOK_MAX * sizeof(*targets));
	if (err)
		return err;
	for (i = 0; i < hook_count; i++)
		if (hooks[i].when != HOOK_TRACEPOINT)
			targets[i] = find_target(btf, targets, i);
	btf__free(btf);
	return 0;
}
