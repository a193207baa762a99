"""Finding the error: rounds of worked lines of which one was worked wrongly.

`pointed` is a pure function from a hunt and a typed line to the next hunt and what is to
be said. The wrong line is made by an edit of its equation; the lines after it go on with
its value. Nothing here draws or reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeAlias

import numpy as np

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Parameter, Signal, Symbol, at, symbols
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.replay import Run
from lstm_tutor.files.text import quoted, visible
from lstm_tutor.mistakes.edits import Edit
from lstm_tutor.mistakes.mistake import Mistake, Place, id_of
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.quiz.answer import Array
from lstm_tutor.quiz.quiz import SOLVED, Kind, Outcome, Record, Reply
from lstm_tutor.trace.trace import Step

_MOST_LINES = 6
_FEWEST_LINES = 3
_MOST_ROUNDS = 16
_TRIES = 60
_UNFAIR = ("double-term", "bracket-too-much")  # what a glance at the formula does not tell
_VISIBLE = 0.02  # relative: a value that is wrong by less is no fair question


@dataclass(frozen=True)
class Round:
    """A few lines of one phase and time step, one of them wrong.

    Attributes:
        steps: the lines with the values and operands as they are shown.
        at: position of the wrong one.
        mistake: what was done wrong there.
    """

    steps: tuple[Step, ...]
    at: int
    mistake: Mistake

    @property
    def wrong(self) -> Step:
        """The wrong line."""
        return self.steps[self.at]


@dataclass(frozen=True, eq=False)
class Hunt:
    """Where a learner is.

    Attributes:
        tutor: the trace and its edits.
        rounds: what is shown, in order.
        records: what has happened, per round.
        at: the current round; their number at the end.
        finished: whether the hunt has been left or is done.
    """

    tutor: Tutor
    rounds: tuple[Round, ...]
    records: tuple[Record, ...] = ()
    at: int = 0
    finished: bool = False

    def __post_init__(self) -> None:
        missing = len(self.rounds) - len(self.records)
        object.__setattr__(self, "records", (*self.records, *(Record(),) * missing))

    @property
    def done(self) -> bool:
        """Whether every round has been passed."""
        return self.at == len(self.rounds)

    @property
    def record(self) -> Record:
        """What has happened in the current round."""
        return self.records[self.at]


Answer: TypeAlias = tuple[Hunt, Reply]


def rounds_of(tutor: Tutor, questions: Sequence[int], seed: int) -> tuple[Round, ...]:
    """Return rounds on some steps, each within one phase and time step, in order.

    Args:
        tutor: the trace and its edits.
        questions: the indices of the steps that lines may be of.
        seed: the same seed gives the same rounds.
    """
    random = np.random.default_rng(seed)
    found = []
    for members in _groups(tutor, questions):
        made = _round(tutor, members, random)
        if made is not None:
            found.append(made)
        if len(found) == _MOST_ROUNDS:
            break
    return tuple(found)


def _groups(tutor: Tutor, questions: Sequence[int]) -> Iterator[list[int]]:
    def part(index: int) -> tuple[Phase, int | None]:
        equation, t = tutor.trace.key(index)
        return equation.phase, t

    for _, members in groupby(questions, key=part):
        found = list(members)
        pieces = -(-len(found) // _MOST_LINES)
        for piece in range(pieces if len(found) >= _FEWEST_LINES else 0):
            start, end = (len(found) * border // pieces for border in (piece, piece + 1))
            yield found[start:end]


def _round(tutor: Tutor, members: list[int], random: np.random.Generator) -> Round | None:
    """Return a round on some steps of a group; None if no edit of them shows."""
    for _ in range(_TRIES):
        number = int(random.integers(len(members)))
        step = tutor.trace[members[number]]
        edits = [] if step.note else _fair(tutor, step)
        if not edits:
            continue
        edit = edits[int(random.integers(len(edits)))]
        made = _worked(tutor, [tutor.trace[index] for index in members], number, edit)
        if made is not None:
            return made
    return None


def _fair(tutor: Tutor, step: Step) -> list[Edit]:
    """Return the edits of a step that read only what there is at its time step."""
    target = id_of((step.symbol, -1)) if step.t == -1 else step.symbol
    signals = tutor.trace.signals
    found = []
    for edit in tutor.repertoire.of.get(target, ()):
        read = symbols(edit.learner if step.t is None else at(edit.learner, step.t))
        timed = [item for item in read if isinstance(item, Signal) and item.fixed]
        inside = all(
            item.name in signals and signals[item.name].has(item.shift) for item in timed
        )
        if edit.right is not None and edit.operator not in _UNFAIR and inside:
            found.append(edit)
    return found


def _worked(tutor: Tutor, steps: list[Step], number: int, edit: Edit) -> Round | None:
    """Work the lines with an edit in one of them; None if its value hardly changes."""
    wrong = steps[number]
    place: Place = (wrong.symbol, wrong.t)
    mistake = Mistake((edit,), place)
    value = tutor.replay.run((mistake,), wanted=[wrong.symbol]).value(place)
    if np.shape(value) != wrong.value.shape or not np.isfinite(value).all():
        return None
    if not _differs(value, wrong.value):
        return None
    run = tutor.replay.run((), {place: value})
    return Round(tuple(_with_values(step, run) for step in steps), number, mistake)


def _differs(value: Array, other: Array) -> bool:
    size = max(float(np.max(np.abs(value))), float(np.max(np.abs(other))))
    return bool(np.max(np.abs(value - other)) > _VISIBLE * size)


def _with_values(step: Step, run: Run) -> Step:
    """Return a step with the values of a run in place of its own."""

    def value(symbol: Symbol) -> Array:
        if isinstance(symbol, Parameter):
            place: Place = (symbol.name, None)
        else:
            place = (symbol.name, symbol.shift)
        return run.value(place)

    known = {
        symbol: value(symbol) if _is_place(run, symbol) else old
        for symbol, old in step.operands.items()
    }
    terms = tuple(
        term
        if term.missing or step.equation.role is Role.BLOCK
        else replace(term, value=np.asarray(evaluate(term.expression, known.__getitem__)))
        for term in step.terms
    )
    return replace(step, value=run.value((step.symbol, step.t)), operands=known, terms=terms)


def _is_place(run: Run, symbol: Symbol) -> bool:
    if isinstance(symbol, Parameter):
        return (symbol.name, None) in run.replay.index
    return (symbol.name, symbol.shift) in run.replay.index


def pointed(hunt: Hunt, line: str) -> Answer:
    """Return the hunt after a typed line, and what is to be said.

    A line is a command (see `COMMANDS`) or the id of the line that is wrong.
    """
    text = line.strip()
    command = COMMANDS.get(text.lower())
    if command is not None:
        return command(hunt)
    current = hunt.rounds[hunt.at]
    ids = [step.id for step in current.steps]
    if text not in ids:
        what = f"{visible(quoted(text, 20))} is none of them" if text else "which one is wrong?"
        return _remark(hunt, f"{what}: type one of {', '.join(ids)}")
    old = hunt.record
    if text != current.wrong.id:
        changed = _changed(hunt, replace(old, wrong=old.wrong + 1))
        return changed, Reply(Kind.WRONG, hunt.at, text)
    outcome = Outcome.HINTED if old.hints else Outcome.ALONE
    if old.outcome in (*SOLVED, Outcome.SHOWN):
        outcome = old.outcome
    changed = _changed(hunt, replace(old, outcome=outcome))
    return _moved(changed, hunt.at + 1), Reply(Kind.RIGHT, hunt.at)


def _remark(hunt: Hunt, text: str) -> Answer:
    return hunt, Reply(Kind.REMARK, hunt.at, text)


def _changed(hunt: Hunt, record: Record) -> Hunt:
    records = (*hunt.records[: hunt.at], record, *hunt.records[hunt.at + 1 :])
    return replace(hunt, records=records)


def _moved(hunt: Hunt, at: int) -> Hunt:
    return replace(hunt, at=at, finished=at == len(hunt.rounds))


def cleared(round_: Round, hints: int) -> tuple[str, ...]:
    """Return the ids of the right lines that so many hints rule out, the last ones first."""
    right = [step.id for step in round_.steps if step.id != round_.wrong.id]
    return tuple(reversed(right))[:hints]


def _hint(hunt: Hunt) -> Answer:
    hints = hunt.record.hints + 1
    if hints >= len(hunt.rounds[hunt.at].steps):
        return _show(hunt)
    changed = _changed(hunt, replace(hunt.record, hints=hints))
    return changed, Reply(Kind.HINT, hunt.at, hint=hints)


def _show(hunt: Hunt) -> Answer:
    old = hunt.record
    outcome = old.outcome if old.outcome in SOLVED else Outcome.SHOWN
    changed = _changed(hunt, replace(old, outcome=outcome))
    return _moved(changed, hunt.at + 1), Reply(Kind.SOLUTION, hunt.at)


def _skip(hunt: Hunt) -> Answer:
    record = hunt.record
    if record.outcome is Outcome.OPEN:
        record = replace(record, outcome=Outcome.SKIPPED)
    return _moved(_changed(hunt, record), hunt.at + 1), Reply(Kind.MOVED, hunt.at, "skipped")


def _back(hunt: Hunt) -> Answer:
    if hunt.at == 0:
        return _remark(hunt, "this is the first round")
    return _moved(hunt, hunt.at - 1), Reply(Kind.MOVED, hunt.at - 1)


def _quit(hunt: Hunt) -> Answer:
    return replace(hunt, finished=True), Reply(Kind.MOVED, hunt.at)


def _help(hunt: Hunt) -> Answer:
    return hunt, Reply(Kind.HELP, hunt.at)


COMMANDS: Mapping[str, Callable[[Hunt], Answer]] = {
    **dict.fromkeys(("?", "hint"), _hint),
    "show": _show,
    "skip": _skip,
    "back": _back,
    **dict.fromkeys(("quit", "q", "exit"), _quit),
    "help": _help,
}
