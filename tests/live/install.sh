#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What `make install` puts where, and that it works there.
. "${0%/*}/lib.sh"

COMMANDS='run watch audit attach detach status report probe checks'

case_every_help_exits_0() {
	check 0 --help
	for command in $COMMANDS; do
		grep -Eq "^  $command " "$tmp/out" || fail "--help does not list $command"
	done
	check 0 --version
	for command in $COMMANDS; do
		check 0 "$command" --help
		expect_output "^Usage: netmem-check $command"
		expect_output 'Exit status'
		[ ! -s "$tmp/err" ] || fail "$command --help complains"
	done
}

install_to() {
	make --no-print-directory -C "$root" install "$@" >"$tmp/out" 2>&1 ||
		fail 'make install fails'
}

case_files_and_man_pages() {
	install_to DESTDIR="$tmp/root" PREFIX=/usr
	for file in bin/netmem-check share/netmem-check/xdp_netmem_stats.bpf.o \
		share/netmem-check/scenarios/run share/netmem-check/scenarios/tcp.sh \
		share/netmem-check/scenarios/lib.sh \
		share/netmem-check/build/netmem-traffic share/man/man1/netmem-check.1; do
		[ -s "$tmp/root/usr/$file" ] || fail "no $file"
	done
	for command in $COMMANDS; do
		page=$tmp/root/usr/share/man/man1/netmem-check-$command.1
		[ -s "$page" ] || fail "no man page of $command"
		grep -q 'EXIT STATUS\|Exit status' "$page" ||
			fail "the man page of $command tells no exit status"
		command -v groff >/dev/null || continue
		groff -man -Tutf8 -ww "$page" >/dev/null 2>"$tmp/err"
		[ ! -s "$tmp/err" ] || fail "groff complains about $command"
	done
	[ "$(find "$tmp/root" -type f ! -path "$tmp/root/usr/*")" = '' ] ||
		fail 'files outside PREFIX'
}

# As a package would be used: built for PREFIX, staged in DESTDIR, unpacked.
case_installed_program_works() {
	install_to DESTDIR="$tmp/root" PREFIX=/usr
	NETMEM_CHECK=/usr/bin/netmem-check
	cat >"$tmp/unpack" <<-'END'
		#!/bin/sh
		mount -t overlay overlay -o lowerdir="$1/usr:/usr" /usr || exit 99
		shift
		exec "$@"
	END
	chmod +x "$tmp/unpack"
	prefix="unshare --mount $tmp/unpack $tmp/root"
	# shellcheck disable=SC2086 # a command and its arguments
	$prefix true 2>/dev/null || skip 'no overlay file system to install into'
	check 0 checks
	expect_output hold_twice
	check 0 run --scenario list
	expect_output '^tcp +PASS'
	check '0|3' run --scenario xdp-pass --drain 1s --json "$json"
	clean_or_lossy
	holds '.xdp | any(.packets.pass > 0)' 'the installed XDP object'
}

# The usual place of hand-made programs, and no DESTDIR
case_installed_below_a_prefix_of_its_own() {
	install_to PREFIX="$tmp/prefix"
	NETMEM_CHECK=$tmp/prefix/bin/netmem-check
	check 0 checks
	check 0 run --scenario list
	expect_output '^tcp +PASS'
}

run_cases "$@"
