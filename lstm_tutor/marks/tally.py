"""A class added up, file by file; of a file nothing is kept but what is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lstm_tutor.marks.returned import UNKNOWN, Found, Outcome, Returned
from lstm_tutor.marks.rule import Rule

TENTHS = 10
MOST_UNREAD = 12
_MOST_BLANKS = 4096  # ids that are counted apart


@dataclass(frozen=True)
class Sample:
    """A mistake, and whose file is one that has it."""

    found: Found
    name: str
    file: str


@dataclass
class Tally:
    """What a class comes to.

    Attributes:
        rule: how marks are given.
        files: how many files there are.
        unusable: how many of them cannot be used.
        outcomes: how many blanks came out how.
        marks: of all files together.
        most: the points of all files together.
        tenths: how many files have so many tenths of their points; ten is all of them.
        blanks: per blank, how many came out how.
        mistakes: how many files have a mistake, by its key.
        slips: how often each kind of slip was made.
        samples: of each mistake or slip the first file that has it.
        unread: how many answers could not be read.
        unreadable: the first of them: whose each is, and what is to be said of it.
    """

    rule: Rule
    files: int = 0
    unusable: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    marks: float = 0.0
    most: float = 0.0
    tenths: Counter[int] = field(default_factory=Counter)
    blanks: dict[str, Counter[Outcome]] = field(default_factory=dict)
    mistakes: Counter[str] = field(default_factory=Counter)
    slips: Counter[str] = field(default_factory=Counter)
    samples: dict[str, Sample] = field(default_factory=dict)
    unread: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    def add(self, one: Returned) -> None:
        """Count a file in."""
        self.files += 1
        if one.problem:
            self.unusable += 1
            return
        marks, most = self.rule.marks(one), self.rule.most(one)
        self.marks += marks
        self.most += most
        if most > 0:
            self.tenths[max(0, min(TENTHS, int(TENTHS * marks / most + 1e-9)))] += 1
        for id_, outcome in one.outcomes.items():
            self.outcomes[outcome] += 1
            if id_ in self.blanks or len(self.blanks) < _MOST_BLANKS:
                self.blanks.setdefault(id_, Counter())[outcome] += 1
        self.mistakes.update(found.key for found in one.mistakes)
        self.slips.update(found.key for found in one.slips)
        for found in (*one.mistakes, *one.slips):
            self.samples.setdefault(found.key, Sample(found, one.name, one.file))
        self.unread += len(one.unreadable)
        room = MOST_UNREAD - len(self.unreadable)
        self.unreadable += [(one.name, said) for said in one.unreadable[:room]]

    @property
    def usable(self) -> int:
        """How many files could be used."""
        return self.files - self.unusable

    @property
    def asked(self) -> int:
        """How many blanks there are in all files."""
        return self.outcomes.total()

    @property
    def answered(self) -> int:
        """In how many of them something was written."""
        return self.asked - self.outcomes[Outcome.BLANK]

    def usual(self) -> list[tuple[int, Sample]]:
        """Return the mistakes with how many files have each, the usual ones first; last what no
        known mistake gives.
        """
        return self._ordered(self.mistakes)

    def slipped(self) -> list[tuple[int, Sample]]:
        """Return the slips with how often each was made, the usual ones first."""
        return self._ordered(self.slips)

    def _ordered(self, counts: Counter[str]) -> list[tuple[int, Sample]]:
        order = sorted(counts.items(), key=lambda pair: (pair[0] == UNKNOWN, -pair[1], pair[0]))
        return [(count, self.samples[key]) for key, count in order]

    def hardest(self) -> list[tuple[str, Counter[Outcome]]]:
        """Return the blanks, those with the fewest right answers first; of those that are
        alike the earlier one.
        """

        def share(pair: tuple[str, Counter[Outcome]]) -> float:
            counts = pair[1]
            return (counts[Outcome.RIGHT] + counts[Outcome.GIVEN]) / max(1, counts.total())

        return sorted(self.blanks.items(), key=share)
