# SPDX-License-Identifier: GPL-2.0
#
# Debian packages for the lab that are never installed: from the sources that
# this machine's apt knows, with lists and a cache of their own, so that its
# configuration stays as it is. Sourced; it needs kernel-patches' lib.sh.

# private_apt DIR TYPE [OPTION]: DIR as apt's folders, with Debian's own
# package sources of this machine as lines of TYPE (deb, deb-src).
private_apt() {
	apt_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	apt_options=${3:-}
	[ ! -f "$apt_keyring" ] || apt_options="${apt_options:+$apt_options }signed-by=$apt_keyring"
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	# apt's own variables, not the shell's
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u |
		sed "s|^|$2 ${apt_options:+[$apt_options] }|" >"$1/sources.list"
	[ -s "$1/sources.list" ] ||
		die "apt knows no package source of Debian; is the package index up to date (apt-get update)?"
}

# add_suite DIR SUITE: where this machine's sources have no such suite, the one
# of that name beside the first of them.
add_suite() {
	! grep -q " $2 main$" "$1/sources.list" || return 0
	# a suite with a dash is one of updates, perhaps in a place of its own
	awk -v suite="$2" '$NF == "main" && $(NF - 1) !~ /-/ {
		$(NF - 1) = suite; print; exit }' "$1/sources.list" >"$1/suite"
	cat "$1/suite" >>"$1/sources.list"
}

# private PROGRAM DIR ARGUMENT...: a program of apt's on the sources and the
# lists in DIR alone.
private() {
	apt_program=$1 apt_dir=$2
	shift 2
	"$apt_program" -q -o "Dir::Etc::sourcelist=$apt_dir/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::State::Lists=$apt_dir/lists" -o "Dir::Cache=$apt_dir/cache" \
		-o APT::Sandbox::User=root "$@"
}

# apt_get DIR ARGUMENT...
apt_get() {
	private apt-get "$@"
}
