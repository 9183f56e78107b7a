#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP to the guest through XDP pass
# expect: PASS
# seconds: 5
# xdp: pass
. /lab/lib.sh

renew
tcp --reverse
say "$(counter rx_packets) packets received"
