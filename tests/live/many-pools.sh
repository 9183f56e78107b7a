#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# More pools than there are slots: those of others change nothing, those judged
# that have no slot make a verdict impossible.
# limit: 180
# alone
. "${0%/*}/lib.sh"

# many_pools: one for each receive queue of `many`, in a namespace that no test
# asks for; some 470 of them find no slot. A packet each, as a pool without a
# page cannot be seen on each kernel.
many_pools() {
	new_namespace
	others=$pid
	new_namespace
	senders=$pid
	ends='numrxqueues 4096 numtxqueues 4096'
	# shellcheck disable=SC2086 # words
	in_ns "$others" ip link add many $ends type veth \
		peer name manyfar $ends netns "$senders" ||
		skip 'no veth with 4096 queues'
	in_ns "$others" ip link set many up
	in_ns "$senders" ip link set manyfar up
	address "$others" many 10.77.0.1
	address "$senders" manyfar 10.77.0.2
	in_ns "$others" ip link set dev many xdpdrv obj "$xdp_object" \
		program netmem_pass || fail 'cannot attach to many'
	# shellcheck disable=SC2016 # of the other shell
	in_ns "$senders" bash -c 'for ((i = 0; i < 60000; i++)); do
		echo >/dev/udp/10.77.0.1/$((1024 + i)); done 2>/dev/null'
}

# new_namespace: that of the process $pid
new_namespace() {
	in_background unshare --net sleep 86400
	wait_for 'a new namespace' other_namespace "$pid"
}

untracked='([.losses[] | select(.what == "pools") | .count] | add // 0)'

# As on any machine: what is judged is what -i asks for.
case_pools_of_others_fill_the_slots() {
	pool_of_dut0
	tcp 40 5M
	sleep 1
	unset NETMEM_TEST_NETNS
	start_check run -i dut0 --for 20s --drain 1s --json "$json"
	wait_armed
	many_pools
	end_check '0|3' 'netmem-check run'
	holds_of_all '.findings == []' 'no finding'
	holds_of_all ".reason_codes - [$LOSS_REASONS] == []" 'lost events at most'
	holds_of_all "$untracked == 0" 'no loss by pools of others'
	holds_of_all '.reason_codes | index("pools_untracked") | not' 'another reason, if any'
	holds_of_all '[.pools[] | select(.device == "many")] | length > 3000' \
		'the pools of others'
}

# Of those that have none, each is one; the pool of dut0 may be among them.
case_judged_pools_without_a_slot() {
	pool_of_dut0
	tcp 60 5M
	many_pools
	unset NETMEM_TEST_NETNS
	check "$INCONCLUSIVE" run -i "$others/many" --for 1s \
		--drain 500ms --json "$json"
	holds_of_all '.reason_codes | index("pools_untracked")' 'the reason'
	holds_of_all "$untracked + ([.pools[] | select(.device == \"many\")] | length) > 3900" \
		'nearly each pool, with or without a slot'
	flat "$tmp/out" | grep -Eq 'no free slot for [0-9]+ pools of judged' ||
		fail 'the text does not say so'
	check "$INCONCLUSIVE" audit -i "$others/many" --json
	cp "$tmp/out" "$json"
	holds_of_all '.reason_codes | index("pools_untracked")' 'the reason of an audit'
	check '0|3' audit -i dut0 --json
	cp "$tmp/out" "$json"
	holds_of_all "$untracked + ([.pools[] | select(.device == \"dut0\")] | length) == 1" \
		'the pool of dut0, with or without a slot'
}

run_cases "$@"
