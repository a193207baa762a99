"""`validate`: says whether scenario files and lessons are good."""

from __future__ import annotations

from typing import Annotated

import typer

from lstm_tutor.cli.option import complete_scenario
from lstm_tutor.terminal.failure import BAD_INPUT


def validate(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Scenario files or lessons, or bundled scenarios' names.",
            autocompletion=complete_scenario,
        ),
    ],
) -> None:
    """Check scenario files and lessons.

    Reports every problem with its line and column. A scenario is good if it can be read and
    its computation stays finite; it tells of saturated units, units that are off, errors that
    fade or grow on their way back, and labels out of reach. A lesson is played too, with
    twenty draws of fresh numbers: every mistake that it aims at must show, and be named first
    in nine of ten.
    """
    from lstm_tutor.audit.trouble import troubles
    from lstm_tutor.files.problem import BadInput
    from lstm_tutor.render.facts import sizes_of
    from lstm_tutor.render.words import words
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.failure import show_problems
    from lstm_tutor.terminal.screen import show, width
    from lstm_tutor.trace.trace import compute

    failed = 0
    for name in files:
        try:
            if _lesson(name):
                continue
            scenario = load(name)
            trace = compute(scenario)
        except (BadInput, ArithmeticError) as error:
            show_problems(error, name)
            failed += 1
        else:
            facts = ", ".join([scenario.cell.name, *sizes_of(scenario)])
            show(words(f"{name}: good ({facts})", width(), hang=2))
            for told in (*scenario.told, *troubles(trace)):
                show(words(told, width(), 2, hang=2))
    if failed:
        raise typer.Exit(BAD_INPUT)


def _lesson(name: str) -> bool:
    """Check a file if it is a lesson, and say that it is good; BadInput if it is not."""
    from pathlib import Path

    from lstm_tutor.files.document import read
    from lstm_tutor.files.phrase import counted
    from lstm_tutor.files.problem import BadInput
    from lstm_tutor.lessons.catalog import route
    from lstm_tutor.lessons.reading import is_lesson, practice_in
    from lstm_tutor.lessons.trial import play, problems, table
    from lstm_tutor.scenario.catalog import bundled

    path = Path(name)
    if name in bundled() or not path.is_file():
        return False
    document = read(path, "scenario", name)
    if "lessons" in document.value:
        count = counted(len(route(path.parent).entries), "lesson")
        typer.echo(f"{name}: good ({count}; validate each of them too)")
        return True
    if not is_lesson(document):
        return False
    practice = practice_in(document, path)
    trial = play(practice)
    found = list(problems(practice, trial))
    if found:
        raise BadInput(found)
    lesson = practice.lesson
    parts = ((lesson.asked, "step"), (lesson.trains, "skill"), (lesson.aims, "mistake"))
    typer.echo(f"{name}: good ({', '.join(counted(len(what), word) for what, word in parts)})")
    for line in table(practice, trial):
        typer.echo(line)
    return True
