#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Wrong command lines: exit code 2, and a message that names the wrong word.
. "${0%/*}/lib.sh"

# refused REGEX ARGUMENT...
refused() {
	regex=$1
	shift
	check "$USAGE" "$@"
	expect_error "$regex"
	expect_no_crash
	[ ! -s "$tmp/out" ] || fail 'a report in spite of the error'
}

case_no_subcommand() {
	refused 'Usage: netmem-check SUBCOMMAND'
}

case_unknown_subcommand() {
	refused "no subcommand 'frobnicate'" frobnicate
}

case_unknown_option() {
	refused "unrecognized option '--frobnicate'" run --frobnicate
	for command in watch holders audit attach detach status monitor report diff bundle probe xdp checks; do
		refused "unrecognized option '--frobnicate'" $command --frobnicate
	done
}

case_no_such_device() {
	refused "no device 'nosuch0'.*ip link" run -i nosuch0 --for 1s
}

case_xdp_on_no_such_device() {
	refused "no device 'nosuch0'" run -i nosuch0 --xdp drop --for 1s
}

case_xdp_without_device() {
	refused '--xdp needs a device' run --xdp drop --for 1s
}

case_unknown_xdp_action() {
	refused "frobnicate" run -i lo --xdp frobnicate --for 1s
	refused "redirect:nosuch0" run -i lo --xdp redirect:nosuch0 --for 1s
	refused "cpu:banana" run -i lo --xdp cpu:banana --for 1s
}

case_bad_times() {
	for option in --for --drain --min-age; do
		for time in banana -1s '' 5x nan; do
			refused "$option: '$time' is not a time" run "$option=$time"
		done
		for time in 307445734.57m 100000.01d 1e99 inf; do
			refused "$option: '$time' is more than 100000 days" \
				run "$option=$time"
		done
	done
}

case_bad_coverage() {
	for share in banana -1 101 nan ''; do
		refused "--coverage: '$share' is not a percentage" run "--coverage=$share"
	done
}

case_bad_tier() {
	refused "--tier: 'banana' is not auto, tracepoint or function" run --tier banana
}

case_unknown_scenario() {
	refused "no scenario 'banana'" run --scenario banana
}

case_scenario_outside_the_list() {
	refused "no scenario" run --scenario ../../etc/passwd
	refused "no scenario" run --scenario lib
	refused "no scenario|usage" run --scenario ''
}

case_scenario_and_command() {
	refused 'a scenario or a command' run --scenario tcp -- true
}

case_unknown_check() {
	refused "no check 'hold_twise'; did you mean 'hold_twice'" checks hold_twise
}

case_unknown_format() {
	refused "unknown format 'xml'" report --format xml "$0"
}

case_report_of_nothing() {
	refused 'name a recording' report
}

run_cases "$@"
