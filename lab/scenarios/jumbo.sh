#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP both ways at MTU 9000: frames of several buffers, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# mtu: 9000
# prepare: jumbo_mtu
# report: .xdp | any(.multi_buffer > 0)
. /lab/lib.sh

tcp --bidir
say "$(counter rx_packets) packets received"
