#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP while the NIC reports errors for one frame in 50, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# fault: rx-error-every=50
# log: ^mvneta c000000\.ethernet eth0: bad rx status [0-9a-f]{8} \((crc|overrun|max frame length|resource) error\), size=[0-9]+$
. /lab/lib.sh

tcp --reverse
errors=$(counter rx_errors)
assert_above 0 "$errors" 'errors counted'
say "$(counter rx_packets) packets received, $errors errors"
