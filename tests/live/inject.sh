#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A system call fails: no crash, words and an exit code or a right answer, and
# nothing is left. Some of all calls, others each time; inject-all.sh has all.
# limit: 600
: "${INJECT_SECONDS=3}"
. "${0%/*}/lib.sh"
# shellcheck source=tests/inject.sh
. "$root/tests/inject.sh"

nothing() {
	:
}

# By these libbpf finds out what the kernel can; they end the run early.
case_first_calls() {
	veth 1500
	need_strace
	before=nothing after=nothing_left command=audit wrong=0 runs=0 injected=0
	for number in $(seq 2 2 24); do
		fail_once "$number" bpf EPERM
	done
	none_wrong
}

case_run() {
	veth 1500
	inject nothing nothing_left run -i dut0 --xdp pass --for 300ms \
		--drain 300ms --json "$json" --record "$tmp/recording"
}

case_workload() {
	veth 1500
	inject nothing nothing_left run -i dut0 --drain 300ms -- sleep 0.2
}

case_looks() {
	veth 1500
	inject nothing nothing_left audit
	inject nothing nothing_left holders
}

case_report() {
	veth 1500
	check '0|3' run -i dut0 --for 300ms --drain 300ms --record "$tmp/seen"
	for format in text json ktap; do
		inject nothing nothing_left report --format $format "$tmp/seen"
	done
}

# ---- the pinned mode ----

free_pins() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; end_background' EXIT
}

be_attached() {
	[ -e $PINS/description ] || "$NETMEM_CHECK" attach >"$tmp/out" 2>"$tmp/err" ||
		fail 'cannot attach'
}

# attached_or_nothing WHAT: never something in between
attached_or_nothing() {
	if [ -e $PINS ]; then
		"$NETMEM_CHECK" status >"$tmp/status" 2>&1
		case $? in
		0 | 3) ;;
		*) fail "$1: $(cat "$tmp/status")" ;;
		esac
		"$NETMEM_CHECK" detach >/dev/null 2>&1
	fi
	nothing_left "$1"
}

# still_attached WHAT: a reader takes nothing away
still_attached() {
	[ -e $PINS/description ] || fail "$1: the pinned state is gone"
}

# detached WHAT: or another one can do it
detached() {
	[ ! -e $PINS ] || "$NETMEM_CHECK" detach >/dev/null 2>&1
	nothing_left "$1"
}

case_attach() {
	free_pins
	veth 1500
	inject nothing attached_or_nothing attach
}

case_readers() {
	free_pins
	veth 1500
	inject be_attached still_attached status
	inject be_attached still_attached report --pinned
	detach
}

case_detach() {
	free_pins
	veth 1500
	inject be_attached detached detach
}

run_cases "$@"
