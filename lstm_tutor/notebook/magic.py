"""`%load_ext lstm_tutor`: `%%check` judges a cell's variables, `%lstm_tutor` is a command."""

from __future__ import annotations

import shlex
from typing import Any

from lstm_tutor.notebook.error import TutorError
from lstm_tutor.notebook.report import Report, check
from lstm_tutor.notebook.surface import compute
from lstm_tutor.notebook.variables import array_of, named_values
from lstm_tutor.scenario.catalog import DEFAULT


class Printed(str):
    """What a command printed, shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def load(ipython: Any) -> None:
    """Register the magics with an IPython shell."""

    def check_cell(line: str, cell: str) -> Report | None:
        before = dict(ipython.user_ns)
        result = ipython.run_cell(cell)
        if not result.success:
            return None
        changed = {
            name: value
            for name, value in ipython.user_ns.items()
            if not name.startswith("_") and before.get(name) is not value
        }
        return check_variables(line.strip() or DEFAULT, changed, ipython.user_ns)

    def command(line: str) -> Printed:
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise TutorError(f"{line}: {error}") from None
        return Printed(_output(words))

    ipython.register_magic_function(check_cell, "cell", "check")
    ipython.register_magic_function(command, "line", "lstm_tutor")


def check_variables(scenario: str, variables: dict[str, Any], names: dict[str, Any]) -> Report:
    """Judge variables that are numbers, arrays, or lists and dicts of them.

    Args:
        scenario: a bundled name, a path, or the name of a variable that holds one.
        variables: what was assigned.
        names: all variables.
    """
    held = names.get(scenario, scenario)
    trace = held if hasattr(held, "inner") else compute(held)
    found = {
        name: value
        for own, inside in variables.items()
        for name, value in named_values(own, inside)
        if array_of(value) is not None
    }
    if not found:
        raise TutorError("the cell assigned no numbers")
    return check(trace, found)


def _output(words: list[str]) -> str:
    """Return what a command prints."""
    import contextlib
    import io

    from lstm_tutor.cli import app, asked

    text = io.TextIOWrapper(io.BytesIO(), "utf-8")  # as a page shows it
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            app(asked(words))(words, standalone_mode=False)
        except SystemExit:
            pass
        except Exception as error:
            text.write(str(error))
    text.seek(0)
    return text.read()
