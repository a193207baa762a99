"""`gradcheck`: the derived gradients beside two independent ways of finding them."""

from __future__ import annotations

import typer

from lstm_tutor.cli.option import Digits, ScenarioName
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.scenario.catalog import DEFAULT
from lstm_tutor.terminal.failure import BAD_INPUT


def gradcheck(scenario: ScenarioName = DEFAULT, digits: Digits = 6) -> None:
    """Check every gradient in three ways.

    Derived, by complex step, by central difference. The complex step is exact to rounding,
    so derived gradients must agree with it to 1e-9 of the largest entry, or to 1e-14. Exits
    with 1 if one does not; at a kink, such as relu's at 0, it says so instead.
    """
    from lstm_tutor.render.gradients import gradient_sheet, verdict
    from lstm_tutor.render.words import words
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.progress import watched
    from lstm_tutor.terminal.screen import show, viewed, width
    from lstm_tutor.trace.gradcheck import gradcheck as check_all
    from lstm_tutor.trace.gradcheck import kinks
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    cell = trace.scenario.cell
    if not trace.program.derivation.gradients:
        lack = "labels" if cell.parameters else "weights"
        message = f"{trace.scenario.name} has no {lack}, and so no gradients to check"
        raise typer.BadParameter(message, param_hint="scenario")
    count = len(cell.parameters) + len(cell.states)
    checks = list(watched(check_all(trace), "checking gradients", count))
    view = viewed(trace, DEFAULT_NOTATION, digits)
    show(gradient_sheet(checks, view, width()), plain=view.plain)
    found = list(kinks(trace))
    show((("", ""), *words(verdict(checks, found), width())))
    if not found and not all(check.passed for check in checks):
        raise typer.Exit(BAD_INPUT)
