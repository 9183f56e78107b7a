# The table of lab/knobs from its score.json.

def cell(width): tostring | . + " " * ([width - length, 1] | max);
def row(a; b; c; d; e; f): (a | cell(12)) + (b | cell(26)) + (c | cell(22)) + (d | cell(14)) + (e | cell(34)) + f;

"\(.kernel) (\(.release), \(.arch)), \(.seconds) s",
(.starts[] | select(.status != "")
 | "  \(.way): " + (if .status | test("^[013]$") then "\(.tier) tier, \(.hooked | join(", "))"
	else "does not start (exit \(.status)): \(.said)" end)),
(select(.knobs != []) | row("WAY"; "KNOB"; "EXPECTED"; "VERDICT"; "FIRED"; "OK")),
(.knobs[]
 | row(.way; .knob; .expected // "-"; .verdict // "none";
	if .fired == [] then (if .expected and .blind then "(blind)" else "-" end)
	else .fired | join(" ") end;
	if .ok then "ok" else "NOT" end),
   (.problems[] | "    " + .),
   (select(.ok and .expected == null) | .reasons[] | "    " + .),
   (select(.expected and .blind) | "    blind: " + .blind.why)),
"\(.right) of \(.knobs | length) as expected"
 + (if .ended then "" else "; the guest did not come to its end" end)
