#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP to the guest that XDP hands to the other CPU
# expect: PASS
# seconds: 1
# xdp: cpu:1
# frames: exact
. /lab/lib.sh

tcp --reverse
say "$(counter rx_packets) packets received"
