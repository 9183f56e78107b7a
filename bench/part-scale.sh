# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (7) What a machine with many of everything costs: a watch of one device beside
# many devices with XDP programs, and beside many pools; judging these pools
# under traffic; and a holder walk beside many network namespaces and processes.

: "${tmp:?}" "${check:?}" "${tools:?}"

# of_size FULL QUICK: how many of something
of_size() {
	if [ "$BENCH_QUICK" = 1 ]; then echo "$2"; else echo "$1"; fi
}

# timed NAME ROUND ARGUMENT...: runs netmem-check; notes seconds of system time
# and of the clock, in NAME.sys and NAME.wall
timed() {
	name=$1
	round=$2
	shift 2
	start=$(date +%s%N)
	# shellcheck disable=SC2016 # for the inner shell
	sh -c '"$@" >"$0" 2>&1; times' "$tmp/$name.out" "$check" "$@" \
		>"$tmp/$name.times"
	wall=$((($(date +%s%N) - start) / 1000000))
	note_figure "$tmp/$name.wall" "$round" ours \
		"$(calculate "$wall / 1000" %.3f)"
	note_figure "$tmp/$name.sys" "$round" ours "$(awk 'NR == 2 {
		split($2, part, /[ms]/); print part[1] * 60 + part[2] }' \
		"$tmp/$name.times")"
}

# timed_watch NAME ARGUMENT...: a second and a second of drain, some rounds
timed_watch() {
	watch=$1
	shift
	turn=0
	while [ $turn -lt "$(rounds 3 1)" ]; do
		turn=$((turn + 1))
		timed "$watch" $turn run "$@" --for 1s --drain 1s \
			--json "$tmp/$watch.json"
		note_figure "$tmp/$watch.judge" $turn ours "$(jq -r \
			'.timing.stop_to_verdict_ms / 1000' "$tmp/$watch.json")"
		note_figure "$tmp/$watch.memory" $turn ours "$(jq -r \
			'.timing.memory_end_kib / 1024' "$tmp/$watch.json")"
	done
}

# rows_of NAME WHAT: system time, and the clock above its second and its drain
rows_of() {
	row "$2: system time" s "$(median_of "$tmp/$1.sys" ours)" '' '' '' '<=1'
	row "$2: above time and drain" s "$(calculate \
		"$(median_of "$tmp/$1.wall" ours) - 2" %.3f)" '' '' '' '<=3'
}

# many_veths COUNT [QUEUES]: many0 to manyN, their far ends far_0 to far_N
many_veths() {
	i=0
	while [ $i -lt "$1" ]; do
		ends="numrxqueues ${2:-1} numtxqueues ${2:-1}"
		echo "link add many$i $ends type veth peer name far_$i $ends"
		echo "link set many$i up"
		echo "link set far_$i up"
		i=$((i + 1))
	done | ip -batch - || fail 'cannot make the devices'
}

# No shell loop of `ip link del`: a group goes at once.
no_veths() {
	ip -o link | sed -n 's/^[0-9]*: \(many[0-9]*\)@.*/link del \1/p' |
		ip -batch -
}

measure_devices() {
	count=$(of_size 200 20)
	many_veths "$count"
	i=0
	while [ $i -lt "$count" ]; do
		ip -force link set dev many$i xdpdrv obj "$NETMEM_XDP_OBJ" \
			program netmem_pass >/dev/null 2>&1 ||
			fail "no XDP program on many$i"
		i=$((i + 1))
	done
	timed_watch devices -i many0
	rows_of devices "one of $count XDP devices"
	no_veths
}

# A program that all share: the pools are many, the programs are not.
measure_pools() {
	count=$(of_size 340 34)
	mkdir -p "$tmp/bpf"
	mount -t bpf bpf "$tmp/bpf" ||
		fail 'no BPF file system'
	bpftool prog load "$tools/empty.bpf.o" "$tmp/bpf/empty" type xdp \
		>/dev/null || fail 'cannot load the empty program'
	many_veths "$count" 3
	i=0
	while [ $i -lt "$count" ]; do
		echo "link set dev many$i xdpdrv pinned $tmp/bpf/empty"
		i=$((i + 1))
	done | ip -force -batch - || fail 'cannot attach the empty program'
	timed_watch beside -i dut0
	pools=$(jq '.pools | length' "$tmp/beside.json")
	rows_of beside "one device beside $pools pools"
	senders=
	for i in 0 1 2 3; do
		"$NETMEM_TRAFFIC" live-frames --dev far_$i --pps 2000 \
			--seconds 60 >/dev/null 2>&1 &
		senders="$senders $!"
	done
	timed_watch judged
	row "judging $pools pools under traffic" s \
		"$(median_of "$tmp/judged.judge" ours)" '' '' '' '<=5'
	row "memory, with $pools pools" MiB \
		"$(median_of "$tmp/judged.memory" ours)" '' '' '' '<=64'
	# shellcheck disable=SC2086 # words
	kill $senders
	no_veths
	umount "$tmp/bpf"
}

measure_namespaces() {
	count=$(of_size 800 80)
	processes=$(of_size 1500 150)
	mkdir -p /run/netns
	mount -t tmpfs none /run/netns ||
		fail 'no place for names of namespaces'
	seq "$count" | sed 's/^/netns add many/' | ip -batch - ||
		fail 'cannot make the namespaces'
	sleepers=
	for i in $(seq "$processes"); do
		sleep 1000 &
		sleepers="$sleepers $!"
	done
	turn=0
	while [ $turn -lt "$(rounds 3 1)" ]; do
		turn=$((turn + 1))
		timed holders $turn holders -i dut0
	done
	row "holders, $count namespaces, $processes tasks" s \
		"$(median_of "$tmp/holders.wall" ours)" '' '' '' '<=1'
	row "holders, the same: system time" s \
		"$(median_of "$tmp/holders.sys" ours)" '' '' '' ''
	# shellcheck disable=SC2086 # words
	kill $sleepers
	seq "$count" | sed 's/^/netns del many/' | ip -batch -
	umount /run/netns
}

measure_scale() {
	xdp_attach 1 dut0 netmem_pass
	measure_devices
	measure_pools
	measure_namespaces
	xdp_detach 1 dut0
}
