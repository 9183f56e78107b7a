# SPDX-License-Identifier: GPL-2.0
#
# Prints FILE:LINE of prose in Markdown that is wider than 120 columns. Wider may
# be: tables, output and commands (indented below a blank line, or fenced),
# comments, lines with a URL, and what a tool writes between comments
# "table of" and "end of".

FNR == 1 {
	fenced = output = generated = 0
	blank = 1
}

/^<!-- (table|end) of / {
	generated = /^<!-- table/
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

fenced || output || generated || /^ *(\||<!--)/ || /https?:\/\// {
	next
}

length($0) > 120 {
	print FILENAME ":" FNR
}
