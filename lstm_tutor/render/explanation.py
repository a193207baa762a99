"""Why a value is what it is: operands, terms with their origins, and the losses behind.

Sentences are made from the equations; no cell's mathematics is written down here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Signal, Symbol, at, symbols
from lstm_tutor.files.phrase import counted, the
from lstm_tutor.model.equation import Link, Phase, Role
from lstm_tutor.model.symbol import LOSS, OUTPUT, Id, parse
from lstm_tutor.numbers.numeral import rounded, same, significant
from lstm_tutor.render.facts import entry_of
from lstm_tutor.render.line import (
    View,
    columns,
    formula,
    numbers,
    operands_relation,
    padded,
    substituted,
)
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.value import result_lines
from lstm_tutor.render.words import words, wrapped
from lstm_tutor.trace.provenance import (
    Share,
    contributions,
    is_gradient_in_time,
    reached,
    shares,
)
from lstm_tutor.trace.trace import Step, StepTerm, Trace

_MOST_TERMS = 8
_MOST_ENTRIES = 4
_MOST_TIMES = 12
_BAR = 20
_SHADES = " ░▒▓█"
_PLAIN_SHADES = " .:*#"


def explanation(trace: Trace, step: Step, view: View, width: int) -> Cell:
    """Return the answer to "why this value?" as lines with their styles."""
    writer = _Writer(trace, view, width)
    lines = [*writer.equation(step)]
    if step.expression is None and not step.rows:
        lines += writer.given(step)
    elif step.rows:
        lines += writer.block(step)
    elif step.terms and step.equation.role is not Role.SUM_OVER_TIME:
        lines += writer.terms(step)
    else:
        lines += writer.operands(step)
    if is_gradient_in_time(step):
        lines += writer.shares(step)
    elif step.phase is Phase.GRADIENTS and not step.rows:
        lines += writer.matrix(step)
    return tuple(lines)


def reasons(trace: Trace, step: Step, term: StepTerm, view: View, width: int) -> Cell:
    """Return why a term is there as lines with their styles."""
    return tuple(_Writer(trace, view, width).reasons(step, term))


class _Writer:
    """Writes the parts of one answer."""

    def __init__(self, trace: Trace, view: View, width: int) -> None:
        self._trace = trace
        self._view = view
        self._width = width

    def _formula(self, node: Expression) -> str:
        return self._view.notation.formula(node)

    def equation(self, step: Step) -> Iterator[tuple[str, str]]:
        """The step as everywhere: formula, numbers, value."""
        view = self._view
        yield from words(f"{step.id}  {step.equation.caption}", self._width, 0, "bold")
        yield from wrapped(formula(step, view), self._width, 2)
        if step.expression is not None:
            relation = operands_relation(step, view)
            yield from wrapped(f"{relation} {numbers(step, view)}", self._width, 2)
        for line in result_lines(step, view, self._width - 2):
            yield f"  {line}", "bold"
        if step.note:
            yield f"  ({step.note})", "dim"

    def given(self, step: Step) -> Iterator[tuple[str, str]]:
        """Nothing is computed: the scenario says so."""
        name = self._trace.scenario.name
        yield "", ""
        text = f"It is given by the scenario {name}; nothing is computed."
        yield from words(text, self._width, 2, "")

    def block(self, step: Step) -> Iterator[tuple[str, str]]:
        """The rows of a block have answers of their own."""
        yield "", ""
        yield "It holds, gate by gate", "bold"
        for part in step.inputs:
            yield f"  {part}", ""
        yield f"  Ask for one of them, such as: why {step.inputs[0]}", "dim"

    def operands(self, step: Step) -> Iterator[tuple[str, str]]:
        """What a value is made of, and where each part came from."""
        yield "", ""
        yield "What it is made of", "bold"
        rows = [
            (self._view.notation.symbol(symbol), self._shown(value), self._source(symbol))
            for symbol, value in islice(step.operands.items(), 2 * _MOST_TERMS)
        ]
        yield from self._columns(rows)
        left_out = len(step.operands) - len(rows)
        if left_out:
            yield f"  {self._view.ellipsis} and {left_out:,} more", "dim"

    def _shown(self, value: NDArray[np.float64]) -> str:
        return f"{self._relation([value])} {self._view.array(value)}"

    def _relation(self, values: Iterable[NDArray[np.float64]]) -> str:
        """Return = if every value is exactly what its digits say, else ≈."""
        digits = self._view.digits
        return self._view.relation(all(same(value, rounded(value, digits)) for value in values))

    def _source(self, symbol: Symbol) -> str:
        id_ = str(Id.of(symbol))
        try:
            equation, _ = self._trace.key(self._trace.position(id_))
        except KeyError:
            constants = {"N": "labelled entries", "lr": "learning rate"}
            return constants.get(symbol.name, "from the pass with the new weights")
        where = "given" if equation.phase is Phase.GIVEN else f"step {id_}"
        return f"{equation.caption} ({where})"

    def _columns(self, rows: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        """Write rows in columns; the last one is wrapped below itself."""
        widths = [max(columns(row[column]) for row in rows) for column in range(len(rows[0]))]
        lead = sum(widths[:-1]) + 2 * len(widths)
        for row in rows:
            cells = [padded(cell, size) for cell, size in zip(row, widths, strict=True)]
            if lead + columns(row[-1]) <= self._width:
                yield f"  {'  '.join(cells)}".rstrip(), ""
            else:
                yield from wrapped("  ".join(row[:-1]), self._width, 2)
                yield from words(row[-1], self._width, 6, "dim")

    def terms(self, step: Step) -> Iterator[tuple[str, str]]:
        """Every term of a gradient: where it comes from, and its numbers."""
        count = len(step.terms)
        yield "", ""
        yield ("Its one term" if count == 1 else f"Its {count:,} terms"), "bold"
        for term in step.terms:
            yield from self._term(step, term)
        if count > 1:
            text = f"their sum: {self._view.array(step.value)}"
            yield from wrapped(text, self._width, 2, "bold")

    def _term(self, step: Step, term: StepTerm) -> Iterator[tuple[str, str]]:
        view = self._view
        yield from wrapped(self._formula(term.expression), self._width, 2, "bold")
        if term.missing:
            yield f"    = 0: {term.missing}", "dim"
        else:
            values = substituted(term.expression, step.operands, view, view.notation.style)
            shown = self._shown(term.value)
            relation = self._relation(_values(term.expression, step.operands))
            lead = f"{relation} {values} " if not _is_symbol(term.expression) else ""
            yield from wrapped(lead + shown, self._width, 4)
        yield from self.reasons(step, term)

    def reasons(self, step: Step, term: StepTerm) -> Iterator[tuple[str, str]]:
        """Why a term is there: the equations that use the quantity, one by one."""
        view = self._view
        if term.origin is None:
            return
        if not term.origin.links:
            yield from words(self._source_of(term), self._width, 4, "dim")
        for number, link in enumerate(term.origin.links):
            because = "it would be there because" if term.missing else "because"
            yield from self._link(because if number == 0 else "and", link, step, term)
        if term.origin.gradient and not term.missing:
            gradient = parse(term.origin.gradient).node
            name, caption = view.notation.symbol(gradient), self._source(gradient)
            yield from words(f"{name}: {caption}", self._width, 4, "dim")

    def _source_of(self, term: StepTerm) -> str:
        symbol = term.expression
        if not isinstance(symbol, Parameter | Signal):
            raise TypeError(symbol)
        return self._source(symbol)

    def _link(
        self, word: str, link: Link, step: Step, term: StepTerm
    ) -> Iterator[tuple[str, str]]:
        """Say that one equation uses the quantity, and with which local derivative."""
        view = self._view
        consumer = Signal(link.consumer, link.shift, fixed=True)
        left, operand = view.notation.symbol(consumer), view.notation.symbol(link.operand)
        yield from wrapped(
            f"{word} {left} = {self._right_side(link)} uses {operand}", self._width, 4
        )
        slash = "d{}/d{}" if view.plain else "∂{}/∂{}"
        name = slash.format(left, operand)
        if link.local is None:
            text = f"{name} is not written as one formula"
        else:
            text = f"{name} = {self._formula(link.local)}"
            if symbols(link.local) and not term.missing:
                text += self._local_value(link.local)
        yield from wrapped(text, self._width, 8)
        if link.places > 1:
            place = (
                f"this is place {link.place} of {link.places} where {operand} stands; {name}"
            )
            yield from words(f"{place} is their sum", self._width, 8, "dim")

    def _local_value(self, local: Expression) -> str:
        """Return a local derivative with the numbers in it, and its value."""
        view = self._view
        operands = {symbol: self._trace.value(symbol) for symbol in symbols(local)}
        put_in = substituted(local, operands, view, view.notation.style)
        text = f" {self._relation(_values(local, operands))} {put_in}"
        if _is_symbol(local):
            return text
        return f"{text} {self._shown(self._trace.evaluate(local))}"

    def _right_side(self, link: Link) -> str:
        scenario = self._trace.scenario
        if link.consumer == LOSS:
            loss = self._trace.program.loss.expression
            return self._formula(at(loss, link.shift)) if loss else LOSS
        for equation in scenario.cell.equations:
            if equation.target == link.consumer and equation.expression is not None:
                return self._formula(at(equation.expression, link.shift))
        raise KeyError(link.consumer)

    def shares(self, step: Step) -> Iterator[tuple[str, str]]:
        """How much comes from each loss, and through which state."""
        found = shares(self._trace, step)
        yield "", ""
        labels = self._trace.scenario.has_labels
        yield f"Which {'losses' if labels else 'gradients'} it comes from", "bold"
        if not found:
            yield from words(self._nothing(step), self._width, 2, "")
            return
        for index in list(np.ndindex(step.value.shape))[:_MOST_ENTRIES]:
            if step.value.size > 1:
                yield f"  {self._which(step, index)}", "dim"
            total = float(step.value[index])
            yield from self._share_rows(
                [(share, float(share.value[index])) for share in found], total
            )
        rest = step.value.size - _MOST_ENTRIES
        if rest > 0:
            yield (
                f"  {self._view.ellipsis} {counted(rest, 'more entry', 'more entries')}",
                "dim",
            )

    def _which(self, step: Step, index: tuple[int, ...]) -> str:
        """Say what an entry of a gradient belongs to: a hidden unit, an input, a sequence."""
        axes = self._trace.scenario.cell.signals[step.equation.of]
        pairs = zip([*map(entry_of, axes), "sequence"], index, strict=False)
        return ", ".join(f"{thing} {number}" for thing, number in pairs)

    def _nothing(self, step: Step) -> str:
        """Say why all shares of a gradient are 0."""
        kind = "loss" if self._trace.scenario.has_labels else "gradient from outside"
        if not reached(self._trace, step):
            late = bool(self._trace.scenario.cell.late)
            when = "of any time step" if late else "of this or a later time step"
            return f"none: no {kind} {when} reaches it"
        zeros = (
            f"{self._view.notation.symbol(symbol)} = 0"
            for term in step.terms
            for symbol in symbols(term.expression)
            if symbol in step.operands and not step.operands[symbol].any()
        )
        because = ", ".join(dict.fromkeys(zeros))
        text = f"every {kind} that reaches it does so with a factor 0"
        return f"{text}: {because}" if because else text

    def _share_rows(
        self, rows: list[tuple[Share, float]], total: float
    ) -> Iterator[tuple[str, str]]:
        places = _decimals([amount for _, amount in rows], self._view.digits)
        labels = [self._way(share) for share, _ in rows]
        width = max(map(len, [*labels, "total"]))
        largest = max(abs(amount) for _, amount in rows) or 1.0
        mark = "#" if self._view.plain else "█"
        amounts = [f"{amount:+.{places}f}" for _, amount in rows]
        column = max(len(text) for text in [*amounts, f"{total:+.{places}f}"])
        longest = max(0, min(_BAR, self._width - width - column - 6))
        for label, text, (_, amount) in zip(labels, amounts, rows, strict=True):
            bar = mark * round(longest * abs(amount) / largest)
            yield f"  {label:<{width}}  {text:>{column}}  {bar}".rstrip(), ""
        yield f"  {'total':<{width}}  {f'{total:+.{places}f}':>{column}}", "bold"

    def _way(self, share: Share) -> str:
        source = self._start(share.loss)
        if not share.through:
            return f"{source} directly"
        if share.through == OUTPUT:
            return f"{source} through {self._view.notation.symbol(Parameter(OUTPUT))}"
        return f"{source} through {the(self._trace.scenario.cell.call(share.through))}"

    def _start(self, t: int) -> str:
        """Say where gradients start at a time step."""
        return str(Id(LOSS, t)) if self._trace.scenario.has_labels else f"outside, t={t}"

    def matrix(self, step: Step) -> Iterator[tuple[str, str]]:
        """A parameter's gradient, split by loss (down) and time step (across)."""
        losses = self._trace.scenario.labelled_times
        entries = list(np.ndindex(step.value.shape))
        entries.sort(key=lambda index: -abs(step.value[index]))
        shown = entries[:_MOST_ENTRIES]
        matrices = contributions(self._trace, step, shown)
        start = "loss" if self._trace.scenario.has_labels else "gradient from outside"
        for index, matrix in zip(shown, matrices, strict=True):
            label = f", entry {list(index)}" if len(entries) > 1 else ""
            yield "", ""
            yield from words(
                f"From each {start}, at each time step{label}", self._width, 0, "bold"
            )
            yield from self._matrix_rows(matrix, losses)
        rest = len(entries) - _MOST_ENTRIES
        if rest > 0:
            text = counted(rest, "smaller entry", "smaller entries")
            yield f"  {self._view.ellipsis} {text} not shown", "dim"

    def _matrix_rows(
        self, matrix: NDArray[np.float64], losses: list[int]
    ) -> Iterator[tuple[str, str]]:
        digits = min(self._view.digits, 4)
        times = list(range(matrix.shape[1]))
        most = max(1, min(_MOST_TIMES, (self._width - 22) // 13))
        if len(times) > most:
            yield f"  the last {most} of {len(times)} time steps and losses", "dim"
        times, losses_shown = times[-most:], losses[-most:]
        largest = float(np.abs(matrix).max()) or 1.0
        head = "".join(f"{f't={t}':>13}" for t in times)
        lead = max(6, *(len(self._start(loss)) + 2 for loss in losses_shown))
        yield f"  {'':<{lead}}{head}{'sum':>12}", "dim"
        for loss in losses_shown:
            row = matrix[losses.index(loss)]
            cells = "".join(self._shaded(float(row[t]), largest, digits) for t in times)
            yield (
                f"  {self._start(loss):<{lead}}{cells}{significant(row.sum(), digits):>12}",
                "",
            )
        sums = matrix.sum(axis=0)
        cells = "".join(self._shaded(float(sums[t]), 0.0, digits) for t in times)
        yield f"  {'sum':<{lead}}{cells}{significant(matrix.sum(), digits):>12}", "bold"

    def _shaded(self, value: float, largest: float, digits: int) -> str:
        """Write a number with a shade for its size, 13 columns wide."""
        shades = _PLAIN_SHADES if self._view.plain else _SHADES
        level = 0 if not largest else round((len(shades) - 1) * (abs(value) / largest) ** 0.5)
        return f"{significant(value, digits):>11}{shades[level] * 2}"


def _is_symbol(node: Expression) -> bool:
    """Whether a formula's numbers are its value already."""
    return isinstance(node, Parameter | Signal)


def _values(
    node: Expression, operands: Mapping[Symbol, NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    return [operands[symbol] for symbol in symbols(node)]


def _decimals(amounts: Sequence[float], digits: int) -> int:
    """Return decimals at which the smallest amount keeps its digits, within reason."""
    sizes = [abs(amount) for amount in amounts if amount]
    if not sizes:
        return digits
    smallest, largest = (int(np.floor(np.log10(size))) for size in (min(sizes), max(sizes)))
    return max(0, min(digits - 1 - smallest, digits + 2 - largest))


def tree_lines(trace: Trace, step: Step, view: View, depth: int) -> Iterator[str]:
    """Yield the tree of what a value depends on; what is shown before is not repeated."""
    branch = ("|-- ", "`-- ", "|   ") if view.plain else ("├── ", "└── ", "│   ")
    seen: set[str] = set()

    def visit(id_: str, lead: str, rest: str, left: int) -> Iterator[str]:
        try:
            found = trace.find(id_)
        except KeyError:
            return
        value = view.array(found.value)
        inputs = [name for name in found.inputs if _has_step(trace, name)]
        again = id_ in seen and inputs
        cut = left == 0 and inputs
        mark = " (above)" if again else f" {view.ellipsis}" if cut else ""
        exact = same(found.value, rounded(found.value, view.digits))
        yield f"{lead}{id_} {view.relation(exact)} {value}{mark}"
        if again or cut:
            return
        seen.add(id_)
        for number, name in enumerate(inputs):
            last = number == len(inputs) - 1
            deeper = rest + ("    " if last else branch[2])
            yield from visit(name, rest + branch[last], deeper, left - 1)

    return visit(step.id, "", "", depth)


def _has_step(trace: Trace, id_: str) -> bool:
    try:
        trace.position(id_)
    except KeyError:
        return False
    return True
