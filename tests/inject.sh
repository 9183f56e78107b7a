# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# System calls that fail, one a run, by `strace -e inject`: for tests/live/inject.sh
# and inject-all.sh. A place is what a call is about: which command of bpf(2), which
# file. Of each place the first and the last call fail. After tests/live/lib.sh.

: "${tmp:?}" "${json:?}"

# Seconds that the places of one command may take; nothing: all of them
: "${INJECT_SECONDS=}"

CALLS=bpf,mmap,openat,socket,read,write,clone,clone3,vfork

# errors_of CALL
errors_of() {
	case $1 in
	bpf) echo ENOMEM EPERM ;;
	mmap) echo ENOMEM ;;
	openat | socket) echo EMFILE ;;
	read) echo EIO ;;
	write) echo ENOSPC EPIPE ;;
	*) echo EAGAIN ;;
	esac
}

need_strace() {
	command -v strace >/dev/null || skip 'no strace'
	strace -f --seccomp-bpf -e trace=none true >/dev/null 2>&1 ||
		skip 'strace may not trace here'
}

# traced STRACE-OPTION... : the command in $command
traced() {
	# shellcheck disable=SC2086 # a subcommand and its options
	timeout --kill-after=5 120 strace -f --seccomp-bpf "$@" \
		"$NETMEM_CHECK" $command >"$tmp/out" 2>"$tmp/err"
}

# places: "N CALL" of the first and of the last call of each place, in an order
# that is another one each time; not before main(), which begins with fcntl(2): the
# dynamic linker is not ours. What the program says on standard error must be able
# to get there.
places() {
	traced -y -e trace=$CALLS,fcntl -o "$tmp/trace" || :
	awk '
		function place(text) {
			sub(/\) += .*/, "", text)
			# what is read and written, and how much, says nothing
			if (text ~ /^(read|write)\(/)
				sub(/>,.*/, ">", text)
			gsub(/0x[0-9a-f]+/, "X", text)
			# which program is run, its descriptor says
			if (text !~ /^bpf\(BPF_PROG_(TEST_)?RUN/)
				gsub(/[0-9]+/, "N", text)
			return substr(text, 1, 90)
		}
		!process { process = $1 }
		$1 != process || $2 !~ /^[a-z0-9]+\(/ { next }
		{
			sub(/^[0-9]+ +/, "")
			name = $0
			sub(/\(.*/, "", name)
			number = ++count[name]
			begun = begun || name == "fcntl"
			if (!begun || name == "fcntl" || $0 ~ /^write\(2</)
				next
			key = place($0)
			if (!(key in first))
				first[key] = number " " name
			last[key] = number " " name
		}
		END {
			for (key in first) {
				print first[key]
				if (first[key] != last[key])
					print last[key]
			}
		}' "$tmp/trace" | sort -u | shuf
}

# must_answer WHAT: a right answer, or words and an exit code that say that there
# is none; and outputs that are whole where there is one
must_answer() {
	case $code in
	0 | 3) outputs_are_whole "$1" ;;
	4 | 5) expect_error '^netmem-check[ :]' ;;
	127) expect_error 'error while loading shared libraries' ;;
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

# is_over: the time for this command is
is_over() {
	[ "$INJECT_SECONDS" ] && [ "$(uptime)" -ge "$inject_end" ]
}

# fail_once N CALL ERROR: one run of $command
fail_once() {
	what="strace -f -e inject=$2:error=$3:when=$1 netmem-check $command"
	$before
	rm -f "$json" "$tmp/recording"
	traced -o "$tmp/injected" -e trace="$2" -e inject="$2:error=$3:when=$1"
	code=$?
	runs=$((runs + 1))
	! grep -q INJECTED "$tmp/injected" || injected=$((injected + 1))
	# All that go wrong are shown.
	(
		must_answer "$what"
		$after "$what"
	) 2>"$tmp/why" && return
	wrong=$((wrong + 1))
	{
		echo "$what: exit code $code"
		cat "$tmp/why"
	} >>"$tmp/wrong"
}

# inject BEFORE AFTER ARGUMENT...: the command, with each of its calls failing
# once; BEFORE is run before it, and AFTER looks at what is left
inject() {
	need_strace
	before=$1
	after=$2
	shift 2
	command="$*"
	runs=0
	injected=0
	wrong=0
	: >"$tmp/wrong"
	$before
	places >"$tmp/places"
	$after "$command"
	inject_end=$(($(uptime) + ${INJECT_SECONDS:-0} * 100))
	while read -r number call && ! is_over; do
		for error in $(errors_of "$call"); do
			fail_once "$number" "$call" "$error"
		done
	done <"$tmp/places"
	echo "$command: $injected calls failed in $runs runs; places: $(wc -l <"$tmp/places")"
	[ $injected -gt 0 ] || fail "$command: no call failed"
	none_wrong
}

none_wrong() {
	[ "$wrong" -eq 0 ] || {
		cat "$tmp/wrong" >&2
		rm -f "$tmp/out" "$tmp/err"
		fail "$command: $wrong runs went wrong"
	}
}

# nothing_left WHAT: no pins, no XDP program, no process
nothing_left() {
	left=$(find /sys/fs/bpf -path '/sys/fs/bpf/netmem*')
	[ -z "$left" ] || fail "$1: left: $left"
	[ "$(xdp_id dut0)" = 0 ] || fail "$1: an XDP program is left"
	wait_until 5 no_process || fail "$1: a process is left: $(own_processes -x netmem-check)"
}

no_process() {
	[ ! "$(own_processes -x netmem-check)" ]
}
