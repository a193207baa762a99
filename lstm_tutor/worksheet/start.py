"""What a sheet has worked out already: the computed numbers that its blanks start from."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.expression import Signal, Symbol
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import Id, old
from lstm_tutor.render.markdown import escaped, table_head, table_row
from lstm_tutor.worksheet.given import over_time
from lstm_tutor.worksheet.paper import Paper


def needed(sheet: Paper) -> Iterator[str]:
    """Yield the computed numbers that the blanks start from, with their formulas."""
    timed: dict[str, dict[int, str]] = {}
    fixed: dict[str, str] = {}
    for symbol, equation in starts(sheet).items():
        name = _named(sheet, equation) if equation else _renewed(sheet, symbol)
        text = sheet.given(sheet.trace.value(symbol))
        if isinstance(symbol, Signal):
            timed.setdefault(name, {})[symbol.shift] = text
        else:
            fixed[name] = text
    if timed or fixed:
        yield "### Already worked out"
        yield ""
    if timed:
        yield from over_time("given", timed)
    if fixed:
        yield from table_head(("given", "number"))
        for name, text in fixed.items():
            yield table_row((name, text))
        yield ""


def starts(sheet: Paper) -> dict[Symbol, Equation | None]:
    """Return what the blanks use and is neither blank nor given, with its equation; None
    for what has no step.
    """
    trace = sheet.trace
    blank = set(sheet.indices)
    found: dict[Symbol, Equation | None] = {}
    for symbol in {symbol: None for index in blank for symbol in trace[index].operands}:
        if symbol.name in trace.scenario.constants:
            continue
        try:
            position = trace.position(Id.of(symbol))
        except KeyError:  # an output with the new weights
            found[symbol] = None
            continue
        equation, _ = trace.key(position)
        if position not in blank and equation.phase is not Phase.GIVEN:
            found[symbol] = equation
    order = {name: number for number, name in enumerate(trace.symbols())}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0].name, len(order))))


def _named(sheet: Paper, equation: Equation) -> str:
    """Write an equation; where formulas are not told, what it is of."""
    if sheet.formulas:
        return sheet.formula(equation)
    return f"{sheet.called(equation)} {sheet.symbol(sheet.target(equation))}"


def _renewed(sheet: Paper, symbol: Symbol) -> str:
    """Name an output with the new weights, which is computed without steps."""
    caption = sheet.trace.scenario.cell.call(old(symbol.name))
    return f"{escaped(caption)} {sheet.symbol(Signal(symbol.name))}, with the new weights"
