"""One step as JSON, as plain data or as text.

The text of an equation is made once, with slots for its time steps and numbers; of what is
no formula over time, and of a batch, step by step. Both ways give the same text.
"""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Call, Expression, Parameter, Signal, Symbol, symbols
from lstm_tutor.algebra.printer import PLAIN, name, show
from lstm_tutor.export.template import Filler
from lstm_tutor.model.equation import Equation, Role, Term
from lstm_tutor.model.symbol import Id
from lstm_tutor.render.line import View, formula, numbers
from lstm_tutor.scenario.plain import numbers_of
from lstm_tutor.trace.step import Origin, Step, StepTerm
from lstm_tutor.trace.throughout import throughout
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
QUICK = (Role.COMPUTE, Role.LABEL, Role.CARRY)
"""The equations of which every time step reads alike."""
_TIME, _NUMBERS, _VALUE, _TERM = "t", "n", "v", "w"
_SLOT = re.compile(r'(?:"\\u0002|\\u0001)(\w-?\d+)(?:\\u0002"|\\u0001)')


def step_data(step: Step, view: View) -> dict[str, Any]:
    """Return a step as plain data; formulas are in the formula language."""
    block = formula(step, view).partition(" = ")[2] if step.rows else ""
    plain = show(step.expression, PLAIN) if step.expression else block
    return {
        "id": step.id,
        "symbol": step.symbol,
        "t": step.t,
        "phase": str(step.phase),
        "caption": step.equation.caption,
        "formula": plain,
        "substituted": numbers(step, view),
        "value": numbers_of(step.value),
        "shape": list(np.shape(step.value)),
        "inputs": list(step.inputs),
        "terms": [_term_data(term) for term in step.terms],
    }


def _term_data(term: StepTerm) -> dict[str, Any]:
    return {
        "formula": show(term.expression, PLAIN),
        "value": numbers_of(term.value),
        "origin": _origin_data(term.origin) if term.origin else None,
        "missing": term.missing or None,
    }


def _origin_data(origin: Origin) -> dict[str, Any]:
    return {
        "equation": origin.equation,
        "t": origin.t,
        "gradient": origin.gradient or None,
        "local_derivatives": [
            {
                "of": str(Id(link.consumer, link.shift)),
                "formula": show(link.local, PLAIN) if link.local else None,
                "place": link.place,
                "places": link.places,
            }
            for link in origin.links
        ],
    }


class Records:
    """Writes the steps of a trace as JSON: an equation's once, with slots for its numbers."""

    def __init__(self, trace: Trace, view: View) -> None:
        """Take a trace, and how formulas with numbers are written."""
        self._trace = trace
        self._view = view
        self._filler = Filler(trace, view)
        self._forms: dict[tuple[int, tuple[str, ...]], tuple[str, ...] | None] = {}
        self._terms: dict[tuple[int, int], Array] = {}

    def text(self, index: int) -> str:
        """Write a step."""
        equation, t = self._trace.key(index)
        if t is None or self._trace.scenario.batch is not None or equation.role not in QUICK:
            return json_text(step_data(self._trace[index], self._view))
        form = self._form(equation, t)
        if form is None:
            return json_text(step_data(self._trace[index], self._view))
        parts = list(form)
        for number in range(1, len(parts), 2):
            parts[number] = self._slot(parts[number], equation, t)
        return "".join(parts)

    def _slot(self, slot: str, equation: Equation, t: int) -> str:
        kind, number = slot[0], slot[1:]
        if kind == _TIME:
            return str(t + int(number))
        if kind == _NUMBERS:
            return json.dumps(self._filler.substituted(equation, t))
        if kind == _VALUE:
            return json_text(numbers_of(self._trace.signals[equation.target].at(t)))
        return json_text(numbers_of(self._term(equation, int(number))[t]))

    def _term(self, equation: Equation, number: int) -> Array:
        """Return the values of a term at all time steps."""
        key = id(equation), number  # the trace keeps its equations
        if key not in self._terms:
            shape = self._trace.signals[equation.target].values.shape[1:]
            found = throughout(self._trace, equation.terms[number].expression)
            units = (len(found), int(np.prod(shape)), 1)
            self._terms[key] = np.broadcast_to(found, units).reshape(len(found), *shape)
        return self._terms[key]

    def _form(self, equation: Equation, t: int) -> tuple[str, ...] | None:
        """Return what an equation's steps have in common, and between its pieces the slots."""
        missing = self._filler.reasons(equation, t)
        key = id(equation), missing
        if key not in self._forms:
            form = tuple(_SLOT.split(json_text(self._record(equation, missing))))
            self._forms[key] = form if self._is_small(equation, missing) else None
        return self._forms[key] if 0 <= t < self._trace.scenario.steps else None

    def _is_small(self, equation: Equation, missing: tuple[str, ...]) -> bool:
        """Whether all operands are written out, so that none keeps a symbol and its time."""
        sizes = (
            np.size(self._trace.signals[symbol.name].values[0])
            for symbol in self._read(equation, missing)
            if isinstance(symbol, Signal)
        )
        return max(sizes, default=1) <= self._view.largest

    @staticmethod
    def _read(equation: Equation, missing: tuple[str, ...]) -> tuple[Symbol, ...]:
        """Return the operands: the symbols of the terms that exist."""
        pairs = zip(equation.terms, missing or ("",) * len(equation.terms), strict=True)
        live = tuple(term.expression for term, reason in pairs if not reason)
        return symbols(Call("", live) if equation.terms else _right(equation))

    def _record(self, equation: Equation, missing: tuple[str, ...]) -> dict[str, Any]:
        shape = self._trace.signals[equation.target].values.shape[1:]
        zeros = numbers_of(np.zeros(shape))
        reasons = missing or ("",) * len(equation.terms)
        return {
            "id": _id_at(Signal(equation.target)),
            "symbol": equation.target,
            "t": _slot_text(_TIME, 0, alone=True),
            "phase": str(equation.phase),
            "caption": equation.caption,
            "formula": _formula_at(_right(equation)),
            "substituted": _slot_text(_NUMBERS, 0, alone=True),
            "value": _slot_text(_VALUE, 0, alone=True),
            "shape": list(shape),
            "inputs": list(map(_id_at, self._read(equation, missing))),
            "terms": [
                {
                    "formula": _formula_at(term.expression),
                    "value": zeros if reason else _slot_text(_TERM, number, alone=True),
                    "origin": _origin_at(term),
                    "missing": reason or None,
                }
                for number, (term, reason) in enumerate(
                    zip(equation.terms, reasons, strict=True)
                )
            ],
        }


def _right(equation: Equation) -> Expression:
    if equation.expression is None:
        raise TypeError(equation.target)
    return equation.expression


def _slot_text(kind: str, number: int, *, alone: bool = False) -> str:
    """Return what stands for a slot; one that is alone stands for its quotes too."""
    around = "\x02" if alone else "\x01"
    return f"{around}{kind}{number}{around}"


def _formula_at(node: Expression) -> str:
    """Write a formula with slots for the time steps."""

    def leaf(symbol: Symbol) -> str:
        if isinstance(symbol, Parameter) or symbol.fixed:
            return name(symbol)
        return f"{symbol.name}[{_slot_text(_TIME, symbol.shift)}]"

    return show(node, PLAIN, leaf)


def _id_at(symbol: Symbol) -> str:
    """Write a symbol's id with a slot for the time step."""
    if isinstance(symbol, Parameter) or symbol.fixed:
        return str(Id.of(symbol))
    return str(Id(symbol.name, 0)).removesuffix("0") + _slot_text(_TIME, symbol.shift)


def _origin_at(term: Term) -> dict[str, Any] | None:
    """Return where a term comes from, with slots for the time steps."""
    if not term.links:
        node = term.expression
        if not isinstance(node, Signal):
            return None
        time = _slot_text(_TIME, node.shift, alone=True)
        return {"equation": _id_at(node), "t": time, "gradient": None, "local_derivatives": []}
    uses = [(Signal(link.consumer, link.shift), link) for link in term.links]
    last = uses[-1][0]
    return {
        "equation": _id_at(last),
        "t": _slot_text(_TIME, last.shift, alone=True),
        "gradient": None if term.gradient is None else _id_at(term.gradient),
        "local_derivatives": [
            {
                "of": _id_at(consumer),
                "formula": _formula_at(link.local) if link.local else None,
                "place": link.place,
                "places": link.places,
            }
            for consumer, link in uses
        ],
    }


def json_text(data: Any) -> str:
    """Write plain data as JSON, which has no numbers that are not finite."""
    return json.dumps(data, allow_nan=False)
