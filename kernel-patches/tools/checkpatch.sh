# SPDX-License-Identifier: GPL-2.0
#
# What checkpatch --strict says of a patch. Sourced after lib.sh, with $repo, $key
# and $scratch, a folder of the caller's own.

# shellcheck disable=SC2154 # scratch, key: set by the caller

# checkpatch_tree: as much of the base as checkpatch reads, in scratch/checkpatch.
checkpatch_tree() {
	[ ! -d "$scratch/checkpatch" ] || return 0
	(
		mkdir "$scratch/checkpatch"
		cd "$scratch/checkpatch"
		git -C "$repo" archive "$key/0" COPYING CREDITS Kbuild Makefile README MAINTAINERS \
			include scripts | tar -xf -
		# it takes a tree with these for a kernel's
		mkdir -p Documentation arch drivers fs init ipc kernel lib
	)
}

# checkpatch PATCH: what it says and no exception covers, and the exceptions that
# cover nothing, one a line.
checkpatch() {
	exceptions=${1%.patch}.exceptions
	[ -f "$exceptions" ] || exceptions=/dev/null
	git -C "$repo" show "$key/0:scripts/checkpatch.pl" >"$scratch/checkpatch.pl"
	mkdir -p "$NETMEM_CACHE/checkpatch"
	verdict=$NETMEM_CACHE/checkpatch/$(cat "$1" "$exceptions" "$scratch/checkpatch.pl" | hash)
	if [ ! -f "$verdict" ]; then
		checkpatch_tree
		(cd "$scratch/checkpatch" && perl scripts/checkpatch.pl --strict --terse --show-types \
			--no-summary "$1") >"$scratch/log" 2>&1 || :
		awk -v name="$(basename -- "$exceptions")" '
			FILENAME != "-" {
				if (/^[A-Z_]+[[:blank:]]+[^[:blank:]]/) excepted[$1]
				else if (!/^(#|$)/) print name ": \"" $0 "\" is not TYPE REASON"
				next
			}
			match($0, /(ERROR|WARNING|CHECK):[A-Z0-9_]+:/) {
				split(substr($0, RSTART, RLENGTH), part, ":")
				if (part[2] in excepted) used[part[2]]
				else { sub(/^.*\//, ""); print }
				next
			}
			{ print }
			END {
				for (type in excepted) if (!(type in used))
					print name ": " type " does not occur; remove it"
			}' "$exceptions" - <"$scratch/log" >"$scratch/said"
		mv "$scratch/said" "$verdict"
	fi
	cat "$verdict"
}
