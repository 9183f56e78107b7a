#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A recording replayed gives what the live session gave.
. "${0%/*}/lib.sh"

# What must be the same: all but what only a living kernel has. A recording
# knows every dropped suspicion, a live session those with an evidence slot.
SAME='{verdict, exit_code, kernel, tier, drain_ms, command, shadow, findings,
	dropped: (.dropped | keys), undecided, workload_failed, xdp, counters, duration_ms,
	pools_gone, coverage: (.coverage | {events, conclusive, share, threshold, checks}),
	pools: [.pools[] | del(.hold_stack)] | sort_by(.slot, .life)}'

# same_again SCENARIO KNOBS OPTION...
same_again() {
	export NETMEM_TEST="$2"
	scenario=$1
	shift 2
	check '0|3' run --scenario "$scenario" --drain 2s --json "$json" \
		--record "$tmp/recording" "$@"
	unset NETMEM_TEST
	verdict_is_code
	live=$code
	jq -S "$SAME" "$json" >"$tmp/live"
	check $live report --format json "$tmp/recording"
	jq -S "$SAME" "$tmp/out" >"$tmp/replayed" || fail 'report prints no JSON'
	jq -e '.coverage.events > 0 and (.pools | length) +
		.pools_gone.pools > 0' "$tmp/replayed" \
		>/dev/null || fail 'the replay is empty'
	diff "$tmp/live" "$tmp/replayed" >"$tmp/out" ||
		fail 'live (<) and replayed (>) differ'
	check $live report "$tmp/recording"
	expect_output "^netmem-check: $(jq -r .verdict "$json")\$"
	check $live report --format text "$tmp/recording"
	check $live report --format ktap "$tmp/recording"
	expect_output '^KTAP version 1$'
}

case_tcp() {
	same_again tcp ''
}

case_pools_come_and_go() {
	same_again xdp-swap ''
}

case_stalled() {
	same_again unread-socket ''
	stalled_and_held
}

case_with_losses() {
	same_again tcp swallow-hold-every=7
	[ "$live" = "$INCONCLUSIVE" ] || fail "verdict $live, not INCONCLUSIVE"
}

case_with_losses_and_no_threshold() {
	same_again link-flap swallow-hold-every=3 --coverage 0
}

# as_printed COMMAND...: what looks once is rendered again as it was printed
as_printed() {
	check '0|3' "$@" --record "$tmp/recording"
	live=$code
	cp "$tmp/out" "$tmp/live"
	check "$live" report "$tmp/recording"
	diff "$tmp/live" "$tmp/out" || fail 'live (<) and rendered (>) differ'
	check "$live" report --format json "$tmp/recording"
	jq -e . "$tmp/out" >/dev/null || fail 'report prints no JSON'
}

case_audit() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 2
	as_printed audit
	expect_output '"name": "dut0'
}

case_holders() {
	veth 1500
	stall
	as_printed holders
	jq -e '.walks.count > 0 and any(.pools[]; .held.out > 0)' "$tmp/out" \
		>/dev/null || fail 'the recording has no walk'
	unstall
}

case_probe() {
	as_printed probe
	check 2 report --format ktap "$tmp/recording"
	expect_error 'has no ktap report'
}

run_cases "$@"
