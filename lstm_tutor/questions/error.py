"""Questions of worked lines of which one was worked wrongly.

The wrong line is made by an edit of its equation; the lines after it go on with its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice

import numpy as np

from lstm_tutor.algebra.expression import Signal, at, symbols
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import Id
from lstm_tutor.questions.question import ErrorQuestion
from lstm_tutor.trace.step import Step, StepTerm, term_value

_MOST_LINES = 6
_FEWEST_LINES = 3
_MOST_QUESTIONS = 16
_TRIES = 60
_UNFAIR = ("double-term", "bracket-too-much")  # what a glance at the formula does not tell
_VISIBLE = 0.02  # relative: a value that is wrong by less is no fair question


def error_questions(
    tutor: Tutor, indices: Sequence[int], seed: int
) -> tuple[ErrorQuestion, ...]:
    """Return questions on the steps with some indices, each within one phase and time step,
    in order; the same seed gives the same questions.
    """
    random = np.random.default_rng(seed)
    made = (_question(tutor, members, random) for members in _groups(tutor, indices))
    return tuple(islice(filter(None, made), _MOST_QUESTIONS))


def _groups(tutor: Tutor, indices: Sequence[int]) -> Iterator[list[int]]:
    keys = ((*tutor.trace.key(index), index) for index in indices)
    for _, members in groupby(keys, key=lambda key: (key[0].phase, key[1])):
        found = [index for _, _, index in members]
        pieces = -(-len(found) // _MOST_LINES)
        for piece in range(pieces if len(found) >= _FEWEST_LINES else 0):
            start, end = (len(found) * border // pieces for border in (piece, piece + 1))
            yield found[start:end]


def _question(
    tutor: Tutor, members: list[int], random: np.random.Generator
) -> ErrorQuestion | None:
    """Return a question on the steps of a group; None if no edit of them shows."""
    for _ in range(_TRIES):
        number = int(random.integers(len(members)))
        step = tutor.trace[members[number]]
        edits = [] if step.note else _fair(tutor, step)
        if not edits:
            continue
        edit = edits[int(random.integers(len(edits)))]
        made = _worked(tutor, [tutor.trace[index] for index in members], number, edit)
        if made is not None:
            return made
    return None


def _fair(tutor: Tutor, step: Step) -> list[Edit]:
    """Return the edits of a step that read only what there is at its time step."""
    steps = range(tutor.trace.scenario.steps)
    target = step.symbol if step.t is None or step.t in steps else step.id
    signals = tutor.trace.signals
    found = []
    for edit in tutor.all_edits.of.get(target, ()):
        read = symbols(edit.learner if step.t is None else at(edit.learner, step.t))
        timed = [item for item in read if isinstance(item, Signal) and item.fixed]
        inside = all(
            item.name in signals and signals[item.name].has(item.shift) for item in timed
        )
        if edit.right is not None and edit.kind not in _UNFAIR and inside:
            found.append(edit)
    return found


def _worked(tutor: Tutor, steps: list[Step], number: int, edit: Edit) -> ErrorQuestion | None:
    """Work the lines with an edit in one of them; None if its value hardly changes."""
    wrong = steps[number]
    place = wrong.place
    mistake = Mistake((edit,), place)
    value = Runs(tutor.places, [world([mistake])], None, [wrong.symbol], place).value(place)
    size = max(float(np.max(np.abs(value))), float(np.max(np.abs(wrong.value))))
    fits = np.shape(value) == wrong.value.shape and np.isfinite(value).all()
    if not (fits and np.max(np.abs(value - wrong.value)) > _VISIBLE * size):
        return None
    run = Runs(tutor.places, [world(carried=True)], {place: value})
    return ErrorQuestion(tuple(_with_values(step, run) for step in steps), number, mistake)


def _with_values(step: Step, run: Runs) -> Step:
    """Return a step with the values of a run in place of its own."""
    known = {
        symbol: run.value(Id.of(symbol)) if Id.of(symbol) in run.places else old
        for symbol, old in step.operands.items()
    }

    def again(term: StepTerm) -> StepTerm:
        value = term_value(
            term.expression,
            known.__getitem__,
            np.shape(term.value),
            step.batch,
            summed=step.equation.role is Role.SUM_OVER_TIME,
            without=term.without,
        )
        return replace(term, value=value)

    terms = tuple(term if term.missing else again(term) for term in step.terms)
    return replace(step, value=run.value(step.place), operands=known, terms=terms)
