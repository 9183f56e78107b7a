# SPDX-License-Identifier: GPL-2.0
#
# How kernels of the boot test, the bench and the size tables are built.
# Sourced after lib.sh.
#
# Each user has a worktree of its own with one O= directory for each
# architecture and flavour *inside* it: kbuild then names all files relative
# to it, so a copy of another state's O= directory inside a worktree is a
# finished build there, and make compiles only what the two states differ in.
# A state begins as a copy of the nearest one that is built; none is built for
# that alone.
#
# For this the times must be right. All files of a fresh worktree get one date
# in the past, those of a copied O= directory one after it; what a later
# checkout writes is newer than both. So a worktree takes copies of the very
# state only that it was dated at.

src_date=200101010000
out_date=200201010000

objects='net/core/page_pool.o net/core/xdp.o
	drivers/net/ethernet/marvell/mvneta.o net/bpf/test_run.o'

# cross ARCH: the prefix of its tools; empty where we are.
cross() {
	case $1:$(uname -m) in
	x86_64:x86_64 | arm64:aarch64) ;;
	x86_64:*) echo x86_64-linux-gnu- ;;
	arm64:*) echo aarch64-linux-gnu- ;;
	esac
}

need_build_tools() {
	need git make gcc flex bison bc sha256sum flock \
		"$(cross "$1")gcc" "$(cross "$1")ld" "$(cross "$1")size"
}

# fragments ARCH FLAVOUR: the options that such a kernel must have.
fragments() {
	for name in common "$1" "$2" "$1-$2"; do
		[ ! -f "$here/configs/$name.config" ] ||
			cat "$here/configs/$name.config"
	done
}

# hash_with WORD...: of the words and of standard input.
hash_with() {
	{
		printf '%s\n' "$@"
		cat
	} | hash
}

# object_key ARCH FLAVOUR COMMIT: of all that an object file depends on.
object_key() {
	fragments "$1" "$2" |
		hash_with "$1" "$2" "$(tree_of "$3")" \
			"$("$(cross "$1")gcc" --version | head -n 1)" \
			"$("$(cross "$1")ld" --version | head -n 1)"
}

# kbuild TREE OUT ARCH ARGUMENT...: make in TREE's O= directory OUT. What it
# says is in OUT/netmem.log.
kbuild() {
	kbuild_tree=$1 kbuild_out=$2 kbuild_arch=$3
	shift 3
	env -u TREE -u JOBS -u NETMEM_CACHE make -C "$kbuild_tree" \
		O="$kbuild_out" ARCH="$kbuild_arch" \
		CROSS_COMPILE="$(cross "$kbuild_arch")" -j "$jobs" \
		KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026' \
		KBUILD_BUILD_USER=netmem-check KBUILD_BUILD_HOST=localhost \
		KBUILD_BUILD_VERSION=1 "$@" \
		</dev/null >"$kbuild_tree/$kbuild_out/netmem.log" 2>&1 || {
		grep -A 5 -E '(error|undefined reference|warning):|\*\*\*|^ERROR' \
			"$kbuild_tree/$kbuild_out/netmem.log" | tail -n 40 >&2
		die "'make $*' failed for $kbuild_arch; all that it said is in '$kbuild_tree/$kbuild_out/netmem.log'"
	}
}

# dated_worktree NAME COMMIT [DATED]: worktree() with the dates that copies need:
# when it is new, its files get theirs at the commit DATED (default base).
dated_worktree() {
	dated=$NETMEM_CACHE/trees/$(basename -- "$repo")/$1
	if [ ! -f "$dated/.netmem-dated" ]; then
		worktree "$1" "${3:-base}" >/dev/null
		git -C "$dated" ls-files -z | (cd "$dated" && xargs -0 touch -h -t "$src_date")
		git -C "$dated" update-index -q --refresh
		tree_of "${3:-base}" >"$dated/.netmem-dated"
	fi
	worktree "$1" "$2"
}

tree_of() {
	git -C "$repo" rev-parse "$1^{tree}"
}

# configure TREE OUT ARCH FLAVOUR: OUT/.config from the fragments, written
# only when they changed.
configure() {
	dotconfig=$1/$2/.config fragment=$1/$2/netmem.fragment
	mkdir -p "$1/$2"
	fragments "$3" "$4" >"$fragment.new"
	if cmp -s "$fragment.new" "$fragment"; then
		rm "$fragment.new"
		return
	fi
	rm -f "$fragment"
	kbuild "$1" "$2" "$3" KCONFIG_ALLCONFIG="$fragment.new" allnoconfig
	lost=$(awk -v config="$dotconfig" '
		BEGIN { while ((getline line <config) > 0) {
			has[line] = 1
			split(line, word, "=")
			set[word[1]] = 1
		} }
		/^CONFIG_/ && !($0 in has) { print $0 }
		/^# CONFIG_[A-Z0-9_]* is not set$/ && ($2 in set) { print $0 }' \
		"$fragment.new")
	[ -z "$lost" ] ||
		die "this kernel does not take these options of configs/ for $3 $4; remove them or add what they depend on:
$lost"
	mv "$fragment.new" "$fragment"
}

# copy_out FROM TO: a finished O= directory as the start of another.
copy_out() {
	[ ! -d "$2" ] || return 0
	rm -rf "$2.new"
	cp -a "$1" "$2.new"
	find "$2.new" -exec touch -h -t "$out_date" {} +
	mv "$2.new" "$2"
}

# build_targets TREE OUT ARCH FLAVOUR COMMIT LOCALVERSION TARGET...: make TARGETs
# of COMMIT, which TREE has checked out, unless the last run already did.
build_targets() {
	target_tree=$1 target_out=$2 target_arch=$3 target_flavour=$4
	target_stamp="$(object_key "$3" "$4" "$5") $6"
	target_version=$6
	shift 6
	stamp=$target_tree/$target_out/netmem.built
	[ "$target_stamp $*" = "$(cat "$stamp" 2>/dev/null || :)" ] && return
	rm -f "$stamp"
	[ "$target_version" = -size ] ||
		say "building $target_arch $target_flavour, ${target_version#-}"
	configure "$target_tree" "$target_out" "$target_arch" "$target_flavour"
	kbuild "$target_tree" "$target_out" "$target_arch" \
		LOCALVERSION="$target_version" "$@"
	echo "$target_stamp $*" >"$stamp"
}

# The part of `uname -r` that tells the kernels apart and keeps a module of one
# out of the other; equally long, so that vmlinux sizes compare code.
local_version() {
	case $1 in
	base) echo -base ;;
	*) echo -nmem ;;
	esac
}

# commit_of STATE: the commit of the base, or of the whole series.
commit_of() {
	case $1 in
	base) echo base ;;
	*) echo "$key/$(patch_count)" ;;
	esac
}

# open_state STATE: sets $repo and, for the series, $key.
open_state() {
	case $1 in
	base)
		repo=$(base_repo)
		key=
		;;
	*)
		repo_and_key=$(series_repo)
		repo=${repo_and_key% *}
		key=${repo_and_key#* }
		;;
	esac
}

# nearest STATE: the states that its O= directory may begin as a copy of, the
# one that differs least first. All of the kernel includes what the series
# changes.
nearest() {
	case $1 in
	base) ;;
	series) echo base ;;
	*) echo series base ;;
	esac
}

# is_built OUT ARCH FLAVOUR STATE: OUT is a finished build of just that.
is_built() {
	read -r built_key _ 2>/dev/null <"$1/netmem.built" &&
		[ "$built_key" = "$(object_key "$2" "$3" "$(commit_of "$4")")" ]
}

# lock_builds_in NAME FD: one build at a time in a worktree, or in an O= directory.
lock_builds_in() {
	lock "$1" "$2" "waiting for another run that builds in '$1'"
}

# lock_out STATE FD: of its O= directory $out. The base's worktree is always the
# same checkout, so builds in it may run side by side.
lock_out() {
	case $1 in
	base) lock_builds_in "kernel-base-$out" "$2" ;;
	*) lock_builds_in "kernel-$1" "$2" ;;
	esac
}

# begin ARCH FLAVOUR STATE: sets $tree, the worktree of STATE, where a new
# $out begins as a copy, if there is one to copy.
begin() {
	trees=$NETMEM_CACHE/trees/$(basename -- "$repo")
	for near in $(nearest "$3"); do
		[ ! -d "$trees/kernel-$3/$out" ] || break
		[ -d "$trees/kernel-$near/$out" ] || continue
		lock_out "$near" 8
		if is_built "$trees/kernel-$near/$out" "$1" "$2" "$near"; then
			tree=$(dated_worktree "kernel-$3" "$(commit_of "$3")" "$(commit_of "$near")")
			[ "$(cat "$tree/.netmem-dated")" != "$(tree_of "$(commit_of "$near")")" ] ||
				copy_out "$trees/kernel-$near/$out" "$tree/$out"
		fi
		exec 8>&-
	done
	tree=$(dated_worktree "kernel-$3" "$(commit_of "$3")")
}

# build_kernel ARCH FLAVOUR STATE: the whole kernel in the O= directory of the
# state's worktree, incrementally. Sets $tree and $out. Holds the lock of that
# directory until the shell ends, so its caller may go on to use it.
build_kernel() {
	out=out-$1-$2
	image=bzImage
	[ "$1" = x86_64 ] || image=Image
	if [ "$3" = base ]; then
		lock_builds_in kernel-base 7
		tree=$(dated_worktree kernel-base base)
		exec 7>&-
		lock_out base 8
	else
		lock_out "$3" 9
		begin "$1" "$2" "$3"
	fi
	build_targets "$tree" "$out" "$1" "$2" "$(commit_of "$3")" \
		"$(local_version "$3")" "$image" modules
}

# measure ARCH FILE...: "text code" of each, on one line.
measure() {
	measure_size=$(cross "$1")size
	shift
	for file; do
		"$measure_size" "$file" | awk 'NR == 2 { printf "%s ", $1 }'
		"$measure_size" -A "$file" |
			awk '$1 ~ /^\.[a-z.]*text/ { n += $2 } END { printf "%d ", n }'
	done
	echo
}

# kernel_files ARCH FLAVOUR STATE: the directory with what a kernel's build
# leaves: image, config, System.map, release, size.txt (what `size` says of
# vmlinux and the objects) and vmlinux.txt (measure()
# of vmlinux.o and vmlinux).
# Sets $kernel_dir. $repo and $key must be set.
kernel_files() {
	kernel_dir=$NETMEM_CACHE/kernels/$1-$2-$3-$(object_key "$1" "$2" "$(commit_of "$3")")
	! in_cache "$kernel_dir" || return 0
	need_space 12
	mkdir -p "$NETMEM_CACHE/kernels"
	build_kernel "$1" "$2" "$3"
	# another run may have made it while this one waited
	[ ! -d "$kernel_dir" ] || return 0
	(
		work_dir "$NETMEM_CACHE/kernels"
		cp "$tree/$out/arch/$(arch_dir "$1")/boot/$image" "$work/image"
		cp "$tree/$out/.config" "$work/config"
		cp "$tree/$out/System.map" "$work/System.map"
		cp "$tree/$out/include/config/kernel.release" "$work/release"
		# shellcheck disable=SC2086 # a list of files without blanks
		(cd "$tree/$out" && "$(cross "$1")size" vmlinux $objects) >"$work/size.txt"
		(cd "$tree/$out" && measure "$1" vmlinux.o vmlinux) >"$work/vmlinux.txt"
		chmod 755 "$work"
		mv "$work" "$kernel_dir"
		prune kernels "$1-$2-$3-*"
	)
}

arch_dir() {
	case $1 in
	x86_64) echo x86 ;;
	*) echo "$1" ;;
	esac
}
