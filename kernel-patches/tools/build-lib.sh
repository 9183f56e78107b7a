# SPDX-License-Identifier: GPL-2.0
#
# What check-build, check-final and check-types share: states of the series
# compiled in kept folders, one result a (state, variant) kept as text.
# Sourced after lib.sh; open_series comes first.
#
# A variant is a name that configs/ knows: three architectures with all users
# of the page_pool API, and a kernel without page_pool.

# shellcheck disable=SC2154 # here, jobs: set by lib.sh

VARIANTS="arm64 x86_64 arm nopool"
locked=
# Raise it when the engine changes what it records.
ENGINE=2

# variant_of NAME: set arch, cross and fragments.
variant_of() {
	arch=$1
	cross=
	fragments="$here/configs/users.config $here/configs/users-$1.config"
	case $1 in
	arm64) cross=aarch64-linux-gnu- ;;
	arm) cross=arm-linux-gnueabihf- ;;
	nopool)
		arch=x86_64
		fragments=$here/configs/users-nopool.config
		;;
	esac
	# On another machine than x86-64 the native compiler is another one.
	[ "$arch" != x86_64 ] || [ "$(uname -m)" = x86_64 ] ||
		cross=x86_64-linux-gnu-
}

need_compilers() {
	need make flex bison bc awk sha256sum flock
	for variant in $VARIANTS; do
		variant_of "$variant"
		need "${cross}gcc" "${cross}ld"
	done
}

# open_series: set repo, key and last, and the C files to look at.
open_series() {
	both=$(series_repo)
	repo=${both% *}
	key=${both##* }
	last=$(patch_count)
	results=$NETMEM_CACHE/check-build
	work_dir "$results"
	scratch=$work
	find_users
	# fewer would mean that the search itself failed
	[ "$(wc -l <"$scratch/users")" -gt "$(wc -l <"$scratch/touched")" ] ||
		die "no user of the page_pool API is found in '$repo'; can this git search with -P?"
}

tree_id() {
	git -C "$repo" rev-parse "$key/$1^{tree}"
}

# What names page_pool's API: its header, its types, its functions, its marks
# in struct page and struct sk_buff.
api='net/page_pool\.h|events/page_pool\.h|struct (page_pool|netmem)\b'
api=$api'|\b(page_pool|netmem)_[a-z_]+ *\(|skb_mark_for_recycle'
api=$api'|\bpp_(magic|frag_count|recycle)\b'

# find_users: the files that the series touches (scratch/touched, headers),
# and the users of the API before or after it, the touched ones included
# (scratch/users): C files that name it, and those that include a header of
# their driver that names it and speak of a page pool themselves.
find_users() {
	git -C "$repo" diff --name-only "$key/0" "$key/$last" >"$scratch/all"
	grep '\.c$' "$scratch/all" >"$scratch/touched" || :
	grep '\.h$' "$scratch/all" >"$scratch/headers" || :
	known=$results/users-$({ tree_id 0; tree_id "$last"; echo "$ENGINE $api"; } |
		sha256sum | cut -c1-20)
	if [ -f "$known" ]; then
		cp "$known" "$scratch/users"
		return 0
	fi
	for state in 0 "$last"; do
		git -C "$repo" grep -lP "$api" "$key/$state" -- '*.c' ':!tools' ':!samples'
		git -C "$repo" grep -lP "$api" "$key/$state" -- 'drivers/*.h' |
			while read -r header; do
				header=${header#*:}
				git -C "$repo" grep -lE --all-match \
					-e "#include [\"<](.*/)?$(basename -- "$header")[\">]" \
					--or -e 'page_pool|[>.]pp\>' \
					"$key/$state" -- "$(dirname -- "$header")/*.c" || :
			done
	done | sed 's/^[^:]*://' | sort -u - "$scratch/touched" >"$scratch/users"
	cp "$scratch/users" "$scratch/known"
	mv "$scratch/known" "$known"
}

# result_of STATE VARIANT: the folder that holds, or will hold, its result.
result_of() {
	variant_of "$2"
	# shellcheck disable=SC2086 # two files without blanks
	printf '%s/%s' "$results" "$({
		tree_id "$1"
		echo "$ENGINE $2"
		"${cross}gcc" --version | head -n 1
		cat $fragments "$scratch/users"
	} | sha256sum | cut -c1-20)"
}

# The kept tree and object folders have one user at a time.
lock_builds() {
	[ ! "$locked" ] || return 0
	need_space 10
	mkdir -p "$NETMEM_CACHE/trees"
	exec 9>"$NETMEM_CACHE/trees/users.lock"
	flock -n 9 || {
		say "another check is compiling in '$NETMEM_CACHE'; waiting for it"
		flock 9
	}
	locked=1
}

# kmake VARIANT ARGUMENT...: make in the kept folders of a variant.
kmake() {
	variant_of "$1"
	shift
	make -C "$tree" O="$out" ARCH="$arch" CROSS_COMPILE="$cross" \
		KBUILD_BUILD_TIMESTAMP=0 KBUILD_BUILD_USER=- KBUILD_BUILD_HOST=- \
		"$@" </dev/null 9>&-
}

# configure VARIANT: a .config in `out`, made of allnoconfig and the
# fragments; what a fragment asks for and does not get is an error.
configure() {
	variant_of "$1"
	# shellcheck disable=SC2086
	grep -h CONFIG_ $fragments | sed '/^# CONFIG_.* is not set$/!{/^#/d}' >"$scratch/wanted"
	if ! cmp -s "$scratch/wanted" "$out/netmem.wanted"; then
		mkdir -p "$out"
		rm -f "$out/netmem.wanted"
		kmake "$1" -s KCONFIG_ALLCONFIG="$scratch/wanted" allnoconfig >"$scratch/log" 2>&1 ||
			{ tail -n 20 "$scratch/log" >&2; die "the configuration of $1 cannot be made"; }
		check_config "$1"
		cp "$scratch/wanted" "$out/netmem.wanted"
	fi
}

check_config() {
	awk -v variant="$1" '
		NR == FNR { if (/^CONFIG_/) have[$0]; if (/=[ym]$/) on[substr($0, 1, length - 2)]; next }
		/^CONFIG_/ && !($0 in have) { print; bad = 1 }
		/^#/ && $2 in on { print; bad = 1 }
		END { exit bad }' "$out/.config" "$scratch/wanted" >"$scratch/lost" || {
		cat "$scratch/lost" >&2
		die "the options above of configs/ did not survive Kconfig for $1; what they depend on is missing"
	}
	# What the 32-bit variant is there for.
	[ "$1" != arm ] || {
		grep -qx CONFIG_ARCH_DMA_ADDR_T_64BIT=y "$out/.config" &&
			! grep -q '^CONFIG_64BIT=' "$out/.config"
	} || die "the arm configuration is not 32-bit with 64-bit DMA addresses"
}

# list_objects VARIANT: which users' objects kbuild builds with this .config
# (scratch/objects) and which not (scratch/absent). A file counts when a
# Makefile names it and every folder above that Makefile is descended into.
list_objects() {
	variant_of "$1"
	kmake "$1" -s prepare >"$scratch/log" 2>&1 ||
		{ tail -n 20 "$scratch/log" >&2; die "'make prepare' fails for $1"; }
	sed 's|/[^/]*$||' "$scratch/users" | sort -u | awk '{
		n = split($0, part, "/"); path = ""
		for (i = 1; i <= n; i++) { path = path (i > 1 ? "/" : "") part[i]; print path }
	}' | sort -u | while read -r dir; do
		if [ -f "$tree/$dir/Makefile" ] || [ -f "$tree/$dir/Kbuild" ]; then
			echo "makefile $dir"
			(cd "$tree" && make -s -f "$here/tools/objects.mk" srctree="$tree" \
				out="$out" ARCH="$arch" CC="${cross}gcc" dir="$dir") 9>&- ||
				die "what kbuild builds in '$dir' cannot be told"
		fi
	done >"$scratch/built"
	awk -v objects="$scratch/objects" -v absent="$scratch/absent" '
		function parent(path) {
			return sub(/\/[^\/]*$/, "", path) ? path : ""
		}
		function reached(dir) {
			return parent(dir) == "" || (dir "/" in built || !(dir in makefile)) &&
				reached(parent(dir))
		}
		BEGIN { printf "" >objects; printf "" >absent }
		NR == FNR { if ($1 == "makefile") makefile[$2]; else built[$1]; next }
		{
			sub(/\.c$/, ".o")
			print >($0 in built && reached(parent($0)) ? objects : absent)
		}' "$scratch/built" "$scratch/users"
}

# normalise: of a make log with one recipe's output at a time, on standard
# input, the complaints as "OBJECT<tab>FILE: TEXT", without line numbers.
normalise() {
	awk -v tree="$tree/" '
		/^  [A-Z][A-Z0-9]* / { object = $NF; sub("^" tree, "", object); next }
		/(warning|error): / {
			line = $0
			while (i = index(line, tree))
				line = substr(line, 1, i - 1) substr(line, i + length(tree))
			sub(/^\.\//, "", line)
			gsub(/:[0-9]+(:[0-9]+)?: /, ": ", line)
			gsub(/\+0x[0-9a-f]+/, "+", line)
			print object "\t" line
		}'
}

# enter STATE VARIANT: set tree and out, with STATE checked out and configured.
enter() {
	tree=$(worktree users "$key/$1")
	out=$NETMEM_CACHE/trees/$(basename -- "$repo")/users-$2
	configure "$2"
}

# plan STATE...: count what is to be compiled, for the estimates of announce.
plan() {
	to_do=0
	done=0
	for state; do
		for variant in $VARIANTS; do
			[ -d "$(result_of "$state" "$variant")" ] || to_do=$((to_do + 1))
		done
	done
	started=$(date +%s)
}

announce() {
	spent=$(($(date +%s) - started))
	left=
	[ "$done" -eq 0 ] || left=", about $((spent * (to_do - done) / done / 60 + 1)) min left"
	done=$((done + 1))
	progress "$done" "$to_do" "compiling patch $1 of $last, $2: $((spent / 60)) min so far$left"
}

# compile STATE VARIANT: the result of a state, from the cache or made. Sets
# result. Objects are compiled once for all states that do not change what
# they include, so the warnings of each are kept beside it.
compile() {
	result=$(result_of "$1" "$2")
	[ ! -d "$result" ] || return 0
	lock_builds
	announce "$1" "$2"
	enter "$1" "$2"
	list_objects "$2"
	[ -s "$scratch/objects" ] ||
		die "no user of the page_pool API is built for $2; see configs/"
	# A run that was interrupted may have compiled without recording.
	if [ -e "$out/netmem.busy" ] || [ ! -e "$out/netmem.warnings-$ENGINE" ]; then
		(cd "$out" && xargs rm -f) <"$scratch/objects"
		: >"$out/netmem.warnings-$ENGINE"
	fi
	: >"$out/netmem.busy"
	# shellcheck disable=SC2046 # a list of files without blanks
	kmake "$2" W=1 -k -j "$jobs" --output-sync=target $(cat "$scratch/objects") \
		>"$scratch/log" 2>&1 && status=0 || status=$?
	sed -n 's/^  CC .* \([^ ]*\.o\)$/\1/p' "$scratch/log" | sort -u >"$scratch/fresh"
	normalise <"$scratch/log" >"$scratch/fresh-warnings"
	! grep "^$(printf '\t')" "$scratch/fresh-warnings" >&2 ||
		die "make did not say which object these complaints are of; see kmake in build-lib.sh"
	awk -F '\t' 'FILENAME != "-" { fresh[$1]; next } !($1 in fresh)' \
		"$scratch/fresh" - <"$out/netmem.warnings-$ENGINE" >"$scratch/kept"
	sort "$scratch/kept" "$scratch/fresh-warnings" >"$out/netmem.warnings-$ENGINE"
	rm "$out/netmem.busy"

	made=$scratch/result
	rm -rf "$made"
	mkdir "$made"
	cp "$scratch/objects" "$scratch/absent" "$made"
	awk -F '\t' 'FILENAME != "-" { ours[$1]; next } $1 in ours' \
		"$scratch/objects" - <"$out/netmem.warnings-$ENGINE" >"$made/warnings"
	sed -n 's/.*\*\*\* \[.*: \([^ ]*\.o\)\] Error.*/\1/p' "$scratch/log" | sort -u >"$made/failed"
	if [ "$status" -ne 0 ]; then
		[ -s "$made/failed" ] ||
			{ tail -n 30 "$scratch/log" >&2; die "make fails for $2 at patch $1"; }
		grep -E 'error:|undefined' "$scratch/log" | head -n 20 >&2
		# kept for the table only: a failure is looked at anew by the next run
		result=$made
		return 0
	fi
	mv "$made" "$result"
}

# complaints STATE VARIANT: what sparse and kernel-doc say of the touched
# files, into RESULT.sparse, from the cache or made. After compile.
complaints() {
	result=$(result_of "$1" "$2")
	sparse_result=$result.sparse-$({ sparse --version; cat "$scratch/touched" "$scratch/headers"; } |
		sha256sum | cut -c1-8)
	[ ! -f "$sparse_result" ] || return 0
	lock_builds
	enter "$1" "$2"
	sed 's/\.c$/.o/' "$scratch/touched" | grep -Fxf - "$result/objects" >"$scratch/checked" || :
	: >"$scratch/log"
	# Without a target make would build the whole kernel.
	# shellcheck disable=SC2046
	[ ! -s "$scratch/checked" ] ||
		kmake "$2" W=1 C=2 CHECK=sparse -k -j "$jobs" --output-sync=target \
			$(cat "$scratch/checked") >"$scratch/log" 2>&1 ||
		{ tail -n 30 "$scratch/log" >&2; die "sparse cannot run for $2 at patch $1"; }
	# What was compiled on the way has left no warnings: see compile.
	! grep -q '^  CC ' "$scratch/log" || : >"$out/netmem.busy"
	{
		normalise <"$scratch/log" | awk -F '\t' \
			'FILENAME != "-" { ours[$1]; next } $1 in ours' "$scratch/touched" -
		while read -r header; do
			"$tree/scripts/kernel-doc" -none "$tree/$header" 2>&1 </dev/null |
				sed "s|^|  DOC $header\n|" | normalise
		done <"$scratch/headers"
	} | sort >"$scratch/said"
	mv "$scratch/said" "$sparse_result"
}
