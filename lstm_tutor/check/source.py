"""One file or standard input: what was found in it, or why nothing was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.dialects.notation import notation
from lstm_tutor.numbers.written import Submission
from lstm_tutor.scenario.catalog import DEFAULT
from lstm_tutor.scenario.embedded import embedded_scenario, scenario_of
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.submission.convention import Asked
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import Trace, compute


@dataclass(frozen=True)
class Source:
    """What a person handed in, judged.

    Attributes:
        name: the file's.
        trace: what it was compared with.
        checked: what is to be said of it.
    """

    name: str
    trace: Trace
    checked: Checked

    @property
    def right(self) -> bool:
        """Whether nothing is wrong, and something was judged."""
        return self.checked.verdicts.right and bool(self.checked.verdicts.judgements)


@dataclass(frozen=True)
class Unread:
    """A source that cannot be used: its name, and the BadInput or NotFinite that says why."""

    name: str
    error: Exception

    @property
    def right(self) -> bool:
        """It is not."""
        return False


def source_of(
    content: bytes,
    name: str,
    scenario: str | None,
    asked: Asked | None = None,
    tutors: dict[str, Tutor] | None = None,
) -> Source:
    """Judge what a file holds.

    Args:
        content: its bytes.
        name: its name, beside which a cell file of the scenario that it carries would be.
        scenario: what it is compared with, by name or path; by default the scenario that
            it carries, else the usual one.
        asked: how it is to be read, where the file itself is not to tell.
        tutors: of scenarios, by name or path, that other files of the run were compared with;
            filled here.

    Raises:
        NoSuchNotation: for a dialect that there is not.
        BadInput: if it, or the scenario, cannot be used.
        NotFinite: if the scenario's values overflow.
    """
    submission = submission_of(content, name)
    held = None if scenario else _carried(submission, Path(name))
    tutor = Tutor(compute(held)) if held else _tutor(scenario or DEFAULT, tutors)
    trace = tutor.trace
    if asked and asked.dialect:
        notation(asked.dialect, trace.scenario.cell)
    return Source(name, trace, checked(tutor, submission, asked))


def _tutor(scenario: str, tutors: dict[str, Tutor] | None) -> Tutor:
    """Return the tutor of a scenario, computed once for a run."""
    known = tutors if tutors is not None else {}
    if scenario not in known:
        known[scenario] = Tutor(compute(load(scenario)))
    return known[scenario]


def _carried(submission: Submission, path: Path) -> Scenario | None:
    if submission.scenario is not None:
        return scenario_of(submission.scenario, path)
    return embedded_scenario(submission.text, path)
