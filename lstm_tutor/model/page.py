"""Pages: reads the forward equations of a cell file and checks that they are whole.

What a cell file says is data; nothing here knows a particular cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lstm_tutor.algebra.axes import Axes, AxesError, axes_of
from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    children,
    symbols,
    walk,
)
from lstm_tutor.algebra.parser import NAME, FormulaError, parse_assignment
from lstm_tutor.files.document import Document
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import MOST, BadInput, Problem, did_you_mean
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.entries import TEXT_KEYS, structure
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import (
    INPUT,
    LABEL,
    LOSS,
    OUTPUT,
    OWN_NAMES,
    block_and_gate,
    gradient,
    preactivation,
)

_MOST_DELAY = 12
_LARGEST = 400  # numbers and symbols of all equations; the LSTM has 42
_RESERVED = {"N": "the number of labels", "lr": "the learning rate", "t": "the time step"}
_RESERVED |= {"T": "the sign of a transpose"}
_RESERVED |= {LOSS: "the loss", LABEL: "the label", INPUT: "the input"}
_READ = re.compile(rf"(?<![\w.])({NAME})\s*\[")
_FIRST_NAME = re.compile(rf"\s*({NAME})")


def own_cell(document: Document, name: str) -> Cell:
    """Return the cell of a file or entry, which travels with the scenario that uses it.

    Raises:
        BadInput: if it is not a whole cell; every problem with its position.
    """
    cell = read_cell(document, name)
    return replace(cell, page={"name": cell.name, **document.value})


def read_cell(document: Document, name: str) -> Cell:
    """Return the cell of a file that comes with the program.

    Raises:
        BadInput: if it is not a whole cell; every problem with its position.
    """
    problems = list(structure(document))
    if problems:
        raise BadInput(problems)
    return _Page(document).cell(name)


class _Page:
    """Reads the page of equations of one cell file, collecting every problem."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._value: dict[str, Any] = document.value
        self._axes: dict[str, Axes] = {
            symbol: tuple(axes) for symbol, axes in self._value["axes"].items()
        }
        self._gates = _one_line(self._value.get("gates", {}))
        self._problems: list[Problem] = []
        self._lines: list[str] = self._value["equations"].split("\n")
        names = (_FIRST_NAME.match(line) for line in self._lines)
        self._targets = {name[1] for name in names if name}
        self._equations: list[Equation] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._port = self._found_port()
        port = self._axes.get(self._port, ("input",))
        self._signals: dict[str, Axes] = {self._port: port}
        self._parameters: dict[str, Axes] = {}
        self._rows: dict[str, tuple[str, str]] = {}
        self._states: list[str] = []
        self._parts = 0

    def cell(self, name: str) -> Cell:
        for number, line in enumerate(self._lines):
            if line.partition("#")[0].strip():
                self._equation(number, line)
            if self._parts > _LARGEST:
                message = f"a page has at most {_LARGEST} numbers and symbols"
                self._problem(self._document.block_line(("equations",), number), message)
                raise BadInput(self._problems)
        self._whole()
        self._every_gate()
        self._clashes()
        if self._problems:
            raise BadInput(self._problems)
        value = self._value
        own, title, source, about, _ = (
            " ".join(value.get(key, "").split()) for key in TEXT_KEYS
        )
        return Cell(
            name=own or name,
            title=title or own or name,
            source=source,
            about=about,
            gates=self._gates,
            names=_one_line(value.get("names", {})),
            equations=tuple(self._equations),
            parameters=self._in_blocks(),
            rows=self._rows,
            signals=self._signals,
            states=tuple(self._states),
            port=self._port,
            output=self._output,
        )

    def _found_port(self) -> str:
        """Return the signal that the page reads and does not compute."""
        text = "\n".join(line.partition("#")[0] for line in self._lines)
        read = dict.fromkeys(name for name in _READ.findall(text) if name not in self._targets)
        if INPUT in read:
            return INPUT
        return next((name for name in read if name in self._axes), INPUT)

    @property
    def _output(self) -> str:
        """The signal that what comes after the page reads."""
        last = self._equations[-1].target if self._equations else ""
        named = str(self._value.get("output", "")).strip()
        return named or (OUTPUT if OUTPUT in self._places else last)

    def _in_blocks(self) -> dict[str, Axes]:
        """Order the parameters by block as declared, then by gate."""
        order, gates = list(self._axes), ["", *self._gates]

        def place(name: str) -> tuple[int, int]:
            block, gate = self._rows[name]
            return order.index(block), gates.index(gate)

        return {name: self._parameters[name] for name in sorted(self._parameters, key=place)}

    def _problem(self, at: tuple[int, int], message: str, remedy: str = "") -> None:
        self._problems.append(Problem(message, self._document.at(*at), remedy=remedy))

    def _equation(self, number: int, line: str) -> None:
        row, column = self._document.block_line(("equations",), number)
        formula, _, caption = line.partition("#")
        try:
            read = parse_assignment(formula)
        except FormulaError as error:
            self._problem((row, column + error.column), error.message)
            self._assume(formula, (row, column))
            return
        where = (row, column)
        target, expression = read.target, read.expression
        self._parts += sum(not children(part) for part in walk(expression))
        if target in self._places or target in _RESERVED:
            first = self._places.get(target, where)[0] + 1
            what = _RESERVED.get(target) or f"already computed on line {first}"
            self._problem(where, f"{target} is {what}; it cannot be computed here")
            return
        known = len(self._problems)
        for symbol in symbols(expression):
            self._symbol(symbol, where, formula)
        self._turned(expression, where, formula)
        self._places[target] = where
        axes = self._axes.get(target, ("hidden",))
        if len(self._problems) == known:
            axes = self._check_axes(target, expression, where)
        self._signals[target] = axes
        text = caption.strip() or self._gates.get(target, target)
        self._equations.append(Equation(target, expression, Phase.FORWARD, text))

    def _turned(self, expression: Expression, where: tuple[int, int], formula: str) -> None:
        """Check that what is transposed is a matrix."""
        for part in walk(expression):
            if isinstance(part, Transpose) and isinstance(part.operand, Parameter):
                name = part.operand.name
                if len(self._parameters.get(name, ("", ""))) != 2:
                    at = where[0], where[1] + symbol_column(part.operand, formula)
                    self._problem(at, f"{name} is no matrix, which .T needs", "remove .T")

    def _assume(self, formula: str, where: tuple[int, int]) -> None:
        """Let other equations use what this line would compute, if it could be read."""
        name = _FIRST_NAME.match(formula)
        if name:
            self._places.setdefault(name[1], where)
            self._signals.setdefault(name[1], self._axes.get(name[1], ("hidden",)))

    def _symbol(self, symbol: Symbol, where: tuple[int, int], formula: str) -> None:
        """Check that a symbol on the right is known there, and note what it is."""
        at = (where[0], where[1] + symbol_column(symbol, formula))
        if isinstance(symbol, Parameter):
            self._parameter(symbol.name, at)
        elif symbol.shift > 0:
            message = f"{symbol.name} is read at a later time step"
            remedy = "write the page from left to right, and 'direction: backward' in the model"
            self._problem(at, message, remedy)
        elif symbol.shift < -_MOST_DELAY:
            steps = counted(_MOST_DELAY, "time step")
            self._problem(at, f"{symbol.name} is read more than {steps} back")
        elif symbol.name == self._port:
            pass
        elif symbol.shift:
            self._state(symbol.name, at)
        elif symbol.name not in self._places:
            message = f"{symbol.name}[t] is not computed by any equation above"
            self._problem(at, message, self._instead(symbol.name))

    def _instead(self, name: str) -> str:
        """Say what to do about a name that no equation above computes."""
        if name in self._targets:
            return "move its equation up" + f", or read {name}[t-1]" * (name in self._axes)
        if len(self._problems) > MOST:  # not shown, and slow to find
            return ""
        return did_you_mean(name, [INPUT, *self._places])

    def _state(self, name: str, at: tuple[int, int]) -> None:
        if name not in self._axes:
            remedy = f"write {name}: [hidden] in 'axes', or [] for a number"
            self._problem(at, f"the state {name} needs an entry in 'axes'", remedy)
        elif name not in self._states:
            self._states.append(name)

    def _parameter(self, name: str, at: tuple[int, int]) -> None:
        block, gate = (name, "") if name in self._axes else block_and_gate(name)
        if name == self._port or name in self._targets:
            self._problem(at, f"{name} has no time step", f"write {name}[t]")
        elif block not in self._axes:
            remedy = did_you_mean(block, [*self._axes])
            if any(name in axes for axes in self._axes.values()):
                remedy = (
                    f"{name} is an axis: write size(…) of a signal or parameter that has it"
                )
            self._problem(at, f"{name}: there is no entry {block!r} in 'axes'", remedy)
        elif gate and gate not in self._gates:
            remedy = did_you_mean(gate, self._gates)
            self._problem(at, f"{name}: there is no entry {gate!r} in 'gates'", remedy)
        else:
            self._parameters[name] = self._axes[block]
            self._rows[name] = block, gate

    def _check_axes(self, target: str, expression: Expression, where: tuple[int, int]) -> Axes:
        def lookup(symbol: Symbol) -> Axes:
            known = self._parameters if isinstance(symbol, Parameter) else self._signals
            if symbol.name in known:
                return known[symbol.name]
            return self._axes.get(symbol.name, ("hidden",))

        try:
            axes = axes_of(expression, lookup)
        except AxesError as error:
            self._problem(where, str(error))
            return self._axes.get(target, ("hidden",))
        if len(axes) > 1:
            message = f"{target}[t] would be a matrix"
            self._problem(where, message, "a signal is a number or a list of numbers")
        declared = self._axes.get(target, axes)
        if declared != axes:
            message = f"the formula's value has {_named(axes)}, {target} has {_named(declared)}"
            self._problem(where, message, "change the formula, or the entry in 'axes'")
        return declared

    def _whole(self) -> None:
        """Check what only the whole page can show: its output and states."""
        end = self._document.place(("equations",), key=True)
        output = self._output
        if output not in self._places:
            message = f"no equation computes the output {output or OUTPUT}[t]"
            self._problems.append(Problem(message, end))
        elif not self._signals[output] and not self._problems:
            message = f"the output {output}[t] is a number, not a list of numbers"
            self._problem(self._places[output], message)
        for state in self._states:
            if state not in self._places:
                message = f"{state}[t-1] is read, but no equation computes {state}[t]"
                self._problems.append(Problem(message, end))

    def _every_gate(self) -> None:
        """Check that each gate is computed."""
        for gate in self._gates:
            if gate not in self._places and preactivation(gate) not in self._places:
                place = self._document.place(("gates", gate), key=True)
                message = f"no equation computes the gate {gate}, or {preactivation(gate)}"
                self._problems.append(Problem(message, place))

    def _clashes(self) -> None:
        """Check that no name is that of a gradient, or of two things."""
        blocks = {block for block, _ in self._rows.values()}
        names = {*self._signals, *self._parameters, *blocks, preactivation(OUTPUT)} - {OUTPUT}
        made = {gradient(name): name for name in sorted(names, reverse=True)}
        for name in sorted({*self._places, *blocks} & (OWN_NAMES | made.keys())):
            self._at_name(name, f"{name} is the name of a gradient")
        for name in sorted(made[found] for found in OWN_NAMES & made.keys()):
            message = f"the gradient of {name} would be {gradient(name)}, a name in use"
            self._at_name(name, message)
        for name in sorted(blocks & {*self._signals, *_RESERVED}):
            what = _RESERVED.get(name, "a signal")
            self._at_name(name, f"{name} is {what}, and cannot be a block of parameters")

    def _at_name(self, name: str, message: str) -> None:
        if name in self._places:
            self._problem(self._places[name], message, "choose another name")
        else:
            place = self._document.place(("axes", name), key=True)
            self._problems.append(Problem(message, place, remedy="choose another name"))


def _one_line(texts: Mapping[str, str]) -> dict[str, str]:
    return {symbol: " ".join(text.split()) for symbol, text in texts.items()}


def _named(axes: Axes) -> str:
    return f"the axes ({', '.join(axes)})" if axes else "no axes"


def symbol_column(symbol: Symbol, formula: str) -> int:
    """Return where a symbol with this time step stands on the right of a formula."""
    start = formula.index("=") + 1
    shift = symbol.shift if isinstance(symbol, Signal) else None
    index = "" if shift is None else f"[t{shift:+d}]" if shift else "[t]"
    name = rf"(?<![\w']){re.escape(symbol.name)}(?![\w'])(\s*\[[^\]]*\])?"
    found = list(re.finditer(name, formula[start:]))
    same = [item for item in found if "".join((item[1] or "").split()) == index]
    return start + (same or found)[0].start() if found else start
