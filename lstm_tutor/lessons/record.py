"""What a learner has done, one answer a line, and what is to be said of each skill.

The record is only ever added to, and how a skill stands is computed from it. It goes by the
ids of lessons, so that an edited lesson loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

HEAD = "time\tlesson\tpart\tskills\tstep\tdraw\toutcome\tmistake\n"
LARGEST = 8 << 20  # characters of a record
ROW = 3  # right answers in a row
_PLACES = 2  # at which they are
MOST = 12  # numbers of a skill before the lesson goes on without it
DRAWS = 1000  # of a lesson, that are one learner's own
LEARNERS = 1_000_000  # who have draws of their own
DAY = 86_400
CHECKS = (0, 2 * DAY, 7 * DAY)
"""How long after a skill is one's own each check of it is due."""
_LONGEST = 200
_LONGEST_COUNT = 12  # digits of a draw
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Part(StrEnum):
    """The parts of a lesson that are kept, and whose numbers a learner has."""

    NUMBERS = "numbers"
    LOOK = "look"
    PRACTICE = "practice"
    KNOWN = "known"
    CHECK = "check"
    SPOT = "find the error"
    TRANSFER = "transfer"
    DONE = "done"
    RESET = "reset"


class Result(StrEnum):
    """How an answer, or a number, was."""

    RIGHT = "right"
    HINTED = "right with a hint"
    LATER = "right after another"
    SHOWN = "shown"
    WRONG = "wrong"
    DOUBT = "wrong, or a slip"
    SEEN = "seen"


@dataclass(frozen=True)
class Event:
    """One line of the record.

    Attributes:
        lesson: the lesson's id.
        part: the part of it.
        outcome: what came of it.
        skills: the skills that it counts for.
        step: the id that was asked for.
        draw: the number of the draw; of ``NUMBERS``, which of the learners' draws these are.
        mistake: the mistake that was named, as kind and equation; in doubt, beside a slip.
        time: seconds since 1970.
    """

    lesson: str
    part: Part
    outcome: Result = Result.SEEN
    skills: tuple[str, ...] = ()
    step: str = ""
    draw: int = 0
    mistake: str = ""
    time: int = 0

    @property
    def line(self) -> str:
        """The event as a line of the record."""
        skills = ", ".join(self.skills)
        parts = (self.lesson, self.part, skills, self.step, str(self.draw), self.outcome)
        time = datetime.fromtimestamp(self.time, UTC).strftime(_TIME)
        return "\t".join((time, *parts, self.mistake)) + "\n"


def events_of(text: str) -> list[Event]:
    """Read a record; a line that is none of ours is passed over."""
    found = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) != HEAD.count("\t") + 1 or len(line) > 10 * _LONGEST:
            continue
        time, lesson, part, skills, step, draw, outcome, mistake = fields
        try:
            names = tuple(filter(None, skills.split(", ")))
            seconds = int(datetime.strptime(time, _TIME).replace(tzinfo=UTC).timestamp())
            of = (lesson, Part(part), Result(outcome), names, step, _count(draw), mistake)
        except (ValueError, OverflowError):
            continue
        found.append(Event(*of, time=seconds))
    return found


def _count(text: str) -> int:
    if len(text) > _LONGEST_COUNT:
        raise ValueError(text)
    return int(text)


@dataclass(frozen=True)
class Standing:
    """How a skill of a lesson stands.

    Attributes:
        row: right answers in a row.
        places: the steps at which they were.
        seen: the steps at which it has been asked for at all.
        asked: how many numbers have been asked for.
        today: how many of them since the lesson was last done.
        unexplained: wrong numbers in a row that no mistake explains, or a slip as well.
        since: when it became the learner's own; None if it has not.
        checks: how many checks have been passed since.
        emptied: what emptied the row last; "" if nothing did.
    """

    row: int = 0
    places: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    asked: int = 0
    today: int = 0
    unexplained: int = 0
    since: int | None = None
    checks: int = 0
    emptied: str = ""

    @property
    def own(self) -> bool:
        """Whether the skill is the learner's own."""
        return self.since is not None

    @property
    def stuck(self) -> bool:
        """Whether so many numbers have been worked that another day is better."""
        return not self.own and self.today >= MOST

    def due(self, now: int) -> bool:
        """Whether a check of it is due; the first one is, in any other lesson."""
        if self.since is None or self.checks >= len(CHECKS):
            return False
        return now - self.since >= CHECKS[self.checks]

    def after(self, event: Event) -> Standing:
        """Return how it stands after an event that counts for it.

        Right answers must have been at two steps, if it has been asked for at two: practice
        asks first where it has not asked yet.
        """
        if event.step and event.step not in self.seen:
            return replace(self, seen=self.seen | {event.step}).after(event)
        if event.part is Part.KNOWN:
            right = event.outcome is Result.RIGHT
            return replace(self, since=event.time) if right and not self.own else self
        if event.part is Part.CHECK and event.outcome is not Result.RIGHT:
            lost = "a check was not right"
            return Standing(row=1, places=self.places, seen=self.seen, emptied=lost)
        match event.outcome:
            case Result.RIGHT:
                return self._right(event)
            case Result.WRONG if event.mistake:
                return replace(self._emptied(event.mistake), since=None, checks=0)
            case Result.WRONG | Result.DOUBT if self.unexplained:
                return self._emptied("two wrong numbers that no mistake explains for sure")
            case Result.WRONG | Result.DOUBT:
                return replace(self, unexplained=1)
            case Result.SHOWN:
                return self._emptied("a value was shown")._numbered()
        return replace(self, unexplained=0)._numbered()

    def _emptied(self, why: str) -> Standing:
        return replace(self, row=0, places=frozenset(), unexplained=0, emptied=why)

    def _right(self, event: Event) -> Standing:
        if event.part is Part.CHECK and self.own:
            return replace(self, checks=self.checks + 1)
        row, places = self.row + 1, self.places | {event.step}
        since = self.since
        if since is None and row >= ROW and len(places) >= min(_PLACES, len(self.seen)):
            since = event.time
        found = replace(self, row=row, places=places, unexplained=0, since=since)
        return found if event.part is Part.CHECK else found._numbered()

    def _numbered(self) -> Standing:
        return replace(self, asked=self.asked + 1, today=self.today + 1)


def of_lesson(events: Iterable[Event], lesson: str) -> list[Event]:
    """Return the events of a lesson since it was last forgotten."""
    found: list[Event] = []
    for event in events:
        if event.lesson == lesson:
            found = [] if event.part is Part.RESET else [*found, event]
    return found


def standings(
    lesson: str, skills: Iterable[str], events: Iterable[Event]
) -> dict[str, Standing]:
    """Return how some skills of a lesson stand, by what has happened."""
    found = dict.fromkeys(skills, Standing())
    for event in of_lesson(events, lesson):
        if event.part is Part.DONE:
            found = {skill: replace(how, today=0) for skill, how in found.items()}
        for skill in event.skills:
            if skill in found and event.part in _COUNTED:
                found[skill] = found[skill].after(event)
    return found


_COUNTED = (Part.PRACTICE, Part.KNOWN, Part.CHECK)
