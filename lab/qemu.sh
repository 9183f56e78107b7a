# SPDX-License-Identifier: GPL-2.0
#
# Which QEMU the lab's tools run. Sourced, after message.sh and cache.sh of
# lib/sh; $lab is set.

# find_qemu: sets LAB_QEMU, for all that is run from here, unless it is set: to
# the one in the cache, or to one that is built now, which takes minutes and so
# is said.
find_qemu() {
	if [ ! "${LAB_QEMU:-}" ]; then
		LAB_QEMU=$("$lab/qemu/build" --cached) || {
			tell "LAB_QEMU is not set, and '$NETMEM_CACHE' has no QEMU of these sources; building it, for minutes"
			LAB_QEMU=$("$lab/qemu/build") || die "no QEMU"
		}
	fi
	export LAB_QEMU
	"$LAB_QEMU" -device mvneta,help >/dev/null 2>&1 ||
		die "'$LAB_QEMU' does not start, or has no mvneta; unset LAB_QEMU, or remove its folder, and try again"
}
