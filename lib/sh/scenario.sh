# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What a scenario says, and what it asserts; NETMEM_SCENARIO is its name.

# say TEXT...: what has been done, on standard output
say() {
	echo "$NETMEM_SCENARIO: $*"
}

# fail TEXT...: exit 1
fail() {
	echo "$NETMEM_SCENARIO: $*" >&2
	exit 1
}

# assert_above MINIMUM NUMBER WHAT
assert_above() {
	[ "${2:-0}" -gt "$1" ] || fail "only ${2:-0} $3, expected more than $1"
}
