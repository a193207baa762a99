"""How usual a mistake is: which of those that explain the numbers equally well is first."""

from __future__ import annotations

from lstm_tutor.mistakes.edits import Edit
from lstm_tutor.mistakes.mistake import MISPRINT, Mistake

_COSTS = {
    "drop-carry": 1.0,
    "drop-carries": 1.0,
    "drop-term": 1.0,
    "drop-factor": 1.1,
    "no-derivative": 1.0,
    "tanh-derivative": 1.0,
    "sigmoid-derivative": 1.0,
    "shift-time": 1.0,
    "input-not-multiplied": 1.0,
    "transpose": 1.2,
    "elementwise": 1.2,
    "only-last": 1.0,
    "only-first": 1.0,
    "no-learning-rate": 1.0,
    MISPRINT: 1.3,
    "swap-symbol": 1.5,
    "wrong-gate": 1.5,
    "permuted-gates": 1.5,
    "double-term": 2.0,
    "scale": 1.6,
    "bracket-too-much": 2.0,
}
_OTHER_COST = 1.4
_TWICE = 1.0


def cost(mistake: Mistake) -> tuple[float, int, float]:
    """Return how unusual a mistake is; the usual ones come first."""
    whole = mistake.edits[0].part == mistake.edits[0].right
    everywhere = 0.2 * (mistake.at is None)
    return unusual(mistake) + everywhere - 0.1 * whole, len(mistake.edits), len(mistake.id)


def unusual(mistake: Mistake) -> float:
    """Return how unusual the kind of a mistake is."""
    kind = max(price(edit) for edit in mistake.edits)
    if mistake.operator:
        kind = _COSTS.get(mistake.operator, kind)
    return kind + _TWICE * any(edit.before for edit in mistake.edits)


def price(edit: Edit) -> float:
    """Return how unusual an edit is."""
    return _COSTS.get(edit.operator, _OTHER_COST)
