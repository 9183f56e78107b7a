# SPDX-License-Identifier: GPL-2.0
#
# Debian packages for the lab that are never installed: from the sources that
# this machine's apt knows, with lists and a cache of their own, so that its
# configuration stays as it is. Sourced; it needs lib/sh/message.sh.

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

# only_suite DIR SUITE: the sources of that suite alone, its updates included.
# Where this machine has none, the one of that name beside its first.
only_suite() {
	mv "$1/sources.list" "$1/sources.all"
	grep -E " $2(-security|-updates)? [a-z]+\$" "$1/sources.all" >"$1/sources.list" ||
		# a suite with a dash is one of updates, perhaps in a place of its own
		awk -v suite="$2" '$NF == "main" && $(NF - 1) !~ /-/ {
			$(NF - 1) = suite; print; exit }' "$1/sources.all" >"$1/sources.list"
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

# apart PROGRAM DIR ARCHITECTURES ARGUMENT...: as private, for a machine that
# has nothing installed. The first of its architectures is its own.
apart() {
	apart_program=$1 apart_dir=$2 apart_archs=$3
	shift 3
	: >>"$apart_dir/status"
	private "$apart_program" "$apart_dir" -o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o "Dir::State::status=$apart_dir/status" \
		-o "APT::Architecture=${apart_archs%%,*}" \
		-o "APT::Architectures=$apart_archs" "$@"
}

# unpack_packages DIR PACKAGE...: the packages' files as the new folder DIR, a
# root with merged /usr, as packages expect it. None of their scripts is run.
unpack_packages() {
	unpack_dir=$1
	shift
	mkdir -p "$unpack_dir/usr/bin" "$unpack_dir/usr/sbin" \
		"$unpack_dir/usr/lib" "$unpack_dir/usr/lib64"
	for link in bin sbin lib lib64; do
		ln -s "usr/$link" "$unpack_dir/$link"
	done
	for deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -xf - -C "$unpack_dir" --no-same-owner \
				--keep-directory-symlink \
				--exclude './usr/share/doc' --exclude './usr/share/man' \
				--exclude './usr/share/locale' --exclude './usr/share/perl*' ||
			die "cannot unpack '$(basename -- "$deb")'; is the disk full?"
	done
	chmod 755 "$unpack_dir"
}
