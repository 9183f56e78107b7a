#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# limit: 300
# Too few files, too little memory, system calls that fail: every run works, or
# says what it ran short of; none blames the kernel, and none ends without a word.
. "${0%/*}/lib.sh"

# a_word WHAT: an error has a reason that is true; nothing ended by a signal
a_word() {
	case $code in
	0 | 3) ;;
	5) expect_error 'Too many open files|Cannot allocate memory|too little memory|out of memory' ;;
	*) fail "$1: exit code $code" ;;
	esac
	expect_no_crash
}

# limited ULIMIT-OPTION VALUE ARGUMENT...
limited() {
	limit="$1 $2"
	shift 2
	# shellcheck disable=SC2086 # an option and its value
	(ulimit $limit && exec "$NETMEM_CHECK" "$@") >"$tmp/out" 2>"$tmp/err"
	code=$?
	a_word "ulimit $limit: $*"
}

case_limits_of_files() {
	list_namespaces
	for files in 4 6 10 20 40 64 80; do
		limited -n $files audit
	done
	for files in 4 20 64; do
		limited -n $files run --for 200ms --drain 100ms \
			--json="$json" --record "$tmp/recording"
		[ $code = 5 ] || fail "with $files files: exit code $code"
		limited -n $files holders
		limited -n $files probe
	done
	# A lower limit that may be raised is none.
	check 0 probe
	# shellcheck disable=SC3045 # the shells of Linux have it
	(ulimit -S -n 16 && exec "$NETMEM_CHECK" probe) >"$tmp/out" 2>"$tmp/err" ||
		fail 'a limit that may be raised'
}

# least_memory: KiB with which the program and its libraries start at all
least_memory() {
	least=10000
	# shellcheck disable=SC3045 # the shells of Linux have it
	until (ulimit -v $least && exec "$NETMEM_CHECK" --version) >/dev/null 2>&1; do
		least=$((least + 1000))
		[ $least -lt 60000 ] || fail 'it does not start'
	done
}

case_limits_of_memory() {
	list_namespaces
	least_memory
	for kib in $least $((least + 4000)) $((least + 12000)) 60000 100000 200000; do
		limited -v "$kib" audit
	done
	for kib in $((least + 12000)) 120000; do
		limited -v "$kib" run --for 200ms --drain 100ms \
			--record "$tmp/recording"
		limited -v "$kib" holders
	done
}

# to_start CALL: how many of them the program needs to start, with its libraries
to_start() {
	strace -o "$tmp/calls" -e trace="$1" "$NETMEM_CHECK" --version >/dev/null
	grep -c "^$1(" "$tmp/calls"
}

# injected CALL ERROR N: the Nth call fails
injected() {
	strace -o /dev/null -e trace="$1" -e inject="$1:error=$2:when=$3" \
		"$NETMEM_CHECK" audit >"$tmp/out" 2>"$tmp/err"
	code=$?
	case $code in
	0 | 3) ;;
	5 | 127) [ -s "$tmp/err" ] || fail "no word about $1 number $3" ;;
	*) fail "$1 number $3 fails: exit code $code" ;;
	esac
	expect_no_crash
}

# slow
case_calls_that_fail() {
	command -v strace >/dev/null || skip 'no strace'
	strace -o /dev/null -e inject=getppid:error=ENOMEM true 2>/dev/null ||
		skip 'strace cannot inject errors here'
	list_namespaces
	for number in 3 6 10 15 16 19 40 64; do
		injected bpf ENOMEM $number
	done
	start=$(to_start mmap)
	for number in 2 7 11 15; do
		injected mmap ENOMEM $((start + number))
	done
	start=$(to_start openat)
	for number in 1 3 6 9 12; do
		injected openat EMFILE $((start + number))
	done
}

# No device can be looked for: that is no wrong name.
case_namespace_that_cannot_be_opened() {
	command -v strace >/dev/null || skip 'no strace'
	strace -o "$tmp/calls" -e trace=openat -e inject=openat:error=EMFILE:when=1 \
		-P /proc/self/ns/net \
		"$NETMEM_CHECK" run -i dut0 --for 100ms >"$tmp/out" 2>"$tmp/err"
	code=$?
	grep -q INJECTED "$tmp/calls" || skip 'strace cannot inject errors here'
	expect_code 5 'no descriptor is left'
	expect_error 'cannot look into this network namespace: Too many open files'
}

# A directory that was made and cannot be opened is no half-made state. First it is
# looked whether there is one.
case_pins_that_cannot_be_opened() {
	command -v strace >/dev/null || skip 'no strace'
	strace -o "$tmp/calls" -e trace=openat -e inject=openat:error=EMFILE:when=2 \
		-P netmem_new "$NETMEM_CHECK" attach >"$tmp/out" 2>"$tmp/err"
	code=$?
	grep -q INJECTED "$tmp/calls" || skip 'strace cannot inject errors here'
	expect_code "$RUNTIME" 'no descriptor is left'
	expect_error 'cannot pin below .*: Too many open files'
	[ ! -e /sys/fs/bpf/netmem_new ] || fail 'a directory is left'
}

# fails CALL ARGUMENT NUMBER ERROR COMMAND...: by the injector of tests/inject.c
fails() {
	failing="$*"
	calls="main $1 $2 $3 $4"
	shift 4
	# shellcheck disable=SC2086 # words
	"$NETMEM_BUILD/tests/inject" $calls "$tmp/injected" "$NETMEM_CHECK" "$@" \
		>"$tmp/out" 2>"$tmp/err"
	code=$?
	grep -qx injected "$tmp/injected" || fail "no such call: $failing: $(cat "$tmp/err")"
}

# What the kernel does not show is not said to be of others.
case_pin_that_cannot_be_looked_at() {
	check 0 attach
	obj_get=7
	fails bpf $obj_get 3 EPERM detach
	[ "$code" -ne 0 ] || fail 'all was taken away'
	expect_error "netmem/.*' cannot be looked at and stays: Operation not permitted"
	! grep -q 'not of netmem-check' "$tmp/err" || fail 'it is said to be of others'
	check 0 detach
}

# The exit code is that of a kernel that lacks something, which standard error says.
case_probe_says_why() {
	prog_test_run=10
	fails bpf $prog_test_run 1 EPERM probe
	expect_code "$CANNOT" 'programs do not run'
	expect_error 'nothing can be watched without running tracing programs on demand .*not permitted'
}

run_cases "$@"
