"""The command line: the only place with streams, exit codes and files that are written.

Each command has a module of its own, which imports inside its function what only that
command needs, so that --help and completion stay quick.
"""

from __future__ import annotations

from typing import Annotated

import typer

from lstm_tutor.cli.audit import audit
from lstm_tutor.cli.check import check
from lstm_tutor.cli.export import export
from lstm_tutor.cli.failure import failing
from lstm_tutor.cli.gradcheck import gradcheck
from lstm_tutor.cli.quiz import quiz
from lstm_tutor.cli.run import run
from lstm_tutor.cli.scenarios import scenarios
from lstm_tutor.cli.schema import schema
from lstm_tutor.cli.step import step
from lstm_tutor.cli.validate import validate
from lstm_tutor.cli.verify import verify
from lstm_tutor.cli.why import why
from lstm_tutor.cli.worksheet import worksheet

__all__ = ["app", "failing"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from lstm_tutor import __version__

        typer.echo(f"lstm-tutor {__version__}")
        raise typer.Exit


@app.callback(epilog="Start with:  lstm-tutor run")
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


_COMMANDS = (
    (run, "lstm-tutor run gomez --phase backward --only 'd*@0'"),
    (step, "lstm-tutor step gomez --pause"),
    (why, "lstm-tutor why da@0"),
    (
        check,
        "lstm-tutor export -o mine.csv && lstm-tutor check mine.csv",
    ),
    (quiz, "lstm-tutor quiz gomez --phase forward"),
    (export, "lstm-tutor export gomez -o gomez.md"),
    (verify, "lstm-tutor export -o gomez.md && lstm-tutor verify gomez.md"),
    (worksheet, "lstm-tutor worksheet gomez --blank forward,backward -o gomez.md"),
    (scenarios, "lstm-tutor scenarios"),
    (validate, "lstm-tutor validate mine.yaml"),
    (gradcheck, "lstm-tutor gradcheck two-units"),
    (audit, "lstm-tutor audit gomez"),
    (schema, "lstm-tutor schema -o scenario.schema.json"),
)
for _function, _example in _COMMANDS:
    app.command(epilog=f"Example:  {_example}")(_function)
