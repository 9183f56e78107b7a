# SPDX-License-Identifier: GPL-2.0
#
# What the tools of kernel-patches share: the base tree, and the series applied
# to it. Sourced by POSIX shells with `set -eu`, with $top set to the top of the
# tree.
#
# Settings (environment or make variables): NETMEM_CACHE (lib/sh/cache.sh), JOBS
# (lib/sh/build.sh), and
#   TREE          a clean git tree of Linux 6.1.y to use as the base, instead
#                 of Debian's source package
#   SERIES        6.1, the 24 patches (default), or 6.1-more, those and what
#                 stands on them

# shellcheck source=lib/sh/message.sh
. "$top/lib/sh/message.sh"
# shellcheck source=lib/sh/need.sh
. "$top/lib/sh/need.sh"
# shellcheck source=lib/sh/build.sh
. "$top/lib/sh/build.sh"
# shellcheck source=lib/sh/cache.sh
. "$top/lib/sh/cache.sh"

here=$top/kernel-patches
series_dir=$here/6.1
TREE=${TREE:-}
SERIES=${SERIES:-6.1}
case $SERIES in
6.1 | 6.1-more) ;;
*) die "'$SERIES' is no series; 6.1 and 6.1-more are" ;;
esac

# base_field NAME: what 6.1/base records.
base_field() {
	awk -v name="$1" '$1 == name { print $2 }' "$series_dir/base"
}

# The version that the Makefile of a kernel tree names, e.g. 6.1.192.
tree_version() {
	awk '$1 == "VERSION" { v = $3 } $1 == "PATCHLEVEL" { p = $3 }
	     $1 == "SUBLEVEL" { s = $3 } END { print v "." p "." s }' "$1/Makefile"
}

# check_tree DIR: a clean git tree of Linux 6.1.y, or a clear error.
check_tree() {
	[ -f "$1/Makefile" ] && [ -f "$1/net/core/page_pool.c" ] ||
		die "'$1' is not a Linux source tree"
	case $(tree_version "$1") in
	6.1.*) ;;
	*) die "'$1' is Linux $(tree_version "$1"); the series is for 6.1.y" ;;
	esac
	tree_top=$(git -C "$1" rev-parse --show-toplevel 2>&1) ||
		case $tree_top in
		*safe.directory*) die "'$1' belongs to another user; allow it with: git config --global --add safe.directory '$1'" ;;
		esac
	[ "$tree_top" = "$(CDPATH='' cd -- "$1" && pwd -P)" ] ||
		die "'$1' is not the top of a git tree; make it one: git init, git add -Af, git commit"
	[ -z "$(git -C "$1" status --porcelain --untracked-files=no)" ] ||
		die "'$1' has uncommitted changes; commit or stash them first"
}

# source_of VERSION: where its tar file is kept.
source_of() {
	printf '%s/source/%s-%s.tar.xz' "$NETMEM_CACHE" "$(base_field package)" "$1"
}

# download_source: the newest version that apt has; prints which it was.
download_source() (
	package=$(base_field package)
	need apt-get dpkg-deb tar
	work_dir "$NETMEM_CACHE/source"
	say "fetching $package (140 MB)"
	cd "$work"
	{ apt-get download -qq "$package" ||
		{ say "refreshing the package index" && apt-get update -qq && apt-get download -qq "$package"; }; } \
		>/dev/null 2>"$work/log" || { tail -n 3 "$work/log" >&2; exit 1; }
	version=$(dpkg-deb -f "$work"/*.deb Version)
	dpkg-deb --fsys-tarfile "$work"/*.deb |
		tar -xOf - "./usr/src/$package.tar.xz" >"$work/tar.xz"
	[ -s "$work/tar.xz" ] || die "'$package' $version holds no source tar file"
	rm -f "$(source_of "$version").checked"
	mv "$work/tar.xz" "$(source_of "$version")"
	prune source '[!.]*'
	printf '%s\n' "$version"
)

# fetch_source: the tar file of Debian's source package, the newest that apt
# knows; prints its path.
fetch_source() {
	recorded_version=$(base_field version)
	version=$(apt-cache policy "$(base_field package)" 2>/dev/null |
		awk '$1 == "Candidate:" { print $2 }') || :
	case $version in
	'' | '(none)') version=$recorded_version ;;
	esac
	if ! in_cache "$(source_of "$version")"; then
		need_space 8
		version=$(download_source) || {
			[ -f "$(source_of "$recorded_version")" ] ||
				die "cannot fetch '$(base_field package)'; is there a network, and apt's index up to date (apt-get update)?"
			say "note: cannot fetch a newer source; the recorded one is used"
			version=$recorded_version
		}
	fi
	tarball=$(source_of "$version")
	if [ "$version" != "$recorded_version" ]; then
		say "note: base is $(base_field package) $version, 6.1/base records $recorded_version"
	elif [ ! -f "$tarball.checked" ]; then
		echo "$(base_field sha256)  $tarball" | sha256sum --check --status ||
			die "'$tarball' is not the recorded base (SHA-256 differs); remove it and try again"
		: >"$tarball.checked"
	fi
	printf '%s\n' "$tarball"
}

# base_repo: a git repository whose tag `base` is the pristine tree; prints
# its path. From TREE when it is set.
base_repo() {
	need git tar xz
	if [ "$TREE" ]; then
		check_tree "$TREE"
		repo=$NETMEM_CACHE/linux/tree-$(git -C "$TREE" rev-parse HEAD)
	else
		tarball=$(fetch_source)
		repo=$NETMEM_CACHE/linux/$(basename -- "$tarball" .tar.xz)
	fi
	in_cache "$repo" || make_base_repo
	printf '%s\n' "$repo"
}

make_base_repo() (
	need_space 8
	work_dir "$NETMEM_CACHE/linux"
	if [ "$TREE" ]; then
		git clone -q --no-hardlinks "$TREE" "$work/linux"
	else
		say "unpacking $(basename -- "$tarball")"
		mkdir "$work/linux"
		tar -xJf "$tarball" -C "$work/linux" --strip-components=1 ||
			die "'$tarball' cannot be unpacked; is the disk full? Otherwise remove it and try again"
		git -C "$work/linux" init -q
		git -C "$work/linux" add -Af
		git -C "$work/linux" reset -q --soft \
			"$(base_commit "$work/linux" "$(git -C "$work/linux" write-tree)" "$(basename -- "$tarball" .tar.xz)")"
	fi
	git -C "$work/linux" tag -f base >/dev/null
	# another run may have been faster
	mv -T "$work/linux" "$repo" 2>/dev/null || [ -d "$repo" ] ||
		die "cannot write '$repo'"
	prune linux '[!.]*'
	# their worktrees go with them
	for trees in "$NETMEM_CACHE"/trees/*/; do
		[ ! -d "$trees" ] || [ -d "$NETMEM_CACHE/linux/$(basename -- "$trees")" ] ||
			rm -rf "$trees"
	done
)

# base_commit DIR TREE NAME: a commit of that tree, and its id: the same each
# time, so that `base-commit` means something to whoever unpacks the package.
base_commit() (
	export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
	git_as_us "$1" commit-tree -m "$3" "$2"
)

git_as_us() {
	(
		dir=$1
		shift
		git -C "$dir" -c user.name=netmem-check \
			-c user.email=netmem-check@localhost \
			-c commit.gpgsign=false -c gc.auto=0 "$@"
	)
}

# series_dirs: the folders whose patches are applied, in order.
series_dirs() {
	echo "$series_dir"
	[ "$SERIES" = 6.1 ] || echo "$here/$SERIES"
}

# patches_of DIR: the patch files that its series lists, in order, one a line.
patches_of() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' -e "s|^|$1/|" "$1/series"
}

patches() {
	for dir in $(series_dirs); do
		patches_of "$dir"
	done
}

patch_count() {
	patches | wc -l
}

# check_series: each series lists the patches that are there, and all of them.
check_series() {
	for dir in $(series_dirs); do
		[ -s "$dir/series" ] && [ "$(patches_of "$dir" | wc -l)" -gt 0 ] ||
			die "'$dir/series' is missing or empty; it lists the patches in order"
		for patch in $(patches_of "$dir"); do
			[ -r "$patch" ] || die "'$patch' is in the series and cannot be read"
		done
		[ "$(patches_of "$dir" | sort)" = "$(printf '%s\n' "$dir"/*.patch | sort)" ] ||
			die "'$dir' has other patches than its series lists; list or remove them"
	done
}

# series_repo: the base repository with the series applied on top: tags
# KEY/0 (base) to KEY/24, or further, where KEY is a hash of the patches. Prints
# "REPOSITORY KEY".
series_repo() {
	check_series
	repo=$(base_repo)
	# shellcheck disable=SC2046 # a list of files without blanks
	key=series-$(cat $(patches) | hash)
	git -C "$repo" rev-parse -q --verify "$key/$(patch_count)" >/dev/null ||
		apply_series
	printf '%s %s\n' "$repo" "$key"
}

apply_series() (
	work_dir "$NETMEM_CACHE/linux"
	git -C "$repo" worktree prune
	# An index is enough: git am checks out the files that it changes.
	git -C "$repo" worktree add -q --no-checkout --detach "$work/tree" base >&2
	git -C "$work/tree" read-tree HEAD
	git -C "$repo" tag -f "$key/0" base >/dev/null
	number=0
	for patch in $(patches); do
		number=$((number + 1))
		git_as_us "$work/tree" am -q "$patch" >"$work/log" 2>&1 || {
			grep -v '^hint:' "$work/log" >&2
			die "'$(basename -- "$patch")' does not apply to $(basename -- "$repo")"
		}
		git -C "$repo" tag -f "$key/$number" "$(git -C "$work/tree" rev-parse HEAD)" >/dev/null
	done
)

# worktree NAME COMMIT: a checkout of the series' repository for one user of
# it, kept between runs so that make rebuilds only what changed; prints its
# path. Two targets never share a NAME.
worktree() {
	tree=$NETMEM_CACHE/trees/$(basename -- "$repo")/$1
	git -C "$repo" worktree prune
	if [ ! -e "$tree/.git" ]; then
		rm -rf "$tree"
		mkdir -p "$(dirname -- "$tree")"
		git -C "$repo" worktree add -q --detach "$tree" "$2" >&2
	fi
	git -C "$tree" checkout -q --force --detach "$2"
	printf '%s\n' "$tree"
}
