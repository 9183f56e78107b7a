#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: a flood that one processor receives and the other one drops, XDP pass
# expect: PASS
# seconds: 2
# xdp: pass
. /lab/lib.sh

echo 2 >"$ETH0"/queues/rx-0/rps_cpus || fail 'eth0 cannot hand packets to CPU 1'
before=$(ip_received)
flood 18 20000
assert_above 0 $(($(ip_received) - before)) 'packets reached the stack'
say "$(counter rx_packets) frames received"
