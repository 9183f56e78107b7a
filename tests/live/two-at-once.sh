#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two instances do not disturb each other; XDP inspection belongs to one.
. "${0%/*}/lib.sh"
own_namespace "$@"

case_two_runs() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	start_check run --for 4s --drain 1s --json "$tmp/first.json"
	wait_armed
	pid_first=$checker
	in_background "$NETMEM_CHECK" run --for 2s --drain 1s \
		--json "$tmp/second.json" >/dev/null 2>&1
	pid_second=$pid
	for which in first:$pid_first second:$pid_second; do
		wait "${which#*:}"
		code=$?
		which=${which%:*}
		expect_code '0|3' "the $which"
		json=$tmp/$which.json
		no_findings
		verdict_is_code
		holds '.xdp | any(.packets.pass > 0)' "XDP statistics in the $which"
		holds '.pools | any(.device == "dut0")' "the pool in the $which"
	done
	json=$tmp/first.json
	holds '.counters.xdp_inspected > 0' 'the first inspects frames'
	json=$tmp/second.json
	holds '.counters.xdp_inspected == 0' 'the second inspects none'
	holds '.coverage.checks.blind | any(.check == "xdp_foreign_page" and
		(.why | test("another netmem-check")))' 'and says why'
}

# When the first one goes, the statistics program is free again.
case_inspection_is_free_afterwards() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	for round in 1 2; do
		check '0|3' run --for 1s --drain 500ms --json "$json"
		holds '.counters.xdp_inspected > 0' "run $round inspects frames"
	done
	start_check run --for 60s
	wait_armed
	kill -KILL "$checker"
	wait "$checker"
	sleep 0.5
	check '0|3' run --for 1s --drain 500ms --json "$json"
	holds '.counters.xdp_inspected > 0' 'a run after kill -9 inspects frames'
}

run_cases "$@"
