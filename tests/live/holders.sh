#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who holds the pages that are out: each case makes the truth, and the walk has
# to tell it. dut0's pool gives the pages; far0 sends.
. "${0%/*}/lib.sh"

BYTES=60000
PORT=5202
NEXT_ADDR=10.203.0.2 # behind dut0, for what is forwarded
NAMESPACES=20

# ---- making the truth ----

# send OPTION...: from far0
send() {
	far "$traffic_tool" send --bytes $BYTES --size 1000 "$@" >/dev/null ||
		fail 'cannot send'
}

# hold_tcp WHAT: on a connection from far0
hold_tcp() {
	hold "$1" --port $PORT --bytes $BYTES
	wait_for 'the holder listens' listens $PORT
	send --to $DUT_ADDR --port $PORT
	wait_ready
}

# hold_datagrams PROTOCOL WHAT OPTION...
hold_datagrams() {
	protocol=$1
	shift
	hold "$@" --bytes $BYTES
	sleep 0.3
	send --to $DUT_ADDR --port $PORT --proto "$protocol" --pps 5000
	wait_ready
}

# In one write and without GRO: of the segments only the first one gets lost.
# It never comes, so the sender does not end well.
hold_out_of_order() {
	"$traffic_tool" offload --dev dut0 gro off || skip 'GRO cannot be turned off'
	hold out-of-order --port $PORT --bytes $BYTES
	wait_for 'the holder listens' listens $PORT
	in_background nsenter --target "$far" --net -- "$traffic_tool" send \
		--to $DUT_ADDR --port $PORT --bytes $BYTES --size $BYTES \
		>/dev/null 2>&1
	wait_ready
}

# forward_to DEVICE: what comes in at dut0 for NEXT_ADDR
forward_to() {
	ip link set "$1" addrgenmode none
	ip link set "$1" up || fail "cannot bring $1 up"
	ip address add 10.203.0.1/24 dev "$1"
	ip neighbour replace $NEXT_ADDR dev "$1" lladdr 02:00:00:00:00:02 \
		nud permanent
	echo 1 >/proc/sys/net/ipv4/ip_forward
	far ip route add $NEXT_ADDR via $DUT_ADDR
}

send_through() {
	send --to $NEXT_ADDR --port 9 --proto udp --pps 5000
	sleep 0.2
}

# release: what is held is read
release() {
	kill -USR1 "$holder"
	wait "$holder" || fail 'the holder could not read what it held'
}

# ---- asking ----

# ask OPTION...: leaves the report in $json and the text in $tmp/out
ask() {
	check '0|3' holders --json "$json" "$@"
	expect_no_crash
	cp "$tmp/out" "$tmp/text"
	holds '.walks.count >= 1 and (.walks.places | length > 0)' 'a walk'
}

# named FILTER: some holder is so, and all of its pool's pages have a holder,
# but for the one that the driver is cutting fragments from
named() {
	holds ".pools | any(.held.attributed > 0 and
		.held.out - .held.attributed <= 1 and
		(.holders | any(.pages > 0 and .bytes > 0 and ($1))))" \
		"a holder with $1"
	holds '.pools | all(.held == null or (.held.attributed +
		.held.unheld <= .held.out))' 'sums that add up'
}

# by_holder: a filter: the process that we started
by_holder() {
	echo ".kind == \"socket\" and .pid == $holder and
		.comm == \"netmem-traffic\" and .processes == 1"
}

# The descriptor that it names is that socket.
descriptor_is_right() {
	row=$(jq -r ".pools[].holders[] | select(.pid == $holder) |
		\"\(.fd) socket:[\(.inode)]\"" "$json" | head -n 1)
	[ "$(readlink "/proc/$holder/fd/${row%% *}")" = "${row#* }" ] ||
		fail "not that socket: $row"
}

nobody_is_blamed() {
	holds ".pools | all(.holders | all(.pid != $holder))" "not process $holder"
	holds '.pools | all(.held == null or .held.unheld == 0)' 'nothing unheld'
}

# ---- sockets ----

case_unread_tcp() {
	pool_of_dut0
	hold_tcp tcp
	ask
	named "$(by_holder) and .what == \"tcp\" and .place_code == \"receive_queue\" and
		.local == \"$DUT_ADDR:$PORT\" and (.remote | startswith(\"$FAR_ADDR:\")) and
		.netns == $(netns_of self) and .confidence == \"certain\""
	descriptor_is_right
	grep -q "netmem-traffic.$holder" "$tmp/text" || fail 'the text names nobody'
	release
	settle "$traffic_tool"
	ask
	nobody_is_blamed
}

case_unread_udp() {
	pool_of_dut0
	hold_datagrams udp udp --port $PORT
	ask
	named "$(by_holder) and .what == \"udp\" and
		(.place_code | IN(\"receive_queue\", \"reader_queue\")) and
		(.local | endswith(\":$PORT\"))"
	descriptor_is_right
	release
}

# A packet socket has clones: packets of their own, on the same pages
case_unread_packet() {
	pool_of_dut0
	hold_datagrams udp packet --dev dut0
	ask
	named "$(by_holder) and .what == \"packet\" and
		.place_code == \"receive_queue\" and .device == \"dut0\""
	descriptor_is_right
	release
}

case_unread_raw() {
	pool_of_dut0
	hold_datagrams raw raw
	ask
	named "$(by_holder) and .what == \"raw\" and .place_code == \"receive_queue\""
	descriptor_is_right
	release
}

# Two sockets that have the same pages: both are named.
case_packet_and_udp() {
	pool_of_dut0
	hold udp --port $PORT --bytes $BYTES
	first=$holder
	hold_datagrams udp packet --dev dut0
	ask
	named "$(by_holder)"
	holder=$first
	named "$(by_holder)"
}

case_out_of_order() {
	pool_of_dut0
	hold_out_of_order
	ask
	named "$(by_holder) and .what == \"tcp\" and
		.place_code == \"out_of_order_queue\" and .local == \"$DUT_ADDR:$PORT\""
	descriptor_is_right
	release
}

# The child has no descriptor yet.
case_unaccepted() {
	pool_of_dut0
	hold_tcp unaccepted
	ask
	named ".kind == \"socket\" and .what == \"tcp\" and
		.place_code == \"receive_queue\" and .local == \"$DUT_ADDR:$PORT\" and
		(.pid == null or .pid == $holder)"
	release
}

# Nobody may be blamed: the pages left their pool on the way into the pipe.
case_pipe_after_splice() {
	pool_of_dut0
	hold_tcp pipe
	settle "$traffic_tool"
	ask
	nobody_is_blamed
	ip link delete dut0
	own_pools_without_device
	check '0|3' run --for 500ms --drain 1s --json "$json"
	holds '.findings | all(.check != "leaked")' 'not leaked'
	nobody_is_blamed
	release
}

# fill_namespace NUMBER: a namespace with a device, a pool and a holder
fill_namespace() {
	in_background unshare --net sleep 86400
	space=$pid
	wait_for 'a new namespace' other_namespace "$space"
	own_namespace_of "$space"
	ip link add "dut$1" type veth peer name "near$1" || fail 'no veth'
	ip link set "dut$1" netns "$space"
	in_space ip link set "dut$1" addrgenmode none
	ip link set "near$1" addrgenmode none
	in_space ip address add "10.204.$1.1/24" dev "dut$1"
	in_space ip link set dev "dut$1" up
	in_space ip link set dev "dut$1" xdpdrv obj "$xdp_object" \
		program netmem_pass || fail 'cannot attach'
	ip address add "10.204.$1.2/24" dev "near$1"
	ip link set "near$1" up
	: >"$tmp/held"
	in_background nsenter --target "$space" --net -- "$traffic_tool" hold \
		udp --port $PORT --bytes 5000 >"$tmp/held"
	echo "$pid $(stat -L -c %i "/proc/$space/ns/net")" >>"$tmp/expected"
	wait_for 'the holder is bound' bound_in "$space"
	"$traffic_tool" send --to "10.204.$1.1" --port $PORT --proto udp \
		--bytes 10000 --size 1000 >/dev/null || fail 'cannot send'
	wait_for 'everything is held' grep -q '^ready' "$tmp/held"
}

in_space() {
	nsenter --target "$space" --net -- "$@"
}

bound_in() {
	grep -q "$(printf ':%04X ' $PORT)" "/proc/$1/net/udp"
}

case_many_namespaces() {
	: >"$tmp/expected"
	for number in $(seq $NAMESPACES); do
		fill_namespace "$number"
	done
	ask
	while read -r one inode; do
		holds ".pools | any(.holders | any(.pid == $one and
			.netns == $inode and .pages > 0))" \
			"process $one in namespace $inode"
	done <"$tmp/expected"
	holds ".walks.namespaces >= $NAMESPACES" 'namespaces that were walked'
}

# ---- queues ----

# held_back: dut0's pages wait in a tbf of out0
held_back() {
	pool_of_dut0
	ip link add out0 type veth peer name end0
	ip link set end0 up
	forward_to out0
	tc qdisc add dev out0 root handle 1: tbf rate 8kbit burst 2000 \
		limit 200000 || skip 'this kernel has no tbf'
}

named_as_tbf() {
	send_through
	ask
	named '.kind == "qdisc" and .what == "tbf" and .device == "out0"'
	ip link delete out0
	ask
	holds '.pools | all(.holders | all(.kind != "qdisc"))' 'no qdisc any more'
}

# tbf keeps its packets in a bfifo. One queue, however many the device has
case_tbf() {
	held_back
	send_through
	ask
	holds '[.pools[].holders[] | select(.kind == "qdisc")] | length == 1' \
		'one row for one qdisc'
	named_as_tbf
}

# slow
case_pfifo_fast_in_tbf() {
	held_back
	tc qdisc add dev out0 parent 1:1 pfifo_fast ||
		skip 'this kernel has no pfifo_fast below others'
	named_as_tbf
}

case_fq_codel_in_tbf() {
	held_back
	tc qdisc add dev out0 parent 1:1 fq_codel ||
		skip 'this kernel has no fq_codel'
	named_as_tbf
}

case_ring_of_a_tap() {
	pool_of_dut0
	hold tap --dev tap0
	wait_ready
	forward_to tap0
	send_through
	ask
	named '.kind == "device" and .device == "tap0" and .place_code == "ring"'
	release
}

# received_on_cpu0: how often it handled packets
received_on_cpu0() {
	awk '$1 == "NET_RX:" { print $2 }' /proc/softirqs
}

# deferred_on_cpu0: received on processor 0 and read on processor 1. $quiet:
# processor 0 received nothing else meanwhile
deferred_on_cpu0() {
	: >"$tmp/held"
	in_background taskset -c 1 "$traffic_tool" hold tcp --port $PORT \
		--bytes 20000 >"$tmp/held"
	holder=$pid
	wait_for 'the holder listens' listens $PORT
	taskset -c 0 nsenter --target "$far" --net -- "$traffic_tool" send \
		--to $DUT_ADDR --port $PORT --bytes 20000 --size 1000 \
		>/dev/null || fail 'cannot send'
	wait_ready
	before=$(received_on_cpu0)
	release
	prefix='taskset -c 1' ask
	quiet=
	[ "$before" != "$(received_on_cpu0)" ] || quiet=yes
	own_report | jq -e '.pools | any(.holders | any(.kind == "cpu" and
		.cpu == 0 and .pages > 0 and .place_code == "deferred_frees"))' >/dev/null
}

# What else processor 0 receives meanwhile frees them: that try says nothing.
case_deferred_frees_of_an_idle_processor() {
	grep -q ' skb_attempt_defer_free$' /proc/kallsyms ||
		skip 'this kernel has no deferred frees'
	[ "$(nproc)" -ge 2 ] || skip 'needs two processors'
	pool_of_dut0
	for try in 1 2 3 4 5 6 7 8 none; do
		[ $try != none ] || skip 'processor 0 receives packets of others'
		! deferred_on_cpu0 || break
		[ -z "$quiet" ] || fail 'no deferred frees were seen'
	done
	ask --kick
	holds ".nudge.cpus == $(nproc)" 'every processor was nudged'
	grep -qi kick "$tmp/text" || fail 'the text does not tell of the kick'
	ask
	holds '.nudge == null' 'no kick that was not asked for'
	holds '.pools | all(.holders | all(.place_code != "deferred_frees"))' \
		'nothing deferred any more'
}

# ---- stalled pools ----

# The pool has all of its life in the watch.
case_stalled_pool_with_holders_is_a_warning() {
	check '0|3' run --scenario unread-socket --drain 2s --json "$json"
	verdict_is_code
	holds '[.findings[] | [.check, .severity]] ==
		[["stalled_shutdown", "WARN"]]' 'one finding, a warning'
	holds '.walks.count == 2' 'two walks'
	holds '.pools[] | select(.state == "stalled") |
		.held.attributed == .held.out and .held.out == .inflight and
		.held.unheld == 0 and (.holders | any(.kind == "socket" and
		.comm == "netmem-traffic" and .local == "10.200.0.1:5201"))' \
		'its holder'
	holds ".verdict == \"PASS\" or (.reason_codes | length > 0 and
		all(IN($LOSS_REASONS)))" 'PASS, or INCONCLUSIVE for losses'
	expect_output 'netmem-traffic.[0-9]+'
}

stalled_by_us='select(.state == "stalled" and (.holders | any(.pid == '

case_stalled_pool_clears() {
	veth 1500
	stall
	own_pools_without_device
	ask
	holds ".pools[] | $stalled_by_us $holder))) |
		.held.attributed == .held.out and .held.out == .inflight" \
		'a stalled pool, and who has each page'
	unstall
	ask
	holds "[.pools[] | $stalled_by_us $holder)))] == []" 'it is gone'
}

# slow
case_stalled_pool_out_of_order() {
	pool_of_dut0
	hold_out_of_order
	ip link delete dut0
	own_pools_without_device
	ask
	holds ".pools[] | $stalled_by_us $holder and
		.place_code == \"out_of_order_queue\"))) |
		.held.attributed == .held.out" 'who has each page'
	release
}

# Without the device, its deferred frees alone keep a pool.
case_nudge_of_a_stalled_pool() {
	veth 1500
	stall
	kill -USR1 "$holder"
	wait "$holder" || fail 'the holder could not read what it held'
	own_pools_without_device
	ask --kick
	holds '.nudge.cpus >= 1 and (.nudge.pools | type == "array") and
		(.nudge.pools | all(.after <= .before))' 'before and after'
}

# ---- the command itself ----

case_no_pools() {
	ask
	expect_output '[a-z]'
}

case_cost_is_told() {
	pool_of_dut0
	hold_tcp tcp
	ask
	holds '.walks | .took_us > 0 and .kernel_us > 0 and .kernel_us <= .took_us and
		.sockets > 0 and .packets > 0 and .namespaces >= 2' 'cost'
	holds '.walks.places | all(.walked == true or (.why | length > 0))' \
		'a reason for each blind spot'
	grep -Eq '[0-9.]+ ms.* sockets?' "$tmp/text" || fail 'the text tells no cost'
}

case_json_to_standard_output() {
	pool_of_dut0
	hold_tcp tcp
	check '0|3' holders --json -
	cp "$tmp/out" "$json"
	named "$(by_holder)"
}

case_one_device_only() {
	pool_of_dut0
	hold_tcp tcp
	ip link add other0 type veth peer name other1
	ask -i dut0
	named "$(by_holder)"
	ask -i other0
	holds '.pools | all(.judged == false)' 'no pool of other0'
}

case_one_pool_only() {
	pool_of_dut0
	hold_tcp tcp
	ask
	id=$(own_report | jq -r '[.pools[] | select(.device == "dut0") |
		.netlink_id // 0] | max // 0')
	[ "$id" != 0 ] || skip "this kernel gives pools no number"
	ask --pool "$id"
	named "$(by_holder)"
	holds ".pools | all(.judged == (.netlink_id == $id))" 'this pool only'
}

# Ages are known in the pinned mode. What is held does not change meanwhile, and
# of an idle holder nothing else does: the verdict is the same with and without.
case_min_age() {
	attach
	pool_of_dut0
	hold_tcp tcp
	ask
	named "$(by_holder) and .oldest_ms >= 0"
	all=$code
	holders=$(own_report | jq '[.pools[].holders | length] | add')
	known=$(own_report | jq '[.pools[].holders[] | select(.oldest_ms >= 0)] | length')
	ask --min-age 0s
	named "$(by_holder)"
	[ "$code" = "$all" ] || fail "exit code $code, without --min-age $all"
	! grep -q 'not listed' "$tmp/text" || fail 'some are not listed'
	ask --min-age 1h
	verdict_is_code
	[ "$code" = "$all" ] || fail "exit code $code, without --min-age $all"
	[ "$known" -gt 0 ] || fail 'no age was known'
	holds "[.pools[].holders | length] | add == $((holders - known))" \
		'fewer holders listed'
	holds "[.pools[].holders_unlisted] | add == $known" 'the others counted'
	holds '.pools | any(.held.attributed > 0)' 'sums without a filter'
	! grep -q "netmem-traffic.$holder" "$tmp/text" || fail 'the holder is listed'
	grep -Eq "^not listed: $known holders? of [0-9]+ pages?, younger than 1 h" \
		"$tmp/text" || fail 'the text does not count them'
	release
	detach
}

case_help() {
	check 0 holders --help
	for option in --interface --pool --min-age --json --kick --nudge; do
		expect_output "$option"
	done
	check 0 --help
	expect_output '^ +holders'
}

# refused REGEX ARGUMENT...
refused() {
	regex=$1
	shift
	check "$USAGE" holders "$@"
	expect_error "$regex"
	expect_no_crash
	[ ! -s "$tmp/out" ] || fail 'a report in spite of the error'
}

case_bad_usage() {
	refused "no device 'nosuch0'" -i nosuch0
	for time in banana -1s '' 5x nan; do
		refused "--min-age: '$time' is not a time" "--min-age=$time"
	done
	for id in banana -1 '' 1x; do
		refused "--pool: '$id'" "--pool=$id"
	done
	refused 'no page pool (4294967295|0xffffffff)' --pool 4294967295
	refused "unrecognized option '--frobnicate'" --frobnicate
	refused "'superfluous' is not an option" superfluous
}

case_not_root() {
	cp "$NETMEM_CHECK" "$tmp/netmem-check"
	chmod 755 "$tmp"
	NETMEM_CHECK=$tmp/netmem-check
	prefix='setpriv --reuid=65534 --regid=65534 --clear-groups'
	for option in '' --kick; do
		# shellcheck disable=SC2086 # nothing, or an option
		check "$CANNOT" holders $option
		expect_error 'missing: CAP_BPF'
		expect_no_crash
	done
	check 0 holders --help
}

has_programs() {
	programs=$(bpf_programs "$checker")
	[ "$programs" ]
}

# What it pins and which processes stay, tests/run sees.
case_leaves_nothing() {
	pool_of_dut0
	hold_tcp tcp
	for signal in '' INT KILL; do
		start_check holders --nudge --json "$json"
		until has_programs; do
			! has_ended "$checker" || fail 'it had no BPF program'
		done
		[ -z "$signal" ] || kill -s $signal "$checker"
		wait "$checker" || :
		wait_for 'its BPF programs go' programs_gone
	done
}

run_cases "$@"
