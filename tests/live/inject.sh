#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A system call fails: no crash, words and an exit code or a right answer, and
# nothing is left. Some of all calls, others each time; inject-all.sh has all.
# limit: 600
: "${INJECT_SECONDS=3}"
. "${0%/*}/lib.sh"
# shellcheck source=tests/inject.sh
. "$root/tests/inject.sh"

case_run() {
	veth 1500
	inject nothing nothing_left run -i dut0 --xdp pass --drain 300ms \
		--json "$json" --record "$tmp/recording" -- sleep 0.2
}

case_audit() {
	veth 1500
	inject nothing nothing_left audit --json="$json"
}

case_holders() {
	veth 1500
	inject nothing nothing_left holders --json="$json"
}

case_probe() {
	veth 1500
	inject nothing nothing_left probe
}

case_report() {
	veth 1500
	check '0|3' run -i dut0 --for 300ms --drain 300ms --record "$tmp/seen"
	for format in text json ktap; do
		inject nothing nothing_left report --format $format "$tmp/seen"
	done
}

run_cases "$@"
