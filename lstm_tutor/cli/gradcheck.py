"""`gradcheck`: the derived gradients beside two independent ways of finding them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lstm_tutor.cli.option import Digits, ScenarioName
from lstm_tutor.scenario.catalog import DEFAULT, DEFAULT_NOTATION
from lstm_tutor.terminal.failure import BAD_INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from lstm_tutor.render.line import View
    from lstm_tutor.trace.gradcheck import Check

_ROUNDING = 1e-12
_WAYS = ("derived", "complex step", "central difference")
_UNBOUNDED = 10_000  # columns: to measure a table that nothing squeezes


def gradcheck(scenario: ScenarioName = DEFAULT, digits: Digits = 6) -> None:
    """Check every gradient: derived, by complex step, by central difference.

    The complex step is exact to rounding, so derived gradients must agree with it to
    1e-9 of the largest entry. Exits with 1 if one does not.
    """
    from rich.progress import track

    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.terminal.screen import console, error_console, viewed
    from lstm_tutor.trace.gradcheck import TOLERANCE
    from lstm_tutor.trace.gradcheck import gradcheck as check_all
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    progress = error_console()
    cell = trace.scenario.cell
    checks = list(
        track(
            check_all(trace),
            description="checking gradients",
            total=len(cell.parameters) + len(cell.states),
            console=progress,
            transient=True,
            disable=not progress.is_terminal,
        )
    )
    view = viewed(trace, DEFAULT_NOTATION, digits)
    screen = console()
    screen.print(_table(checks, view, screen))
    worst = max(check.error for check in checks)
    good = all(check.passed for check in checks)
    verdict = "passed" if good else "FAILED"
    screen.print(
        f"\n{verdict}: worst relative error {_size(worst)} against the complex step "
        f"(allowed: {TOLERANCE:.0e})"
    )
    if not good:
        raise typer.Exit(BAD_INPUT)


def _table(checks: Sequence[Check], view: View, screen: Console) -> Table:
    """Return the table with the three ways side by side, or below each other if narrow."""
    beside = _empty(screen, "gradient", *_WAYS, "error")
    for check in checks:
        beside.add_row(check.id, *_values(check, view), _error(check))
    unbounded = screen.options.update(max_width=_UNBOUNDED)
    if screen.measure(beside, options=unbounded).maximum <= screen.width:
        return beside
    below = _empty(screen, "gradient", "", "value", "error")
    for check in checks:
        first, *others = zip(_WAYS, _values(check, view), strict=True)
        below.add_row(check.id, *first, _error(check))
        for other in others:
            below.add_row("", *other)
    return below


def _empty(screen: Console, *names: str) -> Table:
    from rich.table import Table

    from lstm_tutor.render.table import frame

    lines = frame(plain=screen.options.ascii_only)
    table = Table(box=lines, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _values(check: Check, view: View) -> list[str]:
    """Write what the three ways found; a small matrix has one line per row."""
    arrays = (check.derived, check.complex_step, check.central)
    matrix = check.derived.ndim == 2 and check.derived.size <= view.largest
    return [
        "\n".join(view.array(row) for row in array) if matrix else view.array(array)
        for array in arrays
    ]


def _error(check: Check) -> str:
    return _size(check.error) if check.passed else f"{_size(check.error)} FAILED"


def _size(error: float) -> str:
    """Write an error in one digit; what lies below the golden digits differs by machine."""
    return f"{error:.1g}" if error >= _ROUNDING else f"<{_ROUNDING:.0e}"
