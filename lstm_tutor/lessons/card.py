"""A lesson's first screen: what it is for. It is there before any number is computed, and who
reads it gives the program the time for that.
"""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tutor.lessons.catalog import Entry
from lstm_tutor.lessons.map import Sight
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import rule, words

_KEYS = "Enter: begin · k: I know this · m: map · q: quit"
_HELP = "Enter begins; k asks for a few numbers instead; m shows the map; q leaves"


def card_lines(entry: Entry, path: Sequence[Sight], width: int, *, plain: bool) -> Cell:
    """Return what a lesson is for, what it trains, what of the path comes before, and keys."""
    sight = next(sight for sight in path if sight.entry == entry)
    missing = [s.entry for s in path if s.entry.id in entry.needs and not s.done]
    lines = [("", ""), rule(entry.title, width, plain=plain)]
    lines += words(entry.goal, width, style="bold")
    lines += words(f"You practise: {', '.join(entry.trains)}.", width)
    if missing:
        before = ", ".join(f"{other.title} ({other.id})" for other in missing)
        lines += words(f"It builds on what you have not done yet: {before}.", width)
    if sight.begun:
        lines += words(f"You have begun it: {sight.state}.", width)
    keys = _KEYS.replace("·", "-") if plain else _KEYS
    return (*lines, ("", ""), *words(keys, width, style="dim"))


def help_lines(width: int) -> Cell:
    """Return what can be typed there."""
    return tuple(words(_HELP, width, 2))
