# SPDX-License-Identifier: GPL-2.0
#
# What row.jq and table.jq share: numbers and columns as text.

# percent: of a share, with one digit
def percent:
	if . == null then "-" else . * 1000 | floor / 10 | tostring end;

# counts_told: of result.json's counts, how many agree with the kernel's own
def counts_told:
	[.counts[] | select(.ok != null)]
	| if . == [] then "-" else "\(map(select(.ok)) | length)/\(length)" end;

# padded: to a width; numbers stand on the right: a negative width
def padded($width):
	tostring | (" " * ([($width | fabs) - length, 0] | max) // "") as $fill
	| if $width < 0 then $fill + . else . + $fill end;

# line: cells of [[name, width]...]
def line($columns; $cells):
	[range($columns | length) as $i | $cells[$i] | padded($columns[$i][1])]
	| join(" ") | sub(" +$"; "");
