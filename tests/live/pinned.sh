#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The pinned mode: attach, look, detach. No process stays, and nothing is left.
. "${0%/*}/lib.sh"

# pinned_json CODES
pinned_json() {
	check "$1" report --pinned --format json
	cp "$tmp/out" "$json"
	verdict_is_code
}

case_nothing_attached() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	check "$RUNTIME" detach
	expect_error 'not attached|nothing.*attached|no pinned'
	expect_error 'netmem-check attach'
	check "$RUNTIME" status
	expect_error 'not attached|nothing.*attached|no pinned'
	check "$RUNTIME" report --pinned
	expect_error 'not attached|nothing.*attached|no pinned'
}

# still_runs: one of this test's processes, whatever others run
still_runs() {
	[ "$(own_processes -x netmem-check)" ]
}

case_no_process_stays() {
	attach
	! still_runs || fail 'a process stays'
	[ -d $PINS ] || fail 'no pins'
	check '0|3' status
	detach
	check "$RUNTIME" status
}

case_attach_twice() {
	attach
	check "$RUNTIME" attach
	expect_error 'already attached'
	expect_error 'netmem-check detach'
	check '0|3' status
	detach
	check 0 attach
	detach
}

case_traffic_is_seen_and_judged() {
	attach
	"$root/scenarios/run" xdp-pass >/dev/null || skip 'the scenario is refused'
	check '0|3' status
	expect_output 'events: [1-9][0-9,]*'
	pinned_json '0|3'
	no_findings
	holds '.coverage.events > 0' 'events'
	holds_pool '.device == "dut0"' 'the pool'
	pinned=$code
	check $pinned report --pinned
	expect_output '^netmem-check: (PASS|INCONCLUSIVE)$'
	check $pinned report --pinned --format ktap
	# Looking changes nothing
	events=$(jq .coverage.events "$json")
	pinned_json '0|3'
	[ "$(jq .coverage.events "$json")" = "$events" ] || fail 'events changed'
	detach
}

case_traffic_that_began_before() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	live_frames 20
	sleep 0.5
	attach
	sleep 2
	pinned_json '0|3'
	no_findings
	holds '.pools | any(.device == "dut0")' 'the pool'
	end_background
	sleep 1
	pinned_json '0|3'
	no_findings
	detach
}

case_stalled_pool() {
	veth 1500
	attach
	stall
	sleep 0.5
	pinned_json '0|3'
	stalled_and_held
	holds '.pools[] | select(.state == "stalled") | .inflight > 0 and
		(.pages | length > 0)' 'its pages'
	unstall
	sleep 2
	check '0|3' report --pinned --format json
	cp "$tmp/out" "$json"
	no_findings
	detach
}

# Both programs of hold and release stay, and what the second takes is told.
case_nested_events() {
	NETMEM_TEST=leave-hold-every=3,leave-release-every=3 attach
	for event in hold release; do
		[ -e $PINS/link_nested_${event}_raw_tracepoint ] ||
			fail "no second program of $event among $(ls $PINS)"
	done
	veth 1500
	xdp_on dut0 netmem_pass
	live_frames 1
	wait "$pid"
	pinned_json '0|3'
	clean_or_lossy
	holds '.counters.nested_holds > 0' 'holds that the second program took'
	detach
}

# nagios CODE NAME ARGUMENT...: one line, with that code
nagios() {
	wanted=$1 name=$2
	shift 2
	check "$wanted" status --nagios "$@"
	expect_output "^NETMEM $name - .* | pools=[0-9]"
	[ "$(wc -l <"$tmp/out")" -eq 1 ] || fail 'not one line'
}

case_status_for_scripts() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	check 3 status --nagios
	expect_output '^NETMEM UNKNOWN - '
	check "$USAGE" status --fail-on 'stalled>'
	expect_error "'stalled>' is none of"
	check 3 status --nagios --fail-on nothing
	veth 1500
	attach
	check 0 status --fail-on 'stalled,findings,losses>100%'
	nagios 0 OK --fail-on stalled,findings
	check '0|3' status
	case $code in
	"$PASS") nagios 0 OK ;;
	*) nagios 1 WARNING ;;
	esac
	stall
	sleep 0.5
	check 1 status --fail-on stalled,findings
	expect_output '^--fail-on: stalled$'
	check 0 status --fail-on 'stalled>1h,findings'
	nagios 2 CRITICAL --fail-on stalled
	nagios 0 OK --fail-on 'stalled>1h'
	unstall
	detach
}

case_losses() {
	NETMEM_TEST=swallow-hold-every=7 attach
	"$root/scenarios/run" tcp >/dev/null || skip 'the scenario is refused'
	pinned_json "$INCONCLUSIVE"
	no_findings
	holds '.coverage.share < .coverage.threshold' 'the share'
	check 1 status --fail-on 'losses>1%'
	detach
}

case_bpftool_reads_it() {
	attach
	"$root/scenarios/run" xdp-pass >/dev/null || skip 'the scenario is refused'
	for map in pools counters violations; do
		[ -e $PINS/$map ] || fail "no $PINS/$map"
		bpftool -j map dump pinned $PINS/$map >"$tmp/out" 2>"$tmp/err" ||
			fail "bpftool cannot dump $map"
		jq -e '.[0].formatted' "$tmp/out" >/dev/null || fail "$map has no BTF"
	done
	bpftool -j map dump pinned $PINS/pools >"$tmp/pools"
	jq -e 'any(.[].formatted.value; (.hold_seen // 0) > 0)' "$tmp/pools" \
		>/dev/null || fail 'no pool with events'
	detach
}

case_run_beside_it() {
	attach
	check '0|3' run --scenario xdp-pass --drain 1s --json "$json"
	clean_or_lossy
	pinned_json '0|3'
	no_findings
	holds '.coverage.events > 0' 'events'
	detach
}

# Killed half-way, it is either attached or not, and detach cleans up.
case_kill_9_while_it_attaches() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; end_background' EXIT
	for delay in 0.02 0.05 0.1 0.15 0.2 0.3; do
		in_background "$NETMEM_CHECK" attach >/dev/null 2>&1
		sleep $delay
		kill -KILL "$pid" 2>/dev/null
		wait "$pid"
		[ -e $PINS ] || continue
		check 0 detach
		[ ! -e $PINS ] || fail "killed after $delay s: $(find $PINS) is left"
	done
	check 0 attach
	detach
}

# Others may have put something there.
case_foreign_files_stay() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	mkdir $PINS
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; rmdir $PINS/mine $PINS 2>/dev/null; end_background' EXIT
	mkdir $PINS/mine
	"$NETMEM_CHECK" attach >"$tmp/out" 2>"$tmp/err"
	"$NETMEM_CHECK" detach >>"$tmp/out" 2>>"$tmp/err"
	[ -d $PINS/mine ] || fail 'a directory that is not ours was removed'
	expect_no_crash
}

run_cases "$@"
