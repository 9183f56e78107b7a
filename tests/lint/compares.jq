# What tools/compares-prose.awk finds: the lines that say so in capitals, and no other
.reasons | any(test("lost")) # PROSE
| .verdict == "PASS" or (.reasons | length > 0 and # PROSE
	all(test("lost|gone")))
| .reason_codes | index("events_lost")
| [.reasons, .warnings] == [[], []]
| all(.blind[]; .check == "leaked" and (.why | startswith("no"))) # PROSE
| all(.blind[]; .code == "no_walk" and .why != "")
| .why == "needs the function tier" # PROSE
| .why == null
| if $why == "needs the function tier" then 1 else 2 end # PROSE
| $why.code == "no_function_tier"
| any(.notes[]; contains("vanished")) # PROSE
| (.warnings | map(match("x"))) # PROSE
| holds ".notes | any(endswith(\"x\"))" # PROSE
| .capabilities[] | select(.without | contains("leaked")) # PROSE
| .reason_codes | any(test("_lost$"))
| .without_knob | test("a")
| .check | test("^[a-z_]+$")
# a comment may say: .why | test("x")
| .why # PROSE
| test("x")
| .why
| "a text"
| test("x")
