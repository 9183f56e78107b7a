# SPDX-License-Identifier: GPL-2.0
#
# What the tools of the lab share. Sourced by POSIX shells with `set -eu`, with
# $top set to the top of the tree.

# shellcheck source=lib/sh/message.sh
. "$top/lib/sh/message.sh"
# shellcheck source=lib/sh/args.sh
. "$top/lib/sh/args.sh"
# shellcheck source=lib/sh/need.sh
. "$top/lib/sh/need.sh"
# shellcheck source=lib/sh/build.sh
. "$top/lib/sh/build.sh"
# shellcheck source=lib/sh/cache.sh
. "$top/lib/sh/cache.sh"

# shellcheck disable=SC2034 # for those who source this
lab=$top/lab scenarios=${LAB_SCENARIOS:-$top/lab/scenarios}
# depmod and modprobe, also for who is not root
PATH=$PATH:/usr/sbin
# shellcheck source=lab/qemu.sh
. "$top/lab/qemu.sh"

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
	places "$1" | while read -r from; do
		if [ -s "$from/result.json" ]; then
			cat "$from/result.json"
		else
			tell "no results in '$from'"
		fi
	done
}

# check_machine: what a run needs of this machine; exit 4 where it is refused.
check_machine() {
	need cpio ip iperf3 jq mkfifo setpriv tar timeout unshare
	TRAFFIC=$top/build/netmem-traffic
	[ -x "$TRAFFIC" ] || die "no traffic tool at '$TRAFFIC'; run make first"
	unshare --net true 2>/dev/null || {
		refuse "no network namespace can be made; run it as root"
	}
	# opened, as root may write everywhere; where it is missing, that makes it
	{ [ -c /dev/net/tun ] && true <>/dev/net/tun; } 2>/dev/null || {
		refuse "'/dev/net/tun' cannot be opened; the lab needs tap devices (modprobe tun; root)"
	}
	said=$(unshare --net ip tuntap add lab0 mode tap 2>&1) || {
		refuse "no tap device can be made ($said); the lab needs /dev/net/tun and root (or CAP_NET_ADMIN)"
	}
}

# find_image base|series|mutants: sets $image, and LAB_IMAGE_NAME for all that is
# run from here, unless that is set: to the one in the cache, or built.
find_image() {
	eval "image=\${LAB_IMAGE_$1:-}"
	if [ ! "$image" ]; then
		artifact=$("$lab/kernel" "$1") || die "no $1 kernel"
		image=$artifact/image
	fi
	export "LAB_IMAGE_$1=$image"
}

# read_kernel NAME: its line of lab/kernels as $arch, $source and $what; fails
# when there is none
read_kernel() {
	read -r arch source what <<-END
		$(awk -v name="$1" '$1 == name && $1 !~ /^#/ {
			print $2, $3, $4 }' "$lab/kernels")
	END
	[ "$arch" ]
}

# kernel_names [ARCH]: those of lab/kernels that can be booted, one a line
kernel_names() {
	awk -v arch="${1:-}" '$1 !~ /^#/ && NF && $3 != "running" &&
		(arch == "" || $2 == arch) { print $1 }' "$lab/kernels"
}

# find_kernel NAME: one of lab/kernels that can be booted; sets $arch, $image,
# $module (the path of netmem_fault.ko) and $stock (lab/stock's folder, or
# nothing for a kernel of our own).
# shellcheck disable=SC2034 # for those who source this
find_kernel() {
	kernel=$1 stock=
	read_kernel "$kernel" || wrong "--kernel '$kernel' is unknown; --list has them"
	case $arch:$source in
	x86_64:build)
		files=$("$lab/x86" "$what") || die "no $kernel kernel"
		image=$(printf '%s\n' "$files" | head -n 1)/image
		module=$(printf '%s\n' "$files" | tail -n 1)
		;;
	arm64:build)
		files=$("$lab/kernel" "$what") || die "no $kernel kernel"
		image=$files/image
		module=$("$lab/kernel" "$what" module) ||
			die "no module for $kernel"
		;;
	*:running) wrong "--kernel '$kernel' is this machine's own, which is not booted" ;;
	*)
		stock=$("$lab/stock" "$kernel") || die "no $kernel kernel"
		image=$stock/image
		module=$("$lab/modules/build" --root "$stock/root" \
			"$stock/build" "$arch") || die "no module for $kernel"
		;;
	esac
}

# guest_modules STOCK NAME...: the files of these modules of lab/stock's folder
# STOCK and of those that they need, in the order in which they load. What is
# built in needs none.
guest_modules() {
	need modprobe
	guest_stock=$1 guest_release=$(cat "$1/release") found=
	shift
	for wanted; do
		found="$found$(modprobe -d "$guest_stock/root" -C /dev/null \
			-S "$guest_release" --show-depends "$wanted" 2>/dev/null)
" || die "'$guest_release' has no module '$wanted', and none is built in; has it another name there?"
	done
	printf '%s' "$found" | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# copy_modules DIR FILE...: modules into DIR as 00-NAME.ko, 01-NAME.ko, ...,
# not compressed, as a guest's insmod takes them one after another.
copy_modules() {
	copy_dir=$1 copied=0
	shift
	mkdir -p "$copy_dir"
	for file; do
		file_name=$(basename -- "$file")
		case $file_name in
		*.xz) unpack_with='xz -dc' ;;
		*.zst) unpack_with='zstd -dqc' ;;
		*.gz) unpack_with='gzip -dc' ;;
		*) unpack_with='cat' ;;
		esac
		need "${unpack_with%% *}"
		$unpack_with <"$file" >"$copy_dir/$(printf %02d $copied)-${file_name%%.ko*}.ko" ||
			die "'$file' cannot be unpacked; remove the kernel's folder in the cache and try again"
		copied=$((copied + 1))
	done
}
