"""A program as JSON: its equations as trees, with everything that is needed to run them.

Described in docs/program.schema.json. What a page computes with, and others may build on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Literal,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
)
from lstm_tutor.execution.existence import missing
from lstm_tutor.execution.program import Program
from lstm_tutor.model.equation import Equation, Link, Role, Term
from lstm_tutor.model.symbol import LABEL, Id
from lstm_tutor.render.line import View
from lstm_tutor.scenario.plain import numbers_of, scenario_hash
from lstm_tutor.trace.trace import Trace

FORMAT = 1


def program_data(trace: Trace, view: View) -> dict[str, Any]:
    """Return a program as plain data: equations, where each is evaluated, and what is given."""
    scenario, program = trace.scenario, trace.program
    cell = scenario.cell
    equations = equations_of(program)
    numbers = {id(equation): number for number, equation in enumerate(equations)}
    sections = [
        {"times": list(part.times), "equations": [numbers[id(e)] for e in part.equations]}
        for part in program.sections
    ]
    return {
        "format": FORMAT,
        "title": scenario.title,
        "scenario": scenario_hash(scenario),
        "digits": view.digits,
        "steps": scenario.steps,
        "sequences": scenario.batch,
        "states": list(cell.states),
        "output": cell.output,
        "constants": scenario.constants,
        "labelled": scenario.labelled.astype(int).tolist() if scenario.has_labels else None,
        "symbols": {name: _symbol(trace, view, name) for name in _names(trace, equations)},
        "given": _given(trace),
        "sections": sections,
        "equations": [_equation(trace, equation) for equation in equations],
    }


def equations_of(program: Program) -> list[Equation]:
    """Return the equations of a program, each once, in the order of its file."""
    once = {id(equation): equation for part in program.sections for equation in part.equations}
    return list(once.values())


def _names(trace: Trace, equations: Sequence[Equation]) -> list[str]:
    return list(dict.fromkeys([*trace.signals, *(e.target for e in equations)]))


def _symbol(trace: Trace, view: View, name: str) -> dict[str, Any]:
    """Return what a symbol is called, and its shape in one sequence."""
    if name in trace.signals:
        values = trace.signals[name].values
        shape = values.shape[1:-1] if trace.scenario.batch else values.shape[1:]
        node: Parameter | Signal = Signal(name)
    else:
        shape = np.shape(trace.parameters[name]) if name in trace.parameters else ()
        node = Parameter(name)
    return {"written": view.notation.symbol(node), "shape": list(shape)}


def _given(trace: Trace) -> dict[str, Any]:
    """Return the numbers that a program starts from, each in its true shape, by step."""
    scenario = trace.scenario
    every: dict[Id | str, NDArray[np.float64]] = {
        Id(name, t): row
        for name, values in scenario.series.items()
        if name != LABEL or scenario.has_labels
        for t, row in enumerate(values)
    }
    every.update(scenario.initial.items())
    every.update(scenario.untimed.items())
    return {str(id_): numbers_of(value) for id_, value in every.items()}


def _equation(trace: Trace, equation: Equation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "target": equation.target,
        "phase": str(equation.phase),
        "role": str(equation.role),
        "caption": equation.caption,
    }
    if equation.expression is not None:
        found["right"] = tree(equation.expression)
    if equation.of:
        found["of"] = equation.of
    if equation.parts:
        found["parts"] = list(equation.parts)
    if equation.terms:
        found["terms"] = [_term(trace, equation, term) for term in equation.terms]
    return found


def _term(trace: Trace, equation: Equation, term: Term) -> dict[str, Any]:
    return {
        "right": tree(term.expression),
        "gradient": None if term.gradient is None else tree(term.gradient),
        "shift": term.shift,
        "links": [_link(link) for link in term.links],
        "missing": _missing(trace, equation, term),
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "consumer": link.consumer,
        "shift": link.shift,
        "operand": tree(link.operand),
        "local": None if link.local is None else tree(link.local),
    }


def _missing(trace: Trace, equation: Equation, term: Term) -> dict[str, Any]:
    """Return why a term does not exist, by time step; by sequence where it exists in some."""
    scenario = trace.scenario
    found: dict[str, Any] = {}
    if equation.role is Role.SUM_OVER_TIME:
        return found
    for t in trace.times(equation.target):
        if t is None:
            continue
        why = missing(scenario, term, t)
        each = {str(s): missing(scenario, term, t, s) for s in range(scenario.batch or 0)}
        some = {s: text for s, text in each.items() if text}
        if why or some:
            found[str(t)] = why or some
    return found


def tree(node: Expression) -> Any:
    """Return a formula as nested lists: a node's kind, then its parts.

    ``["signal", name, shift]``, with ``true`` at the end where the time is fixed;
    ``["parameter", name]``, ``["number", value]``, ``["literal", rows]``, ``["-", x]``,
    ``["T", x]``, ``["+", x, y]`` and so on, and ``["call", function, arguments…]``.
    """
    match node:
        case Signal(name, shift, fixed):
            return ["signal", name, shift, *([True] if fixed else [])]
        case Parameter(name):
            return ["parameter", name]
        case Number(value):
            return ["number", value]
        case Literal(rows):
            return ["literal", rows]
        case Negative(operand):
            return ["-", tree(operand)]
        case Transpose(operand):
            return ["T", tree(operand)]
        case Binary(operator, left, right):
            return [operator, tree(left), tree(right)]
        case Call(function, arguments):
            return ["call", function, *map(tree, arguments)]
    raise TypeError(node)
