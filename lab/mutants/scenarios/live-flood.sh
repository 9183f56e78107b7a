#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: a flood of small UDP frames into the stack without XDP: the pools stay alive
# expect: PASS
# seconds: 1
# suspect-after: 500ms
. /lab/lib.sh

before=$(ip_received)
flood 18 20000
assert_above 0 $(($(ip_received) - before)) 'packets reached the stack'
say "$(counter rx_packets) frames received"
