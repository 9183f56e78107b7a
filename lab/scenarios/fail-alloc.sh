#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: page allocations that fail under TCP, XDP pass
# expect: PASS
# seconds: 6
# xdp: pass
. /lab/lib.sh

renew
start_tcp --reverse
dir=/sys/kernel/debug/fail_page_alloc
[ -d $dir ] || fail 'this kernel has no fail_page_alloc'
echo 0 >$dir/min-order
# only what cannot wait fails: the refill of the ring, not our own processes
echo Y >$dir/ignore-gfp-wait
echo 0 >$dir/verbose
echo -1 >$dir/times
echo 1 >$dir/interval
while tcp_runs; do
	echo 20 >$dir/probability
	sleep 0.2
	echo 0 >$dir/probability
	sleep 0.2
done
echo 0 >$dir/probability
finish_tcp 'failing allocations'
