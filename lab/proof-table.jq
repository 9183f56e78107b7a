# The table of lab/prove from proof.json: kernels beside each other, a row for
# each check, and why a cell is blind or broken below it. With --arg markdown 1
# as a part of docs/kernels.md.

def cell(width): . + " " * ([width - length, 1] | max);

. as $kernels
| ([.[].cells[] | select(.why) | .why] | unique) as $whys
| ($whys | to_entries | map({(.value): (.key + 1 | tostring)}) | add // {}) as $number
| def said: .state as $state | if .why then "\($state) \($number[.why])" else $state end;
($kernels[0].cells | keys_unsorted) as $rows
| if $markdown == "1" then
	"| | \([$kernels[].kernel] | join(" | ")) |",
	"|---|\("---|" * ($kernels | length))",
	"| release | \([$kernels[].release] | join(" | ")) |",
	($rows[] as $row | "| \(if $row | test(" ") then $row else "`\($row)`" end) | \([$kernels[].cells[$row] | said] | join(" | ")) |"),
	"",
	($whys | to_entries[] | "\(.key + 1). \(.value)")
  else
	($kernels | to_entries[] | "\(.key + 1)  \(.value.kernel) (\(.value.release), \(.value.arch), \(.value.seconds) s)"),
	"",
	("" | cell(28)) + ([$kernels | keys[] | . + 1 | tostring | cell(11)] | add),
	($rows[] as $row | ($row | cell(28)) + ([$kernels[].cells[$row] | said | cell(11)] | add)),
	"",
	($whys | to_entries[] | "\(.key + 1 | tostring | cell(4))\(.value)"),
	"",
	([$kernels[].cells[].state] | "\(map(select(. == "proven")) | length) proven, \(map(select(. == "silent")) | length) silent, \(map(select(. == "blind")) | length) blind, \(map(select(. == "broken")) | length) broken")
  end
