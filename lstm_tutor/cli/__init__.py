"""The command line: the only place with streams, exit codes and files that are written.

Each command has a module of its own, which is imported only if it is asked for, and
imports inside its function what only that command needs: so all of them start quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Annotated

import typer

from lstm_tutor.terminal.failure import failing
from lstm_tutor.terminal.stream import guarded

__all__ = ["COMMANDS", "app", "asked", "failing", "guarded"]

COMMANDS = {
    "run": "lstm-tutor run gomez --phase backward --only 'd*@0'",
    "step": "lstm-tutor step gomez --pause",
    "why": "lstm-tutor why da@0",
    "check": "lstm-tutor export -o mine.csv && lstm-tutor check mine.csv",
    "learn": "lstm-tutor learn nudge",
    "quiz": "lstm-tutor quiz gomez --phase forward",
    "export": "lstm-tutor export gomez -o gomez.md",
    "verify": "lstm-tutor export -o gomez.md && lstm-tutor verify gomez.md",
    "worksheet": "lstm-tutor worksheet gomez --blank forward,backward -o gomez.md",
    "scenarios": "lstm-tutor scenarios",
    "show": "lstm-tutor show lstm",
    "validate": "lstm-tutor validate mine.yaml",
    "gradcheck": "lstm-tutor gradcheck two-units",
    "audit": "lstm-tutor audit gomez",
    "schema": "lstm-tutor schema -o scenario.schema.json",
}
"""Every command in the order of the help, with an example; its module has its name."""


def asked(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the command that is asked for; all of them where none is."""
    first = arguments[0] if arguments else ""
    return (first,) if first in COMMANDS else tuple(COMMANDS)


@cache
def app(commands: tuple[str, ...]) -> typer.Typer:
    """Return the command line with some of its commands."""
    found = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    found.callback(epilog="Start with:  lstm-tutor run")(_main)
    for name in commands:
        function = getattr(import_module(f"lstm_tutor.cli.{name}"), name)
        found.command(epilog=f"Example:  {COMMANDS[name]}")(function)
    return found


def _version(wanted: bool) -> None:
    if wanted:
        from lstm_tutor import __version__

        typer.echo(f"lstm-tutor {__version__}")
        raise typer.Exit


def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Understand recurrent networks by their numbers.

    Shows every value of an LSTM's forward pass and of its backward pass through time
    beside its formula, with the numbers put in.
    """
