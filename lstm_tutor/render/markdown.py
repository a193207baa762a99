"""What every Markdown file of ours shares: escaping, and the headings of steps."""

from __future__ import annotations

from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import LOSS, new
from lstm_tutor.render.words import part_name


def escaped(text: str) -> str:
    """Keep text from meaning anything to Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|$" else letter for letter in text)


def step_title(equation: Equation, t: int | None, steps: int) -> str:
    """Return the heading that one of so many time steps' equations stands under."""
    untimed = equation.phase in (Phase.GIVEN, Phase.LOSS) or equation.target == new(LOSS)
    return part_name(equation.phase, None if untimed else t, steps).capitalize()
