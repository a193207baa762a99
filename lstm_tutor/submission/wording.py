"""What people call a quantity by habit, whatever their source: words for its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from lstm_tutor.algebra.expression import Parameter
from lstm_tutor.dialects.notation import Notation, notation
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import (
    CARRY,
    DELTA,
    INPUT,
    LABEL,
    LOSS,
    OUTPUT,
    PREACTIVATION,
    Form,
    Quantity,
    bare,
    beside,
    layer_of,
    layered,
)
from lstm_tutor.model.update import CLIPPED
from lstm_tutor.submission.arraynames import pages_of
from lstm_tutor.submission.habits import (
    BIASES,
    CALLED,
    CANDIDATE,
    GATE_WORDS,
    GRADIENT,
    INPUT_WEIGHTS,
    INPUT_WORDS,
    LABEL_WORDS,
    LOSS_WORDS,
    NEW,
    NEW_GATE,
    ONLY_STATE_WORDS,
    OUT_BIASES,
    OUT_WEIGHTS,
    OUTPUT_WORDS,
    PREACTIVATION_WORDS,
    PREDICTED_WORDS,
    PUT_OUT_WORDS,
    RECURRENT_WEIGHTS,
    SCORE_WORDS,
    STATE_WORDS,
    TOTAL_WORDS,
)
from lstm_tutor.trace.trace import Trace


class Wording:
    """The words for one trace's quantities, with a dialect's names of gates."""

    def __init__(
        self,
        trace: Trace,
        dialect: str,
        equations: Mapping[str, Equation],
        by_notation: Callable[[str], Iterable[str]],
    ) -> None:
        """Take the computation, the dialect, equations by symbol, and what it calls each."""
        self._trace = trace
        self._equations = equations
        self._by_notation = by_notation
        self._notations = _notations(trace, dialect)
        self.whole = notation(dialect, trace.scenario.cell)
        self._readout = dict(_readout(trace))

    def notation_of(self, symbol: str) -> tuple[Notation, str]:
        """Return the notation of a symbol's page, and what the symbol is called there."""
        found = self._notations.get(layer_of(symbol))
        if found is None:
            return self._notations[""], symbol
        return found, bare(symbol)

    def is_clipped(self, symbol: str) -> bool:
        """Whether a symbol is a gradient after it was clipped."""
        return symbol == beside(CLIPPED, self._what(symbol).weight)

    def by_habit(self, symbol: str) -> Iterator[str]:
        """Yield what people call a symbol."""
        equation = self._equations[symbol]
        what = self._what(symbol)
        if what.form is Form.NEW:
            for word in (*self._words(what.of), self._trace.scenario.cell.call(what.of)):
                yield from (form.format(word) for form in NEW)
                if what.weight:  # people keep it in one variable
                    yield word
            if what.gate:
                block, gate = bare(what.block), bare(what.gate)
                yield from (form.format(block, gate) for form in NEW_GATE)
            return
        if self.is_clipped(symbol):  # most clip gradients in place
            for word in self._words(what.weight):
                yield from (form.format(word) for form in GRADIENT)
        source = self._source(symbol, equation)
        if source:
            words = [*self._words(source), *self._gate_of(source)]
            words.append(self._trace.scenario.cell.call(source))
            for word in words:
                yield from (form.format(word) for form in GRADIENT)
            return
        yield from self._words(symbol)
        yield self._trace.scenario.cell.call(symbol)

    def before_gate(self, symbol: str) -> list[str] | None:
        """Return the names of a gradient before a gate that say so, as "dz_f" does; None if
        the symbol is something else.
        """
        equation = self._equations[symbol]
        source = self._source(symbol, equation)
        if not source or bare(self._what(source).block) != PREACTIVATION:
            return None
        words = [*self._words(source), self._trace.scenario.cell.call(source)]
        return [form.format(word) for word in words for form in GRADIENT]

    def _what(self, symbol: str) -> Quantity:
        return self._trace.scenario.cell.quantities.get(symbol) or Quantity(symbol)

    def _source(self, symbol: str, equation: Equation) -> str:
        """Return what a symbol is the gradient of; for the gates' gradients the gate."""
        if bare(symbol) in (CARRY, DELTA):
            return ""
        what = self._what(symbol)
        return what.of if what.form is Form.GRADIENT else equation.of

    def _words(self, symbol: str) -> Iterator[str]:
        """Yield what a quantity that is no gradient is called."""
        cell = self._trace.scenario.cell
        yield bare(symbol)
        if symbol in self._equations:
            yield from self._by_notation(symbol)
        what = self._what(symbol)
        if symbol == LOSS:
            yield from LOSS_WORDS
            yield from (form.format(word) for form in TOTAL_WORDS for word in LOSS_WORDS)
        elif symbol in (INPUT, LABEL):
            yield from INPUT_WORDS if symbol == INPUT else LABEL_WORDS
        elif symbol in self._readout:
            yield from self._readout[symbol]
        elif bare(symbol) == OUTPUT:
            yield from OUTPUT_WORDS
            yield from () if self._readout else PREDICTED_WORDS
            yield from ONLY_STATE_WORDS if len(self._states_beside(symbol)) == 1 else ()
        elif symbol in cell.states:
            own = bare(symbol)
            yield from (own, f"{own}t", own.lower(), f"{own.lower()}t")
            yield from STATE_WORDS
        elif bare(what.block) == PREACTIVATION:
            for name in (*self._gate_names(what.gate), bare(what.gate)):
                yield from (form.format(name) for form in PREACTIVATION_WORDS)
        elif what.weight:
            prefix = bare(symbol).removesuffix(bare(what.weight))
            yield from (f"{prefix}{word}" for word in self._words(what.weight))
        elif what.block:
            yield from self._parameter_words(what.block, what.gate)
        if symbol in cell.gates:
            yield from self._gate_words(symbol)

    def _gate_of(self, symbol: str) -> Iterator[str]:
        """Yield what the gate of a pre-activation is called: δa is taken there."""
        what = self._what(symbol)
        if bare(what.block) == PREACTIVATION:
            yield from self._gate_words(what.gate)

    def _gate_words(self, gate: str) -> Iterator[str]:
        for name in self._gate_names(gate):
            yield from (form.format(name) for form in GATE_WORDS)
        called = self._trace.scenario.cell.gates[gate]
        short = called.removesuffix(" gate")
        yield from (called, short, f"gates.{short}", f"gate.{short}")
        yield from CALLED.get(called, ())
        if called == CANDIDATE and len(self._states_beside(gate)) == 1:
            yield "c"  # no cell state that is called so

    def _states_beside(self, symbol: str) -> list[str]:
        """Return the states of a symbol's layer."""
        layer = layer_of(symbol)
        return [name for name in self._trace.scenario.cell.states if layer_of(name) == layer]

    def _gate_names(self, gate: str) -> list[str]:
        """Return how notations call a gate, accents left out or spelled out too."""
        chosen, own = self.notation_of(gate)
        written = chosen.symbol(Parameter(own))
        names = [bare(gate), written]
        if "\u0303" in written:
            names += [written.replace("\u0303", mark) for mark in ("tilde", "hat", "bar")]
        return list(dict.fromkeys(names))

    def _parameter_words(self, block: str, gate: str) -> Iterator[str]:
        cell = self.notation_of(block)[0].cell
        blocks = {other: cell.parameters[members[0]] for other, members in cell.blocks.items()}
        axes = blocks.get(bare(block), ())
        role = {
            ("hidden", "input"): INPUT_WEIGHTS,
            ("hidden", "hidden"): RECURRENT_WEIGHTS,
            ("hidden",): BIASES,
        }.get(axes, ((), ()))
        alike = [other for other, own in blocks.items() if own == axes]
        whole, single = role if alike[:1] == [bare(block)] else ((), ())
        if not gate:
            yield from whole
            return
        block = bare(block)
        for name in self._gate_names(gate):
            yield f"{block}{name}"
            yield f"{block}[{name}]"
            yield f"{block}.{name}"
            yield f"{block}['{name}']"
            yield from (form.format(name) for form in single)


def _readout(trace: Trace) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the symbols of pages without a state, and what people call them."""
    for part in pages_of(trace.scenario):
        page = part.cell
        if page.states:
            continue
        computed = [equation.target for equation in page.equations]
        for symbol in computed:
            last = SCORE_WORDS if len(computed) == 1 else ()
            words = (
                (*PREDICTED_WORDS, *last, *PUT_OUT_WORDS)
                if symbol == computed[-1]
                else SCORE_WORDS
            )
            yield layered(part.name, symbol), words
        for symbol, axes in page.parameters.items():
            yield layered(part.name, symbol), OUT_WEIGHTS if len(axes) == 2 else OUT_BIASES


def _notations(trace: Trace, dialect: str) -> dict[str, Notation]:
    """Return the dialect's notation for each page of a model, by what stands before its ids;
    under "" also for what has nothing before it.
    """
    whole = trace.scenario.cell
    found = {"": notation(dialect, whole)}
    for part in reversed(pages_of(trace.scenario)):
        beside = {bare(name): _bare(what) for name, what in _of_layer(whole.beside, part.name)}
        found[part.name] = notation(dialect, replace(part.cell, beside=beside))
    return found


def _of_layer(names: Mapping[str, Quantity], layer: str) -> Iterator[tuple[str, Quantity]]:
    return ((name, what) for name, what in names.items() if layer_of(name) == layer)


def _bare(what: Quantity) -> Quantity:
    """Return what a name stands for with its layer left out."""
    names = (what.of, what.block, what.gate, what.weight)
    of, block, gate, weight = map(bare, names)
    return Quantity(of, what.form, block, gate, weight)
