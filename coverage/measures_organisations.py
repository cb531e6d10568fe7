"""Measures that count organisations of the register.

A measure takes the ground, its rule and all rules, and judges nothing. What a
place does not have is named in ``missing``, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coverage.ground import Ground
from coverage.measured import PEOPLE, Measure, Measured, without
from coverage.platforms import merge_candidates
from coverage.rulebook import Rule, Rules
from geo.phrases import Phrase


def organisations(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Count the chosen organisations."""
    which = ground.chosen(rule.options["count"])
    return without(which) if isinstance(which, str) else Measured(ground.tally(which))


def placed(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Share of the chosen organisations that stand in a community."""
    which = ground.chosen(rule.options["count"])
    if isinstance(which, str):
        return without(which)
    home = ground.organisations["at"].to_numpy() >= 0
    return Measured(ground.tally(which & home), ground.tally(which))


def per_people(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Chosen organisations for every so many people, with the basis of the population."""
    which = ground.chosen(rule.options["count"])
    people = ground.people("people")
    if isinstance(which, str):
        return without(which)
    if people is None:
        return without("people")
    basis = ground.basis("people")
    note = Phrase.of("rule_note.population", people=int(people[0]), basis=_basis_words(ground))
    return Measured(
        ground.tally(which),
        people,
        scale=rule.options["per"],
        basis=basis,
        notes=(note,),
        column="people",
    )


def _basis_words(ground: Ground) -> Phrase | dict[str, str]:
    if ground.population is None:
        return Phrase.of(f"basis.{ground.basis('people')[0]}")
    words = ground.population.words
    return {"zh": words.zh, "en": words.en}


def per_community(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Chosen organisations per community of the rule's kinds."""
    which = ground.chosen(rule.options["count"])
    if isinstance(which, str):
        return without(which)
    meant = ground.of_kinds(rule.units)
    at = ground.organisations["at"].to_numpy()
    here = which & (at >= 0) & np.append(meant, False)[at]
    counts = np.bincount(at[here], minlength=len(meant))
    unplaced = int((which & (at < 0)).sum())
    notes = (Phrase.of("rule_note.unplaced", count=unplaced),) if unplaced else ()
    if rule.threshold is not None:
        notes = (*notes, Phrase.of("rule_note.average"))
    return Measured(ground.of_communities(counts), ground.of_communities(meant), notes=notes)


def ratio(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """One selection of organisations over another."""
    which, among = (ground.chosen(rule.options[name]) for name in ("count", "among"))
    if isinstance(which, str):
        return without(which)
    if isinstance(among, str):
        return without(among)
    return Measured(ground.tally(which), ground.tally(among))


def summed_column(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Sum of a register column, such as jobs."""
    which, column = ground.chosen(rule.options["count"]), rule.options["column"]
    register = ground.organisations
    if isinstance(which, str):
        return without(which)
    if column not in register.columns:
        return without(column)
    try:
        numbers = register[column].replace("", "0").astype(np.float64).to_numpy()
    except ValueError:
        return without(column)
    return Measured(ground.tally(which, np.nan_to_num(numbers)), counted=PEOPLE)


def merging(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Community and category with more than one filed organisation."""
    pairs = merge_candidates(ground.place, units=rule.units)
    at = ground.place.communities.index.get_indexer(pairs["community_code"])
    meant = ground.of_kinds(rule.units)
    counts = np.bincount(at, minlength=len(meant))
    return Measured(
        ground.of_communities(counts),
        counted="pairs",
        lacking=None,
        notes=(Phrase.of("rule_note.could_be_merged"),),
    )


OF_ORGANISATIONS: Mapping[str, Measure] = {
    "merging": merging,
    "organisations": organisations,
    "per_community": per_community,
    "per_people": per_people,
    "placed": placed,
    "ratio": ratio,
    "summed_column": summed_column,
}
