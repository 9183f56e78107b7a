#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: eth0 taken down and up under TCP, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
. /lab/lib.sh

start_tcp --reverse
while turning; do
	renew
	turned 'a flap'
done
finish
