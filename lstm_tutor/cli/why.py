"""`why`: where a value comes from, in words and numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from lstm_tutor.cli.option import Digits, NotationName, ScenarioName, complete_step
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
    tree: Annotated[
        bool, typer.Option("--tree", help="Show the tree of what the value depends on.")
    ] = False,
    depth: Annotated[int, typer.Option(min=1, help="Levels of the tree.")] = 4,
) -> None:
    """Explain where a value comes from.

    Shows its operands, every term with its origin, the losses behind it. For a gradient it
    shows how much comes from each time step's loss and on which way; for a parameter's
    gradient, the table of contributions, loss by time step.
    """
    from lstm_tutor.render.explanation import explanation
    from lstm_tutor.render.tree import tree_lines
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.screen import show, viewed, width
    from lstm_tutor.trace.selection import one
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    step = one(trace, id)
    view = viewed(trace, notation, digits)
    if tree:
        show((line, "") for line in tree_lines(trace, step, view, depth))
    else:
        show(explanation(trace, step, view, width()))
