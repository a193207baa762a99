"""`why`: where a value comes from, in words and numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from lstm_tutor.cli.option import (
    Digits,
    NotationName,
    ScenarioName,
    complete_step,
    step_option,
)
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.scenario.catalog import DEFAULT


def why(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A step's id, such as da@0 or dW_a.",
            autocompletion=complete_step,
        ),
    ],
    scenario: ScenarioName = DEFAULT,
    digits: Digits = 6,
    notation: NotationName = DEFAULT_NOTATION,
    by: Annotated[
        str | None,
        step_option("--by", "Derive the value by this one, along every way between them."),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Show the tree of what the value depends on.")
    ] = False,
    depth: Annotated[int, typer.Option(min=1, help="Levels of the tree.")] = 4,
) -> None:
    """Explain where a value comes from.

    Shows its operands, every term with its origin, the losses behind it. For a gradient it
    shows how much comes from each time step's loss and on which way; for a parameter's
    gradient, the table of contributions, loss by time step. With --by it shows the derivative
    of one value of the forward pass by another, such as C@1 by C@0, and the ways it takes.
    """
    from lstm_tutor.render.derivation import derivative_lines
    from lstm_tutor.render.explanation import explanation
    from lstm_tutor.render.tree import tree_lines
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.submission.typed import typed_id
    from lstm_tutor.terminal.screen import show, viewed, width
    from lstm_tutor.trace.selection import one
    from lstm_tutor.trace.total import derived
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    step = one(trace, typed_id(trace, id, notation))
    view = viewed(trace, notation, digits)
    if by and tree:
        raise typer.BadParameter("--by and --tree do not go together")
    if by:
        found = derived(trace, step, one(trace, by))
        show(derivative_lines(trace, found, view, width()))
    elif tree:
        show((line, "") for line in tree_lines(trace, step, view, depth))
    else:
        show(explanation(trace, step, view, width()))
