#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A monitor whose disk is full, or whose store cannot be opened anew.
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

# After SIGHUP: it is tried again, and the time between is a gap.
case_reopened_later() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor --store "$db" --listen :0
	wait_for 'samples' has 'SELECT count(*) FROM runs WHERE last > started'
	rm "$db" "$db-wal" "$db-shm"
	mkdir "$db"
	kill -HUP "$checker"
	wait_for 'its message' grep -q 'opening it is tried again' "$tmp/err"
	sleep 13
	[ "$(grep -c 'cannot store into' "$tmp/err")" -eq 1 ] ||
		fail 'it says the same again and again'
	rmdir "$db"
	wait_until 15 grep -q 'stored into again; samples missed: [12]' "$tmp/err" ||
		fail 'it does not go on'
	wait_for 'samples' has 'SELECT count(*) FROM runs WHERE last > started'
	curl -sf "http://127.0.0.1:$port/metrics" |
		grep -q '^netmem_samples_not_stored_total [1-9]' ||
		fail 'no metric says so'
	end_monitor TERM '0|3'
	has "SELECT count(*) FROM runs WHERE ended" || fail 'the run has no end'
}

run_cases "$@"
