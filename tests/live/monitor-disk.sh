#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A monitor whose disk is full.
# slow
. "${0%/*}/lib.sh"
# shellcheck source=tests/live/monitor.lib
. "$root/tests/live/monitor.lib"

# It stops storing, not watching, and goes on when there is room.
case_full_disk() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	mkdir "$tmp/small" && mount -t tmpfs -o size=600k none "$tmp/small"
	db=$tmp/small/store.db
	monitor --store "$db"
	dd if=/dev/zero of="$tmp/small/filler" bs=4k 2>/dev/null
	wait_until 30 grep -q 'cannot store .*tried again' "$tmp/err" ||
		fail 'it does not say that the disk is full'
	rm "$tmp/small/filler"
	wait_until 15 grep -q 'stored into again' "$tmp/err" ||
		fail 'it does not go on'
	end_monitor TERM '0|3'
	has "SELECT count(*) FROM gaps WHERE why = 'not_stored'" ||
		fail 'the gap is not shown'
	[ "$(ask 'PRAGMA integrity_check')" = ok ] || fail 'the store is damaged'
	umount "$tmp/small"
}

run_cases "$@"
