#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What has to end with netmem-check, or to come back, whatever ends it: the
# workload with all that it started, and a replaced XDP program.
. "${0%/*}/lib.sh"

# stubborn_workload: $tmp/workload, which leaves three processes that are nobody's
# child, of sessions of their own, and ignore all but SIGKILL
stubborn_workload() {
	cat >"$tmp/workload" <<-'END'
		#!/bin/sh
		trap '' TERM HUP INT
		setsid sh -c 'sleep 8641 & (setsid sleep 8642 &) ; exec sleep 8643' &
		(setsid sh -c '(sleep 8644 &)' &)
		[ "$1" = ends ] || exec sleep 8645
	END
	chmod +x "$tmp/workload"
}

# wait_armed_long: also on a machine that has much else to do
wait_armed_long() {
	wait_until 40 grep -q '^watching' "$tmp/err"
	wait_armed
}

# sleepers: how many of them are there
sleepers() {
	own_processes -f '^sleep 864[1-5]$' | wc -l
}

has_sleepers() {
	[ "$(sleepers)" -eq "$1" ]
}

supervisor_of() {
	pgrep -P "$1" -x netmem-workload
}

# start_stubborn ARGUMENT...
start_stubborn() {
	stubborn_workload
	start_check run --drain 500ms "$@" -- "$tmp/workload"
	wait_armed_long
	wait_for 'the workload runs' has_sleepers 5
	supervisor=$(supervisor_of "$checker") || fail 'no supervisor'
}

end_sleepers() {
	for one in $(own_processes -f '^sleep 864[1-5]$'); do
		kill -KILL "$one"
	done
}

# killed: netmem-check, now; then 2 s go by
killed() {
	note_programs
	kill -KILL "$checker"
	wait "$checker"
	sleep 2
}

case_kill_9_ends_all_of_it() {
	start_stubborn
	killed
	has_sleepers 0 || fail "$(sleepers) processes of the workload are left"
	has_ended "$supervisor" || fail 'the supervisor is left'
	wait_for 'its BPF programs go' programs_gone
}

case_keep_workload_survives_kill_9() {
	start_stubborn --keep-workload
	killed
	left=$(sleepers)
	end_sleepers
	[ "$left" -eq 5 ] || fail "$left of 5 processes are left"
	has_ended "$supervisor" || fail 'the supervisor is left'
	wait_for 'its BPF programs go' programs_gone
}

case_keep_workload_survives_the_end() {
	stubborn_workload
	check '0|3' run --for 1s --drain 500ms --keep-workload --json "$json" -- \
		"$tmp/workload"
	has_sleepers 5 || fail "$(sleepers) of 5 processes are left"
	holds '.workload_failed == false' 'it did not end'
	end_sleepers
}

case_keep_workload_needs_a_command() {
	check "$USAGE" run --for 1s --keep-workload
	expect_error '--keep-workload needs a command'
	check "$USAGE" run --scenario tcp --keep-workload
	expect_error '--keep-workload needs a command'
}

# What a workload that ended left behind runs until the verdict, and no longer.
case_what_an_ended_workload_left() {
	stubborn_workload
	check '0|3' run --drain 500ms --json "$json" -- "$tmp/workload" ends
	has_sleepers 0 || fail "$(sleepers) processes of the workload are left"
	holds '.workload_failed == false' 'it ended well'
}

case_end_of_the_time_ends_all_of_it() {
	start_stubborn --for 3s --json "$json"
	end_check '0|3' 'the end of the time'
	has_sleepers 0 || fail "$(sleepers) processes of the workload are left"
	has_ended "$supervisor" || fail 'the supervisor is left'
	holds '.workload_failed == false' 'stopped by us is no failure'
}

# The workload itself goes with it; the watch ends with a verdict.
case_supervisor_killed() {
	start_check run --for 60s --drain 500ms --json "$json" -- sleep 8645
	wait_armed_long
	kill -KILL "$(supervisor_of "$checker")"
	end_check "$INCONCLUSIVE" 'the supervisor is gone'
	expect_error "the workload's supervisor was killed"
	holds '.workload_failed == true'
	wait_for 'the workload goes' has_sleepers 0
}

# A signal to its group reaches the workload, which is no part of ours.
case_signals_of_the_workload() {
	check "$INCONCLUSIVE" run --drain 500ms --json "$json" -- \
		sh -c 'kill -TERM 0; sleep 60'
	holds '.workload_failed == true' 'it died of its signal'
	check "$INCONCLUSIVE" run --drain 500ms --json "$json" -- sh -c 'exit 3'
	holds '.workload_failed == true' 'its exit code'
	check '0|3' run --drain 500ms --json "$json" -- true
	holds '.workload_failed == false' 'it ended well'
}

# foreign_on_dut0: somebody else's XDP program, by netlink; its id in $theirs
foreign_on_dut0() {
	foreign_object
	veth 1500
	ip link set dev dut0 xdpdrv obj "$tmp/foreign.o" section xdp ||
		fail 'cannot attach'
	theirs=$(xdp_id dut0)
}

xdp_is() {
	[ "$(xdp_id dut0)" = "$1" ]
}

# start_replacing ARGUMENT...: until ours is there
start_replacing() {
	start_check run -i dut0 --xdp pass --xdp-replace --drain 500ms "$@"
	wait_armed_long
	[ "$(xdp_id dut0)" != "$theirs" ] || fail 'it was not replaced'
	[ "$(xdp_id dut0)" != 0 ] || fail 'no program is attached'
}

case_replaced_program_comes_back_at_the_end() {
	foreign_on_dut0
	start_replacing --for 2s
	end_check '0|3' 'a replaced program'
	xdp_is "$theirs" || fail 'the replaced program did not come back'
}

case_replaced_program_comes_back_after_kill_9() {
	foreign_on_dut0
	for command in '' "sleep 8645"; do
		# shellcheck disable=SC2086 # a command and its argument
		start_replacing --for 60s ${command:+-- $command}
		killed
		xdp_is "$theirs" || fail 'the replaced program did not come back'
		ip link show dev dut0 | grep -q 'prog/xdp id' ||
			fail 'it came back in another mode'
		has_sleepers 0 || fail 'the workload is left'
	done
}

# With its supervisor killed as well nobody is left to bring it back.
case_both_killed() {
	foreign_on_dut0
	start_replacing --for 60s
	kill -KILL "$(supervisor_of "$checker")"
	killed
	xdp_is 0 || fail 'a program is attached'
}

run_cases "$@"
