# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What tests/run and the scripts behind it share: how a result is printed, time
# limits, and how the processes of a test are found again.
#
# Whatever belongs to a test carries NETMEM_TEST_MARK in its environment: that
# of its run, a dot, and the test's own. A run that is started by a test has a
# mark below that test's (a slash).

: "${root:?}" "${TMPDIR:?}" "${NETMEM_TEST_MARK:?}"

DEFAULT_LIMIT=120 # seconds
KILL_AFTER=2 # seconds between SIGTERM and SIGKILL
SETTLE=5 # seconds, for a process that is about to end

# shellcheck source=lib/sh/wait.sh
. "$root/lib/sh/wait.sh"

# ---- results: the lines that run-all counts ----

pass() {
	echo "ok - $1"
}

skip() {
	echo "ok - $1 # SKIP $2"
}

# fail NAME FILE: with what the test said
fail() {
	echo "not ok - $1"
	sed 's/^/    /' "$2"
}

# is_wanted NAME: does it match the pattern that the user gave?
is_wanted() {
	# shellcheck disable=SC2154,SC2254 # a shell pattern, of whoever sources us
	case $1 in
	*$pattern*) return 0 ;;
	esac
	return 1
}

# may_have SUITE: can the pattern match a name of this suite?
may_have() {
	case $pattern in
	unit/* | replay/* | golden/* | display/* | layers/* | completion/* | runner/* | live/*)
		[ "${pattern%%/*}" = "$1" ]
		;;
	esac
}

# ---- processes ----

# marked MARK: pids of those that carry it, or a mark below it
marked() {
	grep -lszE "^NETMEM_TEST_MARK=$1(\$|[./])" /proc/[0-9]*/environ \
		2>/dev/null | sed 's/[^0-9]*//g'
}

none_marked() {
	[ ! "$(marked "$1")" ]
}

# kill_marked MARK: until none is left. In the middle of execve(2) a process
# has no environment, so one look that finds nothing is not enough.
kill_marked() {
	empty=0
	tries=0
	while [ $empty -lt 2 ] && [ $tries -lt 200 ]; do
		tries=$((tries + 1))
		pids=$(marked "$1")
		if [ "$pids" ]; then
			empty=0
			# shellcheck disable=SC2086 # a list
			kill -KILL $pids 2>/dev/null
		else
			empty=$((empty + 1))
		fi
		sleep 0.02
	done
	[ $empty -ge 2 ] || echo "cannot be killed: $(echo "$pids" | tr '\n' ' ')"
}

# left_processes MARK: those that outlive their test
left_processes() {
	wait_until $SETTLE none_marked "$1"
	for pid in $(marked "$1"); do
		echo "process left: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done 2>/dev/null
}

# limit_of FILE: seconds; its line "# limit: SECONDS" (in C: a comment of its
# own), or the default
limit_of() {
	limit=$(sed -n 's,^\(#\|/\*\) limit: \([0-9][0-9]*\)\( \*/\)*$,\2,p' "$1" |
		head -n 1)
	echo "${limit:-$DEFAULT_LIMIT}"
}

# limited SECONDS MARK OUTPUT COMMAND...: its exit code; its output, and what
# went wrong around it, in OUTPUT. None of its processes is left. $clean says
# whether it kept to its time, and left none by itself.
limited() {
	limit=$1
	own_mark=$2
	output=$3
	shift 3
	clean=yes
	begin=$(uptime)
	NETMEM_TEST_MARK=$own_mark timeout --kill-after=$KILL_AFTER "$limit" \
		"$@" >"$output" 2>&1 </dev/null
	status=$?
	if [ $status -ge 124 ] &&
		[ $(($(uptime) - begin)) -ge $((limit * 100)) ]; then
		echo "killed: it took longer than its limit of $limit s" >>"$output"
		clean=
	elif left=$(left_processes "$own_mark") && [ "$left" ]; then
		echo "$left" >>"$output"
		clean=
	fi
	left=$(kill_marked "$own_mark")
	if [ "$left" ]; then
		echo "$left" >>"$output"
		clean=
	fi
	return $status
}
