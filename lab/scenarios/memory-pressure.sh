#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP while free memory is below the low watermark, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
. /lab/lib.sh

# Below the low watermark the kernel reclaims in the background, and gives no
# pages in bulk, as page pools ask for them. There is no swap and no disk, so
# that little can be reclaimed, and a process that meets the minimum would be
# killed: that one stays far below. Huge pages fill memory.

vm=/proc/sys/vm
min=16384 free=32768 # kB

# memory NAME: in kB
memory() {
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

# event NAME: how often, since the boot
event() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

# low: the watermark, in kB
low() {
	awk '$1 == "low" { n += $2 } END { print n * 4 }' /proc/zoneinfo
}

fill() {
	pages=$(($(memory HugePages_Total) + ($(memory MemFree) - free) / 2048))
	echo $pages >$vm/nr_hugepages
	is_low
}

is_low() {
	[ "$(memory MemFree)" -lt "$(low)" ] ||
		fail "$(memory MemFree) kB are free, no fewer than the low watermark of $(low)"
}

echo $min >$vm/min_free_kbytes
# low = min + 3 % of memory
echo 300 >$vm/watermark_scale_factor
start_tcp --reverse
runs=$(event pageoutrun)
while turning; do
	fill
	turned 'memory is filled'
	is_low
	least=$(memory MemFree)
	# moves what fills memory, around the pages of the pools
	echo 1 >$vm/compact_memory
	echo $((pages - 32)) >$vm/nr_hugepages
	turned 'memory is freed'
done
assert_above "$runs" "$(event pageoutrun)" 'runs of background reclaim'
echo 0 >$vm/nr_hugepages
finish
say "$least of $(memory MemTotal) kB were free, low watermark $(low) kB, $(event pageoutrun) runs of background reclaim"
