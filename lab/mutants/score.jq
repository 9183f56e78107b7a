# SPDX-License-Identifier: GPL-2.0
#
# score.json of lab/mutate: result.json of all its runs in. --arg mutants and
# tiers: that were to be run; --arg clean: how many runs with no mutant on.

def words: split(" ") | map(select(. != ""));

# short: what the score keeps of a run
def short:
	if . == null then null
	else {verdict, findings, expected, caught, page, guilty, seconds, fired,
	      blind, ok, problems, results} end;

($mutants | words) as $names
| ($tiers | words) as $tiers
| ($clean | tonumber) as $clean_wanted
| [.[] | select(.mutant)] as $runs
| [.[] | select(.mutant | not)] as $clean
| [$names[] as $name
   | [$runs[] | select(.mutant == $name)] as $its
   | {mutant: $name, class: $its[0].class, about: $its[0].about,
      scenario: $its[0].scenario}
     + ([$tiers[] as $tier
	 | {($tier): ([$its[] | select(.tier == $tier)] | first | short)}] | add)] as $mutants
| ([$tiers[] as $tier
    | {($tier): {caught: [$mutants[] | select(.[$tier].caught)] | length,
		 as_expected: [$mutants[] | select(.[$tier].ok)] | length,
		 of: $mutants | length}}] | add) as $score
| {schema: "netmem-mutants/1", score: $score,
   clean: {runs: $clean | length, wanted: $clean_wanted,
	   with_findings: [$clean[] | select(.findings != [])] | length,
	   passed: [$clean[] | select(.verdict == "PASS")] | length,
	   as_expected: [$clean[] | select(.ok)] | length,
	   problems: [$clean[] | select(.ok | not)
		| "\(.scenario) (round \(.round)): \(.problems[])"]},
   # each check with the mutants that showed it
   checks: ([$runs[] | .mutant as $name | .findings[] | {check: ., mutant: $name}]
	| group_by(.check)
	| map({(.[0].check): (map(.mutant) | unique)}) | add // {}),
   mutants: $mutants,
   ok: (([$score[] | .as_expected == .of] | all)
	and ($clean | length) == $clean_wanted and ([$clean[].ok] | all))}
