#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP redirects into eth0 itself, which gives pages back in bulks
# expect: PASS
# seconds: 1
# xdp: redirect:eth0
# frames: exact
. /lab/lib.sh

before=$(host received)
flood 1000 5000
back=$(($(host received) - before))
assert_above 1000 "$back" 'frames came back to the host'
say "$back frames came back"
