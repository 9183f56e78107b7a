#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the driver unbound while a socket holds received pages unread
# expect: PASS
# seconds: 1
# counts: none
# report: ([.findings[] | [.check, .severity]] | sort) == [["dma_after_unbind", "FAIL"], ["stalled_shutdown", "WARN"]] and ([.walks.places[].walked] | all) and ([.pools[] | select(.state == "stalled")] | length == 1 and all(.held.out > 0 and .held.attributed == .held.out and .inflight == .held.out and ([.holders[] | .what + " " + .local + " " + .comm] == ["tcp 10.9.0.2:7000 netmem-traffic"])))
. /lab/lib.sh

# It outlives the scenario, so that the pages are still out at the verdict.
$TRAFFIC hold --port 7000 --release-after 60 </dev/null >/dev/null 2>&1 &
wait_until 10 listens 7000 || fail 'nothing listens on port 7000'
host send --proto tcp --to "$GUEST" --port 7000 --bytes 40000
wait_until 10 is_quiet || fail 'eth0 is not quiet'
snapshot after
echo c000000.ethernet >/sys/bus/platform/drivers/mvneta/unbind ||
	fail 'eth0 cannot be unbound'
trap - EXIT
say 'unbound with pages unread'
