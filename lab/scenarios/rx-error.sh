#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP while the NIC reports errors for one frame in 50, XDP pass
# expect: PASS
# seconds: 5
# xdp: pass
# fault: rx-error-every=50
. /lab/lib.sh

renew
tcp --reverse
say "$(counter rx_packets) packets received"
