#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Attaching in the middle of traffic invents nothing.
# limit: 400
# slow
. "${0%/*}/lib.sh"

case_under_traffic_50_times() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 120
	live_frames 120
	round=0
	seen=0
	while [ $round -lt 50 ]; do
		round=$((round + 1))
		check '0|3' run --for 200ms --drain 500ms --json "$json"
		clean_or_quiet
		[ "$(jq .coverage.events "$json")" = 0 ] || seen=$((seen + 1))
		holds '.pools | length > 0' "a pool in round $round"
	done
	[ $seen -gt 0 ] || fail 'no round saw an event: there was no traffic'
}

# In 200 ms a pool may recycle all its pages, and a pool that never rests is
# not compared: that is no verdict, but no finding either.
clean_or_quiet() {
	no_findings_but_stalls
	verdict_is_code
}

run_cases "$@"
