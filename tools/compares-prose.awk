# SPDX-License-Identifier: GPL-2.0
#
# Prints FILE:LINE of jq that compares texts for people (reasons, warnings, why,
# notes, without) in place of their codes, on one line or over two.

# goes_on: does the expression end in the line below?
function goes_on(line,    rest) {
	rest = line
	return line ~ /(\||[^a-z_]and|[^a-z_]or|\.[a-z]+) *$/ ||
		gsub(/\(/, "", rest) > gsub(/\)/, "", rest)
}

function compares(line, next_line) {
	if (!match(line, /[.$](reasons|warnings|notes|why|without)([^a-z_]|$)/))
		return 0
	line = substr(line, RSTART) (goes_on(line) ? " " next_line : "")
	return line ~ /[^a-z_](test|match|contains|startswith|endswith|capture|scan)\(/ ||
		line ~ /^[.$][a-z]+ *[!=]= *\\?"[^"\\]/
}

function judge(next_line) {
	if (compares(last, next_line))
		print where
}

FNR == 1 {
	judge("")
	last = ""
}

{
	sub(/(^|[ \t]+)#.*/, "")
	judge($0)
	last = $0
	where = FILENAME ":" FNR
}

END {
	judge("")
}
