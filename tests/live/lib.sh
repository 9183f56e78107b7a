# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the live tests share. A test file sources this first, defines functions
# case_NAME, and ends with `run_cases "$@"`. tests/run runs each case by itself;
# by hand: tests/live/FILE.sh [CASE]. A case ends well by returning, otherwise
# through `fail` or `skip`.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
: "${NETMEM_CHECK:=$root/netmem-check}"
: "${NETMEM_BUILD:=$root/build}"
: "${NETMEM_SECONDS:=2}" # length of a scenario's traffic
: "${NETMEM_TMP:=$(mktemp -d "${TMPDIR:-/tmp}/netmem-test.XXXXXX")}"
export NETMEM_CHECK NETMEM_BUILD NETMEM_SECONDS NETMEM_TMP
tmp=$NETMEM_TMP
traffic_tool=$NETMEM_BUILD/netmem-traffic

# shellcheck source=lib/sh/wait.sh
. "$root/lib/sh/wait.sh"
# shellcheck source=lib/sh/net.sh
. "$root/lib/sh/net.sh"

xdp_object=$NETMEM_BUILD/bpf/xdp_netmem_stats.bpf.o

# A case has a network namespace of its own, which goes with its processes.
case ${1:---cases}-${NETMEM_TEST_INSIDE:-} in
--cases-* | *-yes) ;;
*)
	if [ "$(id -u)" -eq 0 ]; then
		NETMEM_TEST_INSIDE=yes exec unshare --net -- "$0" "$@"
	fi
	;;
esac

# Exit codes of netmem-check (verdict.h)
# shellcheck disable=SC2034
PASS=0 FAIL=1 USAGE=2 INCONCLUSIVE=3 CANNOT=4 RUNTIME=5

# ---- how a case ends ----

fail() {
	echo "$*" >&2
	for file in out err; do
		[ -s "$tmp/$file" ] || continue
		echo "--- standard $file"
		cat "$tmp/$file"
	done | head -n 80 >&2
	exit 1
}

skip() {
	echo "$*" >&2
	exit 4
}

list_cases() {
	sed -n 's/^case_\([a-z0-9_]*\)() {$/\1/p' "$0"
}

# all_cases: one after the other, for a run by hand
all_cases() {
	for one in $(list_cases); do
		echo "$one"
		"$0" "$one" || exit
	done
}

# run_cases --cases | CASE | nothing for all of them
run_cases() {
	case ${1:-} in
	--cases)
		list_cases
		return
		;;
	'')
		all_cases
		return
		;;
	esac
	trap end_background EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	[ "$(id -u)" -ne 0 ] || ip link set lo up
	forget_namespaces
	"case_$1"
}

# ---- processes in the background; they end with the case ----

background=

# in_background COMMAND...: sets $pid. It can be interrupted: a shell lets
# what it puts in the background ignore Ctrl-C.
in_background() {
	env --default-signal=INT "$@" &
	pid=$!
	background="$background $pid"
}

end_background() {
	for one in $background; do
		kill -KILL "$one" 2>/dev/null
		wait "$one" 2>/dev/null
	done
	background=
}

# wait_for WHAT COMMAND...: at most 10 s
wait_for() {
	what=$1
	shift
	wait_until 30 "$@" || fail "waited 30 s in vain: $what"
}

has_ended() {
	! [ -e "/proc/$1/exe" ]
}

# is_own PID: a process of this case
is_own() {
	grep -qsz "^NETMEM_TMP=$tmp\$" "/proc/$1/environ"
}

# own_processes PGREP-OPTION...: those of this case that pgrep finds
own_processes() {
	for process in $(pgrep "$@"); do
		! is_own "$process" || echo "$process"
	done
}

# strangers: the netmem-check processes of others
strangers() {
	for process in $(pgrep -x netmem-check); do
		is_own "$process" || echo "$process"
	done
}

# now_ms: of the monotonic clock
now_ms() {
	echo $(($(uptime) * 10))
}

# ---- what is ours: netmem-check judges the pools of these namespaces only ----

export NETMEM_TEST_NETNS="$tmp/netns"
namespaces=self # pids of processes in them
without_device=

# list_namespaces: anew, since numbers of namespaces that are gone come back.
# A scenario adds its own (scenarios/lib.sh).
list_namespaces() {
	[ "${NETMEM_TEST_NETNS:-}" ] || return 0
	for one in $namespaces; do
		netns_of "$one" 2>/dev/null
	done >"$NETMEM_TEST_NETNS"
	[ -z "$without_device" ] || echo 0 >>"$NETMEM_TEST_NETNS"
}

forget_namespaces() {
	namespaces=self
	list_namespaces
}

# own_namespace_of PID: one that the case made
own_namespace_of() {
	namespaces="$namespaces $1"
	list_namespaces
}

# own_pools_without_device: those of live frames, and those whose device is gone
# when netmem-check first sees them. They cannot be told from those of others.
own_pools_without_device() {
	without_device=yes
	list_namespaces
}

# ---- the program ----

# What starts the program, for tests that change its surroundings
prefix=

# cover DIRECTORY: from now on `check` runs where that directory is empty
cover() {
	cat >"$tmp/cover" <<-'END'
		#!/bin/sh
		mount -t tmpfs none "$1" && shift && exec "$@"
	END
	chmod +x "$tmp/cover"
	prefix="unshare --mount $tmp/cover $1"
}

# check CODES ARGUMENT...: runs it; fails unless it exits with one of CODES
# ("0", "0|3"). Leaves $code, $tmp/out and $tmp/err.
check() {
	codes=$1
	shift
	new_watch "$1"
	# shellcheck disable=SC2086 # a command and its arguments
	$prefix "$NETMEM_CHECK" "$@" >"$tmp/out" 2>"$tmp/err"
	code=$?
	expect_code "$codes" "netmem-check $*"
}

expect_code() {
	case "|$1|" in
	*"|$code|"*) ;;
	*) fail "$2: exit code $code, expected $1" ;;
	esac
}

# new_watch SUBCOMMAND: where one begins, scenarios of earlier ones are gone
new_watch() {
	case ${1:-} in
	run | watch | attach) list_namespaces ;;
	esac
}

# start_check ARGUMENT...: in the background; sets $checker
start_check() {
	new_watch "$1"
	: >"$tmp/out"
	: >"$tmp/err"
	# shellcheck disable=SC2086 # a command and its arguments
	in_background $prefix "$NETMEM_CHECK" "$@" >"$tmp/out" 2>"$tmp/err"
	checker=$pid
}

# end_check CODES WHAT: waits for it
end_check() {
	wait "$checker"
	code=$?
	expect_code "$1" "$2"
}

# wait_armed: until that of start_check says that it watches: all its hooks and
# XDP programs are on. Then it sees a little.
wait_armed() {
	wait_until 60 grep -q '^watching' "$tmp/err" ||
		fail 'netmem-check does not arm'
	sleep 0.5
}

expect_error() {
	grep -Eq -- "$1" "$tmp/err" || fail "no message that matches /$1/"
}

expect_output() {
	grep -Eq -- "$1" "$tmp/out" || fail "no output that matches /$1/"
}

# flat FILE: as one line, without commas in numbers: reports wrap their texts
flat() {
	tr -s '[:space:]' ' ' <"$1" | sed 's/\([0-9]\),\([0-9]\)/\1\2/g'
}

# expect_text FILE FILTER: whatever text the filter finds in the JSON report is
# in the file, too
expect_text() {
	jq -re "$2" "$json" >"$tmp/wanted" || fail "the JSON report has no $2"
	while read -r wanted; do
		flat "$1" | grep -qF -- "$wanted" || fail "no '$wanted' in $1"
	done <"$tmp/wanted"
}

# bpf_programs PID: ids of those that the process has open
bpf_programs() {
	sed -n 's/^prog_id:[[:space:]]*//p' /proc/"$1"/fdinfo/* 2>/dev/null |
		sort -un
}

# note_programs: those of start_check, for programs_gone
note_programs() {
	programs=$(bpf_programs "$checker")
	[ "$programs" ] || fail 'netmem-check has no BPF programs'
}

# programs_gone: the kernel has none of $programs any more
programs_gone() {
	for one in $programs; do
		! bpftool prog show id "$one" >/dev/null 2>&1 || return
	done
}

# A text for people: no crash, no internal words
expect_no_crash() {
	! grep -Eiq 'internal:|segmentation|core dumped|assert' "$tmp/out" "$tmp/err" ||
		fail "internal words for the user"
}

# ---- reports ----

json=$tmp/report.json

# reason_of CODE, note_of CODE: filters: the texts with it
reason_of() {
	echo "[.reason_codes, .reasons] | transpose[] | select(.[0] == \"$1\")[1]"
}

note_of() {
	echo "[.note_codes, .notes] | transpose[] | select(.[0] == \"$1\")[1]"
}

# function_way: fentry or kprobe, as this kernel lets functions be traced;
# nothing where it does not, and function_way_why says why
function_way() {
	"$NETMEM_CHECK" probe --json | jq -r '.tiers.function // ""'
}

function_way_why() {
	"$NETMEM_CHECK" probe --json | jq -r .tiers.why
}

# own_report: the JSON report without the pools and XDP programs of others
own_report() {
	jq --slurpfile own "$NETMEM_TEST_NETNS" '
		if .pools | type == "array" then .pools |= map(select(.judged)) else . end |
		if .xdp | type == "array" then .xdp |= map(select(any(.places[]; .netns |
			IN($own[])))) else . end' "$json"
}

# holds FILTER WHAT: the JSON report has it (jq -e, which takes no input at all for
# true unless it is asked for)
holds() {
	own_report 2>/dev/null | jq -ne "input | ($1)" >/dev/null 2>&1 || {
		own_report 2>&1 | jq 'del(.coverage.hooks, .coverage.checks,
			.pools[].hold_stack)' >"$tmp/out" 2>&1
		fail "the JSON report does not hold: ${2:-$1}"
	}
}

# The record of a pool that is gone goes to the next pool, of whomever, and what
# it counted into a sum. So a case that ends its pools may find them there.

# Windows, or summed pools, that lost events
GAPS='([.pools[].gaps] + [.pools_gone.gaps] | add)'

# holds_pool FILTER WHAT: some pool is so, or is in the sum
holds_pool() {
	holds "(.pools | any($1)) or .pools_gone.pools > 0" "$2"
}

# Pools of others whose device is gone cannot be told from ours without one.
no_findings() {
	if [ "$without_device" ]; then
		holds '.findings | all(.check == "stalled_shutdown" and
			.evidence.device == null)' 'no findings'
	else
		holds '.findings == []' 'no findings'
	fi
}

# no_findings_but_stalls: for a case that ends a pool under traffic. Where the
# kernel itself counts pages of the ended pool in flight beyond the drain (a
# deferred free on an idle processor), that is true, and no fault of the test.
no_findings_but_stalls() {
	holds '.findings | all(.check == "stalled_shutdown")' \
		'no findings but stalled pools'
	holds '.findings == [] or
		(.pools | any(.state == "stalled" and .inflight > 0))' \
		'a stalled pool that the kernel tells of'
}

# no_findings_but_fragments: for a case with frames of several buffers. veth cuts
# their fragments as long as they are (skb_pp_cow_data()), so that the head of a
# small frame may come behind an odd one: a warning, and true of the kernel.
no_findings_but_fragments() {
	holds '.findings | all(.check == "frag_misaligned" and .severity == "WARN")' \
		'no findings but misaligned buffers'
}

# holds_of_all FILTER WHAT: the JSON report has it, the pools of others included.
# $events: of all pools, as counters have them
holds_of_all() {
	jq -e '([.coverage.events, ([.pools[].events] | add)] | max) as $events |
		'"$1" "$json" >/dev/null 2>&1 || holds false "$2"
}

# The verdict and the exit code say the same.
verdict_is_code() {
	holds ".exit_code == $code and
		{PASS: 0, FAIL: 1, INCONCLUSIVE: 3}[.verdict] == $code" \
		"verdict and exit code $code agree"
}

# Codes, as jq's IN() takes them. Beside very many pools of others one of ours may
# find no slot.
LOSS_REASONS='"coverage_low", "events_lost", "counts_differ_lossy", "unstored",
	"pools_untracked", "undecided", "steps_lost", "function_lost", "never_at_rest", "counts_differ_once"'

# stalled_and_held: one stalled pool, which waits for pages that all have a
# holder: a warning
stalled_and_held() {
	holds '[.findings[].check] == ["stalled_shutdown"]' \
		'one finding, stalled_shutdown'
	holds '.findings[0].severity == "WARN"' 'a warning only'
	holds '[.pools[] | select(.state == "stalled")] | length == 1' \
		'one stalled pool'
	holds '.pools[] | select(.state == "stalled") | .inflight > 0 and
		.held.out == .inflight and .held.attributed == .held.out and
		(.holders | length > 0)' 'each page has a holder'
	pass_or_lossy
}

# pass_or_lossy: PASS, or INCONCLUSIVE because events were lost (this happens
# on virtual machines under load), or because a pool under traffic did not
# rest, and for no other reason
pass_or_lossy() {
	verdict_is_code
	holds ".verdict == \"PASS\" or (.verdict == \"INCONCLUSIVE\" and
		(.reason_codes | length > 0 and all(IN($LOSS_REASONS))) and
		($GAPS > 0 or .losses != [] or
		(.pools | any(.state == \"active\" and (.quiet | not)))))" \
		'PASS, or INCONCLUSIVE because of losses'
}

clean_or_lossy() {
	no_findings
	pass_or_lossy
}

# ---- inspected frames: one netmem-check of the machine at most ----

# inspector_of_dut0: the program that inspects frames which its XDP program
# passes; nothing where there is none
inspector_of_dut0() {
	maps=$(bpftool -j prog show id "$(xdp_id dut0)" | jq '.map_ids[]')
	for map in $maps; do
		case $(bpftool -j map show id "$map" | jq -r .name) in
		netmem_inspect | netmem_insp_frg) ;;
		*) continue ;;
		esac
		# XDP_PASS is 2
		bpftool -j map lookup id "$map" key 2 0 0 0 2>/dev/null |
			jq -r '.value // empty | map(ltrimstr("0x")) | reverse | add' |
			sed 's/^./0x&/' | xargs -r printf '%d\n'
	done
}

# with_inspection COMMAND...: runs netmem-check, which sets $taken when another
# one inspects our frames. If that is somebody else's, then again.
with_inspection() {
	for _ in 1 2 3 4 5; do
		others=$(strangers)
		taken=
		"$@"
		[ "$taken" ] || return 0
		[ "$others$(strangers)" ] || return 0
	done
	skip "somebody else's netmem-check inspects our frames"
}

# is_taken: by the JSON report
is_taken() {
	jq -e '.coverage.checks.blind | any(.check == "xdp_foreign_page" and
		.code == "xdp_occupied")' "$json" >/dev/null || return
	taken=yes
}

# ---- a veth pair ----

DUT_ADDR=10.201.0.1
FAR_ADDR=10.201.0.2

# far COMMAND...: in the namespace of the other end
far() {
	in_ns "$far" "$@"
}

# veth MTU: dut0 here with an address, far0 in a namespace that $far holds
veth() {
	in_background unshare --net sleep 86400
	far=$pid
	wait_for 'a new namespace' other_namespace "$far"
	own_namespace_of "$far"
	veth_pair dut0 $$ far0 "$far"
	for end in dut0 far0; do
		in_end $end ip link set $end mtu "$1" ||
			fail "cannot set the MTU of $end"
	done
	address $$ dut0 $DUT_ADDR
	address "$far" far0 $FAR_ADDR
	far ip link set lo up
}

in_end() {
	[ "$1" = far0 ] || {
		shift
		"$@"
		return
	}
	shift
	far "$@"
}

other_namespace() {
	has_own_netns "$1" && [ "$(cat "/proc/$1/comm")" = sleep ]
}

# xdp_on END PROGRAM: natively, the plain tool way
xdp_on() {
	in_end "$1" ip link set dev "$1" xdpdrv obj "$xdp_object" program "$2" ||
		fail "cannot attach $2 to $1"
}

# pool_of_dut0: dut0 with a pool
pool_of_dut0() {
	veth 1500
	xdp_on dut0 netmem_pass
}

# hold WHAT OPTION...: the traffic tool keeps packets of dut0; sets $holder
hold() {
	: >"$tmp/held"
	in_background "$traffic_tool" hold "$@" >"$tmp/held"
	holder=$pid
}

wait_ready() {
	wait_for 'everything is held' grep -q '^ready' "$tmp/held"
	sleep 0.2
}

# udplite_in_flight COUNT PORT: so many packets of a pool of dut0 are in a socket
# that no process has open
udplite_in_flight() {
	pool_of_dut0
	more_in_flight "$@"
}

# more_in_flight COUNT PORT: the same, of the pool that is there
more_in_flight() {
	[ -e /proc/net/udplite ] || skip 'this kernel has no UDP-Lite'
	hold udplite --port "$2" --bytes $((1000 * $1)) --in-flight
	sleep 0.5
	far "$traffic_tool" send --to $DUT_ADDR --port "$2" --proto udplite \
		--bytes $((1000 * $1)) --size 1000 --pps 5000 >/dev/null ||
		fail 'cannot send'
	wait_ready
}

# xdp_id END: the id of the XDP program on the device; 0: none
xdp_id() {
	id=$(in_end "$1" ip link show dev "$1" | xdp_ids)
	echo "${id:-0}"
}

# foreign_object: an XDP program that is not ours, $tmp/foreign.o
foreign_object() {
	cat >"$tmp/foreign.c" <<-'END'
		__attribute__((section("xdp"), used)) int foreign(void *ctx)
		{
			return 2; /* XDP_PASS */
		}
		char gpl[] __attribute__((section("license"), used)) = "GPL";
	END
	clang -O2 -g -target bpf -c "$tmp/foreign.c" -o "$tmp/foreign.o" ||
		skip 'no clang for an XDP program of the test'
}

# tcp SECONDS [RATE]: from far0 to dut0, in the background
tcp() {
	in_background iperf3 --server --port 5201 >/dev/null 2>&1
	wait_for 'iperf3 listens' listens 5201
	in_background nsenter --target "$far" --net -- iperf3 --client $DUT_ADDR \
		--port 5201 --time "$1" --bitrate "${2:-50M}" >/dev/null 2>&1
}

# live_frames SECONDS: into dut0, in the background; a pool of its own
live_frames() {
	own_pools_without_device
	in_background nsenter --target "$far" --net -- "$traffic_tool" \
		live-frames --dev far0 --size 64 --pps "${2:-20000}" --seconds "$1" \
		>/dev/null 2>&1
}

# fill_socket BYTES: nobody reads them; sets $holder
fill_socket() {
	in_background "$traffic_tool" hold --port 5202 --bytes "$1" >/dev/null
	holder=$pid
	wait_for 'the holder listens' listens 5202
	far "$traffic_tool" send --to $DUT_ADDR --port 5202 --bytes "$1" \
		--size 1000 >/dev/null || fail 'cannot fill the socket'
}

# slow_queue RATE: what comes in at dut0 for 10.203.0.2 waits in a queue
slow_queue() {
	veth 1500
	ip link add out0 type veth peer name end0
	ip link set end0 up
	ip link set out0 addrgenmode none
	ip link set out0 up
	ip address add 10.203.0.1/24 dev out0
	ip neighbour replace 10.203.0.2 dev out0 lladdr 02:00:00:00:00:02 \
		nud permanent
	echo 1 >/proc/sys/net/ipv4/ip_forward
	far ip route add 10.203.0.2 via $DUT_ADDR
	tc qdisc add dev out0 root tbf rate "$1" burst 2k latency 200s ||
		skip 'this kernel has no tbf'
	xdp_on dut0 netmem_pass
}

# into_queue PPS SECONDS
into_queue() {
	far "$traffic_tool" send --to 10.203.0.2 --port 9 --proto udp \
		--size 1000 --pps "$1" --seconds "$2" >/dev/null
}

# stall: a pool that is destroyed while a socket holds its pages
stall() {
	xdp_on dut0 netmem_pass
	fill_socket 200000
	ip link delete dut0
}

# unstall: reads what is held, so that the pool can go
unstall() {
	kill -USR1 "$holder"
	wait "$holder" || fail 'the holder could not read what it held'
	settle "$traffic_tool"
}

# ---- pinned mode ----

PINS=/sys/fs/bpf/netmem

# attach: and detach when the case ends, however it ends
attach() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; end_background' EXIT
	check 0 attach
}

detach() {
	check 0 detach
	[ ! -e $PINS ] || fail "$(find $PINS) is left"
}

# ---- recordings ----

# make_recording: a small one, $tmp/recording; skips when a scenario is refused
make_recording() {
	check '0|3' run --scenario xdp-pass --drain 1s --record "$tmp/recording"
	[ -s "$tmp/recording" ] || fail 'no recording was written'
}
