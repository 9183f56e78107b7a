#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every scenario ends with the verdict that its file announces.
. "${0%/*}/lib.sh"

list_cases() {
	"$root/scenarios/run" --list | cut -d' ' -f1
}

[ "${1:-}" ] || {
	all_cases
	exit
}
[ "$1" != --cases ] || {
	list_cases
	exit
}

expected=$("$root/scenarios/run" --list | awk -v name="$1" '$1 == name { print $2 }')
"$NETMEM_CHECK" run --scenario "$1" --drain 2s --json "$json" \
	>"$tmp/out" 2>"$tmp/err"
code=$?
[ $code -ne $CANNOT ] || skip "$(grep skipped "$tmp/err" || tail -n 1 "$tmp/err")"
holds .workload_failed==false 'the scenario itself succeeded'
holds_pool true 'pools were seen'

case $1 in
unread-socket)
	stalled_and_held
	holds '.pools[] | select(.state == "stalled") | .inflight > 0 and
		(.pages | length > 0) and
		(.pages | length) + .pages_unlisted == .inflight and
		(.pages | all(.frame > 0 and .state != "" and .age_ms >= 0))' \
		'its pages with frame, state and age'
	expect_output 'stalled_shutdown: '
	expect_output 'frame 0x[0-9a-f]+, '
	;;
jumbo)
	# veth's buffers for frames above one page are not aligned
	no_findings_but_fragments
	pass_or_lossy
	;;
*)
	[ "$expected" = PASS ] || fail "this test knows no scenario that ends in '$expected'"
	clean_or_lossy
	;;
esac
