#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The live screen: on a terminal, and not on one.
. "${0%/*}/lib.sh"

# on_terminal COMMAND: in a terminal of 120 x 40 of its own
on_terminal() {
	command -v tmux >/dev/null || skip 'no tmux'
	export TMUX_TMPDIR="$tmp"
	session="tmux -f /dev/null -L netmem-$$ -u"
	trap 'end_background; $session kill-server 2>/dev/null' EXIT
	$session new-session -d -x 120 -y 40 "$1; echo \"exit code \$?\"; sleep 60"
}

screen() {
	$session capture-pane -p
}

shows() {
	screen | grep -Eq -- "$1"
}

expect_screen() {
	shows "$1" || {
		screen >"$tmp/out"
		fail "the screen does not show /$1/"
	}
}

case_scenario_on_a_terminal() {
	NETMEM_SECONDS=6 on_terminal \
		"$NETMEM_CHECK watch --scenario tcp --drain 2s"
	wait_for 'the table' shows 'POOL +STATE'
	sleep 2
	expect_screen '^\[[#.]+\]'
	expect_screen '^watching [0-9.]+ s.*, [0-9,]+ events/s'
	expect_screen '^POOL +STATE'
	expect_screen '^dut0(/0)?( id [0-9]+)? +active'
	expect_screen 'no findings so far'
	[ "$(screen | grep -c '^POOL')" = 1 ] || fail 'not refreshed in place'
	wait_for 'the report' shows '^netmem-check: (PASS|INCONCLUSIVE)'
	wait_for 'the end' shows '^exit code [03]'
	[ "$(screen | grep -c 'watching')" = 0 ] || fail 'the screen was not cleared'
}

case_numbers_while_it_watches() {
	veth 1500
	xdp_on dut0 netmem_pass
	list_namespaces
	tcp 60 20M
	on_terminal "$NETMEM_CHECK watch -i dut0 --for 60s --drain 500ms"
	wait_for 'pages in flight and out' shows '^dut0.* active +[1-9][0-9,]* +[0-9,]+ +[0-9,]+ '
	wait_for 'frames' shows ', [1-9][0-9,]* XDP frames/s'
	wait_for 'a graph' shows '^dut0.*[▁▂▃▄▅▆▇█]{3}'
	$session send-keys q
	wait_for 'the end' shows '^exit code [03]'
}

case_keys() {
	veth 1500
	xdp_on dut0 netmem_pass
	list_namespaces
	on_terminal "$NETMEM_CHECK watch -i dut0 --for 60s --drain 500ms"
	wait_for 'the keys' shows '^q end  s sort \(name\)'
	$session send-keys s
	wait_for 'another order' shows 's sort \(in flight\)'
	$session send-keys p
	wait_for 'a pause' shows 'paused'
	paused=$(screen | grep '^watching')
	sleep 2
	[ "$(screen | grep '^watching')" = "$paused" ] ||
		fail 'it is drawn while paused'
	$session send-keys p
	wait_for 'no pause' shows 'p pause'
	$session send-keys q
	wait_for 'the end' shows '^exit code [03]'
	expect_screen '^netmem-check: '
}

case_narrow_and_wide() {
	veth 1500
	xdp_on dut0 netmem_pass
	list_namespaces
	tcp 60 5M
	on_terminal "$NETMEM_CHECK watch -i dut0 --for 60s --drain 500ms"
	wait_for 'the table' shows '^dut0.* active'
	$session resize-window -x 60 -y 15
	wait_for 'two columns' shows '^POOL +STATE +IN FLIGHT +OUT'
	! shows 'EVENTS/S' || wait_for 'fewer columns' shows 'OUT OUT OVER'
	$session resize-window -x 300 -y 50
	wait_for 'all columns' shows 'EVENTS/S +ALLOCS/S +PUTS/S'
	$session send-keys q
	wait_for 'the end' shows '^exit code [03]'
}

case_the_bar_grows() {
	on_terminal "$NETMEM_CHECK watch --for 5s --drain 500ms"
	wait_for 'the bar' shows '^\[#+\.+\]'
	first=$(screen | sed -n 's/^\[\(#*\).*/\1/p')
	sleep 2
	second=$(screen | sed -n 's/^\[\(#*\).*/\1/p')
	[ ${#second} -gt ${#first} ] || fail "the bar went from '$first' to '$second'"
	wait_for 'the end' shows '^exit code'
}

case_small_terminal() {
	on_terminal "$NETMEM_CHECK watch --for 3s --drain 500ms"
	$session resize-window -x 40 -y 10
	wait_for 'the bar' shows '^\[[#.]+\]'
	wait_for 'the end' shows '^exit code'
}

case_ctrl_c_on_a_terminal() {
	on_terminal "$NETMEM_CHECK watch --for 60s --drain 500ms"
	wait_for 'the bar' shows '^\[[#.]+\]'
	$session send-keys C-c
	wait_for 'the end' shows '^exit code [03]'
	expect_screen '^netmem-check: '
}

case_plain_lines_without_a_terminal() {
	check '0|3' watch --scenario tcp --drain 1s
	expect_output '^watching [0-9.]+ (ms|s).*: [0-9]+ pools? .*events?'
	expect_output '^netmem-check: (PASS|INCONCLUSIVE)$'
	! grep -q "$(printf '\033')" "$tmp/out" || fail 'escape codes in plain output'
}

run_cases "$@"
