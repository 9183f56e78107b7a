# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The cache, where everything that takes long to make is kept, by content: where
# it is, how it stays whole and small, and one user at a time. After message.sh,
# with $top set to the top of the tree.
#
# Setting: NETMEM_CACHE (default: the user's cache folder)

: "${top:?}"

# Without HOME (in a service, say) the cache is the one that there is with it.
home=${HOME:-$(getent passwd "$(id -u)" | cut -d : -f 6)}
[ "${NETMEM_CACHE:-${XDG_CACHE_HOME:-$home}}" ] ||
	die "neither HOME nor NETMEM_CACHE is set, and this user has no home: where is the cache?"
NETMEM_CACHE=${NETMEM_CACHE:-${XDG_CACHE_HOME:-$home/.cache}/netmem-check}
case $NETMEM_CACHE in
/*) ;;
*) NETMEM_CACHE=$PWD/$NETMEM_CACHE ;;
esac
case $top$NETMEM_CACHE in
*[[:space:]]*) die "'$top' and '$NETMEM_CACHE' must be paths without blanks, as make needs them" ;;
esac

# need_space GIB: fail before a build fills the disk.
need_space() {
	if ! mkdir -p "$NETMEM_CACHE" 2>/dev/null || ! [ -w "$NETMEM_CACHE" ]; then
		die "'$NETMEM_CACHE' cannot be written; set NETMEM_CACHE to another place"
	fi
	free=$(df -Pk "$NETMEM_CACHE" | awk 'NR == 2 { print int($4 / 1048576) }')
	[ "$free" -ge "$1" ] ||
		die "'$NETMEM_CACHE' has $free GiB free, $1 GiB are needed; set NETMEM_CACHE to a larger place"
}

# Everything in the cache is made beside its place and moved there when it is
# whole, so an interrupted run leaves nothing half-written.

# work_dir PARENT: sets $work to a new folder there, gone when this shell ends,
# however it does. For a shell that has no traps of its own: a subshell. What a
# killed run has left goes after a day.
work_dir() {
	mkdir -p "$1" 2>/dev/null || die "cannot write '$1'; set NETMEM_CACHE to another place"
	find "$1" -maxdepth 1 -name '.work.*' -mmin +1440 -exec rm -rf {} +
	work=$(mktemp -d "$1/.work.XXXXXX") || die "cannot write '$1'"
	trap drop_work EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# drop_work: for a trap on EXIT. Says so when it is a full disk that ended us,
# as it no longer is one when $work is gone.
drop_work() {
	[ $? -eq 0 ] || for full in "$NETMEM_CACHE" "${TMPDIR:-/tmp}"; do
		{ df -Pk "$full" && df -Pi "$full"; } 2>/dev/null |
			awk '/^Filesystem/ { least = NR == 1 ? 65536 : 16; next }
			     $2 > 0 && $4 < least { full = 1 } END { exit !full }' &&
			tell "'$full' is full; make room, or set $([ "$full" = "$NETMEM_CACHE" ] && echo NETMEM_CACHE || echo TMPDIR) to a larger place"
	done
	[ -z "$work" ] || rm -rf "$work"
}

# The cache keeps itself small: when an entry has been made, those of its kind
# that nobody used for a week go, but not the three that were used last. Use is
# an entry's date. No run takes a week, so what one works with stays; the lock
# keeps dating apart from removing.

# in_cache ENTRY: whether it is there; it is used now.
in_cache() {
	[ -e "$1" ] || return 1
	# where we may only read it is someone else's to prune
	flock -s "$NETMEM_CACHE/locks/prune" touch -c "$1" 2>/dev/null || :
	[ -e "$1" ]
}

# prune FOLDER PATTERN: the cache's entries of one kind.
prune() (
	cd "$NETMEM_CACHE/$1" 2>/dev/null || exit 0
	mkdir -p "$NETMEM_CACHE/locks"
	exec 6>"$NETMEM_CACHE/locks/prune"
	flock 6
	# what another one is removing now may vanish under find
	find . -mindepth 1 -maxdepth 1 -name "$2" -printf '%T@ %f\n' 2>/dev/null |
		sort -rn |
		awk -v before="$(($(date +%s) - 7 * 24 * 3600))" \
			'NR > 3 && $1 < before { print $2 }' |
		while read -r entry; do
			mv -T "$entry" ".old.$$.$entry"
		done
	exec 6>&-
	rm -rf .old.*
)

# lock NAME FD TEXT: hold the lock NAME until this shell ends or closes FD (7 to
# 9); TEXT is said while another one has it
lock() {
	mkdir -p "$NETMEM_CACHE/locks"
	eval "exec $2>\"\$NETMEM_CACHE/locks/\$1\""
	flock -n "$2" || {
		say "$3"
		flock "$2"
	}
}

# hash: of standard input, as keys have it
hash() {
	sha256sum | cut -c1-12
}
