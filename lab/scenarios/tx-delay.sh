#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP both ways while the NIC completes transmission late, XDP pass
# expect: PASS
# seconds: 5
# xdp: pass
# fault: tx-complete-delay-us=2000
. /lab/lib.sh

renew
tcp --bidir
say "$(counter rx_packets) packets received"
