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

# apt_get DIR ARGUMENT...: apt-get on the sources and the lists in DIR alone.
apt_get() {
	apt_dir=$1
	shift
	apt-get -q -o "Dir::Etc::sourcelist=$apt_dir/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::State::Lists=$apt_dir/lists" -o "Dir::Cache=$apt_dir/cache" \
		-o APT::Sandbox::User=root "$@"
}
