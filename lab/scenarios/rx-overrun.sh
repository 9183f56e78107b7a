#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP while the NIC overruns at one frame in 50, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# fault: rx-overrun-every=50
. /lab/lib.sh

tcp --reverse
overruns=$(nic_counter rx_overrun)
assert_above 0 "$overruns" 'overruns counted'
say "$(counter rx_packets) packets received, $overruns overruns"
