# The table of lab/knobs from its score.json.

def cell(width): tostring | . + " " * ([width - length, 1] | max);
def row(a; b; c; d; e): (a | cell(26)) + (b | cell(22)) + (c | cell(14)) + (d | cell(34)) + e;

"\(.kernel) (\(.release)), tier \(.asked): \(.started); \(.seconds) s",
(select(.knobs != []) | row("KNOB"; "EXPECTED"; "VERDICT"; "FIRED"; "OK")),
(.knobs[]
 | row(.knob; .expected // "-"; .verdict // "none";
	if .fired == [] then (if .blind then "(blind)" else "-" end)
	else .fired | join(" ") end;
	if .ok then "ok" else "NOT" end),
   (.problems[] | "    " + .),
   (select(.ok and .expected == null) | .reasons[] | "    " + .),
   (select(.blind) | "    blind: " + .blind)),
(if .knobs == [] then "it starts; no knob was turned"
 else "\(.right) of \(.knobs | length) as expected" end)
 + (if .ended then "" else "; the guest did not come to its end" end)
