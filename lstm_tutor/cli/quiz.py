"""`quiz`: asks for the values of a computation, in its order."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.exercise import Exercise, Fade, hunt, questions
from lstm_tutor.cli.option import Digits, NotationName, Only, Phases, ScenarioName
from lstm_tutor.scenario.catalog import DEFAULT, DEFAULT_NOTATION

if TYPE_CHECKING:
    from lstm_tutor.quiz.quiz import Quiz, Reply
    from lstm_tutor.quiz.results import Advice
    from lstm_tutor.quiz.spot import Hunt
    from lstm_tutor.render.line import View
    from lstm_tutor.render.sheet import Cell, Sheet
    from lstm_tutor.terminal.state import StateFile

_LONGEST_LINE = 100_000


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
    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.terminal.screen import viewed
    from lstm_tutor.trace.trace import compute
    from lstm_tutor.trace.variant import varied

    if fade and find_the_error:
        raise typer.BadParameter("--fade and --find-the-error do not go together")
    chosen = load(scenario)
    trace = compute(chosen if variant is None else varied(chosen, variant))
    asked = Exercise(scenario, phase, only, fade, find_the_error, variant)
    view = viewed(trace, notation, digits)
    game = hunt(trace, asked) if find_the_error else questions(trace, asked)
    _Session(game, asked, view).play(fresh=fresh)


class _Session:
    """One quiz with what it talks to: the terminal or pipe, and the progress file."""

    def __init__(self, game: Quiz | Hunt, asked: Exercise, view: View) -> None:
        from lstm_tutor.quiz.results import entries

        self._game = game
        self._asked = asked
        self._view = view
        self._sizes = {entry.step.id: entry.step.value.size for entry in entries(game)}
        self._ids = list(self._sizes)
        self._file = self._state_file()
        self._written = ""

    def _state_file(self) -> StateFile:
        import re

        from lstm_tutor.quiz.progress import fingerprint
        from lstm_tutor.terminal.state import StateFile

        scenario = self._game.tutor.trace.scenario
        name = re.sub(r"[^A-Za-z0-9-]+", "-", scenario.name)[:40]
        return StateFile(f"quiz-{name}-{fingerprint(scenario, self._asked.options)}.tsv")

    def play(self, *, fresh: bool) -> None:
        """Ask until all is answered, or the learner leaves."""
        from lstm_tutor.quiz.table import opening

        self._show(opening(self._game, _width()))
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        if not fresh:
            self._resume()
        if not self._game.done:
            self._start()
            self._ask()
        self._close()

    def _resume(self) -> None:
        from lstm_tutor.quiz.progress import LARGEST, read_progress

        game = self._game
        try:
            text = self._file.read(LARGEST)
            if text is None:
                return
            records, at = read_progress(text, self._ids, self._sizes)
        except ValueError as error:
            message = f"{self._file.shown} cannot be used, starting anew: {error}"
            typer.echo(message, err=True)
            return
        self._game = replace(game, records=records, at=at)
        what = "round" if self._asked.find_the_error else "question"
        where = f"{what} {at + 1:,} of {len(self._ids):,}"
        going = "all done" if self._game.done else f"going on at {where}"
        self._show([(f"{going}; --fresh starts over", "dim")])

    def _start(self) -> None:
        """Show what is there to begin with: the worked lines, the values to work with."""
        from lstm_tutor.quiz.drawing import values
        from lstm_tutor.quiz.quiz import Quiz

        if not isinstance(self._game, Quiz):
            return
        shown = self._worked(self._game) if self._asked.fade else []
        known = values(replace(self._game, at=0), self._view, _width(), shown)
        self._show([("", ""), *known] if known else [])

    def _worked(self, game: Quiz) -> list[int]:
        """Show the worked example up to the first blank; return what was shown."""
        from lstm_tutor.model.equation import Phase
        from lstm_tutor.render.layout import sheets
        from lstm_tutor.trace.selection import select

        phases = [Phase(name) for name in self._asked.phase or ()]
        chosen = select(game.trace, phases, self._asked.only or ())
        before = [index for index in chosen if index < game.questions[0]]
        for sheet in sheets(game.trace, before, self._view, _width()):
            self._show([("", "")])
            self._show_sheet(sheet)
        return before

    def _ask(self) -> None:
        """Ask, answer and keep progress until the quiz is finished."""
        fresh = True
        while not self._game.finished:
            if fresh:
                self._show([("", ""), *self._question()])
            line = self._read(self._prompt())
            if line is None:
                return
            before = self._game.at
            reply = self._enter(line)
            self._show(self._reply(reply))
            self._keep()
            fresh = self._game.at != before

    def _question(self) -> Cell:
        from lstm_tutor.quiz.drawing import question
        from lstm_tutor.quiz.hunt import round_lines
        from lstm_tutor.quiz.quiz import Quiz

        if isinstance(self._game, Quiz):
            return question(self._game, self._view, _width())
        return round_lines(self._game, self._view, _width())

    def _prompt(self) -> str:
        from lstm_tutor.quiz.drawing import asked
        from lstm_tutor.quiz.quiz import Quiz

        return asked(self._game, self._view) if isinstance(self._game, Quiz) else "wrong: "

    def _enter(self, line: str) -> Reply:
        from lstm_tutor.quiz.quiz import Quiz, entered
        from lstm_tutor.quiz.spot import pointed

        if isinstance(self._game, Quiz):
            self._game, reply = entered(self._game, line)
        else:
            self._game, reply = pointed(self._game, line)
        return reply

    def _reply(self, reply: Reply) -> Cell:
        from lstm_tutor.quiz.drawing import reply_lines
        from lstm_tutor.quiz.hunt import hunt_lines
        from lstm_tutor.quiz.quiz import Quiz

        if isinstance(self._game, Quiz):
            return reply_lines(self._game, reply, self._view, _width())
        return hunt_lines(self._game, reply, self._view, _width())

    def _read(self, prompt: str) -> str | None:
        """Return the next line, or None at the end of input."""
        from lstm_tutor.files.problem import visible
        from lstm_tutor.terminal.prompt import typed

        if sys.stdin.isatty() and sys.stdout.isatty():
            return typed(prompt)
        line = sys.stdin.readline(_LONGEST_LINE)
        if not line:
            return None
        text = visible(line.rstrip("\r\n"))
        sys.stdout.write(f"{prompt}{text}\n")
        sys.stdout.flush()
        return line

    def _keep(self) -> None:
        from lstm_tutor.quiz.progress import text_of
        from lstm_tutor.quiz.quiz import Record

        game = self._game
        if all(record == Record() for record in game.records):
            return
        text = text_of(self._ids, game.records, game.at, self._asked.command)
        if text != self._written:
            self._file.write(text)
            self._written = text

    def _close(self) -> None:
        """Show the results and what to practise next, if anything has been answered."""
        from lstm_tutor.quiz.quiz import Record
        from lstm_tutor.quiz.results import advice, entries, tallies
        from lstm_tutor.quiz.table import results_sheet

        if all(record == Record() for record in self._game.records):
            return
        found = entries(self._game)
        results = results_sheet(tallies(found), _width())
        self._show([("", "")])
        if isinstance(results, tuple):
            self._show(results)
        else:
            self._show_sheet(results)
        self._show([("", ""), *self._next(advice(found))])

    def _next(self, found: Advice | None) -> Cell:
        """Return what to do next, each with a command."""
        asked = self._asked
        lines = []
        if not self._game.done:
            lines.append(("go on:", asked.command))
        if found is not None:
            again = replace(
                asked,
                phase=None,
                only=None if asked.find_the_error else list(found.symbols),
                fade=None,
                variant=(asked.variant or 0) + 1,
            )
            lines.append((f"practise next, {found.skill}:", again.command))
            if asked.variant is None:
                why = shlex.join(["lstm-tutor", "why", found.id, asked.scenario])
                lines.append((f"read why {found.id} is what it is:", why))
        elif self._game.done:
            again = replace(asked, variant=(asked.variant or 0) + 1)
            lines.append(("all without help; the same with fresh numbers:", again.command))
        return tuple(part for text, command in lines for part in _advised(text, command))

    def _show(self, cell: Sequence[tuple[str, str]]) -> None:
        from lstm_tutor.terminal.screen import show

        show(cell)

    def _show_sheet(self, sheet: Sheet) -> None:
        from lstm_tutor.terminal.screen import show

        show(sheet, plain=self._view.plain)


def _advised(text: str, command: str) -> Cell:
    from lstm_tutor.files.problem import visible

    return (text, ""), (f"  {visible(command)}", "bold")


def _width() -> int:
    from lstm_tutor.terminal.screen import width

    return width()
