"""Notations: how symbols and formulas are written, by the conventions of one source.

A notation is a small file of names and templates; ids and numbers never change. This
module turns a symbol into text or LaTeX; how operators look is the printer's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from lstm_tutor.algebra.expression import Expression, Parameter, Symbol
from lstm_tutor.algebra.printer import LATEX, PLAIN, UNICODE, Style, raised, show, time
from lstm_tutor.dialects.bundled import file_of
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.page import notation_problems
from lstm_tutor.files.document import Document, read
from lstm_tutor.files.problem import BadInput, did_you_mean
from lstm_tutor.model.catalog import is_path
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import (
    PREACTIVATION,
    Form,
    Quantity,
    bare,
    block_and_gate,
    gradient,
    layer_of,
    layered,
    new,
    parameter,
)

ASCII = "ascii"


class NoSuchNotation(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A name that is no notation's; the message suggests others."""


@dataclass(frozen=True)
class Names:
    """Templates for one way of writing, text or LaTeX.

    Attributes:
        gradient: of a quantity, with ``{}`` for its name.
        gate_gradient: of a gate's pre-activation, with ``{}`` for the gate's name.
        symbols: names that differ from the ids; a block's has ``{}`` for the gate,
            ``{t}`` stands for the time where it is not simply added.

    ``{layer}`` stands for the layer where it is not simply put before a text, or after the
    first letter in LaTeX.
    """

    gradient: str
    gate_gradient: str
    symbols: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Notation:
    """How one source writes a cell's formulas.

    Attributes:
        name, title, source: which notation this is.
        style: how operators look in text.
        text, latex: how symbols are written, by the layer they are in.
        order: the gates in the order in which this source stacks them.
        cell: whose symbols they are.
        page: its file's entries, for a notation that is not bundled.
    """

    name: str
    title: str
    source: str
    style: Style
    text: Mapping[str, Names]
    latex: Mapping[str, Names]
    order: tuple[str, ...]
    cell: Cell
    page: Mapping[str, Any] | None = None

    def formula(self, node: Expression) -> str:
        """Write a formula as text."""
        return show(node, self.style, self.symbol)

    def formula_latex(self, node: Expression) -> str:
        """Write a formula as LaTeX."""
        return show(node, LATEX, self.symbol_latex)

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol as text, with its time in brackets."""
        name = self._name(symbol.name)
        if isinstance(symbol, Parameter):
            return name
        if "{t}" in name:
            return name.replace("{t}", time(symbol))
        return f"{name}[{time(symbol)}]"

    def symbol_latex(self, symbol: Symbol) -> str:
        """Write a symbol as LaTeX, with its time as a subscript."""
        if isinstance(symbol, Parameter):
            return self._latex(symbol.name, "")
        return self._latex(symbol.name, time(symbol))

    def rows(self, parts: tuple[str, ...]) -> list[int]:
        """Return the positions of a block's rows in this source's gate order."""
        gates = [self.cell.gate_of(part) for part in parts]
        return sorted(range(len(parts)), key=lambda row: self.order.index(gates[row]))

    def gate(self, part: str) -> str:
        """Write the gate that a block's row belongs to, without its layer."""
        return self._bare(self.cell.gate_of(part))

    def _name(self, symbol: str) -> str:
        """Write a name, its layer before it: ``l2.δC``, ``∂L/∂l2.C``."""
        layer, name = layer_of(symbol), self._bare(symbol)
        if _LAYER in name:
            return name.replace(_LAYER, layered(layer, ""))
        return layered(layer, name)

    def _bare(self, symbol: str) -> str:
        """Write a name without its layer, or with its place where it has one."""
        names, own = _of(self.text, symbol), bare(symbol)
        if own in names.symbols and "{}" not in names.symbols[own]:
            return names.symbols[own]
        what = self.cell.quantities.get(symbol) or Quantity(symbol)
        if what.form is Form.NEW:
            return new(self._bare(what.of))
        if what.weight:
            prefix, other = self._beside(own, what.weight)
            name = self._bare(other)
            return f"{prefix}({name})" if "/" in name else prefix + name
        if self._at_gate(what):
            return names.gate_gradient.replace("{}", self._bare(what.gate))
        if what.form is Form.GRADIENT:
            return names.gradient.replace("{}", self._bare(what.of))
        if what.block and what.gate:
            template = names.symbols.get(bare(what.block), parameter(bare(what.block), "{}"))
            return template.replace("{}", self._bare(what.gate))
        return names.symbols.get(own, own).replace("_{}", "").replace("{}", "")

    def _beside(self, own: str, weight: str) -> tuple[str, str]:
        """Divide what an update makes for a parameter into a prefix and what it is of: the
        parameter, or its gradient as in ``clipdW_a``.
        """
        prefix = own.removesuffix(bare(weight))
        if len(prefix) > 1 and own == prefix[:-1] + bare(gradient(weight)):
            return prefix[:-1], gradient(weight)
        return prefix, weight

    def _at_gate(self, what: Quantity) -> bool:
        """Whether a gradient is written as the gate's, though it is its pre-activation's."""
        before = what.form is Form.GRADIENT and bare(what.block) == PREACTIVATION
        return before and what.gate not in self.cell.gates_apart

    def _latex(self, symbol: str, time_: str) -> str:
        """Write a symbol as LaTeX; a gradient has its time inside, at the quantity."""
        names, own = _of(self.latex, symbol), bare(symbol)
        mark = _mark(layer_of(symbol))
        if own in names.symbols and "{}" not in names.symbols[own]:
            return _with_time(_marked(names.symbols[own], mark), time_)
        what = self.cell.quantities.get(symbol) or Quantity(symbol)
        if what.form is Form.NEW:
            return _with_time(new(raised(self._latex(what.of, ""))), time_)
        if what.weight:
            prefix, other = self._beside(own, what.weight)
            if other != what.weight:
                return rf"\mathit{{{prefix}}}\left({self._latex(other, '')}\right)"
            prefix = prefix if len(prefix) == 1 else rf"\mathit{{{prefix}}}"
            return f"{prefix}_{{{self._latex(other, '')}}}"
        if self._at_gate(what):
            template = names.gate_gradient
            if _LAYER not in template:
                return template.replace("{}", self._latex(what.gate, time_))
            gate = self._gate_latex(what.gate)
            gate = f"{gate},{time_}" if time_ else gate
            return _marked(template, mark).replace("{}", gate)
        if what.form is Form.GRADIENT:
            return names.gradient.replace("{}", self._latex(what.of, time_))
        if what.block and what.gate:
            block = bare(what.block)
            template = names.symbols.get(block, parameter(block, "{{}}"))
            name = template.replace("{}", self._gate_latex(what.gate))
            return _with_time(_marked(name, mark), time_)
        plain = names.symbols.get(own, own).replace("_{{}}", "").replace("{}", "")
        if "\\" not in plain and "_{" not in plain:
            first, second = block_and_gate(plain)
            plain = _slanted(first) + (f"_{{{_slanted(second)}}}" if second else "")
        return _with_time(_marked(plain, mark), time_)

    def _gate_latex(self, gate: str) -> str:
        """Write a gate as LaTeX, without its layer."""
        own = bare(gate)
        return _of(self.latex, gate).symbols.get(own, own)


_LAYER = "{layer}"
_NUMBERED = re.compile("l([0-9]+)")


def _slanted(word: str) -> str:
    """Keep the letters of a word together."""
    return rf"\mathit{{{word}}}" if len(word) > 1 else word


def _of(names: Mapping[str, Names], symbol: str) -> Names:
    """Return how the symbols of a symbol's layer are written."""
    return names.get(layer_of(symbol)) or names[""]


def _mark(layer: str) -> str:
    """Return a layer as a superscript: ``(2)`` for ``l2``, of any other its name."""
    if not layer:
        return ""
    parts = (
        _NUMBERED.sub(r"\1", part) if _NUMBERED.fullmatch(part) else rf"\mathrm{{{part}}}"
        for part in layer.split(".")
    )
    return f"({','.join(parts)})"


def _marked(name: str, mark: str) -> str:
    """Put a superscript into a LaTeX name: at its place, else before its subscript."""
    sign = f"^{{{mark}}}" if mark else ""
    if _LAYER in name or not mark:
        return name.replace(_LAYER, sign)
    head, underscore, rest = name.partition("_{")
    if "^{" in head:  # it has one already, and there can be only one
        return name.replace("^{", rf"^{{{mark}\,", 1)
    return f"{head}{sign}{underscore}{rest}"


def _with_time(name: str, time_: str) -> str:
    """Add the time to a LaTeX name's subscript: ``z_{a}`` becomes ``z_{a,t}``."""
    if "{t}" in name or not time_:
        return name.replace("{t}", time_)
    if "_{" in name and name.endswith("}"):
        return f"{name[:-1]},{time_}}}"
    return f"{name}_{{{time_}}}"


def notation(name: str, cell: Cell) -> Notation:
    """Return a notation for a cell, by its name or its file's path.

    Raises:
        NoSuchNotation: if there is no notation of this name.
        BadInput: if the file is no notation; every problem with its position.
    """
    if is_path(name):
        return own_notation(read(Path(name), "notation"), cell)
    if name not in notations():
        raise NoSuchNotation(f"no notation {name!r}: {did_you_mean(name, notations())}")
    return _made(name, _file(name), cell)


def own_notation(document: Document, cell: Cell) -> Notation:
    """Return the notation of a file, which travels with the transcripts that use it, but for
    what the file says of arrays.

    Raises:
        BadInput: if it is no notation; every problem with its position.
    """
    problems = list(notation_problems(document, cell))
    if problems:
        raise BadInput(problems)
    page = {key: entry for key, entry in document.value.items() if key != "arrays"}
    value = {"title": "own", "source": "", **page}
    return replace(_made(value["title"], value, cell), page=page)


def _made(name: str, value: Mapping[str, Any], cell: Cell) -> Notation:
    pages = {"": (), **cell.pages} if cell.pages else {"": (cell.name,)}
    special = {layer: _special(value, own) for layer, own in pages.items()}
    order = _order(special, cell)
    plain = bool(value.get("plain"))
    return Notation(
        name=name,
        title=value["title"],
        source=value["source"],
        style=PLAIN if plain else UNICODE,
        text={layer: _text_names(value, own) for layer, own in special.items()},
        latex={layer: _latex_names(value, own) for layer, own in special.items()},
        order=order if set(order) == set(cell.gates) else tuple(cell.gates),
        cell=cell,
    )


def _special(value: Mapping[str, Any], pages: Sequence[str]) -> dict[str, Any]:
    """Return what is written differently for some pages; a variant, such as gru-reset-before,
    is written as the page that it is named after.
    """
    found: dict[str, Any] = {"symbols": {}, "latex": {}}
    cells = value.get("cells", {})
    for page in pages:
        own: dict[str, Any] = cells.get(page) or cells.get(page.partition("-")[0], {})
        found["symbols"] |= own.get("symbols", {})
        found["latex"] |= {**own.get("symbols", {}), **own.get("latex", {})}
        if "order" in own:
            found["order"] = own["order"]
    return found


def _order(special: Mapping[str, Mapping[str, Any]], cell: Cell) -> tuple[str, ...]:
    """Return the gates of all layers, each layer's in the order of this source."""
    found: list[str] = []
    for layer in dict.fromkeys(map(layer_of, cell.gates)):
        usual = [bare(gate) for gate in cell.gates if layer_of(gate) == layer]
        own = special.get(layer, {}).get("order", usual)
        found += [layered(layer, gate) for gate in (own if set(own) == set(usual) else usual)]
    return tuple(found)


def gate_orders(cell: Cell) -> list[tuple[str, ...]]:
    """Return the orders in which the notations stack a cell's gates, each once."""
    found = (notation(name, cell).order for name in notations())
    return list(dict.fromkeys(found))


def _text_names(value: Mapping[str, Any], special: Mapping[str, Any]) -> Names:
    symbols = {**value.get("symbols", {}), **special["symbols"]}
    return Names(value["gradient"], value.get("gate_gradient", value["gradient"]), symbols)


def _latex_names(value: Mapping[str, Any], special: Mapping[str, Any]) -> Names:
    own: dict[str, Any] = value.get("latex", {})
    gradient = own.get("gradient", value["gradient"])
    symbols = {**value.get("symbols", {}), **own.get("symbols", {}), **special["latex"]}
    return Names(gradient, own.get("gate_gradient", gradient), symbols)


@cache
def _file(name: str) -> dict[str, Any]:
    found: dict[str, Any] = file_of(name).value
    return found


def for_stream(chosen: Notation, encoding: str) -> Notation:
    """Return the notation, or its ASCII form where a stream cannot take its characters."""
    try:
        f"δΔ≈∂′{UNICODE.signs}".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return replace(notation(ASCII, chosen.cell), order=chosen.order)
    return chosen
