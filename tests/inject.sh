# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# System calls that fail, one a run, by the injector (tests/inject.c, which says
# what a call and a place is): for tests/live/inject*.sh. After tests/live/lib.sh.

: "${tmp:?}" "${json:?}"

# Of how many of its calls each place is tried: all where it has no more, else the
# first, the last, and others by chance. Only loops have more than a few.
: "${INJECT_CALLS=32}"
# Seconds that one command may take; nothing: as long as it takes
: "${INJECT_SECONDS=}"

inject=$NETMEM_BUILD/tests/inject

need_injector() {
	[ -x "$inject" ] || fail "no '$inject'; make unit-tests builds it"
	"$inject" --list /dev/null true 2>"$tmp/err" || skip "$(cat "$tmp/err")"
}

# injected OPTION...: the command in $command, under the injector
injected() {
	# shellcheck disable=SC2086 # a subcommand and its options
	timeout --kill-after=5 120 "$inject" "$@" \
		"$NETMEM_CHECK" $command >"$tmp/out" 2>"$tmp/err"
	code=$?
}

# calls_to_fail LIST: "WHO CALL ARGUMENT NUMBER ERROR", in an order that is another
# one each time; on standard error how many there are. Of processes that are ours.
calls_to_fail() {
	awk -v most="$INJECT_CALLS" -v seed="$(od -An -N4 -tu4 /dev/urandom)" '
		function fails(key, at) {
			chosen++
			split(key, part)
			n_errors = split(errors[part[2]], one_of)
			print part[1], part[2], part[3], number[key, at],
				one_of[1 + int(rand() * n_errors)]
		}
		BEGIN {
			srand(seed)
			errors["bpf"] = "ENOMEM EPERM"
			errors["mmap"] = "ENOMEM"
			errors["openat"] = errors["socket"] = "EMFILE"
			errors["read"] = "EIO"
			errors["write"] = "ENOSPC EPIPE"
			errors["clone"] = errors["clone3"] = errors["vfork"] = "EAGAIN"
		}
		$5 == "0" { next }
		$1 != "main" && $1 != "netmem-workload" && $1 !~ /^MHD/ { next }
		{
			calls++
			key = $1 " " $2 " " $3 " " $5
			number[key, ++count[key]] = $4
		}
		END {
			for (key in count) {
				places++
				fails(key, 1)
				# of those that are left, as many as are to be
				n = count[key]
				wanted = (n < most ? n : most) - 1
				for (at = n; at > 1; at--)
					if (wanted && (at == n || rand() * (at - 1) < wanted)) {
						fails(key, at)
						wanted--
					}
			}
			print chosen + 0 " of " calls + 0 " calls, of " places + 0 " places" >"/dev/stderr"
		}' "$1" | shuf
}

# must_answer WHAT: a right answer, or words and an exit code that say that there
# is none; and outputs that are whole where there is one
must_answer() {
	case $code in
	0 | 3) outputs_are_whole "$1" ;;
	4 | 5) expect_error '^netmem-check[ :]' ;;
	124 | 137) fail "$1: it hangs" ;;
	*) fail "$1: exit code $code" ;;
	esac
	expect_no_crash
}

# outputs_are_whole WHAT: what was written says what the exit code says
outputs_are_whole() {
	case $command in
	*--json*)
		[ "$(jq .exit_code "$json" 2>&1)" = "$code" ] ||
			fail "$1: exit code $code, and the JSON report is $(head -c 200 "$json")"
		;;
	esac
	case $command in
	*--record*)
		"$NETMEM_CHECK" report "$tmp/recording" >"$tmp/replayed" 2>&1
		[ $? -eq "$code" ] ||
			fail "$1: exit code $code, and the recording: $(tail -n 3 "$tmp/replayed")"
		;;
	esac
}

# is_over: the time for this command is, and some call failed
is_over() {
	[ "$INJECT_SECONDS" ] && [ "$injections" -gt 0 ] &&
		[ "$(uptime)" -ge "$inject_end" ]
}

# fail_once WHO CALL ARGUMENT NUMBER ERROR: one run of $command
fail_once() {
	what="tests/inject $* FILE netmem-check $command"
	$before
	rm -f "$json" "$tmp/recording"
	injected "$@" "$tmp/injected"
	runs=$((runs + 1))
	! grep -qs injected "$tmp/injected" || injections=$((injections + 1))
	# All that go wrong are shown.
	(
		must_answer "$what"
		$after "$what"
	) 2>"$tmp/why" && return
	wrong=$((wrong + 1))
	{
		echo "$what: exit code $code"
		cat "$tmp/why"
	} | tee -a "$tmp/wrong" >>"${INJECT_LOG:-/dev/null}"
}

# inject BEFORE AFTER ARGUMENT...: the command, with each of its calls failing
# once; BEFORE is run before it, and AFTER looks at what is left
inject() {
	need_injector
	before=$1
	after=$2
	shift 2
	command="$*"
	runs=0
	injections=0
	wrong=0
	: >"$tmp/wrong"
	$before
	injected --list "$tmp/list"
	must_answer "$command"
	$after "$command"
	calls_to_fail "$tmp/list" >"$tmp/calls" 2>"$tmp/count"
	inject_end=$(($(uptime) + ${INJECT_SECONDS:-0} * 100))
	while read -r who call argument number error && ! is_over; do
		fail_once "$who" "$call" "$argument" "$number" "$error" </dev/null
	done <"$tmp/calls"
	echo "$command: $injections calls failed in $runs runs, $wrong went wrong; $(cat "$tmp/count")" |
		tee -a "${INJECT_LOG:-/dev/null}"
	[ $injections -gt 0 ] || fail "$command: no call failed"
	[ "$wrong" -eq 0 ] || {
		cat "$tmp/wrong" >&2
		rm -f "$tmp/out" "$tmp/err"
		fail "$command: $wrong runs went wrong"
	}
}

nothing() {
	:
}

# nothing_left WHAT: no pins, no XDP program, no process
nothing_left() {
	left=$(find /sys/fs/bpf -path '/sys/fs/bpf/netmem*')
	[ -z "$left" ] || fail "$1: left: $left"
	[ "$(xdp_id dut0)" = 0 ] || fail "$1: an XDP program is left"
	wait_until 5 no_process || fail "$1: a process is left: $(own_processes -x netmem-check)"
}

no_process() {
	[ ! "$(own_processes -x netmem-check; own_processes -x netmem-workload)" ]
}
