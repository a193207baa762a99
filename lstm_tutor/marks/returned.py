"""What one returned file comes to: how each blank was answered, and the mistakes in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

from lstm_tutor.diagnosis.finding import said
from lstm_tutor.diagnosis.judgement import Diagnosis, Judgement, Status, Verdicts
from lstm_tutor.mistakes.mistake import COPIED, Mistake
from lstm_tutor.mistakes.wording import called
from lstm_tutor.numbers.written import clean
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace

UNKNOWN = "unknown"
"""Stands for the mistake behind a wrong number that none gives."""
_NAME = re.compile(
    r"[ \t>#*_|]*(?:(?:my|full|student'?s?)[ \t]+)?(?:name|student)[ \t*_]*[:：](.*)"
    r"|[ \t>#*_]*Name[ \t*_]*[-–=|](?!-)(.*)"
    r"|[ \t>#*_]*(?:Name[ \t]+)?([^|:#\n]{2,80}?)[ \t_*]*\bDate[ \t*_]*:",
    re.I,
)
_BELOW = re.compile(r"[^\W\d_][^|:=`#0-9\[\]]{0,58}")  # a name on the next line
_NEXT = re.compile(r"\bDate[ \t*_]*:|\bPoints[ \t*_]*:")
_LINES = 60  # in which a name is looked for
_LONGEST = 60  # characters of a name


class Outcome(StrEnum):
    """What became of a blank."""

    RIGHT = "right"
    GIVEN = "given"
    WRONG = "wrong"
    BLANK = "blank"
    UNREADABLE = "unreadable"


_OUTCOMES = {
    Status.RIGHT: Outcome.RIGHT,
    Status.ROUNDED: Outcome.RIGHT,
    Status.COARSE: Outcome.RIGHT,
    Status.GIVEN: Outcome.GIVEN,
    Status.WRONG: Outcome.WRONG,
}


@dataclass(frozen=True)
class Found:
    """A mistake in a file.

    Attributes:
        key: the same for the same mistake in other files, at other time steps too.
        called: what it is, in a few words.
        id: the value that shows it.
        said: in a sentence, with formulas, what was done.
    """

    key: str
    called: str
    id: str
    said: str


@dataclass(frozen=True)
class Returned:
    """What one returned file comes to.

    Attributes:
        file: its name.
        name: whose it is, as it says; else the file's name.
        outcomes: per blank, by id.
        points: what each blank is worth, where it is not 1.
        mistakes: each once, in the order of the computation; of wrong values only.
        slips: numbers that were copied or typed wrongly, which nobody believes in.
        unreadable: what could not be read as a number, each with its line and reason.
        problem: why the file cannot be used; empty if it can.
    """

    file: str
    name: str
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    mistakes: tuple[Found, ...] = ()
    slips: tuple[Found, ...] = ()
    unreadable: tuple[str, ...] = ()
    problem: str = ""

    def count(self, outcome: Outcome) -> int:
        """Return how many blanks came out so."""
        return sum(one is outcome for one in self.outcomes.values())

    @property
    def asked(self) -> int:
        """How many blanks there are."""
        return len(self.outcomes)

    @property
    def answered(self) -> int:
        """In how many of them something was written."""
        return self.asked - self.count(Outcome.BLANK)

    @property
    def most(self) -> float:
        """How many points there are to be had."""
        return sum(self.points.get(id_, 1) for id_ in self.outcomes)

    @property
    def first(self) -> Found | None:
        """The first mistake, or if there is none the first slip."""
        return next(iter((*self.mistakes, *self.slips)), None)

    @property
    def right(self) -> bool:
        """Whether something was judged, and nothing is wrong."""
        bad = (Outcome.WRONG, Outcome.GIVEN)
        judged = any(one is Outcome.RIGHT for one in self.outcomes.values())
        return judged and not any(one in bad for one in self.outcomes.values())


def returned(
    file: str,
    text: str,
    trace: Trace,
    verdicts: Verdicts,
    view: View,
    *,
    points: Mapping[str, float] | None,
    unreadable: Sequence[tuple[str, str]] = (),
) -> Returned:
    """Return what a file comes to.

    Args:
        file: its name.
        text: what stands in it, where it is text.
        trace: what it was compared with.
        verdicts: what is to be said of its values.
        view: how formulas are written.
        points: the blanks that were asked for, with their points; None if that is not
            known, and what was answered is all there is.
        unreadable: what is no number, as its name and what is to be said of it.
    """
    judged = {item.given.id: item for item in verdicts.judgements}
    names = {name for name, _ in unreadable}
    asked: Collection[str] = judged if points is None else points
    outcomes = {id_: _outcome(id_, judged, names) for id_ in asked}
    found = list(_found(trace, verdicts, view))
    mistakes = {one.key: one for one in reversed(found) if one.key not in COPIED}
    return Returned(
        file,
        name_in(text) or PurePath(file).stem,
        outcomes,
        {id_: own for id_, own in (points or {}).items() if own != 1},
        tuple(reversed(mistakes.values())),
        tuple(one for one in found if one.key in COPIED),
        tuple(said_of for _, said_of in unreadable),
    )


def _outcome(id_: str, judged: Mapping[str, Judgement], unread: Collection[str]) -> Outcome:
    if id_ in judged:
        return _OUTCOMES[judged[id_].status]
    return Outcome.UNREADABLE if id_ in unread else Outcome.BLANK


def _found(trace: Trace, verdicts: Verdicts, view: View) -> Iterator[Found]:
    """Yield the mistakes behind what is wrong by itself."""
    for item in verdicts.judgements:
        id_ = item.given.id
        if item.diagnoses:
            best = item.diagnoses[0]
            words = called(best.mistake.kind)
            yield Found(key_of(best), words, id_, said(trace, best, view))
        elif item.status is Status.WRONG and not item.because:
            yield Found(UNKNOWN, "no mistake that is known gives it", id_, "")


def key_of(diagnosis: Diagnosis) -> str:
    """Return what a mistake has in common with itself elsewhere: in other files, at other
    time steps, in other gates.
    """
    mistake: Mistake = diagnosis.mistake
    if mistake.reported:
        return mistake.kind
    return mistake.edits[0].id if mistake.kind == mistake.edits[0].kind else mistake.kind


def name_in(text: str) -> str:
    """Return the name that somebody wrote into a file; empty if there is none."""
    lines = text[:8192].split("\n")[:_LINES]
    for number, line in enumerate(lines):
        found = _NAME.match(line)
        if found:
            own = _named(found[1] or found[2] or found[3] or "")
            below = _named(next(filter(str.strip, lines[number + 1 :]), ""))
            return own or (below if _BELOW.fullmatch(below) else "")
    return ""


def _named(text: str) -> str:
    own = _NEXT.split(text)[0]
    return clean(re.sub(r"_{2,}", " ", own).strip(" \t_*`|"), _LONGEST)
