#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# JSON and KTAP are contracts: what is documented is there.
. "${0%/*}/lib.sh"

case_json_has_what_is_documented() {
	check '0|3' run --scenario unread-socket --drain 1s --json "$json"
	verdict_is_code
	holds '.schema == "netmem-check/1"'
	holds '.kernel == "'"$(uname -r)"'"' 'the kernel'
	holds '.machine == "'"$(uname -m)"'"' 'the machine'
	holds '.coverage | .events >= .conclusive and .share >= 0 and .share <= 1 and
		.threshold == 0.95 and (.checks.active | length > 0) and
		(.checks.blind | all(.check != "" and (.code | type == "string") and .why != "")) and
		(.hooks | all(.hook != "" and .how != ""))' 'the coverage'
	holds '[.pools, .xdp, .findings, .losses, .reasons, .warnings, .notes] |
		all(type == "array")' 'the lists'
	holds '[.reason_codes, .warning_codes, .note_codes | map(type == "string")] ==
		[.reasons, .warnings, .notes | map(true)]' 'a code for each text'
	holds '.pools | length > 0 and all(has("device") and has("inflight") and
		has("events") and has("gaps") and has("state") and has("oldest_ms"))' \
		'the pools'
	holds '.findings | length > 0 and all(.count > 0 and
		(.check | test("^[a-z_]+$")) and
		(.severity | IN("FAIL", "WARN", "INCONCLUSIVE")) and
		(.evidence | has("pool") and has("device") and has("hold_stack")))' \
		'the findings and their evidence'
	holds '.findings[0].evidence.hold_stack | any(test("page_pool_alloc"))' \
		'a symbolised stack'
	holds '.command | length == 2' 'the workload'
}

# Each check is either active or blind, and none is both.
case_every_check_is_active_or_blind() {
	check '0|3' run --for 200ms --drain 200ms --json "$json"
	check 0 checks --json
	jq -S '[.[].check] | sort' "$tmp/out" >"$tmp/all"
	jq -S '.coverage.checks | [.active[], .blind[].check] | sort' "$json" |
		diff "$tmp/all" - >"$tmp/out" || fail 'active and blind are not all checks'
}

case_json_to_standard_output() {
	check '0|3' run --for 200ms --drain 200ms --json -
	jq -e --argjson code "$code" '.exit_code == $code' "$tmp/out" >/dev/null ||
		fail 'standard output is not one JSON report'
}

# What the workload prints must not get into it.
case_json_to_standard_output_beside_a_workload() {
	check '0|3' run --drain 200ms --json - -- echo 'workload speaks'
	jq -e --argjson code "$code" '.exit_code == $code' "$tmp/out" >/dev/null ||
		fail 'standard output is not one JSON report'
}

case_json_of_idle_system_is_no_pass() {
	check '0|3' run --for 200ms --drain 200ms --json "$json"
	holds '.coverage.events == 0' 'no events without a pool of ours'
	[ "$code" = "$INCONCLUSIVE" ] || fail 'PASS although nothing was looked at'
}

# ktap_is_sound: plan, numbers, and the verdict's line
ktap_is_sound() {
	awk -v code="$code" '
		NR == 1 { if ($0 != "KTAP version 1") bad("no version line") }
		/^1\.\./ { plan = substr($0, 4); plans++ }
		/^(not )?ok / {
			number = /^not/ ? $3 : $2
			if (number != ++count) bad("number " number " is not " count)
			last = $0
		}
		!/^(KTAP version 1$|1\.\.|#|ok [0-9]|not ok [0-9])/ { bad("line: " $0) }
		function bad(why) { print why; failed = 1 }
		END {
			if (plans != 1 || plan != count) bad("plan " plan ", " count " results")
			if (last !~ (code == 0 ? "^ok" : "^not ok")) bad("last line: " last)
			exit failed
		}' "$tmp/out" >>"$tmp/err" || fail 'no sound KTAP'
}

case_ktap_of_a_good_run() {
	check '0|3' run --scenario xdp-pass --drain 1s --ktap --json "$json"
	ktap_is_sound
	[ "$(grep -c '# SKIP' "$tmp/out")" = "$(jq '.coverage.checks.blind | length' "$json")" ] ||
		fail 'not each blind check is a SKIP'
}

# Into a file it leaves standard output to the text, or to JSON.
case_ktap_to_a_file() {
	check '0|3' run --for 200ms --drain 200ms --ktap="$tmp/ktap"
	expect_output '^netmem-check: (PASS|INCONCLUSIVE)'
	! grep -q '^KTAP' "$tmp/out" || fail 'KTAP on standard output as well'
	cp "$tmp/ktap" "$tmp/out"
	ktap_is_sound
	check '0|3' run --for 200ms --drain 200ms --ktap="$tmp/ktap" --json -
	jq -e --argjson code "$code" '.exit_code == $code' "$tmp/out" >/dev/null ||
		fail 'standard output is not one JSON report'
	cp "$tmp/ktap" "$tmp/out"
	ktap_is_sound
}

case_ktap_as_standard_output_by_name() {
	check '0|3' run --for 200ms --drain 200ms --ktap=- --json "$json"
	ktap_is_sound
	verdict_is_code
}

case_ktap_of_a_stall() {
	check '0|3' run --scenario unread-socket --drain 1s --ktap
	ktap_is_sound
	expect_output '^ok [0-9]+ stalled_shutdown$'
	expect_output '^# warning: stalled_shutdown: '
	expect_output '^# warning: dut0(/[0-9])?( id [0-9]+)?: .* tcp 10\.200\.0\.1:5201 '
}

run_cases "$@"
