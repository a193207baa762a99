"""What every Markdown file of ours shares: escaping, tables, and the headings of steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lstm_tutor.model.equation import Equation
from lstm_tutor.render.sections import section
from lstm_tutor.scenario.scenario import Scenario


def escaped(text: str) -> str:
    """Keep text from meaning anything to Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|$" else letter for letter in text)


def table_row(cells: Iterable[str]) -> str:
    """Return a row of a table, of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |"


def table_head(names: Iterable[str], right: Collection[str] = ()) -> tuple[str, str]:
    """Return a table's first two lines; columns whose names are in ``right`` stand there."""
    columns = list(names)
    return table_row(columns), table_row("--:" if name in right else "---" for name in columns)


def step_title(scenario: Scenario, equation: Equation, t: int | None) -> str:
    """Return the heading that an equation at a time step stands under."""
    name = section(scenario, equation, t)
    return name[0].upper() + name[1:]


def forge_math(latex: str) -> str:
    """Return a formula within text as forges read it, also in a table."""
    return f"$`{latex}`$"


def dollar_math(latex: str) -> str:
    """Return a formula within text as pandoc, Jupyter and marked take it, which wants a blank
    behind it.
    """
    return f"${latex}$ "
