#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kill -9 of a monitor at 30 random moments under traffic: the store opens each
# time, and no event is lost by it.
# limit: 600
# slow
. "${0%/*}/lib.sh"
# shellcheck source=tests/live/monitor.lib
. "$root/tests/live/monitor.lib"

ROUNDS=30

# up_to MS: a random time
up_to() {
	random=$(od -An -N2 -tu2 /dev/urandom)
	random=$((random * $1 / 65536))
	sleep "$((random / 1000)).$(printf %03d $((random % 1000)))"
}

# More than the pool can keep goes out and comes back, so that pages enter and leave.
waves() {
	until [ -e "$tmp/stop" ]; do
		"$traffic_tool" hold --port 5202 --bytes 2000000 \
			--release-after 1 >/dev/null &
		holder=$!
		until listens 5202; do sleep 0.1; done
		far "$traffic_tool" send --to $DUT_ADDR --port 5202 \
			--bytes 2000000 --size 1000 >/dev/null
		wait "$holder"
	done 2>/dev/null
}

# What the kernel counted of dut0's pool, and what windows have, in the report
counted() {
	own_report | jq -r '.pools[] | select(.device == "dut0" and .quiet) |
		"\(.hold + .release) \(.events) \(.conclusive) \(.gaps)"'
}

case_thirty_times() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	own_run
	attach
	veth 1500
	xdp_on dut0 netmem_pass
	monitor --for 2s --store "$db"
	end_check '0|3' 'netmem-check monitor'
	waves &
	waves=$!
	background="$background $waves"
	round=0
	before=0
	while [ $round -lt $ROUNDS ]; do
		round=$((round + 1))
		start_check monitor --store "$db"
		# From its first step on, into its store and windows
		up_to 3000
		kill -KILL "$checker"
		wait "$checker" 2>/dev/null
		[ -e $PINS/description ] || fail 'the pins went with the monitor'
		[ "$(ask 'PRAGMA integrity_check')" = ok ] ||
			fail "round $round: the store is damaged"
		events=$(ask 'SELECT coalesce(max(events), 0) FROM samples')
		[ "$events" -ge "$before" ] || fail "round $round: events are gone"
		before=$events
	done
	: >"$tmp/stop"
	wait "$waves"
	monitor --store "$db" --json "$json"
	wait_for 'samples' has 'SELECT count(*) > 2 FROM samples
		WHERE time > (SELECT max(started) FROM runs)'
	end_monitor TERM '0|3'
	verdict_is_code
	no_findings
	counts=$(counted)
	[ "$counts" ] || fail 'the pool does not rest'
	# shellcheck disable=SC2086 # words
	set -- $counts
	echo "kernel $1, events $2, conclusive $3, gaps $4;" \
		"runs $(ask 'SELECT count(*) FROM runs'), samples" \
		"$(ask 'SELECT count(*) FROM samples'), gaps shown" \
		"$(ask 'SELECT count(*) FROM gaps')"
	[ "$1" -gt 10000 ] || fail 'too little traffic'
	[ "$2" -ge "$before" ] || fail 'the report has less than the store'
	# Events in windows are the kernel's; what was lost is in gaps.
	[ "$1" -eq "$2" ] || fail "$1 events by the kernel, $2 in windows"
	[ "$3" -eq "$2" ] || [ "$4" -gt 0 ] || fail 'losses that are not shown'
	[ "$(ask 'SELECT count(*) FROM epochs')" = 1 ] || fail 'not one epoch'
	detach
}

run_cases "$@"
