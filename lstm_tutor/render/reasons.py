"""Why a term is there: what uses the quantity, how that changes with it, and how the whole
comes to be as short as it is.

Sentences are made from the equations; no cell's mathematics is written down here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Signal, Symbol, at, symbols
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.rewriting import Rewriting, Rule
from lstm_tutor.files.phrase import listed
from lstm_tutor.model.equation import Link, Phase
from lstm_tutor.model.symbol import LOSS, Id, layer_of, parse
from lstm_tutor.numbers.numeral import rounded, same
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.line import View, substituted
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import words, wrapped
from lstm_tutor.trace.step import Origin, Step, StepTerm
from lstm_tutor.trace.trace import Trace

Lines = Iterator[tuple[str, str]]


def reasons(trace: Trace, step: Step, term: StepTerm, view: View, width: int) -> Cell:
    """Return why a term is there as lines with their styles."""
    return tuple(Reasons(trace, view, width).of_term(step, term))


@dataclass(frozen=True)
class Reasons:
    """Writes the reasons of terms, and what symbols are."""

    trace: Trace
    view: View
    width: int

    def formula(self, node: Expression) -> str:
        """Write a formula."""
        return self.view.notation.formula(node)

    def shown(self, value: NDArray[np.float64]) -> str:
        """Write a value, led by = or ≈."""
        return f"{self.relation([value])} {self.view.array(value)}"

    def relation(self, values: Iterable[NDArray[np.float64]]) -> str:
        """Return = if every value is exactly what its digits say, else ≈."""
        return shown_relation(values, self.view)

    def source(self, symbol: Symbol) -> str:
        """Say what a symbol is, and where its value is from."""
        id_ = str(Id.of(symbol))
        try:
            equation, _ = self.trace.key(self.trace.position(id_))
        except KeyError:
            known = self.trace.scenario.meanings
            return known.get(symbol.name, "from the pass with the new weights")
        where = "given" if equation.phase is Phase.GIVEN else f"step {id_}"
        return f"{equation.caption} ({where})"

    def of_term(self, step: Step, term: StepTerm) -> Lines:
        """Why a term is there: the equations that use the quantity, one by one."""
        if term.origin is None:
            return
        if not term.origin.links:
            if not isinstance(term.expression, Parameter | Signal):
                raise TypeError(term.expression)
            yield from words(self.source(term.expression), self.width, 4, "dim")
        for number, link in enumerate(term.origin.links):
            because = "it would be there because" if term.missing else "because"
            yield from self._link(because if number == 0 else "and", link, term)
        if term.origin.gradient and not term.missing:
            gradient = parse(term.origin.gradient).node
            name, caption = self.view.notation.symbol(gradient), self.source(gradient)
            yield from words(f"{name}: {caption}", self.width, 4, "dim")
        if term.origin.links and not term.missing:
            yield from self._passage(step, term.origin)
        if term.way and not term.missing:
            yield from self._way(term)

    def _passage(self, step: Step, origin: Origin) -> Lines:
        """Say which way through time a term has come, if it has."""
        t = origin.t
        if step.t is None or t == step.t:
            return
        layer = layer_of(parse(origin.equation).name)
        whose = f"{layer} runs" if layer else "this layer runs"
        if t > step.t:
            which = "the next time step" if t == step.t + 1 else "a later time step"
            text = f"it comes back from {which}, t = {t}"
        else:
            text = (
                f"it comes back from t = {t}: {whose} from right to left, "
                f"and so its gradients go from left to right"
            )
        yield from words(text, self.width, 4, "dim")

    def direction(self, step: Step) -> Lines:
        """Say that a layer runs from right to left, where a value is one of its states."""
        cell = self.trace.scenario.cell
        later = [s for s in step.operands if isinstance(s, Signal) and s.name in cell.late]
        if step.phase is Phase.FORWARD and any(s.shift > (step.t or 0) for s in later):
            layer = layer_of(step.symbol)
            whose = layer or "this layer"
            text = (
                f"{whose} runs from right to left: what is at t = {later[0].shift} comes first"
            )
            yield from words(text, self.width, 2, "dim")

    def _link(self, word: str, link: Link, term: StepTerm) -> Lines:
        """Say that one equation uses the quantity, and with which local derivative."""
        view = self.view
        consumer = Signal(link.consumer, link.shift, fixed=True)
        left, operand = view.notation.symbol(consumer), view.notation.symbol(link.operand)
        equation = f"{left} = {self._right_side(link)}"
        whole = f"{word} {equation} uses {operand}"
        if columns(whole) + 4 <= self.width:
            yield f"    {whole}", ""
        else:
            yield from words(f"{word} {left} uses {operand}:", self.width, 4)
            yield from wrapped(equation, self.width, 8)
        name = slashed(left, operand, view)
        text = f"{name} {local_derivative(self.trace, link, view, there=not term.missing)}"
        yield from wrapped(text, self.width, 8)
        if link.places > 1:
            place = (
                f"this is place {link.place} of {link.places} where {operand} stands; {name}"
            )
            yield from words(f"{place} is their sum", self.width, 8, "dim")

    def _right_side(self, link: Link) -> str:
        scenario = self.trace.scenario
        if link.consumer == LOSS:
            loss = self.trace.program.loss.expression
            return self.formula(at(loss, link.shift)) if loss else LOSS
        for equation in scenario.cell.equations:
            if equation.target == link.consumer and equation.expression is not None:
                return self.formula(at(equation.expression, link.shift))
        raise KeyError(link.consumer)

    def _way(self, term: StepTerm) -> Lines:
        """How a term comes to be as short as it is: each line, and the rule it is made by."""
        last = term.way[-1].expression
        known = last == term.expression
        lead = "How it comes to" if known else "The same, shorter:"
        yield from words(f"{lead} {self.formula(last)}{':' * known}", self.width, 4)
        for line in term.way:
            yield from wrapped(f"= {self.formula(line.expression)}", self.width, 6, "bold")
            yield from words(self._rule(line), self.width, 10, "dim")

    def _rule(self, line: Rewriting) -> str:
        """Say how a line is made of the one before."""
        about = [self.formula(part) for part in line.about]
        match line.rule:
            case Rule.ALONG:
                value, argument = about
                return (
                    f"each entry of {value} depends on all of {argument}: "
                    f"{line.function}'s product rule, with the gradient at {value} in it"
                )
            case Rule.PUT_IN:
                return f"with what {about[0]} is"
            case Rule.CANCEL:
                never = " is never 0 and" if self._never_zero(line.about) else ""
                many = "cancel their divisors" if len(about) > 1 else "cancels the divisor"
                return f"{listed(about)}{never} {many}"
            case Rule.SHARES:
                return f"the entries of {about[0]} add up to 1"
        return "multiplied out"

    def _never_zero(self, factors: tuple[Expression, ...]) -> bool:
        """Whether one factor is the value of a function that is never 0."""
        [first, *others] = factors
        if others or not isinstance(first, Signal):
            return False
        node = self.trace.equation(first.name).expression
        function = getattr(node, "function", "")
        return function in FUNCTIONS and FUNCTIONS[function].never_zero


def slashed(left: str, right: str, view: View) -> str:
    """Write a derivative's name: ∂left/∂right."""
    sign = "d" if view.plain else "∂"
    return f"{sign}{left}/{sign}{right}"


def local_derivative(trace: Trace, link: Link, view: View, *, there: bool = True) -> str:
    """Write what a local derivative is: its formula, with numbers in it, and its value.

    Args:
        trace: the computation.
        link: the use.
        view: how it is written.
        there: whether with numbers.
    """
    local = link.local
    if local is None:
        return "is not written as one formula"
    text = f"= {view.notation.formula(local)}"
    if not there or not symbols(local):
        return text
    operands = {symbol: trace.value(symbol) for symbol in symbols(local)}
    put_in = substituted(local, operands, view, view.notation.style)
    text += f" {shown_relation(values_of(local, operands), view)} {put_in}"
    if is_symbol(local):
        return text
    value = trace.evaluate(local)
    return f"{text} {shown_relation([value], view)} {view.array(value)}"


def shown_relation(values: Iterable[NDArray[np.float64]], view: View) -> str:
    """Return = if every value is exactly what its digits say, else ≈."""
    digits = view.digits
    return view.relation(all(same(value, rounded(value, digits)) for value in values))


def is_symbol(node: Expression) -> bool:
    """Whether a formula's numbers are its value already."""
    return isinstance(node, Parameter | Signal)


def values_of(
    node: Expression, operands: Mapping[Symbol, NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Return the values of a formula's symbols."""
    return [operands[symbol] for symbol in symbols(node)]
