# SPDX-License-Identifier: GPL-2.0
#
# What guests of lab/knobs brought is kept, so that a run that was interrupted
# goes on. Sourced; $keep is a folder for it and $work one that goes. $keep has
# the key of all that goes into the guest, and what each boot of it sent, as it
# came, in a file part-N.

# use_kept KEY: what is there is of that key, or goes.
use_kept() {
	mkdir -p "$keep"
	[ "$1" = "$(cat "$keep/key" 2>/dev/null)" ] || {
		rm -f "$keep/key" "$keep"/part-*
		echo "$1" >"$keep/key"
	}
}

# parts: of this key, the oldest first
parts() {
	find "$keep" -name 'part-*' | sort -V
}

# collect [final]: $work/results, of what all parts brought, also when the last
# of one is torn. A guest says what it is asked before it does it, so the last
# that it was asked is not done, unless it came to its end; of the last part it
# counts when that is final. Sets $ended.
collect() {
	collected=$work/results ended=
	rm -rf "$collected" "$work/asked"
	mkdir "$collected"
	last_part=$(parts | tail -n 1)
	for part in $(parts); do
		gzip -dc <"$part" 2>/dev/null | tar -xf - --ignore-zeros \
			-C "$collected" -m --no-same-owner 2>/dev/null || :
		[ -e "$collected/asked" ] || continue
		if [ -e "$collected/end" ]; then
			ended=1
		elif [ "$part" != "$last_part" ] || [ ! "${1:-}" ]; then
			drop_last
		fi
		cat "$collected/asked" >>"$work/asked"
		rm "$collected/asked"
	done
	[ ! -e "$work/asked" ] || mv "$work/asked" "$collected/asked"
}

# drop_last: the watch that a part ended in
drop_last() {
	tail -n 1 "$collected/asked" | while read -r way dir _; do
		grep -v "^$way $dir " "$collected/asked" >"$work/asked.new" || :
		mv "$work/asked.new" "$collected/asked"
		rm -rf "${collected:?}/$way/$dir"
	done
}

# done_before: the watches that need not be done again: way and folder
done_before() {
	[ ! -e "$work/results/asked" ] ||
		cut -d ' ' -f 1,2 "$work/results/asked" | sort -u
}
