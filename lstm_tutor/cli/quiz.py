"""`quiz`: asks for the values of a computation, in its order."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import Digits, NotationName, Only, Phases, ScenarioName
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.scenario.catalog import DEFAULT

if TYPE_CHECKING:
    from lstm_tutor.files.state import StateFile
    from lstm_tutor.questions.quiz import Quiz
    from lstm_tutor.quiz.exercise import Exercise
    from lstm_tutor.render.line import View


class Fade(StrEnum):
    """How much of a worked example is left blank, by number or by name."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    LAST = "last"
    BACKWARD = "backward"
    ALL = "all"

    @property
    def level(self) -> int:
        """From 1, the last step, to 3, everything."""
        return list(Fade).index(self) % 3 + 1


def quiz(
    scenario: ScenarioName = DEFAULT,
    phase: Phases = None,
    only: Only = None,
    fade: Annotated[
        Fade | None,
        typer.Option(
            help="Show a worked example with a blank: 1 (last): the last step; "
            "2 (backward): the backward pass and what follows; 3 (all): everything.",
            show_default=False,
        ),
    ] = None,
    find_the_error: Annotated[
        bool, typer.Option("--find-the-error", help="Show worked lines: which one is wrong?")
    ] = False,
    variant: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="SEED",
            help="The same exercise with fresh numbers.",
            show_default=False,
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over; forget the progress that is kept.")
    ] = False,
    digits: Digits = 6,
    notation: NotationName = DEFAULT_NOTATION,
) -> None:
    """Work the numbers yourself, step by step.

    Asks for each value in the order of the computation. Takes numbers, fractions and
    arithmetic, such as 0.7857, 1/3 or tanh(1.15)*0.96, one answer a line. ? gives a hint, show
    the solution, help the rest. A wrong answer is told why it is wrong; you can try again or go
    on with your own value. Progress is kept.
    """
    from lstm_tutor.files.state import StateFile
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.quiz.exercise import Exercise, quiz_of
    from lstm_tutor.quiz.opening import opening
    from lstm_tutor.quiz.progress import file_name
    from lstm_tutor.quiz.results import closing
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.screen import show, viewed, width
    from lstm_tutor.trace.trace import compute
    from lstm_tutor.trace.variant import varied

    if fade and find_the_error:
        raise typer.BadParameter("--fade and --find-the-error do not go together")
    chosen = load(scenario)
    trace = compute(chosen if variant is None else varied(chosen, variant))
    phases = tuple(map(Phase, phase or ()))
    level = fade.level if fade else None
    asked = Exercise(scenario, phases, tuple(only or ()), level, find_the_error, variant)
    game = quiz_of(trace, asked, notation)
    view = viewed(trace, notation, digits)
    show(opening(game, width()))
    file = StateFile(file_name(game), partial(typer.echo, err=True))
    if not fresh:
        game = _resumed(game, file)
    if not game.done:
        game = _played(game, asked, view, file)
    for part in closing(game, asked, width()):
        show(part, plain=view.plain)


def _resumed(game: Quiz, file: StateFile) -> Quiz:
    """Return the quiz as it was left, if its progress is kept and can be read."""
    from lstm_tutor.quiz.opening import going_on
    from lstm_tutor.quiz.progress import LARGEST, resumed
    from lstm_tutor.terminal.screen import show, width

    try:
        text = file.read(LARGEST)
        if text is None:
            return game
        game = resumed(game, text)
    except ValueError as error:
        typer.echo(f"{file.shown} cannot be used, starting anew: {error}", err=True)
        return game
    show(going_on(game, width()))
    return game


def _played(game: Quiz, asked: Exercise, view: View, file: StateFile) -> Quiz:
    """Ask, answer and keep progress until all is answered or the learner leaves."""
    from lstm_tutor.questions.drawing import prompt, question, reply_lines
    from lstm_tutor.questions.quiz import entered
    from lstm_tutor.quiz.opening import beginning
    from lstm_tutor.quiz.progress import progress_text
    from lstm_tutor.terminal.prompt import line_after
    from lstm_tutor.terminal.screen import show, width

    for part in beginning(game, asked, view, width()):
        show(part, plain=view.plain)
    shown, kept = -1, ""
    while not game.finished:
        if game.at != shown:
            show((("", ""), *question(game, view, width())))
        shown = game.at
        line = line_after(prompt(game, view))
        if line is None:
            break
        game, reply = entered(game, line)
        show(reply_lines(game, reply, view, width()))
        text = progress_text(game, asked.command) if game.touched else kept
        if text != kept:
            file.write(text)
        kept = text
    return game
