#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP at MTU 9000, frames of several buffers, that XDP drops
# expect: PASS
# seconds: 1
# xdp: drop
# mtu: 9000
# prepare: jumbo_mtu
# report: .xdp | any(.multi_buffer > 0)
. /lab/lib.sh

stop_flood 8000 3000 drop
