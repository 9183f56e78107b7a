#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Two instances do not disturb each other; XDP inspection belongs to one.
# alone
. "${0%/*}/lib.sh"

# two_runs: leaves first.json, second.json and the exit codes of both; and who
# inspected the frames while both watched. The first is there until the second
# has ended, however slow the machine is.
two_runs() {
	start_check run --for 100s --drain 1s --json "$tmp/first.json"
	wait_armed
	in_background "$NETMEM_CHECK" run --for 2s --drain 1s \
		--json "$tmp/second.json" >/dev/null 2>"$tmp/second.err"
	wait_for 'the second arms' grep -q '^watching' "$tmp/second.err"
	inspector=$(inspector_of_dut0)
	inspects=
	! has_program "$checker" "$inspector" || inspects=first
	! has_program "$pid" "$inspector" || inspects="$inspects second"
	[ "$inspects" ] || taken=yes
	wait "$pid"
	second=$?
	kill -INT "$checker"
	wait "$checker"
	first=$?
}

# has_program PID ID
has_program() {
	bpf_programs "$1" | grep -qx "$2"
}

case_two_runs() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 60
	with_inspection two_runs
	for which in first:$first second:$second; do
		code=${which#*:}
		which=${which%:*}
		expect_code '0|3' "the $which"
		json=$tmp/$which.json
		no_findings
		verdict_is_code
		holds '.xdp | any(.packets.pass > 0)' "XDP statistics in the $which"
		holds '.pools | any(.device == "dut0")' "the pool in the $which"
	done
	[ "$inspects" = first ] || fail "not the first inspects, but '$inspects'"
	json=$tmp/first.json
	holds '.counters.xdp_inspected > 0' 'the first inspects frames'
	json=$tmp/second.json
	# It may inspect frames of others
	holds_of_all '.counters.xdp_inspected == 0 or (.xdp | length > 1)' \
		'the second inspects none'
	[ "$(jq .counters.xdp_inspected "$json")" = 0 ] || return 0
	holds '.coverage.checks.blind | any(.check == "xdp_foreign_page" and
		.code == "xdp_occupied" and .why != "")' 'and says why'
}

short_run() {
	check '0|3' run --for 1s --drain 500ms --json "$json"
	is_taken || :
}

# When the first one goes, the statistics program is free again.
case_inspection_is_free_afterwards() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 60
	for round in 1 2; do
		with_inspection short_run
		holds '.counters.xdp_inspected > 0' "run $round inspects frames"
	done
	with_inspection run_after_kill_9
	holds '.counters.xdp_inspected > 0' 'a run after kill -9 inspects frames'
}

run_after_kill_9() {
	start_check run --for 60s
	wait_armed
	note_programs
	kill -KILL "$checker"
	wait "$checker"
	wait_for 'its BPF programs go' programs_gone
	short_run
}

run_cases "$@"
