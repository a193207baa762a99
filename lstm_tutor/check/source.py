"""One file or standard input: what was found in it, or why nothing was."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.dialects.notation import notation
from lstm_tutor.numbers.written import Submission
from lstm_tutor.scenario.blanks import blanks_of
from lstm_tutor.scenario.catalog import DEFAULT
from lstm_tutor.scenario.embedded import Block, embedded_block, scenario_of
from lstm_tutor.scenario.loading import load
from lstm_tutor.submission.convention import Asked
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import Trace, compute

_KEPT = 64  # computations: a class seldom has more variants
_MOST_ALIKE = 16  # scenarios of which those with other numbers are known
_OFTEN = 500  # files after which what is remembered of their names is forgotten
_HEADS = ("title:", "source:", "about:", "name:")
_IN_BRACKETS = re.compile(r"\[[^\[\]\n]*\]")
_NUMBER = re.compile(r"[-+]?[0-9][-+.0-9e]*")


@dataclass(frozen=True)
class Source:
    """What a person handed in, judged.

    Attributes:
        name: the file's.
        trace: what it was compared with.
        checked: what is to be said of it.
        text: what stands in it, where it is text.
        told: whether the person or the file says what it is to be compared with.
    """

    name: str
    trace: Trace
    checked: Checked
    text: str = ""
    told: bool = True

    @property
    def right(self) -> bool:
        """Whether nothing is wrong, and something was judged."""
        return self.checked.right


@dataclass(frozen=True)
class Unread:
    """A source that cannot be used: its name, and the BadInput or NotFinite that says why."""

    name: str
    error: Exception

    @property
    def right(self) -> bool:
        """It is not."""
        return False


class Sources:
    """Judges files, and keeps what they have in common.

    Args:
        scenario: what they are compared with, by name or path; by default the scenario that
            each carries, else the usual one.
        asked: how they are to be read, where the file itself is not to tell.
        tutor: what judges them.
    """

    def __init__(
        self,
        scenario: str | None = None,
        asked: Asked | None = None,
        tutor: type[Tutor] = Tutor,
    ) -> None:
        self._scenario = scenario
        self._asked = asked
        self._tutor = tutor
        self._tutors: OrderedDict[tuple[str, Path], Tutor] = OrderedDict()
        self._alike: OrderedDict[tuple[str, Path], Tutor] = OrderedDict()
        self._count = 0

    def of(self, content: bytes, name: str, *, empty: bool = False) -> Source:
        """Judge what a file holds.

        Args:
            content: its bytes.
            name: its name, beside which a cell file of the scenario that it carries would be.
            empty: whether it may be without numbers.

        Raises:
            NoSuchNotation: for a dialect that there is not.
            BadInput: if it, or the scenario, cannot be used.
            NotFinite: if the scenario's values overflow.
        """
        submission = submission_of(content, name, empty=empty)
        own = None if self._scenario else self._carried(submission, Path(name))
        tutor = own or self._kept(self._scenario or DEFAULT, Path())
        if self._asked and self._asked.dialect:
            notation(self._asked.dialect, tutor.trace.scenario.cell)
        found = checked(tutor, submission, asked_of(submission, self._asked))
        self._count += 1
        if self._count % _OFTEN == 0:
            tutor.trace.program.kept.clear()
        told = bool(own or self._scenario)
        return Source(name, tutor.trace, found, submission.text, told)

    def _carried(self, submission: Submission, path: Path) -> Tutor | None:
        if submission.scenario is not None:
            return self._tutor(compute(scenario_of(submission.scenario, path)))
        block = embedded_block(submission.text, path)
        if block is None:
            return None
        kept = self._tutors.get((block.text, path.parent))
        return self._keep((block.text, path.parent), kept or self._made(block, path))

    def _made(self, block: Block, path: Path) -> Tutor:
        """Compute a scenario; the equations and their edits are those of one like it."""
        key = _without_numbers(block.text), path.parent
        like = self._alike.get(key)
        if like is not None:
            self._alike.move_to_end(key)
            trace = compute(block.scenario(path), like.trace.program)
            return self._tutor(trace, like.all_edits)
        made = self._tutor(compute(block.scenario(path)))
        self._alike[key] = made
        while len(self._alike) > _MOST_ALIKE:
            self._alike.popitem(last=False)
        return made

    def _kept(self, name: str, folder: Path) -> Tutor:
        kept = self._tutors.get((name, folder))
        return self._keep((name, folder), kept or self._tutor(compute(load(name))))

    def _keep(self, key: tuple[str, Path], tutor: Tutor) -> Tutor:
        """Keep a computation that was asked for last longest."""
        self._tutors[key] = tutor
        self._tutors.move_to_end(key)
        while len(self._tutors) > _KEPT:
            self._tutors.popitem(last=False)
        return tutor


def asked_of(submission: Submission, asked: Asked | None = None) -> Asked:
    """Return what is known of how a file is read: a sheet of ours has ids, and nothing that
    its numbers fit better makes them another source's names.
    """
    asked = asked or Asked()
    blanks = blanks_of(submission.text)
    if blanks is None or asked.dialect or asked.first is not None:
        return asked
    names = {entry.name for entry in submission.entries}
    return replace(asked, ours=names <= blanks.points.keys())


def _without_numbers(text: str) -> str:
    """Return a scenario without the numbers that its arrays have; whether one is 0 stays."""

    def sign(number: re.Match[str]) -> str:
        return "0" if not number[0].strip("-+.0e") else "#"

    lines = [line for line in text.split("\n") if not line.startswith(_HEADS)]
    return _IN_BRACKETS.sub(lambda own: _NUMBER.sub(sign, own[0]), "\n".join(lines))


def source_of(
    content: bytes, name: str, scenario: str | None, asked: Asked | None = None
) -> Source:
    """Judge what one file holds; see `Sources`."""
    return Sources(scenario, asked).of(content, name)
