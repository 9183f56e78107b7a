#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP both ways while the NIC completes transmission late, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# fault: tx-complete-delay-us=50000
. /lab/lib.sh

tcp --bidir
# A lone datagram is complete before we look, but for a NIC that is late.
tries=0
while [ "$(queued)" -eq 0 ]; do
	tries=$((tries + 1))
	[ $tries -le 20 ] || fail 'no transmission completes late'
	wait_until 10 is_quiet || fail 'eth0 is not quiet'
	$TRAFFIC send --proto udp --to "$HOST" --port 9 --bytes 100 >/dev/null
done
say "$(counter rx_packets) packets received"
