#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A kernel selftest: page pools under netmem-check's own traffic, or under that
# of another selftest. kselftest's runner reads the TAP and the exit status.
#
#	NETMEM_CHECK     the program, if it is not found by PATH
#	NETMEM_SCENARIO  which traffic (netmem-check run --scenario list)
#	NETMEM_COMMAND   another test to be run under the watch, in place of it
#	NETMEM_HOW       fail: INCONCLUSIVE is a failure, and not a skip

check=${NETMEM_CHECK:-netmem-check}
if ! command -v "$check" >/dev/null; then
	echo "1..0 # SKIP $check is not installed"
	exit 4
fi
if [ "${NETMEM_COMMAND:-}" ]; then
	exec "$check" run --tap --kselftest="${NETMEM_HOW:-skip}" \
		-- sh -c "$NETMEM_COMMAND"
fi
exec "$check" run --tap --kselftest="${NETMEM_HOW:-skip}" \
	--scenario "${NETMEM_SCENARIO:-tcp}"
