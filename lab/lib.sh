# SPDX-License-Identifier: GPL-2.0
#
# What the tools of the lab share. Sourced by POSIX shells with `set -eu`; it
# brings kernel-patches' lib.sh (messages, the cache, the series). It is named
# lib.sh because kernel-patches' build.sh takes the lib.sh beside the program.

# shellcheck source=kernel-patches/tools/lib.sh
. "${0%/*}/../kernel-patches/tools/lib.sh"

# That file takes the folder above the program for kernel-patches.
# shellcheck disable=SC2034 # for those who source this
top=$here lab=$here/lab scenarios=${LAB_SCENARIOS:-$here/lab/scenarios}
here=$top/kernel-patches
series_dir=$here/6.1

# wrong WHAT: a command line that we do not understand; the tool has a usage
wrong() {
	say "$(basename -- "$0"): $*"
	usage >&2
	exit 2
}

is_number() {
	case $1 in
	'' | 0* | *[!0-9]*) return 1 ;;
	esac
}

# is_time WORD: as netmem-check takes it, or nothing
is_time() {
	case $1 in
	*[!a-z0-9]*) return 1 ;;
	esac
}

# runs_at_a_time: how many this machine takes. A guest has 1 GiB, and its QEMU
# and files some more.
runs_at_a_time() {
	awk -v most="$(($(nproc) * 2))" '$1 == "MemAvailable:" {
		n = int($2 / 1572864)
		n = n > most ? most : n
		print n < 1 ? 1 : n
	}' /proc/meminfo
}

# run_all LIST N [OPTION...]: lab/run for each line of arguments in LIST, N at
# a time, with the OPTIONs. The last word of a line is where its results go. The
# runs end with us. Fails when not all were as expected.
run_all() {
	list=$1 at_a_time=$2 pool=
	shift 2
	trap 'stop_runs 130' INT
	trap 'stop_runs 143' TERM HUP
	places "$list" | xargs -r rm -rf
	# timeout hands a signal on to all that it started, and dies with us
	printf '%s\n' "$list" | setpriv --pdeathsig TERM timeout 0 \
		xargs -P "$at_a_time" -L 1 "$lab/run" --no-header "$@" >&2 &
	pool=$!
	status=0
	wait "$pool" || status=$?
	pool=
	return $status
}

stop_runs() {
	[ ! "$pool" ] || kill "$pool" 2>/dev/null || :
	wait
	exit "$1"
}

# places LIST: where the results of these runs are
places() {
	printf '%s\n' "$1" | awk '{ print $NF }'
}

# results LIST: all result.json of these runs
results() {
	places "$1" | while read -r place; do
		if [ -s "$place/result.json" ]; then
			cat "$place/result.json"
		else
			say "$(basename -- "$0"): no results in '$place'"
		fi
	done
}

# check_machine: what a run needs of this machine; exit 4 where it is refused.
check_machine() {
	need cpio ip iperf3 jq mkfifo setpriv tar timeout unshare
	TRAFFIC=$top/build/netmem-traffic
	[ -x "$TRAFFIC" ] || die "no traffic tool at '$TRAFFIC'; run make first"
	unshare --net true 2>/dev/null || {
		say "$(basename -- "$0"): no network namespace can be made; run it as root"
		exit 4
	}
	# opened, as root may write everywhere; where it is missing, that makes it
	{ [ -c /dev/net/tun ] && true <>/dev/net/tun; } 2>/dev/null || {
		say "$(basename -- "$0"): '/dev/net/tun' cannot be opened; the lab needs tap devices (modprobe tun; root)"
		exit 4
	}
	said=$(unshare --net ip tuntap add lab0 mode tap 2>&1) || {
		say "$(basename -- "$0"): no tap device can be made ($said); the lab needs /dev/net/tun and root (or CAP_NET_ADMIN)"
		exit 4
	}
}

# find_x86_kernel NAME: base, series, or one of lab/kernels; sets $image and $module.
find_x86_kernel() {
	kernel=$1
	case $kernel in
	base | series)
		files=$("$lab/x86" "$kernel") || die "no $kernel kernel"
		image=$(printf '%s\n' "$files" | head -n 1)/image
		module=$(printf '%s\n' "$files" | tail -n 1)
		;;
	*)
		awk -v name="$kernel" '$1 == name { found = 1 } END { exit !found }' \
			"$lab/kernels" || wrong "--kernel '$kernel' is unknown; --list has them"
		place=$("$lab/stock" "$kernel") || die "no $kernel kernel"
		image=$place/vmlinuz
		[ -e "$place/build" ] || {
			module=
			return
		}
		module=$("$lab/modules/build" "$place/build" x86_64) ||
			die "no module for $kernel"
		;;
	esac
}
