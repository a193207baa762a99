"""Lesson files: read and checked, every problem with its line and column.

What playing a lesson finds is not here: see `trial`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.dialects.notation import notation
from lstm_tutor.files.document import Document, KeyPath, read
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean
from lstm_tutor.lessons.lesson import Aim, Choice, Draw, Lesson, Predict, Transfer
from lstm_tutor.lessons.live import NoSuchValue, resolved, slots, typed_decimals
from lstm_tutor.lessons.page import Page, page_of
from lstm_tutor.lessons.skill import SKILLS, skills_of
from lstm_tutor.mistakes.table import kinds
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario

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
_LONGEST_LINE = 300  # of what is said in one paragraph


def is_lesson(document: Document) -> bool:
    """Whether a YAML file is meant as a lesson, and not as a scenario."""
    return bool({"practise", "look", "predict"} & document.value.keys())


def read_lesson(path: Path, shown: str | None = None) -> Lesson:
    """Read a lesson file.

    Raises:
        BadInput: every problem of it, each with its position.
    """
    return lesson_of(read(path, "lesson", shown), path)


def lesson_of(document: Document, path: Path) -> Lesson:
    """Make a lesson of a YAML document; see `read_lesson`."""
    reader = _Reader(document, path)
    lesson = reader.lesson()
    if reader.problems or lesson is None:
        raise BadInput(reader.problems)
    return lesson


class _Reader:
    """Reads the entries, and collects what is wrong with them."""

    def __init__(self, document: Document, path: Path) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._path = path
        self._page: Page | None = None
        self._aims: tuple[Aim, ...] = ()

    def _wrong(
        self,
        path: KeyPath,
        message: str,
        expected: str = "",
        remedy: str = "",
        key: bool = False,
    ) -> None:
        found = self._document.problem(path, message, expected, remedy, key=key)
        self.problems.append(found)

    # single entries

    def _at(self, path: KeyPath) -> Any:
        value = self._document.value
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def _keys(self, path: KeyPath, known: Mapping[str, bool]) -> bool:
        """Check the keys of a set of entries; say whether it is one."""
        value = self._at(path)
        if not isinstance(value, dict):
            self._wrong(path, f"{path[-1]} is {described(value)}", "a set of entries")
            return False
        for key in value:
            if key not in known:
                remedy = did_you_mean(str(key), known)
                self._wrong((*path, key), f"unknown key {key!r}", remedy=remedy, key=True)
        for key, needed in known.items():
            if needed and key not in value:
                what = f"{path[-1]} lacks" if path else "the lesson lacks"
                self._wrong(path, f"{what} the key {key!r}", key=bool(path))
        return True

    def _text(self, path: KeyPath) -> str:
        value = self._at(path)
        if isinstance(value, str) and value.strip():
            return value.rstrip()
        if value is not None:
            self._wrong(path, f"{path[-1]} is {described(value)}", "text")
        return ""

    def _texts(self, path: KeyPath) -> tuple[str, ...]:
        value = self._at(path)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._wrong(path, f"{path[-1]} is {described(value)}", "a list of names")
            return ()
        return tuple(value)

    def _whole(self, path: KeyPath, default: int, low: int, high: int) -> int:
        value = self._at(path)
        if value is None:
            return default
        if type(value) is not int or not low <= value <= high:
            expected = f"a whole number from {low} to {high}"
            self._wrong(path, f"{path[-1]} is {described(value)}", expected)
            return default
        return value

    def _live(self, path: KeyPath) -> str:
        """Read a text with live values: each must be there, and no decimal may be typed."""
        text = self._text(path)
        for start, number in typed_decimals(text):
            message = f"{number} is typed; a lesson's numbers are computed"
            self._in_text(path, text, start, message, "name the step, as in {h@0}")
        for start, inside in slots(text):
            if self._page is not None:
                try:
                    resolved(inside, self._page, self._aims, self._view)
                except NoSuchValue as error:
                    self._in_text(path, text, start, str(error))
        return text

    @property
    def _view(self) -> View:
        if self._page is None:
            raise TypeError(self._path)
        return View(notation(DEFAULT_NOTATION, self._page.trace.scenario.cell))

    def _in_text(
        self, path: KeyPath, text: str, start: int, message: str, remedy: str = ""
    ) -> None:
        before = text[:start]
        number, column = before.count("\n"), start - before.rfind("\n") - 1
        line, indent = self._document.block_line(path, number)
        place = self._document.at(line, indent + column)
        self.problems.append(Problem(message, place, remedy=remedy))

    def _step(self, path: KeyPath, page: Page | None = None) -> str:
        """Read a step's id."""
        text, page = self._text(path), page or self._page
        if text and page is not None:
            self._known_step(path, text, page)
        return text

    def _known_step(self, path: KeyPath, text: str, page: Page) -> None:
        try:
            step = page.trace.find(text)
        except KeyError:
            remedy = did_you_mean(text, (str(id_) for id_ in page.trace.ids()))
            self._wrong(path, f"there is no step {text!r}", remedy=remedy)
            return
        if step.expression is None:
            self._wrong(path, f"{text} is not worked out: it is given, or a block")

    def _steps(self, path: KeyPath) -> tuple[str, ...]:
        found = self._texts(path)
        if self._at(path) == []:
            self._wrong(path, f"{path[-1]} is empty", "at least one step's id")
        for number, text in enumerate(found):
            if self._page is not None:
                self._known_step((*path, number), text, self._page)
        return found

    # the parts of a lesson

    def lesson(self) -> Lesson | None:
        """Read everything; None if the file is too far from a lesson."""
        self._keys((), _KEYS)
        if self._at(("format",)) not in (FORMAT, None):
            message = f"format is {described(self._at(('format',)))}"
            self._wrong(("format",), message, f"{FORMAT}, the only one there is")
        scenario = self._scenario(("scenario",))
        self._page = self._computed(("scenario",), scenario)
        self._aims = tuple(self._aims_of(("aims",)))
        trains = self._skills()
        predict, practise = self._predict(), self._practise()
        steps, notes = self._look()
        text = self._live(("text",))
        self._length(text)
        transfer = self._transfer(trains)
        known = self._steps(("known",))
        explain = self._explain()
        if scenario is None or self._page is None or predict is None or practise is None:
            return None
        asked, fade, draw, spot = practise
        self._trained(trains, asked, transfer is not None)
        return Lesson(
            self._name(),
            self._text(("title",)),
            self._text(("goal",)),
            self._texts(("needs",)),
            scenario,
            self._whole(("digits",), 4, 2, 12),
            trains,
            self._aims,
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
            self._texts(("next",)),
            self._where(asked),
        )

    def _where(self, asked: tuple[str, ...]) -> dict[str, Any]:
        places = {
            str(aim): self._document.place(("aims", n)) for n, aim in enumerate(self._aims)
        }
        for number, id_ in enumerate(asked):
            places[id_] = self._document.place(("practise", "ask", number))
        return {**places, "draw": self._document.place(("practise", "draw"))}

    def _name(self) -> str:
        name = self._text(("id",))
        if name and not name.replace("-", "").isalnum():
            self._wrong(("id",), f"{name!r} is no id", "letters, digits and hyphens")
        return name

    def _length(self, text: str) -> None:
        lines = text.split("\n")
        if len(lines) > _LONGEST_TEXT:
            message = f"the text has {len(lines)} lines; at most {_LONGEST_TEXT} are read"
            self._wrong(("text",), message, remedy="say less, or make two lessons of it")
        for number, line in enumerate(lines):
            if len(line) > _WIDEST_TEXT:
                place = self._document.at(*self._document.block_line(("text",), number))
                message = f"the line has {len(line)} characters; at most {_WIDEST_TEXT} fit"
                self.problems.append(Problem(message, place))

    def _scenario(self, path: KeyPath) -> Scenario | None:
        """Load a scenario by its bundled name, or a file beside the lesson."""
        name = self._text(path)
        if not name:
            return None
        beside = self._path.parent / name
        try:
            return load(name if name in bundled() else str(beside))
        except BadInput as error:
            if any(problem.place.line for problem in error.problems):
                self.problems += error.problems
            else:
                message = f"there is neither a bundled scenario {name!r} nor a file beside this"
                self._wrong(path, message, remedy=did_you_mean(name, bundled()))
            return None

    def _computed(self, path: KeyPath, scenario: Scenario | None) -> Page | None:
        if scenario is None:
            return None
        try:
            return page_of(scenario)
        except ArithmeticError as error:
            self._wrong(path, str(error))
            return None

    def _skills(self) -> tuple[str, ...]:
        path: KeyPath = ("skills",)
        if not self._at(path) or not self._keys(path, {"trains": True, "reviews": False}):
            return ()
        for key in ("trains", "reviews"):
            for number, name in enumerate(self._texts((*path, key))):
                if name not in SKILLS:
                    remedy = did_you_mean(name, SKILLS)
                    self._wrong((*path, key, number), f"there is no skill {name!r}", "", remedy)
        return self._texts((*path, "trains"))

    def _trained(
        self, trains: tuple[str, ...], asked: tuple[str, ...], elsewhere: bool
    ) -> None:
        if self._page is None or self.problems:
            return
        trace = self._page.trace
        places = {id_: skills_of(trace, trace.find(id_)) for id_ in asked}
        for number, skill in enumerate(trains):
            count = sum(skill in found for found in places.values())
            if not count:
                found = "; ".join(f"{id_}: {', '.join(s)}" for id_, s in places.items() if s)
                message = f"nothing that is asked for needs {skill!r}"
                self._wrong(
                    ("skills", "trains", number), message, f"what is asked needs {found}"
                )
        for number, id_ in enumerate(asked):
            if not set(places[id_]) & set(trains):
                message = f"{id_} needs no skill that the lesson trains"
                found = ", ".join(places[id_]) or "none: it only copies"
                self._wrong(("practise", "ask", number), message, f"it needs {found}")

    def _aims_of(self, path: KeyPath) -> Iterator[Aim]:
        value = self._at(path)
        if not isinstance(value, list):
            if value is not None:
                self._wrong(path, f"aims is {described(value)}", "a list of mistakes")
            return
        known = {"mistake": True, "in": True, "of": False, "into": False}
        for number in range(len(value)):
            here = (*path, number)
            if not self._keys(here, known):
                continue
            aim = Aim(*(self._text((*here, key)) for key in known))
            if self._aimed(here, aim):
                yield aim

    def _aimed(self, path: KeyPath, aim: Aim) -> bool:
        if aim.kind not in kinds():
            remedy = did_you_mean(aim.kind, kinds())
            self._wrong((*path, "mistake"), f"there is no mistake {aim.kind!r}", "", remedy)
            return False
        if self._page is None:
            return False
        edits = self._page.tutor.all_edits.of
        if aim.symbol not in edits:
            self._wrong(
                (*path, "in"),
                f"nothing can go wrong in {aim.symbol!r}",
                "",
                did_you_mean(aim.symbol, edits),
            )
            return False
        found = self._page.edits(aim)
        if len(found) == 1:
            return True
        alike = [e for e in edits[aim.symbol] if e.kind == aim.kind]
        listed = "; ".join(e.id for e in alike[:6]) or "none of this kind"
        message = (
            f"{aim} is {len(found)} mistakes" if found else f"there is no {aim} such as this"
        )
        self._wrong(
            path,
            message,
            f"one of: {listed}",
            "choose one by 'of' and 'into'" if alike else "aim at another kind",
        )
        return False

    def _predict(self) -> Predict | None:
        path: KeyPath = ("predict",)
        keys = {"ask": True, "says": True, "choices": True, "after": False}
        if not self._at(path) or not self._keys(path, keys):
            return None
        ask = self._step((*path, "ask"))
        choices = tuple(self._choices((*path, "choices")))
        return Predict(ask, self._live((*path, "says")), choices, self._live((*path, "after")))

    def _choices(self, path: KeyPath) -> Iterator[Choice]:
        value = self._at(path)
        if not isinstance(value, list) or "right" not in value or len(value) < 2:
            self._wrong(path, "choices are not two or more", "a list with 'right' in it")
            return
        names = {str(aim): aim for aim in self._aims}
        for number, item in enumerate(value):
            here = (*path, number)
            if item == "right":
                yield Choice()
            elif isinstance(item, dict) and set(item) == {"only"}:
                yield Choice(only=self._step((*here, "only")))
            elif isinstance(item, str) and item in names:
                yield Choice(names[item])
            else:
                remedy = did_you_mean(str(item), ["right", *names])
                self._wrong(here, f"no choice is {described(item)}", remedy=remedy)

    def _look(self) -> tuple[tuple[str, ...], dict[str, str]]:
        path: KeyPath = ("look",)
        if not self._at(path) or not self._keys(path, {"steps": True, "notes": False}):
            return (), {}
        steps, notes = self._steps((*path, "steps")), {}
        if self._at((*path, "notes")) is not None:
            self._keys((*path, "notes"), dict.fromkeys(steps, False))
            for id_ in steps:
                notes[id_] = self._live((*path, "notes", id_))
        return steps, notes

    def _explain(self) -> tuple[str, str] | None:
        path: KeyPath = ("explain",)
        if self._at(path) is None or not self._keys(path, {"ask": True}):
            return None
        text = self._text((*path, "ask"))
        term, _, step = text.removeprefix("why ").partition(" in ")
        if self._page is None:
            return None
        ids = {str(id_) for id_ in self._page.trace.ids()}
        if not text.startswith("why ") or not {term, step} <= ids:
            self._wrong((*path, "ask"), f"no reason is asked for by {text!r}", "why ID in ID")
            return None
        if term not in self._page.trace.find(step).inputs:
            self._wrong((*path, "ask"), f"{term} does not stand in {step}")
            return None
        return term, step

    def _practise(self) -> tuple[tuple[str, ...], bool, Draw, int] | None:
        path: KeyPath = ("practise",)
        keys = {"ask": True, "fade": False, "draw": True, "spot": False}
        if not self._at(path) or not self._keys(path, keys):
            return None
        fade = self._at((*path, "fade"))
        if fade not in (None, "auto", "none"):
            self._wrong((*path, "fade"), f"fade is {described(fade)}", "auto or none")
        asked = self._steps((*path, "ask"))
        spot = self._whole((*path, "spot"), 0, 0, 3)
        return asked, fade == "auto", self._draw((*path, "draw")), spot

    def _draw(self, path: KeyPath) -> Draw:
        keys = dict.fromkeys(("inputs", "labels", "weights", "initial", "keep"), False)
        if self._at(path) is None or not self._keys(path, keys):
            return Draw()
        cell = self._page.trace.scenario.cell if self._page else None
        known = {"weights": [*cell.blocks, *cell.parameters] if cell else []}
        known["initial"] = (
            sorted({p.name for p in self._page.trace.scenario.initial}) if self._page else []
        )
        classes = self._at((*path, "labels")) == "classes"
        found = Draw(
            self._numbers((*path, "inputs")),
            () if classes else self._numbers((*path, "labels")),
            classes,
            {
                key: self._numbers((*path, "weights", key))
                for key in self._named(path, "weights", known)
            },
            {
                key: self._numbers((*path, "initial", key))
                for key in self._named(path, "initial", known)
            },
        )
        keep = (*path, "keep")
        if self._at(keep) is None or not self._keys(
            keep, {"digits": False, "different": False}
        ):
            return found
        digits = self._whole((*keep, "digits"), 0, 1, 12) or None
        return replace(found, digits=digits, different=self._at((*keep, "different")) is True)

    def _named(self, path: KeyPath, key: str, known: Mapping[str, list[str]]) -> list[str]:
        here = (*path, key)
        if self._at(here) is None or not self._keys(here, dict.fromkeys(known[key], False)):
            return []
        return [name for name in self._at(here) if name in known[key]]

    def _numbers(self, path: KeyPath) -> tuple[float, ...]:
        value = self._at(path)
        if value is None:
            return ()
        plain = isinstance(value, list) and value
        if not plain or not all(type(item) in (int, float) for item in value):
            self._wrong(
                path, f"{path[-1]} is {described(value)}", "a list of numbers to pick from"
            )
            return ()
        return tuple(map(float, value))

    def _transfer(self, trains: tuple[str, ...]) -> Transfer | None:
        path: KeyPath = ("transfer",)
        if self._at(path) is None:
            return None
        if not self._keys(path, {"scenario": True, "ask": True, "skill": True, "says": True}):
            return None
        scenario = self._scenario((*path, "scenario"))
        page = self._computed((*path, "scenario"), scenario)
        skill = self._text((*path, "skill"))
        if skill not in trains:
            expected = f"one that the lesson trains: {', '.join(trains)}"
            self._wrong((*path, "skill"), f"skill is {described(skill)}", expected)
        if scenario is None or page is None:
            return None
        ask = self._step((*path, "ask"), page)
        own, self._page = self._page, page
        says = self._live((*path, "says"))
        self._page = own
        if (
            ask
            and not self.problems
            and skill not in skills_of(page.trace, page.trace.find(ask))
        ):
            found = ", ".join(skills_of(page.trace, page.trace.find(ask))) or "no skill"
            self._wrong((*path, "ask"), f"{ask} does not need {skill!r}", f"it needs {found}")
        return Transfer(scenario, ask, skill, says)
