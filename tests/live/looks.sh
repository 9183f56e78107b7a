#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# limit: 240
# Pools that never come to an end of their traffic are compared with their pages
# all the same, and a difference is found. NETMEM_REPEAT: runs of each case.
. "${0%/*}/lib.sh"

: "${NETMEM_REPEAT:=1}"

# traffic RATE SECONDS: both ways between two veths, each with an XDP program
# of its own and so with pools, over the end of the watch
traffic() {
	if ! [ "${far:-}" ]; then
		veth 1500
		xdp_on dut0 netmem_pass
		xdp_on far0 netmem_pass
		in_background iperf3 --server --port 5201 >/dev/null 2>&1
		wait_for 'iperf3 listens' listens 5201
	fi
	in_background nsenter --target "$far" --net -- iperf3 --client $DUT_ADDR \
		--port 5201 --parallel 8 --bidir --time "$2" --bitrate "$1" \
		>/dev/null 2>&1
	client=$pid
	wait_for 'traffic flows' has_connections
}

has_connections() {
	[ "$(ss -Htn state established sport = :5201 | wc -l)" -ge 16 ]
}

end_traffic() {
	kill -KILL "$client"
	wait "$client" 2>/dev/null
	wait_for 'connections are gone' has_none
}

has_none() {
	[ "$(ss -Htn state established sport = :5201 | wc -l)" -eq 0 ]
}

# watched CODES OPTIONS ARGUMENT...: a watch within the traffic
watched() {
	codes=$1 knobs=$2
	shift 2
	NETMEM_TEST=$knobs check "$codes" run --for 3s --drain 500ms \
		--json "$json" "$@"
	kill -0 "$client" 2>/dev/null || fail 'the traffic ended before the watch'
}

# looks FILTER: comparisons while the watch went on; how many are so
looks() {
	jq -c "objects | select(.t == \"count\" and .during) | select($1)" \
		"$tmp/recording" | wc -l
}

case_modest_traffic_passes() {
	for _ in $(seq "$NETMEM_REPEAT"); do
		traffic 20M 60
		watched '0|3' ''
		end_traffic
		echo "exit $code, $(jq -c '[.coverage.events, .coverage.share,
			.reason_codes, .warning_codes]' "$json")"
		clean_or_lossy
		holds '.reason_codes | index("never_at_rest") | not' \
			'all pools were compared'
	done
}

# slow
case_full_rate_never_fails() {
	for _ in $(seq "$NETMEM_REPEAT"); do
		traffic 0 60
		watched '0|3' ''
		end_traffic
		echo "exit $code, $(jq -c '[.coverage.events, .coverage.share,
			.reason_codes, .warning_codes]' "$json")"
		clean_or_lossy
	done
}

# On a machine that loses events a watch may find nothing; it never passes.
case_a_difference_is_found_under_traffic() {
	traffic 1M 100
	for _ in 1 2 3 4 5; do
		watched '1|3' unmarked-page --record "$tmp/recording"
		[ "$code" -ne 1 ] || break
	done
	[ "$code" -eq 1 ] || fail 'five watches did not find it'
	holds '[.findings[].check] == ["count_mismatch"]' 'count_mismatch'
	[ "$(looks '.quiet and .scan == .shadow - 1')" -gt 1 ] ||
		fail 'no two looks at rest that saw the difference'
}

case_a_difference_is_found_at_rest() {
	veth 1500
	xdp_on dut0 netmem_pass
	NETMEM_TEST=unmarked-page check 1 run --drain 1s --json "$json" -- \
		nsenter --target "$far" --net -- "$traffic_tool" send \
		--to $DUT_ADDR --port 9 --proto udp --bytes 4000 --size 1000
	holds '[.findings[].check] == ["count_mismatch"]' 'count_mismatch'
	NETMEM_TEST=unmarked-page check 1 audit
	expect_output count_mismatch
}

# A recording of it gives the verdict of the watch.
case_a_recording_of_moving_pools_replays() {
	traffic 20M 60
	watched '0|3' '' --record "$tmp/recording"
	[ "$(looks .quiet)" -gt 0 ] || fail 'no pool was met at rest'
	[ "$(looks '.tries < 2 or .tries > 20')" -eq 0 ] || fail 'not 2 to 20 tries'
	verdict=$(jq -c '[.verdict, .reason_codes, .warning_codes]' "$json")
	check "$code" report --format json "$tmp/recording"
	replayed=$(jq -c '[.verdict, .reason_codes, .warning_codes]' "$tmp/out")
	[ "$verdict" = "$replayed" ] || fail "watched $verdict, replayed $replayed"
}

run_cases "$@"
