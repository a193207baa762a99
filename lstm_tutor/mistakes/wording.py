"""What an edit did to a formula, in a few words, for lists of many mistakes."""

from __future__ import annotations

from lstm_tutor.algebra.expression import Binary, Expression, Number
from lstm_tutor.dialects.notation import Notation
from lstm_tutor.mistakes.edits import Edit
from lstm_tutor.mistakes.misconceptions import kind

_INSTEAD = "{new} instead of {part}"
_LEFT_OUT = "{part} left out"

_WORDS = {
    "double-term": "{part} twice",
    "drop-activation": "{part} not activated",
    "drop-factor": "the factor {part} left out",
    "flip-sign": "{part} with the wrong sign",
    "input-not-multiplied": "not multiplied with {part}",
    "drop-term": _LEFT_OUT,
    "no-derivative": _LEFT_OUT,
    "activation-for-derivative": _LEFT_OUT,
    "bracket-too-little": "no brackets around {part}",
}
_WHOLE = {"average", "drop-carry", "miss-first", "miss-last", "only-first", "only-last"}
_WHOLE |= {"initial-state", "no-learning-rate", "permuted-gates", "state-not-reset"}


def words(edit: Edit, notation: Notation) -> str:
    """Say what an edit does to its formula."""
    if edit.operator in _WHOLE or (edit.operator == "transpose" and edit.new is None):
        return kind(edit.operator)
    part, new = edit.part, edit.new
    whole = part == edit.right
    shown = "all of it" if whole else notation.formula(part)
    factor = _factor(part, new)
    if factor:
        return f"{factor} {shown}"
    if edit.operator == "flip-sign" and whole:
        return "the wrong sign"
    if new is None:
        return _WORDS.get(edit.operator, _LEFT_OUT).format(part=shown)
    template = _WORDS.get(edit.operator, _INSTEAD)
    return template.format(part=shown, new=notation.formula(new))


def _factor(part: Expression, new: Expression | None) -> str:
    """Say by what a part was multiplied or divided; empty if by nothing."""
    match new:
        case Binary("*", Number(value), right) if right == part:
            return f"{value} times"
        case Binary("/", left, Number(value)) if left == part:
            return f"1/{value} of"
    return ""
