"""Arguments and options that several commands share, with their completion."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.scenario.catalog import DEFAULT, bundled


def complete_scenario(incomplete: str) -> list[str]:
    """Complete bundled names and YAML files."""
    names = [name for name in bundled() if name.startswith(incomplete)]
    files = _files(incomplete) if incomplete else []
    return names + [name for name in files if name.startswith(incomplete)]


def _files(incomplete: str) -> list[str]:
    """Return the YAML files and folders beside what is typed; none where it is forbidden."""
    lead = incomplete[: incomplete.rfind("/") + 1]
    try:
        return [
            f"{lead}{entry.name}{'/' * entry.is_dir()}"
            for entry in sorted(Path(lead).iterdir())
            if entry.suffix in (".yaml", ".yml") or entry.is_dir()
        ]
    except OSError:
        return []


def complete_step(context: typer.Context, incomplete: str) -> list[str]:
    """Complete step ids and symbols of the scenario on the command line."""
    from lstm_tutor.files.problem import BadInput
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.trace.trace import compute

    # an option that still lacks its value leaves the words before it in args, unread
    name, *_ = (*context.args, context.params.get("scenario") or DEFAULT)
    try:
        trace = compute(load(name))
    except (BadInput, ArithmeticError):
        return []
    known = [*trace.symbols(), *(str(id_) for id_ in trace.ids() if id_.t is not None)]
    return [id_ for id_ in known if id_.startswith(incomplete)]


def complete_blank(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several phases, step ids and symbols with commas between."""
    before, comma, last = incomplete.rpartition(",")
    phases = [name for name in PhaseName if name.startswith(last) and name != "given"]
    return [f"{before}{comma}{word}" for word in (*phases, *complete_step(context, last))]


def words_of(texts: Sequence[str]) -> list[str]:
    """Return the words of texts with commas between them."""
    words = [word.strip() for text in texts for word in text.split(",")]
    if not all(words):
        raise typer.BadParameter(
            "needs the name of a phase, an id, a symbol or a glob", param_hint="'--blank'"
        )
    return words


def complete_notation(incomplete: str) -> list[str]:
    """Complete the names of notations and YAML files."""
    names = [name for name in notations() if name.startswith(incomplete)]
    files = _files(incomplete) if incomplete else []
    return names + [name for name in files if name.startswith(incomplete)]


def complete_picture(incomplete: str) -> list[str]:
    """Complete the names of pictures."""
    return [name for name in ("gates", "gradient flow", "loss") if name.startswith(incomplete)]


def step_option(name: str, said: str) -> Any:
    """Return an option that takes a step's id."""
    return typer.Option(
        name, metavar="ID", help=said, autocompletion=complete_step, show_default=False
    )


class PhaseName(StrEnum):
    """The phases, by name; the same as `lstm_tutor.model.equation.Phase`."""

    GIVEN = "given"
    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    GRADIENTS = "gradients"
    UPDATE = "update"


class DetailName(StrEnum):
    """The levels of detail, by name; the same as `lstm_tutor.render.line.Detail`."""

    FORMULA = "formula"
    NUMBERS = "numbers"
    ARITHMETIC = "arithmetic"


class MathName(StrEnum):
    """How formulas stand in Markdown."""

    FORGE = "forge"
    DOLLARS = "dollars"


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"


ScenarioName = Annotated[
    str,
    typer.Argument(
        help="A bundled scenario's name, or the path of a YAML file.",
        autocompletion=complete_scenario,
        show_default=True,
    ),
]
Phases = Annotated[
    list[PhaseName] | None,
    typer.Option(
        "--phase",
        metavar="PHASE",
        help=f"Show only this phase: {', '.join(PhaseName)}. Can be repeated.",
        show_default=False,
    ),
]
Only = Annotated[
    list[str] | None,
    step_option(
        "--only",
        "Show only this step (dC@0), symbol (dC) or glob ('d*@0', 'l1.*'). Can be repeated.",
    ),
]
Digits = Annotated[int, typer.Option(min=1, max=17, help="Significant digits of numbers.")]
DetailOption = Annotated[
    DetailName,
    typer.Option("--detail", help="Formula only, with numbers, or spelled-out arithmetic."),
]
MathOption = Annotated[
    MathName,
    typer.Option(
        "--math",
        help="Formulas in Markdown for GitHub and GitLab, or between dollars for pandoc, "
        "Jupyter and most other readers.",
    ),
]
NotationName = Annotated[
    str,
    typer.Option(
        "--notation",
        metavar="NAME",
        help=f"Symbols and gate order of: {', '.join(notations())}, or a YAML file's.",
        autocompletion=complete_notation,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write to this file.", show_default=False
    ),
]
