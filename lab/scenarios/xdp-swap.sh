#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: XDP taken off and put back under TCP
# expect: PASS
# seconds: 1
# report: [.xdp[].packets, (.xdp_gone | del(.programs)) | .pass // 0] | add > 0
. /lab/lib.sh

attach() {
	ip -force link set dev eth0 xdpdrv obj /netmem/xdp_netmem_stats.bpf.o \
		program "$1" || fail "cannot attach $1"
}

is_cut() {
	[ "$(nic_counter rx_xdp_drop)" -gt "$dropped" ]
}

start_tcp --reverse
while turning; do
	attach netmem_pass
	turned 'XDP pass'
	dropped=$(nic_counter rx_xdp_drop)
	attach netmem_drop
	wait_until 10 is_cut || fail 'XDP drop drops nothing'
	attach netmem_pass
	turned 'XDP drop'
	ip link set dev eth0 xdpdrv off || fail 'cannot take XDP off'
	turned 'XDP off'
done
finish
