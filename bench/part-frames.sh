# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (2) XDP live frames a second into a veth: an empty XDP program, ours, ours
# with an armed netmem-check (whose inspectors then run on sampled frames), and
# xdp-bench.

: "${tools:?}" "${tmp:?}" "${far:?}"

# attach OBJECT PROGRAM: to dut0, in place of what is there
attach() {
	ip -force link set dev dut0 xdpdrv obj "$1" program "$2" ||
		fail "cannot attach $2 to dut0"
}

send_frames() {
	in_ns "$far" "$tools/frames" far0 "$1"
}

# A tick of netmem-check finds the program: a second, then the frames
send_frames_armed() {
	# shellcheck disable=SC2016 # for the inner shell
	armed -- sh -c 'sleep 1.2; exec nsenter --target "$1" --net -- "$2" far0 "$3"' \
		sh "$far" "$tools/frames" "$1"
}

rate_empty() {
	attach "$tools/empty.bpf.o" bench_empty
	send_frames "$1"
}

rate_ours() {
	attach "$NETMEM_XDP_OBJ" netmem_pass
	send_frames "$1"
}

rate_armed() {
	attach "$NETMEM_XDP_OBJ" netmem_pass
	send_frames_armed "$1"
}

# start_xdp_bench: sets $xdp_bench; leaves why in $tmp/xdp-bench when it fails
start_xdp_bench() {
	ip link set dev dut0 xdpdrv off
	xdp-bench pass -vv dut0 >"$tmp/xdp-bench" 2>&1 &
	xdp_bench=$!
	tries=0
	until ip link show dev dut0 | grep -q prog/xdp; do
		tries=$((tries + 1))
		[ $tries -lt 60 ] && [ -e /proc/$xdp_bench/exe ] || return 1
		sleep 0.05
	done
}

stop_xdp_bench() {
	kill -INT "$xdp_bench" 2>/dev/null
	wait "$xdp_bench"
}

rate_xdp_bench() {
	start_xdp_bench && send_frames "$1"
	stop_xdp_bench
}

why_no_xdp_bench() {
	if ! command -v xdp-bench >/dev/null; then
		echo 'xdp-bench is not installed'
		return
	fi
	start_xdp_bench && why= || why='it does not load on this kernel'
	stop_xdp_bench
	[ "$why" ] || return
	missing=$(sed -n "s/.*failed to find kernel BTF type ID of '\([^']*\)'.*/\1/p" \
		"$tmp/xdp-bench" | head -n 1)
	echo "$why${missing:+: it wants the tracepoint $missing, which is not there}"
}

# run_rounds ROUNDS COUNT FILE SUBJECT...
run_rounds() {
	last=$1
	frames=$2
	figures=$3
	shift 3
	round=0
	while [ $round -lt "$last" ]; do
		round=$((round + 1))
		for subject in $(in_turn $round "$@"); do
			note_figure "$figures" $round "$subject" \
				"$("rate_$subject" "$frames" 2>/dev/null)"
		done
	done
}

# rate_row FILE OURS METRIC REFERENCE AIM
rate_row() {
	ours=$(median_of "$1" "$2")
	reference=$(median_of "$1" "$4")
	if [ -z "$ours" ] || [ -z "$reference" ]; then
		row_skipped "$3" M/s 'no XDP live frames on this kernel'
		return
	fi
	row "$3" M/s "$(calculate "$ours / 1e6" %.3f)" "$4 program" \
		"$(calculate "$reference / 1e6" %.3f)" \
		"$(ratio_of "$1" "$2" "$4")" "$5"
}

measure_frames() {
	file=$tmp/frames.figures
	armed_file=$tmp/frames-armed.figures
	count=$(rounds 8000000 2000000)
	no_xdp_bench=$(why_no_xdp_bench)
	subjects='empty ours'
	[ "$no_xdp_bench" ] || subjects='empty ours xdp_bench'
	before=$(counter 1 dut0 rx_packets)
	# shellcheck disable=SC2086 # a list of words
	run_rounds "$(rounds 21 3)" "$count" "$file" $subjects
	run_rounds "$(rounds 13 2)" "$count" "$armed_file" empty armed
	arrived=$(($(counter 1 dut0 rx_packets) - before))
	sent=$(cat "$file" "$armed_file" 2>/dev/null | wc -l)
	ip link set dev dut0 xdpdrv off

	rate_row "$file" ours 'XDP frames, our program' empty '>=0.95'
	rate_row "$armed_file" armed 'XDP frames, netmem-check armed' empty '>=0.95'
	if [ "$no_xdp_bench" ]; then
		row_skipped 'XDP frames, xdp-bench' M/s "$no_xdp_bench"
	else
		rate_row "$file" xdp_bench 'XDP frames, xdp-bench' empty ''
	fi
	[ "$sent" -eq 0 ] || [ $arrived -ge $((sent * count)) ] ||
		remark "of $((sent * count)) XDP frames sent, $arrived arrived"
}
