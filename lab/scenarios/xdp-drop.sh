#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: small UDP frames that XDP drops: none may reach the stack
# expect: PASS
# seconds: 1
# xdp: drop
# frames: exact
. /lab/lib.sh

stop_flood 18 20000 drop
