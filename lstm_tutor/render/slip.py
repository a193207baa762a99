"""Mistakes in words: what kind a mistake is, and what one edit did to a formula."""

from __future__ import annotations

from lstm_tutor.algebra.expression import Binary, Expression, Number
from lstm_tutor.notation import Notation
from lstm_tutor.tutor.edits import Edit

_INSTEAD = "{new} instead of {part}"
_LEFT_OUT = "{part} left out"

_KINDS = {
    "activation-for-derivative": "the activation instead of its derivative",
    "average": "the average over time",
    "bracket-too-little": "brackets left out",
    "bracket-too-much": "brackets around too much",
    "derivative-of-activated": "the derivative at the activated value",
    "derivative-of-preactivation": "the derivative at the pre-activation",
    "double-activation": "activated twice",
    "double-term": "a term twice",
    "drop-activation": "the activation left out",
    "drop-carries": "everything from the next time step left out",
    "drop-carry": "what comes from the next time step left out",
    "drop-factor": "a factor left out",
    "drop-term": "a term left out",
    "elementwise": "entry by entry instead of another product",
    "flip-sign": "a wrong sign",
    "initial-state": "initial states taken as 0",
    "input-not-multiplied": "the input not multiplied",
    "matrix-product": "an inner product instead of entry by entry",
    "miss-first": "the first time step missing",
    "miss-last": "the last time step missing",
    "no-derivative": "the derivative left out",
    "no-learning-rate": "the learning rate left out",
    "only-first": "only the first time step",
    "only-last": "only the last time step",
    "other-activation": "another activation",
    "other-quantity": "the derivative at another quantity",
    "permuted-gates": "weights in another gate order",
    "scale": "a wrong factor",
    "shift-time": "a wrong time step",
    "sigmoid-derivative": "the derivative of the other activation",
    "state-not-reset": "the last state kept as the initial one",
    "swap-symbol": "another quantity",
    "tanh-derivative": "the derivative of the other activation",
    "transpose": "transposed",
    "wrong-gate": "another gate's quantity",
}
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


def kind(operator: str) -> str:
    """Say what kind of mistake an operator makes."""
    return _KINDS.get(operator, operator)


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
