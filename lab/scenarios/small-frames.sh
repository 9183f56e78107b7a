#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: a flood of the smallest frames into the stack, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# frames: exact
. /lab/lib.sh

before=$(ip_received)
flood 18 50000
assert_above 0 $(($(ip_received) - before)) 'packets reached the stack'
say "$(counter rx_packets) frames received"
