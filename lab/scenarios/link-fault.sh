#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP while the NIC loses its link again and again, XDP pass
# expect: PASS
# seconds: 5
# xdp: pass
# fault: link-flap-ms=700
. /lab/lib.sh

renew
tcp --reverse
say "$(counter rx_packets) packets received"
