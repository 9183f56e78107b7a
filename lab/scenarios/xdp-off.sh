#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP both ways without XDP
# expect: PASS
# seconds: 1
. /lab/lib.sh

tcp --bidir
say "$(counter rx_packets) packets received"
