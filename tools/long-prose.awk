# SPDX-License-Identifier: GPL-2.0
#
# Prints FILE:LINE of prose in Markdown that is wider than 120 columns. Tables,
# output and commands (indented below a blank line, or fenced), comments and
# lines with a URL may be wider.

FNR == 1 {
	fenced = output = 0
	blank = 1
}

/^ *```/ {
	fenced = !fenced
	next
}

/^[ \t]*$/ {
	blank = 1
	next
}

{
	output = /^(    |\t)/ && (blank || output)
	blank = 0
}

fenced || output || /^ *(\||<!--)/ || /https?:\/\// {
	next
}

length($0) > 120 {
	print FILENAME ":" FNR
}
