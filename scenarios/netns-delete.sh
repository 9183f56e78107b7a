#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the namespace of the receiver deleted under TCP, XDP pass
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

# Here the device under test lives in the other namespace, which goes away
one_round() {
	gone=$(new_ns) || exit
	veth_pair dut0 "$gone" far0 1
	address "$gone" dut0 $DUT_ADDR
	address 1 far0 $FAR_ADDR
	neighbours "$gone" dut0 $DUT_ADDR 1 far0 $FAR_ADDR
	xdp_attach "$gone" dut0 netmem_pass

	iperf_server "$gone"
	iperf3 --client $DUT_ADDR --port $PORT --time 60 --bitrate 200M \
		>/dev/null 2>&1 &
	client=$!
	sleep 0.4
	got=$(counter "$gone" dut0 rx_packets)
	assert_above 10 "$got" 'frames arrived before the deletion'

	kill -KILL "$server" "$gone"
	wait_until_gone far0
	kill -KILL $client 2>/dev/null
	frames=$((frames + got))
}

frames=0
rounds=0
deadline=$(($(uptime) + NETMEM_SECONDS * 100))
while [ "$(uptime)" -lt "$deadline" ]; do
	one_round
	rounds=$((rounds + 1))
done
say "$rounds namespaces deleted, $frames frames before that"
