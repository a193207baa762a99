"""One turn of a lesson: what is said, what is asked, and how a line is taken.

A talk is a generator: it yields lines to show, a prompt to be answered, or an event to be
kept, and gets the answer to a prompt. How lines are read and kept is not known here.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lstm_tutor.files.text import quoted, visible
from lstm_tutor.lessons import drawing
from lstm_tutor.lessons.record import Event
from lstm_tutor.questions.quiz import Quiz
from lstm_tutor.render.sheet import Cell


@dataclass(frozen=True)
class Ask:
    """A prompt that waits for a line; with the quiz, if a number or a wrong line is asked."""

    prompt: str
    quiz: Quiz | None = None


Said: TypeAlias = "Cell | Ask | Event"
Talk: TypeAlias = Generator[Said, str, None]
Answered: TypeAlias = Generator[Said, str, str]
Won: TypeAlias = Generator[Said, str, bool]

_ENTER, _LETTERS = "> ", "abcdef"


class Left(Exception):  # noqa: N818  # no error: the learner goes
    """The learner leaves; ``mapped`` says whether for the map."""

    def __init__(self, *, mapped: bool) -> None:
        super().__init__()
        self.mapped = mapped


def line(ask: str, quiz: Quiz | None = None) -> Answered:
    """Return what is typed; the map and leaving are the same everywhere."""
    found = (yield Ask(ask, quiz)).strip()
    if found.lower() in ("q", "quit", "exit", "m", "map"):
        raise Left(mapped=found.lower() in ("m", "map"))
    return found.lower() if len(found) == 1 else found


def entered(told: str, words: Sequence[str], width: int) -> Answered:
    """Return a word where Enter goes on, one of some; what there is, is told before."""
    if told:
        yield (("", ""), *drawing.said(told, width, style="dim"))
    known = ", ".join([*words, "m, q"])
    while (found := (yield from line(_ENTER))) not in ("", *words):
        what = (
            "" if found in ("?", "help") else f"; {visible(quoted(found, 20))} is no word here"
        )
        yield drawing.said(f"Enter goes on{what}: {known}", width, 2)
    return found


def chosen(ask: str, texts: Sequence[str], width: int) -> Answered:
    """Return the choice that is typed, by letter or as it stands; "" for none."""
    letters = _LETTERS[: len(texts)]
    while True:
        found = yield from line(ask)
        letter = found.lower().rstrip(").")
        if found in texts or not found:
            return found
        if len(letter) == 1 and letter in letters:
            return texts[letters.index(letter)]
        yield drawing.said(f"one of {', '.join(letters)}; Enter guesses nothing", width, 2)
