#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP while the NIC loses its link again and again, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# fault: link-flap-ms=150
. /lab/lib.sh

losses() {
	cat "$ETH0/carrier_down_count"
}

lost_link() {
	[ "$(losses)" -gt "$seen" ]
}

start_udp
while turning; do
	seen=$(losses)
	wait_until 10 lost_link || fail 'the link stays up'
	more_udp
	turned 'a loss of link'
done
finish
