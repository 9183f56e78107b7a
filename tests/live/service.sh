#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The systemd unit of monitor: what systemd-analyze says of it, and that the
# monitor works within it. No systemd runs here: its user, capabilities and
# system calls are tried one by one.
. "${0%/*}/lib.sh"
# shellcheck source=tests/live/monitor.lib
. "$root/tests/live/monitor.lib"

unit=$root/contrib/monitor/netmem-check.service.in
NOBODY=65534

# setting NAME: its values in the unit
setting() {
	sed -n "s/^$1=//p" "$unit" | tr ' ' '\n' | sort
}

# capabilities: as setpriv has them, without the one that is given
capabilities() {
	setting AmbientCapabilities | tr '[:upper:]' '[:lower:]' | sed 's/^cap_/+/' |
		grep -vx -- "+$1" | paste -sd, | sed 's/^/-all,/'
}

# as_unit WITHOUT: `check` and `start_check` run as the unit does, but for a capability
as_unit() {
	caps=$(capabilities "$1")
	prefix="setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups
		--no-new-privs --inh-caps=$caps --ambient-caps=$caps
		--bounding-set=$caps --"
}

# A copy that the user may run, and a directory for what it writes
installed() {
	chmod 755 "$tmp"
	mkdir "$tmp/bin" "$tmp/state"
	chown $NOBODY "$tmp/state"
	cp "$NETMEM_CHECK" "$root/xdp_netmem_stats.bpf.o" "$tmp/bin"
	NETMEM_CHECK=$tmp/bin/netmem-check
	db=$tmp/state/store.db
	json=$tmp/state/report.json
}

# closed_bpffs FUNCTION: as systemd mounts it; others share it, and get it back
closed_bpffs() {
	bpffs_mode=$(stat -c %a /sys/fs/bpf)
	trap 'chmod "$bpffs_mode" /sys/fs/bpf; end_background' EXIT
	chmod 700 /sys/fs/bpf
	# It sets traps of its own.
	("$@")
	exit $?
}

case_unit_is_right() {
	command -v systemd-analyze >/dev/null || skip 'no systemd-analyze'
	make --no-print-directory -C "$root" install PREFIX="$tmp/prefix" \
		>"$tmp/out" 2>&1 || fail 'make install fails'
	installed_unit=$tmp/prefix/lib/systemd/system/netmem-check.service
	! grep @ "$installed_unit" | grep -v '^SystemCall' | grep @ ||
		fail 'a place is not filled in'
	systemd-analyze verify --man=no "$installed_unit" >"$tmp/out" 2>&1 ||
		fail 'systemd-analyze verify'
	! grep netmem-check.service "$tmp/out" || fail 'it warns'
	systemd-analyze security --offline=yes --threshold=35 "$installed_unit" \
		>"$tmp/out" 2>&1 || fail 'less of a sandbox than there was'
	# It can fail.
	sed -i 's/^Type=.*/Type=notfy/; s/^Protect.*//; s/^SystemCall.*//' \
		"$installed_unit"
	systemd-analyze verify --man=no "$installed_unit" 2>&1 |
		grep -q 'netmem-check.service.*notfy' || fail 'verify finds nothing'
	! systemd-analyze security --offline=yes --threshold=35 \
		"$installed_unit" >/dev/null 2>&1 || fail 'security finds nothing'
	make --no-print-directory -C "$root" uninstall PREFIX="$tmp/prefix" \
		>"$tmp/out" 2>&1 || fail 'make uninstall fails'
	[ "$(find "$tmp/prefix" -type f)" = '' ] || fail 'files are left'
}

# These hide /proc/kallsyms, pins and what lies in /lib/modules (systemd.exec(5)).
case_nothing_needed_is_hidden() {
	for name in ProtectKernelTunables ProtectKernelModules ProtectProc \
		ProcSubset ProtectKernelLogs; do
		case $(setting $name) in
		'' | no | default | all) ;;
		*) fail "$name=$(setting $name)" ;;
		esac
	done
	! setting InaccessiblePaths | grep -E '^[-+]?/(proc|sys|lib)' ||
		fail 'a path is hidden'
	setting ReadWritePaths | grep -qx /sys/fs/bpf || fail 'pins are read-only'
	setting ReadOnlyPaths | grep -qx /sys || fail '/sys can be written'
	! setting CapabilityBoundingSet | grep CAP_SYS_MODULE ||
		fail 'it could load modules'
}

# The same in a mount namespace as these paths make it, with all capabilities
case_paths_suffice() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	attach
	veth 1500
	xdp_on dut0 netmem_pass
	xdp_on far0 netmem_pass
	cat >"$tmp/paths" <<-'END'
		#!/bin/sh
		for path in $READ_ONLY; do
			path=${path#-}
			[ ! -e "$path" ] || mount --rbind "$path" "$path" &&
				mount -o remount,bind,ro "$path" || exit 99
		done
		! (: >/proc/sys/net/core/somaxconn) 2>/dev/null || exit 98
		exec "$@"
	END
	chmod +x "$tmp/paths"
	READ_ONLY=$(setting ReadOnlyPaths)
	export READ_ONLY
	prefix="unshare --mount $tmp/paths"
	monitor --json "$json"
	grep -q 'taken over' "$tmp/err" || fail 'it did not take over'
	tcp 1
	wait "$pid"
	end_monitor TERM '0|3'
	holds '.pools | any(.hold_stack | any(test("^[a-z_]")))' 'names in stacks'
	prefix=
	detach
}

# With these capabilities all is there, and root goes on with the pins.
case_capabilities_suffice() {
	closed_bpffs capabilities_suffice
}

capabilities_suffice() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	[ "$(setting AmbientCapabilities)" = "$(setting CapabilityBoundingSet)" ] ||
		fail 'two sets of capabilities'
	installed
	attach
	veth 1500
	xdp_on dut0 netmem_pass
	xdp_on far0 netmem_pass
	as_unit ''
	monitor --store "$db" --listen :0 --json "$json"
	grep -q 'taken over' "$tmp/err" || fail 'it did not take over'
	tcp 1
	wait "$pid"
	wait_for 'samples' has "SELECT count(*) > 1 FROM samples JOIN pools
		ON pool = id WHERE device = 'dut0' AND events > 0"
	end_monitor TERM '0|3'
	verdict_is_code
	no_findings
	holds_pool '.device == "dut0" and .events > 0' 'events of dut0'
	holds '.net_devices | any(.name == "far0" and .driver == "veth")' 'devices of other namespaces'
	holds '.pools | any(.hold_stack | any(test("^[a-z_]")))' 'names in stacks'
	holds '.note_codes | index("privileges_missing") | not' 'no such note'
	prefix=
	check '0|3' status
	detach
}

# Without one of these two there is nothing.
case_capabilities_are_needed() {
	closed_bpffs capabilities_are_needed
}

capabilities_are_needed() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	installed
	attach
	as_unit sys_admin
	check "$CANNOT" monitor --for 1s
	expect_error 'missing: CAP_SYS_ADMIN'
	as_unit dac_override
	check "$CANNOT" monitor --for 1s
	expect_error 'CAP_DAC_OVERRIDE is missing'
	[ -e $PINS/description ] || fail 'it took the pins away'
	prefix=
	detach
}

# allowed SET...: names of system calls
allowed() {
	for one in "$@"; do
		case $one in
		@*)
			# shellcheck disable=SC2046 # names
			allowed $(systemd-analyze syscall-filter "$one" |
				sed -n 's/^    \([-@a-z0-9_]*\)$/\1/p')
			;;
		*) echo "$one" ;;
		esac
	done
}

case_system_calls() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	command -v systemd-analyze >/dev/null || skip 'no systemd-analyze'
	command -v strace >/dev/null || skip 'no strace'
	# shellcheck disable=SC2046 # names
	allowed $(setting SystemCallFilter | grep -v '^~' | grep -v '^@keyring') \
		@default | sort -u >"$tmp/allowed"
	grep -qx bpf "$tmp/allowed" || fail 'the list of system calls'
	attach
	veth 1500
	stall
	prefix="strace -f -qq -o $tmp/trace"
	check '0|3' monitor --for 6s --store "$db" --listen :0 --stalled-after 1s \
		--metrics-file "$tmp/file" --on-finding true
	prefix=
	unstall
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' "$tmp/trace" | sort -u >"$tmp/called"
	grep -qx setns "$tmp/called" || fail 'it entered no namespace'
	comm -23 "$tmp/called" "$tmp/allowed" >"$tmp/out"
	[ ! -s "$tmp/out" ] || fail 'system calls that the unit forbids'
	# Families of sockets
	sed -n 's/.* socket(\(AF_[A-Z0-9]*\),.*/\1/p' "$tmp/trace" | sort -u >"$tmp/called"
	setting RestrictAddressFamilies >"$tmp/allowed"
	comm -23 "$tmp/called" "$tmp/allowed" >"$tmp/out"
	[ ! -s "$tmp/out" ] || fail 'sockets that the unit forbids'
	grep -q 'setns([0-9]*, CLONE_NEWNET' "$tmp/trace" || fail 'another setns()'
	! grep 'setns(' "$tmp/trace" | grep -v CLONE_NEWNET >"$tmp/out" ||
		fail 'a setns() that RestrictNamespaces=net forbids'
	detach
}

run_cases "$@"
