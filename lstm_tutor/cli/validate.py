"""`validate`: says whether scenario files are good."""

from __future__ import annotations

from typing import Annotated

import typer

from lstm_tutor.cli.option import complete_scenario
from lstm_tutor.terminal.failure import BAD_INPUT


def validate(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Scenario files, or bundled names.",
            autocompletion=complete_scenario,
        ),
    ],
) -> None:
    """Check scenario files.

    Reports every problem with its line and column. A file is good if it can be read and its
    computation stays finite.
    """
    from lstm_tutor.files.problem import BadInput
    from lstm_tutor.render.facts import sizes_of
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.failure import show_problems
    from lstm_tutor.trace.trace import compute

    failed = 0
    for name in files:
        try:
            scenario = load(name)
            compute(scenario)
        except (BadInput, ArithmeticError) as error:
            show_problems(error, name)
            failed += 1
        else:
            facts = ", ".join([scenario.cell.name, *sizes_of(scenario)])
            typer.echo(f"{name}: good ({facts})")
            for told in scenario.told:
                typer.echo(f"  {told}")
    if failed:
        raise typer.Exit(BAD_INPUT)
