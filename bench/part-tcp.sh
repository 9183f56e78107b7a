# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (3) TCP over the veth pair with our XDP program on the receiving end, with a
# netmem-check armed and without.

: "${tmp:?}" "${far:?}" "${DUT_ADDR:?}" "${PORT:?}"

# received: bits a second, from iperf3's JSON
received_rate() {
	jq -r '.end.sum_received.bits_per_second // empty'
}

# tcp_client SECONDS [WRAPPER...]
# Sender on processor 0, receiver on 1: where they land must not differ
tcp_client() {
	seconds=$1
	shift
	"$@" nsenter --target "$far" --net -- iperf3 --client "$DUT_ADDR" \
		--port "$PORT" --time "$seconds" --affinity 0,1 --json
}

throughput_plain() {
	tcp_client "$1" | received_rate
}

throughput_armed() {
	tcp_client "$1" armed -- | received_rate
}

measure_tcp() {
	file=$tmp/tcp.figures
	xdp_attach 1 dut0 netmem_pass
	iperf_server 1
	seconds=1
	round=0
	while [ $round -lt "$(rounds 25 3)" ]; do
		round=$((round + 1))
		for subject in $(in_turn $round plain armed); do
			note_figure "$file" $round "$subject" \
				"$("throughput_$subject" "$seconds" 2>/dev/null)"
		done
	done
	kill "$server"
	wait "$server" 2>/dev/null
	server=
	xdp_detach 1 dut0
	plain=$(median_of "$file" plain)
	armed=$(median_of "$file" armed)
	if [ -z "$plain" ] || [ -z "$armed" ]; then
		row_skipped 'TCP, netmem-check armed' Gbit/s 'iperf3 brought no figure'
		return
	fi
	row 'TCP, netmem-check armed' Gbit/s "$(calculate "$armed / 1e9" %.3f)" \
		'not running' "$(calculate "$plain / 1e9" %.3f)" \
		"$(ratio_of "$file" armed plain)" '>=0.97'
}
