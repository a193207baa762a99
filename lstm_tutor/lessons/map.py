"""The map of a path: what is done, and what is suggested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tutor.files.phrase import counted
from lstm_tutor.lessons.catalog import Entry, Route
from lstm_tutor.lessons.record import Event, Part, Standing, of_lesson, standings
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import shortened, words

HELP = "Enter goes on, a lesson's name opens it, q leaves"
_BLANK = ("", "")
_LEAST = 12  # characters of a title


@dataclass(frozen=True)
class Sight:
    """One lesson on the map.

    Attributes:
        entry: the lesson.
        begun, done: whether it has been.
        due: whether one of its skills is to be checked.
        standing: how its skills stand; empty if it has not been begun.
    """

    entry: Entry
    begun: bool
    done: bool
    due: bool
    standing: dict[str, Standing]

    @property
    def weak(self) -> bool:
        """Whether a skill of it is not the learner's own."""
        return not all(found.own for found in self.standing.values())

    @property
    def state(self) -> str:
        """In a few words, where the learner is in it."""
        if not self.begun:
            return ""
        own = sum(found.own for found in self.standing.values())
        if self.done:
            if self.due:
                return "re-check due"
            return "needs another day" if self.weak else "sure"
        return f"in practice, {own} of {len(self.standing)} skills"


def sights(route: Route, events: Sequence[Event], now: int) -> list[Sight]:
    """Return the lessons of a path, as they stand."""
    found = []
    for entry in route.entries:
        own = of_lesson(events, entry.id)
        begun = any(event.part is not Part.RESET for event in own)
        done = any(event.part is Part.DONE for event in own)
        standing = standings(entry.id, entry.trains, own) if begun else {}
        waits = any(s.checks and s.due(now) for s in standing.values())
        found.append(Sight(entry, begun, done, bool(waits), standing))
    return found


def suggested(found: Sequence[Sight]) -> Entry | None:
    """Return the lesson to go on with: one that is begun, the first whose needs are met (what
    a lesson names as next before others), or one that is due or not all the learner's own.
    """
    here = {sight.entry.id for sight in found}
    done = {sight.entry.id for sight in found if sight.done}
    open_ = [sight for sight in found if not sight.done]
    begun = [sight for sight in open_ if sight.begun]
    ready = [sight for sight in open_ if not set(sight.entry.needs) & here - done]
    named = {name for sight in found if sight.done for name in sight.entry.following}
    next_ = [sight for sight in ready if sight.entry.id in named]
    due = [sight for sight in found if sight.due]
    weak = [sight for sight in found if sight.done and sight.weak]
    for choice in (begun, next_, ready, open_, due, weak):
        if choice:
            return choice[0].entry
    return None


def map_lines(
    route: Route, found: Sequence[Sight], events: Sequence[Event], width: int, *, plain: bool
) -> Cell:
    """Return the map: every lesson, what is done, and what comes next; plain in ASCII."""
    marks = ("+", ">", ".") if plain else ("✓", "▸", "·")
    next_ = suggested(found)
    names = max(len(sight.entry.id) for sight in found)
    room = width - len("  > ") - names - 2 * len("  ") - max(len(s.state) for s in found)
    titles = min(max(len(sight.entry.title) for sight in found), max(room, _LEAST))
    worked = sum(bool(event.step) for event in events)
    done = sum(sight.done for sight in found)
    head = f"{done} of {counted(len(found), 'lesson')} done, {counted(worked, 'answer')}"
    lines = [*words(route.title, width, style="bold"), *words(head, width), _BLANK]
    for sight in found:
        entry = sight.entry
        mark = marks[0] if sight.done else marks[1] if entry is next_ else marks[2]
        long = len(entry.title) > titles
        title = shortened(entry.title, titles) if long else entry.title
        row = f"  {mark} {entry.id:<{names}}  {title:<{titles}}  {sight.state}"
        lines.append((shortened(row, width) if len(row) > width else row.rstrip(), ""))
    lines.append(_BLANK)
    if next_ is None:
        lines += words("All is done, and nothing is due today.", width)
    else:
        lines += words(f"Next: {next_.id}, {next_.title}.", width)
    told = "Enter: go on · a name: that lesson, none is locked · q: quit"
    lines += words(told if not plain else told.replace("·", "-"), width, style="dim")
    return tuple(lines)
