# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (4) The shadow's memory for each GiB of RAM, without and with the function
# tier, which has a struct page_note (model/records.h) for each of its words.

: "${check:?}"

PAGE_NOTE=24

measure_memory() {
	shadow=$("$check" probe --json)
	bytes=$(echo "$shadow" | jq -r '.shadow // empty | .bytes + .net_iov_bytes')
	# a sparse shadow has no notes
	frames=$(echo "$shadow" | jq -r '.shadow | select(.kind == "array") | .frames // empty')
	ram=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	if [ -z "$bytes" ]; then
		row_skipped 'shadow for a GiB of RAM' MiB 'netmem-check probe told no shadow'
		return
	fi
	row 'shadow for a GiB of RAM' MiB \
		"$(calculate "($bytes / 1048576) / ($ram / 1048576)" %.3f)" '' '' '' '<=4'
	[ -z "$frames" ] ||
		row 'the same, function tier' MiB \
			"$(calculate "(($bytes + $PAGE_NOTE * $frames) / 1048576) / ($ram / 1048576)" %.3f)" \
			'' '' '' ''
}
