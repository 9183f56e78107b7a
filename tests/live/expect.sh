#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What --expect asks of a watch, its replay, and an audit; and the kernel's own
# counters and statistics of a pool, which some of it is about.
. "${0%/*}/lib.sh"

# results WHAT RESULT...: of all expectations of the report, in their order
results() {
	what=$1
	shift
	want=$(jq -cn '$ARGS.positional' --args -- "$@")
	holds "[.expectations[].result] == $want" "$what"
}

# again CODES: the recording's verdict and expectations are those of the watch
again() {
	jq -c '[.verdict, .expectations]' "$json" >"$tmp/live"
	check "$1" report --json="$json" "$tmp/record.jsonl"
	jq -c '[.verdict, .expectations]' "$json" >"$tmp/replayed"
	cmp -s "$tmp/live" "$tmp/replayed" || {
		cat "$tmp/live" "$tmp/replayed" >"$tmp/out"
		fail 'the replay expects otherwise'
	}
}

case_met() {
	check '0|3' run --scenario tcp --drain 2s --json "$json" \
		--record "$tmp/record.jsonl" --expect 'events>=1' \
		--expect 'findings==0' --expect 'pools>=1' --expect 'dut0:pools==1'
	clean_or_lossy
	results 'all are met' met met met met
	again '0|3'
	check '0|3' report "$tmp/record.jsonl"
	expect_output 'expected findings == 0, got 0$'
}

case_failed() {
	check 1 run --scenario tcp --drain 2s --json "$json" \
		--record "$tmp/record.jsonl" --expect 'events<1' --expect 'findings<1'
	no_findings
	results 'too many events' failed met
	holds '.verdict == "FAIL" and (.reason_codes | index("expectation_failed"))' \
		'the reason'
	again 1
	check 1 report "$tmp/record.jsonl"
	expect_output 'expected events < 1, got [0-9]*$'
	check 1 report --format ktap "$tmp/record.jsonl"
	expect_output '^not ok [0-9]* expect events<1$'
	expect_output '^ok [0-9]* expect findings<1$'
}

# Known by the function tier, or where the kernel keeps statistics
case_known_or_not() {
	check '0|3' run --tier tracepoint --scenario tcp --drain 2s --json "$json" \
		--record "$tmp/record.jsonl" --expect 'recycled>=0%' --expect 'slow>=0' \
		--expect 'no-such-device:events>=0'
	no_findings
	if [ "$(jq -r .statistics "$json")" = none ]; then
		results 'nobody knows' unknown unknown unknown
		holds 'all(.pools[]; .stats == null)' 'no statistics'
	else
		results 'the kernel knows' met met unknown
		holds 'any(.pools[]; .stats.alloc_fast > 0)' 'statistics'
	fi
	holds '.verdict == "INCONCLUSIVE"' 'what is not known is no PASS'
	again 3
}

case_a_later_question() {
	check '0|3' run --scenario tcp --drain 2s --json "$json" \
		--record "$tmp/record.jsonl"
	results 'nothing is expected'
	check 1 report --expect 'events<1' --json="$json" "$tmp/record.jsonl"
	results 'asked of the recording' failed
}

case_an_audit() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 1
	check 1 audit --expect 'pools<1' --expect 'dut0:out>=0' --json
	cp "$tmp/out" "$json"
	holds '.expectations[0].result == "failed" and .expectations[0].got > 0' \
		'there are pools'
	check 1 audit --expect 'pools<1'
	expect_output '^FAIL  *expected pools < 1, got'
}

# What entered and left since a pool was made is all that it has.
case_the_kernels_counters() {
	check '0|3' run --scenario tcp --drain 2s --json "$json"
	holds 'any(.pools[]; .judged and .usage.entered > 0)' 'pages entered'
	holds 'all(.pools[] | select(.judged and .state == "active" and .quiet and
		.born_seen); .usage.since == "watch" and .usage.entered == .hold and
		.usage.left == .release)' 'the same as the last count'
}

run_cases "$@"
