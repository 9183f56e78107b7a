#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tests/run itself, on trees of small tests that it makes. Each has its
# negative control. One line a case, "ok NAME" or "not ok NAME: WHY"; exits with
# 1 when one is not ok.
#
# usage: tests/runner/run.sh

tests=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
: "${NETMEM_BUILD:=${tests%/*}/build}"
top=$(mktemp -d "${TMPDIR:-/tmp}/netmem-runner.XXXXXX") || exit 1
chmod 755 "$top"
trap 'rm -rf "$top"' EXIT
# shellcheck source=lib/sh/wait.sh
. "${tests%/*}/lib/sh/wait.sh"
marker=$$.$(date +%s) # what processes of the tests have in their command line

# ---- what cases say ----

# case_is NAME: of what `wrong` and `end_case` tell
case_is() {
	name=$1
	why=
}

wrong() {
	why=${why:-$*}
}

end_case() {
	if [ -z "$why" ]; then
		echo "ok runner/$name"
	else
		echo "not ok runner/$name: $why"
		sed 's/^/# /' "$tree/said" 2>/dev/null
	fi
}

skip_case() {
	echo "ok runner/$1 # SKIP $2"
}

# ---- trees ----

# new_tree: the scripts of the real one, and no test
new_tree() {
	rm -rf "$tree/tests" "$tree/build" "${tree:?}/lib"
	mkdir -p "$tree/tests/unit" "$tree/tests/live" "$tree/build/tests"
	ln -s "$tests/run" "$tests/run-all" "$tests/run-quick" \
		"$tests/run-live" "$tests/guarded" "$tests/guard" "$tests/lib.sh" "$tree/tests/"
	ln -s "${tests%/*}/lib" "$tree/lib"
	printf '#!/bin/sh\n' >"$tree/program"
	chmod +x "$tree/program"
}

# unit NAME [LIMIT]: a unit test; its program is standard input
unit() {
	echo "/* limit: ${2:-60} */" >"$tree/tests/unit/test_$1.c"
	{
		echo '#!/bin/sh'
		cat
	} >"$tree/build/tests/test_$1"
	chmod +x "$tree/build/tests/test_$1"
}

# live NAME [LIMIT]: a live test with one case, `it`; standard input is its body
live() {
	{
		echo '#!/bin/sh'
		echo "# limit: ${2:-60}"
		# shellcheck disable=SC2016 # for the script
		echo '[ "$1" != --cases ] || { echo it; exit; }'
		cat
	} >"$tree/tests/live/$1.sh"
	chmod +x "$tree/tests/live/$1.sh"
}

# run_tests CODE ARGUMENT...: what it says is in $tree/said
run_tests() {
	wanted=$1
	shift
	NETMEM_CHECK=$tree/program NETMEM_BUILD=$tree/build "$tree/tests/run" "$@" \
		>"$tree/said" 2>&1
	code=$?
	[ $code -eq "$wanted" ] || wrong "exit code $code, expected $wanted"
}

says() {
	grep -Eq -- "$1" "$tree/said" || wrong "does not say /$1/"
}

says_not() {
	! grep -Eq -- "$1" "$tree/said" || wrong "says /$1/"
}

# wait_for WHAT COMMAND...: 10 s at most
wait_for() {
	what=$1
	shift
	wait_until 10 "$@" || {
		wrong "waited in vain: $what"
		return 1
	}
}

passing='echo 1..1; echo "ok 1 - one"'

# ---- names ----

names() {
	case_is 'a pattern without a match fails'
	new_tree
	echo "$passing" | unit good
	run_tests 2 nosuch
	says '^0 passed, 0 failed, 0 skipped$'
	says "no test matches 'nosuch'"
	run_tests 2 unit/nosuch
	run_tests 2 live/
	run_tests 0 unit/good
	says '^ok - unit/good: one$'
	says '^1 passed, 0 failed, 0 skipped$'
	run_tests 0
	end_case

	case_is 'a unit test that was not built fails'
	new_tree
	echo "$passing" | unit good
	echo "$passing" | unit forgotten
	run_tests 0
	says '^2 passed, 0 failed, 0 skipped$'
	rm "$tree/build/tests/test_forgotten"
	run_tests 1
	says '^not ok - unit/forgotten$'
	says 'make unit-tests'
	says '^1 passed, 1 failed, 0 skipped$'
	end_case
}

slow() {
	case_is 'slow tests run when they are asked for'
	new_tree
	echo "$passing" | unit good
	echo 'exit 0' | live quick
	echo 'exit 0' | live long
	sed -i '2i # slow' "$tree/tests/live/long.sh"
	live mixed <<-'END'
		[ "$1" != --cases ] || { echo rounds; echo short; }
		case_short() {
			: # slow
		}
		# slow
		case_rounds() {
			:
		}
	END
	sed -i '/echo it/d' "$tree/tests/live/mixed.sh"
	run_tests 0
	says '^ok - live/quick: it'
	says '^ok - live/mixed: short'
	says_not 'live/long|rounds'
	run_tests 0 live/
	says_not 'live/long|rounds'
	run_tests 0 live/long
	says '^ok - live/long: it'
	run_tests 0 live/mixed
	says '^2 passed, 0 failed, 0 skipped$'
	run_tests 0 --slow
	says '^2 passed, 0 failed, 0 skipped$'
	says '^ok - live/long: it'
	says '^ok - live/mixed: rounds'
	end_case
}

# ---- results ----

results() {
	case_is 'each result counts, and a failure shows what was said'
	new_tree
	unit mixed <<-'END'
		echo 1..4
		echo 'ok 1 - one'
		echo 'not ok 2 - two'
		echo '# expected 1, got 2'
		echo 'ok 3 - three # SKIP no such thing'
		echo 'ok 4 - four'
		exit 1
	END
	run_tests 1
	says '^ok - unit/mixed: one$'
	says '^not ok - unit/mixed: two$'
	tail -n 4 "$tree/said" >"$tree/end"
	grep -qx 'failed: unit/mixed: two' "$tree/end" ||
		wrong "what failed does not stand at the end: $(cat "$tree/end")"
	grep -q '^    .*expected 1, got 2' "$tree/end" ||
		wrong "what a failed test said does not stand at the end"
	says '^    # expected 1, got 2$'
	says '^ok - unit/mixed: three # SKIP no such thing$'
	says '^2 passed, 1 failed, 1 skipped$'
	end_case

	case_is 'a test that crashes fails'
	new_tree
	unit segfault <<-'END'
		echo 1..2; echo 'ok 1 - one'
		kill -SEGV $$
	END
	unit late <<-'END'
		echo 1..1; echo 'ok 1 - one'
		kill -SEGV $$
	END
	unit silent <<-'END'
		exit 0
	END
	unit short <<-'END'
		echo 1..2; echo 'ok 1 - one'
	END
	echo "$passing" | unit good
	run_tests 1
	for name_of in segfault late silent short; do
		says "^not ok - unit/$name_of\$"
	done
	says_not '^not ok - unit/good'
	says '^4 passed, 4 failed, 0 skipped$'
	run_tests 0 unit/good
	end_case
}

# ---- time ----

limits() {
	case_is 'a test that hangs is killed and reported'
	new_tree
	unit hangs 1 <<-'END'
		echo 1..1
		sleep 1000 &
		sleep 1000
	END
	unit ignores 1 <<-'END'
		trap '' TERM
		echo 1..1
		while :; do sleep 0.1; done
	END
	unit slow 60 <<-'END'
		sleep 1.5
		echo 1..1; echo 'ok 1 - one'
	END
	run_tests 1
	says '^not ok - unit/hangs$'
	says '^not ok - unit/ignores$'
	says 'limit of 1 s'
	says '^1 passed, 2 failed, 0 skipped$'
	run_tests 0 unit/slow
	end_case

	case_is 'a process that a test leaves is reported and ends'
	new_tree
	unit leaves <<-END
		setsid sleep 8$marker >/dev/null 2>&1 &
		echo 1..1; echo 'ok 1 - one'
	END
	unit tidy <<-'END'
		setsid sleep 0.2 &
		echo 1..1; echo 'ok 1 - one'
	END
	run_tests 1
	says '^not ok - unit/leaves$'
	says "process left: [0-9]+ sleep 8$marker"
	says_not '^not ok - unit/tidy'
	[ ! "$(pgrep -f "sleep 8$marker")" ] || wrong 'the process is still there'
	run_tests 0 unit/tidy
	end_case
}

# ---- the end of the runner ----

leftovers() {
	pgrep -f "sleep 9$marker"
	find "$TMPDIR" -name 'netmem-tests.*'
}

# shellcheck disable=SC2317 # wait_for calls it
is_clean() {
	[ -z "$(leftovers)" ]
}

# start_tests: in the background, as a terminal would; sets $runner
start_tests() {
	NETMEM_CHECK=$tree/program NETMEM_BUILD=$tree/build setsid env --default-signal=INT,QUIT \
		"$tree/tests/run" >"$tree/said" 2>&1 &
	runner=$!
}

# end_by SIGNAL WHOM CODE...: the runner, or its process group (Ctrl-C)
end_by() {
	kill -s "$1" -- "$2"
	wait "$runner" 2>/dev/null
	code=$?
	[ $code -eq "$3" ] || wrong "SIG$1: exit code $code, expected $3"
	wait_for "nothing is left after SIG$1" is_clean ||
		wrong "left after SIG$1: $(leftovers | tr '\n' ' ')"
}

# both_sleep: that of the test, and that of its own session
both_sleep() {
	[ "$(pgrep -cfx "sleep 9$marker")" -ge 2 ]
}

ends() {
	case_is 'a runner that is killed leaves nothing'
	new_tree
	unit hangs 20 <<-END
		setsid sleep 9$marker &
		echo x >"\$TMPDIR/file"
		echo \$TMPDIR >$tree/started
		sleep 9$marker
	END
	for how in KILL INT TERM group; do
		rm -f "$tree/started"
		start_tests
		wait_for 'the test runs' [ -s "$tree/started" ]
		[ -s "$(cat "$tree/started")/file" ] || wrong 'no temporary file'
		wait_for 'there are processes to leave' both_sleep
		case $how in
		KILL) end_by KILL "$runner" 137 ;;
		INT) end_by INT "-$runner" 130 ;;
		TERM) end_by TERM "$runner" 143 ;;
		group) end_by KILL "-$runner" 137 ;;
		esac
	done
	end_case
}

# ---- live ----

live_cases() {
	case_is 'a live test: passed, failed, skipped'
	new_tree
	live good <<-'END'
		echo fine
	END
	live bad <<-'END'
		echo 'this is why'; exit 1
	END
	live none <<-'END'
		echo 'no such device'; exit 4
	END
	run_tests 1
	says '^ok - live/good: it$'
	says '^not ok - live/bad: it$'
	says '^    this is why$'
	says '^ok - live/none: it # SKIP no such device$'
	says '^1 passed, 1 failed, 1 skipped$'
	run_tests 2 --quick
	run_tests 0 live/good
	rm "$tree/program"
	run_tests 1 live/good
	says "$tree/program; .make. builds it"
	end_case

	case_is 'a live test that hangs or crashes fails'
	new_tree
	live hangs 1 <<-'END'
		setsid sleep 1000 & sleep 1000
	END
	live crashes <<-'END'
		kill -SEGV $$
	END
	live good <<-'END'
		sleep 0.1
	END
	run_tests 1
	says '^not ok - live/hangs: it$'
	says 'limit of 1 s'
	says '^not ok - live/crashes: it$'
	says 'exit code 139'
	says '^1 passed, 2 failed, 0 skipped$'
	end_case

	case_is 'a pin that a test leaves is reported and goes'
	new_tree
	live a-leaves <<-'END'
		mkdir /sys/fs/bpf/netmem
	END
	live b-tidy <<-'END'
		mkdir /sys/fs/bpf/netmem && rmdir /sys/fs/bpf/netmem
	END
	run_tests 1
	says '^not ok - live/a-leaves: it$'
	says 'pin left: /sys/fs/bpf/netmem'
	says '^ok - live/b-tidy: it$'
	end_case
}

# with_log: tests/run with a kernel log of ours, the lines of standard input,
# after "BEGIN" those that come while the test runs
log_cases() {
	case_is 'a splat in the kernel log fails a test, other lines do not'
	new_tree
	live logged <<-'END'
		sleep 0.1
	END
	mkdir -p "$tree/bin"
	cat >"$tree/bin/dmesg" <<-END
		#!/bin/sh
		begin=\$(/bin/dmesg | grep -E 'netmem-test [^ ]*: live/logged' | tail -n 1)
		cat "$tree/before.log"
		[ -e "$tree/overrun" ] || echo "\$begin"
		cat "$tree/since.log"
	END
	chmod +x "$tree/bin/dmesg"
	splat='WARNING: CPU: 1 PID: 7 at net/core/page_pool.c:100 page_pool_x'
	cat >"$tree/foreign.log" <<-'END'
		page_pool_release_retry() stalled pool shutdown: id 7, 3 inflight 60 sec
		INFO: task cc1:77 blocked for more than 120 seconds.
		cc1 invoked oom-killer: gfp_mask=0x0, order=0
		Call Trace:
	END
	(
		PATH=$tree/bin:$PATH
		echo "$splat" >"$tree/before.log"
		cp "$tree/foreign.log" "$tree/since.log"
		run_tests 0
		says '^ok - live/logged: it$'
		echo "$splat" >>"$tree/since.log"
		run_tests 1
		says '^not ok - live/logged: it$'
		says 'kernel log: WARNING: CPU: 1'
		says_not 'stalled|blocked|Call Trace'
		# The line of the test's begin was pushed out
		: >"$tree/before.log"
		touch "$tree/overrun"
		run_tests 1
		says 'kernel log: WARNING: CPU: 1'
		echo "$why" >"$tree/why"
	)
	why=$(cat "$tree/why")
	rm -f "$tree/overrun"
	end_case
}

# A device whose other end is here shows when the test's namespace is gone.
kill_case() {
	case_is 'a killed runner leaves no namespace, device, program or pin'
	near=nrun$$
	new_tree
	live holds 20 <<-END
		exec unshare --net sh -c '
			ip link add $near type veth peer name far0 &&
			ip link set $near netns $$ || exit
			bpftool prog loadall $NETMEM_BUILD/bpf/xdp_netmem_stats.bpf.o \
				/sys/fs/bpf/held || exit
			bpftool -j prog show pinned /sys/fs/bpf/held/netmem_pass |
				jq .id >$tree/started
			setsid sleep 9$marker & sleep 9$marker'
	END
	rm -f "$tree/started"
	start_tests
	wait_for 'the test runs' [ -s "$tree/started" ]
	program=$(cat "$tree/started")
	ip link show dev "$near" >/dev/null 2>&1 || wrong 'no device'
	bpftool prog show id "${program:-0}" >/dev/null 2>&1 ||
		wrong 'no BPF program'
	end_by KILL "$runner" 137
	wait_for 'the namespace goes' no_device
	wait_for 'the BPF program goes' no_program
	end_case
}

# shellcheck disable=SC2317 # wait_for calls it
no_device() {
	! ip link show dev "$near"
}

# shellcheck disable=SC2317 # wait_for calls it
no_program() {
	! bpftool prog show id "$program"
}

# One run waits in a test until another has ended.
case_of_two() {
	case_is 'two runs do not wait for each other'
	new_tree
	live first 60 <<-END
		touch $tree/waits
		until [ -e $tree/go ]; do sleep 0.05; done
	END
	live second 60 <<-'END'
		echo fine
	END
	rm -f "$tree/go" "$tree/waits"
	NETMEM_CHECK=$tree/program NETMEM_BUILD=$tree/build "$tree/tests/run" live/first \
		>"$tree/first" 2>&1 &
	first=$!
	wait_for 'the first one runs' [ -e "$tree/waits" ]
	run_tests 0 live/second
	touch "$tree/go"
	wait $first || wrong "the first one failed: $(cat "$tree/first")"
	end_case
}

# ---- all, side by side, each group with its tree ----

in_group() {
	tree=$top/$1
	TMPDIR=$tree/tmp
	export TMPDIR
	mkdir -p "$TMPDIR"
	"$1"
}

groups='names results limits ends'
if [ "$(id -u)" -eq 0 ]; then
	groups="$groups live_cases slow log_cases kill_case case_of_two"
else
	for what in 'live tests' 'slow tests' 'kernel log' 'killed live test' 'two runs'; do
		skip_case "$what" 'must run as root'
	done
fi
for group in $groups; do
	(
		trap - EXIT
		in_group "$group"
	) >"$top/$group.tap" &
done
wait
for group in $groups; do
	[ -s "$top/$group.tap" ] || echo "not ok runner/$group: nothing came of it"
done >"$top/none.tap"
cat "$top"/*.tap
! grep -q '^not ok' "$top"/*.tap
