// SPDX-License-Identifier: GPL-2.0
/*
 * Function tier: what happens to a page between the tracepoints. Hooks on the
 * functions that allocate, put and share pages, by fentry and fexit or by
 * kprobe and kretprobe: the loader picks for each hook what this kernel allows,
 * and which of a function's names it has (hooks.c).
 */
#include "bpf/compat/context.bpf.h"
#include "bpf/track/stack_put.bpf.h"
#include "bpf/track/alloc.bpf.h"
#include "bpf/track/put.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- fentry and fexit ---- */

SEC("fentry")
int fe_alloc(__u64 *ctx)
{
	begin_alloc(ctx, compat_pool_argument(ctx));
	return 0;
}

/* Where the compiler put the inner one inside it, nothing else begins. */
SEC("fentry")
int fe_alloc_outer(__u64 *ctx)
{
	begin_alloc(ctx, compat_pool_argument(ctx));
	return 0;
}

SEC("fexit")
int fx_alloc(__u64 *ctx)
{
	end_alloc_inner(ctx, compat_pool_argument(ctx),
			compat_returned(ctx, 2));
	return 0;
}

SEC("fexit")
int fx_alloc_outer(__u64 *ctx)
{
	end_alloc_outer(ctx, compat_pool_argument(ctx),
			compat_returned(ctx, 2));
	return 0;
}

SEC("fexit")
int fx_frag(__u64 *ctx)
{
	struct frag_place place = {};

	place.size = ctx[2];
	place.issued = compat_frag_users_typed((void *)ctx[0]);
	read_offset(&place, compat_argument(ctx, 1));
	end_frag_inner(ctx, compat_pool_argument(ctx), compat_returned(ctx, 4),
		       &place);
	return 0;
}

SEC("fexit")
int fx_frag_outer(__u64 *ctx)
{
	struct frag_place place = {};

	place.size = ctx[2];
	place.issued = compat_frag_users_typed((void *)ctx[0]);
	read_offset(&place, compat_argument(ctx, 1));
	end_frag_outer(ctx, compat_pool_argument(ctx), compat_returned(ctx, 4),
		       &place);
	return 0;
}

SEC("fentry")
int fe_put(__u64 *ctx)
{
	__u64 pool = compat_pool_argument(ctx), page = compat_argument(ctx, 1);
	bool direct = (__u8)ctx[3];

	if (see_put_ends)
		begin_put_inner(ctx, pool, page, direct);
	else
		predict_put_inner(ctx, pool, page, direct);
	return 0;
}

SEC("fexit")
int fx_put(__u64 *ctx)
{
	end_put_inner(ctx, compat_pool_argument(ctx), compat_argument(ctx, 1),
		      (__u8)ctx[3]);
	return 0;
}

SEC("fentry")
int fe_put_outer(__u64 *ctx)
{
	begin_put_outer(ctx, compat_pool_argument(ctx), compat_argument(ctx, 1),
			(__u8)ctx[3]);
	return 0;
}

SEC("fexit")
int fx_put_outer(__u64 *ctx)
{
	end_put_outer(ctx, compat_pool_argument(ctx), compat_argument(ctx, 1),
		      (__u8)ctx[3]);
	return 0;
}

SEC("fentry")
int fe_bulk(__u64 *ctx)
{
	begin_bulk(ctx, compat_argument(ctx, 0), compat_argument(ctx, 1),
		   compat_argument(ctx, 2), true, !see_put_ends);
	return 0;
}

/* Without a pool: each page says whose it is. */
SEC("fentry")
int fe_bulk_netmem(__u64 *ctx)
{
	begin_bulk(ctx, 0, compat_argument(ctx, 0), compat_argument(ctx, 1),
		   false, !see_put_ends);
	return 0;
}

SEC("fexit")
int fx_bulk(__u64 *ctx)
{
	end_bulk();
	return 0;
}

SEC("fentry")
int fe_skb(__u64 *ctx)
{
	begin_skb(compat_argument(ctx, 0));
	return 0;
}

SEC("fentry")
int fe_xdp_return(__u64 *ctx)
{
	begin_xdp_return(ctx, compat_argument(ctx, 0));
	return 0;
}

SEC("fentry")
int fe_xdp_napi(__u64 *ctx)
{
	begin_xdp_return(ctx, compat_argument(ctx, 0));
	return 0;
}

SEC("fentry")
int fe_xdp_bulk(__u64 *ctx)
{
	begin_xdp_return(ctx, compat_argument(ctx, 0));
	return 0;
}

SEC("fentry")
int fe_destroy(__u64 *ctx)
{
	begin_destroy(ctx, compat_argument(ctx, 0));
	return 0;
}

SEC("fexit")
int fx_destroy(__u64 *ctx)
{
	end_destroy(ctx, compat_argument(ctx, 0));
	return 0;
}

/* ---- kprobe and kretprobe ---- */

SEC("kprobe")
int kp_alloc(struct pt_regs *ctx)
{
	if (!armed)
		return 0;
	call_begins(CALL_ALLOC, PT_REGS_PARM1(ctx), 0, 0, 0);
	begin_alloc(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kprobe")
int kp_alloc_outer(struct pt_regs *ctx)
{
	begin_alloc(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kretprobe")
int kr_alloc(struct pt_regs *ctx)
{
	struct call *call;

	if (!armed)
		return 0;
	set_caller(0);
	call = call_ends(CALL_ALLOC);
	end_alloc_inner(ctx, call ? call->args[0] : 0, PT_REGS_RC(ctx));
	return 0;
}

SEC("kretprobe")
int kr_alloc_outer(struct pt_regs *ctx)
{
	set_caller(0);
	end_alloc_outer(ctx, 0, PT_REGS_RC(ctx));
	return 0;
}

SEC("kprobe")
int kp_frag(struct pt_regs *ctx)
{
	if (armed)
		call_begins(CALL_FRAG, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			    PT_REGS_PARM3(ctx), 0);
	return 0;
}

SEC("kretprobe")
int kr_frag(struct pt_regs *ctx)
{
	struct frag_place place = {};
	struct call *call;

	if (!armed)
		return 0;
	set_caller(0);
	call = call_ends(CALL_FRAG);
	if (!call)
		return 0;
	place.size = call->args[2];
	place.issued = compat_frag_users(call->args[0]);
	read_offset(&place, call->args[1]);
	end_frag_inner(ctx, call->args[0], PT_REGS_RC(ctx), &place);
	return 0;
}

SEC("kprobe")
int kp_put(struct pt_regs *ctx)
{
	set_caller(COMPAT_ENTRY_CALLER(ctx));
	predict_put_inner(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			  (__u8)PT_REGS_PARM4(ctx));
	return 0;
}

SEC("kprobe")
int kp_put_outer(struct pt_regs *ctx)
{
	set_caller(COMPAT_ENTRY_CALLER(ctx));
	predict_put_outer(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			  (__u8)PT_REGS_PARM4(ctx));
	return 0;
}

SEC("kprobe")
int kp_bulk(struct pt_regs *ctx)
{
	set_caller(COMPAT_ENTRY_CALLER(ctx));
	begin_bulk(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
		   PT_REGS_PARM3(ctx), true, true);
	return 0;
}

SEC("kprobe")
int kp_bulk_netmem(struct pt_regs *ctx)
{
	set_caller(COMPAT_ENTRY_CALLER(ctx));
	begin_bulk(ctx, 0, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), false, true);
	return 0;
}

SEC("kprobe")
int kp_skb(struct pt_regs *ctx)
{
	begin_skb(PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kprobe")
int kp_xdp_return(struct pt_regs *ctx)
{
	set_caller(COMPAT_ENTRY_CALLER(ctx));
	begin_xdp_return(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kprobe")
int kp_destroy(struct pt_regs *ctx)
{
	if (!armed)
		return 0;
	call_begins(CALL_DESTROY, PT_REGS_PARM1(ctx), 0, 0, 0);
	begin_destroy(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kretprobe")
int kr_destroy(struct pt_regs *ctx)
{
	struct call *call;

	if (!armed)
		return 0;
	set_caller(0);
	call = call_ends(CALL_DESTROY);
	if (call)
		end_destroy(ctx, call->args[0]);
	return 0;
}
