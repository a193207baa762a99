"""Lesson files: read and checked, every problem with its line and column.

What playing a lesson finds is not here: see `trial`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from lstm_tutor.files.document import Document, KeyPath, read
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean
from lstm_tutor.lessons.catalog import bundled_lessons, looks_like_lesson
from lstm_tutor.lessons.lesson import Choice, Draw, Lesson, Predict, Transfer
from lstm_tutor.lessons.live import made
from lstm_tutor.lessons.named import Named
from lstm_tutor.lessons.page import Practice
from lstm_tutor.lessons.skill import SKILLS, skills_of
from lstm_tutor.model.symbol import parse

FORMAT = 1
_KEYS = {
    "format": True,
    "id": True,
    "title": True,
    "goal": True,
    "needs": False,
    "scenario": True,
    "digits": False,
    "skills": True,
    "aims": True,
    "text": True,
    "predict": True,
    "look": True,
    "explain": False,
    "practise": True,
    "transfer": False,
    "known": True,
    "next": False,
}
"""The keys of a lesson, and whether each must be there."""
_LONGEST_TEXT = 12
_WIDEST_TEXT = 76


@cache
def practice_of(path: Path) -> Practice:
    """Read a lesson file once, and return its practice; see `read_lesson`."""
    return practice_in(read(path, "lesson"), path)


def is_lesson(document: Document) -> bool:
    """Whether a YAML file is meant as a lesson, and not as a scenario."""
    return bool({"practise", "look", "predict"} & document.value.keys())


def read_lesson(path: Path, shown: str | None = None) -> Lesson:
    """Read a lesson file.

    Raises:
        BadInput: every problem of it, each with its position.
    """
    return practice_in(read(path, "lesson", shown), path).lesson


def practice_in(document: Document, path: Path) -> Practice:
    """Make a lesson of a YAML document, with its page; see `read_lesson`."""
    reader = _Reader(document, path)
    lesson = reader.lesson()
    if reader.problems or lesson is None:
        raise BadInput(reader.problems)
    return Practice(lesson, reader.page)


class _Reader(Named):
    """Reads the parts of a lesson."""

    def lesson(self) -> Lesson | None:
        """Read everything; None if the file is too far from a lesson."""
        self.keys((), _KEYS)
        if self.at(("format",)) not in (FORMAT, None):
            message = f"format is {described(self.at(('format',)))}"
            self.wrong(("format",), message, f"{FORMAT}, the only one there is")
        scenario = self.scenario(("scenario",))
        self.page = self.computed(("scenario",), scenario)
        self.aims = tuple(self.aims_of(("aims",)))
        trains = self._skills()
        predict, practise = self._predict(), self._practise()
        steps, notes = self._look()
        text = self.live(("text",))
        self._length(text)
        transfer = self._transfer(trains)
        known = self.steps(("known",))
        explain = self._explain()
        if scenario is None or self.page is None or predict is None or practise is None:
            return None
        asked, fade, draw, spot = practise
        self._trained(trains, asked)
        self._tested(trains, asked, known)
        return Lesson(
            self._name(),
            self.worded(("title",)),
            self.worded(("goal",)),
            self._lessons(("needs",)),
            scenario,
            self.whole(("digits",), 4, 2, 12),
            trains,
            self.aims,
            text,
            predict,
            steps,
            notes,
            explain,
            asked,
            fade,
            draw,
            spot,
            transfer,
            known,
            self._lessons(("next",)),
            self._where(asked),
        )

    def _where(self, asked: tuple[str, ...]) -> dict[str, Any]:
        places = {str(aim): self.document.place(("aims", n)) for n, aim in enumerate(self.aims)}
        for number, id_ in enumerate(asked):
            places[id_] = self.document.place(("practise", "ask", number))
        return {**places, "draw": self.document.place(("practise", "draw"))}

    def _name(self) -> str:
        name = self.text(("id",))
        if name and not name.replace("-", "").isalnum():
            self.wrong(("id",), f"{name!r} is no id", "letters, digits and hyphens")
        return name

    def _lessons(self, path: KeyPath) -> tuple[str, ...]:
        """Read the ids of other lessons: bundled ones, or files beside this one."""
        found = self.texts(path)
        files = self.path.parent.glob("*.yaml") if found else ()
        beside = {file.stem for file in files if looks_like_lesson(file)}
        there = sorted({*beside, *bundled_lessons()})
        for number, name in enumerate(found):
            if name not in there:
                message = f"there is no lesson {name!r}, bundled or beside this file"
                self.wrong((*path, number), message, remedy=did_you_mean(name, there))
            if name == self.at(("id",)):
                self.wrong((*path, number), f"{name} names itself", "another lesson")
        return found

    def _length(self, text: str) -> None:
        lines = text.split("\n")
        if len(lines) > _LONGEST_TEXT:
            message = f"the text has {len(lines)} lines; at most {_LONGEST_TEXT} are read"
            self.wrong(("text",), message, remedy="say less, or make two lessons of it")
        for number, line in enumerate(lines):
            if len(line) > _WIDEST_TEXT:
                place = self.document.at(*self.document.block_line(("text",), number))
                message = f"the line has {len(line)} characters; at most {_WIDEST_TEXT} fit"
                self.problems.append(Problem(message, place))

    def _skills(self) -> tuple[str, ...]:
        path: KeyPath = ("skills",)
        if not self.at(path) or not self.keys(path, {"trains": True, "reviews": False}):
            return ()
        for key in ("trains", "reviews"):
            for number, name in enumerate(self.texts((*path, key))):
                if name not in SKILLS:
                    remedy = did_you_mean(name, SKILLS)
                    self.wrong((*path, key, number), f"there is no skill {name!r}", "", remedy)
        return self.texts((*path, "trains"))

    def _needed(self, ids: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Return the skills that each of some steps needs; none if there are problems."""
        if self.page is None or self.problems:
            return {}
        trace = self.page.trace
        return {id_: skills_of(trace, trace.find(id_)) for id_ in ids}

    def _trained(self, trains: tuple[str, ...], asked: tuple[str, ...]) -> None:
        """Check that what is asked for needs what is trained, and each of it something."""
        places = self._needed(asked)
        if not places:
            return
        for number, skill in enumerate(trains):
            if not any(skill in found for found in places.values()):
                found = "; ".join(f"{id_}: {', '.join(s)}" for id_, s in places.items() if s)
                message = f"nothing that is asked for needs {skill!r}"
                self.wrong(
                    ("skills", "trains", number), message, f"what is asked needs {found}"
                )
        for number, id_ in enumerate(asked):
            if not set(places[id_]) & set(trains):
                message = f"{id_} needs no skill that the lesson trains"
                found = ", ".join(places[id_]) or "none: it only copies"
                self.wrong(("practise", "ask", number), message, f"it needs {found}")

    def _tested(
        self, trains: tuple[str, ...], asked: tuple[str, ...], known: tuple[str, ...]
    ) -> None:
        """Check that "I know this" asks for every skill, and where each mistake can be made."""
        for number, id_ in enumerate(known):
            if id_ not in asked:
                message = f"{id_} is not among what practice asks for"
                expected = f"one of {', '.join(asked)}"
                self.wrong(("known", number), message, expected)
        places = self._needed(known)
        if not places:
            return
        lacking = [skill for skill in trains if not any(skill in s for s in places.values())]
        symbols = {parse(id_).name for id_ in known}
        there = {parse(id_).name for id_ in asked}
        unseen = [
            str(aim) for aim in self.aims if aim.symbol in there and aim.symbol not in symbols
        ]
        for name in (*lacking, *unseen):
            message = f"'I know this' asks for nothing that shows {name}"
            self.wrong(("known",), message, remedy="add a step to known")

    def _predict(self) -> Predict | None:
        path: KeyPath = ("predict",)
        keys = {"ask": True, "says": True, "choices": True, "after": False}
        if not self.at(path) or not self.keys(path, keys):
            return None
        ask = self.step((*path, "ask"))
        choices = tuple(self._choices((*path, "choices")))
        return Predict(ask, self.live((*path, "says")), choices, self.live((*path, "after")))

    def _choices(self, path: KeyPath) -> Iterator[Choice]:
        value = self.at(path)
        if not isinstance(value, list) or "right" not in value or len(value) < 2:
            self.wrong(path, "choices are not two or more", "a list with 'right' in it")
            return
        names = {str(aim): aim for aim in reversed(self.aims)}  # the first of a name
        for number, item in enumerate(value):
            here = (*path, number)
            if item == "right":
                yield Choice()
            elif isinstance(item, dict) and set(item) == {"only"}:
                yield Choice(only=self.step((*here, "only")))
            elif isinstance(item, str) and made(item)[0] in names:
                name, everywhere = made(item)
                yield Choice(names[name], everywhere=everywhere)
            else:
                remedy = did_you_mean(str(item), ["right", *names])
                self.wrong(here, f"no choice is {described(item)}", remedy=remedy)

    def _look(self) -> tuple[tuple[str, ...], dict[str, str]]:
        path: KeyPath = ("look",)
        if not self.at(path) or not self.keys(path, {"steps": True, "notes": False}):
            return (), {}
        steps, notes = self.steps((*path, "steps")), {}
        if self.at((*path, "notes")) is not None:
            self.keys((*path, "notes"), dict.fromkeys(steps, False))
            for id_ in steps:
                notes[id_] = self.live((*path, "notes", id_))
        return steps, notes

    def _explain(self) -> tuple[str, str] | None:
        path: KeyPath = ("explain",)
        if self.at(path) is None or not self.keys(path, {"ask": True}):
            return None
        text = self.text((*path, "ask"))
        term, _, step = text.removeprefix("why ").partition(" in ")
        if self.page is None:
            return None
        ids = {str(id_) for id_ in self.page.trace.ids()}
        if not text.startswith("why ") or not {term, step} <= ids:
            self.wrong((*path, "ask"), f"no reason is asked for by {text!r}", "why ID in ID")
            return None
        if term not in self.page.trace.find(step).inputs:
            self.wrong((*path, "ask"), f"{term} does not stand in {step}")
            return None
        return term, step

    def _practise(self) -> tuple[tuple[str, ...], bool, Draw, int] | None:
        path: KeyPath = ("practise",)
        keys = {"ask": True, "fade": False, "draw": True, "spot": False}
        if not self.at(path) or not self.keys(path, keys):
            return None
        fade = self.at((*path, "fade"))
        if fade not in (None, "auto", "none"):
            self.wrong((*path, "fade"), f"fade is {described(fade)}", "auto or none")
        asked = self.steps((*path, "ask"))
        spot = self.whole((*path, "spot"), 0, 0, 3)
        return asked, fade == "auto", self._draw((*path, "draw")), spot

    def _draw(self, path: KeyPath) -> Draw:
        keys = dict.fromkeys(("inputs", "labels", "weights", "initial", "keep"), False)
        if self.at(path) is None or not self.keys(path, keys):
            return Draw()
        cell = self.page.trace.scenario.cell if self.page else None
        known = {"weights": [*cell.blocks, *cell.parameters] if cell else []}
        known["initial"] = (
            sorted({p.name for p in self.page.trace.scenario.initial}) if self.page else []
        )
        classes = self.at((*path, "labels")) == "classes"
        found = Draw(
            self.numbers((*path, "inputs")),
            () if classes else self.numbers((*path, "labels")),
            classes,
            {
                key: self.numbers((*path, "weights", key))
                for key in self._named(path, "weights", known)
            },
            {
                key: self.numbers((*path, "initial", key))
                for key in self._named(path, "initial", known)
            },
        )
        keep = (*path, "keep")
        if self.at(keep) is None or not self.keys(keep, {"digits": False, "different": False}):
            return found
        digits = self.whole((*keep, "digits"), 0, 1, 12) or None
        return replace(found, digits=digits, different=self.at((*keep, "different")) is True)

    def _named(self, path: KeyPath, key: str, known: Mapping[str, list[str]]) -> list[str]:
        here = (*path, key)
        if self.at(here) is None or not self.keys(here, dict.fromkeys(known[key], False)):
            return []
        return [name for name in self.at(here) if name in known[key]]

    def _transfer(self, trains: tuple[str, ...]) -> Transfer | None:
        path: KeyPath = ("transfer",)
        if self.at(path) is None:
            return None
        if not self.keys(path, {"scenario": True, "ask": True, "skill": True, "says": True}):
            return None
        scenario = self.scenario((*path, "scenario"))
        page = self.computed((*path, "scenario"), scenario)
        skill = self.text((*path, "skill"))
        if skill not in trains:
            expected = f"one that the lesson trains: {', '.join(trains)}"
            self.wrong((*path, "skill"), f"skill is {described(skill)}", expected)
        if scenario is None or page is None:
            return None
        ask = self.step((*path, "ask"), page)
        own, self.page = self.page, page
        says = self.live((*path, "says"))
        self.page = own
        if (
            ask
            and not self.problems
            and skill not in skills_of(page.trace, page.trace.find(ask))
        ):
            found = ", ".join(skills_of(page.trace, page.trace.find(ask))) or "no skill"
            self.wrong((*path, "ask"), f"{ask} does not need {skill!r}", f"it needs {found}")
        return Transfer(scenario, ask, skill, says)
