#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP both ways while the NIC stalls at one frame in 500, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# fault: tx-stall-every=500,tx-stall-ms=300
. /lab/lib.sh

is_stalled() {
	waiting=$(queued)
	[ "$waiting" -gt 0 ] || return
	sleep 0.05
	[ "$(queued)" -eq "$waiting" ]
}

tcp --bidir
wait_until 10 is_quiet || fail 'eth0 is not quiet'
# one of them stalls, with those behind it
$TRAFFIC send --proto udp --to "$HOST" --port 9 --bytes 250000 --size 500 >/dev/null &
wait_until 5 is_stalled || fail 'no transmission stalls'
wait $!
say "$(counter rx_packets) packets received"
