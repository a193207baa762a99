"""`learn`: the path of lessons, one of them, or a teacher's own."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import NotationName
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION

if TYPE_CHECKING:
    from lstm_tutor.files.state import StateFile
    from lstm_tutor.lessons.catalog import Entry, Route
    from lstm_tutor.lessons.record import Event

_TELL = partial(typer.echo, err=True)


def learn(
    lesson: Annotated[
        str,
        typer.Argument(
            help="A lesson's name, a lesson file, or a folder with a path.yaml.",
            show_default=False,
        ),
    ] = "",
    skills: Annotated[
        bool, typer.Option("--skills", help="Say how each skill stands, and why.")
    ] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Forget what was done in the lesson.")
    ] = False,
    notation: NotationName = DEFAULT_NOTATION,
) -> None:
    """Learn by lessons, with fresh numbers.

    Without a name it shows the path: what is done, and what comes next; no lesson is locked.
    In a lesson Enter goes on, ? gives a hint, q quits at any time; every answer is kept. A
    lesson file of your own works like the bundled ones.
    """
    route, file, name = _found(lesson)
    kept = _Kept(file)
    if reset:
        if not name:
            raise typer.BadParameter("--reset forgets one lesson: name it")
        from lstm_tutor.lessons.record import Event, Part

        kept.add(Event(name, Part.RESET))
        typer.echo(f"{name} is as new")
        return
    if skills:
        from lstm_tutor.lessons.map import sights
        from lstm_tutor.lessons.reasons import skill_lines
        from lstm_tutor.terminal.screen import show, width

        show(skill_lines(sights(route, kept.events, _now()), _now(), width()))
        return
    _Session(route, kept, notation).run(name)


def _found(lesson: str) -> tuple[Route, StateFile, str]:
    """Return the path, where its record is kept, and the lesson that is asked for."""
    from lstm_tutor.files.problem import BadInput, Place, Problem, did_you_mean
    from lstm_tutor.files.state import StateFile
    from lstm_tutor.lessons.catalog import route

    if lesson and (Path(lesson).is_dir() or Path(lesson).suffix in (".yaml", ".yml")):
        import hashlib

        found = route(Path(lesson))
        digest = hashlib.sha256(str(Path(lesson).resolve()).encode(errors="replace"))
        file = StateFile(f"learn-{digest.hexdigest()[:12]}.tsv", _TELL)
        return found, file, "" if Path(lesson).is_dir() else found.entries[0].id
    found = route()
    if lesson and lesson not in found.by_id:
        message = "there is neither a lesson nor a lesson file of this name"
        remedy = did_you_mean(lesson, found.by_id)
        raise BadInput([Problem(message, Place(lesson), remedy=remedy)])
    return found, StateFile("learn.tsv", _TELL), lesson


def _now() -> int:
    return int(time.time())


def _ahead(lesson: Path) -> None:
    from lstm_tutor.lessons.talk import prepare

    prepare(lesson)


class _Kept:
    """The record: read once, and every event added to its file as it comes."""

    def __init__(self, file: StateFile) -> None:
        from lstm_tutor.lessons.record import HEAD, LARGEST, events_of

        self._file = file
        try:
            text = file.read(LARGEST) or ""
        except ValueError as error:
            typer.echo(f"{file.shown} cannot be used, starting anew: {error}", err=True)
            text = ""
        self._head = HEAD
        self.events = events_of(text)

    def add(self, event: Event) -> None:
        """Keep an event."""
        timed = replace(event, time=_now())
        self.events.append(timed)
        self._file.append(timed.line, self._head)


class _Session:
    """Goes from the map into lessons and back."""

    def __init__(self, route: Route, kept: _Kept, notation: str) -> None:
        self._route = route
        self._kept = kept
        self._notation = notation

    def run(self, name: str) -> None:
        """Give the lesson that is asked for, then those that are chosen on the map."""
        alone = bool(name)
        while name or (name := self._chosen()):
            if not self._begun(name) or (alone and len(self._route.entries) == 1):
                return
            name = ""

    def _chosen(self) -> str:
        """Show the map and return the lesson that is chosen; "" to quit."""
        from lstm_tutor.files.problem import did_you_mean
        from lstm_tutor.lessons.map import HELP, map_lines, sights, suggested
        from lstm_tutor.render.words import words
        from lstm_tutor.terminal.prompt import line_after
        from lstm_tutor.terminal.screen import plain, show, width

        found = sights(self._route, self._kept.events, _now())
        show(map_lines(self._route, found, self._kept.events, width(), plain=plain()))
        next_ = suggested(found)
        while True:
            line = line_after("> ", partial(_ahead, next_.path) if next_ else None)
            word = "q" if line is None else line.strip()
            if word in ("q", "quit", "exit"):
                return ""
            if word in self._route.by_id:
                return word
            if not word and next_:
                return next_.id
            told = {"": "all is done", "?": HELP, "help": HELP}.get(word)
            show(tuple(words(told or did_you_mean(word, self._route.by_id), width(), 2)))

    def _begun(self, name: str) -> bool:
        """Say what a lesson is for, and give it; say whether the map is wanted after it."""
        from lstm_tutor.lessons.card import card_lines, help_lines
        from lstm_tutor.lessons.map import sights
        from lstm_tutor.terminal.prompt import line_after
        from lstm_tutor.terminal.screen import plain, show, width

        found = sights(self._route, self._kept.events, _now())
        entry = self._route.by_id[name]
        show(card_lines(entry, found, width(), plain=plain()))
        while True:
            line = line_after("> ", partial(_ahead, entry.path))
            word = "q" if line is None else line.strip().lower()
            if word in ("q", "quit", "exit", "m", "map"):
                return word in ("m", "map")
            if word in ("", "k"):
                return self._given(entry, knows=word == "k")
            show(help_lines(width()))

    def _given(self, entry: Entry, *, knows: bool) -> bool:
        """Give a lesson; say whether the map is wanted after it."""
        from lstm_tutor.lessons.record import LEARNERS, Event, Part
        from lstm_tutor.lessons.talk import Teacher
        from lstm_tutor.lessons.turn import Ask, Left
        from lstm_tutor.terminal.prompt import line_after
        from lstm_tutor.terminal.screen import show, viewed, width

        kept = self._kept
        if not any(event.part is Part.NUMBERS for event in kept.events):
            numbers = int.from_bytes(os.urandom(8)) % LEARNERS
            kept.add(Event("", Part.NUMBERS, draw=numbers))
        views = partial(viewed, notation_name=self._notation, digits=6)
        teacher = Teacher(self._route, entry, kept.events, views, width(), _now(), knows)
        talk, answer = teacher.talk(), None
        try:
            while True:
                said, answer = talk.send(answer) if answer is not None else next(talk), ""
                if isinstance(said, Ask):
                    answer = line_after(said.prompt)
                    if answer is None:
                        return False
                elif isinstance(said, Event):
                    self._kept.add(said)
                else:
                    show(said)
        except StopIteration:
            return True
        except Left as left:
            return left.mapped
