#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What only changes what is printed leaves verdict and exit code alone: those
# options of tests/display/options that take a running kernel.
. "${0%/*}/lib.sh"

# what_it_says FILE: verdict and what it stands on, of a JSON report
what_it_says() {
	jq -S '{verdict, exit_code, reasons, warnings, findings}' "$1"
}

# says_the_same FILE WHAT: as $json
says_the_same() {
	what_it_says "$json" >"$tmp/one"
	what_it_says "$1" | diff "$tmp/one" - >"$tmp/out" || fail "$2 says something else"
}

# three_formats_agree: text in $tmp/out, KTAP and JSON of one session
three_formats_agree() {
	verdict_is_code
	expect_output "^netmem-check: $(jq -r .verdict "$json")\$"
	case $code in
	"$PASS") tail -n 1 "$tmp/ktap" | grep -q '^ok [0-9]* verdict$' ;;
	*) tail -n 1 "$tmp/ktap" | grep -q '^not ok [0-9]* verdict$' ;;
	esac || fail 'KTAP has another verdict'
	jq -r '.verdict as $verdict | .reasons[] | "# \($verdict): \(.)"' "$json" |
		while read -r reason; do
			grep -qxF "$reason" "$tmp/ktap" || fail "KTAP lacks: $reason"
		done || exit
}

case_formats_of_a_run() {
	check '0|3' run --scenario unread-socket --drain 1s --json "$json" \
		--ktap="$tmp/ktap"
	three_formats_agree
}

case_formats_of_a_watch() {
	check '0|3' watch --scenario xdp-pass --drain 1s --json "$json" \
		--ktap="$tmp/ktap"
	three_formats_agree
}

# One session, reported with --min-age and without it
case_min_age_of_a_run() {
	check '0|3' run --scenario unread-socket --drain 1s --min-age 1h \
		--json "$json" --record "$tmp/recording"
	verdict_is_code
	young=$code
	cp "$tmp/out" "$tmp/young"
	check "$young" report --format json "$tmp/recording"
	cp "$tmp/out" "$tmp/again.json"
	says_the_same "$tmp/again.json" 'its recording'
	check "$young" report --min-age 0s --format json "$tmp/recording"
	cp "$tmp/out" "$tmp/all.json"
	says_the_same "$tmp/all.json" 'a report without --min-age'
	check "$young" report --min-age 0s "$tmp/recording"
	cp "$tmp/out" "$tmp/all"

	# It did leave something out, and said how much.
	stalled='[.pools[] | select(.state == "stalled")]'
	jq -e "$stalled | any(.pages != [] and .holders != [])" "$tmp/all.json" \
		>/dev/null || fail 'nothing stalled with pages and holders'
	holds "$stalled | all(.pages == [] and .pages_unlisted > 0 and
		.holders_unlisted > 0)" 'nothing young is listed, and it is counted'
	grep -q 'not listed: [0-9]* younger than 1 h' "$tmp/young" ||
		fail 'the text does not count the pages'
	grep -q 'and [0-9]* younger than 1 h' "$tmp/young" ||
		fail 'the text does not count the holders'
	! grep -q 'younger' "$tmp/all" || fail '--min-age 0s leaves something out'
}

# json_as_text OPTION COMMAND...: with OPTION for JSON on standard output, the
# exit code is that of the text; both of a system at rest
json_as_text() {
	option=$1
	shift
	check '0|1|3' "$@"
	text=$code
	[ -s "$tmp/out" ] || fail 'no text'
	check "$text" "$@" "$option"
	cp "$tmp/out" "$json"
	jq -e . "$json" >/dev/null || fail 'no JSON'
}

case_json_of_an_audit() {
	veth 1500
	json_as_text --json audit -i dut0
	verdict_is_code
	stall
	json_as_text --json audit
	verdict_is_code
	unstall
}

# slow
case_json_of_holders() {
	veth 1500
	stall
	json_as_text --json=- holders
	verdict_is_code
	check "$text" holders --json "$json"
	verdict_is_code
	unstall
}

case_json_of_a_probe() {
	json_as_text --json probe
	[ "$text" = "$PASS" ] || fail "exit code $text"
}

case_json_of_attach_and_detach() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	check 0 attach --json
	cp "$tmp/out" "$json"
	holds '.attached and .pools >= 0 and .shadow_bytes > 0' 'what is attached'
	check 0 detach --json="$json"
	expect_output '^detached$'
	holds '.attached | not' 'nothing is attached'
}

case_json_of_a_status() {
	attach
	json_as_text --json status
	verdict_is_code
	check "$text" status --json="$json"
	verdict_is_code
	detach
}

run_cases "$@"
