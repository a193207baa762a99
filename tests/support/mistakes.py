"""A corpus of wrong LSTM programs, each `learners.lstm` with one planted mistake.

data/mistakes.txt holds the mistakes as edits of the learner's text; those of models are in
`model_mistakes`. Nothing here uses the
project's equations; a scenario is only a source of plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.mistakes.table import kinds
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[np.float64]
_HERE = Path(__file__).parent
_LEARNERS = _HERE / "learners"

OF_UPDATES = frozenset(
    [
        "drop-root",
        "inside-the-root",
        "not-clipped",
        "always-scaled",
        "clipped-at-one-end",
        "other-count",
        "factors-exchanged",
        "rate-in-the-velocity",
    ]
)
"""The kinds that a plain sum and plain descent cannot have: test_updates.py plants them."""
KINDS = frozenset(kinds()) - OF_UPDATES


@dataclass(frozen=True)
class Mistake:
    """One mistake of a learner.

    Attributes:
        name: unique in the corpus.
        targets: the symbols whose equation is wrong; for another-name, those reported.
        kinds: what the mistake may honestly be called, keys of the table of mistakes.
        about: what the learner did.
        edits: the text that was there, and the text that is there instead.
        t: the only time step that is wrong, or None if all are.
        learner: whose program it is in, a module of learners.
    """

    name: str
    targets: frozenset[str]
    kinds: frozenset[str]
    about: str
    edits: tuple[tuple[str, str], ...] = ()
    t: int | None = None
    learner: str = "lstm"

    @property
    def local(self) -> bool:
        """Whether the mistake was made at one time step only."""
        return self.t is not None

    @property
    def program(self) -> str:
        """The learner's whole program, with this mistake in it."""
        text = source(self.learner)
        for was, now in self.edits:
            if text.count(was) != 1:
                raise ValueError(f"{self.name}: {was!r} is there {text.count(was)} times")
            text = text.replace(was, now)
        return text


@cache
def source(learner: str) -> str:
    """Return the text of a learner's right program."""
    return (_LEARNERS / f"{learner}.py").read_text("utf-8")


def read_mistakes(text: str, learner: str = "lstm") -> tuple[Mistake, ...]:
    """Read entries of the corpus; a line ``# == NAME`` says whose program follows."""
    found = []
    for lines in (entry.strip("\n").splitlines() for entry in text.split("\n\n")):
        if lines[0].startswith("# == "):
            learner = lines[0].removeprefix("# == ")
        elif not lines[0].startswith("#"):
            found.append(_mistake(lines, learner))
    return tuple(found)


def _mistake(lines: list[str], learner: str) -> Mistake:
    name, targets, kinds_, about = lines[0].split(" | ")
    symbols, _, t = targets.partition("@")
    removed = [line[2:] for line in lines[1:] if line.startswith("-")]
    added = [line[2:] for line in lines[1:] if line.startswith("+")]
    return Mistake(
        name=name,
        targets=frozenset(
            word.replace("*", gate) for word in symbols.split() for gate in "aifo"
        ),
        kinds=frozenset(kinds_.split()) - {"-"},
        about=about,
        edits=tuple(zip(removed, added, strict=True)),
        t=int(t) if t else None,
        learner=learner,
    )


MISTAKES = read_mistakes((_HERE.parent / "data" / "mistakes.txt").read_text("utf-8"))


_bundled = cache(load)


@cache
def _function(mistake: Mistake | None) -> Callable[..., dict[str, Any]]:
    names: dict[str, Any] = {}
    text, name = (mistake.program, mistake.name) if mistake else (source("lstm"), "learner")
    exec(compile(text, f"<{name}>", "exec", dont_inherit=True), names)
    function: Callable[..., dict[str, Any]] = names["lstm"]
    return function


def outputs(mistake: Mistake | None, scenario: str | Scenario) -> dict[str, Array]:
    """Return all that the learner's program prints, by id, in true shapes.

    Args:
        mistake: the one that is in the program; None for none.
        scenario: of the cell lstm; the name of a bundled one, or any.
    """
    given = _bundled(scenario) if isinstance(scenario, str) else scenario
    W, U, b = ({g: given.parameters[f"{block}_{g}"] for g in "aifo"} for block in "WUb")
    found = _function(mistake)(
        x=given.inputs,
        y=given.labels,
        labels=given.labelled_times,
        W=W,
        U=U,
        b=b,
        h0=given.initial[Id("h", -1)],
        C0=given.initial[Id("C", -1)],
        lr=given.learning_rate,
        loss=given.loss.name,
        ends={t for t in range(given.steps) if t + 1 == given.steps or given.cut_after(t)},
    )
    return {id_: np.asarray(value, dtype=float) for id_, value in found.items()}


def right_outputs(scenario: str | Scenario) -> dict[str, Array]:
    """Return what the program without a mistake prints."""
    return outputs(None, scenario)


def wrong_ids(mistake: Mistake, scenario: str | Scenario) -> list[str]:
    """Return the ids whose values the mistake changes by more than 1e-6 of the largest entry.

    Empty if the scenario cannot show the mistake.
    """
    right, wrong = right_outputs(scenario), outputs(mistake, scenario)
    return [
        id_
        for id_, value in right.items()
        if np.abs(wrong[id_] - value).max() > 1e-6 * np.abs(value).max()
    ]
