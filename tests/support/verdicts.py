"""What the tutor says of planted mistakes, of right programs and of nonsense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise

import numpy as np
from drawing import ALL_CELLS
from dumps import Array, computed, givens, random_scenario, worked
from mistakes import MISTAKES, Mistake, outputs, wrong_ids

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Diagnosis, sure
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

ENOUGH = 0.95
_GIVEN = {"permuted-gates", "initial-state", "initial-exchanged", "state-not-reset"}
_GIVEN |= {"label-off", "inputs-late"}
"""Mistakes with what is given; the corpus names the equations that read it."""


@cache
def tutor(name: str) -> Tutor:
    """Return the tutor of a bundled scenario."""
    return Tutor(compute(load(name)))


def names_it(diagnosis: Diagnosis, mistake: Mistake) -> bool:
    """Whether a diagnosis says what was planted: the kind of mistake, and where."""
    found = diagnosis.mistake
    kinds = {found.kind, *(edit.kind for edit in found.edits)}
    if "state-not-reset" in kinds:
        kinds.add("initial-state")
    targets = {edit.target.partition("@")[0] for edit in found.edits}
    where = targets & mistake.targets or kinds & _GIVEN
    return bool(kinds & mistake.kinds and where)


@cache
def shown_by(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes of the corpus that a scenario can show."""
    return tuple(mistake for mistake in MISTAKES if wrong_ids(mistake, name))


def verdict(name: str, mistake: Mistake, digits: int) -> str:
    """Return "first", "tie" or "missed" for one mistake, from all the numbers it makes."""
    return said_of(tutor(name), outputs(mistake, name), mistake, digits)


def said_of(one: Tutor, values: Mapping[str, Array], mistake: Mistake, digits: int) -> str:
    """Return "first", "tie" or "missed", or "false" for another mistake that is sure."""
    first = one.diagnose(givens(values, digits)).first_wrong
    found = first.diagnoses if first else ()
    if found and names_it(found[0], mistake):
        return "first"
    tied = (item for item in found if item.tied)
    if any(names_it(item, mistake) for item in tied):
        return "tie"
    named = any(names_it(item, mistake) for item in found)
    return "false" if found and sure(found[0]) and not named else "missed"


def calibration(said: Iterable[tuple[float, bool]]) -> list[str]:
    """Return for each range of confidence how many diagnoses were right, as lines."""
    bounds = (0.0, 0.3, 0.6, 0.9, 1.01)
    found = list(said)
    lines = []
    for low, high in pairwise(bounds):
        right = [good for confidence, good in found if low <= confidence < high]
        if right:
            share = sum(right) / len(right)
            text = f"{low:.1f} to {min(high, 1):.1f}"
            lines.append(f"confidence {text}: {sum(right)} of {len(right)} right, {share:.1%}")
    return lines


def missed(name: str, mistakes: Iterable[Mistake], digits: int, *good: str) -> list[str]:
    """Return the mistakes whose verdict is not one of the good ones."""
    return [item.name for item in mistakes if verdict(name, item, digits) not in good]


def accused(seed: int, count: int) -> list[str]:
    """Return which of so many random right programs are said to have an error.

    All or some of their values, at three to seventeen digits, printed from exact values
    or worked with rounded ones. Of bundled cells and those of the literature.
    """
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        cell = str(random.choice(list(ALL_CELLS)))
        one = Tutor(compute(random_scenario(random, ALL_CELLS[cell])))
        digits = int(random.integers(3, 18))
        exact = digits == 17 or random.random() < 0.4
        values = computed(one.places) if exact else worked(one.places, digits)
        share = float(random.choice([1.0, 0.5, 0.2]))
        kept = {id_: value for id_, value in values.items() if random.random() < share}
        if not one.diagnose(givens(kept, digits)).right:
            found.append(f"program {number}: {cell}, {digits} digits, exact: {exact}")
    return found


def believed(seed: int, count: int) -> list[str]:
    """Return for which of so many random values a mistake is named with confidence."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        one = tutor(("gomez", "two-units", "gru-two-units")[number % 3])
        right = computed(one.places, lambda id_: "'" not in id_)
        id_ = str(random.choice(list(right)))
        size = 3 * max(float(np.abs(right[id_]).max()), 0.01)
        before = {} if number % 2 else _until(right, id_)
        nonsense = {**before, id_: random.uniform(-size, size, right[id_].shape)}
        report = one.diagnose(givens(nonsense, int(random.integers(3, 18))))
        found += [f"{one.trace.scenario.name}: {d.id}" for d in report.diagnoses if sure(d)]
    return found


def _until(values: dict[str, Array], id_: str) -> dict[str, Array]:
    ids = list(values)
    return {name: values[name] for name in ids[: ids.index(id_)]}
