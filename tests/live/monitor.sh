#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The long watch: it arms or takes over, tells of a stalled pool, survives
# kill -9 without a lost event, and ends with the verdict of `report --pinned`.
. "${0%/*}/lib.sh"

# monitor ARGUMENT...: in the background, until it watches
monitor() {
	[ -e $PINS ] || list_namespaces
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; end_background' EXIT
	start_check monitor "$@"
	wait_armed
}

# end_monitor SIGNAL CODES
end_monitor() {
	kill -"$1" "$checker"
	end_check "$2" 'netmem-check monitor'
}

# What it armed goes with it, and what was there stays.
case_verdict_and_pins() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor --json "$json"
	[ -e $PINS/description ] || fail 'nothing is pinned'
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 1
	wait "$pid"
	end_monitor TERM '0|3'
	verdict_is_code
	holds_pool '.device == "dut0" and .events > 0' 'events of dut0'
	expect_output "^netmem-check: $(jq -r .verdict "$json")\$"
	[ ! -e $PINS ] || fail 'pins are left'
	check '0|3' attach
	monitor --for 2s
	grep -q '^watching .*taken over' "$tmp/err" || fail 'it did not take over'
	end_check '0|3' 'netmem-check monitor --for'
	[ -e $PINS/description ] || fail 'it detached what it did not attach'
	detach
	monitor --keep
	end_monitor INT '0|3'
	detach
}

# Events of the time without a monitor are not lost: the hooks are there.
case_kill_9_under_traffic() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 6
	sleep 1
	kill -KILL "$checker"
	wait "$checker"
	[ -e $PINS/description ] || fail 'the pins went with the monitor'
	sleep 1
	monitor --json "$json"
	end_monitor TERM '0|3'
	verdict_is_code
	no_findings
	holds_pool '.device == "dut0" and .events > 0' 'events of dut0'
	holds '[.pools[] | select(.device == "dut0") | .born_seen] | all' \
		'the watch goes back to the first page'
	detach
}

case_stalled_pool_is_told() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	veth 1500
	monitor --stalled-after 2s --json "$json" --on-finding \
		"env | grep ^NETMEM_ >>$tmp/hook; exit 3"
	stall
	wait_until 25 grep -q '^NETMEM_SECONDS' "$tmp/hook" ||
		fail 'nobody was told of the stalled pool'
	grep -qx 'NETMEM_EVENT=stalled' "$tmp/hook" || fail 'another event'
	grep -q '^NETMEM_HOLDERS=.*[a-z]' "$tmp/hook" || fail 'without holders'
	grep -q ' stalled: .*waits for' "$tmp/err" || fail 'no line says so'
	wait_for 'its failure' grep -q 'on-finding failed: exit status 3' "$tmp/err"
	kill -USR1 "$checker"
	wait_for 'the status' grep -q '^attached for .* so far$' "$tmp/err"
	unstall
	sleep 2
	end_monitor TERM '0|3'
	verdict_is_code
	[ "$(grep -c '^NETMEM_EVENT=stalled' "$tmp/hook")" -eq 1 ] ||
		fail 'it was told more than once'
}

# A pool that waits for less than --stalled-after is no news.
case_short_stall_is_not_told() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	veth 1500
	monitor --stalled-after 1h --on-finding "env >>$tmp/hook"
	stall
	sleep 2
	unstall
	end_monitor TERM '0|3'
	! grep -qs '^NETMEM_EVENT=stalled' "$tmp/hook" || fail 'it was told'
}

case_command_ends_it() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	check '0|3' monitor -- sleep 1
	check "$INCONCLUSIVE" monitor --json "$json" -- sh -c 'exit 7'
	holds '.reason_codes | index("workload_failed")' 'the reason'
	check "$USAGE" monitor --for 0
	[ ! -e $PINS ] || fail 'pins are left'
}

case_detached_by_another() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor
	check 0 detach
	end_check "$RUNTIME" 'netmem-check monitor'
	expect_error 'detached or attached anew'
}

run_cases "$@"
