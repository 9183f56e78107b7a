#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: XDP taken off and put back under TCP
# expect: PASS
# seconds: 6
. /lab/lib.sh

renew
start_tcp --reverse
swaps=0
while tcp_runs; do
	for program in netmem_pass netmem_drop netmem_pass off; do
		case $program in
		off) ip link set dev eth0 xdpdrv off ;;
		*) ip -force link set dev eth0 xdpdrv obj \
			/netmem/xdp_netmem_stats.bpf.o program $program ;;
		esac || fail "cannot attach $program"
		swaps=$((swaps + 1))
		sleep 0.3
	done
done
finish_tcp "$swaps swaps"
