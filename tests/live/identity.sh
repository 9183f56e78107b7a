#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who a pool is: it keeps its device through rename, move and destruction, and
# what is asked for is what is judged. Each filter takes a pool and leaves one.
#
# limit: 240
. "${0%/*}/lib.sh"

PORT=5202

# datagrams [SECONDS]: from far0 into dut0
datagrams() {
	far "$traffic_tool" send --to $DUT_ADDR --port 9 --proto udp --size 500 \
		--pps 300 --seconds "${1:-1}" >/dev/null || fail 'cannot send'
}

# hold_pages: $holder has some of dut0's pages
hold_pages() {
	in_background "$traffic_tool" hold udp --port $PORT --bytes 1 >/dev/null
	holder=$pid
	sleep 0.5
	far "$traffic_tool" send --to $DUT_ADDR --port $PORT --proto udp \
		--size 500 --pps 100 --seconds 1 >/dev/null || fail 'cannot send'
}

# xdp_off: dut0's pool ends
xdp_off() {
	ip link set dev dut0 xdpdrv off || fail 'cannot take the program off'
}

# report_of COMMAND...: JSON in $json, text in $tmp/text
report_of() {
	check '0|3' "$@" --json="$json"
	verdict_is_code
	cp "$tmp/out" "$tmp/text"
}

is_stalled='.state == "stalled" and .inflight > 0 and .bytes >= 4096 *
	.inflight and .destroyed_ms >= 0'

# stalled_of_dut0 COMMAND...: it is judged by that name, with its number
stalled_of_dut0() {
	report_of "$@"
	holds ".pools | any(.judged and .device == \"dut0\" and
		.driver == \"veth\" and (.forgotten | not) and $is_stalled)" \
		"the stalled pool of dut0 ($*)"
	id=$(jq '[.pools[] | select(.judged and .state == "stalled") |
		.netlink_id][0]' "$json")
	[ "$id" != 0 ] || return 0
	grep -Eq "dut0(/0)? id $id\b" "$tmp/text" || fail "no id $id in the text"
}

# no_stalled COMMAND...: none is judged
no_stalled() {
	check '0|3' "$@" --json="$json"
	holds '.pools | all(.state != "stalled")' "no stalled pool ($*)"
}

# asked_everywhere FUNCTION DEVICE
asked_everywhere() {
	"$1" holders -i "$2"
	"$1" audit -i "$2"
	"$1" run -i "$2" --for 500ms --drain 500ms
}

# slow
case_stalled_before_the_watch() {
	veth 1500
	ip link add other0 type veth peer name other1
	xdp_on dut0 netmem_pass
	hold_pages
	xdp_off
	asked_everywhere stalled_of_dut0 dut0
	asked_everywhere no_stalled other0
	xdp_on dut0 netmem_pass
	datagrams
	asked_everywhere stalled_of_dut0 dut0
	holds '.pools | any(.judged and .state == "active" and
		.device == "dut0" and .queue == 0)' 'its new pool as well'
}

# slow
case_stalled_while_attached() {
	attach
	veth 1500
	ip link add other0 type veth peer name other1
	xdp_on dut0 netmem_pass
	hold_pages
	xdp_off
	stalled_of_dut0 holders -i dut0
	stalled_of_dut0 audit -i dut0
	no_stalled audit -i other0
	check '0|3' report --pinned -i dut0 --format json
	cp "$tmp/out" "$json"
	holds ".pools | any(.judged and .device == \"dut0\" and $is_stalled)" \
		'the pool in the pinned state'
	check '0|3' report --pinned -i other0 --format json
	cp "$tmp/out" "$json"
	holds '.pools == []' 'nothing of another device'
}

# is_forgotten COMMAND...: the pool with number $id, and what is told of it
is_forgotten() {
	report_of "$@"
	holds ".pools | any(.judged and .forgotten and .device == null and
		.netlink_id == $id and $is_stalled)" \
		"the pool of no known device ($*)"
	flat "$tmp/text" | grep -Eq \
		"pool id $id: device no longer known; [0-9]+ pages? \([0-9]+ bytes\), destroyed [0-9][0-9.hms ]* ago" ||
		fail "the text does not tell of it ($*)"
}

# The next device is at the address of the one that is gone: it is another one.
# slow
case_device_no_longer_known() {
	veth 1500
	xdp_on dut0 netmem_pass
	hold_pages
	check '0|3' audit --json
	id=$(jq '[.pools[] | select(.judged) | .netlink_id][0]' "$tmp/out")
	[ "$id" != 0 ] || skip 'this kernel gives pools no number'
	ip link delete dut0
	for new in dut0 dut1 dut2; do
		ip link add $new type veth peer name peer-$new
		ip address add 10.204.0.1/24 dev $new
		ip link set $new up
	done
	no_stalled audit -i dut0
	own_pools_without_device
	is_forgotten audit -i dut0
	asked_everywhere is_forgotten dut2
	is_forgotten holders --pool "$id"
	kill "$holder"
	settle "$traffic_tool"
	check '0|3' audit -i dut0 --json
	jq -e ".pools | all(.netlink_id != $id or .state != \"stalled\")" \
		"$tmp/out" >/dev/null || fail 'it is still there'
}

# A pool whose device was known before keeps it, whatever goes.
case_known_before_it_went() {
	veth 1500
	xdp_on dut0 netmem_pass
	hold_pages
	start_check run -i dut0 --for 3s --drain 500ms --json="$json"
	wait_armed
	ip link delete dut0
	end_check '0|3' 'run'
	holds ".pools | any(.judged and .device == \"dut0\" and
		(.forgotten | not) and $is_stalled)" 'it keeps its device'
	holds '.note_codes | index("device_vanished")' 'a note'
}

# judged_devices FILTER WHAT: of the names of judged pools with events
judged_devices() {
	holds "[.pools[] | select(.judged and .events > 0) | .device] | $1" "$2"
}

case_renamed() {
	veth 1500
	xdp_on dut0 netmem_pass
	datagrams
	start_check run -i dut0 --for 6s --drain 500ms --json="$json"
	wait_armed
	ip link set dut0 down
	ip link set dut0 name new0
	ip link set new0 up
	ip link add dut1 type veth peer name dut2
	datagrams 2
	end_check '0|3' 'run'
	judged_devices 'index("new0") != null' 'the pool under the new name'
	holds '.pools | any(.device == "dut0") and any(.device == "new0") and
		([.[].ifindex] | unique | length == 1)' 'of one device'
	holds "$(note_of device_moved) | test(\"dut0.*new0\")" 'a note that says so'
	flat "$tmp/out" | grep -q "device 'dut0' is 'new0' now" ||
		fail 'the text does not say so'
}

# Another device that gets the name is asked for as well.
# slow
case_name_that_comes_back() {
	veth 1500
	start_check run -i dut0 --for 7s --drain 500ms --json="$json"
	wait_armed
	ip link delete dut0
	veth_pair dut0 $$ far1 "$far"
	address $$ dut0 $DUT_ADDR
	far ip address add $FAR_ADDR/24 dev far1
	xdp_on dut0 netmem_pass
	datagrams 2
	end_check '0|3' 'run'
	judged_devices 'index("dut0") != null' 'the new device'
	holds '.note_codes | all(. != "device_moved" and . != "device_vanished")' \
		'the name is there'
}

# other_netns: $other is in a namespace with a device dut0 of its own
other_netns() {
	in_background unshare --net sleep 86400
	other=$pid
	wait_for 'a new namespace' other_namespace "$other"
	own_namespace_of "$other"
}

# slow
case_moved() {
	veth 1500
	other_netns
	xdp_on dut0 netmem_pass
	datagrams
	# Its number is taken there.
	number=$(ip -o link show dut0 | cut -d: -f1)
	in_ns "$other" ip link add name taken index "$number" type veth \
		peer name taken1 || fail 'cannot take its number'
	start_check run -i dut0 --for 6s --drain 500ms --json="$json"
	wait_armed
	ip link set dut0 netns "$other" || fail 'cannot move dut0'
	in_ns "$other" ip address add $DUT_ADDR/24 dev dut0
	in_ns "$other" ip link set dut0 up
	datagrams 2
	end_check '0|3' 'run'
	there=$(netns_of "$other")
	holds ".pools | any(.judged and .device == \"dut0\" and
		.netns == $there and .ifindex != $number and .events > 0)" \
		'its pool in the other namespace'
	holds "$(note_of device_moved) | test(\"namespace $there\")" \
		'a note that says so'
}

# two_duts: a device dut0 here and one in $other; both have pools
two_duts() {
	veth 1500
	other_netns
	xdp_on dut0 netmem_pass
	ip link add dut0 netns "$other" type veth peer name far2 netns "$far" ||
		skip 'this kernel has no veth'
	in_ns "$other" ip link set dut0 up
	far ip link set far2 up
	address "$other" dut0 10.205.0.1
	far ip address add 10.205.0.2/24 dev far2
	in_ns "$other" ip link set dev dut0 xdpdrv obj "$xdp_object" \
		program netmem_pass
	datagrams
	far "$traffic_tool" send --to 10.205.0.1 --port 9 --proto udp \
		--size 500 --pps 300 --seconds 1 >/dev/null
	here=$(netns_of self)
	there=$(netns_of "$other")
}

# only_of NETNS ARGUMENT...: pools of no other namespace are judged
only_of() {
	netns=$1
	shift
	check '0|3' "$@" --json
	cp "$tmp/out" "$json"
	holds ".pools | length > 0 and all(.device == \"dut0\" and
		.netns == $netns)" "those of $netns ($*)"
}

case_equal_names() {
	two_duts
	only_of "$here" audit -i dut0
	only_of "$there" audit -i "$other/dut0"
	only_of "$there" audit -i "$there/dut0"
	only_of "$there" audit -i "/proc/$other/ns/net/dut0"
	check '0|3' audit -i dut0 -i "$other/dut0"
	expect_output "^dut0/0( id [0-9]+)? netns $here "
	expect_output "^dut0/0( id [0-9]+)? netns $there "
	check "$USAGE" audit -i "$other/dut7"
	expect_error "no device 'dut7' in network namespace '$other'"
	check "$USAGE" audit -i nowhere/dut0
	expect_error "no network namespace 'nowhere'"
	check "$USAGE" run -i "$other/dut0" --xdp pass --for 1s
	expect_error 'another network namespace'
}

# A recording of both, and what of it is judged later
case_equal_names_in_a_recording() {
	two_duts
	check '0|3' run --for 500ms --drain 500ms --record "$tmp/recording"
	check "$USAGE" report -i dut0 "$tmp/recording"
	expect_error "several network namespaces.*$here/dut0"
	only_of "$here" report -i "$here/dut0" "$tmp/recording"
	only_of "$there" report -i "$there/dut0" "$tmp/recording"
	check "$USAGE" report -i dut7 "$tmp/recording"
	expect_error "no judged pool of 'dut7'"
}

case_watched_in_another_namespace() {
	two_duts
	start_check run -i "$other/dut0" --for 2s --drain 500ms --json="$json"
	wait_armed
	in_ns "$other" ip link set dut0 down
	in_ns "$other" ip link set dut0 up
	far "$traffic_tool" send --to 10.205.0.1 --port 9 --proto udp \
		--size 500 --pps 300 --seconds 1 >/dev/null
	end_check '0|3' 'run'
	holds ".pools | all(.netns == $there) and any(.events > 0)" \
		'its pools alone, and their events'
}

# A pool for each of two queues
two_queues() {
	in_background unshare --net sleep 86400
	far=$pid
	wait_for 'a new namespace' other_namespace "$far"
	own_namespace_of "$far"
	ip link add dut0 numrxqueues 2 numtxqueues 2 type veth \
		peer name far0 numrxqueues 2 numtxqueues 2 netns "$far" ||
		skip 'this kernel has no veth'
	ip link set dut0 up
	far ip link set far0 up
	address $$ dut0 $DUT_ADDR
	address "$far" far0 $FAR_ADDR
	xdp_on dut0 netmem_pass
	# Flows are spread by their ports: a queue without a page may not be seen.
	senders=
	for port in 9 10 11 12 13 14 15 16 17 18 19 20; do
		in_background nsenter --target "$far" --net -- "$traffic_tool" \
			send --to $DUT_ADDR --port $port --proto udp --size 500 \
			--pps 100 --seconds 1 >/dev/null
		senders="$senders $pid"
	done
	for sender in $senders; do
		wait "$sender" || fail 'cannot send'
	done
}

# queues_of COMMAND...: of the pools that are judged
queues_of() {
	check '0|3' "$@" --json="$json"
	queues=$(own_report | jq -c '[.pools[].queue] | unique')
}

# takes QUEUES COMMAND...
takes() {
	wanted=$1
	shift
	queues_of "$@"
	[ "$queues" = "$wanted" ] || fail "$*: queues $queues, expected $wanted"
}

# takes_none ARGUMENT...: of audit
takes_none() {
	check "$USAGE" audit "$@"
	expect_error 'no page pool .* here'
}

# slow
case_filters() {
	two_queues
	queues_of audit -i dut0
	[ "$queues" = '[0,1]' ] || skip "no pool of both queues is seen: $queues"
	address=$(own_report | jq -r '.pools[] | select(.queue == 1).pool')
	id=$(own_report | jq -r '.pools[] | select(.queue == 1).netlink_id')
	takes '[1]' audit --queue 1
	takes '[1]' holders --queue 1
	takes '[0]' audit -i dut0 --queue 0 --driver veth
	takes '[0,1]' audit --driver veth
	takes '[1]' audit --pool "$address"
	[ "$id" = 0 ] || takes '[1]' holders --pool "$id"
	takes_none --queue 2
	takes_none --driver tun
	takes_none --pool 4294967295
	takes_none --queue 0 --pool "$address"
	takes '[1]' run --queue 1 --for 500ms --drain 500ms \
		--record "$tmp/recording"
	check '0|3' run --driver tun --for 500ms --drain 500ms --json="$json"
	holds '.pools == [] and .reason_codes == ["no_pool_matches"]' \
		'no pool of tun'
	check "$USAGE" run --pool 4294967295 --for 1s
	expect_error 'no page pool 4294967295'
	check "$USAGE" audit --queue x
	expect_error "'x' is not the number of a queue"
}

case_filters_of_a_recording() {
	two_queues
	queues_of run -i dut0 --for 500ms --drain 500ms \
		--record "$tmp/recording"
	[ "$queues" = '[0,1]' ] || skip "no pool of both queues is seen: $queues"
	address=$(own_report | jq -r '.pools[] | select(.queue == 1).pool')
	for filter in '--queue 1' "--pool $address" '-i dut0 --queue 1'; do
		# shellcheck disable=SC2086 # an option and its argument
		check '0|3' report $filter --format json "$tmp/recording"
		cp "$tmp/out" "$json"
		holds '.pools | length == 1 and .[0].queue == 1' "report $filter"
	done
	check "$USAGE" report --queue 2 "$tmp/recording"
	expect_error 'no judged page pool of queue 2'
	check "$USAGE" report --driver tun "$tmp/recording"
	expect_error 'no judged page pool of driver tun'
}

# The processor's own pools: multi-buffer programs in generic mode take them
case_system_pool() {
	veth 1500
	own_pools_without_device
	ip link set dev lo xdpgeneric obj "$xdp_object" program netmem_pass_frags ||
		skip 'no multi-buffer programs'
	start_check run --for 3s --drain 500ms --json="$json"
	wait_armed
	"$traffic_tool" send --to 127.0.0.1 --port 9 --proto udp --size 500 \
		--pps 300 --seconds 1 >/dev/null
	end_check '0|3' 'run'
	own_report | jq -e '.pools | any(.cpu != null)' >/dev/null ||
		skip 'this kernel has no pools of processors'
	holds '.pools | map(select(.cpu != null)) |
		all(.name | startswith("system pool of CPU "))' 'their names'
	expect_output '^system pool of CPU [0-9]+ id [0-9]+'
	check '0|3' run -i dut0 --for 500ms --drain 500ms --json="$json"
	holds '.pools | all(.cpu == null)' 'they are of no device'
}

run_cases "$@"
