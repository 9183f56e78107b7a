#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# --btf, where libbpf looks without it, and files that are not this kernel's.
# shellcheck disable=SC2034 # prefix is used by check
. "${0%/*}/lib.sh"

# hidden: from now on `check` runs where the kernel shows no types
hidden() {
	cp /sys/kernel/btf/vmlinux "$tmp/own.btf" 2>/dev/null ||
		skip 'this kernel shows no BTF'
	cat >"$tmp/hide" <<-'END'
		#!/bin/sh
		mount -t tmpfs tmpfs /sys/kernel/btf || exit 99
		mount -t tmpfs tmpfs /boot || exit 99
		[ ! -e "${0%/*}/boot.btf" ] ||
			cp "${0%/*}/boot.btf" "/boot/vmlinux-$(uname -r)" || exit 99
		exec "$@"
	END
	chmod +x "$tmp/hide"
	prefix="unshare --mount $tmp/hide"
}

# types NAME: compiles standard input to $tmp/NAME.o, an ELF file with BTF
types() {
	clang -g -target bpf -x c -c -o "$tmp/$1.o" - ||
		fail "cannot compile $1"
}

NONE='no BTF of this kernel .*--btf FILE'

case_none() {
	hidden
	for command in audit holders 'run --for 1s' attach; do
		# shellcheck disable=SC2086 # a subcommand and its options
		check $CANNOT $command
		expect_error "$NONE"
	done
	ip link set lo up
	check $CANNOT xdp attach lo
	expect_error "$NONE"
	check $CANNOT probe
	expect_output "no +kernel BTF with page_pool .*--btf FILE"
}

case_given() {
	hidden
	pool_of_dut0
	tcp 60
	check '0|3' run -i dut0 --for 2s --drain 1s --btf "$tmp/own.btf" \
		--json "$json"
	clean_or_lossy
	holds '.coverage.control.fired | length == 3' 'hooks that fire'
	holds '.pools | any(.device == "dut0")' 'the pool of dut0'
	check '0|3' audit --btf "$tmp/own.btf" --json="$json"
	holds '.note_codes | index("types_not_verified")' 'a note'
	holds '.pools | any(.device == "dut0")' 'the pool of dut0'
	check 0 probe --btf "$tmp/own.btf"
	expect_output 'yes +kernel BTF with page_pool'
	expect_error 'types not verified against the running kernel'
	check 0 xdp attach lo --btf "$tmp/own.btf"
	expect_output netmem_pass
}

# The kernel's own beside it: all works as without
case_given_and_own() {
	hidden
	prefix=
	check '0|3' audit --btf "$tmp/own.btf" --json="$json"
	holds '.note_codes | index("types_not_verified") | not' 'no note'
	check '0|3' holders --btf "$tmp/own.btf"
}

# Where distributions install it
case_found_in_boot() {
	hidden
	cp "$tmp/own.btf" "$tmp/boot.btf"
	check '0|3' audit
	check 0 xdp attach lo
}

case_no_btf() {
	echo 'no types' >"$tmp/text"
	head -c 100000 /sys/kernel/btf/vmlinux >"$tmp/cut"
	: >"$tmp/empty"
	for file in "$tmp/text" "$tmp/cut" "$tmp/empty" "$tmp"; do
		check $CANNOT audit --btf "$file"
		expect_error "'$file' is neither BTF nor an ELF file with BTF"
	done
	check $RUNTIME audit --btf "$tmp/nosuch"
	expect_error "cannot read '$tmp/nosuch'"
}

case_other_architecture() {
	case $(uname -m) in
	x86_64) other=orig_x0 name=arm64 ;;
	*) other=orig_ax name=x86 ;;
	esac
	types other <<-END
		struct pt_regs { unsigned long regs[31], $other; } registers;
		struct page_pool { int number; } pool;
	END
	check $CANNOT audit --btf "$tmp/other.o"
	expect_error "of another architecture: $name"
}

case_other_kernel() {
	types old <<-END
		struct page_pool { int number; } pool;
	END
	check $CANNOT run --for 1s --btf "$tmp/old.o"
	expect_error 'of another kernel: its struct page_pool'
}

# changed SED-COMMAND: the kernel's own struct page and page_pool, but for that
changed() {
	bpftool btf dump file /sys/kernel/btf/vmlinux format c |
		sed "$1" >"$tmp/vmlinux.h"
	types changed <<-END
		#include "$tmp/vmlinux.h"
		struct page page;
		struct page_pool pool;
	END
}

# What a page has of a pool is in anonymous unions.
case_other_anonymous_member() {
	command -v bpftool >/dev/null || skip 'no bpftool'
	changed ''
	"$NETMEM_CHECK" xdp attach nosuch --btf "$tmp/changed.o" >"$tmp/out" 2>"$tmp/err"
	! grep 'of another kernel' "$tmp/err" || fail 'the same struct is refused'
	changed '/^struct page {/,/^}/ {
		s/\<pp_magic;/pp_other;/
		s/\*pp;/*pp_magic;/
		s/\<pp_other;/pp;/
	}'
	check $CANNOT xdp attach lo --btf "$tmp/changed.o"
	expect_error 'of another kernel: its struct page '
}

case_of_a_module() {
	types module <<-END
		struct driver { int number; } driver;
	END
	check $CANNOT holders --btf "$tmp/module.o"
	expect_error 'has no struct page_pool'
}

# What a small file for a small machine has: some members of some structs
case_minimised() {
	bpftool gen min_core_btf /sys/kernel/btf/vmlinux "$tmp/small.btf" \
		"$NETMEM_BUILD"/bpf/*.bpf.o "$NETMEM_BUILD"/bpf/*/*.bpf.o \
		2>"$tmp/err" || skip 'bpftool cannot make a small file'
	[ "$(stat -c %s "$tmp/small.btf")" -lt 100000 ] ||
		fail 'the small file is large'
	hidden
	check '0|3' audit --btf "$tmp/small.btf"
	check 0 xdp attach lo --btf "$tmp/small.btf"
}

run_cases "$@"
