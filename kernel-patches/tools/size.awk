# SPDX-License-Identifier: GPL-2.0
#
# The tables of tools/size. Input: "text code" of vmlinux.o and of
# vmlinux, base and series a line each; then for each patch, separated by tabs: number,
# subject, and "text code" of each object. Variables: arch, about, names (of
# the objects), md (Markdown is wanted).

function signed(n) {
	return sprintf("%+d", n)
}

function row(first, second, i, line) {
	if (md) {
		line = "| " first " | " second " |"
		for (i = 1; i <= columns; i++)
			line = line " " cell[i] " |"
	} else {
		line = sprintf("%3s  %-54s", first, substr(second, 1, 54))
		for (i = 1; i <= columns; i++)
			line = line sprintf("%18s", cell[i])
	}
	print line
}

function ruler(i, line) {
	if (!md)
		return
	line = "|--:|---|"
	for (i = 1; i <= columns; i++)
		line = line "--:|"
	print line
}

function head(i) {
	for (i = 1; i <= columns; i++)
		cell[i] = name[i]
	row(md ? "#" : "", "")
	ruler()
}

# of: 0 text, 1 code
function summary(title, of, i, first, last) {
	for (i = 1; i <= columns; i++)
		cell[i] = value[0, i, of]
	row("", "base, " title)
	for (i = 1; i <= columns; i++)
		cell[i] = value[final, i, of]
	row("", "series, " title)
	for (i = 1; i <= columns; i++) {
		first = value[0, i, of]
		last = value[final, i, of]
		cell[i] = signed(last - first) sprintf(" (%+.2f %%)", (last - first) * 100 / first)
	}
	row("", "difference")
}

BEGIN {
	columns = split(names, path, " ")
	for (i = 1; i <= columns; i++) {
		name[i] = path[i]
		sub(/.*\//, "", name[i])
	}
	final = 0
}

NR <= 2 {
	split($0, n, " ")
	for (i = 0; i < 4; i++)
		whole[NR, i] = n[i + 1]
	next
}

{
	split($3, n, " ")
	for (i = 1; i <= columns; i++) {
		value[$1, i, 0] = n[2 * i - 1]
		value[$1, i, 1] = n[2 * i]
	}
	subject[$1] = $2
	final = $1
}

END {
	print (md ? "### " : "") arch ", " about
	print ""
	print "Text after each patch, and its change:"
	print ""
	head()
	for (p = 0; p <= final; p++) {
		for (i = 1; i <= columns; i++) {
			change = p ? value[p, i, 0] - value[p - 1, i, 0] : 0
			cell[i] = value[p, i, 0] (change ? " (" signed(change) ")" : "")
		}
		row(p, subject[p])
	}
	print ""
	if (name[columns] == "vmlinux")
		columns--
	name[columns + 1] = "vmlinux.o"
	name[columns + 2] = "vmlinux"
	for (i = 0; i < 4; i++) {
		value[0, columns + 1 + int(i / 2), i % 2] = whole[1, i]
		value[final, columns + 1 + int(i / 2), i % 2] = whole[2, i]
	}
	columns += 2
	head()
	summary("text", 0)
	summary("code", 1)
	print ""
	print "vmlinux.o is the whole kernel before the link pads its sections to pages and adds the symbol table."
	print ""
	for (i = 1; i <= columns; i++)
		if (value[final, i, 0] >= value[0, i, 0])
			print arch ": " name[i] "'s text is not below base (" \
				signed(value[final, i, 0] - value[0, i, 0]) \
				"; code " signed(value[final, i, 1] - value[0, i, 1]) ")" (md ? "  " : "")
	print ""
}
