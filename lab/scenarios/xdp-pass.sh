#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP to the guest through XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# frames: exact
. /lab/lib.sh

tcp --reverse
say "$(counter rx_packets) packets received"
