#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A recording replayed gives what the live session gave.
. "${0%/*}/lib.sh"

# what must be the same: everything but what only a living kernel has
SAME='{verdict, exit_code, kernel, tier, drain_ms, command, shadow, findings,
	dropped, undecided, workload_failed, xdp, counters, duration_ms,
	coverage: (.coverage | {events, conclusive, share, threshold, checks}),
	pools: [.pools[] | del(.hold_stack)] | sort_by(.slot, .life)}'

# same_again SCENARIO KNOBS
same_again() {
	NETMEM_TEST=$2 check '0|3' run --scenario "$1" --drain 2s --json "$json" \
		--record "$tmp/recording"
	verdict_is_code
	live=$code
	jq -S "$SAME" "$json" >"$tmp/live"
	check $live report --format json "$tmp/recording"
	jq -S "$SAME" "$tmp/out" >"$tmp/replayed" || fail 'report prints no JSON'
	jq -e '.coverage.events > 0 and (.pools | length > 0)' "$tmp/replayed" \
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
	[ "$live" = "$INCONCLUSIVE" ] || fail "verdict $live, not INCONCLUSIVE"
	holds '[.findings[].check] == ["stalled_shutdown"]'
}

case_with_losses() {
	same_again tcp swallow-hold-every=7
	[ "$live" = "$INCONCLUSIVE" ] || fail "verdict $live, not INCONCLUSIVE"
}

run_cases "$@"
