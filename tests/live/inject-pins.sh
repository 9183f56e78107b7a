#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# As inject.sh, with what attaches, reads and detaches pinned hooks. Never is there
# something in between; inject-pins-all.sh has all calls.
# limit: 600
: "${INJECT_SECONDS=3}"
. "${0%/*}/lib.sh"
# shellcheck source=tests/inject.sh
. "$root/tests/inject.sh"

free_pins() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; end_background' EXIT
	veth 1500
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
	inject nothing attached_or_nothing attach
}

case_status() {
	free_pins
	inject be_attached still_attached status
	detach
}

case_report_pinned() {
	free_pins
	inject be_attached still_attached report --pinned
	detach
}

case_detach() {
	free_pins
	inject be_attached detached detach
}

# Where it cannot detach what it attached, detach does.
case_monitor() {
	free_pins
	inject nothing detached monitor -i dut0 --for 300ms \
		--store "$tmp/store.db" --listen "unix:$tmp/socket" --json="$json"
}

run_cases "$@"
