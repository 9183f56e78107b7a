#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: bursts of small UDP frames into the stack without XDP, with pauses: the pools stay alive
# expect: PASS
# seconds: 1
# suspect-after: 2s
. /lab/lib.sh

before=$(ip_received)
for burst in 1 2 3 4; do
	flood 18 20000
	say "burst $burst"
	# time for a look: in an emulated guest a walk takes a second
	sleep 12
done
assert_above 0 $(($(ip_received) - before)) 'packets reached the stack'
say "$(counter rx_packets) frames received"
