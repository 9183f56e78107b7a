#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What `make install` puts where, and that it works there.
. "${0%/*}/lib.sh"

# The program's own list; what `--help` says has to be the same.
commands() {
	"$NETMEM_CHECK" --list-commands | sed 's/ .*//'
}

case_every_help_exits_0() {
	check 0 --help
	sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$tmp/out" >"$tmp/helped"
	commands >"$tmp/listed"
	grep -qx run "$tmp/listed" || fail '--list-commands does not list run'
	diff "$tmp/helped" "$tmp/listed" >"$tmp/out" ||
		fail '--help and --list-commands differ'
	check 0 --version
	while read -r command; do
		check 0 "$command" --help
		expect_output "^Usage: netmem-check $command"
		expect_output 'Exit status'
		[ ! -s "$tmp/err" ] || fail "$command --help complains"
	done <"$tmp/listed"
}

install_to() {
	make --no-print-directory -C "$root" install "$@" >"$tmp/out" 2>&1 ||
		fail 'make install fails'
}

# man_page NAME: it is there, of that name, in section 8, and man has nothing
# to say against it
man_page() {
	page=$tmp/root/usr/share/man/man8/$1.8
	[ -s "$page" ] || fail "no man page $1(8)"
	title=$(echo "$1" | tr a-z- A-Z-)
	grep -q "^\.TH $title \"8\"" "$page" || fail "$1(8) has another title"
	grep -q 'EXIT STATUS\|Exit status' "$page" ||
		fail "$1(8) tells no exit status"
	command -v lexgrog >/dev/null || return 0
	lexgrog "$page" | grep -q "\"$1 - ..*\"" ||
		fail "no name and description in $1(8)"
	man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>"$tmp/err" >/dev/null
	[ ! -s "$tmp/err" ] || fail "man warns about $1(8)"
}

case_files_and_man_pages() {
	install_to DESTDIR="$tmp/root" PREFIX=/usr
	for file in bin/netmem-check libexec/netmem-check/netmem-traffic \
		libexec/netmem-check/xdp_netmem_stats.bpf.o \
		libexec/netmem-check/scenarios/run \
		libexec/netmem-check/scenarios/tcp.sh \
		libexec/netmem-check/scenarios/lib.sh \
		libexec/netmem-check/lib/sh/scenario.sh \
		lib/systemd/system/netmem-check.service \
		share/netmem-check/alerts.yml share/netmem-check/grafana.json \
		lib/sysusers.d/netmem-check.conf \
		share/bash-completion/completions/netmem-check \
		share/zsh/site-functions/_netmem-check; do
		[ -s "$tmp/root/usr/$file" ] || fail "no $file"
	done
	man_page netmem-check
	for command in $(commands); do
		man_page "netmem-check-$command"
	done
	[ "$(find "$tmp/root" -type f ! -path "$tmp/root/usr/*")" = '' ] ||
		fail 'files outside PREFIX'
	[ "$(find "$tmp/root/usr/share" -type f ! -path '*/man/man8/*' \
		! -path '*/bash-completion/completions/netmem-check' \
		! -path '*/share/netmem-check/*' \
		! -path '*/zsh/site-functions/_netmem-check')" = '' ] ||
		fail 'other things than man pages and completions in share'
}

# Without debug information, of which the kernel has no use, and with BTF
case_installed_xdp_object() {
	install_to DESTDIR="$tmp/root" PREFIX=/usr
	xdp_object=$tmp/root/usr/libexec/netmem-check/xdp_netmem_stats.bpf.o
	readelf --section-headers --wide "$xdp_object" >"$tmp/out"
	expect_output ' \.BTF '
	! grep -q '\.debug_' "$tmp/out" || fail 'it has debug sections'
	bpftool btf dump file "$xdp_object" >"$tmp/out" 2>&1 ||
		fail 'bpftool cannot read its BTF'
	expect_output "FUNC 'netmem_pass'"
	veth 1500
	xdp_on dut0 netmem_pass
	bpftool prog show id "$(xdp_id dut0)" >"$tmp/out"
	expect_output 'btf_id [0-9]'
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
