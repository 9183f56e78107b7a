#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP while the NIC overruns at one frame in 50, XDP pass
# expect: PASS
# seconds: 5
# xdp: pass
# fault: rx-overrun-every=50
. /lab/lib.sh

renew
tcp --reverse
say "$(counter rx_packets) packets received"
