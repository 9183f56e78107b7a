# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (4) The shadow's memory for each GiB of RAM.

: "${check:?}"

measure_memory() {
	bytes=$("$check" probe --json | jq -r '.shadow.bytes // empty')
	ram=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	if [ -z "$bytes" ]; then
		row_skipped 'shadow for a GiB of RAM' MiB 'netmem-check probe told no shadow'
		return
	fi
	row 'shadow for a GiB of RAM' MiB \
		"$(calculate "($bytes / 1048576) / ($ram / 1048576)" %.3f)" '' '' '' '<=4'
}
