#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Names that are no UTF-8 reach reports and recordings as text.
. "${0%/*}/lib.sh"

# dut0 gets a name that no text is; sets $hostile
rename_dut0() {
	hostile=$(printf 'eth\3770')
	ip link set dut0 down
	ip link set dut0 name "$hostile" || skip 'ip refuses the name'
	ip link set "$hostile" up
}

case_device_and_command() {
	veth 1500
	xdp_on dut0 netmem_pass
	rename_dut0
	check '0|3' run --for 1s --drain 200ms --json "$tmp/json" \
		--record "$tmp/recording" -- sh -c 'sleep 1' "$(printf 'a\303')"
	jq -e '.command[-1] == "a\\xc3"' "$tmp/json" >/dev/null ||
		fail 'the word of the command is not escaped'
	jq -e '[.. | objects | .device?] | index("eth\\xff0")' "$tmp/json" >/dev/null ||
		fail 'the device is not escaped'
	check '0|3' report --format json "$tmp/recording"
	jq -e '[.. | objects | .device?] | index("eth\\xff0")' "$tmp/out" >/dev/null ||
		fail 'a replay has another name'
}

run_cases "$@"
