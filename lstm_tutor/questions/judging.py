"""What a judgement means for a question: how exact it was, and how sure a cause is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_tutor.diagnosis.judgement import Diagnosis, Judgement, Status
from lstm_tutor.mistakes.mistake import COPIED, MISPRINT, ON_THE_WAY
from lstm_tutor.numbers.numeral import rounded, same
from lstm_tutor.questions.answer import Array, Typed
from lstm_tutor.questions.question import (
    SOLVED,
    Outcome,
    Record,
)
from lstm_tutor.trace.step import Step

_FEW = 0.005  # of a value: half a unit of three significant digits is at most this
_COARSE = 0.05  # of a value: half a unit of two significant digits is at most this
_DOUBT = 0.5  # the confidence in what explains a number of few digits
_SHORT = 4  # significant digits of a value that is worked without rounding
_MORE = 3  # digits after those typed, which show a number to be meant exactly
_SAME = 1e-9  # relative: a value written exactly


def likely(found: tuple[Diagnosis, ...], typed: Typed, step: Step) -> tuple[Diagnosis, ...]:
    """Leave out slips of what nobody sees; and of a number of one or two digits all slips,
    since any other such number is one, and other values that do not lead to the step.
    """
    unseen = COPIED if short(typed) else {ON_THE_WAY}
    left = [one for one in found if one.mistake.kind not in unseen]
    if short(typed):
        left = [one for one in left if one.mistake.kind != MISPRINT or _leads(one, step)]
    if not left or not left[0].tied:
        return tuple(left)
    return (replace(left[0], tied=False), *left[1:])


def short(typed: Typed) -> bool:
    """Whether a number has one or two digits."""
    return bool(np.any(np.asarray(typed.unit) > _FEW * np.abs(typed.value)))


def _leads(found: Diagnosis, step: Step) -> bool:
    """Whether what was reported in the place of a step is a value that it reads."""
    return found.edit.new in step.operands


def unsure(found: Diagnosis) -> Diagnosis:
    """Doubt what explains a number of few digits: other mistakes come close to it too."""
    return replace(found, confidence=min(found.confidence, _DOUBT / found.alternatives))


def meant(typed: Typed, right: Array) -> Array:
    """Return how exact a wrong value is meant: where the right one has few digits, a wrong
    one written with few is exact too, and so is a bare 0 as its neighbours are.
    """
    unit = np.asarray(typed.unit)
    if same(right, rounded(right, _SHORT)):
        return np.zeros(unit.shape)
    return np.where(typed.value == 0, np.min(unit), unit)


def aimed(found: tuple[Diagnosis, ...], aims: frozenset[str]) -> tuple[Diagnosis, ...]:
    """Take what is aimed at for the mistake, among what explains the numbers equally well."""
    tied = [one for number, one in enumerate(found) if number == 0 or one.tied]
    named = next((one for one in tied if one.edit.id in aims), None)
    if named is None:
        return found
    told = replace(named, tied=False, confidence=1 / max(1, named.alternatives))
    return (told, *(one for one in found if one not in tied))


def coarse(typed: Typed, judgement: Judgement) -> bool:
    """Whether a value that fits has so few digits that others would fit too; not if it is
    the expected one at four digits, whose last ones may be zeros.
    """
    expected = judgement.own if judgement.status is Status.GIVEN else judgement.expected
    scale = float(np.max(np.abs(expected), initial=0.0))
    value = np.reshape(typed.value, expected.shape)
    if any(
        np.all(np.abs(value - r) <= _SAME * scale)
        for r in (expected, rounded(expected, _SHORT))
    ):
        return False
    return judgement.status is Status.COARSE or bool(np.max(typed.unit) > _COARSE * scale)


def too_few(typed: Typed) -> str:
    """Ask for more digits, and say how one writes a number of few that is meant exactly."""
    asked = "so few digits do not show whether that is right: give more"
    if typed.value.size != 1:
        return asked
    places = max(0, round(-np.log10(2 * np.max(typed.unit)))) + _MORE
    return f"{asked}, or {typed.value.item():.{places}f} if it is just that"


def outcome_of(record: Record, *, carried: bool) -> Outcome:
    """Return how a question stands after a right answer: what is shown stays shown."""
    if record.outcome in (*SOLVED, Outcome.SHOWN):
        return record.outcome
    if carried:
        return Outcome.CARRIED
    return Outcome.HINTED if record.hints else Outcome.ALONE
