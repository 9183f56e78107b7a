#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP aborts: none may reach the stack
# expect: PASS
# seconds: 1
# xdp: aborted
# frames: exact
. /lab/lib.sh

stop_flood 1000 10000 aborted
