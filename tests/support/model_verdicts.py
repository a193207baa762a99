"""What the tutor says of models: of mistakes in its table and in none, and of right ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
from dumps import Array, computed, givens, worked
from mistakes import Mistake, source
from model_mistakes import MODEL_MISTAKES, PAGES, differing, printed_by, scenario_for
from models import trace_of
from verdicts import said_of

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Status, sure
from lstm_tutor.model.symbol import parse
from lstm_tutor.trace.trace import compute

ENOUGH = 0.9
PRINTOUTS = ("all", "final", "half")
_LINE = re.compile(r"^ +(\w+)\[t\] = (.+)$", re.MULTILINE)


@cache
def model_tutor(learner: str, seed: int) -> Tutor:
    """Return the tutor of a scenario that a learner's program computes."""
    return Tutor(compute(scenario_for(learner, seed)))


def _printed(mistake: Mistake, seed: int) -> dict[str, Array]:
    places = model_tutor(mistake.learner, seed).places
    with np.errstate(all="ignore"):
        values = printed_by(mistake.learner, mistake, scenario_for(mistake.learner, seed))
    return {id_: value for id_, value in values.items() if parse(id_) in places}


def part_of(values: dict[str, Array], printout: str, seed: int) -> dict[str, Array]:
    """Return what of a program's values is handed in: all, final results, or every other."""
    if printout == "final":
        return {id_: value for id_, value in values.items() if "@" not in id_}
    random = np.random.default_rng(seed)
    share = 0.5 if printout == "half" else 1
    return {id_: value for id_, value in values.items() if random.random() < share}


def model_verdicts(
    mistakes: Iterable[Mistake], seed: int, printout: str, digits: int
) -> dict[str, str]:
    """Return what is said of each mistake that the values handed in can show."""
    found = {}
    for number, mistake in enumerate(mistakes):
        changed = differing(mistake, scenario_for(mistake.learner, seed))
        values = part_of(_printed(mistake, seed), printout, number) if changed else {}
        if set(values) & set(changed):
            one = model_tutor(mistake.learner, seed)
            name = f"{mistake.learner} {mistake.name}"
            found[name] = said_of(one, values, mistake, digits)
    return found


def mistakes_of(learner: str) -> list[Mistake]:
    """Return the mistakes of one program."""
    return [mistake for mistake in MODEL_MISTAKES if mistake.learner == learner]


def accused_models(first: int, count: int) -> list[str]:
    """Return which of so many random right models are said to have an error; see
    `verdicts.accused`.
    """
    found = []
    for seed in range(first, first + count):
        random = np.random.default_rng(seed)
        one = Tutor(trace_of(seed))
        digits = int(random.integers(3, 18))
        exact = digits == 17 or random.random() < 0.4
        values = computed(one.places) if exact else worked(one.places, digits)
        share = float(random.choice([1.0, 0.5, 0.2]))
        kept = {id_: value for id_, value in values.items() if random.random() < share}
        if not one.diagnose(givens(kept, digits)).right:
            found.append(f"model {seed}: {digits} digits, exact: {exact}")
    return found


def strange(seed: int) -> Mistake:
    """Return a program with a formula that is in no table of mistakes: one of its lines,
    turned into something else by random numbers.
    """
    random = np.random.default_rng(seed)
    learner = str(random.choice(list(PAGES)))
    lines = list(_LINE.finditer(source(learner)))
    line = lines[int(random.integers(len(lines)))]
    name, right = line[1], line[2]
    a, b = (round(float(number), 3) for number in random.uniform(0.3, 0.9, 2))
    now = f"{name}[t] = {a} * ({right}) + {b} * np.cos(3 * ({right}))"
    edits = ((f"{name}[t] = {right}", now),)
    return Mistake(f"strange {seed}: {now}", frozenset(), frozenset(), "", edits, None, learner)


def believed_models(first: int, count: int) -> list[str]:
    """Return for which of so many strange programs it is not said that the first deviation
    is unknown, and that all that is made of it follows from it.
    """
    found = []
    for seed in range(first, first + count):
        mistake = strange(seed)
        one = model_tutor(mistake.learner, 1 + seed % 2)
        changed = differing(mistake, scenario_for(mistake.learner, 1 + seed % 2))
        if not changed:
            continue
        values = _printed(mistake, 1 + seed % 2)
        digits = int(np.random.default_rng(seed).integers(4, 18))
        report = one.diagnose(givens(values, digits))
        wrong = [item for item in report.judgements if item.status is Status.WRONG]
        own = {parse(item.given.id).name for item in wrong if not item.because}
        start = min(changed, key=lambda id_: one.places.position(parse(id_)))
        named = [d.mistake.id for item in wrong for d in item.diagnoses if sure(d)]
        if named:
            found.append(f"{mistake.learner} {mistake.name}: said {named[0]}")
        elif own != {parse(start).name}:
            found.append(f"{mistake.learner} {mistake.name}: {sorted(own)}, not {start}")
    return found
