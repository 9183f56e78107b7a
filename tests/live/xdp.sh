#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The XDP object by itself and under netmem-check; programs of others stay.
. "${0%/*}/lib.sh"

run_with_frames() {
	live_frames 2
	check '0|3' run --for 3s --drain 1s --json "$json"
	is_taken || :
}

case_loaded_by_ip_alone() {
	veth 1500
	ip link set dev dut0 xdp obj "$xdp_object" sec xdp >"$tmp/out" 2>&1 ||
		fail 'ip cannot attach section xdp'
	tcp 60
	with_inspection run_with_frames
	clean_or_lossy
	holds '.xdp | any(.packets.pass > 0 and .bytes.pass > .packets.pass and
		(.places | any(.device == "dut0" and .attached)) and
		(.queues | length > 0) and .sampled > 0 and
		(.sizes | add > 0) and (.headroom | add > 0))' 'what it counted'
	holds '.counters.xdp_inspected > 0' 'inspected frames'
	holds '.coverage.checks.active | index("xdp_foreign_page")' \
		'xdp_foreign_page is active'
	expect_output 'XDP ON'
	[ "$(xdp_id dut0)" != 0 ] || fail 'it is gone from dut0'
}

case_loaded_while_netmem_check_runs() {
	veth 1500
	tcp 60
	with_inspection attached_meanwhile
	clean_or_lossy
	holds '.xdp | any(.packets.pass > 0)' 'packets'
	holds '.counters.xdp_inspected > 0' 'inspected frames'
}

attached_meanwhile() {
	ip link set dev dut0 xdpdrv off
	start_check run --for 5s --drain 1s --json "$json"
	wait_armed
	xdp_on dut0 netmem_pass
	end_check '0|3' 'XDP attached meanwhile'
	is_taken || :
}

case_above_one_page_of_mtu_only_frags() {
	veth 9000
	! ip link set dev dut0 xdpdrv obj "$xdp_object" sec xdp >"$tmp/out" 2>&1 ||
		fail 'section xdp attaches at MTU 9000'
	ip link set dev dut0 xdpdrv obj "$xdp_object" sec xdp.frags \
		>"$tmp/out" 2>&1 || fail 'section xdp.frags does not attach'
	tcp 60
	with_inspection run_with_frames
	no_findings_but_fragments
	pass_or_lossy
	holds '.xdp | any(.multi_buffer > 0 and (.fragments[1:] | add > 0))' \
		'frames with fragments'
	holds '.counters.xdp_frags_inspected > 0' 'inspected fragments'
}

# datagrams SIZE...: 6,000 of each of these sizes at once, from far0 to dut0
datagrams() {
	set -- "$@" --
	while [ "$1" != -- ]; do
		in_background nsenter --target "$far" --net -- "$traffic_tool" send \
			--to $DUT_ADDR --port 5203 --proto udp --size "$1" --pps 2000 \
			--bytes $((6000 * $1)) >/dev/null 2>&1
		shift
		set -- "$@" "$pid"
	done
	shift
	for sender; do
		wait "$sender" || fail 'cannot send datagrams'
	done
}

is_inspected() {
	[ "$(inspector_of_dut0)" ]
}

# inspected_datagrams SIZE...: under a watch of dut0, which sees the pool of
# multi-buffer XDP begin
inspected_datagrams() {
	ip link set dev dut0 xdpdrv off
	start_check run -i dut0 --for 60s --drain 1s --json "$json"
	wait_armed
	xdp_on dut0 netmem_pass_frags
	wait_for 'an inspector' is_inspected
	datagrams "$@"
	kill -INT "$checker"
	end_check '0|3' "datagrams of $*"
	! has_few_frames || taken=yes
}

# has_few_frames: another netmem-check had the others of the 190 that are sampled
has_few_frames() {
	jq -e '([.pools[].inspected.frames // empty] | add // 0) <= 50' "$json" >/dev/null
}

# frames_in_pool_pages: before 6.9 veth takes none of a pool for them
frames_in_pool_pages() {
	pass_or_lossy
	holds '.counters.xdp_inspected > 0' 'inspected frames'
	jq -e '.counters.xdp_inspected > .counters.xdp_unpooled' "$json" >/dev/null ||
		skip 'no frame of a veth is in a page of a pool'
	holds '.coverage.checks.active | index("frag_misaligned")' \
		'frag_misaligned is active'
	! has_few_frames || fail 'at most 50 frames in pages of pools'
}

# With the Ethernet header, and less the 3,520 bytes of the first buffer: all
# fragments are of odd lengths, and the next head comes behind them
case_misaligned_buffers_of_the_kernel() {
	veth 9000
	with_inspection inspected_datagrams 777 1301 5201 8701
	frames_in_pool_pages
	holds '[.findings[] | [.check, .severity, .confidence]] ==
		[["frag_misaligned", "WARN", "direct"]]' 'one warning'
	holds '.warning_codes | index("finding")' 'it is beside the verdict'
	holds '.findings[0].evidence | .rx_device == "dut0" and .rx_ifindex > 0 and
		.rx_queue == 0 and .event == "XDP_FRAME" and
		(.detail[0] % 8 > 0 or .detail[1] % 8 > 0) and
		.detail[0] < 4096 and .detail[2] > 0 and .detail[2] <= 4096' \
		'who received it, and where it lies'
	holds '.findings[0].count == ([.pools[].inspected.misaligned // 0] | add) and
		all(.pools[].inspected // empty; .misaligned < .frames)' \
		'a share of the frames'
	holds '.findings[0].evidence.hold_stack | any(test("page_pool_alloc"))' \
		'who allocated the page'
	expect_output '^received +on dut0 '
	expect_output '^share +[0-9]+ of [0-9]+ inspected frames'
}

# The same with fragments of multiples of 8
case_aligned_buffers() {
	veth 9000
	with_inspection inspected_datagrams 777 1301 5198 8694
	frames_in_pool_pages
	no_findings
	holds 'all(.pools[].inspected // empty; .misaligned == 0)' \
		'none is misaligned'
}

# action_on_dut0 ACTION VERDICT: run --xdp attaches, counts, and detaches
action_on_dut0() {
	veth 1500
	live_frames 20
	check '0|3' run -i dut0 --xdp "$1" --for 2s --drain 1s --json "$json"
	no_findings_but_stalls
	verdict_is_code
	holds ".xdp | any(.packets[\"$2\"] > 0)" "packets with verdict $2"
	[ "$(xdp_id dut0)" = 0 ] || fail 'a program is left on dut0'
}

case_run_with_xdp_pass() {
	action_on_dut0 pass pass
}

case_run_with_xdp_drop() {
	action_on_dut0 drop drop
}

case_run_with_xdp_tx() {
	action_on_dut0 tx tx
}

case_run_with_xdp_aborted() {
	action_on_dut0 aborted aborted
	holds '.counters.xdp_exceptions > 0' 'XDP exceptions'
}

case_run_with_xdp_redirect() {
	ip link add out0 type veth peer name end0
	ip link set out0 up
	ip link set end0 up
	action_on_dut0 redirect:out0 redirect
}

case_run_with_xdp_cpu() {
	action_on_dut0 cpu:1 redirect
}

# redirects_to_out0: what comes to dut0 goes to out0; its far end is end0
redirects_to_out0() {
	ip link add out0 type veth peer name end0
	ip link set out0 up
	ip link set end0 up
	veth 1500
	live_frames 20
	check '0|3' run -i dut0 --xdp redirect:out0 --for 2s --drain 1s \
		--json "$json"
}

# The kernel refuses frames for a veth whose peer has neither XDP nor GRO.
case_redirect_errors() {
	redirects_to_out0
	holds '[.redirect_errors[] | select(.device == "dut0")] |
		length == 1 and .[0].error == "EOPNOTSUPP" and
		.[0].stage == "redirect" and .[0].to == "out0" and
		.[0].count > 0' 'the frames that were refused'
	holds '.warning_codes | index("redirect_errors")' 'a warning'
	holds '.counters.redirect_errors >= .redirect_errors[0].count' 'the sum'
	expect_output 'XDP ON.*REDIRECT ERRORS'
}

case_no_redirect_errors_when_the_target_takes_frames() {
	ip link add end0 type veth peer name out0
	xdp_on end0 netmem_drop
	ip link set out0 up
	ip link set end0 up
	veth 1500
	live_frames 20
	check '0|3' run -i dut0 --xdp redirect:out0 --for 2s --drain 1s \
		--json "$json"
	holds '.xdp | any(.watched.packets.redirect > 0)' 'redirected frames'
	holds '[.redirect_errors[] | select(.stage == "redirect")] == []' \
		'no frame was refused'
	! grep -q EOPNOTSUPP "$tmp/out" || fail 'an error in the text'
}

# Of a program that was there before, only what it did meanwhile is listed.
case_frames_of_this_watch() {
	veth 1500
	xdp_on dut0 netmem_drop
	live_frames 1
	wait "$pid"
	check '0|3' run -i dut0 --for 1s --drain 1s --json "$json"
	holds '.xdp | any(.packets.drop > 0 and .watched.packets == {} and
		.watched.bytes == {})' 'frames from before the watch'
	! grep -q 'XDP ON' "$tmp/out" || fail 'a row of zeros'
}

has_received() {
	ip -s -j link show dev "$1" | jq -e '.[0].stats64.rx.packets > 0' >/dev/null
}

# pool_id: the address of dut0's pool
pool_id() {
	check '0|3' audit --json="$json"
	own_report | jq -r '.pools[] | select(.device == "dut0").pool'
}

watch_pool() {
	check '0|3' run --pool "$id" --for 1s --drain 1s --json "$json"
	is_taken || :
}

# Frames of another device are inspected as well, where pools are chosen by a
# filter, and say nothing of these.
case_inspected_frames_of_unwatched_devices() {
	foreign_object
	ip link add other0 type veth peer name other1
	ip link set other0 up
	ip link set other1 up
	xdp_on other0 netmem_pass
	veth 1500
	ip link set dev dut0 xdpdrv obj "$tmp/foreign.o" sec xdp ||
		fail 'cannot attach the foreign program'
	tcp 60 10M
	in_background "$traffic_tool" live-frames --dev other1 --action tx \
		--size 64 --pps 5000 --seconds 60 >/dev/null 2>&1
	wait_for 'other0 receives frames' has_received other0
	id=$(pool_id)
	[ "$id" ] || fail 'dut0 has no pool'
	with_inspection watch_pool
	holds '.pools | any(.device == "dut0" and .judged)' 'the pool is judged'
	holds '.counters.xdp_inspected > 0' 'frames of others are inspected'
	holds '[.coverage.checks.blind[].check] | index("xdp_foreign_page") and
		index("frag_misaligned") and index("xdp_frag_bounds")' \
		'XDP checks are blind'
}

case_unwatched_devices_are_not_listed() {
	ip link add other0 type veth peer name other1
	ip link set other0 up
	ip link set other1 up
	xdp_on other0 netmem_pass
	veth 1500
	xdp_on dut0 netmem_pass
	live_frames 20
	check '0|3' run -i dut0 --for 1s --drain 1s --json "$json"
	holds '[.xdp[].places[].device] | unique == ["dut0"]' 'dut0 only'
	expect_output '^dut0 native'
	! grep -q other0 "$tmp/out" || fail 'a device that was not asked for'
}

# Two devices dut0, in two namespaces, each with a program of its own.
case_equal_names_of_two_namespaces() {
	veth 1500
	xdp_on dut0 netmem_drop
	in_background unshare --net sleep 60
	there=$pid
	wait_for 'another namespace' has_own_netns "$there"
	own_namespace_of "$there"
	in_ns "$there" sh -c 'ip link add dut0 type veth peer name far0 &&
		ip link set dut0 up && ip link set far0 up' || fail 'no veth'
	in_ns "$there" ip link set dev dut0 xdpdrv obj "$xdp_object" \
		program netmem_drop >"$tmp/out" 2>&1 || fail 'no XDP there'
	start_check run --for 3s --drain 1s --json "$json"
	wait_armed
	live_frames 1
	in_ns "$there" "$traffic_tool" live-frames --dev far0 --count 100 \
		>/dev/null || fail 'no frames there'
	end_check '0|3' 'two namespaces'
	holds '[.xdp[] | select(.watched.packets.drop > 0) | .places[] |
		select(.device == "dut0")] | length == 2 and
		([.[].netns] | unique | length == 2) and
		([.[] | select(.netns_name)] | length == 1)' 'both'
	there=$(netns_of "$there")
	expect_output '^dut0 native'
	expect_output "^$there/dut0 native"
}

# Taking the program off ends the pools: what they had is told from before
case_pools_before_the_program_is_taken_off() {
	veth 1500
	tcp 20
	check '0|3' run -i dut0 --xdp pass --for 2s --drain 1s --json "$json"
	no_findings_but_stalls
	holds_pool '.device == "dut0" and .attached.hold > 0 and
		.attached.out > 0 and .attached.in_cache + .attached.in_ring +
		.attached.out == .attached.hold - .attached.release' \
		'a look before the program was taken off'
	xdp_on dut0 netmem_pass
	check '0|3' run -i dut0 --for 1s --drain 1s --json "$json"
	holds '.pools | length > 0 and all(.attached == null)' \
		'no such look without a program of ours'
}

case_program_of_another_stays() {
	foreign_object
	veth 1500
	ip link set dev dut0 xdpdrv obj "$tmp/foreign.o" sec xdp ||
		fail 'cannot attach the foreign program'
	before=$(xdp_id dut0)
	tcp 10
	live_frames 2
	start_check run -i dut0 --xdp drop --for 2s --drain 1s --json "$json"
	wait_armed
	[ "$(xdp_id dut0)" = "$before" ] || fail 'replaced while it runs'
	end_check '0|3' 'a foreign program on dut0'
	holds '.note_codes | index("xdp_present")' 'a note'
	expect_text "$tmp/err" "$(note_of xdp_present)"
	expect_error "'dut0'.*\<$before\>.*--xdp-replace"
	[ "$(xdp_id dut0)" = "$before" ] || fail 'replaced afterwards'
	no_findings_but_stalls
	verdict_is_code
	holds '[.coverage.checks.blind[].check] | index("xdp_foreign_page") and
		index("frag_misaligned")' 'XDP checks are blind'
	holds '.pools | any(.device == "dut0")' 'the pool is watched'
}

# replaced MODE: takes its place for the time of the run, then puts it back
replaced() {
	foreign_object
	veth 1500
	ip link set dev dut0 "$1" obj "$tmp/foreign.o" sec xdp ||
		fail 'cannot attach the foreign program'
	before=$(xdp_id dut0)
	live_frames 60
	start_check run -i dut0 --xdp drop --xdp-replace --for 2s --drain 1s \
		--json "$json"
	wait_armed
	[ "$(xdp_id dut0)" != "$before" ] || fail 'not replaced'
	end_check '0|3' '--xdp-replace'
	[ "$(xdp_id dut0)" = "$before" ] || fail 'not put back'
	ip link show dev dut0 | grep -q "$2" || fail 'put back in another mode'
	holds '.xdp | any(.packets.drop > 0)' 'frames that ours dropped'
	no_findings_but_stalls
}

case_replace_and_put_back() {
	replaced xdpdrv 'prog/xdp id'
}

case_replace_and_put_back_generic() {
	replaced xdpgeneric xdpgeneric
}

run_cases "$@"
