#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP both ways without XDP
# expect: PASS
# seconds: 5
. /lab/lib.sh

renew
tcp --bidir
say "$(counter rx_packets) packets received"
