#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What ends too soon: signals, devices, namespaces, workloads. There is a
# verdict of what was seen, and nothing is left (tests/run looks).
. "${0%/*}/lib.sh"

# ended_at_once: since $start; far below the 60 s that were asked for, however
# loaded the machine is
ended_at_once() {
	[ $(($(now_ms) - start)) -lt 30000 ] || fail 'took more than 30 s to end'
}

# signalled SIGNAL: in the middle of traffic
signalled() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	start_check run --for 60s --drain 1s --json "$json"
	wait_armed
	note_programs
	start=$(now_ms)
	kill "-$1" "$checker"
	end_check '0|3' "SIG$1"
	ended_at_once
	wait_for 'its BPF programs go' programs_gone
	no_findings
	verdict_is_code
	expect_output '^netmem-check: (PASS|INCONCLUSIVE)$'
}

case_sigint() {
	signalled INT
}

case_sigterm() {
	signalled TERM
}

case_sighup() {
	signalled HUP
}

# The workload is stopped, and being stopped is no failure of it.
case_sigint_stops_the_workload() {
	start_check run --drain 1s --json "$json" -- sleep 1000
	wait_armed
	workload=$(own_processes -x sleep)
	[ "$workload" ] || fail 'no workload'
	kill -INT "$checker"
	end_check '0|3' SIGINT
	has_ended "$workload" || fail 'the workload still runs'
	holds '.workload_failed == false'
}

case_sigint_stops_a_scenario() {
	NETMEM_SECONDS=60 start_check run --scenario tcp --drain 1s --json "$json"
	wait_armed
	sleep 1
	start=$(now_ms)
	kill -INT "$checker"
	end_check '0|3' SIGINT
	ended_at_once
	no_findings
	holds_pool true 'the pools of the scenario'
}

# A stalled pool keeps the drain waiting. One signal ends the drain, and what
# follows is judged in full.
# slow
case_sigint_cuts_the_drain() {
	veth 1500
	start_check run --for 4s --drain 60s --json "$json"
	wait_armed
	stall
	wait_for 'it drains' grep -q '^draining' "$tmp/err"
	start=$(now_ms)
	kill -INT "$checker"
	end_check '0|3' 'SIGINT in the drain'
	ended_at_once
	stalled_and_held
	unstall
}

# The second signal is for the verdict: no walk looks for the holders.
case_second_sigint_cuts_what_follows() {
	veth 1500
	start_check run --for 60s --drain 60s --json "$json"
	wait_armed
	stall
	kill -INT "$checker"
	sleep 1.5
	! has_ended "$checker" || fail 'the first one cut the drain'
	start=$(now_ms)
	kill -INT "$checker"
	end_check 3 'second SIGINT'
	ended_at_once
	holds '.reason_codes | index("cut_short") and index("not_walked")' \
		'no walk'
	holds '.cut.steps | index("drain") and index("holders")' \
		'what was not done'
	unstall
}

# What was not looked at is listed, and keeps the verdict from PASS.
case_second_signal_gives_the_verdict_at_once() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	start_check run -i dut0 --for 60s --drain 60s --json "$json"
	wait_armed
	kill -INT "$checker"
	kill -TERM "$checker"
	end_check 3 'two signals'
	holds '.reason_codes | index("cut_short")' 'the reason'
	holds '.cut.steps | index("drain") and index("counts") and
		index("audit")' 'what was not done'
	holds '.cut.pools >= 1' 'pools that were not audited'
	expect_text "$tmp/out" "$(reason_of cut_short)"
}

case_one_signal_cuts_nothing() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	start_check run -i dut0 --for 60s --drain 1s --json "$json"
	wait_armed
	kill -INT "$checker"
	end_check '0|3' 'one signal'
	holds '.cut == null and (.reason_codes | index("cut_short") | not)' \
		'nothing is cut'
	holds_pool '.in_cache != null' 'an audited pool'
}

case_kill_9() {
	veth 1500
	live_frames 20
	start_check run -i dut0 --xdp pass --for 60s
	wait_armed
	[ "$(xdp_id dut0)" != 0 ] || fail 'no XDP program on dut0'
	note_programs
	kill -KILL "$checker"
	wait "$checker"
	wait_for 'the XDP program goes' no_xdp
	wait_for 'its BPF programs go' programs_gone
}

no_xdp() {
	[ "$(xdp_id dut0)" = 0 ]
}

# tests/run sees to it that all processes of the scenario vanish.
case_kill_9_while_a_scenario_runs() {
	NETMEM_SECONDS=60 start_check run --scenario tcp
	wait_armed
	wait_for 'the scenario runs' scenario_runs
	note_programs
	kill -KILL "$checker"
	wait "$checker" || :
	wait_for 'its BPF programs go' programs_gone
}

scenario_runs() {
	[ "$(own_processes -f 'iperf3 --client 10.200.0.1')" ]
}

case_device_vanishes() {
	veth 1500
	tcp 20
	start_check run -i dut0 --xdp pass --for 3s --drain 1s --json "$json"
	wait_armed
	ip link delete dut0
	sleep 0.5
	settle "$traffic_tool"
	end_check '0|3' 'device deleted'
	clean_or_empty
	vanished_is_noted
	holds_pool '.device == "dut0"' 'the pool of the device'
}

# vanished_is_noted: that dut0 did, and no other device
vanished_is_noted() {
	holds '[.note_codes[] | select(. == "device_vanished")] | length == 1' \
		'one note that a device vanished'
	expect_text "$tmp/err" "$(note_of device_vanished)"
	grep -qF "'dut0'" "$tmp/wanted" || fail 'the note does not name dut0'
}

# Deleted at once, a pool may have seen no event yet.
clean_or_empty() {
	no_findings_but_stalls
	verdict_is_code
}

case_namespace_vanishes() {
	veth 1500
	far ip link set dev far0 xdpdrv obj "$xdp_object" program netmem_pass ||
		fail 'cannot attach'
	in_background nsenter --target "$far" --net -- iperf3 --server --port 5201 \
		>/dev/null 2>&1
	server=$pid
	wait_for 'iperf3 listens' listens 5201 "$far"
	in_background iperf3 --client $FAR_ADDR --port 5201 --time 20 \
		--bitrate 50M >/dev/null 2>&1
	client=$pid
	start_check run --for 4s --drain 2s --json "$json"
	wait_armed
	kill -KILL "$far" "$server" "$client"
	sleep 0.5
	settle "$traffic_tool"
	end_check '0|3' 'namespace gone'
	no_findings_but_stalls
	verdict_is_code
	holds_pool '.device == "far0" and .state == "gone"' \
		'the pool that went with its namespace'
}

# The namespace that netmem-check itself was started in
case_own_namespace_loses_all_devices() {
	veth 1500
	tcp 20
	start_check run -i dut0 -i lo --for 3s --drain 1s --json "$json"
	wait_armed
	ip link delete dut0
	sleep 0.5
	settle "$traffic_tool"
	end_check '0|3' 'device deleted'
	clean_or_empty
	vanished_is_noted
}

case_workload_that_cannot_be_executed() {
	check "$RUNTIME" run --drain 1s --json "$json" -- "$tmp/nosuch"
	expect_error "cannot run '$tmp/nosuch': No such file"
	check "$RUNTIME" run --drain 1s -- "$tmp"
	expect_error "cannot run '$tmp': Permission denied"
}

case_workload_that_fails() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 10
	check "$INCONCLUSIVE" run --drain 1s --json "$json" -- sh -c 'sleep 1; exit 7'
	verdict_is_code
	holds '.workload_failed == true'
	holds '.reason_codes | index("workload_failed")'
	no_findings
}

case_workload_killed() {
	check "$INCONCLUSIVE" run --drain 1s --json "$json" -- \
		sh -c 'kill -SEGV $$'
	holds '.workload_failed == true'
}

case_workload_that_ignores_signals() {
	start=$(now_ms)
	check '0|3' run --for 500ms --drain 500ms --json "$json" -- \
		sh -c 'trap "" TERM INT; while :; do sleep 0.1; done'
	ended_at_once
	holds '.workload_failed == false' 'stopped by us is no failure'
}

run_cases "$@"
